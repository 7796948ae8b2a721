package decode

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/kdump/kdump/codec"
)

// Criteria say which exchanges are wanted: those that meet each criterion
// that is set. The zero value wants all.
type Criteria struct {
	APIs      []int16  // keys: it is of one of these APIs
	ClientIDs []string // its client id matches one of these patterns
	// Principals: its client's principal, such as "User:billing", is known and
	// matches one of these. Of a forwarded request the Envelope says it.
	Principals []string
	Topics     []string // it names a topic, by name or id, that matches one of these, or goes on fetching it
	Groups     []string // it names a group that matches one of these
	// Errors: its response, or its request, holds one of these error codes;
	// AnyError: any but 0.
	Errors   []int16
	AnyError bool
	// MinLatency is the least time from the request's first byte to the
	// response's last. A request without response has none.
	MinLatency time.Duration

	NotAPIs      []int16  // keys: it is of none of these APIs
	NotClientIDs []string // its client id matches none of these patterns
}

// Wants reports whether an exchange whose request has the given header may be
// wanted, as far as that tells.
func (c *Criteria) Wants(h *codec.RequestHeader) bool {
	return (len(c.APIs) == 0 || slices.Contains(c.APIs, h.APIKey)) &&
		(len(c.ClientIDs) == 0 || matches(c.ClientIDs, string(h.ClientID))) && !c.excludes(h)
}

// excludes reports whether a request with the given header is left out.
func (c *Criteria) excludes(h *codec.RequestHeader) bool {
	return slices.Contains(c.NotAPIs, h.APIKey) || len(c.NotClientIDs) > 0 && matches(c.NotClientIDs, string(h.ClientID))
}

// Filter is a Sink that passes on the exchanges that are wanted, and all else
// that there is to tell: a gap may have held what is looked for. Patterns are
// those of path.Match, "orders", "orders-*", but that a slash is like any other
// character.
type Filter struct {
	Sink
	Criteria
	walker  codec.Walker
	search  meaningSearch
	kinds   kindSearch
	inside  payloadSearch
	fetches fetchReader
}

// Exchange passes a wanted exchange on. An Envelope is wanted where the
// exchange inside it is, and left out where that one is.
func (f *Filter) Exchange(e *Exchange) {
	inner := e.Forwarded
	switch {
	case inner != nil && inner.Request.Layout != nil && f.excludes(inner.Header()):
	case f.comes(e) && f.wants(e), inner != nil && f.wants(inner) && f.isForwarded(e):
		f.Sink.Exchange(e)
	}
}

// comes reports whether an exchange is of one of the principals.
func (f *Filter) comes(e *Exchange) bool {
	return len(f.Principals) == 0 || e.Connection.Principal != "" && matches(f.Principals, e.Connection.Principal)
}

// isForwarded reports whether what an Envelope holds is of one of the
// principals.
func (f *Filter) isForwarded(e *Exchange) bool {
	if len(f.Principals) == 0 {
		return true
	}
	principal, _ := e.ForwardedFor()
	return principal != "" && matches(f.Principals, principal)
}

// wants asks what costs least first: bodies are walked only for an exchange
// that meets all other criteria.
func (f *Filter) wants(e *Exchange) bool {
	switch {
	case len(f.APIs) > 0 && (!e.Request.Seen || e.Kind == RawSasl), len(f.ClientIDs) > 0 && !e.Request.Seen:
		return false
	case e.Request.Seen && !f.Wants(e.Header()):
		return false
	}
	// Sessions go on through exchanges that do not meet the other criteria.
	fetches := len(f.Topics) > 0 && f.follow(e)
	if f.MinLatency > 0 && (e.Kind == RequestOnly || e.Kind == ResponseOnly || e.Response.Last-e.Request.First < int64(f.MinLatency)) {
		return false
	}
	return (len(f.Topics) == 0 || fetches || f.namesTopic(e)) &&
		(len(f.Groups) == 0 || f.names(e, f.Groups, codec.GroupID) || f.namesKind(e, f.Groups, isGroup)) &&
		(len(f.Errors) == 0 && !f.AnyError || f.fails(e))
}

// matches reports whether a name matches one of the patterns, which are known
// to be well formed.
func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, _ := path.Match(flat(p), flat(name))
		return ok
	})
}

// flat takes away what a slash means to path.Match: it parts no names of
// clients and groups.
func flat(s string) string { return strings.ReplaceAll(s, "/", "\x00") }

// names reports whether a field of the exchange that has the meaning gives
// something that matches one of the patterns.
func (f *Filter) names(e *Exchange, patterns []string, name codec.Meaning) bool {
	return f.find(e, 1<<name, func(_ *codec.Op, raw []byte) bool {
		return raw != nil && matches(patterns, string(raw))
	})
}

// wantsTopic reports whether a field, a topic's name or id, gives one of the
// topics.
func (f *Filter) wantsTopic(names *Names, op *codec.Op, raw []byte) bool {
	name := string(raw)
	if op.Is == codec.TopicID {
		name = names.Topic(raw)
	}
	return name != "" && matches(f.Topics, name)
}

// namesTopic reports whether the exchange names one of the topics, be it inside
// bytes.
func (f *Filter) namesTopic(e *Exchange) bool {
	found := func(op *codec.Op, raw []byte) bool { return f.wantsTopic(e.Names, op, raw) }
	return f.find(e, 1<<codec.TopicName|1<<codec.TopicID, found) || f.namesKind(e, f.Topics, isTopic) ||
		f.inside.search(&f.walker, &e.Request, found) || f.inside.search(&f.walker, &e.Response, found)
}

// namesKind reports whether a name of one of the wanted kinds matches one of
// the patterns.
func (f *Filter) namesKind(e *Exchange, patterns []string, wants func(api, kind int16) bool) bool {
	f.kinds.wants, f.kinds.found = wants, func(name []byte) bool { return matches(patterns, string(name)) }
	return f.kinds.search(&f.walker, &e.Request) || f.kinds.search(&f.walker, &e.Response)
}

// fails reports whether the exchange holds one of the errors that are looked
// for.
func (f *Filter) fails(e *Exchange) bool {
	return f.find(e, 1<<codec.ErrorCode, func(op *codec.Op, raw []byte) bool {
		if op.Width == 0 || raw == nil {
			return false
		}
		code := int16(op.Int(raw))
		return code != 0 && f.AnyError || slices.Contains(f.Errors, code)
	})
}

// find reports whether found is true of a field of one of the meanings.
func (f *Filter) find(e *Exchange, meanings uint64, found func(*codec.Op, []byte) bool) bool {
	for _, m := range []*Message{&e.Request, &e.Response} {
		if m.Layout == nil || m.Layout.Ops[0].Inside&meanings == 0 {
			continue
		}
		f.search = meaningSearch{meanings: meanings, found: found}
		// What cannot be read to its end still has the fields before the fault.
		_ = f.walker.Walk(m.Layout, m.Body, &f.search)
		if f.search.done {
			return true
		}
	}
	return false
}

// meaningSearch is a visitor that asks of each field of some meanings whether
// it is the one looked for.
type meaningSearch struct {
	meanings uint64
	found    func(*codec.Op, []byte) bool
	done     bool
}

// Enter passes over what holds no field of the meanings, and over all once one
// was found.
func (s *meaningSearch) Enter(_ *codec.Walker, op *codec.Op, _ int) bool {
	return !s.done && op.Inside&s.meanings != 0
}

// Leave does nothing.
func (s *meaningSearch) Leave(*codec.Walker, *codec.Op) {}

// Tag does nothing.
func (s *meaningSearch) Tag(*codec.Walker, uint32, []byte) {}

// Value asks of the field, where it has one of the meanings.
func (s *meaningSearch) Value(_ *codec.Walker, op *codec.Op, raw []byte) {
	if !s.done && 1<<op.Is&s.meanings != 0 {
		s.done = s.found(op, raw)
	}
}

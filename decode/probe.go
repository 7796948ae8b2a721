package decode

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
)

// verdict is what bytes look like.
type verdict uint8

const (
	no   verdict = iota
	more         // so far so good; more bytes would tell
	yes
)

const (
	// maxProbed is the largest frame that is believed without knowing where
	// it begins.
	maxProbed = 1 << 28
	// newerVersions is how far an API's version may lie beyond those known.
	newerVersions = 4
	// enough is how many bytes of a body must read well where its end is out
	// of reach.
	enough = 512
)

// prober judges whether bytes are a message. It believes one whose header is
// that of a known API and whose body, read by its layout, fills its frame.
// A body's end need not be there where records in it begin as batches do.
//
// As a visitor it looks for what no message has: strings that are not UTF-8 or
// hold zeros, more elements than bytes.
type prober struct {
	decoder  *Decoder
	walker   codec.Walker
	skeleton codec.Skeleton
	scanner  records.Scanner
	room     int // bytes of the body being read, as its frame has it
	bad      bool
}

// firstRequest judges whether a connection that begins with b is one of
// Kafka. Its first request may be an ApiVersions of a version that is not known
// yet, as that of every newer client is; of any other API, and anywhere else,
// that would be too weak a sign. With final, more bytes cannot be had.
func (p *prober) firstRequest(b []byte, final bool) verdict {
	if v := plausibleStart(b); v != yes {
		return v
	}
	version := int16(binary.BigEndian.Uint16(b[prefixSize+2:]))
	switch api := apiAt(b); {
	case api.Versions(codec.Request).Has(version):
		return p.request(b, final)
	case api.Key != apiApiVersions:
		return no
	}
	return p.newer(b)
}

// newer judges whether b begins with a request of a version that is not known
// yet: one that begins as the newest version known does.
func (p *prober) newer(b []byte) verdict {
	size := int(binary.BigEndian.Uint32(b))
	frame := b[prefixSize:min(len(b), prefixSize+size)]
	h, err := codec.ReadRequestHeader(frame)
	if err != nil {
		return cutShort(err, len(frame), size)
	}
	api := apiAt(b)
	layout, err := api.Layout(codec.Request, api.Versions(codec.Request).Max())
	if err != nil || !plausibleName(h.ClientID) {
		return no
	}
	p.room, p.bad = size-h.Size, false
	err = p.walker.Walk(layout, codec.Body{Bytes: frame[h.Size:]}, p)
	switch {
	case p.bad:
		return no
	case err != nil:
		return cutShort(err, len(frame)-h.Size, size-h.Size)
	}
	return yes
}

// apiAt returns the API of the request whose frame begins at b.
func apiAt(b []byte) *codec.API {
	return codec.APIByKey(int16(binary.BigEndian.Uint16(b[prefixSize:])))
}

// holed judges whether a request's frame begins at b of which the size bytes
// behind b are missing. What is there must read well, and the frame must end
// where they do; with first, which says that b is what the connection begins
// with, it may also go on.
func (p *prober) holed(b []byte, missing int64, first bool) bool {
	if missing < 0 || len(b) < prefixSize+leastRequest {
		return false
	}
	left := prefixSize + int64(binary.BigEndian.Uint32(b)) - int64(len(b))
	return (left == missing || first && left > missing) && p.firstRequest(b, false) != no
}

// request judges whether a request's frame begins at b, size prefix first.
// With final, more bytes cannot be had.
func (p *prober) request(b []byte, final bool) verdict {
	if v := plausibleStart(b); v != yes {
		return v
	}
	size := int(binary.BigEndian.Uint32(b))
	frame := b[prefixSize:min(len(b), prefixSize+size)]
	h, err := codec.ReadRequestHeader(frame)
	if err != nil {
		return cutShort(err, len(frame), size)
	}
	if !plausibleName(h.ClientID) {
		return no
	}
	layout, err := apiAt(b).Layout(codec.Request, h.APIVersion)
	if err != nil {
		return no
	}
	body := frame[h.Size:]
	if h.APIKey == apiProduce && !p.plausibleAcks(layout, body) {
		return no
	}
	return p.body(layout, body, size-h.Size, final)
}

// plausibleStart judges a request's frame by its size, API key and version,
// which come first.
func plausibleStart(b []byte) verdict {
	if len(b) == 0 {
		return more
	}
	if b[0] >= maxProbed>>24 {
		return no
	}
	if len(b) >= prefixSize+1 && b[prefixSize] != 0 {
		return no
	}
	if len(b) < prefixSize+leastRequest {
		return more
	}
	if binary.BigEndian.Uint32(b) < leastRequest {
		return no
	}
	api := apiAt(b)
	version := int16(binary.BigEndian.Uint16(b[prefixSize+2:]))
	if api == nil || version < 0 {
		return no
	}
	if known := api.Versions(codec.Request); !known.Has(version) && (version < known.Max() || version > known.Max()+newerVersions) {
		return no
	}
	return yes
}

// plausibleName reports whether a client id is text.
func plausibleName(name []byte) bool {
	for _, b := range name {
		if b < ' ' {
			return false
		}
	}
	return utf8.Valid(name)
}

// plausibleAcks reports whether a Produce request wants 0, 1 or all (-1)
// acknowledgements, as far as that is there.
func (p *prober) plausibleAcks(layout *codec.Layout, body []byte) bool {
	raw := p.decoder.findNamed(layout, codec.Body{Bytes: body}, "acks")
	if len(raw) != 2 {
		return true
	}
	acks := int16(binary.BigEndian.Uint16(raw))
	return acks >= -1 && acks <= 1
}

// response judges whether a frame of the given size, as far as it is there, is
// a response that answers request.
func (p *prober) response(frame []byte, size int, request *message, final bool) verdict {
	key, version := request.RequestHeader.APIKey, request.RequestHeader.APIVersion
	api := codec.APIByKey(key)
	if api == nil {
		return no
	}
	if key == apiApiVersions && len(frame) >= leastResponse+2 && isDowngraded(frame[leastResponse:]) {
		version = 0
	}
	h, err := codec.ReadResponseHeader(frame, api.ResponseHeaderVersion(version))
	if err != nil {
		return cutShort(err, len(frame), size)
	}
	layout, err := api.Layout(codec.Response, version)
	if err != nil {
		return yes
	}
	return p.body(layout, frame[h.Size:], size-h.Size, final)
}

// eitherWay judges whether a request's frame begins at b where it may as well
// be a response's. The beginning of a response, a correlation id below 65536,
// is that of a Produce request, so that one of these must have records.
func (p *prober) eitherWay(b []byte, final bool) verdict {
	v := p.request(b, final)
	if v == yes && apiAt(b).Key == apiProduce && !p.produces(b) {
		return no
	}
	return v
}

// holdsRequest reports whether a request begins somewhere in b: one that says
// whose it is, or, of the few clients that do not say it, two in a row.
func (p *prober) holdsRequest(b []byte) bool {
	credit := walksPerByte * len(b)
	for at := 1; at+prefixSize+leastRequest < len(b); at++ {
		rest := b[at:]
		if plausibleStart(rest) != yes {
			continue
		}
		credit -= min(len(rest), prefixSize+int(binary.BigEndian.Uint32(rest)))
		if credit < 0 {
			return false
		}
		h, err := codec.ReadRequestHeader(rest[prefixSize:])
		if err == nil && p.eitherWay(rest, false) == yes && (len(h.ClientID) > 0 || p.goesOn(rest)) {
			return true
		}
	}
	return false
}

// goesOn reports whether another request, as far as it is there, stands behind
// the one that b begins with.
func (p *prober) goesOn(b []byte) bool {
	end := prefixSize + int(binary.BigEndian.Uint32(b))
	return end+prefixSize+leastRequest <= len(b) && p.eitherWay(b[end:], false) != no
}

// produces reports whether the Produce request whose frame begins at b has
// records, as far as it is there.
func (p *prober) produces(b []byte) bool {
	frame := b[prefixSize:min(len(b), prefixSize+int(binary.BigEndian.Uint32(b)))]
	h, err := codec.ReadRequestHeader(frame)
	if err != nil {
		return false
	}
	layout, err := apiAt(b).Layout(codec.Request, h.APIVersion)
	if err != nil {
		return false
	}
	p.skeleton.Reset(layout)
	state, _ := p.skeleton.Next(frame[h.Size:])
	return state == codec.AtRecords
}

// cutShort judges a fault by whether the frame's bytes beyond those there may
// mend it.
func cutShort(err error, have, size int) verdict {
	e, ok := err.(*codec.Error)
	if !ok || have >= size || e.Need < 0 || e.Offset+e.Need > size {
		return no
	}
	return more
}

// body judges the body of a frame that has size bytes for it.
func (p *prober) body(layout *codec.Layout, body []byte, size int, final bool) verdict {
	if size < 0 {
		return no
	}
	if layout.Ops[0].HasRecords() {
		p.skeleton.Reset(layout)
		if state, n := p.skeleton.Next(body); state == codec.AtRecords {
			at := p.skeleton.Pos()
			p.room, p.bad = size, false
			_ = p.walker.Walk(layout, codec.Body{Bytes: body[:at]}, p) // it ends before the records
			if p.bad {
				return no
			}
			return p.records(layout, body[at:], n, size-at)
		}
	}
	p.room, p.bad = size, false
	err := p.walker.Walk(layout, codec.Body{Bytes: body}, p)
	if p.bad {
		return no
	}
	if err == nil {
		if len(body) == size && len(p.walker.Rest()) == 0 {
			return yes
		}
		return no
	}
	v := cutShort(err, len(body), size)
	if v == more && final && p.walker.Offset() >= enough {
		return yes
	}
	return v
}

// records judges the beginning of a records field of n bytes, where the frame
// has room for room. Only what is fetched may end within a batch, and only a
// part of a stream may begin within one.
func (p *prober) records(layout *codec.Layout, b []byte, n, room int) verdict {
	if n > room {
		return no
	}
	if layout.Ops[0].Has(codec.RecordsPart) {
		return yes
	}
	const beginning = 26 // offset, size, magic, and some more: nothing real is shorter
	if n < beginning {
		return no
	}
	if len(b) < beginning {
		return more
	}
	p.scanner.Reset(nil, false)
	p.scanner.Write(b[:beginning])
	first := p.scanner.Close()[0]
	if first.Err != "" || layout.Direction == codec.Request && first.Size > n {
		return no
	}
	return yes
}

// Enter looks for arrays of more elements than bytes, and for Produce requests
// that produce nothing: zeros read so.
func (p *prober) Enter(w *codec.Walker, op *codec.Op, n int) bool {
	if op.Kind == codec.Array && (n > p.room-w.Offset() || n <= 0 && isRequest(w, apiProduce)) {
		p.bad = true
	}
	return !p.bad
}

// isRequest reports whether a request of an API is being read.
func isRequest(w *codec.Walker, key int16) bool {
	return w.Layout().Key == key && w.Layout().Direction == codec.Request
}

// Leave does nothing.
func (p *prober) Leave(*codec.Walker, *codec.Op) {}

// Tag does nothing.
func (p *prober) Tag(*codec.Walker, uint32, []byte) {}

// Value looks for strings that are none, and for empty ones where no client has
// them: zeros of other messages read so.
func (p *prober) Value(w *codec.Walker, op *codec.Op, raw []byte) {
	switch {
	case op.Kind != codec.String:
	case !utf8.Valid(raw) || bytes.IndexByte(raw, 0) >= 0, len(raw) == 0 && mustSay(w.Layout(), op):
		p.bad = true
	}
}

// mustSay reports whether a string is one that no client leaves empty: the
// topic that it produces to, the group that it is a member of, the mechanism
// that it authenticates by.
func mustSay(l *codec.Layout, op *codec.Op) bool {
	if l.Direction != codec.Request {
		return false
	}
	switch l.Key {
	case apiProduce:
		return op.Is == codec.TopicName
	case apiJoinGroup, apiHeartbeat, apiLeaveGroup, apiSyncGroup:
		return op.Is == codec.GroupID
	case apiSaslHandshake:
		return op.Name == "mechanism"
	}
	return false
}

// isHTTP reports whether b begins with the first line of a message of HTTP/1,
// of a request or a response (RFC 9112).
func isHTTP(b []byte) bool {
	const longest = 8000 // of the lines that servers are to support
	if len(b) == 0 || b[0] < 'A' || b[0] > 'Z' {
		return false
	}
	line, _, ended := bytes.Cut(b[:min(len(b), longest)], []byte("\r\n"))
	if !ended {
		return false
	}
	const version = "HTTP/1."
	from := max(0, len(line)-len(" HTTP/1.1"))
	return bytes.HasPrefix(line, []byte(version)) || bytes.HasPrefix(line[from:], []byte(" "+version))
}

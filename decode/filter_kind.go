package decode

import (
	"bytes"
	"strings"

	"github.com/kdump/kdump/codec"
)

// kindSearch is a visitor that looks for names of which a field beside them
// says what they name: the resources of configs and ACLs, and the keys of
// FindCoordinator, which no meaning tells apart. Those fields may come later, so that a struct is judged at
// its end.
type kindSearch struct {
	api   int16
	wants func(api, kind int16) bool
	found func(name []byte) bool
	done  bool

	// Of the struct at hand: the kind, 0 where its version does not say, which
	// is that of a group's key; whether one of its names is found; and whether
	// one is but for what follows a colon.
	kind         int16
	named, parts bool
}

// isTopic reports whether a kind stands for topics: of ConfigResource.Type and
// ResourceType (of ACLs) alike 2.
func isTopic(api, kind int16) bool { return kind == 2 && api != apiFindCoordinator }

// isGroup reports whether a kind stands for groups: of ResourceType 3, of
// ConfigResource.Type 32, of FindCoordinatorRequest.CoordinatorType 0 and, of
// share groups, 2.
func isGroup(api, kind int16) bool {
	switch api {
	case apiFindCoordinator:
		return kind == 0 || kind == 2
	case apiDescribeAcls, apiCreateAcls, apiDeleteAcls:
		return kind == 3
	}
	return kind == 32
}

// search reports whether a message names what is looked for.
func (s *kindSearch) search(w *codec.Walker, m *Message) bool {
	// What FindCoordinator answers has the keys again, without their kind.
	if m.Layout == nil || m.Layout.Ops[0].Inside&(1<<codec.ResourceName) == 0 &&
		(m.Layout.Key != apiFindCoordinator || m.Layout.Direction != codec.Request) {
		return false
	}
	s.api, s.done = m.Layout.Key, false
	s.begin()
	_ = w.Walk(m.Layout, m.Body, s)
	return s.done
}

func (s *kindSearch) begin() { s.kind, s.named, s.parts = 0, false, false }

// Enter passes over what holds no name of a resource.
func (s *kindSearch) Enter(_ *codec.Walker, op *codec.Op, _ int) bool {
	if s.done || op.Inside&(1<<codec.ResourceName) == 0 && s.api != apiFindCoordinator {
		return false
	}
	if op.Kind == codec.Struct {
		s.begin()
	}
	return true
}

// Value looks at names, and keeps what they name.
func (s *kindSearch) Value(w *codec.Walker, op *codec.Op, raw []byte) {
	name := op.Name
	if name == "" {
		name = w.Parent(op).Name
	}
	switch {
	case raw == nil:
	case op.Is == codec.ResourceName, s.api == apiFindCoordinator && (name == "key" || name == "coordinatorKeys"):
		first, _, _ := bytes.Cut(raw, []byte(":"))
		s.named = s.named || s.found(raw)
		s.parts = s.parts || s.found(first)
	case strings.HasPrefix(name, "resourceType"), name == "keyType":
		s.kind = int16(op.Int(raw))
	}
}

// Leave judges the struct. The key of a share group goes on with a topic id and
// a partition behind colons.
func (s *kindSearch) Leave(_ *codec.Walker, op *codec.Op) {
	if op.Kind != codec.Struct || s.done || !s.wants(s.api, s.kind) {
		return
	}
	s.done = s.named
	if s.api == apiFindCoordinator && s.kind == 2 {
		s.done = s.parts
	}
}

// Tag does nothing.
func (s *kindSearch) Tag(*codec.Walker, uint32, []byte) {}

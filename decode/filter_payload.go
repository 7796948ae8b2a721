package decode

import "github.com/kdump/kdump/codec"

// payloadSearch is a visitor that looks for topics in what the members of a
// classic group offer and are given, which are messages inside bytes.
type payloadSearch struct {
	reader   codec.PayloadReader
	walker   codec.Walker
	protocol codec.Protocol
	inside   meaningSearch
}

// groupPayloads are the meanings of such bytes.
const groupPayloads = 1<<codec.GroupSubscription | 1<<codec.GroupAssignment

// search reports whether found is true of a topic in a message's payloads.
func (s *payloadSearch) search(w *codec.Walker, m *Message, found func(*codec.Op, []byte) bool) bool {
	if m.Layout == nil || m.Layout.Ops[0].Inside&groupPayloads == 0 {
		return false
	}
	s.protocol = codec.Protocol{}
	s.inside = meaningSearch{meanings: 1 << codec.TopicName, found: found}
	_ = w.Walk(m.Layout, m.Body, s)
	return s.inside.done
}

// Enter passes over what has no such bytes, and over all once a topic was
// found.
func (s *payloadSearch) Enter(_ *codec.Walker, op *codec.Op, _ int) bool {
	return !s.inside.done && op.Inside&groupPayloads != 0
}

// Leave does nothing.
func (s *payloadSearch) Leave(*codec.Walker, *codec.Op) {}

// Tag does nothing.
func (s *payloadSearch) Tag(*codec.Walker, uint32, []byte) {}

// Value looks into the bytes, by the protocol that a field before them names.
func (s *payloadSearch) Value(_ *codec.Walker, op *codec.Op, raw []byte) {
	s.protocol.Note(op.Is, raw)
	if s.inside.done || 1<<op.Is&groupPayloads == 0 {
		return
	}
	if p, ok := s.reader.Read(op.Is, s.protocol, raw); ok {
		_ = s.walker.Walk(p.Layout, codec.Body{Bytes: p.Body}, &s.inside)
	}
}

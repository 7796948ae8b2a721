package decode

import "github.com/kdump/kdump/codec"

const (
	// maxNames bounds the bytes that topic ids and their names take: those of
	// some hundred thousand topics.
	maxNames = 32 << 20
	// maxName is the longest name that Kafka lets a topic have.
	maxName = 249
	// nameSize is what a name takes beside its own bytes: its id, and both
	// their room in the map.
	nameSize = 64
)

// learner is a visitor that learns the names of topic ids from structs that
// hold both, as those of Metadata and CreateTopics responses do.
type learner struct {
	names  *Names
	parent int32 // the struct that id and name stand in
	id     [16]byte
	name   []byte
	hasID  bool
}

// learn learns from a message, if it can tell anything.
func (l *learner) learn(w *codec.Walker, m *message) {
	if m.Layout == nil {
		return
	}
	root := &m.Layout.Ops[0]
	if !root.Has(codec.TopicID) || !root.Has(codec.TopicName) {
		return
	}
	// What cannot be read to its end still teaches what stands before the fault.
	_ = w.Walk(m.Layout, m.Body, l)
}

// Enter passes over what holds no topic id beside a name.
func (l *learner) Enter(_ *codec.Walker, op *codec.Op, _ int) bool {
	if !op.Has(codec.TopicID) || !op.Has(codec.TopicName) {
		return false
	}
	if op.Kind == codec.Struct {
		l.parent, l.hasID, l.name = op.At, false, nil
	}
	return true
}

// Leave does nothing: a name is learned as soon as it and its id were seen.
func (l *learner) Leave(*codec.Walker, *codec.Op) {}

// Tag does nothing.
func (l *learner) Tag(*codec.Walker, uint32, []byte) {}

// Value notes ids and names and learns where it has both of one struct.
func (l *learner) Value(_ *codec.Walker, op *codec.Op, raw []byte) {
	if op.Parent != l.parent {
		return
	}
	switch {
	case op.Is == codec.TopicID && len(raw) == len(l.id):
		l.id, l.hasID = [16]byte(raw), true
	case op.Is == codec.TopicName:
		l.name = raw
	default:
		return
	}
	if l.hasID && len(l.name) > 0 {
		l.names.learn(l.id, l.name)
	}
}

// learn notes the name of a topic id. A topic that was created anew has
// another id, so that an id's name never changes but by a fault of the peer.
func (n *Names) learn(id [16]byte, name []byte) {
	if id == ([16]byte{}) || len(name) > maxName {
		return
	}
	known, ok := n.topics[id]
	if known == string(name) {
		return
	}
	size := n.size + len(name) - len(known)
	if !ok {
		size += nameSize
	}
	if size > maxNames {
		return
	}
	n.topics[id], n.size = string(name), size
}

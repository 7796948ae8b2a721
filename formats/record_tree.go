package formats

import (
	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/decode"
)

// recordTree is a tree of records alone and of what says where they belong,
// for those who ask for records and not for whole messages.
type recordTree struct {
	*tree
	found bool // there are records in the message
}

// exchange appends the records of both sides, nothing where there are none.
// What cannot be read is said by the line above.
func (r *recordTree) exchange(dst []byte, e *decode.Exchange) []byte {
	r.names = e.Names
	return r.side(r.side(dst, &e.Request), &e.Response)
}

func (r *recordTree) side(dst []byte, m *decode.Message) []byte {
	if m.Layout == nil || !m.Layout.Ops[0].HasRecords() {
		return dst
	}
	r.begin(m)
	r.dst, r.found = dst, false
	_ = r.walker.Walk(m.Layout, m.Body, r)
	if !r.found {
		return dst
	}
	return r.dst
}

// Enter implements [codec.Visitor].
func (r *recordTree) Enter(w *codec.Walker, op *codec.Op, n int) bool {
	return op.HasRecords() && r.tree.Enter(w, op, n)
}

// Value implements [codec.Visitor].
func (r *recordTree) Value(w *codec.Walker, op *codec.Op, raw []byte) {
	switch {
	case op.Kind == codec.Records:
		if len(raw) == 0 && w.Cut() < 0 {
			return
		}
		r.found = true
	case op.Is != codec.TopicName && op.Is != codec.TopicID && op.Is != codec.Partition:
		return
	}
	r.tree.Value(w, op, raw)
}

// Tag implements [codec.Visitor].
func (r *recordTree) Tag(*codec.Walker, uint32, []byte) {}

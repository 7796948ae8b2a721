package formats

import (
	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/decode"
)

// recordTree is a tree of records alone and of what says where they belong,
// for those who ask for records and not for whole messages.
type recordTree struct{ *tree }

// exchange appends the records of both sides, nothing where there are none.
// What cannot be read is said by the line above.
func (r *recordTree) exchange(dst []byte, e *decode.Exchange) []byte {
	r.dst, r.names = dst, e.Names
	r.side(&e.Request)
	r.side(&e.Response)
	return r.dst
}

func (r *recordTree) side(m *decode.Message) {
	if m.Layout == nil || !m.Layout.Ops[0].HasRecords() {
		return
	}
	var records recordFinder
	if _ = r.walker.Walk(m.Layout, m.Body, &records); records.found {
		r.begin(m)
		_ = r.walker.Walk(m.Layout, m.Body, r)
	}
}

// recordFinder is a visitor that looks whether a message has records.
type recordFinder struct{ found bool }

// Enter implements [codec.Visitor].
func (f *recordFinder) Enter(_ *codec.Walker, op *codec.Op, _ int) bool {
	return !f.found && op.HasRecords()
}

// Value implements [codec.Visitor].
func (f *recordFinder) Value(w *codec.Walker, op *codec.Op, raw []byte) {
	f.found = f.found || op.Kind == codec.Records && isThere(w, raw)
}

// isThere reports whether a records field has any bytes.
func isThere(w *codec.Walker, raw []byte) bool { return len(raw) > 0 || w.Cut() >= 0 }

// Leave implements [codec.Visitor].
func (f *recordFinder) Leave(*codec.Walker, *codec.Op) {}

// Tag implements [codec.Visitor].
func (f *recordFinder) Tag(*codec.Walker, uint32, []byte) {}

// Enter implements [codec.Visitor].
func (r *recordTree) Enter(w *codec.Walker, op *codec.Op, n int) bool {
	return op.HasRecords() && r.tree.Enter(w, op, n)
}

// Value implements [codec.Visitor].
func (r *recordTree) Value(w *codec.Walker, op *codec.Op, raw []byte) {
	if op.Kind == codec.Records && isThere(w, raw) || op.Is == codec.TopicName || op.Is == codec.TopicID || op.Is == codec.Partition {
		r.tree.Value(w, op, raw)
	}
}

// Tag implements [codec.Visitor].
func (r *recordTree) Tag(*codec.Walker, uint32, []byte) {}

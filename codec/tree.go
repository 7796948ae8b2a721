package codec

import "math"

// Tree is a message as a tree of values, to look things up in, to change and
// to write. It lies over the bytes that it was decoded from and keeps what is
// odd in them (see Oddity): written unchanged, they come out the same.
//
// A Tree is one slice of nodes, which a further Decode uses again. It is not
// for several goroutines at a time.
type Tree struct {
	// Trailing is what stands behind the message. Decode sets it to the bytes
	// left over; it is written behind the message as it is.
	Trailing []byte

	layout *Layout
	nodes  []node
	source []byte // what was decoded
	own    []byte // the bytes of values that were set
	odds   []odd
	reader treeReader
	sizes  []int32 // of the tagged fields being written
	fault  error   // why Decode did not come to the end
}

// node is a field or element. Children are in the order of the wire: the
// untagged fields as they are defined, then the tagged ones as they were sent.
// Of tagged fields only those that are on the wire have a node.
type node struct {
	op     int32 // in Layout.Ops; -1 for a tagged field that the layout does not know
	parent int32
	first  int32 // the first child, 0 for none; of an unknown tagged field its number; of a value in Tree.own the room it has there
	next   int32 // the next child of the same parent, 0 for none
	prev   int32 // the one before, 0 for none; removed for a node that was taken away
	odd    int32 // the first of its odds plus 1, 0 for none
	at     int32 // of the value's bytes, in Tree.source, or from -1 downwards in Tree.own; of an array the last child
	size   int32 // of the value's bytes; of an array its elements; -1 for null
}

// removed stands in node.prev.
const removed = -1

// odd is what is odd about a node: its bytes in Tree.source.
type odd struct {
	is       Oddity
	next     int32 // the next one of the same node plus 1, 0 for none
	at, size int32
}

// Decode reads the body of a message. Where it returns an error, an *Error,
// the tree holds what stands before the fault and cannot be written.
func Decode(layout *Layout, body []byte) (*Tree, error) {
	t := new(Tree)
	return t, t.Decode(layout, body)
}

// New makes a message whose untagged fields have their defaults and that has
// no tagged ones.
func New(layout *Layout) *Tree {
	t := &Tree{layout: layout}
	t.addDefault(0, 0)
	return t
}

// Decode is as the function Decode, in the place of what the tree held. The
// tree uses body until then.
func (t *Tree) Decode(layout *Layout, body []byte) error {
	t.reset(layout)
	t.source = body
	if len(body) > math.MaxInt32 {
		t.fault = &Error{Layout: layout, Offset: -1, Need: -1, Have: len(body), Reason: tooMuch}
		return t.fault
	}
	t.fault = t.reader.read(t, layout, body)
	return t.fault
}

func (t *Tree) reset(layout *Layout) {
	t.layout, t.fault, t.source, t.Trailing = layout, nil, nil, nil
	t.nodes, t.own, t.odds = t.nodes[:0], t.own[:0], t.odds[:0]
}

// Layout returns the layout of the message.
func (t *Tree) Layout() *Layout { return t.layout }

// Root returns the message itself.
func (t *Tree) Root() Value {
	if len(t.nodes) == 0 {
		return Value{}
	}
	return Value{tree: t}
}

// op returns the op of a node, which is not an unknown tagged field.
func (t *Tree) op(n int32) *Op { return &t.layout.Ops[t.nodes[n].op] }

// isTag reports whether a node is a tagged field.
func (t *Tree) isTag(n int32) bool { return t.nodes[n].op < 0 || t.op(n).Tagged }

// tag gives the number of a tagged field.
func (t *Tree) tag(n int32) uint32 {
	if t.nodes[n].op < 0 {
		return uint32(t.nodes[n].first)
	}
	return t.op(n).Tag
}

// raw returns the bytes of a value.
func (t *Tree) raw(node *node) []byte {
	switch {
	case node.size < 0:
		return nil
	case node.at < 0:
		return t.own[^node.at:][:node.size:node.size]
	}
	return t.source[node.at:][:node.size:node.size]
}

// add makes a node that is not yet anyone's child.
func (t *Tree) add(op, parent int32) int32 {
	t.nodes = append(t.nodes, node{op: op, parent: parent})
	return int32(len(t.nodes) - 1)
}

// link makes a node the child of its parent behind previous, 0 being the
// place of the first.
func (t *Tree) link(n, previous int32) {
	child := &t.nodes[n]
	parent := &t.nodes[child.parent]
	child.prev = previous
	next := &parent.first
	if previous != 0 {
		next = &t.nodes[previous].next
	}
	child.next, *next = *next, n
	if child.next != 0 {
		t.nodes[child.next].prev = n
	}
	if t.layout.Ops[parent.op].Kind == Array {
		parent.size++
		if child.next == 0 {
			parent.at = n
		}
	}
}

// unlink takes a child away from its parent, false where that was done before.
func (t *Tree) unlink(n int32) bool {
	child := &t.nodes[n]
	if child.prev == removed {
		return false
	}
	parent := &t.nodes[child.parent]
	if child.prev == 0 {
		parent.first = child.next
	} else {
		t.nodes[child.prev].next = child.next
	}
	if child.next != 0 {
		t.nodes[child.next].prev = child.prev
	}
	if t.layout.Ops[parent.op].Kind == Array {
		parent.size--
		if parent.at == n {
			parent.at = child.prev
		}
	}
	child.prev = removed
	return true
}

// clear takes all children away from a struct or an array.
func (t *Tree) clear(n int32) {
	for i := t.nodes[n].first; i != 0; i = t.nodes[i].next {
		t.nodes[i].prev = removed
	}
	t.nodes[n].first = 0
}

// keep copies bytes that a node is set to, which must not be null, to where
// those are that it was set to before, if there is room.
func keep[T string | []byte](t *Tree, n int32, raw T) {
	node := &t.nodes[n]
	node.size = int32(len(raw))
	if node.at < 0 && node.first >= node.size {
		copy(t.own[^node.at:], raw)
		return
	}
	node.at, node.first = ^int32(len(t.own)), node.size
	t.own = append(t.own, raw...)
}

// hasRoom reports whether so many bytes more can be kept.
func (t *Tree) hasRoom(n int) bool { return int64(len(t.own))+int64(n) <= math.MaxInt32 }

// addDefault makes a node with all that is in it by default.
func (t *Tree) addDefault(at, parent int32) int32 {
	n := t.add(at, parent)
	op := t.op(n)
	switch {
	case op.Default == "null":
		t.nodes[n].size = -1
	case op.Kind == Struct:
		t.nodes[n].size = 0
		t.addDefaults(n)
	case op.Kind == Array:
		t.nodes[n].size = 0
	default:
		node, start := &t.nodes[n], len(t.own)
		t.own = op.appendDefault(t.own)
		node.at, node.size = ^int32(start), int32(len(t.own)-start)
		node.first = node.size
	}
	return n
}

// addDefaults gives a struct its untagged fields.
func (t *Tree) addDefaults(n int32) {
	previous := int32(0)
	ops := t.layout.Ops
	op := t.op(n)
	for i := op.At + 1; i < op.End; i = ops[i].End {
		if ops[i].Tagged {
			continue
		}
		child := t.addDefault(i, n)
		t.link(child, previous)
		previous = child
	}
}

// isDefault reports whether a tagged field has its default, as Kafka has it:
// then it need not be written.
func (t *Tree) isDefault(n int32) bool {
	op, node := t.op(n), &t.nodes[n]
	if node.size < 0 || op.Default == "null" {
		return node.size < 0 && op.Default == "null"
	}
	switch op.Kind {
	case Array:
		return node.size == 0
	case Struct:
		for child := node.first; child != 0; child = t.nodes[child].next {
			if t.nodes[child].op < 0 || !t.isDefault(child) {
				return false
			}
		}
		return true
	}
	return op.isDefault(t.raw(node))
}

// treeReader is the Visitor that makes a tree. Where the bytes are odd it is
// told first and keeps it for the node to come.
type treeReader struct {
	tree     *Tree
	walker   Walker
	parent   int32 // the struct or array that is being read
	previous int32 // its latest child, 0 for none
	inArray  bool  // it is an array
	pending  int32 // the odds of the node to come, as node.odd
}

func (r *treeReader) read(t *Tree, layout *Layout, body []byte) error {
	r.tree, r.parent, r.previous, r.pending, r.inArray = t, 0, 0, 0, false
	r.walker.Odd = noteOdd
	err := r.walker.Walk(layout, Body{Bytes: body}, r)
	if rest := r.walker.Rest(); err == nil && len(rest) > 0 {
		t.Trailing = rest
	}
	return err
}

// add makes the node of what the walker is at, the last child of its parent.
func (r *treeReader) add(child node) {
	t := r.tree
	n := int32(len(t.nodes))
	child.parent, child.prev, child.odd = r.parent, r.previous, r.pending
	t.nodes = append(t.nodes, child)
	switch {
	case r.previous != 0:
		t.nodes[r.previous].next = n
	case n != 0:
		t.nodes[r.parent].first = n
	}
	if r.inArray {
		parent := &t.nodes[r.parent]
		parent.size++
		parent.at = n
	}
	r.previous, r.pending = n, 0
}

// Enter implements Visitor.
func (r *treeReader) Enter(_ *Walker, op *Op, _ int) bool {
	r.add(node{op: op.At})
	r.parent, r.previous, r.inArray = r.previous, 0, op.Kind == Array
	return true
}

// Leave implements Visitor.
func (r *treeReader) Leave(_ *Walker, op *Op) {
	r.previous = r.parent
	r.parent = r.tree.nodes[r.parent].parent
	r.inArray = op.Name == "" // only elements have none, and the message
}

// Value implements Visitor.
func (r *treeReader) Value(w *Walker, op *Op, raw []byte) {
	size := int32(len(raw))
	if raw == nil {
		size = -1
	}
	r.add(node{op: op.At, at: int32(w.pos - len(raw)), size: size})
}

// Tag implements Visitor.
func (r *treeReader) Tag(w *Walker, tag uint32, raw []byte) {
	r.add(node{op: -1, first: int32(tag), at: int32(w.pos - len(raw)), size: int32(len(raw))})
}

// noteOdd is the walker's Odd. The order of tagged fields needs no note: it is
// that of the nodes.
func noteOdd(w *Walker, _ *Op, is Oddity, raw []byte) {
	r := w.visitor.(*treeReader)
	t := r.tree
	at := int32(w.pos - len(raw))
	first := &r.pending
	switch is {
	case OddTagOrder:
		return
	case OddTagCount:
		first = &t.nodes[r.parent].odd
	case OddTagSize:
		first = &t.nodes[r.previous].odd
		at = int32(w.pos)
	}
	t.odds = append(t.odds, odd{is: is, next: *first, at: at, size: int32(len(raw))})
	*first = int32(len(t.odds))
}

// odd returns the bytes of an oddity of a node, nil where it has none.
func (t *Tree) odd(node *node, is Oddity) []byte {
	for i := node.odd; i != 0; i = t.odds[i-1].next {
		if o := &t.odds[i-1]; o.is == is {
			return t.source[o.at : o.at+o.size]
		}
	}
	return nil
}

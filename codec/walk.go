package codec

import "strconv"

// MaxDepth is how many arrays may stand within one another. Kafka's
// definitions go no deeper than six levels of any kind.
const MaxDepth = 6

// maxString is the longest string that Kafka takes, also a compact one.
const maxString = 32767

// Visitor is told of the values of a message as a Walker meets them. Slices
// are parts of the message and are valid as long as it is.
type Visitor interface {
	// Enter is called for a struct (n is 1) and for an array of n elements,
	// neither of them null. n is what the message claims, not what it holds:
	// nothing may be sized by it. With false the walker passes over all that
	// is inside, and Leave is not called.
	Enter(w *Walker, op *Op, n int) bool
	// Leave is called behind the last field or element.
	Leave(w *Walker, op *Op)
	// Value is called for every other field, and with nil for a null of any
	// kind. Strings, bytes and records come without their length. Of records
	// that were cut out of the body raw is empty, see Cut, and it is called also
	// where the message ends within them.
	Value(w *Walker, op *Op, raw []byte)
	// Tag is called for a tagged field that the struct being walked does not
	// know.
	Tag(w *Walker, tag uint32, raw []byte)
}

// Body is what is at hand of one message: its bytes, but for records fields
// that were cut out of it.
type Body struct {
	Bytes []byte
	Cuts  []Cut // in order
}

// Cut is a records field of which only the length is at hand.
type Cut struct {
	At   int // where in Body.Bytes the records would begin
	Size int // their bytes
}

// Size gives the bytes that the message has on the wire, as far as it was
// captured.
func (b *Body) Size() int {
	n := len(b.Bytes)
	for _, c := range b.Cuts {
		n += c.Size
	}
	return n
}

// Walker reads messages by their layouts. The zero value is ready; one may be
// used again and again, by one goroutine at a time.
type Walker struct {
	// DefinitionOrder has the walker visit tagged fields where the definition
	// has them, as Kafka's JSON does, in place of where the wire has them:
	// behind all others. Of one that was sent several times it then visits the
	// last one alone, which is what counts for Kafka.
	DefinitionOrder bool
	// Odd, where it is set, is told of what is written otherwise than Kafka
	// would: of op (of the struct around a tagged field's number and size) and
	// of the bytes that are so. It is called before the visitor is told of op,
	// but for OddTagCount, OddTagSize and OddTagOrder, and not of what the
	// visitor passes over.
	Odd func(w *Walker, op *Op, odd Oddity, raw []byte)

	layout  *Layout
	body    Body
	visitor Visitor
	json    *jsonVisitor // the visitor, if it is this one: it reads structs itself
	cursor
	end    int // in body.Bytes: where the bytes that may be read end
	scope  cursor
	cutNow int // the cut that is being visited, -1 for none
	index  [MaxDepth]int32
	spans  []tagSpan // of the structs being walked in definition order
	err    *Error
}

// cursor is a place in a body.
type cursor struct {
	pos   int // in Body.Bytes
	cut   int // the next of Body.Cuts
	shift int // bytes of the cuts passed
}

// Walk reads body by layout and tells visitor of it. An error is an *Error;
// whatever stands before the fault was visited. Bytes left over behind the
// message are no error: see Rest.
func (w *Walker) Walk(layout *Layout, body Body, visitor Visitor) error {
	w.layout, w.body, w.visitor = layout, body, visitor
	w.json, _ = visitor.(*jsonVisitor)
	w.cursor, w.end, w.err = cursor{}, len(body.Bytes), nil
	w.cutNow, w.spans = -1, w.spans[:0]
	root := &layout.Ops[0]
	if w.json != nil {
		w.json.structs(root, 1)
	} else if visitor.Enter(w, root, 1) && w.walkStruct(root) {
		visitor.Leave(w, root)
	}
	if w.err != nil {
		return w.err
	}
	return nil
}

// Layout returns the layout of the message being walked.
func (w *Walker) Layout() *Layout { return w.layout }

// Offset returns how many bytes of the message were read, the value being
// visited included.
func (w *Walker) Offset() int { return w.pos + w.shift }

// Rest returns the bytes left over behind the message.
func (w *Walker) Rest() []byte { return w.body.Bytes[w.pos:] }

// Cut returns which of Body.Cuts stands in for the records field being
// visited, -1 where its bytes are at hand.
func (w *Walker) Cut() int { return w.cutNow }

// Index returns the index of the element being visited in the array at the
// given depth, 1 being the outermost.
func (w *Walker) Index(depth uint8) int { return int(w.index[depth-1]) }

// AppendPath appends where op, the op being visited or one around it, stands:
// "topics[3].partitions[0].index".
func (w *Walker) AppendPath(dst []byte, op *Op) []byte {
	if op.Parent < 0 {
		return dst
	}
	start := len(dst)
	dst = w.AppendPath(dst, &w.layout.Ops[op.Parent])
	if op.Name == "" {
		dst = append(dst, '[')
		dst = strconv.AppendInt(dst, int64(w.index[op.Depth-1]), 10)
		return append(dst, ']')
	}
	if len(dst) > start {
		dst = append(dst, '.')
	}
	return append(dst, op.Name...)
}

// Parent returns the op of the struct or array around op, nil for the message.
func (w *Walker) Parent(op *Op) *Op {
	if op.Parent < 0 {
		return nil
	}
	return &w.layout.Ops[op.Parent]
}

// Sibling returns the value of the field that the meaning of op, the op being
// visited, depends on; nil where there is none, where it is null, or where
// the message ends before it.
func (w *Walker) Sibling(op *Op) []byte {
	if op.Sibling < 0 || w.layout.Ops[op.Sibling].Tagged {
		return nil
	}
	saved, savedErr, odd := w.cursor, w.err, w.silence()
	defer func() { w.cursor, w.err, w.Odd = saved, savedErr, odd }()
	w.cursor = w.scope
	for i := op.Parent + 1; i < op.Sibling; i = w.layout.Ops[i].End {
		if !w.layout.Ops[i].Tagged && !w.skip(&w.layout.Ops[i]) {
			return nil
		}
	}
	raw, _ := w.scalar(&w.layout.Ops[op.Sibling])
	return raw
}

// walkStruct visits what is in a struct that is there.
func (w *Walker) walkStruct(op *Op) bool {
	outer := w.scope
	if op.hasSiblings {
		w.scope = w.cursor
	}
	ok := false
	if op.LateTags && w.DefinitionOrder {
		ok = w.walkInDefinitionOrder(op)
	} else {
		ok = w.walkFields(op) && (!op.Flexible || w.noTags() || w.walkTags(op))
	}
	if op.hasSiblings {
		w.scope = outer
	}
	return ok
}

// walkFields visits the untagged fields of a struct.
func (w *Walker) walkFields(op *Op) bool {
	ops := w.layout.Ops
	for i := op.At + 1; i < op.End; {
		field := &ops[i]
		if field.runBytes > 0 && int(field.runBytes) <= w.end-w.pos {
			for end := field.runEnd; i < end; i++ {
				start := w.pos
				w.pos += int(ops[i].Width)
				w.visitor.Value(w, &ops[i], w.body.Bytes[start:w.pos:w.pos])
			}
			continue
		}
		if !field.Tagged && !w.walk(field) {
			return false
		}
		i = field.End
	}
	return true
}

// walk reads one field or element and tells the visitor of it.
func (w *Walker) walk(op *Op) bool {
	switch op.Kind {
	case Struct:
		present, ok := w.present(op)
		if !ok || !present {
			if ok {
				w.visitor.Value(w, op, nil)
			}
			return ok
		}
		return w.walkStructs(op, 1)
	case Array:
		return w.walkArray(op)
	}
	return w.walkScalar(op)
}

// walkStructs reads n structs that are there, one behind the other, and tells
// the visitor of them.
func (w *Walker) walkStructs(op *Op, n int) bool {
	if w.json != nil {
		return w.json.structs(op, n)
	}
	return w.visitStructs(op, n)
}

func (w *Walker) visitStructs(op *Op, n int) bool {
	for i := range n {
		if i > 0 {
			w.index[op.Depth-1] = int32(i)
		}
		if !w.visitor.Enter(w, op, 1) {
			odd := w.silence()
			ok := w.skipStruct(op)
			w.Odd = odd
			if !ok {
				return false
			}
			continue
		}
		if !w.walkStruct(op) {
			return false
		}
		w.visitor.Leave(w, op)
	}
	return true
}

// walkScalar visits a value that is neither struct nor array. First comes what
// nearly all are: wholly there, and of a length that cannot be odd.
func (w *Walker) walkScalar(op *Op) bool {
	n, width := readLength(op, w.body.Bytes[w.pos:w.end])
	start := w.pos + width
	if op.Width == 0 && width > 0 && n >= 0 && n <= min(w.end-start, maxString) &&
		(w.Odd == nil || width == 1 || !op.Compact) && w.cut == len(w.body.Cuts) {
		w.pos = start + n
		w.visitor.Value(w, op, w.body.Bytes[start:w.pos:w.pos])
		return true
	}
	raw, ok := w.scalar(op)
	if ok || w.cutNow >= 0 {
		w.visitor.Value(w, op, raw)
	}
	w.cutNow = -1
	return ok
}

func (w *Walker) walkArray(op *Op) bool {
	n, ok := w.length(op)
	if !ok {
		return false
	}
	if n < 0 {
		w.visitor.Value(w, op, nil)
		return true
	}
	element := &w.layout.Ops[op.At+1]
	fixed := element.Width > 0 && int64(element.Width)*int64(n) <= int64(w.end-w.pos)
	if !w.visitor.Enter(w, op, n) {
		odd := w.silence()
		ok := w.skipElements(element, n)
		w.Odd = odd
		return ok
	}
	if fixed {
		w.walkFixedElements(element, n)
	} else if !w.walkElements(element, n) {
		return false
	}
	w.visitor.Leave(w, op)
	return true
}

// walkElements visits n elements. Every element has at least one byte, so
// that the message's end ends this, whatever n claims.
func (w *Walker) walkElements(op *Op, n int) bool {
	index := &w.index[op.Depth-1]
	*index = 0
	if op.Kind == Struct {
		return w.walkStructs(op, n) // no element is null
	}
	for i := range n {
		*index = int32(i)
		if !w.walkScalar(op) {
			return false
		}
	}
	return true
}

// walkFixedElements visits elements of fixed width, whose bytes are there.
func (w *Walker) walkFixedElements(op *Op, n int) {
	index := &w.index[op.Depth-1]
	for i := range n {
		*index = int32(i)
		start := w.pos
		w.pos += int(op.Width)
		w.visitor.Value(w, op, w.body.Bytes[start:w.pos:w.pos])
	}
}

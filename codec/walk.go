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
	// kind. Strings, bytes and records come without their length.
	Value(w *Walker, op *Op, raw []byte)
	// Tag is called for a tagged field that the struct being walked does not
	// know.
	Tag(w *Walker, tag uint32, raw []byte)
}

// FixedVisitor is a Visitor that takes values of fixed width, none of which is
// ever null, many at a time. What the walker says of its place is then that of
// the last one.
type FixedVisitor interface {
	Visitor
	// Fields is called in place of Value for fields that follow one another,
	// each of Op.Width bytes of raw.
	Fields(w *Walker, run []Op, raw []byte)
	// Array is called in place of Enter, Value and Leave for an array that is
	// not null; raw is all of its elements, each of element.Width bytes.
	Array(w *Walker, op, element *Op, raw []byte)
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
	// behind all others.
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
	fixed   FixedVisitor // the visitor, if it is one
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

type tagSpan struct {
	op   int32
	at   int // in Body.Bytes
	size int
}

// Walk reads body by layout and tells visitor of it. An error is an *Error;
// whatever stands before the fault was visited. Bytes left over behind the
// message are no error: see Rest.
func (w *Walker) Walk(layout *Layout, body Body, visitor Visitor) error {
	w.layout, w.body, w.visitor = layout, body, visitor
	w.fixed, _ = visitor.(FixedVisitor)
	w.cursor, w.end, w.err = cursor{}, len(body.Bytes), nil
	w.cutNow, w.spans = -1, w.spans[:0]
	root := &layout.Ops[0]
	if visitor.Enter(w, root, 1) && w.walkStruct(root) {
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
		ok = w.walkFields(op) && (!op.Flexible || w.walkTags(op))
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
			w.walkRun(ops[i:field.runEnd], int(field.runBytes))
			i = field.runEnd
			continue
		}
		if !field.Tagged && !w.walk(field) {
			return false
		}
		i = field.End
	}
	return true
}

// walkRun visits fields of fixed width, whose bytes are there.
func (w *Walker) walkRun(run []Op, size int) {
	if w.fixed != nil {
		start := w.pos
		w.pos += size
		w.fixed.Fields(w, run, w.body.Bytes[start:w.pos:w.pos])
		return
	}
	for i := range run {
		op := &run[i]
		start := w.pos
		w.pos += int(op.Width)
		w.visitor.Value(w, op, w.body.Bytes[start:w.pos:w.pos])
	}
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
		return w.visitStruct(op)
	case Array:
		return w.walkArray(op)
	}
	return w.walkScalar(op)
}

// visitStruct visits a struct that is there.
func (w *Walker) visitStruct(op *Op) bool {
	if !w.visitor.Enter(w, op, 1) {
		odd := w.silence()
		ok := w.skipStruct(op)
		w.Odd = odd
		return ok
	}
	ok := w.walkStruct(op)
	if ok {
		w.visitor.Leave(w, op)
	}
	return ok
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
	if ok {
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
	if fixed && w.fixed != nil {
		start := w.pos
		w.pos += n * int(element.Width)
		w.fixed.Array(w, op, element, w.body.Bytes[start:w.pos:w.pos])
		return true
	}
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
	for i := range n {
		*index = int32(i)
		ok := false
		if op.Kind == Struct {
			ok = w.visitStruct(op) // no element is null
		} else {
			ok = w.walkScalar(op)
		}
		if !ok {
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

// present reads whether a struct is there. In a tagged field the presence is
// a uvarint, elsewhere an int8, as Kafka's MessageDataGenerator has it.
func (w *Walker) present(op *Op) (present, ok bool) {
	if !op.Nullable {
		return true, true
	}
	start := w.pos
	if op.Tagged {
		v, ok := w.uvarint(op)
		if w.Odd != nil && ok && (v > 1 || w.pos-start > 1) {
			w.Odd(w, op, OddPresence, w.body.Bytes[start:w.pos])
		}
		return v != 0, ok
	}
	b, ok := w.take(op, 1)
	if w.Odd != nil && ok && b[0] != 1 && b[0] != 0xff {
		w.Odd(w, op, OddPresence, b)
	}
	return ok && int8(b[0]) >= 0, ok
}

// scalar reads a value that is neither struct nor array; nil is null.
func (w *Walker) scalar(op *Op) ([]byte, bool) {
	if op.Width > 0 {
		return w.take(op, int(op.Width))
	}
	n, ok := w.length(op)
	if !ok || n < 0 {
		return nil, ok
	}
	if op.Kind == Records && w.atCut() {
		return w.passCut(op, n)
	}
	if op.Kind == String && n > maxString {
		return nil, w.fail(op, -1, tooLong(n))
	}
	return w.take(op, n)
}

func (w *Walker) atCut() bool {
	return w.cut < len(w.body.Cuts) && w.body.Cuts[w.cut].At == w.pos
}

// passCut passes over records that were cut out of the body.
func (w *Walker) passCut(op *Op, n int) ([]byte, bool) {
	c := w.body.Cuts[w.cut]
	w.cutNow = w.cut
	w.cut++
	w.shift += c.Size
	if c.Size < n {
		w.shift -= c.Size
		return nil, w.fail(op, n, "the message ends within its records")
	}
	return w.body.Bytes[w.pos:w.pos], true
}

// length reads the length of a string, of bytes, records or an array; a
// negative one is null.
func (w *Walker) length(op *Op) (int, bool) {
	start := w.pos
	n, width := readLength(op, w.body.Bytes[start:w.end])
	switch {
	case width <= 0:
		return 0, w.failLength(op, width)
	case n < 0 && !op.Nullable:
		return 0, w.fail(op, -1, noNull)
	}
	w.pos += width
	if w.Odd != nil && (n < 0 || width > 1) {
		w.noteLength(op, n, start)
	}
	return n, true
}

// failLength notes that a length cannot be read, and why not, as readLength
// has it.
func (w *Walker) failLength(op *Op, width int) bool {
	need := 4
	switch {
	case op.Compact:
		return w.failUvarint(op, width)
	case op.Kind == String:
		need = 2
	}
	return w.fail(op, need, "the message ends")
}

func (w *Walker) uvarint(op *Op) (uint32, bool) {
	if w.pos < w.end && w.body.Bytes[w.pos] < 0x80 {
		w.pos++
		return uint32(w.body.Bytes[w.pos-1]), true
	}
	return w.longUvarint(op)
}

func (w *Walker) longUvarint(op *Op) (uint32, bool) {
	v, n := Uvarint(w.body.Bytes[w.pos:w.end])
	if n <= 0 {
		return 0, w.failUvarint(op, n)
	}
	w.pos += n
	return v, true
}

// failUvarint notes that a varint cannot be read, and why not, as Uvarint has
// it.
func (w *Walker) failUvarint(op *Op, width int) bool {
	if width < 0 {
		return w.fail(op, -1, "a varint longer than five bytes")
	}
	return w.fail(op, w.end-w.pos+1, "the message ends")
}

// take returns the next n bytes.
func (w *Walker) take(op *Op, n int) ([]byte, bool) {
	if w.end-w.pos < n {
		return nil, w.fail(op, n, "the message ends")
	}
	b := w.body.Bytes[w.pos : w.pos+n : w.pos+n]
	w.pos += n
	return b, true
}

// fail notes the first fault; it always returns false. need is -1 where the
// fault is not a lack of bytes.
func (w *Walker) fail(op *Op, need int, reason string) bool {
	if w.err == nil {
		w.err = &Error{Layout: w.layout, Path: string(w.AppendPath(nil, op)), Offset: w.Offset(),
			Need: need, Have: w.end - w.pos, Reason: reason}
	}
	return false
}

// walkTags reads the tag section of a struct.
func (w *Walker) walkTags(op *Op) bool {
	if w.pos < w.end && w.body.Bytes[w.pos] == 0 { // no tagged fields, as mostly
		w.pos++
		return true
	}
	start := w.cursor
	count, ok := w.uvarint(op)
	if ok && count > 1 && w.DefinitionOrder {
		// Tags may be numbered in another order than they are defined in, and
		// be sent in any.
		return w.walkTagsInDefinitionOrder(op, start)
	}
	if w.Odd != nil && ok {
		w.noteLong(op, OddTagCount, start.pos)
	}
	return ok && w.walkTagsAsSent(op, count)
}

func (w *Walker) walkTagsAsSent(op *Op, count uint32) bool {
	last := int64(-1)
	for ; count > 0; count-- {
		start := w.pos
		tag, span, ok := w.tag(op)
		if w.Odd != nil && ok {
			w.noteTag(op, start, tag, last)
		}
		if !ok || !w.walkTag(tag, span) {
			return false
		}
		last = int64(tag)
	}
	return true
}

// tag reads the number and size of a tagged field and which op it is, -1
// where the struct knows none of that number.
func (w *Walker) tag(op *Op) (tag uint32, span tagSpan, ok bool) {
	if tag, ok = w.uvarint(op); !ok {
		return
	}
	var size uint32
	if size, ok = w.uvarint(op); !ok {
		return
	}
	if int64(size) > int64(w.end-w.pos) {
		return tag, span, w.fail(op, needed(int64(size)), "the message ends within tag "+strconv.FormatUint(uint64(tag), 10))
	}
	span = tagSpan{op: -1, at: w.pos, size: int(size)}
	if int64(tag) < int64(len(op.tags)) {
		span.op = op.tags[tag]
	}
	return tag, span, true
}

// walkTag visits the tagged field at span, where the cursor stands, and
// leaves the cursor behind it. The declared size bounds it: Kafka ignores
// that size, and so would read a value that differs from it, and all that
// follows, otherwise than its writer meant it.
func (w *Walker) walkTag(tag uint32, span tagSpan) bool {
	if span.op < 0 {
		raw := w.body.Bytes[span.at : span.at+span.size : span.at+span.size]
		w.pos += span.size
		w.visitor.Tag(w, tag, raw)
		return true
	}
	outer := w.end
	w.end = span.at + span.size
	op := &w.layout.Ops[span.op]
	ok := w.walk(op)
	if w.Odd != nil && ok && w.pos < w.end {
		w.Odd(w, op, OddTagSize, w.body.Bytes[w.pos:w.end])
	}
	if ok {
		w.pos = w.end
	}
	w.end = outer
	return ok
}

// walkInDefinitionOrder visits the fields of a struct in the order of the
// definition. It first passes over the untagged fields to find the tags. Where
// that fails, the wire's order shows what there is before the fault.
func (w *Walker) walkInDefinitionOrder(op *Op) bool {
	start, base := w.cursor, len(w.spans)
	defer func() { w.spans = w.spans[:base] }()
	odd := w.silence()
	found := w.skipFields(op) && w.noteTags(op)
	w.Odd = odd
	if !found {
		w.cursor, w.err = start, nil
		return w.walkFields(op) && w.walkTags(op)
	}
	end := w.cursor
	w.cursor = start
	if len(w.spans) == base {
		return w.walkFields(op) && w.walkTags(op)
	}
	for i := op.At + 1; i < op.End; i = w.layout.Ops[i].End {
		field, ok := &w.layout.Ops[i], false
		if field.Tagged {
			ok = w.walkSpan(field, base)
		} else {
			ok = w.walk(field)
		}
		if !ok {
			return false
		}
	}
	return w.unknownTags(op, end)
}

// walkSpan visits the tagged field of op where noteTags found one; of
// several the last one counts, as it does for Kafka.
func (w *Walker) walkSpan(op *Op, base int) bool {
	for i := len(w.spans) - 1; i >= base; i-- {
		if span := w.spans[i]; span.op == op.At {
			saved := w.cursor
			w.pos = span.at
			ok := w.walkTag(op.Tag, span)
			w.cursor = saved
			return ok
		}
	}
	return true
}

// walkTagsInDefinitionOrder visits the tags of the section that begins at
// start: those that the struct knows in the order of the definition, then the
// others. Where the section is broken, the order in which they were sent
// shows what there is before the fault.
func (w *Walker) walkTagsInDefinitionOrder(op *Op, start cursor) bool {
	base := len(w.spans)
	defer func() { w.spans = w.spans[:base] }()
	w.cursor = start
	if !w.noteTags(op) {
		w.cursor, w.err = start, nil
		count, _ := w.uvarint(op)
		return w.walkTagsAsSent(op, count)
	}
	end := w.cursor
	w.cursor = start
	for i := op.At + 1; i < op.End; i = w.layout.Ops[i].End {
		if field := &w.layout.Ops[i]; field.Tagged && !w.walkSpan(field, base) {
			return false
		}
	}
	return w.unknownTags(op, end)
}

// noteTags moves the cursor behind a tag section and notes what is in it.
func (w *Walker) noteTags(op *Op) bool {
	count, ok := w.uvarint(op)
	for ; ok && count > 0; count-- {
		var span tagSpan
		if _, span, ok = w.tag(op); ok {
			w.spans = append(w.spans, span)
			w.pos += span.size
		}
	}
	return ok
}

// unknownTags visits the tags of a struct that no op stands for, reading its
// tag section, at which the cursor stands, once more up to end.
func (w *Walker) unknownTags(op *Op, end cursor) bool {
	start := w.pos
	count, ok := w.uvarint(op)
	if w.Odd != nil && ok {
		w.noteLong(op, OddTagCount, start)
	}
	last := int64(-1)
	for ; ok && count > 0; count-- {
		var span tagSpan
		var tag uint32
		start = w.pos
		if tag, span, ok = w.tag(op); !ok {
			break
		}
		if w.Odd != nil {
			w.noteTag(op, start, tag, last)
		}
		last = int64(tag)
		if span.op >= 0 {
			w.pos += span.size
			continue
		}
		ok = w.walkTag(tag, span)
	}
	w.cursor = end
	return ok
}

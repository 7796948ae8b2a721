package codec

import "strconv"

// tagSpan is where a tagged field stands.
type tagSpan struct {
	op   int32 // -1 where the struct knows none of its number
	at   int   // in Body.Bytes
	size int
}

// noTags passes over the tag section of a struct that has no tagged fields,
// as most have none.
func (w *Walker) noTags() bool {
	if w.pos < w.end && w.body.Bytes[w.pos] == 0 {
		w.pos++
		return true
	}
	return false
}

// walkTags reads the tag section of a struct.
func (w *Walker) walkTags(op *Op) bool {
	if w.noTags() {
		return true
	}
	if w.DefinitionOrder {
		start := w.cursor
		count, _ := w.uvarint(op)
		w.cursor = start
		if count > 1 {
			// Tags may be numbered in another order than they are defined in,
			// and be sent in any.
			return w.walkTagsInDefinitionOrder(op)
		}
	}
	return w.walkTagsAsSent(op, false)
}

// walkTagsAsSent reads a tag section and visits the fields in it, or of them
// only those that the struct does not know.
func (w *Walker) walkTagsAsSent(op *Op, onlyUnknown bool) bool {
	start := w.pos
	count, ok := w.uvarint(op)
	if w.Odd != nil && ok {
		w.noteLong(op, OddTagCount, start)
	}
	for last := int64(-1); ok && count > 0; count-- {
		start = w.pos
		var tag uint32
		var span tagSpan
		if tag, span, ok = w.tag(op); !ok {
			break
		}
		if w.Odd != nil {
			w.noteTag(op, start, tag, last)
		}
		last = int64(tag)
		if onlyUnknown && span.op >= 0 {
			w.pos += span.size
		} else {
			ok = w.walkTag(tag, span)
		}
	}
	return ok
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
		return tag, span, w.fail(op, needed(int64(size)), w.ends()+" within tag "+strconv.FormatUint(uint64(tag), 10))
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
	return w.walkTagsAsSent(op, true)
}

// walkSpan visits the tagged field of op where noteTags found one; of
// several the last one counts, as it does for Kafka, but all must be readable.
func (w *Walker) walkSpan(op *Op, base int) bool {
	last := -1
	for i := base; i < len(w.spans); i++ {
		if w.spans[i].op != op.At {
			continue
		}
		if last >= 0 && !w.readSpan(op, last) {
			return false
		}
		last = i
	}
	return last < 0 || w.visitSpan(op, last)
}

func (w *Walker) visitSpan(op *Op, i int) bool {
	saved := w.cursor
	w.pos = w.spans[i].at
	ok := w.walkTag(op.Tag, w.spans[i])
	w.cursor = saved
	return ok
}

// readSpan is as visitSpan, but tells nobody.
func (w *Walker) readSpan(op *Op, i int) bool {
	visitor, json, odd := w.visitor, w.json, w.silence()
	w.visitor, w.json = nobody{}, nil
	ok := w.visitSpan(op, i)
	w.visitor, w.json, w.Odd = visitor, json, odd
	return ok
}

// nobody is a Visitor that enters everything and notes nothing.
type nobody struct{}

func (nobody) Enter(*Walker, *Op, int) bool { return true }
func (nobody) Leave(*Walker, *Op)           {}
func (nobody) Value(*Walker, *Op, []byte)   {}
func (nobody) Tag(*Walker, uint32, []byte)  {}

// walkTagsInDefinitionOrder visits the tags of a section: those that the
// struct knows in the order of the definition, then the others. Where the
// section is broken, the order in which they were sent shows what there is
// before the fault.
func (w *Walker) walkTagsInDefinitionOrder(op *Op) bool {
	start, base := w.cursor, len(w.spans)
	defer func() { w.spans = w.spans[:base] }()
	if !w.noteTags(op) {
		w.cursor, w.err = start, nil
		return w.walkTagsAsSent(op, false)
	}
	w.cursor = start
	for i := op.At + 1; i < op.End; i = w.layout.Ops[i].End {
		if field := &w.layout.Ops[i]; field.Tagged && !w.walkSpan(field, base) {
			return false
		}
	}
	return w.walkTagsAsSent(op, true)
}

// noteTags moves the cursor behind a tag section and notes those tagged fields
// in it that the struct knows.
func (w *Walker) noteTags(op *Op) bool {
	base := len(w.spans)
	count, ok := w.uvarint(op)
	for ; ok && count > 0; count-- {
		var span tagSpan
		if _, span, ok = w.tag(op); ok {
			if span.op >= 0 {
				w.noteSpan(span, base)
			}
			w.pos += span.size
		}
	}
	return ok
}

// noteSpan notes a tagged field. Of one that was sent before, which may be so
// without end, it keeps that only where it cannot be read, for walkSpan to find.
func (w *Walker) noteSpan(span tagSpan, base int) {
	before := -1
	for i := base; i < len(w.spans); i++ {
		switch {
		case w.spans[i].op != span.op:
		case before >= 0:
			return // nothing behind one that cannot be read counts
		default:
			before = i
		}
	}
	if before >= 0 {
		if w.readSpan(&w.layout.Ops[span.op], before) {
			w.spans[before] = span
			return
		}
		w.err = nil
	}
	w.spans = append(w.spans, span)
}

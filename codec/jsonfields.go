package codec

import "encoding/binary"

// A JSON is a Visitor that most of the time need not visit. What follows is
// the short way: it reads and appends at once what is plain, as nearly
// everything in a message is. All else it leaves to the walker, which then
// calls the JSON as a Visitor: so there is one place that knows what is odd
// and what is wrong.

// keyWidth is the size of the longest key that goes the short way: of a size
// that is known beforehand, it is copied in two moves.
const keyWidth = 32

// fieldRoom is the room that a key and a short value take at most.
const fieldRoom = 2 * keyWidth

// plan works out what the short way needs to know of an op.
func (l *Layout) plan(op *Op) {
	op.key = jsonKey(op)
	op.plain = !op.Tagged && op.Name != "" && len(op.key) < keyWidth
	switch op.Kind {
	case Struct:
		op.plain = false
	case Array:
		op.plain = op.plain && l.Ops[op.At+1].Width > 0
	}
	if !op.plain {
		return
	}
	op.keyWithComma[0] = '{'
	for i := op.Parent + 1; i < op.At; i = l.Ops[i].End {
		if !l.Ops[i].Tagged {
			op.keyWithComma[0] = ','
		}
	}
	op.keyLen = uint8(1 + copy(op.keyWithComma[1:], op.key))
	op.shift = uint8(64 - 8*op.Width)
}

// structs appends n structs, one behind the other, as Walker.visitStructs
// would have it done.
func (j *jsonVisitor) structs(op *Op, n int) bool {
	w := &j.Walker
	if len(j.tagged) > 0 || op.Tagged || op.LateTags && (j.Hook != nil || j.Spill != nil || w.Odd != nil) {
		return w.visitStructs(op, n)
	}
	scope := w.scope
	j.begin(op)
	dst, ok := j.dst[:len(j.dst)-len("{")], true
	for i := 0; i < n && ok; i++ {
		if i > 0 {
			w.index[op.Depth-1] = int32(i)
			if len(dst) >= j.much {
				j.dst = dst
				j.spill()
				dst = j.dst
			}
			dst = append(dst, ',')
		}
		start, text := w.cursor, len(dst)
		if op.hasSiblings {
			w.scope = start
		}
		if dst, ok = j.fields(dst, op); ok && op.Flexible && !w.noTags() {
			dst, ok = j.someTags(dst, op, start, text)
		}
		if ok {
			dst = append(dst, '}')
		}
	}
	j.dst, w.scope = dst, scope
	if ok {
		j.open = op.Parent
	}
	return ok
}

// someTags appends the tag section of a struct that began at start, its text
// at text in dst. Where tagged fields stand between others, these are appended
// once more: nobody was told of them.
func (j *jsonVisitor) someTags(dst []byte, op *Op, start cursor, text int) ([]byte, bool) {
	w := &j.Walker
	j.dst, j.open = dst, op.At
	ok := false
	if op.LateTags {
		w.cursor, j.dst = start, append(dst[:text], '{')
		ok = w.walkInDefinitionOrder(op)
	} else {
		ok = w.walkTags(op)
	}
	if ok && j.tags {
		j.closeTags()
	}
	return j.dst, ok
}

// takes reports whether a field goes the short way.
func (j *jsonVisitor) takes(op *Op) bool {
	return op.plain && (j.Hook == nil || op.Is == NoMeaning && op.Kind != Records)
}

// fields appends the brace and the untagged fields of a struct, the commonest
// kinds without a further call. While it does, dst is all the room there is and
// n how much of it is text, so that a key can be copied with what is behind it.
func (j *jsonVisitor) fields(dst []byte, op *Op) ([]byte, bool) {
	w := &j.Walker
	ops, src, pos, text := w.layout.Ops, w.body.Bytes[:w.end], w.pos, len(dst)
	n, dst := text, dst[:cap(dst)]
	for at := op.At + 1; at < op.End; {
		field := &ops[at]
		at = field.End
		if j.takes(field) {
			if len(dst)-n < fieldRoom {
				dst = grow(dst[:n], fieldRoom)
				dst = dst[:cap(dst)]
			}
			room := (*[fieldRoom]byte)(dst[n:])
			*(*[keyWidth]byte)(room[:]) = field.keyWithComma
			key := int(field.keyLen) % fieldRoom // the remainder spares a check
			switch field.Kind {
			case Int8, Int16, Int32, Int64:
				if len(src)-pos < 8 {
					break // at the end of the message
				}
				v := int64(binary.BigEndian.Uint64(src[pos:])) >> (field.shift % 64)
				pos += int(field.Width)
				if uint64(v) < 10 {
					room[key] = '0' + byte(v)
					n += key + 1
				} else {
					dst = AppendJSONInt(dst[:n+key], v)
					n, dst = len(dst), dst[:cap(dst)]
				}
				continue
			case String, Bytes:
				size, width := shortLength(field, src[pos:])
				if width == 0 || size > len(src)-pos-width {
					break
				}
				pos += width + size
				if raw := src[pos-size : pos]; field.Kind == String {
					dst = appendJSONString(dst[:n+key], raw)
				} else {
					dst = AppendJSONBytes(dst[:n+key], raw)
				}
				n, dst = len(dst), dst[:cap(dst)]
				continue
			}
			if longer, size := j.value(dst[:n+key], field, src[pos:]); size > 0 {
				pos += size
				n, dst = len(longer), longer[:cap(longer)]
				continue
			}
		}
		if field.Tagged {
			continue
		}
		j.dst, w.pos, j.open = openBrace(dst[:n], text), pos, op.At
		if !w.walk(field) {
			return j.dst, false
		}
		pos, text = w.pos, -1 // the brace is there, though the hook may have written it out
		n, dst = len(j.dst), j.dst[:cap(j.dst)]
	}
	w.pos = pos
	return openBrace(dst[:n], text), true
}

// openBrace appends the brace of a struct if none of its fields did. Its text
// begins at text, which is -1 where one did.
func openBrace(dst []byte, text int) []byte {
	if len(dst) > text {
		return dst
	}
	return append(dst, '{')
}

// shortLength reads what nearly all lengths are, without a call: neither null
// nor in a longer varint than of one byte. Of others the width is 0.
func shortLength(op *Op, src []byte) (n, width int) {
	switch {
	case len(src) < 4:
	case op.Compact:
		if src[0] > 0 && src[0] < 0x80 {
			return int(src[0]) - 1, 1
		}
	case src[0] >= 0x80:
	case op.Kind == String:
		return int(binary.BigEndian.Uint16(src)), 2
	default:
		return int(binary.BigEndian.Uint32(src)), 4
	}
	return 0, 0
}

// value appends the value of a plain field that src begins with and gives its
// bytes, 0 where it must go the long way: then what was appended means nothing.
func (j *jsonVisitor) value(dst []byte, op *Op, src []byte) ([]byte, int) {
	if op.Width > 0 {
		if int(op.Width) > len(src) {
			return dst, 0
		}
		return appendJSONFixed(dst, op, src[:op.Width]), int(op.Width)
	}
	n, width := shortLength(op, src)
	if width == 0 {
		n, width = readLength(op, src)
		switch {
		case width <= 0 || n < -1 || op.Compact && width > 1 && j.Walker.Odd != nil:
			return dst, 0
		case n < 0:
			return j.null(dst, op, width)
		}
	}
	switch {
	case op.Kind == Array:
		return j.fixedArray(dst, op, n, width, src[width:])
	case n > len(src)-width:
		return dst, 0
	}
	raw := src[width : width+n]
	switch op.Kind {
	case String:
		if n > maxString {
			return dst, 0
		}
		dst = appendJSONString(dst, raw)
	case Bytes:
		dst = AppendJSONBytes(dst, raw)
	case Records:
		switch {
		case j.Records == RecordsSize || j.Walker.cut < len(j.Walker.body.Cuts):
			return dst, 0
		case j.Records == RecordsBase64:
			dst = AppendJSONBytes(dst, raw)
		default:
			dst = append(dst, `""`...)
		}
	}
	return dst, width + n
}

func (j *jsonVisitor) null(dst []byte, op *Op, width int) ([]byte, int) {
	if !op.Nullable {
		return dst, 0
	}
	if op.Kind == Array {
		dst = dst[:len(dst)-len("[")]
	}
	return append(dst, "null"...), width
}

// fixedArray appends an array of n elements of fixed width.
func (j *jsonVisitor) fixedArray(dst []byte, op *Op, n, width int, src []byte) ([]byte, int) {
	element := &j.Walker.layout.Ops[op.At+1]
	if int64(n)*int64(element.Width) > int64(len(src)) {
		return dst, 0
	}
	n *= int(element.Width)
	return append(appendJSONArray(dst, element, src[:n]), ']'), width + n
}

// appendJSONArray appends elements of fixed width, with commas between them.
func appendJSONArray(dst []byte, op *Op, raw []byte) []byte {
	for width := int(op.Width); len(raw) >= width; raw = raw[width:] {
		if op.Kind == Int32 { // as mostly, without a call
			dst = AppendJSONInt(dst, int64(int32(binary.BigEndian.Uint32(raw))))
		} else {
			dst = appendJSONFixed(dst, op, raw[:width])
		}
		if len(raw) > width {
			dst = append(dst, ',')
		}
	}
	return dst
}

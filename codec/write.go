package codec

import (
	"encoding/binary"
	"math"
)

// AppendMessage appends the bytes of a message to dst. A message that was
// decoded comes out as it came in, trailing bytes included; what was changed
// is written as Kafka writes it. It fails for a tree that was not decoded to
// its end and for more bytes than a frame can hold.
func AppendMessage(dst []byte, t *Tree) ([]byte, error) {
	if t.fault != nil {
		return dst, t.fault
	}
	w := writer{Tree: t}
	t.sizes = t.sizes[:0]
	size := w.measure(0)
	if size+int64(len(t.Trailing)) > math.MaxInt32 {
		return dst, &Error{Layout: t.layout, Need: -1, Reason: tooMuch}
	}
	w.dst = grow(dst, int(size)+len(t.Trailing))
	w.write(0)
	return append(w.dst, t.Trailing...), nil
}

// grow gives dst room for n bytes more.
func grow(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst
	}
	return append(dst, make([]byte, n)...)[:len(dst)]
}

// writer writes a tree in two passes, both of which come to the tagged fields
// in the same order: the first works out their sizes, the second uses them.
type writer struct {
	*Tree
	dst  []byte
	next int // in Tree.sizes
}

// measure gives the bytes of a value with all that is in it.
func (w *writer) measure(n int32) int64 {
	op, node := w.op(n), &w.nodes[n]
	if op.Width > 0 {
		return int64(op.Width)
	}
	var prefix [8]byte
	size := int64(len(w.appendPrefix(prefix[:0], n)))
	switch op.Kind {
	case Struct:
		if node.size >= 0 {
			size += w.measureStruct(n)
		}
	case Array:
		for i := node.first; i != 0; i = w.nodes[i].next {
			size += w.measure(i)
		}
	default:
		size += int64(max(0, node.size))
	}
	return size
}

func (w *writer) measureStruct(n int32) (size int64) {
	i := w.nodes[n].first
	for ; i != 0 && !w.isTag(i); i = w.nodes[i].next {
		size += w.measure(i)
	}
	if !w.op(n).Flexible {
		return size
	}
	var buffer [16]byte
	size += int64(len(w.appendTagCount(buffer[:0], n, i)))
	for ; i != 0; i = w.nodes[i].next {
		slot := len(w.sizes)
		w.sizes = append(w.sizes, 0)
		tag := int64(w.nodes[i].size)
		if w.nodes[i].op >= 0 {
			tag = w.measure(i) + int64(len(w.odd(i, OddTagSize)))
		}
		w.sizes[slot] = int32(min(tag, math.MaxInt32)) // what is larger is refused as a whole
		size += tag + int64(len(w.appendTagHead(buffer[:0], i, w.sizes[slot])))
	}
	return size
}

// write appends a value with all that is in it.
func (w *writer) write(n int32) {
	op, node := w.op(n), &w.nodes[n]
	if op.Width > 0 {
		w.dst = append(w.dst, w.raw(n)...)
		return
	}
	w.dst = w.appendPrefix(w.dst, n)
	switch {
	case node.size < 0:
	case op.Kind == Struct:
		w.writeStruct(n)
	case op.Kind == Array:
		for i := node.first; i != 0; i = w.nodes[i].next {
			w.write(i)
		}
	default:
		w.dst = append(w.dst, w.raw(n)...)
	}
}

func (w *writer) writeStruct(n int32) {
	i := w.nodes[n].first
	for ; i != 0 && !w.isTag(i); i = w.nodes[i].next {
		w.write(i)
	}
	if !w.op(n).Flexible {
		return
	}
	w.dst = w.appendTagCount(w.dst, n, i)
	for ; i != 0; i = w.nodes[i].next {
		w.dst = w.appendTagHead(w.dst, i, w.sizes[w.next])
		w.next++
		if w.nodes[i].op < 0 {
			w.dst = append(w.dst, w.raw(i)...)
			continue
		}
		w.write(i)
		w.dst = append(w.dst, w.odd(i, OddTagSize)...)
	}
}

// appendPrefix appends what stands before a value of no fixed width: its
// length, or of a struct that can be null whether it is there. Odd bytes are
// kept as long as they say what is to be said.
func (t *Tree) appendPrefix(dst []byte, n int32) []byte {
	op, size := t.op(n), t.nodes[n].size
	if op.Kind == Struct {
		return t.appendPresence(dst, n)
	}
	if raw := t.odd(n, OddLength); raw != nil {
		if was, _ := readLength(op, raw); max(-1, was) == int(size) {
			return append(dst, raw...)
		}
	}
	switch {
	case op.Compact:
		return binary.AppendUvarint(dst, uint64(size+1))
	case op.Kind == String:
		return binary.BigEndian.AppendUint16(dst, uint16(size))
	}
	return binary.BigEndian.AppendUint32(dst, uint32(size))
}

func (t *Tree) appendPresence(dst []byte, n int32) []byte {
	op, present := t.op(n), t.nodes[n].size >= 0
	raw := t.odd(n, OddPresence)
	switch {
	case !op.Nullable:
		return dst
	case raw != nil && isPresent(op, raw) == present:
		return append(dst, raw...)
	case present:
		return append(dst, 1)
	case op.Tagged:
		return append(dst, 0)
	}
	return append(dst, 0xff)
}

// isPresent says what is read from the bytes before a struct that can be null.
func isPresent(op *Op, raw []byte) bool {
	if op.Tagged {
		v, _ := Uvarint(raw)
		return v != 0
	}
	return int8(raw[0]) >= 0
}

// appendTagCount appends the number of tagged fields of the struct n, of which
// first is the first.
func (t *Tree) appendTagCount(dst []byte, n, first int32) []byte {
	count := uint32(0)
	for i := first; i != 0; i = t.nodes[i].next {
		count++
	}
	if raw := t.odd(n, OddTagCount); raw != nil {
		if was, _ := Uvarint(raw); was == count {
			return append(dst, raw...)
		}
	}
	return binary.AppendUvarint(dst, uint64(count))
}

// appendTagHead appends the number and size of a tagged field.
func (t *Tree) appendTagHead(dst []byte, n, size int32) []byte {
	tag := t.tag(n)
	if raw := t.odd(n, OddTag); raw != nil {
		number, width := Uvarint(raw)
		was, _ := Uvarint(raw[width:])
		if number == tag && was == uint32(size) {
			return append(dst, raw...)
		}
	}
	dst = binary.AppendUvarint(dst, uint64(tag))
	return binary.AppendUvarint(dst, uint64(size))
}

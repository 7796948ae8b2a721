package codec

import (
	"encoding/binary"
	"math"
)

// AppendMessage appends the bytes of a message to dst. A message that was
// decoded comes out as it came in, trailing bytes included. A value that was
// set is written as Kafka writes it, and so is every length, count and size
// around it that is another one now; what else is odd around it stays. It fails
// for a tree that was not decoded to its end and for more bytes than a frame can
// hold.
func AppendMessage(dst []byte, t *Tree) ([]byte, error) {
	if t.fault != nil {
		return dst, t.fault
	}
	w := writer{Tree: t}
	t.sizes = t.sizes[:0]
	message := w.append(grow(dst, len(t.source)+len(t.own)), 0)
	message = append(message, t.Trailing...)
	if len(message)-len(dst) > math.MaxInt32 {
		return dst, &Error{Layout: t.layout, Offset: -1, Need: -1, Reason: tooMuch}
	}
	return message, nil
}

// grow gives dst room for n bytes more.
func grow(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst
	}
	return append(dst, make([]byte, n)...)[:len(dst)]
}

// writer writes a tree in one go, but that the size of a tagged field stands
// before it: that is worked out first, with those of all the tagged fields
// inside it. Both passes come to them in the same order.
type writer struct {
	*Tree
	next int // in Tree.sizes: the tagged field that is written next
}

// append appends a value with all that is in it.
func (w *writer) append(dst []byte, n int32) []byte {
	node := &w.nodes[n]
	op := &w.layout.Ops[node.op]
	if op.Width > 0 {
		return appendFixed(dst, w.raw(node))
	}
	dst = w.appendPrefix(dst, op, node)
	switch {
	case node.size < 0:
		return dst
	case op.Kind == Struct:
		return w.appendStruct(dst, op, node)
	case op.Kind == Array:
		for i := node.first; i != 0; i = w.nodes[i].next {
			dst = w.append(dst, i)
		}
		return dst
	}
	return append(dst, w.raw(node)...)
}

// appendFixed appends a value of fixed width, of which most are so short that
// a call of memmove would take longer.
func appendFixed(dst, raw []byte) []byte {
	switch len(raw) {
	case 1:
		return append(dst, raw[0])
	case 2:
		return append(dst, raw[0], raw[1])
	case 4:
		return binary.LittleEndian.AppendUint32(dst, binary.LittleEndian.Uint32(raw))
	case 8:
		return binary.LittleEndian.AppendUint64(dst, binary.LittleEndian.Uint64(raw))
	}
	return append(dst, raw...)
}

func (w *writer) appendStruct(dst []byte, op *Op, node *node) []byte {
	i := node.first
	for ; i != 0 && !w.isTag(i); i = w.nodes[i].next {
		dst = w.append(dst, i)
	}
	if !op.Flexible {
		return dst
	}
	dst = w.appendTagCount(dst, node, i)
	for ; i != 0; i = w.nodes[i].next {
		dst = w.appendTag(dst, i)
	}
	return dst
}

// appendTag appends a tagged field.
func (w *writer) appendTag(dst []byte, n int32) []byte {
	node := &w.nodes[n]
	if node.op < 0 {
		return append(w.appendTagHead(dst, n, node.size), w.raw(node)...)
	}
	if w.next == len(w.sizes) {
		w.sizes, w.next = w.sizes[:0], 0
		w.measureTag(n)
	}
	dst = w.appendTagHead(dst, n, w.sizes[w.next])
	w.next++
	return append(w.append(dst, n), w.odd(node, OddTagSize)...)
}

// measureTag notes and gives the size of a tagged field that the layout knows,
// and notes those inside it.
func (w *writer) measureTag(n int32) int64 {
	slot := len(w.sizes)
	w.sizes = append(w.sizes, 0)
	size := w.measure(n) + int64(len(w.odd(&w.nodes[n], OddTagSize)))
	w.sizes[slot] = int32(min(size, math.MaxInt32)) // what is larger is refused as a whole
	return size
}

// measure gives the bytes of a value with all that is in it.
func (w *writer) measure(n int32) int64 {
	node := &w.nodes[n]
	op := &w.layout.Ops[node.op]
	if op.Width > 0 {
		return int64(op.Width)
	}
	var buffer [8]byte
	size := int64(len(w.appendPrefix(buffer[:0], op, node)))
	switch {
	case node.size < 0:
	case op.Kind == Struct:
		size += w.measureStruct(op, node)
	case op.Kind == Array:
		for i := node.first; i != 0; i = w.nodes[i].next {
			size += w.measure(i)
		}
	default:
		size += int64(node.size)
	}
	return size
}

func (w *writer) measureStruct(op *Op, node *node) (size int64) {
	i := node.first
	for ; i != 0 && !w.isTag(i); i = w.nodes[i].next {
		size += w.measure(i)
	}
	if !op.Flexible {
		return size
	}
	var buffer [16]byte
	size += int64(len(w.appendTagCount(buffer[:0], node, i)))
	for ; i != 0; i = w.nodes[i].next {
		tag := int64(w.nodes[i].size)
		if w.nodes[i].op >= 0 {
			tag = w.measureTag(i)
		}
		size += tag + int64(len(w.appendTagHead(buffer[:0], i, int32(min(tag, math.MaxInt32)))))
	}
	return size
}

// appendPrefix appends what stands before a value of no fixed width: its
// length, or of a struct that can be null whether it is there. Odd bytes are
// kept as long as they say what is to be said.
func (t *Tree) appendPrefix(dst []byte, op *Op, node *node) []byte {
	if op.Kind == Struct {
		return t.appendPresence(dst, op, node)
	}
	if raw := t.odd(node, OddLength); raw != nil {
		if was, _ := readLength(op, raw); max(-1, was) == int(node.size) {
			return append(dst, raw...)
		}
	}
	switch {
	case op.Compact:
		return binary.AppendUvarint(dst, uint64(node.size+1))
	case op.Kind == String:
		return binary.BigEndian.AppendUint16(dst, uint16(node.size))
	}
	return binary.BigEndian.AppendUint32(dst, uint32(node.size))
}

func (t *Tree) appendPresence(dst []byte, op *Op, node *node) []byte {
	if !op.Nullable {
		return dst
	}
	present, raw := node.size >= 0, t.odd(node, OddPresence)
	switch {
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

// appendTagCount appends the number of tagged fields of a struct, of which
// first is the first.
func (t *Tree) appendTagCount(dst []byte, node *node, first int32) []byte {
	count := uint32(0)
	for i := first; i != 0; i = t.nodes[i].next {
		count++
	}
	if raw := t.odd(node, OddTagCount); raw != nil {
		if was, _ := Uvarint(raw); was == count {
			return append(dst, raw...)
		}
	}
	return binary.AppendUvarint(dst, uint64(count))
}

// appendTagHead appends the number and size of a tagged field.
func (t *Tree) appendTagHead(dst []byte, n, size int32) []byte {
	tag := t.tag(n)
	if raw := t.odd(&t.nodes[n], OddTag); raw != nil {
		number, width := Uvarint(raw)
		was, _ := Uvarint(raw[width:])
		if number == tag && was == uint32(size) {
			return append(dst, raw...)
		}
	}
	dst = binary.AppendUvarint(dst, uint64(tag))
	return binary.AppendUvarint(dst, uint64(size))
}

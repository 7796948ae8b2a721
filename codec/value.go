package codec

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
)

// Value is a field or element of a Tree, or its message. The zero Value stands
// for one that is not there; it has no kind, is null and cannot be set.
//
// A tagged field that is not on the wire has a Value too, and so has what is in
// it: it reads as its default, and setting it puts it on the wire, with the
// defaults of all that is around it. A Value is good until its tree decodes
// another message or the value, or one around it, is removed or made anew.
type Value struct {
	tree   *Tree
	node   int32 // absent where it was not on the wire when it was found; then
	op     int32 // its op, and
	parent int32 // the innermost struct around it that was
}

const absent = -1

// now gives the value with its node, where it has come onto the wire since.
func (v Value) now() Value {
	if v.tree == nil || v.node != absent {
		return v
	}
	if s := v.around().now(); s.node != absent {
		v.node = v.tree.last(s.node, v.op)
	}
	return v
}

// around gives the struct around a value that is not on the wire.
func (v Value) around() Value {
	s := Value{tree: v.tree, node: absent, op: v.tree.layout.Ops[v.op].Parent, parent: v.parent}
	if s.op == v.tree.nodes[v.parent].op {
		s.node = v.parent
	}
	return s
}

// last gives the last child of a struct that has this op, absent where there
// is none. Of a tagged field that was sent twice the last counts, as for Kafka.
func (t *Tree) last(parent, op int32) int32 {
	found := int32(absent)
	for n := t.nodes[parent].first; n != 0; n = t.nodes[n].next {
		if t.nodes[n].op == op {
			found = n
		}
	}
	return found
}

// IsValid reports whether there is such a value.
func (v Value) IsValid() bool { return v.tree != nil }

// OnWire reports whether the value is written: false for a tagged field that
// is left to its default, and for what is in it.
func (v Value) OnWire() bool { return v.tree != nil && v.now().node != absent }

// Op returns what the layout says of the value, nil for the zero Value.
func (v Value) Op() *Op {
	switch {
	case v.tree == nil:
		return nil
	case v.node == absent:
		return &v.tree.layout.Ops[v.op]
	}
	return v.tree.op(v.node)
}

// IsNull reports whether the value is null.
func (v Value) IsNull() bool {
	switch v = v.now(); {
	case v.tree == nil:
		return true
	case v.node == absent:
		return v.Op().Default == "null"
	}
	return v.tree.nodes[v.node].size < 0
}

// Len returns the number of elements of an array, or of bytes of a string,
// bytes or records; 0 for null and for other kinds.
func (v Value) Len() int {
	v = v.now()
	op := v.Op()
	if op == nil || op.Kind == Struct || op.Width > 0 {
		return 0
	}
	if op.Kind != Array || v.node == absent {
		return len(v.Raw())
	}
	return max(0, int(v.tree.nodes[v.node].size))
}

// Raw returns the bytes of a value as on the wire, but for its length; nil
// for null, structs and arrays. They must not be changed, and are good until
// the value is set.
func (v Value) Raw() []byte {
	v = v.now()
	op := v.Op()
	switch {
	case op == nil || op.Kind == Struct || op.Kind == Array || v.IsNull():
		return nil
	case v.node == absent:
		return op.appendDefault(nil)
	}
	return v.tree.raw(&v.tree.nodes[v.node])
}

// Int returns an integer, or a bool as 0 or 1; 0 for other kinds.
func (v Value) Int() int64 {
	op := v.Op()
	if op == nil || !op.isInteger() && op.Kind != Bool {
		return 0
	}
	return op.Int(v.Raw())
}

// Bool returns a bool; false for other kinds.
func (v Value) Bool() bool { return v.tree != nil && v.Op().Kind == Bool && v.Int() != 0 }

// Float returns a float64; 0 for other kinds.
func (v Value) Float() float64 {
	if v.tree == nil || v.Op().Kind != Float64 {
		return 0
	}
	return v.Op().Float(v.Raw())
}

// UUID returns a UUID; zero for other kinds.
func (v Value) UUID() (id [16]byte) {
	if v.tree != nil && v.Op().Kind == UUID {
		copy(id[:], v.Raw())
	}
	return id
}

// Text returns a string; "" for null and for other kinds.
func (v Value) Text() string {
	if v.tree == nil || v.Op().Kind != String {
		return ""
	}
	return string(v.Raw())
}

// Field returns a field of a struct by its name, the zero Value where this
// version has none of that name or the struct is null. Of a tagged field that
// was sent twice it is the last, as for Kafka.
func (v Value) Field(name string) Value {
	v = v.now()
	op := v.Op()
	if op == nil || op.Kind != Struct || v.IsNull() {
		return Value{}
	}
	at := v.tree.layout.child(op.At, name)
	if at < 0 {
		return Value{}
	}
	found := Value{tree: v.tree, node: absent, op: at, parent: v.parent}
	if v.node == absent {
		return found
	}
	found.node, found.parent = v.tree.last(v.node, at), v.node
	if found.node == absent && !found.Op().Tagged {
		return Value{} // lies behind the fault of a message that was not read to its end
	}
	return found
}

// Index returns an element of an array, the zero Value where there are not as
// many. It looks at all those before it: to visit them all, use Elements.
func (v Value) Index(i int) Value {
	for element := range v.Elements() {
		if i == 0 {
			return element
		}
		i--
	}
	return Value{}
}

// Elements gives the elements of an array in order. An element may be changed
// or removed meanwhile.
func (v Value) Elements() func(yield func(Value) bool) {
	return func(yield func(Value) bool) {
		v := v.now()
		if !v.OnWire() || v.Op().Kind != Array {
			return
		}
		for n := v.tree.nodes[v.node].first; n != 0; n = v.tree.nodes[n].next {
			if !yield(Value{tree: v.tree, node: n}) {
				return
			}
		}
	}
}

// UnknownTags gives the tagged fields of a struct that its layout does not
// know, by number and bytes, in the order of the wire.
func (v Value) UnknownTags() func(yield func(uint32, []byte) bool) {
	return func(yield func(uint32, []byte) bool) {
		v := v.now()
		if !v.OnWire() || v.Op().Kind != Struct {
			return
		}
		for n := v.tree.nodes[v.node].first; n != 0; n = v.tree.nodes[n].next {
			if v.tree.nodes[n].op < 0 && !yield(v.tree.tag(n), v.tree.raw(&v.tree.nodes[n])) {
				return
			}
		}
	}
}

// Lookup finds a value by its path, "topics[3].partitions[0].index"; the
// message for "". It is the zero Value where there is none.
func (t *Tree) Lookup(path string) Value {
	v := t.Root()
	for path != "" && v.IsValid() {
		if path[0] == '[' {
			number, rest, closed := strings.Cut(path[1:], "]")
			i, err := strconv.Atoi(number)
			if !closed || err != nil || i < 0 {
				return Value{}
			}
			v, path = v.Index(i), rest
			continue
		}
		path = strings.TrimPrefix(path, ".")
		end := strings.IndexAny(path, ".[")
		if end < 0 {
			end = len(path)
		}
		v, path = v.Field(path[:end]), path[end:]
	}
	return v
}

// Path returns where the value stands, as Lookup takes it.
func (v Value) Path() string {
	if v.tree == nil {
		return ""
	}
	if v.node != absent {
		return string(v.tree.appendPath(nil, v.node))
	}
	return string(appendName([]byte(v.around().Path()), v.Op().Name))
}

func (t *Tree) appendPath(dst []byte, n int32) []byte {
	if n == 0 {
		return dst
	}
	parent := t.nodes[n].parent
	dst = t.appendPath(dst, parent)
	if name := t.op(n).Name; name != "" {
		return appendName(dst, name)
	}
	index := 0
	for i := t.nodes[parent].first; i != n && i != 0; i = t.nodes[i].next {
		index++
	}
	dst = append(dst, '[')
	dst = strconv.AppendInt(dst, int64(index), 10)
	return append(dst, ']')
}

func appendName(dst []byte, name string) []byte {
	if len(dst) > 0 {
		dst = append(dst, '.')
	}
	return append(dst, name...)
}

// SetInt sets an integer. It fails where n does not fit.
func (v Value) SetInt(n int64) error {
	op := v.Op()
	if op == nil || !op.isInteger() {
		return v.fail("not an integer")
	}
	if low, high := op.limits(); n < low || n > high {
		return v.fail(misfit(strconv.FormatInt(n, 10), op.Kind.String(), low, high))
	}
	return v.set(binary.BigEndian.AppendUint64(nil, uint64(n))[8-op.Width:])
}

// SetBool sets a bool.
func (v Value) SetBool(b bool) error {
	switch op := v.Op(); {
	case op == nil || op.Kind != Bool:
		return v.fail("not a bool")
	case b:
		return v.set([]byte{1})
	}
	return v.set([]byte{0})
}

// SetFloat sets a float64.
func (v Value) SetFloat(f float64) error {
	if op := v.Op(); op == nil || op.Kind != Float64 {
		return v.fail("not a float64")
	}
	return v.set(binary.BigEndian.AppendUint64(nil, math.Float64bits(f)))
}

// SetUUID sets a UUID.
func (v Value) SetUUID(id [16]byte) error {
	if op := v.Op(); op == nil || op.Kind != UUID {
		return v.fail("not a uuid")
	}
	return v.set(id[:])
}

// SetText sets a string. It fails where it has more than 32767 bytes: Kafka
// takes none longer.
func (v Value) SetText(s string) error {
	if op := v.Op(); op == nil || op.Kind != String {
		return v.fail("not a string")
	}
	if len(s) > maxString {
		return v.fail(tooLong(len(s)))
	}
	return v.set([]byte(s))
}

// SetBytes sets bytes or records, of which it takes a copy.
func (v Value) SetBytes(b []byte) error {
	if op := v.Op(); op == nil || op.Kind != Bytes && op.Kind != Records {
		return v.fail("neither bytes nor records")
	}
	return v.set(b)
}

// SetNull sets null. It fails where this version does not allow it.
func (v Value) SetNull() error {
	op := v.Op()
	if op == nil || !op.Nullable {
		return v.fail(noNull)
	}
	n := v.place()
	if op.Kind == Struct || op.Kind == Array {
		v.tree.clear(n)
	}
	v.tree.nodes[n].size, v.tree.nodes[n].odd = -1, 0
	return nil
}

// Make gives a struct the defaults of its fields, whatever it held and also
// where it was null, and empties an array.
func (v Value) Make() error {
	op := v.Op()
	if op == nil || op.Kind != Struct && op.Kind != Array {
		return v.fail("neither a struct nor an array")
	}
	v.tree.makeAnew(v.place())
	return nil
}

func (t *Tree) makeAnew(n int32) {
	t.clear(n)
	node := &t.nodes[n]
	node.size, node.at, node.odd = 0, 0, 0
	if t.op(n).Kind == Struct {
		t.addDefaults(n)
	}
}

// Add appends an element to an array, which is made where it was null, and
// returns it: a struct of defaults, a number of 0, an empty string.
func (v Value) Add() (Value, error) {
	op := v.Op()
	if op == nil || op.Kind != Array {
		return Value{}, v.fail("not an array")
	}
	n := v.place()
	if v.tree.nodes[n].size < 0 {
		v.tree.makeAnew(n)
	}
	element := v.tree.addDefault(op.At+1, n)
	v.tree.link(element, v.tree.nodes[n].at)
	return Value{tree: v.tree, node: element}, nil
}

// Remove takes an element out of its array, or a tagged field off the wire, as
// often as it was sent. A loop over Elements may remove the one it is at. A
// second Remove of the same value fails.
func (v Value) Remove() error {
	v = v.now()
	switch op := v.Op(); {
	case op == nil || v.node == 0 || op.Name != "" && !op.Tagged:
		return v.fail("neither an element nor a tagged field")
	case v.node == absent:
		return v.fail("not on the wire")
	case !v.tree.unlink(v.node):
		return v.fail("removed before")
	case op.Tagged:
		for n := v.tree.nodes[v.tree.nodes[v.node].parent].first; n != 0; n = v.tree.nodes[n].next {
			if v.tree.nodes[n].op == op.At {
				v.tree.unlink(n)
			}
		}
	}
	return nil
}

// AddUnknownTag gives a struct a tagged field that its layout does not know,
// before those of higher numbers.
func (v Value) AddUnknownTag(tag uint32, data []byte) error {
	op := v.Op()
	switch {
	case op == nil || op.Kind != Struct || !op.Flexible || v.IsNull():
		return v.fail("not a struct that can have tagged fields")
	case op.knows(tag):
		return v.fail("tag " + strconv.FormatUint(uint64(tag), 10) + " is one of the struct's own fields")
	case !v.tree.hasRoom(len(data)):
		return v.fail(tooMuch)
	}
	n := v.tree.add(-1, v.placeStruct())
	keep(v.tree, n, data)
	v.tree.nodes[n].first = int32(tag)
	v.tree.linkTag(n)
	return nil
}

// knows reports whether a struct has a tagged field of that number.
func (op *Op) knows(tag uint32) bool { return int64(tag) < int64(len(op.tags)) && op.tags[tag] >= 0 }

func (v Value) set(raw []byte) error {
	if !v.tree.hasRoom(len(raw)) {
		return v.fail(tooMuch)
	}
	n := v.place()
	keep(v.tree, n, raw)
	v.tree.nodes[n].odd = 0
	return nil
}

// place returns the node of the value. One that is not on the wire gets it,
// and so do the structs around it.
func (v Value) place() int32 {
	if v = v.now(); v.node != absent {
		return v.node
	}
	parent := v.around().placeStruct()
	if n := v.tree.last(parent, v.op); n != absent {
		return n // one of the defaults of a struct that was made for it
	}
	n := v.tree.add(v.op, parent)
	v.tree.linkTag(n)
	return n
}

// placeStruct likewise returns the node of a struct. One that is not on the
// wire gets the defaults of its fields, and so does one that became null.
func (v Value) placeStruct() int32 {
	v = v.now()
	n := v.place()
	if v.node == absent || v.IsNull() {
		v.tree.makeAnew(n)
	}
	return n
}

// linkTag makes a tagged field the child of its struct, before the first one
// of a higher number.
func (t *Tree) linkTag(n int32) {
	previous := int32(0)
	for i := t.nodes[t.nodes[n].parent].first; i != 0; i = t.nodes[i].next {
		if t.isTag(i) && t.tag(i) > t.tag(n) {
			break
		}
		previous = i
	}
	t.link(n, previous)
}

func (v Value) fail(reason string) error {
	if v.tree == nil {
		return &Error{Offset: -1, Need: -1, Reason: "there is no such value to set"}
	}
	return &Error{Layout: v.tree.layout, Path: v.Path(), Offset: -1, Need: -1, Reason: reason}
}

// isInteger reports whether the op is an integer, which a bool is not.
func (op *Op) isInteger() bool { return op.Kind >= Int8 && op.Kind <= Int64 }

// limits gives the lowest and the highest value of an integer.
func (op *Op) limits() (low, high int64) {
	bits := uint(op.Width) * 8
	if op.Kind == Uint16 || op.Kind == Uint32 {
		return 0, 1<<bits - 1
	}
	return -1 << (bits - 1), 1<<(bits-1) - 1
}

func misfit(number, what string, low, high int64) string {
	return number + " does not fit: " + what + " is from " + strconv.FormatInt(low, 10) + " to " + strconv.FormatInt(high, 10)
}

// appendDefault appends the default of a value that is neither struct nor
// array, nor null by default.
func (op *Op) appendDefault(dst []byte) []byte {
	switch op.Kind {
	case String:
		return append(dst, unquote(op.Default)...)
	case Bool:
		if op.Default == "true" {
			return append(dst, 1)
		}
	case Float64:
		f, _ := strconv.ParseFloat(op.Default, 64)
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(f))
	}
	if op.isInteger() {
		n, _ := strconv.ParseInt(op.Default, 10, 64)
		whole := binary.BigEndian.AppendUint64(nil, uint64(n))
		return append(dst, whole[8-op.Width:]...)
	}
	return append(dst, make([]byte, op.Width)...)
}

package codec

// Oddity is a way to write something that differs from Kafka's own way and is
// read all the same.
type Oddity uint8

// The oddities that a Walker notes and a Tree keeps.
const (
	// OddLength is a length in a longer varint than it takes, or a null whose
	// length is negative but not -1.
	OddLength Oddity = iota
	// OddPresence is a struct that can be null, begun by another byte than -1
	// or 1 (in a tagged field: another varint than 0 or 1).
	OddPresence
	// OddTagCount is a number of tagged fields in a longer varint than it takes.
	OddTagCount
	// OddTag is a tagged field whose number or size is in a longer varint than
	// it takes.
	OddTag
	// OddTagOrder is a tagged field behind one of the same or a higher number.
	// Of two with the same number the last one counts.
	OddTagOrder
	// OddTagSize is a tagged field whose size is larger than its value. The
	// spare bytes are passed over, where Kafka would read them as what follows.
	OddTagSize
)

var oddities = [...]string{
	OddLength:   "the length is not written as Kafka does",
	OddPresence: "the struct's presence is neither 1 nor null as Kafka writes them",
	OddTagCount: "the number of tagged fields is in a longer varint than it takes",
	OddTag:      "a tagged field's number or size is in a longer varint than it takes",
	OddTagOrder: "a tagged field does not come after one of a lower number",
	OddTagSize:  "the tagged field's size is larger than its value",
}

// String says what is odd.
func (o Oddity) String() string { return oddities[o] }

// silence has the walker note no oddities until Odd is set back to what it
// returns: what is read twice must not be told of twice.
func (w *Walker) silence() func(*Walker, *Op, Oddity, []byte) {
	odd := w.Odd
	w.Odd = nil
	return odd
}

// noteLong tells of the varint from start to the cursor if it is longer than
// it takes.
func (w *Walker) noteLong(op *Op, odd Oddity, start int) {
	if raw := w.body.Bytes[start:w.pos]; isLong(raw) {
		w.Odd(w, op, odd, raw)
	}
}

// noteLength tells of the length from start to the cursor, which says n, if
// Kafka writes it otherwise.
func (w *Walker) noteLength(op *Op, n, start int) {
	switch {
	case n < -1:
		w.Odd(w, op, OddLength, w.body.Bytes[start:w.pos])
	case op.Compact:
		w.noteLong(op, OddLength, start)
	}
}

// isLong reports whether a varint has more bytes than its value takes, or
// bits that fall away.
func isLong(varint []byte) bool {
	last := varint[len(varint)-1]
	return len(varint) > 1 && last == 0 || len(varint) == 5 && last > 0x0f
}

// noteTag tells of the number and size of a tagged field of the struct op,
// from start to the cursor; last is the number before.
func (w *Walker) noteTag(op *Op, start int, tag uint32, last int64) {
	raw := w.body.Bytes[start:w.pos]
	_, n := Uvarint(raw)
	if isLong(raw[:n]) || isLong(raw[n:]) {
		w.Odd(w, op, OddTag, raw)
	}
	if int64(tag) <= last {
		w.Odd(w, op, OddTagOrder, raw)
	}
}

package records

// Record is one record of a batch, or one message of a message set. Its
// slices are parts of what it was read from.
type Record struct {
	Offset    int64
	Timestamp int64  // milliseconds since the Unix epoch; -1 in magic 0, which has none
	Key       []byte // nil where it is null
	Value     []byte // likewise
	Headers   Headers

	// Damaged: the record is a message inside a compressed one and its bytes
	// do not have the checksum that it announces. Kafka's consumers refuse such
	// a record, be the checksum around it right or not. It is false of all
	// others, which have no checksum but that of their batch.
	Damaged bool
}

// Headers are the headers of a record, which are read one after another. The
// zero value has none.
type Headers struct {
	count int32
	rest  []byte
}

// Header is one header of a record. Value is nil where it is null.
type Header struct {
	Key   []byte
	Value []byte
}

// Count returns how many headers there are still.
func (h *Headers) Count() int { return int(h.count) }

// Next returns the next header; ok is false where there is none any more.
func (h *Headers) Next() (header Header, ok bool) {
	if h.count == 0 {
		return Header{}, false
	}
	h.count--
	c := cursor{rest: h.rest}
	header.Key = c.field()
	header.Value = c.field()
	h.rest = c.rest
	return header, true
}

// cursor reads the fields of a record. Once one does not fit, bad stays true
// and all that follows is empty.
type cursor struct {
	rest []byte
	bad  bool
}

// varint reads a zigzag varint of at most five bytes; bits beyond the 32 fall
// away (Kafka's ByteUtils).
func (c *cursor) varint() int32 {
	if len(c.rest) > 0 && c.rest[0] < 0x80 {
		v := uint32(c.rest[0])
		c.rest = c.rest[1:]
		return int32(v>>1) ^ -int32(v&1)
	}
	v := uint32(c.uvarint(5))
	return int32(v>>1) ^ -int32(v&1)
}

// varlong likewise reads one of at most ten bytes.
func (c *cursor) varlong() int64 {
	v := c.uvarint(10)
	return int64(v>>1) ^ -int64(v&1)
}

func (c *cursor) uvarint(longest int) uint64 {
	var v uint64
	for i, b := range c.rest[:min(longest, len(c.rest))] {
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			c.rest = c.rest[i+1:]
			return v
		}
	}
	c.bad, c.rest = true, nil
	return 0
}

// field reads bytes behind their size; any negative size is null.
func (c *cursor) field() []byte {
	return c.take(int(c.varint()))
}

func (c *cursor) take(n int) []byte {
	switch {
	case c.bad || n < 0:
		return nil
	case n > len(c.rest):
		c.bad, c.rest = true, nil
		return nil
	}
	b := c.rest[:n:n]
	c.rest = c.rest[n:]
	return b
}

// headers reads the headers at the end of a record and reports whether they
// are right and nothing is behind them.
func (c *cursor) headers() (h Headers, ok bool) {
	h.count = c.varint()
	h.rest = c.rest
	if c.bad || h.count < 0 || int(h.count) > len(c.rest) {
		return Headers{}, false
	}
	for range h.count {
		if n := int(c.varint()); n < 0 {
			return Headers{}, false // a header's key is never null
		} else {
			c.take(n)
		}
		c.field()
	}
	return h, !c.bad && len(c.rest) == 0
}

package records

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strconv"
)

// Decompressor decompresses records. This package holds none, so that it
// stays small; codec/compress has them all.
type Decompressor interface {
	// Decompress returns what src holds, valid until the next call. The magic
	// is that of the batch: LZ4 differs in magic 0. An error says why it could
	// not be decompressed to its end.
	Decompress(c Compression, magic int8, src []byte) ([]byte, error)
}

// Reader reads the records of batches, one batch at a time, as Kafka's own
// readers do. It allocates nothing. The zero value, which cannot read what is
// compressed, is ready.
type Reader struct {
	Decompressor Decompressor

	batch Batch
	rest  []byte // the records still to be read; of magic 0 and 1 messages with offset and size
	read  int32
	count int32
	base  int64 // is added to the offsets of messages
	inner bool  // messages are those inside a compressed one
	err   error
}

// Open begins with the batch at the start of raw, whose header is b. Where b
// is a compressed message of magic 0 or 1, what its header cannot tell is
// filled in: Count and BaseOffset. An error says why none of its records can
// be read; of a compressed batch Kafka reads all or none. Checksums do not
// matter: a record that has a wrong one is read, and is Damaged.
func (r *Reader) Open(raw []byte, b *Batch) error {
	*r = Reader{Decompressor: r.Decompressor, batch: *b}
	switch {
	case b.Err != "":
		return r.fail(b.Err)
	case b.Partial || len(raw) < b.Size:
		return r.fail("the batch is not there to its end")
	case b.Magic < maxMagic:
		return r.openMessage(raw[:b.Size], b)
	}
	return r.openBatch(raw[header2:b.Size])
}

// Err says why Next returned false before all records were read; nil where it
// read them all.
func (r *Reader) Err() error { return r.err }

// Next reads the next record and reports whether there was one.
func (r *Reader) Next(record *Record) bool {
	switch {
	case r.read >= r.count:
		return false
	case r.batch.Magic == maxMagic:
		return r.nextRecord(record)
	}
	return r.nextMessage(record)
}

func (r *Reader) openBatch(records []byte) error {
	b := &r.batch
	if b.Count < 0 {
		return r.fail("a count of " + strconv.Itoa(int(b.Count)) + " records")
	}
	r.rest, r.count = records, b.Count
	if b.Count == 0 || b.Compression() == None {
		return nil
	}
	records, err := r.decompress(records)
	if err != nil {
		r.count = 0
		return err
	}
	// All or none: the records are read once to find a fault.
	r.rest = records
	var record Record
	for r.nextRecord(&record) {
	}
	if r.err != nil {
		r.count = 0
		return r.err
	}
	r.rest, r.read = records, 0
	return nil
}

func (r *Reader) decompress(src []byte) ([]byte, error) {
	if r.Decompressor == nil {
		return nil, r.fail("the records are compressed with " + r.batch.Codec())
	}
	b, err := r.Decompressor.Decompress(r.batch.Compression(), r.batch.Magic, src)
	if err != nil {
		r.err = err
	}
	return b, err
}

// nextRecord reads a record of magic 2 (Kafka's DefaultRecord).
func (r *Reader) nextRecord(record *Record) bool {
	if r.read == r.count {
		return false
	}
	c := cursor{rest: r.rest}
	size := c.varint()
	if c.bad || size < 0 || int(size) > len(c.rest) {
		return r.failRecord("is longer than its batch, or the batch holds fewer records than it announces")
	}
	body := cursor{rest: c.rest[:size:size]}
	r.rest = c.rest[size:]
	body.take(1) // attributes, of which none is used
	record.Timestamp = r.batch.BaseTimestamp + body.varlong()
	record.Offset = r.batch.BaseOffset + int64(body.varint())
	record.Key = body.field()
	record.Value = body.field()
	var ok bool
	if record.Headers, ok = body.headers(); !ok {
		return r.failRecord("does not fit its size of " + strconv.Itoa(int(size)) + " bytes")
	}
	if r.batch.Attributes&logAppendTimeBit != 0 {
		record.Timestamp = r.batch.MaxTimestamp
	}
	record.Damaged = false
	r.read++
	if r.read == r.count && len(r.rest) > 0 {
		r.read--
		return r.failRecord("is the last one announced, and " + strconv.Itoa(len(r.rest)) + " bytes are behind it")
	}
	return true
}

// openMessage begins with a message of magic 0 or 1, or with those that are
// compressed inside it (Kafka's AbstractLegacyRecordBatch).
func (r *Reader) openMessage(raw []byte, b *Batch) error {
	r.rest, r.count = raw, 1
	if b.Compression() == None {
		return nil
	}
	r.count = 0
	if b.Compression() > LZ4 {
		return r.fail(b.Codec() + " is not for messages of magic " + strconv.Itoa(int(b.Magic)))
	}
	wrapper := cursor{rest: raw[fieldsAt(b.Magic):]}
	wrapper.bytes32()
	value := wrapper.bytes32()
	if wrapper.bad || value == nil {
		return r.fail("a compressed message without a value")
	}
	set, err := r.decompress(value)
	if err != nil {
		return err
	}
	return r.openSet(set, b)
}

// openSet begins with the messages that were compressed inside the message b.
func (r *Reader) openSet(set []byte, b *Batch) error {
	count, last := int32(0), int64(0)
	for rest := set; ; count++ {
		message, size := nextInSet(rest)
		if size < 0 {
			return r.fail("message " + strconv.Itoa(int(count)) + " of a compressed one has an impossible size")
		}
		if message == nil {
			break // a message that is cut short is passed over
		}
		last = int64(binary.BigEndian.Uint64(message))
		rest = rest[size:]
	}
	if count == 0 {
		return r.fail("a compressed message without messages inside")
	}
	// Inner offsets of magic 1 are relative, but librdkafka has sent sets whose
	// wrapper has offset 0 and absolute ones inside.
	if b.Magic == 1 && b.LastOffset != 0 {
		if b.LastOffset < last {
			return r.fail("the offset of a compressed message is " + strconv.FormatInt(b.LastOffset, 10) +
				", below the last one inside, " + strconv.FormatInt(last, 10))
		}
		r.base = b.LastOffset - last
	}
	b.Count = count
	b.BaseOffset = r.base + int64(binary.BigEndian.Uint64(set))
	r.rest, r.count, r.inner = set, count, true
	return nil
}

// nextInSet cuts the first message off a set, offset and size included. It is
// nil where the set ends within it; size is -1 where that cannot be one.
func nextInSet(set []byte) (message []byte, size int) {
	if len(set) < overhead {
		return nil, 0
	}
	size = int(int32(binary.BigEndian.Uint32(set[sizeAt:])))
	if size < leastSize {
		return nil, -1
	}
	if size > len(set)-overhead {
		return nil, 0
	}
	size += overhead
	return set[:size:size], size
}

// fieldsAt gives where key and value stand in a message. Of a magic that there
// is not, Kafka's LegacyRecord thinks as of 1.
func fieldsAt(magic int8) int {
	if magic == 0 {
		return header0
	}
	return header1
}

// nextMessage reads a message of magic 0 or 1 (Kafka's LegacyRecord).
func (r *Reader) nextMessage(record *Record) bool {
	message, size := nextInSet(r.rest)
	r.rest = r.rest[size:]
	magic, attributes := int8(message[magicAt]), message[magicAt+1]
	at := fieldsAt(magic)
	if len(message) < at {
		return r.failRecord("is too short for its magic")
	}
	if r.inner && attributes&codecBits != 0 {
		return r.failRecord("is compressed, inside a compressed one")
	}
	c := cursor{rest: message[at:]}
	*record = Record{Timestamp: noTime, Key: c.bytes32(), Value: c.bytes32()}
	if c.bad {
		return r.failRecord("ends within its key or value")
	}
	record.Offset = r.base + int64(binary.BigEndian.Uint64(message))
	if magic != 0 {
		record.Timestamp = r.timestamp(message, magic)
	}
	if r.inner {
		record.Damaged = crc32.ChecksumIEEE(message[checked0:]) != binary.BigEndian.Uint32(message[overhead:])
	}
	r.read++
	return true
}

// timestamp gives the time of a message: the one around it tells where the
// broker set it.
func (r *Reader) timestamp(message []byte, magic int8) int64 {
	if r.inner && magic == 1 && r.batch.Magic == 1 && r.batch.Attributes&logAppendTimeBit != 0 {
		return r.batch.BaseTimestamp
	}
	return int64(binary.BigEndian.Uint64(message[header0:]))
}

// bytes32 reads bytes behind an int32 size; any negative size is null.
func (c *cursor) bytes32() []byte {
	size := c.take(4)
	if size == nil {
		c.bad = true
		return nil
	}
	return c.take(int(int32(binary.BigEndian.Uint32(size))))
}

func (r *Reader) fail(reason string) error {
	r.err = errors.New(reason)
	return r.err
}

// failRecord ends the batch at the record being read; it always returns false.
func (r *Reader) failRecord(reason string) bool {
	r.err = errors.New("record " + strconv.Itoa(int(r.read)) + " " + reason)
	r.count = r.read
	return false
}

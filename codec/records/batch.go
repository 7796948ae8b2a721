// Package records reads the batches in records fields: what their headers
// say, and whether their checksums are right. It decompresses nothing.
package records

// Batch is what the header of a record batch says (Kafka's DefaultRecordBatch
// for magic 2) or, for magic 0 and 1, that of one message of a message set
// (LegacyRecord).
type Batch struct {
	Magic                int8
	BaseOffset           int64
	LastOffset           int64
	Count                int32 // of records; -1 where it can be told only by decompressing
	Size                 int   // bytes, with the 12 of offset and length
	PartitionLeaderEpoch int32 // -1 where there is none, as always in magic 0 and 1
	Attributes           int16 // see Codec, TimestampType and the others
	ProducerID           int64 // -1 where the producer is not idempotent
	ProducerEpoch        int16
	BaseSequence         int32
	LastSequence         int32  // after 2^31-1 it goes on with 0
	BaseTimestamp        int64  // milliseconds since the Unix epoch, or the delete horizon; the message's own in magic 1; -1 in magic 0
	MaxTimestamp         int64  // milliseconds since the Unix epoch
	CRC                  uint32 // as announced
	Valid                bool   // the checksum of the bytes is the announced one, or was not to be verified

	// Partial: the field ends within this batch, as Fetch responses may.
	// Available is how many of its bytes are there; Header tells whether all
	// of the header is. Size is known from 12 available bytes on, 0 before.
	Partial   bool
	Available int
	Header    bool

	// Err says why bytes are no batch; nothing but Available is known then.
	Err string
}

// The bits of a batch's attributes (Kafka's DefaultRecordBatch). Magic 0 and 1
// have the codec, magic 1 also the type of its timestamp (LegacyRecord).
const (
	codecBits        = 0x07
	logAppendTimeBit = 0x08
	transactionalBit = 0x10
	controlBit       = 0x20
	deleteHorizonBit = 0x40
)

// Compression is what a batch's records are compressed with, by the number
// that its attributes have for it (Kafka's CompressionType).
type Compression uint8

// The compressions of Kafka.
const (
	None Compression = iota
	Gzip
	Snappy
	LZ4
	Zstd
)

var compressions = [...]string{None: "none", Gzip: "gzip", Snappy: "snappy", LZ4: "lz4", Zstd: "zstd"}

// String gives the name that Kafka's CompressionType has, "unknown" for what
// it does not know.
func (c Compression) String() string {
	if int(c) < len(compressions) {
		return compressions[c]
	}
	return "unknown"
}

// Compression returns what the records are compressed with.
func (b *Batch) Compression() Compression { return Compression(b.Attributes & codecBits) }

// Codec gives the name of what the records are compressed with: "none",
// "gzip", "snappy", "lz4" or "zstd", "unknown" for any other.
func (b *Batch) Codec() string { return b.Compression().String() }

// TimestampType gives the name that Kafka's TimestampType has for what the
// records' timestamps are: "CreateTime" where the producer set them,
// "LogAppendTime" where the broker did, "NoTimestampType" in magic 0.
func (b *Batch) TimestampType() string {
	switch {
	case b.Magic == 0:
		return "NoTimestampType"
	case b.Attributes&logAppendTimeBit != 0:
		return "LogAppendTime"
	}
	return "CreateTime"
}

// Transactional reports whether the batch is part of a transaction.
func (b *Batch) Transactional() bool {
	return b.Magic == maxMagic && b.Attributes&transactionalBit != 0
}

// Control reports whether the batch holds control records, which brokers
// write and consumers never see (Kafka's ControlRecordType).
func (b *Batch) Control() bool { return b.Magic == maxMagic && b.Attributes&controlBit != 0 }

// DeleteHorizon returns the time, in milliseconds since the Unix epoch, from
// which on the log cleaner may remove the batch's tombstones and markers; ok
// says whether one is set.
func (b *Batch) DeleteHorizon() (ms int64, ok bool) {
	if b.Magic != maxMagic || b.Attributes&deleteHorizonBit == 0 {
		return 0, false
	}
	return b.BaseTimestamp, true
}

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
	PartitionLeaderEpoch int32
	Attributes           int16
	ProducerID           int64
	ProducerEpoch        int16
	BaseSequence         int32
	LastSequence         int32
	BaseTimestamp        int64 // milliseconds; the message's own in magic 1
	MaxTimestamp         int64
	CRC                  uint32 // as announced
	Valid                bool   // the checksum of the bytes is the announced one

	// Partial: the field ends within this batch, as Fetch responses may.
	// Available is how many of its bytes are there; Header tells whether all
	// of the header is.
	Partial   bool
	Available int
	Header    bool

	// Err says why bytes are no batch; nothing but Available is known then.
	Err string
}

package formats

import (
	"strconv"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
)

// The bits of a batch's attributes (DefaultRecordBatch).
const (
	compressionBits = 0x07
	logAppendTime   = 0x08
	transactional   = 0x10
	control         = 0x20
	deleteHorizon   = 0x40
)

// compressionNames are the names of Kafka's CompressionType by number.
var compressionNames = [compressionBits + 1]string{"none", "gzip", "snappy", "lz4", "zstd", "unknown", "unknown", "unknown"}

func compression(b *records.Batch) string { return compressionNames[b.Attributes&compressionBits] }

func timestampType(b *records.Batch) string {
	if b.Attributes&logAppendTime != 0 {
		return "LogAppendTime"
	}
	return "CreateTime"
}

// appendBatches appends what stands for a records field.
func appendBatches(dst []byte, batches []records.Batch) []byte {
	dst = append(dst, '[')
	for i := range batches {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendBatch(dst, &batches[i])
	}
	return append(dst, ']')
}

// appendBatch appends one batch, in the names of Kafka's DumpLogSegments.
func appendBatch(dst []byte, b *records.Batch) []byte {
	switch {
	case b.Err != "":
		dst = append(dst, `{"error":`...)
		dst = codec.AppendJSONString(dst, b.Err)
		dst = appendMember(dst, "size", int64(b.Available))
	case b.Partial:
		dst = append(dst, `{"partial":true`...)
		if b.Size > 0 {
			dst = appendMember(dst, "size", int64(b.Size))
		}
		dst = appendMember(dst, "available", int64(b.Available))
		if b.Header {
			dst = append(appendBatchHeader(append(dst, ','), b), `,"crc":`...)
			dst = strconv.AppendUint(dst, uint64(b.CRC), 10)
		}
	default:
		dst = appendBatchHeader(append(dst, '{'), b)
		dst = append(dst, `,"crc":`...)
		dst = strconv.AppendUint(dst, uint64(b.CRC), 10)
		dst = appendBool(dst, "isvalid", b.Valid)
	}
	return append(dst, '}')
}

// appendBatchHeader appends the members that the header tells, but for the
// checksum, the first one without a comma.
func appendBatchHeader(dst []byte, b *records.Batch) []byte {
	if b.Count >= 0 {
		dst = append(dst, `"baseOffset":`...)
		dst = strconv.AppendInt(dst, b.BaseOffset, 10)
		dst = append(dst, ',')
	}
	dst = append(dst, `"lastOffset":`...)
	dst = strconv.AppendInt(dst, b.LastOffset, 10)
	if b.Count >= 0 {
		dst = appendMember(dst, "count", int64(b.Count))
	}
	if b.Magic >= 2 {
		dst = appendProducer(dst, b)
	}
	if b.Magic >= 1 {
		dst = append(dst, `,"timestampType":"`...)
		dst = append(dst, timestampType(b)...)
		dst = append(dst, '"')
		dst = appendMember(dst, "maxTimestamp", b.MaxTimestamp)
	}
	if !b.Partial {
		dst = appendMember(dst, "size", int64(b.Size))
	}
	dst = appendMember(dst, "magic", int64(b.Magic))
	dst = append(dst, `,"compresscodec":"`...)
	dst = append(dst, compression(b)...)
	return append(dst, '"')
}

// appendProducer appends what only batches of magic 2 have.
func appendProducer(dst []byte, b *records.Batch) []byte {
	dst = appendMember(dst, "baseSequence", int64(b.BaseSequence))
	dst = appendMember(dst, "lastSequence", int64(b.LastSequence))
	dst = appendMember(dst, "producerId", b.ProducerID)
	dst = appendMember(dst, "producerEpoch", int64(b.ProducerEpoch))
	dst = appendMember(dst, "partitionLeaderEpoch", int64(b.PartitionLeaderEpoch))
	dst = appendBool(dst, "isTransactional", b.Attributes&transactional != 0)
	dst = appendBool(dst, "isControl", b.Attributes&control != 0)
	if b.Attributes&deleteHorizon != 0 {
		return appendMember(dst, "deleteHorizonMs", b.BaseTimestamp)
	}
	return append(dst, `,"deleteHorizonMs":null`...)
}

func appendMember(dst []byte, key string, n int64) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, key...)
	dst = append(dst, '"', ':')
	return strconv.AppendInt(dst, n, 10)
}

func appendBool(dst []byte, key string, v bool) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, key...)
	dst = append(dst, '"', ':')
	return strconv.AppendBool(dst, v)
}

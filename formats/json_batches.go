package formats

import (
	"strconv"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
)

// appendBatches appends what stands for a records field. A batch without
// records has 61 bytes, and of its JSON five times as many.
func (p *jsonPrinter) appendBatches(dst []byte, r *batchReader) []byte {
	dst = append(dst, '[')
	for first := true; p.out.err == nil && r.next(); first = false {
		if !first {
			dst = append(dst, ',')
		}
		dst = p.spill(appendBatch(dst, r.batch, r.earlier))
	}
	return append(dst, ']')
}

// appendBatch appends one batch, in the names of Kafka's DumpLogSegments. earlier
// is how many bytes of it came in earlier parts of a stream.
func appendBatch(dst []byte, b *records.Batch, earlier int) []byte {
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
	if earlier > 0 {
		dst = appendMember(dst, "earlierBytes", int64(earlier))
	}
	return append(dst, '}')
}

// appendBatchHeader appends the members that the header tells, but for the
// checksum, the first one without a comma.
func appendBatchHeader(dst []byte, b *records.Batch) []byte {
	counted := b.Magic >= 2 || b.Count >= 0 // others are to be decompressed first
	if counted {
		dst = append(dst, `"baseOffset":`...)
		dst = strconv.AppendInt(dst, b.BaseOffset, 10)
		dst = append(dst, ',')
	}
	dst = append(dst, `"lastOffset":`...)
	dst = strconv.AppendInt(dst, b.LastOffset, 10)
	if counted {
		dst = appendMember(dst, "count", int64(b.Count))
	}
	if b.Magic >= 2 {
		dst = appendProducer(dst, b)
	}
	if b.Magic >= 1 {
		dst = append(dst, `,"timestampType":"`...)
		dst = append(dst, b.TimestampType()...)
		dst = append(dst, '"')
		dst = appendMember(dst, "maxTimestamp", b.MaxTimestamp)
	}
	if !b.Partial {
		dst = appendMember(dst, "size", int64(b.Size))
	}
	dst = appendMember(dst, "magic", int64(b.Magic))
	dst = append(dst, `,"compresscodec":"`...)
	dst = append(dst, b.Codec()...)
	return append(dst, '"')
}

// appendProducer appends what only batches of magic 2 have.
func appendProducer(dst []byte, b *records.Batch) []byte {
	dst = appendMember(dst, "baseSequence", int64(b.BaseSequence))
	dst = appendMember(dst, "lastSequence", int64(b.LastSequence))
	dst = appendMember(dst, "producerId", b.ProducerID)
	dst = appendMember(dst, "producerEpoch", int64(b.ProducerEpoch))
	dst = appendMember(dst, "partitionLeaderEpoch", int64(b.PartitionLeaderEpoch))
	dst = appendBool(dst, "isTransactional", b.Transactional())
	dst = appendBool(dst, "isControl", b.Control())
	if ms, ok := b.DeleteHorizon(); ok {
		return appendMember(dst, "deleteHorizonMs", ms)
	}
	return append(dst, `,"deleteHorizonMs":null`...)
}

func appendMember(dst []byte, key string, n int64) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, key...)
	dst = append(dst, '"', ':')
	return codec.AppendJSONInt(dst, n)
}

func appendBool(dst []byte, key string, v bool) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, key...)
	dst = append(dst, '"', ':')
	return strconv.AppendBool(dst, v)
}

// appendTexts appends a member that is an array of texts, where there are any.
func appendTexts(dst []byte, key string, texts []string) []byte {
	if len(texts) == 0 {
		return dst
	}
	dst = append(dst, ',', '"')
	dst = append(dst, key...)
	dst = append(dst, '"', ':')
	separator := byte('[')
	for _, text := range texts {
		dst = codec.AppendJSONString(append(dst, separator), text)
		separator = ','
	}
	return append(dst, ']')
}

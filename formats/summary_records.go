package formats

import (
	"strconv"

	"github.com/kdump/kdump/codec/records"
)

// recordSums is what the records of one message come to.
type recordSums struct {
	count   int64
	unknown bool // the count is more than that
	size    int64
	codecs  uint8 // a bit per compression
	bad     int   // batches that are broken or whose checksum is wrong
}

// addRecords adds up the batches of one records field.
func (s *summary) addRecords(batches []records.Batch, size int) {
	r := &s.records
	r.size += int64(size)
	r.unknown = r.unknown || size > 0 && len(batches) == 0
	for i := range batches {
		r.add(&batches[i])
	}
}

// codecBits are those of a batch's attributes that name its codec.
const codecBits = 7

func (r *recordSums) add(b *records.Batch) {
	if b.Err != "" {
		r.bad++
		return
	}
	if b.Partial {
		return
	}
	if !b.Valid {
		r.bad++
	}
	r.codecs |= 1 << (b.Attributes & codecBits)
	if b.Count < 0 {
		r.unknown = true
		return
	}
	r.count += int64(b.Count)
}

// appendRecords appends what the records come to: "10 records 9.1 KiB zstd".
func (s *summary) appendRecords() {
	r := &s.records
	if r.size == 0 {
		s.text = append(s.text, "no records"...)
		return
	}
	switch {
	case r.unknown && r.count == 0:
		s.text = append(s.text, "records"...)
	case r.unknown:
		s.text = append(strconv.AppendInt(s.text, r.count, 10), "+ records"...)
	default:
		s.text = appendCount(s.text, r.count, "record")
	}
	s.text = append(s.text, ' ')
	s.text = appendBytes(s.text, r.size)
	for i := int16(1); i <= codecBits; i++ {
		if r.codecs>>i&1 == 1 {
			b := records.Batch{Attributes: i}
			s.text = append(append(s.text, ' '), b.Codec()...)
		}
	}
	if r.bad > 0 {
		s.text = append(append(s.text, ' '), s.palette.bad.on...)
		s.text = strconv.AppendInt(append(s.text, "bad-batches="...), int64(r.bad), 10)
		s.text = append(s.text, s.palette.bad.off...)
	}
}

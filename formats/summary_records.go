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
func (s *summary) addRecords(field *batchReader) {
	r := &s.records
	r.size += int64(field.size)
	r.unknown = r.unknown || field.none()
	for field.next() {
		r.add(field.batch)
	}
}

func (r *recordSums) add(b *records.Batch) {
	switch {
	case b.Partial:
		return
	case b.Err != "":
		r.bad++
		return
	}
	if !b.Valid {
		r.bad++
	}
	r.codecs |= 1 << b.Compression()
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
		if s.problem == nil { // else there may be some in what was not read
			s.text = append(s.text, "no records"...)
		}
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
	for c := records.Gzip; r.codecs>>c != 0; c++ {
		if r.codecs>>c&1 == 1 {
			s.text = appendCompression(append(s.text, ' '), c)
		}
	}
	if r.bad > 0 {
		s.text = append(append(s.text, ' '), s.palette.bad.on...)
		s.text = strconv.AppendInt(append(s.text, "bad-batches="...), int64(r.bad), 10)
		s.text = append(s.text, s.palette.bad.off...)
	}
}

// appendCompression appends the name of a compression, of one that is not known
// its number.
func appendCompression(dst []byte, c records.Compression) []byte {
	if c > records.Zstd {
		return strconv.AppendUint(append(dst, "codec "...), uint64(c), 10)
	}
	return append(dst, c.String()...)
}

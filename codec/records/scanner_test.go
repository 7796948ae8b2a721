package records_test

import (
	"encoding/binary"
	"hash/crc32"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/kdump/kdump/codec/records"
)

// batch2 builds a batch of magic 2, the way Kafka's DefaultRecordBatch lays
// it out, with a right checksum.
type batch2 struct {
	offset, baseTime, maxTime, producer int64
	epoch, lastDelta, sequence, count   int32
	attributes, producerEpoch           int16
	records                             int // bytes
}

func (s batch2) bytes() []byte {
	be := binary.BigEndian
	tail := be.AppendUint16(nil, uint16(s.attributes))
	tail = be.AppendUint32(tail, uint32(s.lastDelta))
	tail = be.AppendUint64(tail, uint64(s.baseTime))
	tail = be.AppendUint64(tail, uint64(s.maxTime))
	tail = be.AppendUint64(tail, uint64(s.producer))
	tail = be.AppendUint16(tail, uint16(s.producerEpoch))
	tail = be.AppendUint32(tail, uint32(s.sequence))
	tail = be.AppendUint32(tail, uint32(s.count))
	for i := range s.records {
		tail = append(tail, byte(i*7))
	}
	b := be.AppendUint64(nil, uint64(s.offset))
	b = be.AppendUint32(b, uint32(9+len(tail)))
	b = be.AppendUint32(b, uint32(s.epoch))
	b = append(b, 2)
	b = be.AppendUint32(b, crc32.Checksum(tail, crc32.MakeTable(crc32.Castagnoli)))
	return append(b, tail...)
}

// message builds a message of magic 0 or 1 as LegacyRecord lays it out.
func message(magic, attributes byte, offset, timestamp int64, value string) []byte {
	be := binary.BigEndian
	tail := []byte{magic, attributes}
	if magic == 1 {
		tail = be.AppendUint64(tail, uint64(timestamp))
	}
	tail = be.AppendUint32(tail, 0xffffffff)
	tail = be.AppendUint32(tail, uint32(len(value)))
	tail = append(tail, value...)
	b := be.AppendUint64(nil, uint64(offset))
	b = be.AppendUint32(b, uint32(4+len(tail)))
	b = be.AppendUint32(b, crc32.ChecksumIEEE(tail))
	return append(b, tail...)
}

func join(parts ...[]byte) []byte {
	var all []byte
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// claiming has a batch say that it has so many bytes.
func claiming(b []byte, size uint32) []byte {
	binary.BigEndian.PutUint32(b[8:], size)
	return b
}

func damaged(b []byte) []byte {
	b[len(b)-1] ^= 1
	return b
}

func crcOf(b []byte) uint32 {
	if b[16] == 2 {
		return binary.BigEndian.Uint32(b[17:])
	}
	return binary.BigEndian.Uint32(b[12:])
}

func scan(b []byte, size int, checksum bool) []records.Batch {
	var s records.Scanner
	s.Reset(nil, checksum)
	for len(b) > 0 {
		n := min(size, len(b))
		s.Write(b[:n])
		b = b[n:]
	}
	return s.Close()
}

func TestScanner(t *testing.T) {
	plain := batch2{offset: 100, lastDelta: 9, baseTime: 5, maxTime: 50, producer: 7, producerEpoch: 3,
		sequence: 20, count: 10, epoch: 4, attributes: 0x14, records: 300}
	first := plain.bytes()
	whole := records.Batch{Magic: 2, BaseOffset: 100, LastOffset: 109, Count: 10, Size: len(first), PartitionLeaderEpoch: 4,
		Attributes: 0x14, ProducerID: 7, ProducerEpoch: 3, BaseSequence: 20, LastSequence: 29, BaseTimestamp: 5,
		MaxTimestamp: 50, CRC: crcOf(first), Valid: true, Available: len(first), Header: true}
	partial := whole
	partial.Partial, partial.Valid, partial.Available = true, false, 61
	headless := records.Batch{Magic: 2, Partial: true, Size: len(first), Available: 60}
	wrong := whole
	wrong.Valid = false

	emptied := batch2{offset: 1, lastDelta: 4, sequence: 1<<31 - 3, producer: 1}.bytes()
	unsequenced := batch2{lastDelta: 2, sequence: -1, producer: -1, producerEpoch: -1, count: 3, epoch: -1}.bytes()
	v0, v1, wrapper := message(0, 0, 12, 0, "hello"), message(1, 8, 13, 99, "hello"), message(1, 2, 20, 99, "set")
	old := func(magic int8, b []byte, offset, time int64, attributes int16, count int32) records.Batch {
		return records.Batch{Magic: magic, BaseOffset: offset, LastOffset: offset, Count: count, Size: len(b), PartitionLeaderEpoch: -1,
			Attributes: attributes, ProducerID: -1, ProducerEpoch: -1, BaseSequence: -1, LastSequence: -1, BaseTimestamp: time,
			MaxTimestamp: time, CRC: crcOf(b), Valid: true, Available: len(b), Header: true}
	}
	magic9 := plain.bytes()
	magic9[16] = 9

	tests := []struct {
		name  string
		bytes []byte
		want  []records.Batch
	}{
		{"no bytes", nil, nil},
		{"one batch", first, []records.Batch{whole}},
		{"two batches", join(first, first), []records.Batch{whole, whole}},
		{"a wrong checksum, and one behind it", join(damaged(plain.bytes()), first), []records.Batch{wrong, whole}},
		{"cut behind the header", first[:61], []records.Batch{partial}},
		{"cut within the header", first[:60], []records.Batch{headless}},
		{"cut behind the magic", first[:17], []records.Batch{{Magic: 2, Partial: true, Size: len(first), Available: 17}}},
		{"cut before the magic", first[:16], []records.Batch{{Partial: true, Size: len(first), Available: 16}}},
		{"cut within the size", first[:11], []records.Batch{{Partial: true, Available: 11}}},
		{"whole and cut", join(first, first[:61]), []records.Batch{whole, partial}},
		{"emptied by compaction, sequence past its end", emptied, []records.Batch{{Magic: 2, BaseOffset: 1, LastOffset: 5, Size: 61,
			ProducerID: 1, BaseSequence: 1<<31 - 3, LastSequence: 1, CRC: crcOf(emptied), Valid: true, Available: 61, Header: true}}},
		{"without sequence", unsequenced, []records.Batch{{Magic: 2, LastOffset: 2, Count: 3, Size: 61, PartitionLeaderEpoch: -1, ProducerID: -1,
			ProducerEpoch: -1, BaseSequence: -1, LastSequence: -1, CRC: crcOf(unsequenced), Valid: true, Available: 61, Header: true}}},
		{"message sets", join(v0, v1, wrapper), []records.Batch{old(0, v0, 12, -1, 0, 1), old(1, v1, 13, 99, 8, 1), old(1, wrapper, 20, 99, 2, -1)}},
		{"magic 0 cut behind its head", v0[:18], []records.Batch{func() records.Batch {
			b := old(0, v0, 12, -1, 0, 1)
			b.Partial, b.Valid, b.Available = true, false, 18
			return b
		}()}},
		{"magic 0 cut within its head", v0[:17], []records.Batch{{Partial: true, Size: len(v0), Available: 17}}},
		{"a size that is too small", join(first, claiming(plain.bytes(), 13)),
			[]records.Batch{whole, {Available: len(first), Err: "a size of 13 bytes, where the smallest batch has 14"}}},
		// Kafka finds out when it reads the record.
		{"a size of magic 1 that leaves no room for key and value", claiming(message(1, 0, 0, 0, "x"), 14),
			[]records.Batch{{Magic: 1, Count: 1, Size: 26, PartitionLeaderEpoch: -1, ProducerID: -1, ProducerEpoch: -1, BaseSequence: -1, LastSequence: -1,
				CRC: 1406757417, Available: 26, Header: true}, {Partial: true, Available: 9}}},
		{"a size that is too small for magic 2", claiming(plain.bytes(), 48),
			[]records.Batch{{Available: len(first), Err: "a size of 48 bytes, where the smallest batch of magic 2 has 49"}}},
		{"a negative size", claiming(plain.bytes(), 0xffffffff),
			[]records.Batch{{Available: len(first), Err: "a size of -1 bytes, where the smallest batch has 14"}}},
		{"a size with which the batch is larger than an int32 counts", claiming(plain.bytes(), 0x7ffffff4),
			[]records.Batch{{Available: len(first), Err: "a size of 2147483636 bytes, which no records field can hold"}}},
		{"the largest size", claiming(plain.bytes(), 0x7ffffff3)[:17],
			[]records.Batch{{Partial: true, Size: 0x7fffffff, Available: 17, Magic: 2}}},
		{"an unknown magic", join(magic9, first), []records.Batch{{Available: 2 * len(first), Err: "magic 9, where 0 to 2 are known"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, size := range []int{1, 2, 11, 17, 61, 64, 1 << 20} {
				if diff := cmp.Diff(test.want, scan(test.bytes, size, true)); diff != "" {
					t.Errorf("in pieces of %d bytes (-want +got):\n%s", size, diff)
				}
			}
		})
	}
}

func TestScannerWithoutChecksum(t *testing.T) {
	b := damaged(batch2{count: 1, records: 20}.bytes())
	if got := scan(b, 7, false); len(got) != 1 || !got[0].Valid {
		t.Errorf("got %+v, want one batch that counts as valid", got)
	}
}

func TestScannerAppends(t *testing.T) {
	var s records.Scanner
	var all []records.Batch
	for range 3 {
		s.Reset(all, true)
		s.Write(batch2{count: 1, records: 20}.bytes())
		all = s.Close()
	}
	if len(all) != 3 {
		t.Errorf("got %d batches, want 3", len(all))
	}
}

func TestAttributes(t *testing.T) {
	type facts struct {
		Codec, TimestampType        string
		Transactional, Control, Has bool
		Horizon                     int64
	}
	tests := []struct {
		batch records.Batch
		want  facts
	}{
		{records.Batch{Magic: 2}, facts{Codec: "none", TimestampType: "CreateTime"}},
		{records.Batch{Magic: 2, Attributes: 0x7c, BaseTimestamp: 9}, facts{"zstd", "LogAppendTime", true, true, true, 9}},
		{records.Batch{Magic: 2, Attributes: 3}, facts{Codec: "lz4", TimestampType: "CreateTime"}},
		{records.Batch{Magic: 2, Attributes: 5}, facts{Codec: "unknown", TimestampType: "CreateTime"}},
		{records.Batch{Magic: 1, Attributes: 0x7a}, facts{Codec: "snappy", TimestampType: "LogAppendTime"}},
		{records.Batch{Magic: 0, Attributes: 9}, facts{Codec: "gzip", TimestampType: "NoTimestampType"}},
	}
	for _, test := range tests {
		b := test.batch
		got := facts{Codec: b.Codec(), TimestampType: b.TimestampType(), Transactional: b.Transactional(), Control: b.Control()}
		got.Horizon, got.Has = b.DeleteHorizon()
		if got != test.want {
			t.Errorf("magic %d, attributes %#x: got %+v, want %+v", b.Magic, b.Attributes, got, test.want)
		}
	}
}

func FuzzScanner(f *testing.F) {
	f.Add(batch2{count: 1, records: 20}.bytes(), uint16(7))
	f.Add(join(message(0, 0, 1, 0, "a"), message(1, 0, 2, 3, "b")), uint16(1))
	f.Add(batch2{count: 1, records: 20}.bytes()[:70], uint16(16))
	f.Fuzz(func(t *testing.T, b []byte, size uint16) {
		whole := scan(b, len(b)+1, true)
		if diff := cmp.Diff(whole, scan(b, int(size)+1, true)); diff != "" {
			t.Errorf("in pieces of %d bytes (-whole +pieces):\n%s", size+1, diff)
		}
		available := 0
		for i := range whole {
			available += whole[i].Available
		}
		if available != len(b) {
			t.Errorf("batches account for %d of %d bytes", available, len(b))
		}
	})
}

// Of batches with so many bytes of records, whole or as packets bring them.
func BenchmarkScanner(b *testing.B) {
	const whole, packet = 1 << 30, 1448
	for _, bench := range []struct{ records, piece int }{
		{20, whole}, {70, whole}, {150, whole}, {500, whole}, {1000, whole}, {4000, whole}, {16 << 10, whole}, {64 << 10, whole},
		{150, packet}, {1000, packet}, {64 << 10, packet},
	} {
		name := strconv.Itoa(bench.records) + " B"
		if bench.piece == packet {
			name += " in packets"
		}
		b.Run(name, func(b *testing.B) {
			one := batch2{count: 1, records: bench.records}.bytes()
			var field []byte
			for len(field) < 256<<10 {
				field = append(field, one...)
			}
			var s records.Scanner
			var batches []records.Batch
			b.SetBytes(int64(len(field)))
			b.ReportAllocs()
			for b.Loop() {
				s.Reset(batches[:0], true)
				for rest := field; len(rest) > 0; {
					n := min(bench.piece, len(rest))
					s.Write(rest[:n])
					rest = rest[n:]
				}
				batches = s.Close()
			}
			if !batches[0].Valid {
				b.Fatal("the checksum does not match")
			}
		})
	}
}

package compress_test

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"testing"

	"github.com/kdump/kdump/codec/compress"
	"github.com/kdump/kdump/codec/records"
)

// batch makes a batch of magic 2 of records with values of the given size.
func batch(t testing.TB, c records.Compression, count, size int) []byte {
	t.Helper()
	var all []byte
	for i := range count {
		value := make([]byte, size)
		for j := range value {
			value[j] = "abcdefghijklmnopqrstuvwxyz 0123456789"[(i*31+j*j)%37]
		}
		key := fmt.Sprintf("key-%06d", i)
		r := []byte{0}
		r = binary.AppendVarint(r, int64(i)) // of the timestamp
		r = binary.AppendVarint(r, int64(i))
		r = append(binary.AppendVarint(r, int64(len(key))), key...)
		r = append(binary.AppendVarint(r, int64(len(value))), value...)
		r = append(binary.AppendVarint(r, 1), "\x0atrace\x06abc"...)
		all = append(binary.AppendVarint(all, int64(len(r))), r...)
	}
	all = compressed(t, all)[c]
	b := make([]byte, 61, 61+len(all))
	binary.BigEndian.PutUint32(b[8:], uint32(49+len(all)))
	b[16] = 2
	b[22] = byte(c)
	binary.BigEndian.PutUint32(b[23:], uint32(count-1))
	binary.BigEndian.PutUint64(b[27:], 1763819581000)
	binary.BigEndian.PutUint64(b[35:], 1763819581000+uint64(count))
	binary.BigEndian.PutUint32(b[57:], uint32(count))
	b = append(b, all...)
	binary.BigEndian.PutUint32(b[17:], crc32.Checksum(b[21:], crc32.MakeTable(crc32.Castagnoli)))
	return b
}

// Bytes are those of the records, decompressed.
func BenchmarkReader(b *testing.B) {
	const count, size = 1000, 200
	plain := len(batch(b, records.None, count, size))
	for c := records.None; c <= records.Zstd; c++ {
		b.Run(c.String(), func(b *testing.B) {
			field := batch(b, c, count, size)
			reader := records.Reader{Decompressor: compress.New(0)}
			var scanner records.Scanner
			var room []records.Batch
			b.SetBytes(int64(plain))
			b.ReportAllocs()
			read := 0
			for b.Loop() {
				scanner.Reset(room[:0], true)
				scanner.Write(field)
				room = scanner.Close()
				if err := reader.Open(field, &room[0]); err != nil {
					b.Fatal(err)
				}
				for r := (records.Record{}); reader.Next(&r); {
					read++
				}
			}
			b.ReportMetric(float64(read)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

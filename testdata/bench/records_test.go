package bench

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/compress"
	"github.com/kdump/kdump/codec/records"
	"github.com/kdump/kdump/decode"
	"github.com/kdump/kdump/formats"
)

// recordsField is a records field, as kgo writes it.
type recordsField struct {
	name    string
	bytes   []byte
	plain   int // bytes that it has without compression
	records int
	ns      map[string]float64 // the least time of each contestant, as in table
}

const (
	fieldSize   = 256 << 10 // bytes without compression: it stays in the cache
	manyRecords = 100       // in a batch
)

// recordsFields gives the fields that are measured: of batches as busy
// producers send them, in each compression, and of one record each.
var recordsFields = sync.OnceValue(func() []*recordsField {
	codecs := []kgo.CompressionCodec{kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()}
	var all []*recordsField
	for i, c := range codecs {
		all = append(all, newRecordsField(records.Compression(i), c, manyRecords))
	}
	return append(all, newRecordsField(records.None, codecs[records.None], 1))
})

func newRecordsField(compression records.Compression, codec kgo.CompressionCodec, perBatch int) *recordsField {
	compressor, err := kgo.DefaultCompressor(codec)
	if err != nil {
		panic(err)
	}
	f := &recordsField{name: fmt.Sprintf("%s, %d a batch", compression, perBatch), ns: map[string]float64{}}
	for f.plain < fieldSize {
		f.appendBatch(compressor, compression, perBatch)
	}
	return f
}

func (f *recordsField) appendBatch(compressor kgo.Compressor, compression records.Compression, n int) {
	var plain []byte
	for i := range n {
		plain = appendRecord(plain, i, f.records+i)
	}
	b := kmsg.RecordBatch{FirstOffset: int64(f.records), PartitionLeaderEpoch: 17, Magic: 2, Attributes: int16(compression),
		LastOffsetDelta: int32(n - 1), FirstTimestamp: 1763819581000, MaxTimestamp: 1763819581000 + int64(n), ProducerID: -1,
		ProducerEpoch: -1, FirstSequence: -1, NumRecords: int32(n), Records: plain}
	if compressor != nil {
		b.Records, _ = compressor.Compress(new(bytes.Buffer), plain)
	}
	const overhead = 12 // of offset and size, which the size does not count
	whole := b.AppendTo(nil)
	binary.BigEndian.PutUint32(whole[8:], uint32(len(whole)-overhead))
	binary.BigEndian.PutUint32(whole[17:], crc32.Checksum(whole[21:], crc32.MakeTable(crc32.Castagnoli)))
	f.bytes = append(f.bytes, whole...)
	f.plain += len(whole) - len(b.Records) + len(plain)
	f.records += n
}

// appendRecord appends a record such as services send: a key, a line of text
// with numbers in it, a header.
func appendRecord(dst []byte, delta, number int) []byte {
	value := fmt.Sprintf(`{"orderId":%d,"customer":"c-%07d","total":%d.%02d,"currency":"EUR","items":[{"sku":"A-%05d","count":%d}],"comment":"%s"}`,
		number*7919, number*104729%9999991, number%997, number%89, number*31%99991, number%7+1, strings.Repeat("leave it at the door ", number%5))
	r := kmsg.Record{TimestampDelta64: int64(delta), OffsetDelta: int32(delta), Key: fmt.Appendf(nil, "key-%06d", number%1000000),
		Value: []byte(value), Headers: []kmsg.Header{{Key: "trace", Value: fmt.Appendf(nil, "%016x", number*2654435761)}}}
	body := r.AppendTo(nil)[1:] // without the length, which is 0 as yet
	return append(binary.AppendVarint(dst, int64(len(body))), body...)
}

// recordsContestant is one way to read a field. Its run makes what may be used
// again and returns what is done with each field.
type recordsContestant struct {
	name string
	run  func(tb testing.TB, f *recordsField) func() error
}

var recordsContestants = []recordsContestant{
	{"headers", scanHeaders},
	{"records", func(_ testing.TB, f *recordsField) func() error {
		return readRecords(f, func(*records.Record) {})
	}},
	{"kgo", func(_ testing.TB, f *recordsField) func() error {
		return kgoRecords(f, func(*kgo.Record) {})
	}},
	{"NDJSON", func(tb testing.TB, f *recordsField) func() error {
		return printRecords(tb, f, io.Discard)
	}},
}

// scanHeaders reads the headers of the batches and verifies the checksums.
func scanHeaders(_ testing.TB, f *recordsField) func() error {
	var s records.Scanner
	var batches []records.Batch
	return func() (err error) {
		batches, err = scan(&s, batches, f)
		return err
	}
}

func scan(s *records.Scanner, room []records.Batch, f *recordsField) ([]records.Batch, error) {
	s.Reset(room[:0], true)
	s.Write(f.bytes)
	batches := s.Close()
	for i := range batches {
		if !batches[i].Valid {
			return batches, errors.New("a wrong checksum")
		}
	}
	return batches, nil
}

// readRecords does that, and reads the records.
func readRecords(f *recordsField, see func(*records.Record)) func() error {
	var s records.Scanner
	var batches []records.Batch
	reader := records.Reader{Decompressor: compress.New(0)}
	var r records.Record
	return func() (err error) {
		if batches, err = scan(&s, batches, f); err != nil {
			return err
		}
		rest := f.bytes
		for i := range batches {
			if err := reader.Open(rest, &batches[i]); err != nil {
				return err
			}
			for reader.Next(&r) {
				see(&r)
			}
			if err := reader.Err(); err != nil {
				return err
			}
			rest = rest[batches[i].Size:]
		}
		return nil
	}
}

// kgoRecords has kgo do the same, as it does with what it fetches.
func kgoRecords(f *recordsField, see func(*kgo.Record)) func() error {
	decompressor := kgo.DefaultDecompressor()
	fetched := kmsg.FetchResponseTopicPartition{RecordBatches: f.bytes}
	return func() error {
		p, _ := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{}, &fetched, decompressor, nil)
		for _, r := range p.Records {
			see(r)
		}
		return p.Err
	}
}

// printRecords prints a Produce request with the field, its records in full.
func printRecords(tb testing.TB, f *recordsField, w io.Writer) func() error {
	const version = 9
	layout, err := codec.APIByName("Produce").Layout(codec.Request, version)
	if err != nil {
		tb.Fatal(err)
	}
	request := kmsg.NewPtrProduceRequest()
	request.SetVersion(version)
	partition := kmsg.NewProduceRequestTopicPartition()
	partition.Records = f.bytes
	topic := kmsg.NewProduceRequestTopic()
	topic.Topic, topic.Partitions = "orders", []kmsg.ProduceRequestTopicPartition{partition}
	request.Topics = []kmsg.ProduceRequestTopic{topic}
	e := &decode.Exchange{
		Kind: decode.RequestOnly,
		Connection: &decode.Connection{Number: 1, Client: netip.MustParseAddrPort("10.0.0.7:53422"),
			Server: netip.MustParseAddrPort("10.0.0.2:9092")},
		Request: decode.Message{Seen: true, Layout: layout, Body: codec.Body{Bytes: request.AppendTo(nil)},
			RequestHeader: codec.RequestHeader{APIVersion: version, Version: 2}},
		Unanswered: "connection closed",
	}
	p := formats.New(w, formats.Options{Format: formats.NDJSON, Records: formats.Full})
	return func() error {
		p.Exchange(e)
		return p.Flush()
	}
}

// All find the same records.
func TestSameRecords(t *testing.T) {
	for _, f := range recordsFields() {
		var ours, theirs []string
		if err := readRecords(f, func(r *records.Record) {
			h, _ := r.Headers.Next()
			ours = append(ours, fmt.Sprintf("%d %d %s %s %d %s %s", r.Offset, r.Timestamp, r.Key, r.Value, r.Headers.Count(), h.Key, h.Value))
		})(); err != nil {
			t.Errorf("%s: %v", f.name, err)
		}
		if err := kgoRecords(f, func(r *kgo.Record) {
			h := r.Headers[0]
			theirs = append(theirs, fmt.Sprintf("%d %d %s %s %d %s %s", r.Offset, r.Timestamp.UnixMilli(), r.Key, r.Value, len(r.Headers)-1, h.Key, h.Value))
		})(); err != nil {
			t.Errorf("%s: kgo: %v", f.name, err)
		}
		if len(ours) != f.records || !slices.Equal(ours, theirs) {
			t.Errorf("%s: %d records, %d read, %d by kgo, or not the same", f.name, f.records, len(ours), len(theirs))
		}
		var out bytes.Buffer
		if err := printRecords(t, f, &out)(); err != nil || strings.Count(out.String(), `{"offset":`) != f.records {
			t.Errorf("%s: not %d records printed: %v", f.name, f.records, err)
		}
	}
}

// BenchmarkRecords runs all contestants on all fields. Bytes are those of the
// field for headers, those that it has without compression for the others.
func BenchmarkRecords(b *testing.B) {
	for _, f := range recordsFields() {
		for _, c := range recordsContestants {
			b.Run(strings.ReplaceAll(f.name, ", ", "-")+"/"+c.name, func(b *testing.B) {
				once := c.run(b, f)
				b.SetBytes(int64(f.size(c.name)))
				b.ReportAllocs()
				for b.Loop() {
					if err := once(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)*float64(f.records)/b.Elapsed().Seconds(), "records/s")
				f.note(c.name, float64(b.Elapsed().Nanoseconds())/float64(b.N))
			})
		}
	}
}

// size is how many bytes a contestant has read when it has read the field.
func (f *recordsField) size(contestant string) int {
	if contestant == "headers" {
		return len(f.bytes)
	}
	return f.plain
}

func (f *recordsField) note(contestant string, ns float64) {
	if was, ok := f.ns[contestant]; !ok || ns < was {
		f.ns[contestant] = ns
	}
}

// rates gives the speed of a contestant in MB/s and in millions of records a
// second, "-" where it was not measured.
func (f *recordsField) rates(contestant string) string {
	ns := f.ns[contestant]
	if ns == 0 {
		return "-\t-"
	}
	return fmt.Sprintf("%.0f\t%.1f", float64(f.size(contestant))*1e3/ns, float64(f.records)*1e3/ns)
}

// printRecordsTable prints what was measured, nothing where that is nothing.
func printRecordsTable() {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	title := "\nMB/s, million records/s\tbytes\tplain\theaders\t\trecords\t\tkgo\t\t\tNDJSON\t\t\n"
	for _, f := range recordsFields() {
		if len(f.ns) == 0 {
			continue
		}
		times := ""
		if f.ns["records"] > 0 && f.ns["kgo"] > 0 {
			times = fmt.Sprintf("%.1fx", f.ns["kgo"]/f.ns["records"])
		}
		fmt.Fprintf(w, "%s%s\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t\n", title, f.name, len(f.bytes), f.plain, f.rates("headers"),
			f.rates("records"), f.rates("kgo"), times, f.rates("NDJSON"))
		title = ""
	}
	w.Flush()
}

package compress_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/compress"
	"github.com/kdump/kdump/codec/oracletest"
	"github.com/kdump/kdump/codec/records"
)

// batchesLine is a line of testdata/oracle/Batches.java: a records field and
// what Kafka's own readers find in it.
type batchesLine struct {
	Shape   string      `json:"shape"`
	Body    []byte      `json:"body"`
	Batches []batchLine `json:"batches"`
	Error   string      `json:"error"`
}

type batchLine struct {
	Size                 int          `json:"size"`
	Magic                int8         `json:"magic"`
	Valid                bool         `json:"isvalid"`
	LastOffset           int64        `json:"lastOffset"`
	ProducerID           int64        `json:"producerId"`
	ProducerEpoch        int16        `json:"producerEpoch"`
	BaseSequence         int32        `json:"baseSequence"`
	LastSequence         int32        `json:"lastSequence"`
	PartitionLeaderEpoch int32        `json:"partitionLeaderEpoch"`
	MaxTimestamp         int64        `json:"maxTimestamp"`
	Transactional        bool         `json:"isTransactional"`
	Control              bool         `json:"isControl"`
	TimestampType        string       `json:"timestampType"`
	DeleteHorizon        *int64       `json:"deleteHorizonMs"`
	Records              []recordLine `json:"records"`
	Error                string       `json:"error"`
}

type recordLine struct {
	Offset    int64     `json:"offset"`
	Timestamp int64     `json:"timestamp"`
	Key       *[]byte   `json:"key"`
	Value     *[]byte   `json:"value"`
	Headers   []*string `json:"headers"`
	Valid     *bool     `json:"isvalid"` // false, or nothing
}

// What is read of the corpus is what Kafka reads.
func TestCorpus(t *testing.T) {
	check(t, oracletest.Open(t, "../../testdata/oracle/batches.jsonl.gz"))
}

// The same of batches that Kafka makes anew.
func TestOracleBatches(t *testing.T) {
	jars, seed := oracletest.Jars(t)
	out := oracletest.Java(t, nil, filepath.Join(jars, "4.4.0", "*"), "../../testdata/oracle/Batches.java", seed, "60")
	check(t, bytes.NewReader(out))
}

func check(t *testing.T, lines io.Reader) {
	t.Helper()
	reader := records.Reader{Decompressor: compress.New(0)}
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(nil, 16<<20)
	shapes, damagedAlike, batches, count := map[string]int{}, 0, 0, 0 // shapes with their records that are not valid
	for scanner.Scan() {
		var want batchesLine
		if err := json.Unmarshal(scanner.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		shapes[want.Shape] += want.damaged()
		got := read(&reader, want.Body)
		for i := range min(len(got.Batches), len(want.Batches)) {
			batches++
			count += len(want.Batches[i].Records)
			if undefined(&got.Batches[i], &want.Batches[i]) {
				damagedAlike++
				for _, b := range []*batchLine{&got.Batches[i], &want.Batches[i]} {
					b.Records, b.Error = nil, ""
				}
			}
		}
		body := want.Body // which may be long
		got.Shape, want.Body = want.Shape, nil
		sameErrors(&got, &want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %x\n-Kafka +kdump\n%s", want.Shape, body, diff)
		}
	}
	if err := scanner.Err(); err != nil || len(shapes) < 100 {
		t.Errorf("%d shapes: %v", len(shapes), err)
	}
	for magic := range 2 {
		for c := records.Gzip; c <= records.LZ4; c++ {
			if shape := fmt.Sprintf("magic %d %s damaged inside", magic, c); shapes[shape] == 0 {
				t.Errorf("%s: no damaged record", shape)
			}
		}
	}
	t.Logf("%d batches of %d shapes, %d records; %d batches with damaged compressed data, of which nothing is defined", batches, len(shapes), count, damagedAlike)
}

// damaged counts the records that Kafka refuses.
func (line *batchesLine) damaged() (n int) {
	for _, b := range line.Batches {
		for _, r := range b.Records {
			if r.Valid != nil {
				n++
			}
		}
	}
	return n
}

// undefined reports whether a batch's compressed bytes are damaged in a way
// that decompressors may tell or not, sooner or later: then its records are
// not compared.
func undefined(got, want *batchLine) bool {
	if want.Valid || want.Magic < 0 || got.Size != want.Size {
		return false
	}
	told := false
	for _, codec := range []string{"gzip: ", "snappy: ", "lz4: ", "zstd: "} {
		told = told || strings.HasPrefix(got.Error, codec)
	}
	return told || (got.Error == "") != (want.Error == "")
}

// sameErrors has errors be equal where there is one on either side: Kafka's
// words are not ours.
func sameErrors(got, want *batchesLine) {
	same := func(a, b *string) {
		if *a != "" && *b != "" {
			*a, *b = "an error", "an error"
		}
	}
	same(&got.Error, &want.Error)
	for i := range min(len(got.Batches), len(want.Batches)) {
		same(&got.Batches[i].Error, &want.Batches[i].Error)
	}
}

func read(reader *records.Reader, field []byte) batchesLine {
	line := batchesLine{Batches: []batchLine{}}
	var scanner records.Scanner
	scanner.Reset(nil, true)
	scanner.Write(field)
	for _, b := range scanner.Close() {
		switch {
		case b.Err != "":
			line.Error = b.Err
		case !b.Partial:
			line.Batches = append(line.Batches, readBatch(reader, field, b))
			field = field[b.Size:]
		}
	}
	return line
}

func readBatch(reader *records.Reader, field []byte, b records.Batch) batchLine {
	line := batchLine{Size: b.Size, Magic: b.Magic, Valid: b.Valid, LastOffset: b.LastOffset, ProducerID: b.ProducerID,
		ProducerEpoch: b.ProducerEpoch, BaseSequence: b.BaseSequence, LastSequence: b.LastSequence,
		PartitionLeaderEpoch: b.PartitionLeaderEpoch, MaxTimestamp: b.MaxTimestamp, Transactional: b.Transactional(),
		Control: b.Control(), TimestampType: b.TimestampType(), Records: []recordLine{}}
	if ms, ok := b.DeleteHorizon(); ok {
		line.DeleteHorizon = &ms
	}
	err := reader.Open(field, &b)
	for r := (records.Record{}); reader.Next(&r); {
		line.Records = append(line.Records, readRecord(&r, &b))
	}
	if err == nil {
		err = reader.Err()
	}
	if err != nil {
		line.Error = err.Error()
	}
	return line
}

func readRecord(r *records.Record, b *records.Batch) recordLine {
	line := recordLine{Offset: r.Offset, Timestamp: r.Timestamp, Key: field(r.Key), Value: field(r.Value), Headers: []*string{}}
	for h, ok := r.Headers.Next(); ok; h, ok = r.Headers.Next() {
		var key string // in Java's form of what is not UTF-8
		if err := json.Unmarshal(codec.AppendJSONString(nil, h.Key), &key); err != nil {
			panic(err)
		}
		line.Headers = append(line.Headers, &key, base64Of(h.Value))
	}
	// A message that is no compressed one is its batch and its record.
	if r.Damaged || b.Magic < 2 && b.Compression() == records.None && !b.Valid {
		line.Valid = new(bool)
	}
	return line
}

func field(b []byte) *[]byte {
	if b == nil {
		return nil
	}
	b = append([]byte{}, b...)
	return &b
}

func base64Of(b []byte) *string {
	if b == nil {
		return nil
	}
	quoted, _ := json.Marshal(b)
	s := string(quoted[1 : len(quoted)-1])
	return &s
}

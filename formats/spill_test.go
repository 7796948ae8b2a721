package formats

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/decode"
)

// pieces takes what is written, until it is more than some bytes.
type pieces struct {
	bytes.Buffer
	most    int
	largest int
	calls   int
}

var errFull = errors.New("full")

func (p *pieces) Write(b []byte) (int, error) {
	p.calls++
	p.largest = max(p.largest, len(b))
	if p.Len()+len(b) > p.most {
		return 0, errFull
	}
	return p.Buffer.Write(b)
}

// long is an exchange that few bytes make much of: many records, and long keys
// and values, text and other.
func long(t testing.TB) (e *decode.Exchange, text, other []byte) {
	t.Helper()
	text = []byte(strings.Repeat("ä\n\"日\x00", 100_000))
	other = bytes.Repeat([]byte{0xff, 1, 2, 3, 4}, 100_001)
	list := make([]aRecord, 20_000, 20_002)
	list = append(list, aRecord{text, other, nil}, aRecord{other, text, []string{"h", string(text)}})
	return produced(t, "orders", bytes.Repeat(batch2(t, 1, list...), 2)), text, other
}

func printedInPieces(t *testing.T, opt Options, e *decode.Exchange) string {
	t.Helper()
	out := pieces{most: 1 << 30}
	p := New(&out, opt)
	p.Exchange(e)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if out.largest > 10*pieceSize {
		t.Errorf("%+v: a piece of %d bytes", opt, out.largest)
	}
	return out.String()
}

// What records inflate to is written as it comes, and is the same for that.
func TestLongRecordsPassThrough(t *testing.T) {
	e, text, other := long(t)
	line := printedInPieces(t, Options{Format: NDJSON, Records: Full}, e)
	validate(t, strictSchema(t), line)
	var got struct {
		Request struct {
			TopicData []struct {
				PartitionData []struct {
					Records []struct {
						Records []struct {
							Key, Value             *string
							KeyBase64, ValueBase64 []byte
							Headers                []struct{ Key, Value string }
						}
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatal(err)
	}
	batches := got.Request.TopicData[0].PartitionData[0].Records
	if len(batches) != 2 || len(batches[1].Records) != 20_002 {
		t.Fatalf("%d batches", len(batches))
	}
	last := batches[1].Records[20_000:]
	if *last[0].Key != string(text) || !bytes.Equal(last[0].ValueBase64, other) || !bytes.Equal(last[1].KeyBase64, other) ||
		*last[1].Value != string(text) || last[1].Headers[0].Value != string(text) {
		t.Error("a long key, value or header differs")
	}

	array := printedInPieces(t, Options{Format: JSON, Records: Full}, e)
	if !strings.HasPrefix(array, "[\n  {\n    \"type\": \"exchange\",\n") {
		t.Errorf("begins with %.60q", array)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(array)); err != nil {
		t.Fatal(err)
	}
	if compact.String() != "["+strings.TrimSuffix(line, "\n")+"]" {
		t.Error("JSON is not what NDJSON is")
	}

	for _, opt := range []Options{{Verbose: true, Records: Full}, {Records: Full}} {
		tree := printedInPieces(t, opt, e)
		if n := strings.Count(tree, " null: null\n"); n != 40_000 {
			t.Errorf("%+v: %d records without key and value, want 40000", opt, n)
		}
	}
}

// sameInPieces prints an exchange as JSON in pieces, holds that against what
// NDJSON is, and returns the latter.
func sameInPieces(t *testing.T, opt Options, e *decode.Exchange) string {
	t.Helper()
	opt.Format = NDJSON
	line := printedInPieces(t, opt, e)
	opt.Format = JSON
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(printedInPieces(t, opt, e))); err != nil {
		t.Fatal(err)
	}
	if compact.String() != "["+strings.TrimSuffix(line, "\n")+"]" {
		t.Errorf("%+v: JSON is not what NDJSON is", opt)
	}
	return line
}

// A header that is empty has two bytes, a batch without records 61.
func TestManyHeadersAndBatchesPassThrough(t *testing.T) {
	const headers, batches = 200_000, 20_000
	e := produced(t, "orders", batch2(t, 1, aRecord{nil, nil, make([]string, 2*headers)}))
	line := sameInPieces(t, Options{Records: Full}, e)
	if n := strings.Count(line, `{"key":"","value":""}`); n != headers {
		t.Errorf("%d headers, want %d", n, headers)
	}
	text := printedInPieces(t, Options{Records: Full}, e)
	if want := `"": "", +199980 more}`; !strings.Contains(text, want) || len(text) > 1000 {
		t.Errorf("%.1000s\nlacks %s, or is long", text, want)
	}

	e = produced(t, "orders", bytes.Repeat(batch2(t, 0), batches))
	for _, level := range []Records{Batches, Full} {
		line := sameInPieces(t, Options{Records: level}, e)
		if n := strings.Count(line, `{"baseOffset":100,`); n != batches {
			t.Errorf("%d batches, want %d", n, batches)
		}
		text := printedInPieces(t, Options{Records: level, Verbose: true}, e)
		if n := strings.Count(text, "- offsets 100-99, no records,"); n != batches {
			t.Errorf("%d lines of batches, want %d:\n%.2000s", n, batches, text)
		}
	}
}

// The JSON and the tree of a message, which may be many times as long as that,
// are written as they come.
func TestLongMessagesPassThrough(t *testing.T) {
	const topics = 50_000
	names, codes := make([]any, topics), make([]any, topics)
	for i := range names {
		names[i], codes[i] = "t", 3
	}
	metadata := exchangeOf(t, build(t, "Metadata", codec.Response, 9, map[string][]any{"topics": {topics}, "topics[].name": names, "topics[].errorCode": codes}))
	deletion := exchangeOf(t, build(t, "DeleteTopics", codec.Request, 4, map[string][]any{"topicNames": {topics}, "topicNames[]": names}))
	fetch := exchangeOf(t, build(t, "Fetch", codec.Response, 12, map[string][]any{"responses": {topics}, "responses[].topic": names}))
	for _, e := range []*decode.Exchange{metadata, deletion, fetch} {
		line := sameInPieces(t, Options{}, e)
		if n := strings.Count(line, `"t"`); n != topics {
			t.Errorf("%d topics, want %d", n, topics)
		}
		validate(t, strictSchema(t), line)
		text := printedInPieces(t, Options{Verbose: true}, e)
		if n := strings.Count(text, `"t"`); n != topics {
			t.Errorf("%d topics, want %d:\n%.2000s", n, topics, text)
		}
	}
	if text := printedInPieces(t, Options{Records: Full}, fetch); strings.Count(text, "\n") != 1 {
		t.Errorf("records of none: %.2000s", text)
	}
}

// Nothing is gathered of batches, of which a field may have millions.
func TestBatchesAreNotGathered(t *testing.T) {
	const batches = 100_000
	e := produced(t, "orders", bytes.Repeat(batch2(t, 0), batches))
	for _, opt := range []Options{{Format: NDJSON}, {Format: NDJSON, Records: Full}, {Verbose: true}, {Records: Full}} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		New(discard{}, opt).Exchange(e)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 2<<20 {
			t.Errorf("%+v: %d bytes were allocated for %d batches", opt, n, batches)
		}
	}
}

// A record of an internal topic is shown as the message that it is up to a
// size: the JSON of its fields, of two bytes each, may be a hundred times as
// long. One that is larger passes through as any other.
func TestLargeMessagesPassThrough(t *testing.T) {
	noOp := func(tags int) []byte {
		value := binary.AppendUvarint([]byte("\x01\x14\x00"), uint64(tags))
		return append(value, bytes.Repeat([]byte{'A', 0}, tags)...)
	}
	small := produced(t, "__cluster_metadata", batch2(t, 1, aRecord{nil, noOp(1000), nil}))
	if line := sameInPieces(t, Options{Records: Full}, small); strings.Count(line, `{"tag":65,"data":""}`) != 1000 {
		t.Errorf("%.1000s", line)
	}
	large := produced(t, "__cluster_metadata", batch2(t, 1, aRecord{nil, noOp(maxMessage / 2), nil}))
	line := sameInPieces(t, Options{Records: Full}, large)
	const fault = "record 100: 1048582 bytes, where a message is read of up to 1048576"
	if !strings.Contains(line, fault) || !strings.Contains(line, `"valueBase64":"ARQAgI`) || strings.Contains(line, `"tag"`) {
		t.Errorf("%.1000s", line)
	}
	validate(t, strictSchema(t), line)
	if text := printedInPieces(t, Options{Records: Full}, large); len(text) > 10_000 || !strings.Contains(text, strings.TrimPrefix(fault, "record 100: ")) {
		t.Errorf("%.2000s", text)
	}
}

// Once writing has failed, no more is written.
func TestLongRecordsWhereWritingFails(t *testing.T) {
	e, _, _ := long(t)
	for _, opt := range []Options{{Format: NDJSON, Records: Full}, {Format: JSON, Records: Full}, {Verbose: true, Records: Full}, {Records: Full}} {
		out := pieces{most: 3 * pieceSize}
		p := New(&out, opt)
		p.Exchange(e)
		if p.Err() != errFull {
			t.Errorf("%+v: %v", opt, p.Err())
		}
		calls := out.calls
		p.Exchange(e)
		if err := p.Close(); err != errFull || out.calls != calls {
			t.Errorf("%+v: %v, and %d more pieces", opt, err, out.calls-calls)
		}
	}
}

package formats

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"

	"runtime"
	"slices"
	"strings"
	"testing"

	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/oracletest"
	"github.com/kdump/kdump/decode"
	"github.com/kdump/kdump/formats/schematest"
)

// someMetrics are MetricsData with a sum, of which the description has what JSON
// must escape.
func someMetrics(t testing.TB) []byte {
	t.Helper()
	plain, err := proto.Marshal(&metrics.MetricsData{ResourceMetrics: []*metrics.ResourceMetrics{{ScopeMetrics: []*metrics.ScopeMetrics{{
		Metrics: []*metrics.Metric{{Name: "org.apache.kafka.consumer.poll", Description: `a "b\" c, d\`, Data: &metrics.Metric_Sum{Sum: &metrics.Sum{
			DataPoints: []*metrics.NumberDataPoint{{TimeUnixNano: 7, Value: &metrics.NumberDataPoint_AsInt{AsInt: 5}}}}}}}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func zipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return zipped.Bytes()
}

// inFields puts a message, of protobuf, into a field of another, that one into a
// field of a third, and so on.
func inFields(message []byte, fields ...protowire.Number) []byte {
	for _, field := range fields {
		message = protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), message)
	}
	return message
}

// nestedMetrics are metrics with an attribute that is a list of lists of lists
// and so on, the innermost one of empty values.
func nestedMetrics(lists, values int) []byte {
	const arrayValue = 5
	list := bytes.Repeat(inFields(nil, 1), values)
	for range lists - 1 {
		list = inFields(list, arrayValue, 1)
	}
	return inFields(list, arrayValue, 2, 1, 1, 1) // of a value, an attribute, a resource, ResourceMetrics, MetricsData
}

// deepestLists is how many lists that makes where it goes as deep as it may.
const deepestLists = (deepestMetrics - 4) / 2

// noMetrics are fields that MetricsData does not have.
var noMetrics = []byte("\x78\x01\x9a\x06\x05hello")

// pushed is an exchange that pushes metrics.
func pushed(t testing.TB, compression byte, metrics []byte) *decode.Exchange {
	t.Helper()
	return exchangeOf(t, build(t, "PushTelemetry", codec.Request, 0, map[string][]any{
		"compressionType": {int(compression)}, "metrics": {string(metrics)}}))
}

func TestTelemetry(t *testing.T) {
	plain := someMetrics(t)
	zip := func(b []byte) []byte { return zipped(t, b) }
	const (
		shown = `"metrics":{"type":"MetricsData","data":{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"org.apache.kafka.consumer.poll",` +
			`"description":"a \"b\\\" c, d\\","sum":{"dataPoints":[{"timeUnixNano":"7","asInt":"5"}]}}]}]}]}}`
		base64 = `"metrics":"CkgSRhJE`
		none   = "it is no MetricsData of OpenTelemetry"
	)
	for _, test := range []struct {
		name        string
		compression byte
		metrics     []byte
		exact       bool
		want        string
		problem     string // "" where there is none
	}{
		{"plain", 0, plain, false, shown, ""},
		{"gzip", 1, zip(plain), false, shown, ""},
		{"exact", 0, plain, true, base64, ""},
		{"not as it says", 1, plain, false, base64, "gzip: "},
		{"unknown compression", 9, plain, false, base64, "there is no compression 9"},
		{"no protobuf", 0, []byte("\xff"), false, `"metrics":"/w=="`, none},
		{"nothing", 0, nil, false, `"metrics":""`, ""},
		{"nothing, compressed", 1, zip(nil), false, `"metrics":{"type":"MetricsData","data":{}}`, ""},
		{"long", 0, bytes.Repeat([]byte{0x0a, 0}, maxMessage), false, `"metrics":"CgAK`, "2097152 bytes, where a message is read of up to 1048576"},
		{"long when inflated", 1, zip(bytes.Repeat([]byte{0x0a, 0}, maxMessage)), false, `"metrics":"H4sI`, "it inflates to more than 1048576 bytes, the limit"},

		{"as many messages as may be", 0, bytes.Repeat([]byte{0x0a, 0}, mostMetrics), false, `"data":{"resourceMetrics":[{},{},`, ""},
		{"too many messages", 0, bytes.Repeat([]byte{0x0a, 0}, mostMetrics+1), false, `"metrics":"CgAK`, "there are more than 100000 messages in it, the limit"},
		{"as deep as may be", 0, nestedMetrics(deepestLists, 0), false, `"values":[{"arrayValue":{}}]`, ""},
		{"too deep", 0, nestedMetrics(deepestLists, 1), false, `"metrics":"Cj4KPA`, "messages are nested more than 32 deep in it, the limit"},

		{"other bytes", 0, noMetrics, false, `"metrics":"eAGaBgVoZWxsbw=="`, none},
		{"the field, as a number", 0, []byte{0x08, 1}, false, `"metrics":"CAE="`, none},
		{"unknown fields", 0, slices.Concat(noMetrics, plain), false, shown, "10 bytes in 2 unknown fields are not shown"},
		{"nothing but unknown fields inside", 0, inFields(noMetrics, 2, 1), false, `"data":{"resourceMetrics":[{"scopeMetrics":[{}]}]}`,
			"10 bytes in 2 unknown fields are not shown"},
		{"a field inside, as a number", 0, inFields([]byte{0x10, 1}, 1), false, `"data":{"resourceMetrics":[{}]}`, "2 bytes in 1 unknown field are not shown"},
		{"numbers one by one and packed", 0, inFields([]byte("\x39\x00\x00\x00\x00\x00\x00\xf8\x3f\x3a\x08\x00\x00\x00\x00\x00\x00\xf8\x3f"), 1, 9, 2, 2, 1), false,
			`"dataPoints":[{"explicitBounds":[1.5,1.5]}]`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := pushed(t, test.compression, test.metrics)
			got := printed(t, Options{Format: NDJSON, Exact: test.exact}, e)
			if !strings.Contains(got, test.want) {
				t.Errorf("%.2000s\nlacks %s", got, test.want)
			}
			problem := `"problems":[{"side":"request","path":"metrics","offset":`
			if strings.Contains(got, problem) != (test.problem != "") || !strings.Contains(got, test.problem) {
				t.Errorf("%.2000s\nwant the problem %q", got, test.problem)
			}
			validate(t, strictSchema(t), got)
			tree := printed(t, Options{Verbose: true}, e)
			if strings.Contains(tree, "(cannot be read: ") != (test.problem != "" && !test.exact) || !strings.Contains(tree, test.problem) {
				t.Errorf("%.2000s\nwant the problem %q", tree, test.problem)
			}
		})
	}
}

// Of what Kafka's own classes write, in any field of any type, nothing is unknown.
func TestNothingOfKafkasMetricsIsUnknown(t *testing.T) {
	n := 0
	lines := bufio.NewScanner(oracletest.Open(t, "../testdata/oracle/exchanges.jsonl.gz"))
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		var c oracleConnection
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(c.Name, "PushTelemetry") {
			continue
		}
		n++
		if got := c.print(t, Options{Format: NDJSON}); strings.Contains(got, `"problems":`) {
			t.Errorf("%s: %s", c.Name, got)
		}
	}
	if n == 0 || lines.Err() != nil {
		t.Errorf("%d connections: %v", n, lines.Err())
	}
}

func TestCutBlanks(t *testing.T) {
	const text = `a b{"c d": "\" e\\",  "f": [1, " "], "g": {} }`
	if got, want := string(cutBlanks([]byte(text), len("a b"))), `a b{"c d":"\" e\\","f":[1," "],"g":{}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Metrics that go deep make many blanks of few bytes, which are written as they
// come.
func TestDeepMetricsPassThrough(t *testing.T) {
	const values = 30_000
	line := sameInPieces(t, Options{}, pushed(t, 1, zipped(t, nestedMetrics(deepestLists-1, values))))
	if n := strings.Count(line, "{}"); n != values {
		t.Errorf("%d values, want %d", n, values)
	}
	validate(t, strictSchema(t), line)
}

// Objects are made only of metrics that are not too many.
func TestTooManyMetricsTakeLittle(t *testing.T) {
	many := bytes.Repeat([]byte{0x0a, 0}, maxMessage/2)
	for _, opt := range []Options{{Format: NDJSON}, {Format: JSON}, {Verbose: true}} {
		e := pushed(t, 1, zipped(t, many))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		New(discard{}, opt).Exchange(e)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 4*maxMessage {
			t.Errorf("%+v: %d bytes were allocated for %d", opt, n, len(many))
		}
	}
}

func FuzzTelemetry(f *testing.F) {
	for _, plain := range [][]byte{[]byte("\x0a\x02\x12\x00"), someMetrics(f), noMetrics, slices.Concat(someMetrics(f), noMetrics),
		inFields(noMetrics, 1, 7, 2, 2, 1), nestedMetrics(deepestLists, 0), nestedMetrics(deepestLists, 1)} {
		f.Add(byte(0), plain)
		f.Add(byte(1), zipped(f, plain))
	}
	reader, schema := newTelemetry(0), strictSchema(f)
	f.Fuzz(func(t *testing.T, compression byte, raw []byte) {
		const prior = `"metrics":`
		dst := append(make([]byte, 0, 100), prior...)
		out, ok, fault := reader.append(dst, []byte{compression}, raw)
		text, found := bytes.CutPrefix(out, []byte(prior))
		if !found || string(dst) != prior || ok != (len(text) > 0) || !ok && fault == nil {
			t.Fatalf("%q, %v, %v", out, ok, fault)
		}
		again, okAgain, faultAgain := reader.append(nil, []byte{compression}, raw)
		if !bytes.Equal(again, text) || okAgain != ok || (faultAgain == nil) != (fault == nil) {
			t.Errorf("%q, %v, %v\nand then %q, %v, %v", text, ok, fault, again, okAgain, faultAgain)
		}
		if plain, err := reader.decompress([]byte{compression}, raw); err == nil {
			checkMetrics(t, plain, text, fault)
		} else if ok {
			t.Errorf("%s: %s", err, text)
		}
		if len(raw) > 0 {
			checkPushed(t, schema, pushed(t, compression, raw), ok, fault)
		}
	})
}

// checkMetrics holds what is shown of metrics, if anything, against what protobuf
// makes of them.
func checkMetrics(t *testing.T, plain, text []byte, fault error) {
	t.Helper()
	want := new(metrics.MetricsData)
	err := proto.UnmarshalOptions{RecursionLimit: deepestMetrics}.Unmarshal(plain, want)
	readable := err == nil && (len(want.ResourceMetrics) > 0 || len(plain) == 0)
	switch {
	case len(text) == 0:
		if readable && len(plain) < 2*mostMetrics { // a message has two bytes
			t.Errorf("%x is not shown: %v", plain, fault)
		}
		return
	case !readable:
		t.Fatalf("%x is shown, but %v", plain, err)
	case len(text) > 32*len(plain)+64:
		t.Errorf("%d bytes of %d", len(text), len(plain))
	}
	if unknown := dropUnknown(want.ProtoReflect()); unknown > 0 && fault == nil {
		t.Errorf("%x: nothing is told of %d bytes that are unknown", plain, unknown)
	}
	data := bytes.TrimSuffix(bytes.TrimPrefix(text, []byte(`{"type":"MetricsData","data":`)), []byte("}"))
	got := new(metrics.MetricsData)
	if err := protojson.Unmarshal(data, got); err != nil || !proto.Equal(got, want) {
		t.Errorf("%s\nis shown of %v\n%v", text, want, err)
	}
}

// dropUnknown drops the fields of a message that it does not have, and of those
// in it, and returns how many bytes they had.
func dropUnknown(m protoreflect.Message) int {
	n := len(m.GetUnknown())
	m.SetUnknown(nil)
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case field.Message() == nil:
		case field.IsList():
			for i := range v.List().Len() {
				n += dropUnknown(v.List().Get(i).Message())
			}
		default:
			n += dropUnknown(v.Message())
		}
		return true
	})
	return n
}

// checkPushed prints an exchange with metrics in every form.
func checkPushed(t *testing.T, schema *schematest.Schema, e *decode.Exchange, ok bool, fault error) {
	t.Helper()
	line := sameInPieces(t, Options{}, e)
	validate(t, schema, line)
	if strings.Contains(line, `"metrics":{"type":"MetricsData",`) != ok || strings.Contains(line, `"problems":`) != (fault != nil) {
		t.Errorf("%v, %v: %s", ok, fault, line)
	}
	if tree := printed(t, Options{Verbose: true}, e); strings.Contains(tree, "(cannot be read: ") != (fault != nil) {
		t.Errorf("%v, %v: %s", ok, fault, tree)
	}
}

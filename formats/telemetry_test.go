package formats

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/proto"

	"github.com/kdump/kdump/codec"
)

func TestTelemetry(t *testing.T) {
	plain, err := proto.Marshal(&metrics.MetricsData{ResourceMetrics: []*metrics.ResourceMetrics{{ScopeMetrics: []*metrics.ScopeMetrics{{
		Metrics: []*metrics.Metric{{Name: "org.apache.kafka.consumer.poll", Data: &metrics.Metric_Sum{Sum: &metrics.Sum{
			DataPoints: []*metrics.NumberDataPoint{{TimeUnixNano: 7, Value: &metrics.NumberDataPoint_AsInt{AsInt: 5}}}}}}}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	zip := func(b []byte) []byte {
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
	const want = `"metrics":{"type":"MetricsData","data":{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"org.apache.kafka.consumer.poll",` +
		`"sum":{"dataPoints":[{"timeUnixNano":"7","asInt":"5"}]}}]}]}]}}`
	for _, test := range []struct {
		compression byte
		metrics     []byte
		exact       bool
		want        string
		problem     string // "" where there is none
	}{
		{0, plain, false, want, ""},
		{1, zip(plain), false, want, ""},
		{0, plain, true, `"metrics":"CjoSOB`, ""},
		{1, plain, false, `"metrics":"CjoSOB`, "gzip: "}, // not what it says
		{9, plain, false, `"metrics":"CjoSOB`, "there is no compression 9"},
		{0, []byte("\xff"), false, `"metrics":"/w=="`, "it is no MetricsData of OpenTelemetry"},
		{0, nil, false, `"metrics":""`, ""},
		{0, bytes.Repeat([]byte{0x0a, 0}, maxMessage), false, `"metrics":"CgAK`, "2097152 bytes, where a message is read of up to 1048576"},
		{1, zip(bytes.Repeat([]byte{0x0a, 0}, maxMessage)), false, `"metrics":"H4sI`, "it inflates to more than 1048576 bytes, the limit"},
	} {
		e := exchangeOf(t, build(t, "PushTelemetry", codec.Request, 0, map[string][]any{
			"compressionType": {int(test.compression)}, "metrics": {string(test.metrics)}}))
		got := printed(t, Options{Format: NDJSON, Exact: test.exact}, e)
		if !strings.Contains(got, test.want) {
			t.Errorf("compression %d: %s\nlacks %s", test.compression, got, test.want)
		}
		problem := `"problems":[{"side":"request","path":"metrics","offset":`
		if strings.Contains(got, problem) != (test.problem != "") || !strings.Contains(got, test.problem) {
			t.Errorf("compression %d: %s\nwant the problem %q", test.compression, got, test.problem)
		}
		validate(t, strictSchema(t), got)
	}
}

func FuzzTelemetry(f *testing.F) {
	f.Add(byte(0), []byte("\x0a\x02\x12\x00"))
	reader := newTelemetry(0)
	f.Fuzz(func(_ *testing.T, compression byte, raw []byte) {
		_, _ = reader.append(nil, []byte{compression}, raw)
	})
}

package formats

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/proto"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/compress"
)

func TestTelemetry(t *testing.T) {
	plain, err := proto.Marshal(&metrics.MetricsData{ResourceMetrics: []*metrics.ResourceMetrics{{ScopeMetrics: []*metrics.ScopeMetrics{{
		Metrics: []*metrics.Metric{{Name: "org.apache.kafka.consumer.poll", Data: &metrics.Metric_Sum{Sum: &metrics.Sum{
			DataPoints: []*metrics.NumberDataPoint{{TimeUnixNano: 7, Value: &metrics.NumberDataPoint_AsInt{AsInt: 5}}}}}}}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	const want = `"metrics":{"type":"MetricsData","data":{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"org.apache.kafka.consumer.poll",` +
		`"sum":{"dataPoints":[{"timeUnixNano":"7","asInt":"5"}]}}]}]}]}}`
	for _, test := range []struct {
		compression byte
		metrics     []byte
		exact       bool
		want        string
	}{
		{0, plain, false, want},
		{1, zipped.Bytes(), false, want},
		{0, plain, true, `"metrics":"CjoSOB`},
		{1, plain, false, `"metrics":"CjoSOB`}, // not what it says
		{9, plain, false, `"metrics":"CjoSOB`},
		{0, []byte("\xff"), false, `"metrics":"/w=="`},
		{0, nil, false, `"metrics":""`},
		{0, bytes.Repeat([]byte{0x0a, 0}, maxMetrics), false, `"metrics":"CgAK`}, // more than is read
	} {
		e := exchangeOf(t, build(t, "PushTelemetry", codec.Request, 0, map[string][]any{
			"compressionType": {int(test.compression)}, "metrics": {string(test.metrics)}}))
		got := printed(t, Options{Format: NDJSON, Exact: test.exact}, e)
		if !strings.Contains(got, test.want) {
			t.Errorf("compression %d: %s\nlacks %s", test.compression, got, test.want)
		}
		validate(t, strictSchema(t), got)
	}
}

func FuzzTelemetry(f *testing.F) {
	f.Add(byte(0), []byte("\x0a\x02\x12\x00"))
	reader := telemetry{compress.New(1 << 20)}
	f.Fuzz(func(_ *testing.T, compression byte, raw []byte) {
		reader.append(nil, []byte{compression}, raw)
	})
}

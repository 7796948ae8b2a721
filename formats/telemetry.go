package formats

import (
	"bytes"
	"encoding/json"

	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/kdump/kdump/codec/compress"
	"github.com/kdump/kdump/codec/records"
)

// maxMetrics is how many bytes of metrics are read: two of them may make a
// hundred, and of JSON as many. Kafka's own brokers take 1 MiB, compressed, by
// default (telemetry.max.bytes).
const maxMetrics = 1 << 20

// telemetry reads what clients push of their metrics (KIP-714): MetricsData of
// OpenTelemetry v1, compressed.
type telemetry struct{ decompressor *compress.Decompressor }

// read decompresses and reads metrics; ok is false where they cannot be read.
func (t *telemetry) read(compression, raw []byte) (data *metrics.MetricsData, ok bool) {
	if len(compression) != 1 || len(raw) == 0 {
		return nil, false
	}
	const magic = 2 // its LZ4 is that of today's batches
	b, err := t.decompressor.Decompress(records.Compression(compression[0]), magic, raw)
	if err != nil || len(b) > maxMetrics {
		return nil, false
	}
	data = new(metrics.MetricsData)
	if proto.Unmarshal(b, data) != nil {
		return nil, false
	}
	return data, true
}

// append appends metrics in the JSON form of OpenTelemetry's protobuf.
func (t *telemetry) append(dst, compression, raw []byte) ([]byte, bool) {
	data, ok := t.read(compression, raw)
	if !ok {
		return dst, false
	}
	text, err := protojson.Marshal(data)
	if err != nil {
		return dst, false
	}
	out := bytes.NewBuffer(append(dst, `{"type":"MetricsData","data":`...))
	if json.Compact(out, text) != nil { // protojson strews blanks at random
		return dst, false
	}
	return append(out.Bytes(), '}'), true
}

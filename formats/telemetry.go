package formats

import (
	"bytes"
	"encoding/json"
	"errors"

	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/kdump/kdump/codec/compress"
	"github.com/kdump/kdump/codec/records"
)

// telemetry reads what clients push of their metrics (KIP-714): MetricsData of
// OpenTelemetry v1, compressed.
type telemetry struct{ decompressor *compress.Decompressor }

// newTelemetry reads metrics of up to maxInflate bytes, and no more than of
// other messages: two bytes of them may make a hundred, and of JSON as many.
func newTelemetry(maxInflate int) telemetry {
	if maxInflate <= 0 || maxInflate > maxMessage {
		maxInflate = maxMessage
	}
	return telemetry{compress.New(maxInflate)}
}

// read decompresses and reads metrics.
func (t *telemetry) read(compression, raw []byte) (*metrics.MetricsData, error) {
	if len(compression) != 1 {
		return nil, errors.New("how they are compressed is not said")
	}
	const magic = 2 // its LZ4 is that of today's batches
	b, err := t.decompressor.Decompress(records.Compression(compression[0]), magic, raw)
	switch {
	case err != nil:
		return nil, err
	case len(b) > maxMessage:
		return nil, tooLong(len(b))
	}
	data := new(metrics.MetricsData)
	if proto.Unmarshal(b, data) != nil {
		return nil, errors.New("it is no MetricsData of OpenTelemetry")
	}
	return data, nil
}

// append appends metrics in the JSON form of OpenTelemetry's protobuf; it
// leaves dst as it is where they cannot be read.
func (t *telemetry) append(dst, compression, raw []byte) ([]byte, error) {
	data, err := t.read(compression, raw)
	if err != nil {
		return dst, err
	}
	text, err := protojson.Marshal(data)
	if err != nil {
		return dst, errors.New("it has no form in JSON")
	}
	out := bytes.NewBuffer(append(dst, `{"type":"MetricsData","data":`...))
	if err := json.Compact(out, text); err != nil { // protojson strews blanks at random
		return dst, err
	}
	return append(out.Bytes(), '}'), nil
}

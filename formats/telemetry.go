package formats

import (
	"errors"
	"strconv"

	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/kdump/kdump/codec/compress"
	"github.com/kdump/kdump/codec/records"
)

// telemetry reads what clients push of their metrics (KIP-714): MetricsData of
// OpenTelemetry v1, compressed.
type telemetry struct{ decompressor *compress.Decompressor }

// newTelemetry reads metrics of up to maxInflate bytes, and no more than of
// other messages.
func newTelemetry(maxInflate int) telemetry {
	if maxInflate <= 0 || maxInflate > maxMessage {
		maxInflate = maxMessage
	}
	return telemetry{compress.New(maxInflate)}
}

var errNoMetrics = errors.New("it is no MetricsData of OpenTelemetry")

// append appends metrics in the JSON form of OpenTelemetry's protobuf. Where
// they cannot be read it leaves dst as it is, says false and why. It also tells
// of what is not shown of those that can.
func (t *telemetry) append(dst, compression, raw []byte) (out []byte, ok bool, fault error) {
	b, err := t.decompress(compression, raw)
	if err != nil {
		return dst, false, err
	}
	var found survey
	if err := found.metrics(b); err != nil {
		return dst, false, err
	}
	data := new(metrics.MetricsData)
	if proto.Unmarshal(b, data) != nil {
		return dst, false, errNoMetrics
	}
	if out, err = appendMetrics(dst, data); err != nil {
		return dst, false, err
	}
	return out, true, found.fault()
}

func (t *telemetry) decompress(compression, raw []byte) ([]byte, error) {
	if len(compression) != 1 {
		return nil, errors.New("how they are compressed is not said")
	}
	const magic = 2 // its LZ4 is that of today's batches
	b, err := t.decompressor.Decompress(records.Compression(compression[0]), magic, raw)
	if err == nil && len(b) > maxMessage {
		err = tooLong(len(b))
	}
	return b, err
}

func appendMetrics(dst []byte, data *metrics.MetricsData) ([]byte, error) {
	out := append(dst, `{"type":"MetricsData","data":`...)
	start := len(out)
	out, err := protojson.MarshalOptions{}.MarshalAppend(out, data)
	if err != nil {
		return dst, errors.New("it has no form in JSON")
	}
	return append(cutBlanks(out, start), '}'), nil
}

// cutBlanks cuts those out of the JSON from start on that protojson strews into
// it at random.
func cutBlanks(json []byte, start int) []byte {
	out, quoted, escaped := json[:start], false, false
	for _, c := range json[start:] {
		if c == ' ' && !quoted {
			continue
		}
		if c == '"' && !escaped {
			quoted = !quoted
		}
		escaped = c == '\\' && !escaped
		out = append(out, c)
	}
	return out
}

// survey is what a walk over the bytes of metrics finds before they are read.
// That makes an object of each message in them, and of two bytes some hundreds.
type survey struct {
	messages int // that are inside
	unknown  int // fields that their message does not have
	bytes    int // of those fields
}

// mostMetrics is how many messages may be inside metrics. The Java client makes
// some twelve for a metric with its attributes, of 13 bytes and more each: no more
// than 80,000 fit into maxMessage.
const mostMetrics = 100_000

// deepestMetrics is how deep messages may be nested in metrics, which are the
// first level. The values of an exemplar's attributes are the ninth; where they
// are lists and maps, each of these adds two or three. Every line of indented JSON
// begins with as many blanks.
const deepestMetrics = 32

// metrics walks over MetricsData. Its error says why it must not be read.
func (s *survey) metrics(b []byte) error {
	err := s.message(b, (*metrics.MetricsData)(nil).ProtoReflect().Descriptor(), 1)
	if err == nil && s.messages == 0 && s.unknown > 0 {
		return errNoMetrics // other bytes may pass for fields that are unknown
	}
	return err
}

// message walks over a message, and those in it.
func (s *survey) message(b []byte, descriptor protoreflect.MessageDescriptor, depth int) error {
	if depth > deepestMetrics {
		return errors.New("messages are nested more than " + strconv.Itoa(deepestMetrics) + " deep in it, the limit")
	}
	fields := descriptor.Fields()
	for len(b) > 0 {
		number, wire, tag := protowire.ConsumeTag(b)
		if tag < 0 {
			return errNoMetrics
		}
		size := protowire.ConsumeFieldValue(number, wire, b[tag:])
		if size < 0 {
			return errNoMetrics
		}
		field := fields.ByNumber(number)
		if field == nil || !isWritten(field, wire) {
			s.unknown++
			s.bytes += tag + size
		} else if err := s.field(field, b[tag:tag+size], depth); err != nil {
			return err
		}
		b = b[tag+size:]
	}
	return nil
}

// field walks over the message that a field holds, if it holds one.
func (s *survey) field(field protoreflect.FieldDescriptor, value []byte, depth int) error {
	if field.Message() == nil {
		return nil
	}
	if s.messages++; s.messages > mostMetrics {
		return errors.New("there are more than " + strconv.Itoa(mostMetrics) + " messages in it, the limit")
	}
	inner, _ := protowire.ConsumeBytes(value)
	return s.message(inner, field.Message(), depth+1)
}

// isWritten reports whether a field may be written so. Otherwise it is taken for
// one that is unknown, as every reader of protobuf does.
func isWritten(field protoreflect.FieldDescriptor, wire protowire.Type) bool {
	if wire == protowire.BytesType && field.IsList() {
		return true // numbers one after another are
	}
	switch field.Kind() {
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.MessageKind:
		return wire == protowire.BytesType
	case protoreflect.DoubleKind, protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind:
		return wire == protowire.Fixed64Type
	case protoreflect.FloatKind, protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind:
		return wire == protowire.Fixed32Type
	}
	return wire == protowire.VarintType // OTLP has no groups
}

// fault says what is not shown of metrics that were read.
func (s *survey) fault() error {
	if s.unknown == 0 {
		return nil
	}
	text := append(strconv.AppendInt(nil, int64(s.bytes), 10), " bytes in "...)
	text = appendCount(text, int64(s.unknown), "unknown field")
	return errors.New(string(append(text, " are not shown"...)))
}

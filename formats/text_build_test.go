package formats

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
	"github.com/kdump/kdump/decode"
)

// builder makes messages of a layout. What a test does not set is zero, empty,
// or null where that is the default.
type builder struct {
	layout *codec.Layout
	// elements is how many elements arrays have that set does not name.
	elements int
	// nulls makes everything null that may be.
	nulls bool
	// trues makes bools true.
	trues bool
	// fill makes the strings and bytes that set does not name.
	fill func(*codec.Op) string
	// unknown is the data of a tagged field, of a number that no struct knows,
	// in which each flexible struct ends; "" for none.
	unknown string
	// set gives the values of fields by their paths, "topics.name", those of
	// one path in the order of the message.
	set     map[string][]any
	bytes   []byte
	cuts    []codec.Cut
	batches [][]records.Batch
}

// build makes the body of a message.
func build(t testing.TB, api string, d codec.Direction, version int16, set map[string][]any) decode.Message {
	t.Helper()
	layout, err := codec.APIByName(api).Layout(d, version)
	if err != nil {
		t.Fatal(err)
	}
	b := builder{layout: layout, set: set}
	b.structure(&layout.Ops[0], "")
	for path, rest := range b.set {
		if len(rest) > 0 {
			t.Fatalf("%s: %d values of %s are left over", layout, len(rest), path)
		}
	}
	body := codec.Body{Bytes: b.bytes, Cuts: b.cuts}
	return decode.Message{Seen: true, Layout: layout, Body: body, Batches: b.batches, Size: int32(body.Size())}
}

func (b *builder) structure(op *codec.Op, path string) {
	var tagged []*codec.Op
	for i := op.At + 1; i < op.End; i = b.layout.Ops[i].End {
		child := &b.layout.Ops[i]
		if !child.Tagged {
			b.value(child, join(path, child.Name))
		} else if len(b.set[join(path, child.Name)]) > 0 || b.elements > 0 {
			tagged = append(tagged, child)
		}
	}
	if !op.Flexible {
		return
	}
	tags := len(tagged) + min(len(b.unknown), 1)
	b.bytes = binary.AppendUvarint(b.bytes, uint64(tags))
	for _, child := range tagged {
		inner := *b
		inner.bytes, inner.cuts, inner.batches = nil, nil, nil
		inner.value(child, join(path, child.Name))
		b.bytes = binary.AppendUvarint(b.bytes, uint64(child.Tag))
		b.bytes = binary.AppendUvarint(b.bytes, uint64(len(inner.bytes)))
		b.bytes = append(b.bytes, inner.bytes...)
	}
	if b.unknown != "" {
		b.bytes = append(binary.AppendUvarint(b.bytes, 999), byte(len(b.unknown)))
		b.bytes = append(b.bytes, b.unknown...)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// next takes the next value that the test has set for a path.
func (b *builder) next(path string) (any, bool) {
	values := b.set[path]
	if len(values) == 0 {
		return nil, false
	}
	b.set[path] = values[1:]
	return values[0], true
}

func (b *builder) value(op *codec.Op, path string) {
	v, found := b.next(path)
	if found && v == nil || !found && op.Nullable && (b.nulls || op.Default == "null" && b.elements == 0) {
		b.null(op)
		return
	}
	switch op.Kind {
	case codec.Struct:
		if op.Nullable {
			b.bytes = append(b.bytes, 1)
		}
		b.structure(op, path)
	case codec.Array:
		n := b.elements
		if found {
			n = v.(int)
		}
		b.length(op, n)
		for range n {
			b.value(&b.layout.Ops[op.At+1], path+"[]")
		}
	case codec.Records:
		batches, _ := v.([]records.Batch)
		b.records(op, batches)
	case codec.String, codec.Bytes:
		s, _ := v.(string)
		if !found && b.fill != nil {
			s = b.fill(op)
		}
		b.length(op, len(s))
		b.bytes = append(b.bytes, s...)
	default:
		if op.Kind == codec.Bool && !found {
			v = b.trues
		}
		b.fixed(op, v)
	}
}

// records leaves the bytes of the batches out, as decode does.
func (b *builder) records(op *codec.Op, batches []records.Batch) {
	size := 0
	for i := range batches {
		size += batches[i].Size
	}
	b.length(op, size)
	if size > 0 {
		b.cuts = append(b.cuts, codec.Cut{At: len(b.bytes), Size: size})
		b.batches = append(b.batches, batches)
	}
}

func (b *builder) fixed(op *codec.Op, v any) {
	wide := make([]byte, 16)
	switch v := v.(type) {
	case int:
		binary.BigEndian.PutUint64(wide[8:], uint64(v))
	case bool:
		if v {
			wide[15] = 1
		}
	case [16]byte:
		copy(wide, v[:])
	}
	b.bytes = append(b.bytes, wide[16-op.Width:]...)
}

func (b *builder) null(op *codec.Op) {
	switch {
	case op.Kind == codec.Struct && op.Tagged:
		b.bytes = append(b.bytes, 0)
	case op.Kind == codec.Struct:
		b.bytes = append(b.bytes, 0xff)
	default:
		b.length(op, -1)
	}
}

func (b *builder) length(op *codec.Op, n int) {
	switch {
	case op.Compact:
		b.bytes = binary.AppendUvarint(b.bytes, uint64(n+1))
	case op.Kind == codec.String:
		b.bytes = binary.BigEndian.AppendUint16(b.bytes, uint16(n))
	default:
		b.bytes = binary.BigEndian.AppendUint32(b.bytes, uint32(n))
	}
}

// atTime is 2026-11-22 13:53:01.000542 UTC.
const atTime = 1795355581000542000

func aConnection() *decode.Connection {
	return &decode.Connection{Number: 3, Client: netip.MustParseAddrPort("10.0.0.7:53422"), Server: netip.MustParseAddrPort("10.0.0.2:9092")}
}

// anExchange puts a request and its response together, 0.423 ms apart.
func anExchange(request, response decode.Message) *decode.Exchange {
	request.RequestHeader = codec.RequestHeader{APIKey: request.Layout.Key, APIVersion: request.Layout.Version,
		CorrelationID: 7, ClientID: []byte("billing-1"), Version: 1, Size: 19}
	request.First, request.Last = atTime, atTime
	response.First, response.Last = atTime+400_000, atTime+423_000
	return &decode.Exchange{Connection: aConnection(), Request: request, Response: response}
}

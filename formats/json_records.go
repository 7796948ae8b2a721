package formats

import (
	"encoding/binary"
	"errors"
	"strconv"
	"unicode/utf8"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
)

// recordPrinter appends the records of batches as JSON.
type recordPrinter struct {
	printer  *jsonPrinter
	reader   records.Reader
	payloads *payloads
	keysOnly bool
	record   records.Record
	piece    []byte
}

func newRecordPrinter(p *jsonPrinter, d records.Decompressor) recordPrinter {
	return recordPrinter{printer: p, reader: records.Reader{Decompressor: d}, payloads: &p.values.payloads,
		keysOnly: p.opt.Records == Keys}
}

// appendBatches appends the batches of a records field, with their records where
// their bytes are at hand. topic is the internal one that they are of, nil for
// others.
func (p *recordPrinter) appendBatches(dst []byte, r *batchReader, topic *codec.InternalTopic) []byte {
	dst = append(dst, '[')
	// Where nobody reads the output, to inflate more is much work for nothing.
	for first := true; p.printer.out.err == nil && r.next(); first = false {
		if !first {
			dst = append(dst, ',')
		}
		b := r.batch
		if b.Err != "" || b.Partial || r.raw == nil {
			dst = appendBatch(dst, b, r.earlier)
			continue
		}
		err := p.reader.Open(r.raw, b) // it tells more of the header
		dst = appendBatch(dst, b, r.earlier)
		dst = p.printer.spill(p.appendRecords(dst[:len(dst)-1], b, err, topic))
	}
	return append(dst, ']')
}

// appendRecords appends the records of a batch, which could be opened or not, to
// its object, and ends that.
func (p *recordPrinter) appendRecords(dst []byte, b *records.Batch, err error, topic *codec.InternalTopic) []byte {
	dst = append(dst, `,"records":[`...)
	for first := true; err == nil && p.printer.out.err == nil && p.reader.Next(&p.record); first = false {
		if !first {
			dst = append(dst, ',')
		}
		dst = p.printer.spill(p.appendRecord(dst, b, topic))
	}
	dst = append(dst, ']')
	if err == nil {
		err = p.reader.Err()
	}
	if err != nil {
		dst = append(dst, `,"error":`...)
		dst = codec.AppendJSONString(dst, err.Error())
	}
	return append(dst, '}')
}

func (p *recordPrinter) appendRecord(dst []byte, b *records.Batch, topic *codec.InternalTopic) []byte {
	r := &p.record
	dst = append(dst, `{"offset":`...)
	dst = codec.AppendJSONInt(dst, r.Offset)
	if b.Magic > 0 {
		dst = codec.AppendJSONInt(append(dst, `,"timestamp":`...), r.Timestamp)
	}
	if r.Damaged {
		dst = appendBool(dst, "isvalid", false)
	}
	switch {
	case b.Control():
		dst = p.payloads.appendControl(append(dst, `,"control":`...), r)
	case topic != nil:
		dst = p.appendInternal(dst, r, topic)
	default:
		dst = p.appendContent(dst, keyMember, r.Key)
		dst = appendSchemaID(dst, "keySchemaId", r.Key)
		if !p.keysOnly {
			dst = p.appendContent(dst, valueMember, r.Value)
			dst = appendSchemaID(dst, "valueSchemaId", r.Value)
		}
	}
	if b.Magic > 1 {
		dst = p.appendHeaders(append(dst, `,"headers":`...), r.Headers)
	}
	return append(dst, '}')
}

// member is what a member begins with whose value is text, or other bytes.
type member struct{ text, base64 string }

var (
	keyMember       = member{`,"key":`, `,"keyBase64":`}
	valueMember     = member{`,"value":`, `,"valueBase64":`}
	headerKeyMember = member{`{"key":`, `{"keyBase64":`}
)

// appendContent appends a member whose value is text, or null, or, where the
// bytes are no UTF-8, base64 under a name that says so.
func (p *recordPrinter) appendContent(dst []byte, m member, b []byte) []byte {
	switch {
	case b == nil:
		return append(append(dst, m.text...), "null"...)
	case len(b) > pieceSize:
		return p.appendLong(dst, m, b)
	case utf8.Valid(b):
		return codec.AppendJSONText(append(dst, m.text...), b)
	}
	return codec.AppendJSONBytes(append(dst, m.base64...), b)
}

// appendLong appends a member whose value is long, in pieces that are written
// out as they come.
func (p *recordPrinter) appendLong(dst []byte, m member, b []byte) []byte {
	const piece = pieceSize / 3 * 3 // whole groups of base64
	name, appendPiece := m.text, codec.AppendJSONText
	if !utf8.Valid(b) {
		name, appendPiece = m.base64, codec.AppendJSONBytes
	}
	dst = append(dst, name...)
	dst = append(dst, '"')
	for len(b) > 0 && p.printer.out.err == nil {
		n := min(piece, len(b)) // text too may be cut anywhere
		p.piece = appendPiece(p.piece[:0], b[:n])
		dst = p.printer.spill(append(dst, p.piece[1:len(p.piece)-1]...))
		b = b[n:]
	}
	return append(dst, '"')
}

func (p *recordPrinter) appendHeaders(dst []byte, headers records.Headers) []byte {
	dst = append(dst, '[')
	for first := true; ; first = false {
		h, ok := headers.Next()
		if !ok || p.printer.out.err != nil {
			return append(dst, ']')
		}
		if !first {
			dst = append(dst, ',')
		}
		dst = p.appendContent(dst, headerKeyMember, h.Key)
		dst = p.printer.spill(append(p.appendContent(dst, valueMember, h.Value), '}'))
	}
}

// appendSchemaID appends the id of the schema that bytes say they are written
// by, where they say one.
func appendSchemaID(dst []byte, name string, b []byte) []byte {
	id, ok := schemaID(b)
	if !ok {
		return dst
	}
	return appendMember(dst, name, int64(id))
}

// schemaID returns the id of the schema in a schema registry that bytes say
// they are written by: a zero, the id, then the data. Eight bytes are left out,
// since they are more often a number; so are bytes that hold no data.
func schemaID(b []byte) (id int32, ok bool) {
	if len(b) <= 5 || len(b) == 8 || b[0] != 0 {
		return 0, false
	}
	id = int32(binary.BigEndian.Uint32(b[1:]))
	return id, id > 0
}

// appendInternal appends key and value of a record of an internal topic, as
// objects where they can be read.
func (p *recordPrinter) appendInternal(dst []byte, r *records.Record, topic *codec.InternalTopic) []byte {
	before := p.payloads.fault
	if message, ok := p.payloads.readKey(topic, r.Key); ok {
		dst = p.payloads.appendMessage(append(dst, `,"key":`...), message)
	} else {
		dst = p.appendContent(dst, keyMember, r.Key)
	}
	if !p.keysOnly {
		dst = p.appendInternalValue(dst, r, topic)
	}
	if fault := p.payloads.fault; fault != nil && before == nil {
		p.payloads.fault = errors.New("record " + strconv.FormatInt(r.Offset, 10) + ": " + fault.Error())
	}
	return dst
}

func (p *recordPrinter) appendInternalValue(dst []byte, r *records.Record, topic *codec.InternalTopic) []byte {
	if message, ok := p.payloads.readValue(topic, r.Key, r.Value); ok {
		return p.payloads.appendMessage(append(dst, `,"value":`...), message)
	}
	if p.payloads.mayHide(topic, r.Key, r.Value) {
		return codec.AppendJSONString(append(dst, `,"value":`...), withheld)
	}
	return p.appendContent(dst, valueMember, r.Value)
}

package formats

import (
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/compress"
	"github.com/kdump/kdump/codec/records"
)

// contents appends, for trees, what is inside bytes: the records of batches, a
// line each, and messages as JSON on one line.
type contents struct {
	wanted    Records
	reader    records.Reader
	payloads  payloads
	telemetry telemetry
	topic     topicScope
	record    records.Record
	json      []byte
}

func newContents(opt Options) contents {
	return contents{wanted: opt.Records, reader: records.Reader{Decompressor: compress.New(opt.MaxInflate)},
		telemetry: newTelemetry(opt.MaxInflate), payloads: payloads{showSecrets: opt.ShowSecrets}}
}

// begin says that a message is going to be visited.
func (c *contents) begin() { c.topic, c.payloads.protocol = topicScope{}, codec.Protocol{} }

// note takes what a field tells of the fields behind it.
func (c *contents) note(w *codec.Walker, op *codec.Op, raw []byte) {
	switch op.Is {
	case codec.TopicName, codec.TopicID:
		c.topic.note(w, op, raw)
	case codec.ProtocolType, codec.ProtocolName:
		c.payloads.protocol.Note(op.Is, raw)
	}
}

// payload appends the message that bytes hold; ok is false where they hold
// none that can be read.
func (c *contents) payload(dst []byte, w *codec.Walker, op *codec.Op, raw []byte) (text []byte, ok bool) {
	if op.Is == codec.Telemetry && len(raw) > 0 {
		c.json, ok, c.payloads.fault = c.telemetry.append(c.json[:0], w.Sibling(op), raw)
	} else {
		c.json, ok = c.payloads.appendField(c.json[:0], op.Is, raw)
	}
	if !ok {
		return dst, false
	}
	return appendShown(dst, c.json), true
}

// fault appends, behind bytes that should hold a message, or behind one in which
// there are such, why they do not, or what of it is not shown.
func (t *tree) fault() {
	fault := t.inside.payloads.fault
	if fault == nil {
		return
	}
	t.inside.payloads.fault = nil
	t.dst = append(append(t.dst, ' '), t.palette.bad.on...)
	t.dst = appendHarmless(append(t.dst, "(cannot be read: "...), fault.Error())
	t.dst = append(append(t.dst, ')'), t.palette.bad.off...)
}

// longestShown is how many bytes of a key, a value or a message stand on a
// line.
const longestShown = 1000

// appendShown appends JSON, or its beginning, harmless to a terminal.
func appendShown(dst, json []byte) []byte {
	for cut := cutText(json, longestShown); len(cut) > 0; {
		r, size := utf8.DecodeRune(cut)
		if unicode.IsPrint(r) {
			dst = append(dst, cut[:size]...)
		} else {
			dst = append(strconv.AppendInt(append(dst, `\u{`...), int64(r), 16), '}')
		}
		cut = cut[size:]
	}
	if len(json) > longestShown {
		dst = append(dst, "..."...)
	}
	return dst
}

// recordsField appends a line for each batch of a field and, where they are asked
// for and at hand, for each record.
func (t *tree) recordsField(w *codec.Walker, op *codec.Op, raw []byte) {
	t.batches.start(t.message, w, op, raw)
	if t.batches.size == 0 || t.batches.none() {
		t.dst = append(t.dst, ' ')
		t.dst = append(appendBytes(t.dst, int64(t.batches.size)), '\n')
		return
	}
	t.dst = append(t.dst, '\n')
	var topic *codec.InternalTopic
	if t.inside.wanted != Batches {
		topic = t.inside.topic.internal(op, t.names)
	}
	// Where nobody reads the output, to inflate more is much work for nothing.
	for t.out.err == nil && t.batches.next() {
		b := t.batches.batch
		if t.inside.wanted == Batches || b.Err != "" || b.Partial || t.batches.raw == nil {
			t.batchLine(b, t.batches.earlier)
			continue
		}
		err := t.inside.reader.Open(t.batches.raw, b) // it tells more of the header
		t.batchLine(b, t.batches.earlier)
		t.recordLines(b, topic, err)
	}
}

func (t *tree) recordLines(b *records.Batch, topic *codec.InternalTopic, err error) {
	c := &t.inside
	for err == nil && t.out.err == nil && c.reader.Next(&c.record) {
		t.spaces(t.indent + 2*levelIndent)
		t.recordLine(b, topic)
		t.dst = t.out.spill(append(t.dst, '\n'))
	}
	if err == nil {
		err = c.reader.Err()
	}
	if err != nil {
		t.spaces(t.indent + 2*levelIndent)
		t.dst = append(t.dst, t.palette.bad.on...)
		t.dst = appendHarmless(append(t.dst, "cannot be read: "...), err.Error())
		t.end(t.palette.bad)
	}
}

// recordLine appends a record: 17 @1763819581000 "key": "value" {"header": "value"},
// with "wrong CRC" in front of the key where it is damaged.
func (t *tree) recordLine(b *records.Batch, topic *codec.InternalTopic) {
	c := &t.inside
	r := &c.record
	t.dst = strconv.AppendInt(t.dst, r.Offset, 10)
	if b.Magic > 0 {
		t.dst = strconv.AppendInt(append(t.dst, " @"...), r.Timestamp, 10)
	}
	t.dst = append(t.dst, ' ')
	if r.Damaged {
		t.dst = append(t.palette.bad.paint(t.dst, "wrong CRC"), ' ')
	}
	if b.Control() {
		c.json = c.payloads.appendControl(c.json[:0], r)
		t.dst = appendShown(t.dst, c.json)
		return
	}
	if message, ok := c.payloads.readKey(topic, r.Key); ok {
		t.payload(message)
	} else {
		t.content(r.Key, longestShown)
	}
	t.fault()
	if c.wanted == Full {
		t.dst = append(t.dst, ": "...)
		t.recordValue(topic, r)
	}
	t.headers(r.Headers)
}

func (t *tree) recordValue(topic *codec.InternalTopic, r *records.Record) {
	c := &t.inside
	message, ok := c.payloads.readValue(topic, r.Key, r.Value)
	switch {
	case ok:
		t.payload(message)
	case c.payloads.mayHide(topic, r.Key, r.Value):
		t.dst = t.palette.note.paint(t.dst, withheld)
	default:
		t.content(r.Value, longestShown)
	}
	t.fault()
}

func (t *tree) payload(m codec.Payload) {
	c := &t.inside
	c.json = c.payloads.appendMessage(c.json[:0], m)
	t.dst = appendShown(t.dst, c.json)
}

// content appends a key or a value, as much of it as longest says: as text where
// it is UTF-8, else in hex; of one that names its schema in a schema registry
// with the schema's id.
func (t *tree) content(b []byte, longest int) {
	if id, ok := schemaID(b); ok {
		t.dst = strconv.AppendInt(append(t.dst, "schema "...), int64(id), 10)
		t.dst = append(t.dst, ' ')
	}
	switch {
	case b == nil:
		t.dst = append(t.dst, "null"...)
	case utf8.Valid(b):
		t.dst = appendQuoted(t.dst, cutText(b, longest))
		if len(b) > longest {
			t.dst = append(t.dst, "..."...)
		}
	default:
		t.bytes(b)
	}
}

// cutText cuts a text that is longer than longest at the end of a character.
func cutText(b []byte, longest int) []byte {
	if len(b) <= longest {
		return b
	}
	n := longest
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return b[:n]
}

// mostHeaders is how many headers of a record stand on its line, longestHeader
// how many bytes of the key and of the value of each.
const (
	mostHeaders   = 20
	longestHeader = 100
)

func (t *tree) headers(headers records.Headers) {
	if headers.Count() == 0 {
		return
	}
	t.dst = append(t.dst, " {"...)
	for i := 0; ; i++ {
		if more := headers.Count(); i == mostHeaders && more > 0 {
			t.dst = strconv.AppendInt(append(t.dst, ", +"...), int64(more), 10)
			t.dst = append(t.dst, " more"...)
			break
		}
		h, ok := headers.Next()
		if !ok {
			break
		}
		if i > 0 {
			t.dst = append(t.dst, ", "...)
		}
		t.content(h.Key, longestHeader)
		t.dst = append(t.dst, ": "...)
		t.content(h.Value, longestHeader)
	}
	t.dst = append(t.dst, '}')
}

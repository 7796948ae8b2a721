package formats

import (
	"encoding/base64"
	"net/netip"
	"strconv"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
	"github.com/kdump/kdump/decode"
)

// tree prints whole messages, one field a line (but for elements of a few
// numbers), in Kafka's names and in the order of Kafka's definitions:
//
//	request v13, correlation 7, 9.2 KiB
//	  acks: -1
//	  topicData:
//	    - topicId: AAAAAAAAAAAAAAAAAAAAKg (orders)
//	      partitionData:
//	        - index: 2
//	          records:
//	            - offsets 0-9, 10 records, 1.2 KiB, zstd
type tree struct {
	out         *output
	palette     *palette
	showSecrets bool
	walker      codec.Walker
	batches     batchReader
	inside      contents

	dst     []byte
	names   *decode.Names
	message *decode.Message
	indent  int
	dash    bool // the next line is the first one of an element
	inline  bool // an array without structs is being printed, on one line
	flat    bool // likewise an element with a few numbers
	first   bool // and the next value is the first one

	odd      oddities // of the message
	oddLines []byte   // about them
}

// mostFlat is how many numbers of an element stand on one line.
const mostFlat = 4

const (
	titleIndent = 2
	fieldIndent = 4
	levelIndent = 2
)

// exchange appends the trees of an exchange.
func (t *tree) exchange(dst []byte, e *decode.Exchange) []byte {
	t.dst = dst
	t.names = e.Names
	if e.Kind == decode.RawSasl {
		t.rawSasl(e)
		return t.dst
	}
	t.sides(e, nil)
	if e.Forwarded != nil {
		t.sides(e.Forwarded, e)
	}
	return t.dst
}

// sides appends the messages of an exchange, be it one inside an Envelope.
func (t *tree) sides(e, envelope *decode.Exchange) {
	prefix := ""
	if envelope != nil {
		prefix = "forwarded "
	}
	if e.Request.Seen {
		t.title(prefix + "request")
		t.header(e, envelope)
		t.body(e, &e.Request, codec.Request)
	}
	if e.Response.Seen && e.Kind != decode.ResponseOnly {
		t.title(prefix + "response")
		t.body(e, &e.Response, codec.Response)
	}
}

// header appends what a request's header says, and who sent it, as far as
// that is known.
func (t *tree) header(e, envelope *decode.Exchange) {
	t.dst = strconv.AppendInt(append(t.dst, " v"...), int64(e.Header().APIVersion), 10)
	t.dst = strconv.AppendInt(append(t.dst, ", correlation "...), int64(e.Header().CorrelationID), 10)
	if envelope == nil {
		t.peer(e.Connection)
	} else {
		t.forwardedFor(envelope)
	}
	if e.Request.First != 0 {
		t.dst = appendDate(append(t.dst, ", "...), e.Request.First)
	}
}

// peer appends what is known of a connection's client.
func (t *tree) peer(c *decode.Connection) {
	if c.SoftwareName != "" {
		t.dst = appendName(append(t.dst, ", "...), c.SoftwareName)
		t.dst = appendName(append(t.dst, ' '), c.SoftwareVersion)
	}
	if c.Principal != "" {
		t.dst = appendName(append(t.dst, ", "...), c.Principal)
	}
}

// forwardedFor appends who sent what an Envelope holds: its connection is that
// of the broker which passes it on.
func (t *tree) forwardedFor(envelope *decode.Exchange) {
	if id := envelope.Forwarded.Header().ClientID; len(id) > 0 {
		t.dst = appendName(append(t.dst, ", "...), id)
	}
	if principal, client := envelope.ForwardedFor(); principal != "" || client.IsValid() {
		t.dst = appendPeer(append(t.dst, ", "...), principal, client)
	}
}

// title begins the line above a message.
func (t *tree) title(name string) {
	t.spaces(titleIndent)
	t.dst = t.palette.api.paint(t.dst, name)
}

// body ends the line above a message and appends its fields.
func (t *tree) body(e *decode.Exchange, m *decode.Message, d codec.Direction) {
	if m.Size > 0 {
		t.dst = appendBytes(append(t.dst, ", "...), int64(m.Size))
	}
	t.dst = append(t.dst, '\n')
	t.begin(m)
	if m.Layout == nil {
		t.note(m.Problem)
		return
	}
	err := t.walker.Walk(m.Layout, m.Body, t)
	switch {
	case t.inline:
		t.dst = append(t.dst, "]\n"...)
	case t.flat && !t.first:
		t.dst = append(t.dst, '\n')
	}
	t.dst = append(t.dst, t.oddLines...)
	if err != nil || m.Problem != nil {
		t.indent, t.dash = fieldIndent, false
		if m.Problem != nil {
			err = m.Problem
		}
		t.note(err)
	} else if rest := len(t.walker.Rest()); rest > 0 {
		t.line()
		t.dst = append(t.dst, t.palette.bad.on...)
		t.dst = append(appendBytes(t.dst, int64(rest)), " left over"...)
		t.end(t.palette.bad)
	}
	if unread := t.walker.Rest(); len(unread) > 0 && (t.showSecrets || !hidesUnread(e, m, d)) {
		t.line()
		t.dst = append(t.dst, t.palette.dim.on...)
		t.dst = appendHex(append(t.dst, "not read: "...), firstOf(unread))
		t.end(t.palette.dim)
	}
}

// begin says that the fields of a message come next.
func (t *tree) begin(m *decode.Message) {
	t.message = m
	t.indent, t.dash, t.inline, t.flat = fieldIndent, false, false, false
	t.odd, t.oddLines = 0, t.oddLines[:0]
	t.inside.begin()
}

// note appends a line with what went wrong.
func (t *tree) note(err error) {
	if err == nil {
		return
	}
	t.line()
	t.dst = append(t.dst, t.palette.bad.on...)
	t.dst = appendProblem(append(t.dst, "cannot be read"...), err)
	t.end(t.palette.bad)
}

// rawSasl appends tokens that came without a Kafka header.
func (t *tree) rawSasl(e *decode.Exchange) {
	for _, m := range []*decode.Message{&e.Request, &e.Response} {
		if !m.Seen {
			continue
		}
		if m == &e.Request {
			t.title("request")
		} else {
			t.title("response")
		}
		t.dst = append(t.dst, ", "...)
		t.dst = append(appendBytes(t.dst, int64(m.Size)), '\n')
		t.indent, t.dash = fieldIndent, false
		t.line()
		t.dst = append(t.dst, "authBytes: "...)
		if t.showSecrets || len(m.Body.Bytes) == 0 {
			t.bytes(m.Body.Bytes)
		} else {
			t.dst = t.palette.note.paint(t.dst, withheld)
		}
		t.dst = append(t.dst, '\n')
	}
}

// Enter implements [codec.Visitor].
func (t *tree) Enter(_ *codec.Walker, op *codec.Op, n int) bool {
	if op.At == 0 {
		return true
	}
	if op.Kind == codec.Array {
		return t.enterArray(op, n)
	}
	if op.Name == "" {
		t.dash = true
		t.flat = t.isFlat(op)
		t.first = true
	} else {
		t.field(op.Name)
		t.dst = append(t.dst, '\n')
	}
	t.indent += levelIndent
	return true
}

// isFlat reports whether an element is a few numbers and nothing else.
func (t *tree) isFlat(op *codec.Op) bool {
	n := 0
	for i := op.At + 1; i < op.End; i++ {
		child := &t.message.Layout.Ops[i]
		if n++; n > mostFlat || child.Width == 0 || child.Kind == codec.UUID {
			return false
		}
	}
	return true
}

func (t *tree) enterArray(op *codec.Op, n int) bool {
	t.dst = t.out.spill(t.dst)
	t.field(op.Name)
	if n == 0 {
		t.dst = append(t.dst, " []\n"...)
		return false
	}
	if t.message.Layout.Ops[op.At+1].Kind != codec.Struct {
		t.dst = append(t.dst, " ["...)
		t.inline, t.first = true, true
		return true
	}
	t.dst = append(t.dst, '\n')
	t.indent += levelIndent
	return true
}

// Leave implements [codec.Visitor].
func (t *tree) Leave(_ *codec.Walker, op *codec.Op) {
	if op.At == 0 {
		return
	}
	if t.inline {
		t.inline = false
		t.dst = append(t.dst, "]\n"...)
		return
	}
	switch {
	case t.dash:
		t.line()
		t.dst = append(t.dst, "{}\n"...)
	case t.flat:
		t.dst = append(t.dst, '\n')
	}
	t.flat = false
	t.indent -= levelIndent
}

// Value implements [codec.Visitor].
func (t *tree) Value(w *codec.Walker, op *codec.Op, raw []byte) {
	t.dst = t.out.spill(t.dst)
	t.inside.note(w, op, raw)
	if t.inline {
		if !t.first {
			t.dst = append(t.dst, ", "...)
		}
		t.first = false
		t.value(w, op, raw)
		return
	}
	t.field(op.Name)
	if op.Kind == codec.Records && raw != nil {
		t.recordsField(w, op, raw)
		return
	}
	t.dst = append(t.dst, ' ')
	t.value(w, op, raw)
	t.endField()
}

// Tag implements [codec.Visitor].
func (t *tree) Tag(w *codec.Walker, tag uint32, raw []byte) {
	t.dst = t.out.spill(t.dst)
	t.startField()
	t.dst = append(t.dst, "unknown tag "...)
	t.dst = strconv.AppendUint(t.dst, uint64(tag), 10)
	t.dst = append(t.dst, ": "...)
	if !t.showSecrets && mayHide(w.Layout()) {
		t.dst = t.palette.note.paint(t.dst, withheld)
	} else {
		t.bytes(raw)
	}
	t.endField()
}

// startField begins a line, or goes on with that of a flat element.
func (t *tree) startField() {
	if t.flat && !t.first {
		t.dst = append(t.dst, gutter...)
	} else {
		t.line()
	}
	t.first = false
}

// endField ends a line, but for that of a flat element.
func (t *tree) endField() {
	if !t.flat {
		t.dst = append(t.dst, '\n')
	}
}

// line begins a line, with the dash of an element where it is its first one.
func (t *tree) line() {
	if !t.dash {
		t.spaces(t.indent)
		return
	}
	t.dash = false
	t.spaces(t.indent - levelIndent)
	t.dst = append(t.dst, "- "...)
}

func (t *tree) spaces(n int) {
	for range n {
		t.dst = append(t.dst, ' ')
	}
}

// end ends a line in a colour.
func (t *tree) end(s shade) {
	t.dst = append(t.dst, s.off...)
	t.dst = append(t.dst, '\n')
}

// field appends a field's name; a null element of an array has none.
func (t *tree) field(name string) {
	t.startField()
	if name == "" {
		return
	}
	t.dst = t.palette.dim.paint(t.dst, name)
	t.dst = append(t.dst, ':')
}

// value appends a value that is no array and no struct, or null.
func (t *tree) value(w *codec.Walker, op *codec.Op, raw []byte) {
	switch {
	case raw == nil:
		t.dst = append(t.dst, "null"...)
	case !t.showSecrets && hides(w, op, raw):
		t.dst = t.palette.note.paint(t.dst, withheld)
	case op.Is == codec.EnvelopeRequest, op.Is == codec.EnvelopeResponse:
		// What is inside is shown as the forwarded message, where its secrets
		// can be told apart.
		t.dst = appendBytes(t.dst, int64(len(raw)))
	case op.Is == codec.ErrorCode:
		t.errorCode(int16(op.Int(raw)))
	default:
		t.plain(w, op, raw)
	}
}

func (t *tree) plain(w *codec.Walker, op *codec.Op, raw []byte) {
	colour := t.palette.of(op.Is)
	t.dst = append(t.dst, colour.on...)
	switch op.Kind {
	case codec.String:
		t.dst = appendQuoted(t.dst, raw)
	case codec.Bytes:
		if client, ok := netip.AddrFromSlice(raw); ok && op.Is == codec.Address {
			t.dst = client.AppendTo(t.dst)
			break
		}
		var ok bool
		if t.dst, ok = t.inside.payload(t.dst, w, op, raw); !ok {
			t.bytes(raw)
		}
		t.fault()
	case codec.UUID:
		t.dst = base64.RawURLEncoding.AppendEncode(t.dst, raw)
		if name := t.names.Topic(raw); name != "" && op.Is == codec.TopicID {
			t.dst = appendName(append(t.dst, " ("...), name)
			t.dst = append(t.dst, ')')
		}
	case codec.Float64:
		t.dst = appendFloat(t.dst, op.Float(raw))
	case codec.Bool:
		t.dst = strconv.AppendBool(t.dst, raw[0] != 0)
	default:
		t.dst = strconv.AppendInt(t.dst, op.Int(raw), 10)
		if api := codec.APIByKey(int16(op.Int(raw))); op.Name == "apiKey" && api != nil {
			t.dst = append(append(t.dst, ' '), api.Name...)
		}
	}
	t.dst = append(t.dst, colour.off...)
}

func (t *tree) errorCode(code int16) {
	if code == 0 {
		t.dst = append(t.dst, '0')
		return
	}
	t.dst = append(t.dst, t.palette.bad.on...)
	t.dst = strconv.AppendInt(t.dst, int64(code), 10)
	t.dst = appendErrorName(append(t.dst, ' '), code)
	t.dst = append(t.dst, t.palette.bad.off...)
}

// bytes appends how many bytes there are, and the first ones in hex.
func (t *tree) bytes(raw []byte) {
	const shown = 32
	t.dst = appendBytes(t.dst, int64(len(raw)))
	if len(raw) == 0 {
		return
	}
	t.dst = appendHex(append(t.dst, ' '), raw[:min(shown, len(raw))])
	if len(raw) > shown {
		t.dst = append(t.dst, "..."...)
	}
}

// batchLine appends the line of a batch of which earlier bytes came in earlier
// parts of a stream.
func (t *tree) batchLine(b *records.Batch, earlier int) {
	t.spaces(t.indent + levelIndent)
	t.dst = append(t.dst, "- "...)
	t.batch(b)
	if earlier > 0 {
		t.dst = appendBytes(append(t.dst, ", "...), int64(earlier))
		t.dst = append(t.dst, " of it in earlier parts"...)
	}
	t.dst = t.out.spill(append(t.dst, '\n'))
}

func (t *tree) batch(b *records.Batch) {
	switch {
	case b.Err != "":
		t.dst = append(t.dst, t.palette.bad.on...)
		t.dst = appendBytes(t.dst, int64(b.Available))
		t.dst = appendHarmless(append(t.dst, " that are no batch: "...), b.Err)
		t.dst = append(t.dst, t.palette.bad.off...)
		return
	case b.Partial:
		t.dst = appendBytes(append(t.dst, "partial batch, "...), int64(b.Available))
		if b.Size > 0 {
			t.dst = appendBytes(append(t.dst, " of "...), int64(b.Size))
		}
		if !b.Header {
			return
		}
		t.dst = append(t.dst, ", "...)
	}
	t.span("offsets ", b.BaseOffset, b.LastOffset)
	t.contents(b)
	if b.Magic >= 2 {
		t.producer(b)
	}
	if !b.Partial && !b.Valid {
		t.dst = append(t.dst, ", "...)
		t.dst = t.palette.bad.paint(t.dst, "wrong CRC")
	}
}

// contents appends what is in a batch, and how.
func (t *tree) contents(b *records.Batch) {
	if b.Magic >= 2 || b.Count >= 0 {
		t.dst = appendCount(append(t.dst, ", "...), int64(b.Count), "record")
	}
	t.dst = appendBytes(append(t.dst, ", "...), int64(b.Size))
	if c := b.Compression(); c != records.None {
		t.dst = appendCompression(append(t.dst, ", "...), c)
	}
	if b.Magic > 0 {
		t.dst = append(append(t.dst, ", "...), b.TimestampType()...)
		t.dst = strconv.AppendInt(append(t.dst, ' '), b.MaxTimestamp, 10)
	}
	if b.Magic < 2 {
		t.dst = strconv.AppendInt(append(t.dst, ", magic "...), int64(b.Magic), 10)
	}
}

// producer appends who wrote a batch, and whether in a transaction.
func (t *tree) producer(b *records.Batch) {
	if b.ProducerID >= 0 {
		t.dst = strconv.AppendInt(append(t.dst, ", producer "...), b.ProducerID, 10)
		t.dst = strconv.AppendInt(append(t.dst, " epoch "...), int64(b.ProducerEpoch), 10)
		t.span(" sequence ", int64(b.BaseSequence), int64(b.LastSequence))
	}
	if b.PartitionLeaderEpoch >= 0 {
		t.dst = strconv.AppendInt(append(t.dst, ", leader epoch "...), int64(b.PartitionLeaderEpoch), 10)
	}
	if b.Transactional() {
		t.dst = append(t.dst, ", transactional"...)
	}
	if b.Control() {
		t.dst = append(t.dst, ", control"...)
	}
	if ms, ok := b.DeleteHorizon(); ok {
		t.dst = strconv.AppendInt(append(t.dst, ", delete horizon "...), ms, 10)
	}
}

// span appends a range of numbers: "4-9", or, where a hyphen would be taken for
// a sign or a sign for a hyphen, "-4 to 9".
func (t *tree) span(name string, from, to int64) {
	t.dst = strconv.AppendInt(append(t.dst, name...), from, 10)
	if to == from {
		return
	}
	between := "-"
	if from < 0 || to < 0 {
		between = " to "
	}
	t.dst = strconv.AppendInt(append(t.dst, between...), to, 10)
}

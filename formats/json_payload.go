package formats

import (
	"encoding/binary"
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
	"github.com/kdump/kdump/decode"
)

// payloads appends the messages inside bytes as JSON:
//
//	{"type":"ConsumerProtocolSubscription","version":3,"data":{...}}
//
// data is the message as Kafka's JsonConverter prints it, in which further
// payloads may stand, and bytes that are text as text. Secrets in it are
// withheld too.
type payloads struct {
	showSecrets bool
	reader      codec.PayloadReader
	protocol    codec.Protocol // of the group that is being told of
	depth       int
	text        []byte // room for one
	json        [maxPayloads]codec.JSON
	fault       error // why bytes were not shown that should hold a message, since it was last nil
}

// maxMessage is how many bytes of a message inside others are read. Its JSON
// may be a hundred times as long, and stands in memory before it is written.
// Kafka's brokers take no larger records and no more metrics by default
// (message.max.bytes, telemetry.max.bytes).
const maxMessage = 1 << 20

func tooLong(size int) error {
	return errors.New(strconv.Itoa(size) + " bytes, where a message is read of up to " + strconv.Itoa(maxMessage))
}

// maxPayloads is how many payloads are shown inside one another; a group's
// metadata in a record, what an assignor adds to it, and one to spare.
const maxPayloads = 4

// appendField appends the message that a bytes field holds by its meaning; it
// leaves dst as it is and says false where there is none that can be read.
func (p *payloads) appendField(dst []byte, is codec.Meaning, raw []byte) ([]byte, bool) {
	if len(raw) == 0 || p.depth == maxPayloads {
		return dst, false
	}
	message, ok := p.reader.Read(is, p.protocol, raw)
	if message, ok = p.take(message, ok, len(raw)); !ok {
		return dst, false
	}
	return p.appendMessage(dst, message), true
}

// take notes why bytes do not hold the message that they should, if so, and
// why one is not shown.
func (p *payloads) take(m codec.Payload, ok bool, size int) (codec.Payload, bool) {
	if ok && size > maxMessage {
		m.Err, ok = tooLong(size), false
	}
	if p.fault == nil {
		p.fault = m.Err
	}
	return m, ok
}

// readKey reads the key of a record of an internal topic, if there are such
// and it is one.
func (p *payloads) readKey(topic *codec.InternalTopic, key []byte) (codec.Payload, bool) {
	if topic == nil || key == nil {
		return codec.Payload{}, false
	}
	m, ok := p.reader.ReadKey(topic, key)
	return p.take(m, ok, len(key))
}

// readValue likewise reads the value.
func (p *payloads) readValue(topic *codec.InternalTopic, key, value []byte) (codec.Payload, bool) {
	if topic == nil || value == nil {
		return codec.Payload{}, false
	}
	m, ok := p.reader.ReadValue(topic, key, value)
	return p.take(m, ok, len(value))
}

// mayHide reports whether a value that was not read must not be shown.
func (p *payloads) mayHide(topic *codec.InternalTopic, key, value []byte) bool {
	return topic != nil && len(value) > 0 && !p.showSecrets && topic.MayHide(key, value)
}

func (p *payloads) appendMessage(dst []byte, m codec.Payload) []byte {
	dst = append(append(dst, `{"type":"`...), m.Layout.Name...)
	dst = appendMember(append(dst, '"'), "version", int64(m.Version))
	dst = p.appendData(append(dst, `,"data":`...), m)
	if len(m.Rest) > 0 {
		dst = append(p.appendRest(append(dst, `,"trailing":"`...), m), '"')
	}
	return append(dst, '}')
}

// appendRest appends what is left over behind a message, unless the message has
// secrets: then it may be another.
func (p *payloads) appendRest(dst []byte, m codec.Payload) []byte {
	if !p.showSecrets && mayHide(m.Layout) {
		return append(dst, withheld...)
	}
	return appendHex(dst, m.Rest)
}

// appendMembers appends the fields of a message to an object that is open and
// has members, and closes it.
func (p *payloads) appendMembers(dst []byte, m codec.Payload) []byte {
	at := len(dst)
	dst = p.appendData(dst, m)
	if len(dst) == at+len("{}") {
		return append(dst[:at], '}')
	}
	dst[at] = ','
	return dst
}

// appendControl appends what a control record says.
func (p *payloads) appendControl(dst []byte, r *records.Record) []byte {
	if len(r.Key) < 4 {
		return append(dst, `{"type":"UNKNOWN","error":"the key is too short"}`...)
	}
	number := int16(binary.BigEndian.Uint16(r.Key[2:]))
	control, ok := p.reader.ReadControl(number, r.Value)
	ok = ok && len(r.Value) <= maxMessage
	if control.Name == "" {
		dst = appendMember(append(dst, `{"type":"UNKNOWN"`...), "typeId", int64(number))
		return append(dst, '}')
	}
	dst = append(append(dst, `{"type":"`...), control.Name...)
	dst = append(dst, '"')
	if !ok {
		return append(dst, `,"error":"the value cannot be read"}`...)
	}
	if control.Versioned {
		dst = appendMember(dst, "version", int64(control.Version))
	}
	return p.appendMembers(dst, control.Payload)
}

func (p *payloads) appendData(dst []byte, m codec.Payload) []byte {
	j := &p.json[min(p.depth, maxPayloads-1)]
	j.Hook, j.UnknownTags = p, true
	outer := p.protocol
	if m.ProtocolType != nil {
		p.protocol.Type = m.ProtocolType
	}
	p.depth++
	dst, _ = j.Append(dst, m.Layout, codec.Body{Bytes: m.Body}) // which was read to its end before
	p.depth--
	p.protocol = outer
	return dst
}

// AppendValue implements codec.JSONHook for what is inside.
func (p *payloads) AppendValue(dst []byte, w *codec.Walker, op *codec.Op, raw []byte) ([]byte, bool) {
	switch op.Is {
	case codec.Secret, codec.SaslToken:
		if p.showSecrets || !hides(w, op, raw) {
			return dst, false
		}
		return codec.AppendJSONString(dst, withheld), true
	case codec.ProtocolType, codec.ProtocolName:
		p.protocol.Note(op.Is, raw)
		return dst, false
	}
	switch {
	case op.Is == codec.Text && op.Kind == codec.Array:
		p.text = appendUTF16(p.text[:0], raw)
		return codec.AppendJSONString(dst, p.text), true
	case op.Kind != codec.Bytes:
		return dst, false
	case op.Is == codec.Text && raw != nil:
		return codec.AppendJSONString(dst, raw), true
	}
	return p.appendField(dst, op.Is, raw)
}

// appendUTF16 appends a text in UTF-16 as one in UTF-8.
func appendUTF16(dst, raw []byte) []byte {
	for len(raw) > 1 {
		r := rune(binary.BigEndian.Uint16(raw))
		raw = raw[2:]
		if utf16.IsSurrogate(r) && len(raw) > 1 {
			if r = utf16.DecodeRune(r, rune(binary.BigEndian.Uint16(raw))); r != utf8.RuneError {
				raw = raw[2:]
			}
		}
		dst = utf8.AppendRune(dst, r) // half a pair becomes the sign for what is no character
	}
	return dst
}

// AppendTag implements codec.JSONHook: of a message that may have secrets what is
// not known is withheld.
func (p *payloads) AppendTag(dst []byte, w *codec.Walker, _ []byte) ([]byte, bool) {
	if p.showSecrets || !mayHide(w.Layout()) {
		return dst, false
	}
	return codec.AppendJSONString(dst, withheld), true
}

// topicScope knows the topic of the fields being visited.
type topicScope struct {
	parent, end int32
	name        []byte
	id          []byte
}

// note takes the name or id of a topic that the fields beside it are about.
func (t *topicScope) note(w *codec.Walker, op *codec.Op, raw []byte) {
	if op.Name == "" || op.Kind != codec.String && op.Kind != codec.UUID {
		return
	}
	if op.Parent != t.parent || t.end == 0 {
		*t = topicScope{parent: op.Parent, end: w.Layout().Ops[op.Parent].End}
	}
	if op.Kind == codec.String {
		t.name, t.id = raw, nil
	} else {
		t.name, t.id = nil, raw
	}
}

// internal returns the internal topic that op is about, nil where it is about
// none.
func (t *topicScope) internal(op *codec.Op, names *decode.Names) *codec.InternalTopic {
	switch {
	case op.At <= t.parent || op.At >= t.end:
		return nil
	case t.id != nil:
		return codec.InternalTopicByName(names.Topic(t.id))
	}
	return codec.InternalTopicByName(t.name)
}

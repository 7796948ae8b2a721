package formats

import (
	"encoding/binary"

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
	json        [maxPayloads]codec.JSON
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
	if !ok {
		return dst, false
	}
	return p.appendMessage(dst, message), true
}

func (p *payloads) appendMessage(dst []byte, m codec.Payload) []byte {
	dst = append(append(dst, `{"type":"`...), m.Layout.Name...)
	dst = appendMember(append(dst, '"'), "version", int64(m.Version))
	dst = p.appendData(append(dst, `,"data":`...), m)
	if len(m.Rest) > 0 {
		dst = appendHex(append(dst, `,"trailing":"`...), m.Rest)
		dst = append(dst, '"')
	}
	return append(dst, '}')
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
	if m.Layout.Name == "ConnectMetadata" {
		p.protocol.Type = []byte("connect")
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
	if op.Kind != codec.Bytes {
		return dst, false
	}
	if op.Is == codec.Text && raw != nil {
		return codec.AppendJSONString(dst, raw), true
	}
	return p.appendField(dst, op.Is, raw)
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
		return codec.InternalTopicByName(topicOf(names, t.id))
	}
	return codec.InternalTopicByName(t.name)
}

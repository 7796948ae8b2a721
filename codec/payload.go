package codec

import (
	"encoding/binary"
	"strings"
	"sync/atomic"
)

// Payload is a message inside the bytes of a field, or inside the key or value
// of a record in one of Kafka's internal topics.
type Payload struct {
	Layout *Layout
	// Version is what the bytes say. It is higher than the layout's where Kafka
	// too reads them as the newest version that it knows.
	Version int16
	Body    []byte
	// Rest is what is left over behind the message.
	Rest []byte
}

// PayloadReader finds the messages inside bytes. The zero value is ready; one
// may be used again and again, by one goroutine at a time.
type PayloadReader struct{ walker Walker }

// Protocol is what the members of a classic group speak with one another, as
// far as a message has told.
type Protocol struct {
	Type []byte // "consumer" or "connect"; nil where it is not known
	Name []byte // of consumers their assignor, such as "sticky"; nil likewise
}

// Note takes what a field tells of the protocol of the fields behind it.
func (p *Protocol) Note(is Meaning, raw []byte) {
	switch is {
	case ProtocolType:
		p.Type = raw
	case ProtocolName:
		p.Name = raw
	}
}

// Read reads what a bytes field holds, as its meaning says. In classic groups
// it depends on the group's protocol; what is not known of that, the bytes
// have to tell by themselves. ok is false where the field holds no message,
// one that is not known, or bytes that cannot be read as such to their end.
// Telemetry and SASL tokens are no Kafka messages.
func (r *PayloadReader) Read(is Meaning, protocol Protocol, raw []byte) (p Payload, ok bool) {
	switch is {
	case GroupSubscription:
		return r.readGroup(&payloads.subscription, &payloads.connectMetadata, protocol.Type, raw)
	case GroupAssignment:
		return r.readGroup(&payloads.assignment, &payloads.connectAssignment, protocol.Type, raw)
	case SubscriptionUserData:
		return r.readSubscriptionUserData(protocol.Name, raw)
	case AssignmentUserData:
		return r.readAssignmentUserData(protocol.Name, raw)
	case KafkaPrincipal:
		return r.read16(&payloads.principal, raw)
	}
	return Payload{}, false
}

func (r *PayloadReader) readGroup(consumer, connect *schema, protocolType, raw []byte) (Payload, bool) {
	switch string(protocolType) {
	case "consumer":
		return r.readMember(consumer, raw)
	case "connect":
		return r.readMember(connect, raw)
	case "":
		if p, ok := r.readMember(consumer, raw); ok && len(p.Rest) == 0 {
			return p, true
		}
		p, ok := r.readMember(connect, raw)
		return p, ok && len(p.Rest) == 0
	}
	return Payload{}, false
}

// read16 reads a message behind an int16 version.
func (r *PayloadReader) read16(s *schema, raw []byte) (Payload, bool) {
	if len(raw) < 2 {
		return Payload{}, false
	}
	return r.readBody(s, int16(binary.BigEndian.Uint16(raw)), raw[2:])
}

// readMember likewise reads what concerns a member of a group. A version above
// the newest known is read as that one. Where fields at the end are not there,
// it is read as the version that does not have them: kafka-go sends what it
// calls version 1 in the form of version 0.
func (r *PayloadReader) readMember(s *schema, raw []byte) (Payload, bool) {
	if len(raw) < 2 {
		return Payload{}, false
	}
	version := int16(binary.BigEndian.Uint16(raw))
	newest := min(version, s.newest())
	for as := newest; as >= 0; as-- {
		p, ok := r.readBody(s, as, raw[2:])
		if ok && (as == newest || len(p.Rest) == 0) {
			p.Version = version
			return p, true
		}
	}
	return Payload{}, false
}

// readSubscriptionUserData reads what the assignor of that name puts into a
// subscription.
func (r *PayloadReader) readSubscriptionUserData(assignor, raw []byte) (Payload, bool) {
	switch string(assignor) {
	case "", streamsAssignor:
		return r.readVersioned(&payloads.streamsSubscription, raw)
	case "sticky":
		return r.readSticky(raw)
	case "cooperative-sticky":
		if p, ok := r.readBody(&payloads.cooperativeSticky, 0, raw); ok && len(p.Rest) == 0 {
			return p, true
		}
		// librdkafka and franz-go write here what sticky does.
		return r.readSticky(raw)
	}
	return Payload{}, false
}

// readAssignmentUserData likewise reads what is put into an assignment.
func (r *PayloadReader) readAssignmentUserData(assignor, raw []byte) (Payload, bool) {
	switch string(assignor) {
	case "", streamsAssignor:
		return r.readVersioned(&payloads.streamsAssignment, raw)
	}
	return Payload{}, false
}

// streamsAssignor is the name of the assignor of Kafka Streams
// (StreamsPartitionAssignor).
const streamsAssignor = "stream"

// readSticky reads what the sticky assignor puts into a subscription. The bytes
// do not say their version: the newest that fits them is meant.
func (r *PayloadReader) readSticky(raw []byte) (Payload, bool) {
	sticky := &payloads.sticky
	for version := sticky.newest(); version >= 0; version-- {
		if p, ok := r.readBody(sticky, version, raw); ok && len(p.Rest) == 0 {
			return p, true
		}
	}
	return Payload{}, false
}

// readVersioned reads a message of Kafka Streams, which begins with an int32
// version of its own. Other assignors put other bytes in the same field, so
// that nothing may be left over.
func (r *PayloadReader) readVersioned(s *schema, raw []byte) (Payload, bool) {
	if len(raw) < 4 {
		return Payload{}, false
	}
	version := binary.BigEndian.Uint32(raw)
	if version > maxVersion {
		return Payload{}, false
	}
	p, ok := r.readBody(s, int16(version), raw)
	return p, ok && len(p.Rest) == 0
}

func (r *PayloadReader) readBody(s *schema, version int16, body []byte) (Payload, bool) {
	record := s.record()
	if record == nil {
		return Payload{}, false
	}
	layout, err := record.Layout(Request, version)
	if err != nil {
		return Payload{}, false
	}
	if r.walker.Walk(layout, Body{Bytes: body}, surface{}) != nil {
		return Payload{}, false
	}
	rest := r.walker.Rest()
	return Payload{Layout: layout, Version: version, Body: body[:len(body)-len(rest)], Rest: rest}, true
}

// surface is a visitor that looks at nothing, to find out whether a message
// can be read.
type surface struct{}

func (surface) Enter(_ *Walker, op *Op, _ int) bool { return op.Parent < 0 }
func (surface) Leave(*Walker, *Op)                  {}
func (surface) Value(*Walker, *Op, []byte)          {}
func (surface) Tag(*Walker, uint32, []byte)         {}

// schema is a record that is read from its file when first needed.
type schema struct {
	file   string
	loaded atomic.Pointer[API]
}

// record returns the record, nil where there is no such file. Whoever comes
// second at the same time reads it once more, and no harm is done.
func (s *schema) record() *API {
	if a := s.loaded.Load(); a != nil {
		return a
	}
	_, name, _ := strings.Cut(s.file, "/")
	a := &API{Name: name, file: "definitions/" + s.file}
	def, err := a.load()
	if err != nil {
		return nil
	}
	a.Key = def.key
	s.loaded.CompareAndSwap(nil, a)
	return s.loaded.Load()
}

// newest returns the record's newest version, -1 where there is none.
func (s *schema) newest() int16 {
	if a := s.record(); a != nil {
		return a.Versions(Request).Max()
	}
	return -1
}

// payloads are the records that bytes fields hold.
var payloads = struct {
	subscription, assignment, connectMetadata, connectAssignment schema
	streamsSubscription, streamsAssignment, principal            schema
	sticky, cooperativeSticky                                    schema
}{
	subscription:        schema{file: "record/ConsumerProtocolSubscription"},
	assignment:          schema{file: "record/ConsumerProtocolAssignment"},
	connectMetadata:     schema{file: "payload/ConnectMetadata"},
	connectAssignment:   schema{file: "payload/ConnectAssignment"},
	streamsSubscription: schema{file: "record/SubscriptionInfoData"},
	streamsAssignment:   schema{file: "payload/StreamsAssignmentInfo"},
	sticky:              schema{file: "payload/StickyAssignorUserData"},
	cooperativeSticky:   schema{file: "payload/CooperativeStickyAssignorUserData"},
	principal:           schema{file: "record/DefaultPrincipalData"},
}

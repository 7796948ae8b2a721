package codec

import (
	"encoding/binary"
	"errors"
	"math"
	"strconv"
	"strings"
)

// Payload is a message inside the bytes of a field, or inside the key or value
// of a record in one of Kafka's internal topics.
type Payload struct {
	Layout *Layout
	// Version is what the bytes say. It is higher than the layout's where Kafka
	// too reads them as the newest version that it knows, and of a record's key
	// it is that record's number: see ReadKey.
	Version int16
	Body    []byte
	// Rest is what is left over behind the message.
	Rest []byte
	// ProtocolType is that of the classic group whose members say it, nil where
	// it is of no such group.
	ProtocolType []byte
	// Err says why bytes that should hold a message can not be read; then there
	// is none, and nothing else is known.
	Err error
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

// Read reads what a bytes field holds, as its meaning says (see
// definitions/payloads). In classic groups it depends on the group's protocol;
// what is not known of that, the bytes have to tell by themselves. ok is false
// where the field holds no message, one that is not known, or bytes that cannot
// be read as such to their end; only for the last Payload.Err says why.
// Telemetry and SASL tokens are no Kafka messages.
func (r *PayloadReader) Read(is Meaning, protocol Protocol, raw []byte) (p Payload, ok bool) {
	var fault error
	for _, k := range payloadKinds() {
		if k.is != is {
			continue
		}
		fit := k.fits(protocol)
		if fit == no {
			continue
		}
		p, err := r.readAs(k.framing, &k.schema, raw)
		switch {
		case err == nil && (fit == yes || len(p.Rest) == 0):
			if k.by == ProtocolType {
				p.ProtocolType = k.protocol
			}
			return p, true
		case err != nil && fit == yes && fault == nil:
			fault = err
		}
	}
	return Payload{Err: fault}, false
}

// payloadKind is a line of the file definitions/payloads.
type payloadKind struct {
	is       Meaning
	by       Meaning // ProtocolType or ProtocolName, NoMeaning for always
	protocol []byte
	framing  framing
	schema   schema
}

// fit says whether a payloadKind is what bytes hold.
type fit uint8

const (
	no fit = iota
	maybe
	yes
)

// fits judges by the protocol, of which unknown is what is empty.
func (k *payloadKind) fits(protocol Protocol) fit {
	said := protocol.Type
	switch k.by {
	case NoMeaning:
		return yes
	case ProtocolName:
		said = protocol.Name
	}
	switch {
	case string(said) == string(k.protocol):
		return yes
	case len(said) == 0 && k.framing != bare:
		return maybe
	}
	return no
}

// framing is how a message lies in bytes; see definitions/payloads.
type framing uint8

const (
	versioned framing = iota
	member
	inside
	bare
)

func framingNamed(name string) framing {
	for f, n := range [...]string{versioned: "versioned", member: "member", inside: "inside", bare: "bare"} {
		if n == name {
			return framing(f)
		}
	}
	panic("codec: no such framing: " + name)
}

func (r *PayloadReader) readAs(f framing, s *schema, raw []byte) (Payload, error) {
	switch f {
	case member:
		return r.readMember(s, raw)
	case inside:
		return r.readInside(s, raw)
	case bare:
		return r.readBare(s, raw)
	}
	return r.readVersioned(s, raw)
}

// readVersioned reads a message behind an int16 version.
func (r *PayloadReader) readVersioned(s *schema, raw []byte) (Payload, error) {
	if len(raw) < 2 {
		return Payload{}, s.fault("ends within its version")
	}
	return r.readBody(s, int16(binary.BigEndian.Uint16(raw)), raw[2:])
}

// readMember likewise reads what concerns a member of a group.
func (r *PayloadReader) readMember(s *schema, raw []byte) (Payload, error) {
	if len(raw) < 2 {
		return Payload{}, s.fault("ends within its version")
	}
	version := int16(binary.BigEndian.Uint16(raw))
	newest := min(version, s.newest())
	p, fault := r.readBody(s, newest, raw[2:])
	for as := newest - 1; fault != nil && as >= 0; as-- {
		if older, err := r.readExact(s, as, raw[2:]); err == nil {
			p, fault = older, nil
		}
	}
	p.Version = version
	return p, fault
}

// readInside reads a message that begins with an int32, its version.
func (r *PayloadReader) readInside(s *schema, raw []byte) (Payload, error) {
	if len(raw) < 4 {
		return Payload{}, s.fault("ends within its version")
	}
	version := binary.BigEndian.Uint32(raw)
	return r.readExact(s, int16(min(version, math.MaxInt16)), raw)
}

// readBare reads a message as the newest version that fits it.
func (r *PayloadReader) readBare(s *schema, raw []byte) (Payload, error) {
	newest := s.newest()
	p, fault := r.readExact(s, newest, raw)
	for version := newest - 1; fault != nil && version >= 0; version-- {
		if older, err := r.readExact(s, version, raw); err == nil {
			return older, nil
		}
	}
	return p, fault
}

// readExact reads a message that nothing may be behind.
func (r *PayloadReader) readExact(s *schema, version int16, body []byte) (Payload, error) {
	p, err := r.readBody(s, version, body)
	if err == nil && len(p.Rest) > 0 {
		return Payload{}, s.fault("leaves " + strconv.Itoa(len(p.Rest)) + " bytes over")
	}
	return p, err
}

func (r *PayloadReader) readBody(s *schema, version int16, body []byte) (Payload, error) {
	layout, err := s.record().Layout(Request, version)
	if err != nil {
		return Payload{}, err
	}
	if err := r.walker.Walk(layout, Body{Bytes: body}, surface{}); err != nil {
		return Payload{}, err
	}
	rest := r.walker.Rest()
	return Payload{Layout: layout, Version: version, Body: body[:len(body)-len(rest)], Rest: rest}, nil
}

// found gives what is found in the form of those who tell why nothing is.
func found(p Payload, err error) (Payload, bool) {
	if err != nil {
		return Payload{Err: err}, false
	}
	return p, true
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
	loaded lazy[API]
}

// record returns the record.
func (s *schema) record() *API {
	return s.loaded.get(func() *API {
		a, err := loadRecord(s.file)
		if err != nil {
			panic("codec: " + err.Error()) // it is embedded, and a test reads them all
		}
		return a
	})
}

// loadRecord reads a record from a file.
func loadRecord(file string) (*API, error) {
	_, name, _ := strings.Cut(file, "/")
	a := &API{Name: name, file: "definitions/" + file}
	def, err := a.load()
	if err != nil {
		return nil, err
	}
	a.Key = def.key
	return a, nil
}

// newest returns the record's newest version.
func (s *schema) newest() int16 { return s.record().Versions(Request).Max() }

// fault says what is wrong with bytes that should be the record.
func (s *schema) fault(reason string) error { return errors.New(s.record().Name + " " + reason) }

var loadedPayloads lazy[[]*payloadKind]

// payloadKinds are the lines of the file definitions/payloads.
func payloadKinds() []*payloadKind { return *loadedPayloads.get(loadPayloadKinds) }

func loadPayloadKinds() *[]*payloadKind {
	var list []*payloadKind
	for _, words := range linesOf("definitions/payloads") {
		k := &payloadKind{is: meaningNamed(words[0]), framing: framingNamed(words[2])}
		k.schema.file = words[3]
		if by, protocol, ok := strings.Cut(words[1], "="); ok {
			k.by, k.protocol = meaningNamed(by), []byte(protocol)
		}
		list = append(list, k)
	}
	return &list
}

// linesOf gives the words of each line of a file that is embedded, but for
// comments.
func linesOf(file string) (lines [][]string) {
	text, _ := files.ReadFile(file)
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] != "#" {
			lines = append(lines, words)
		}
	}
	return lines
}

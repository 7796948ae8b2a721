package codec

import (
	"encoding/binary"
	"strconv"
)

// Control is what a control record says (Kafka's ControlRecordType).
type Control struct {
	Payload
	Name string // Kafka's, such as "COMMIT"; "" for a type that is not known
	// Versioned says that the version stands in front of the message, and is
	// no field of it.
	Versioned bool
}

// ReadControl reads the value of a control record of a type, the second number
// of its key (see definitions/controls). Kafka reads all of them as version 0,
// whatever they say, and leaves what is behind. ok is false where it cannot be
// read, or where the type is not known.
func (r *PayloadReader) ReadControl(number int16, value []byte) (c Control, ok bool) {
	for _, k := range controlKinds() {
		if k.number != number {
			continue
		}
		c = Control{Name: k.name, Versioned: k.framing == versioned}
		if !c.Versioned {
			c.Payload, ok = found(r.readBody(&k.schema, 0, value))
			return c, ok
		}
		if len(value) < 2 {
			c.Err = k.schema.fault("ends within its version")
			return c, false
		}
		c.Payload, ok = found(r.readBody(&k.schema, 0, value[2:]))
		c.Version = int16(binary.BigEndian.Uint16(value))
		return c, ok
	}
	return Control{}, false
}

// controlKind is a line of the file definitions/controls.
type controlKind struct {
	number  int16
	name    string
	framing framing
	schema  schema
}

var loadedControls lazy[[]*controlKind]

// controlKinds are the lines of the file definitions/controls.
func controlKinds() []*controlKind { return *loadedControls.get(loadControlKinds) }

func loadControlKinds() *[]*controlKind {
	var list []*controlKind
	for _, words := range linesOf("definitions/controls") {
		number, err := strconv.ParseInt(words[0], 10, 16)
		if err != nil {
			panic("codec: " + err.Error())
		}
		k := &controlKind{number: int16(number), name: words[1], framing: framingNamed(words[2])}
		k.schema.file = words[3]
		list = append(list, k)
	}
	return &list
}

package codec

import (
	"errors"
	"strconv"
)

// Direction tells a request from a response.
type Direction uint8

// The two directions of an API.
const (
	Request Direction = iota
	Response
)

// String gives "request" or "response".
func (d Direction) String() string {
	if d == Request {
		return "request"
	}
	return "response"
}

// Kind is the wire type of a field.
type Kind uint8

// The wire types of Kafka's message definitions.
const (
	Bool Kind = iota
	Int8
	Int16
	Uint16
	Int32
	Uint32
	Int64
	Float64
	UUID
	String
	Bytes
	Records
	Struct
	Array
)

var kindNames = [...]string{
	Bool: "bool", Int8: "int8", Int16: "int16", Uint16: "uint16", Int32: "int32", Uint32: "uint32",
	Int64: "int64", Float64: "float64", UUID: "uuid", String: "string", Bytes: "bytes",
	Records: "records", Struct: "struct", Array: "array",
}

// kindWidths gives the bytes of each kind of a fixed width, 0 for the others.
var kindWidths = [...]int32{
	Bool: 1, Int8: 1, Int16: 2, Uint16: 2, Int32: 4, Uint32: 4, Int64: 8, Float64: 8, UUID: 16, Array: 0,
}

// String gives the name that definitions use.
func (k Kind) String() string { return kindNames[k] }

// Op is one field of a layout: what to read, and what it stands for. Of an
// array two ops stand for it: the array itself and, directly after, its
// element, which has no name.
type Op struct {
	Name    string // Kafka's field name in lower camel case; "" for elements and for the message itself
	Default string // as the definition writes it: null, a number, true or a quoted string; "" where it is the type's own

	Kind     Kind
	Is       Meaning  // what the value stands for; of an array, each of its elements has it, too
	Relation Relation // how that depends on Sibling
	Nullable bool     // may be null in this version; an element never is
	Compact  bool     // lengths are uvarints of n+1, 0 being null
	Tagged   bool     // stands in the tag section of its struct
	Flexible bool     // of a struct: it ends in a tag section
	// LateTags, of a struct: a tagged field stands before an untagged one, so
	// that the definition's order differs from that of the wire.
	LateTags bool

	Depth   uint8  // arrays around this op, an element counting its own
	Tag     uint32 // of a tagged field: its number
	Width   int32  // bytes of a value of fixed width, 0 where it varies
	Fixed   int32  // bytes of the whole, everything inside included, -1 where they vary
	Min     int32  // the fewest bytes that the whole can have
	At      int32  // index of this op in Layout.Ops; of an array, its element's is one higher
	Parent  int32  // index of the op around this one, -1 for the message
	End     int32  // index of the first op after this one and all that is inside it
	Sibling int32  // index of the op that the meaning depends on, -1 where it depends on none
	// Inside is a bit per Meaning that this op or one inside it has, and
	// HasRecords, so that a visitor can pass over what it does not look for.
	Inside uint64

	key         string  // what a value in JSON begins with: `"name":`, and the bracket
	tags        []int32 // of a struct: the ops of its tags by tag number, -1 for none
	hasSiblings bool    // of a struct: a meaning of one of its fields depends on another
	// Of an untagged field of fixed width: the bytes of it and of all such
	// fields that follow it directly, and the index behind these.
	runBytes, runEnd int32
	// Of a field that goes jsonVisitor's short way: the key behind a comma (of
	// the first in a struct: behind the brace), its length, and by how much
	// eight bytes are shifted to give the integer that they begin with.
	plain        bool
	keyWithComma [keyWidth]byte
	keyLen       uint8
	shift        uint8
}

// Layout is what one version of a message looks like, resolved from its
// definition: the flat list of its fields. Ops[0] is the message itself, a
// struct. A layout is read only.
type Layout struct {
	Name      string // of the API, the header or the record
	Key       int16  // the API key; -1 for headers, a record's type for records (-1 where it has none)
	Version   int16
	Direction Direction
	Flexible  bool
	IsAPI     bool // false for headers and internal records
	Ops       []Op
}

// Has reports whether the op or one inside it has the meaning.
func (op *Op) Has(m Meaning) bool { return op.Inside>>m&1 == 1 }

// HasRecords reports whether the op is a records field or has one inside.
func (op *Op) HasRecords() bool { return op.Inside>>recordsBit == 1 }

// recordsBit stands in Op.Inside for a field of kind Records.
const recordsBit = 63

// String names the layout as errors do: "Fetch v13 response".
func (l *Layout) String() string {
	s := l.Name + " v" + strconv.Itoa(int(l.Version))
	if l.IsAPI {
		s += " " + l.Direction.String()
	}
	return s
}

// resolve makes the layout of one version of a section.
func (s *section) resolve(def *definition, d Direction, version int16) (*Layout, error) {
	l := &Layout{Name: def.name, Key: def.key, Version: version, Direction: d,
		Flexible: s.flexible.Has(version), IsAPI: def.kind == ""}
	l.Ops = append(l.Ops, Op{Kind: Struct, Flexible: l.Flexible, Parent: -1, Sibling: -1})
	if err := l.addFields(0, s.fields); err != nil {
		return nil, err
	}
	for i := len(l.Ops) - 1; i >= 0; i-- {
		l.Ops[i].At = int32(i)
		l.measure(int32(i))
	}
	return l, nil
}

// addFields appends the fields that the version has to the struct at parent.
func (l *Layout) addFields(parent int32, fields []field) error {
	first := len(l.Ops)
	for i := range fields {
		if fields[i].versions.Has(l.Version) {
			if err := l.addField(parent, &fields[i]); err != nil {
				return err
			}
		}
	}
	l.Ops[parent].End = int32(len(l.Ops))
	late := false
	for i := int32(first); i < l.Ops[parent].End; i = l.Ops[i].End {
		if l.Ops[i].Tagged {
			late = true
			l.indexTag(parent, i)
		} else if late {
			l.Ops[parent].LateTags = true
		}
	}
	return l.linkSiblings(parent, fields)
}

func (l *Layout) indexTag(parent, op int32) {
	tags, tag := &l.Ops[parent].tags, int(l.Ops[op].Tag)
	for len(*tags) <= tag {
		*tags = append(*tags, -1)
	}
	(*tags)[tag] = op
}

func (l *Layout) addField(parent int32, f *field) error {
	op := Op{Name: f.name, Default: f.deflt, Kind: f.kind, Is: f.is, Relation: f.relation,
		Nullable: f.nullable.Has(l.Version), Compact: l.Flexible && !f.rigid,
		Tagged: f.tagged.Has(l.Version), Tag: f.tag, Depth: l.Ops[parent].Depth, Parent: parent, Sibling: -1}
	at := int32(len(l.Ops))
	if f.array {
		op.Kind = Array
		element := Op{Kind: f.kind, Is: f.is, Relation: f.relation, Compact: op.Compact, Depth: op.Depth + 1, Parent: at, Sibling: -1}
		if op.Depth == MaxDepth {
			return errors.New(l.String() + ": arrays nest deeper than " + strconv.Itoa(MaxDepth))
		}
		l.Ops = append(l.Ops, op, element)
	} else {
		l.Ops = append(l.Ops, op)
	}
	inner := int32(len(l.Ops)) - 1
	l.Ops[inner].End = inner + 1
	if f.kind == Struct {
		l.Ops[inner].Flexible = l.Flexible
		if err := l.addFields(inner, f.fields); err != nil {
			return err
		}
	}
	l.Ops[at].End = l.Ops[inner].End
	return nil
}

// linkSiblings resolves the names of the fields that meanings depend on.
func (l *Layout) linkSiblings(parent int32, fields []field) error {
	for i := range fields {
		f := &fields[i]
		if f.relation == Always || !f.versions.Has(l.Version) {
			continue
		}
		at, sibling := l.child(parent, f.name), l.child(parent, f.sibling)
		if sibling < 0 {
			// A version without the sibling cannot clear the field of its
			// meaning, so that it holds always.
			l.Ops[at].Relation = Always
			continue
		}
		l.Ops[at].Sibling = sibling
		l.Ops[parent].hasSiblings = true
	}
	return nil
}

// child returns the index of the named field of the struct at parent, -1
// where it has none.
func (l *Layout) child(parent int32, name string) int32 {
	for i := parent + 1; i < l.Ops[parent].End; i = l.Ops[i].End {
		if l.Ops[i].Name == name {
			return i
		}
	}
	return -1
}

// measure works out the sizes of an op whose inner ops are measured.
func (l *Layout) measure(at int32) {
	op := &l.Ops[at]
	op.Width = kindWidths[op.Kind]
	l.plan(op)
	op.Fixed, op.Min = op.Width, op.Width
	switch op.Kind {
	case String:
		op.Fixed, op.Min = -1, lengthWidth(op, 2)
	case Bytes, Records:
		op.Fixed, op.Min = -1, lengthWidth(op, 4)
	case Array:
		op.Fixed, op.Min = -1, lengthWidth(op, 4)
	case Struct:
		l.measureStruct(op, at)
	}
	if op.Width > 0 && !op.Tagged && op.Name != "" {
		l.measureRun(op, at)
	}
	if op.Is != NoMeaning {
		op.Inside |= 1 << op.Is
	}
	if op.Kind == Records {
		op.Inside |= 1 << recordsBit
	}
	if op.Parent >= 0 {
		l.Ops[op.Parent].Inside |= op.Inside
	}
}

// measureRun works out how far a run of fields of fixed width goes. What
// follows directly is of the same struct, or has no run.
func (l *Layout) measureRun(op *Op, at int32) {
	op.runBytes, op.runEnd = op.Width, at+1
	if at+1 < l.Ops[op.Parent].End && l.Ops[at+1].runBytes > 0 {
		op.runBytes += l.Ops[at+1].runBytes
		op.runEnd = l.Ops[at+1].runEnd
	}
}

func lengthWidth(op *Op, rigid int32) int32 {
	if op.Compact {
		return 1
	}
	return rigid
}

func (l *Layout) measureStruct(op *Op, at int32) {
	if op.Flexible {
		op.Fixed, op.Min = -1, 1
	}
	for i := at + 1; i < op.End; i = l.Ops[i].End {
		child := &l.Ops[i]
		if child.Tagged {
			continue
		}
		op.Min += child.Min
		if child.Fixed < 0 {
			op.Fixed = -1
		} else if op.Fixed >= 0 {
			op.Fixed += child.Fixed
		}
	}
	if op.Nullable {
		op.Fixed = -1
		op.Min = 1
	}
}

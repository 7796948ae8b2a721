package codec

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"
	"strings"
)

// unknownTagsKey is the key under which a struct's unknown tagged fields
// stand; see JSON.UnknownTags.
const unknownTagsKey = "_unknownTaggedFields"

// ParseJSON reads a message from JSON as Kafka prints and reads it: every
// untagged field of the version must be there, a tagged one that is missing or
// has its default is not put on the wire, keys that the version does not know
// are passed over. Records are base64. What Kafka's reader would take for
// something else is refused: numbers that do not fit, a key that stands twice,
// text that is not UTF-8. NaN and the infinities are read as they are printed,
// and so are unknown tagged fields, which a version without tagged fields must
// not be given.
//
// The error is an *Error, whose offset is that in the text.
func ParseJSON(layout *Layout, text []byte) (*Tree, error) {
	t := &Tree{layout: layout}
	p := jsonReader{tree: t, text: string(text)}
	if len(text) > math.MaxInt32 {
		p.fail(tooMuch)
	} else {
		p.value(0, 0)
		if p.space(); p.pos < len(p.text) {
			p.fail("more text behind the message")
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	return t, nil
}

// jsonReader reads one message. After the first fault it reads nothing more:
// whoever calls it asks for err at the end.
type jsonReader struct {
	tree *Tree
	text string
	pos  int
	// path is where the reader is: per level the op, and of an element its
	// index.
	path []jsonStep
	// fields holds the nodes of the structs being read, by the place of their
	// op in the definition: 0 where the field was not there yet.
	fields []int32
	err    error
}

type jsonStep struct{ op, index int32 }

// tagList is a struct's unknown tagged fields, chained by node.next until the
// struct is read to its end.
type tagList struct {
	first, last int32
	there       bool // the list was there, though it may be empty
}

// javaNaN is the NaN that Java writes, which is not quite Go's.
const javaNaN = 0x7ff8 << 48

const twice = "the key stands twice"

// dropped stands for a tagged field that was there and need not be written.
const dropped = -1

// value reads a field or element and returns its node.
func (p *jsonReader) value(at, parent int32) int32 {
	op := &p.tree.layout.Ops[at]
	n := p.tree.add(at, parent)
	p.space()
	start := p.pos
	if p.take("null") {
		if !op.Nullable {
			p.pos = start
			p.fail(noNull)
		}
		p.tree.nodes[n].size = -1
		return n
	}
	switch op.Kind {
	case Struct:
		p.object(op, n)
	case Array:
		p.array(op, n)
	case Bool:
		p.bool(n)
	case Float64:
		p.float(n)
	case String:
		p.string(n)
	case UUID:
		p.uuid(n)
	case Bytes, Records:
		p.bytes(n)
	default:
		p.integer(op, n)
	}
	return n
}

func (p *jsonReader) array(op *Op, n int32) {
	previous, index := int32(0), int32(0)
	p.list('[', ']', "an array", func() {
		p.path = append(p.path, jsonStep{op.At + 1, index})
		element := p.value(op.At+1, n)
		p.path = p.path[:len(p.path)-1]
		p.tree.link(element, previous)
		previous = element
		index++
	})
}

// object reads the fields of a struct, in whatever order they stand.
func (p *jsonReader) object(op *Op, n int32) {
	base := len(p.fields)
	for i := op.At + 1; i < op.End; i = p.tree.layout.Ops[i].End {
		p.fields = append(p.fields, 0)
	}
	var tags tagList
	place, at := 0, op.At+1
	p.list('{', '}', "an object", func() {
		p.space()
		key := p.key()
		switch i, k := p.find(op, key, at, place); {
		case p.err != nil:
		case k >= 0:
			p.field(i, n, base+k)
			place, at = k+1, p.tree.layout.Ops[i].End
		case key == unknownTagsKey:
			p.unknownTags(op, n, &tags)
		default:
			p.pass(maxNesting)
		}
	})
	if p.err == nil {
		p.link(op, n, p.fields[base:], tags.first)
	}
	p.fields = p.fields[:base]
}

// key reads a key and the colon behind it.
func (p *jsonReader) key() string {
	key := p.quoted("a key")
	p.space()
	p.expect(':', "a colon")
	return key
}

// find returns the field of a struct that has a name, and its place among the
// fields; -1 for none. It begins with the one at from, which it mostly is.
func (p *jsonReader) find(op *Op, name string, from int32, place int) (at int32, k int) {
	ops := p.tree.layout.Ops
	if from < op.End && ops[from].Name == name {
		return from, place
	}
	for at, k = op.At+1, 0; at < op.End; at, k = ops[at].End, k+1 {
		if ops[at].Name == name {
			return at, k
		}
	}
	return 0, -1
}

func (p *jsonReader) field(at, n int32, slot int) {
	op := &p.tree.layout.Ops[at]
	p.path = append(p.path, jsonStep{op: at})
	if p.fields[slot] != 0 {
		p.fail(twice)
		return
	}
	child := p.value(at, n)
	if p.err == nil && op.Tagged && p.tree.isDefault(child) {
		child = dropped
	}
	p.fields[slot] = child
	p.path = p.path[:len(p.path)-1]
}

// link makes the fields that were read the children of their struct: first
// the untagged ones, all of which must be there, then the unknown tagged ones
// as they were given, and in between the known tagged ones by their numbers.
func (p *jsonReader) link(op *Op, n int32, fields []int32, tags int32) {
	ops := p.tree.layout.Ops
	previous, k := int32(0), 0
	for i := op.At + 1; i < op.End; i, k = ops[i].End, k+1 {
		if ops[i].Tagged {
			continue
		}
		if fields[k] == 0 {
			p.path = append(p.path, jsonStep{op: i})
			p.fail(missing(&ops[i], p.tree.layout))
			return
		}
		p.tree.link(fields[k], previous)
		previous = fields[k]
	}
	for tags != 0 {
		next := p.tree.nodes[tags].next
		p.tree.link(tags, previous)
		previous, tags = tags, next
	}
	for _, field := range fields {
		if field > 0 && p.tree.isTag(field) {
			p.tree.linkTag(field)
		}
	}
}

func missing(op *Op, l *Layout) string {
	s := "the field is missing, which version " + strconv.Itoa(int(l.Version)) + " must have"
	if op.Kind == Records {
		s += " (in base64; text printed with " + op.Name + "SizeInBytes in its place cannot be read back)"
	}
	return s
}

// unknownTags reads a list of {"tag":100,"data":"<base64>"}.
func (p *jsonReader) unknownTags(op *Op, n int32, tags *tagList) {
	if tags.there {
		p.fail(twice)
	}
	tags.there = true
	p.list('[', ']', "an array of tagged fields", func() {
		tag, data := int64(-1), int32(-1)
		p.list('{', '}', "a tagged field", func() {
			p.space()
			switch key := p.key(); {
			case key == "tag" && tag < 0:
				tag = p.number("a tag", 0, math.MaxUint32)
			case key == "data" && data < 0:
				data = p.tree.add(-1, n)
				p.bytes(data)
			default:
				p.fail("a tagged field has one tag, its data and nothing else")
			}
		})
		switch {
		case p.err != nil:
			return
		case !op.Flexible:
			p.fail("a tagged field, of which version " + strconv.Itoa(int(p.tree.layout.Version)) + " has none")
			return
		case tag < 0 || data < 0:
			p.fail("a tagged field has a tag and data")
			return
		case op.knows(uint32(tag)):
			p.fail("tag " + strconv.FormatInt(tag, 10) + " is one of the struct's own fields")
			return
		}
		p.tree.nodes[data].first = int32(uint32(tag))
		if tags.first == 0 {
			tags.first = data
		} else {
			p.tree.nodes[tags.last].next = data
		}
		tags.last = data
	})
}

func (p *jsonReader) bool(n int32) {
	switch p.space(); {
	case p.take("true"):
		keep(p.tree, n, "\x01")
	case p.take("false"):
		keep(p.tree, n, "\x00")
	default:
		p.wants("true or false")
	}
}

func (p *jsonReader) integer(op *Op, n int32) {
	low, high := op.limits()
	number := p.number(op.Kind.String(), low, high)
	var whole [8]byte
	binary.BigEndian.PutUint64(whole[:], uint64(number))
	keep(p.tree, n, whole[8-op.Width:])
}

// number reads an integer of what has these limits.
func (p *jsonReader) number(what string, low, high int64) int64 {
	p.space()
	start := p.pos
	literal, whole := p.literal()
	if !whole {
		p.pos = start
		if literal != "" {
			p.fail("needs an integer, has " + literal)
		} else {
			p.wants("an integer")
		}
		return 0
	}
	number, err := strconv.ParseInt(literal, 10, 64)
	if err != nil || number < low || number > high {
		p.pos = start
		p.fail(misfit(literal, what, low, high))
	}
	return number
}

// float reads a number of any form, or NaN or an infinity in quotes.
func (p *jsonReader) float(n int32) {
	p.space()
	start := p.pos
	var f float64
	switch {
	case p.take(`"NaN"`):
		f = math.Float64frombits(javaNaN)
	case p.take(`"Infinity"`):
		f = math.Inf(1)
	case p.take(`"-Infinity"`):
		f = math.Inf(-1)
	default:
		literal, _ := p.literal()
		if literal == "" {
			p.pos = start
			p.wants("a number")
			return
		}
		var err error
		if f, err = strconv.ParseFloat(literal, 64); err != nil {
			p.pos = start
			p.fail(literal + " does not fit in a float64")
			return
		}
	}
	var raw [8]byte
	binary.BigEndian.PutUint64(raw[:], math.Float64bits(f))
	keep(p.tree, n, raw[:])
}

func (p *jsonReader) string(n int32) {
	p.space()
	start := p.pos
	s := p.quoted("a string")
	if len(s) > maxString {
		p.pos = start
		p.fail(tooLong(len(s)))
		return
	}
	keep(p.tree, n, s)
}

// uuid reads 16 bytes in base64 for URLs, with or without padding.
func (p *jsonReader) uuid(n int32) {
	p.space()
	start := p.pos
	s := strings.TrimSuffix(p.quoted("a uuid"), "==")
	id, ok := decodeBase64(base64.RawURLEncoding, s)
	if p.err == nil && (!ok || len(id) != 16) {
		p.pos = start
		p.fail("not a uuid, which is 22 characters of base64 for URLs")
		return
	}
	keep(p.tree, n, id)
}

func (p *jsonReader) bytes(n int32) {
	p.space()
	start := p.pos
	raw, ok := decodeBase64(base64.StdEncoding, p.quoted("bytes in base64"))
	if p.err == nil && !ok {
		p.pos = start
		p.fail("not base64 with padding")
		return
	}
	keep(p.tree, n, raw)
}

// decodeBase64 refuses line breaks, as Java does and Go does not. Bits that
// stand for nothing pass with both.
func decodeBase64(e *base64.Encoding, s string) ([]byte, bool) {
	raw, err := e.DecodeString(s)
	return raw, err == nil && strings.IndexByte(s, '\n') < 0 && strings.IndexByte(s, '\r') < 0
}

// fail notes the first fault, where the reader is.
func (p *jsonReader) fail(reason string) {
	if p.err != nil {
		return
	}
	var path []byte
	for _, step := range p.path {
		if name := p.tree.layout.Ops[step.op].Name; name != "" {
			path = appendName(path, name)
			continue
		}
		path = append(path, '[')
		path = strconv.AppendInt(path, int64(step.index), 10)
		path = append(path, ']')
	}
	p.err = &Error{Layout: p.tree.layout, Path: string(path), Offset: p.pos, Need: -1, Reason: reason}
}

package codec

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// maker fills trees with random values, through nothing but what Tree and
// Value export.
type maker struct {
	t      testing.TB
	r      *rand.Rand
	budget int // values still to be made, so that nested arrays end
}

// randomTree makes a message of a layout; the same one for the same seed.
func randomTree(t testing.TB, l *Layout, seed uint64) *Tree {
	m := &maker{t: t, r: rand.New(rand.NewPCG(seed, uint64(l.Key)<<16|uint64(l.Version)<<1|uint64(l.Direction))), budget: 2000}
	tree := New(l)
	m.fields(tree.Root())
	return tree
}

func (m *maker) must(err error) {
	if err != nil {
		m.t.Helper()
		m.t.Fatal(err)
	}
}

func (m *maker) oneIn(n int) bool { return m.r.IntN(n) == 0 }

func (m *maker) fields(v Value) {
	ops := v.tree.layout.Ops
	op := v.Op()
	for i := op.At + 1; i < op.End; i = ops[i].End {
		if ops[i].Tagged && m.oneIn(2) {
			continue
		}
		f := v.Field(ops[i].Name)
		if !f.IsValid() {
			m.t.Fatalf("%s: no field %s", v.tree.layout, ops[i].Name)
		}
		m.value(f)
	}
	for tag := uint32(1000); op.Flexible && tag < 3000 && m.oneIn(6); tag += 999 {
		m.must(v.AddUnknownTag(tag, m.bytes()))
	}
}

func (m *maker) value(v Value) {
	m.budget--
	op := v.Op()
	if op.Nullable && m.oneIn(5) {
		m.must(v.SetNull())
		return
	}
	switch op.Kind {
	case Struct:
		m.must(v.Make())
		m.fields(v)
	case Array:
		m.must(v.Make())
		for range m.r.IntN(4) {
			if m.budget > 0 {
				element, err := v.Add()
				m.must(err)
				m.value(element)
			}
		}
	case Bool:
		m.must(v.SetBool(m.oneIn(2)))
	case Float64:
		m.must(v.SetFloat([]float64{0, -1.5, 0.001, 1e7, math.MaxFloat64, math.Inf(1), m.r.NormFloat64()}[m.r.IntN(7)]))
	case UUID:
		var id [16]byte
		copy(id[:], m.bytes())
		m.must(v.SetUUID(id))
	case String:
		m.must(v.SetText(m.text()))
	case Bytes, Records:
		m.must(v.SetBytes(m.bytes()))
	default:
		low, high := op.limits()
		m.must(v.SetInt([]int64{low, high, 0, 1, low + int64(m.r.Uint64N(uint64(high)-uint64(low)))}[m.r.IntN(5)]))
	}
}

func (m *maker) text() string {
	s := []string{"", "a", "orders", "日本語 😀", "\x00\"\\\x1f", "not UTF-8: \xff\xed\xa0\x80\xe4\xb8", "x"}[m.r.IntN(7)]
	if m.oneIn(20) {
		s = strings.Repeat("x", 126+m.r.IntN(4))
	}
	return s
}

func (m *maker) bytes() []byte {
	b := make([]byte, m.r.IntN(20))
	for i := range b {
		b[i] = byte(m.r.Uint32())
	}
	return b
}

// A message that was built is read back as it was built, and its bytes are
// those that its JSON gives, but for text that is not UTF-8 and tagged fields
// set to their defaults.
func TestRandomTrees(t *testing.T) {
	j := JSON{Records: RecordsBase64, UnknownTags: true}
	var read Tree
	everyLayout(t, func(t testing.TB, _ *definition, l *Layout) {
		for seed := range uint64(5) {
			body, err := AppendMessage(nil, randomTree(t, l, seed))
			if err != nil {
				t.Fatal(err)
			}
			if err := read.Decode(l, body); err != nil || len(read.odds) > 0 || read.Trailing != nil {
				t.Fatalf("%s, seed %d: %x: %v, %d odd, %x left over", l, seed, body, err, len(read.odds), read.Trailing)
			}
			again, err := AppendMessage(nil, &read)
			if err != nil || !bytes.Equal(body, again) {
				t.Fatalf("%s, seed %d: %v\nwrote       %x\nread, wrote %x", l, seed, err, body, again)
			}
			text, err := j.Append(nil, l, Body{Bytes: body})
			if err != nil {
				t.Fatal(err)
			}
			parsed, err := ParseJSON(l, text)
			if err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			body, err = AppendMessage(nil, parsed)
			if err != nil {
				t.Fatal(err)
			}
			if back, err := j.Append(nil, l, Body{Bytes: body}); err != nil || !bytes.Equal(back, text) {
				t.Fatalf("%s, seed %d: %v\nJSON         %s\nread, printed %s", l, seed, err, text, back)
			}
		}
	})
}

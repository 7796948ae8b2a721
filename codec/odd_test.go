package codec

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const oddities902 = `Odd 902
request 0-1, flexible 1+
    name    string?
    items   []struct?
        n       int8
    inner   struct?
        n       int8
    data    bytes?
    first   int32       1+  tag 0, default -1
    second  struct?     1+  tag 1
        n       int8
    third   string?     1+  tag 2
`

// What Kafka would write otherwise is noted, and written back as it was.
func TestOddities(t *testing.T) {
	const plain = "\x02a\x01\xff\x00" // name "a", no items, no inner, null data; tags follow
	tests := []struct {
		name    string
		version int16
		bytes   string
		odd     []string
		json    string
	}{
		{"nothing", 1, plain + "\x00", nil, `{"name":"a","items":[],"inner":null,"data":null}`},
		{"a long length of a string", 1, "\x82\x00a\x01\xff\x00\x00",
			[]string{"name 8200 length"}, `{"name":"a","items":[],"inner":null,"data":null}`},
		{"a long null", 1, "\x80\x80\x00\x01\xff\x00\x00",
			[]string{"name 808000 length"}, `{"name":null,"items":[],"inner":null,"data":null}`},
		{"a long length of an array", 1, "\x02a\x82\x00\x07\x00\xff\x00\x00",
			[]string{"items 8200 length"}, `{"name":"a","items":[{"n":7}],"inner":null,"data":null}`},
		{"bits that fall away", 1, "\x82\x80\x80\x80\x10a\x01\xff\x00\x00",
			[]string{"name 8280808010 length"}, `{"name":"a","items":[],"inner":null,"data":null}`},
		{"a compact length below null", 1, "\x82\x80\x80\x80\x08\x01\xff\x00\x00",
			[]string{"name 8280808008 length"}, `{"name":null,"items":[],"inner":null,"data":null}`},
		{"negative lengths", 0, "\xff\xfe\xff\xff\xff\xfe\xff\x80\x00\x00\x00",
			[]string{"name fffe length", "items fffffffe length", "data 80000000 length"}, `{"name":null,"items":null,"inner":null,"data":null}`},
		{"a presence of 2", 0, "\xff\xff\xff\xff\xff\xff\x02\x07\xff\xff\xff\xff",
			[]string{"inner 02 presence"}, `{"name":null,"items":null,"inner":{"n":7},"data":null}`},
		{"a presence of -2", 0, "\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff\xff",
			[]string{"inner fe presence"}, `{"name":null,"items":null,"inner":null,"data":null}`},
		{"a presence of 0", 0, "\xff\xff\xff\xff\xff\xff\x00\x07\xff\xff\xff\xff",
			[]string{"inner 00 presence"}, `{"name":null,"items":null,"inner":{"n":7},"data":null}`},
		{"a tagged presence of 2", 1, plain + "\x01\x01\x03\x02\x07\x00",
			[]string{"second 02 presence"}, `{"name":"a","items":[],"inner":null,"data":null,"second":{"n":7}}`},
		{"a long tagged presence", 1, plain + "\x01\x01\x04\x81\x00\x07\x00",
			[]string{"second 8100 presence"}, `{"name":"a","items":[],"inner":null,"data":null,"second":{"n":7}}`},
		{"an explicit default", 1, plain + "\x01\x00\x04\xff\xff\xff\xff",
			nil, `{"name":"a","items":[],"inner":null,"data":null}`},
		{"a long count of tags", 1, plain + "\x81\x00\x00\x04\x00\x00\x00\x05",
			[]string{" 8100 count"}, `{"name":"a","items":[],"inner":null,"data":null,"first":5}`},
		{"a long count of no tags", 1, plain + "\x80\x00",
			[]string{" 8000 count"}, `{"name":"a","items":[],"inner":null,"data":null}`},
		{"a long tag and a long size", 1, plain + "\x01\x80\x00\x84\x00\x00\x00\x00\x05",
			[]string{" 80008400 tag"}, `{"name":"a","items":[],"inner":null,"data":null,"first":5}`},
		{"descending tags", 1, plain + "\x02\x02\x02\x02b\x00\x04\x00\x00\x00\x05",
			[]string{" 0004 order"}, `{"name":"a","items":[],"inner":null,"data":null,"first":5,"third":"b"}`},
		{"a tag twice", 1, plain + "\x02\x00\x04\x00\x00\x00\x05\x00\x04\x00\x00\x00\x06",
			[]string{" 0004 order"}, `{"name":"a","items":[],"inner":null,"data":null,"first":6}`},
		{"unknown tags that descend", 1, plain + "\x03\x09\x01x\x08\x01y\x08\x00",
			[]string{" 0801 order", " 0800 order"}, `{"name":"a","items":[],"inner":null,"data":null,"_unknownTaggedFields":[{"tag":9,"data":"eA=="},{"tag":8,"data":"eQ=="},{"tag":8,"data":""}]}`},
		{"spare bytes in a tag", 1, plain + "\x01\x00\x06\x00\x00\x00\x05xy",
			[]string{"first 7879 size"}, `{"name":"a","items":[],"inner":null,"data":null,"first":5}`},
		{"all of a tag at once", 1, plain + "\x01\x81\x00\x87\x00\x82\x00\x07\x80\x00xy",
			[]string{" 81008700 tag", "second 8200 presence", "second 8000 count", "second 7879 size"},
			`{"name":"a","items":[],"inner":null,"data":null,"second":{"n":7}}`},
		{"trailing bytes", 1, plain + "\x00trailing", nil, `{"name":"a","items":[],"inner":null,"data":null}`},
	}
	words := map[Oddity]string{OddLength: "length", OddPresence: "presence", OddTagCount: "count", OddTag: "tag", OddTagOrder: "order", OddTagSize: "size"}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := layoutOf(t, oddities902, test.version)
			for _, order := range []bool{false, true} {
				var odd []string
				w := Walker{DefinitionOrder: order, Odd: func(w *Walker, op *Op, is Oddity, raw []byte) {
					odd = append(odd, string(w.AppendPath(nil, op))+" "+hex.EncodeToString(raw)+" "+words[is])
				}}
				if err := w.Walk(l, Body{Bytes: []byte(test.bytes)}, nobody{}); err != nil {
					t.Fatal(err)
				}
				if order {
					// What is told of in another order is told of all the same.
					sortLike(odd, test.odd)
				}
				if diff := cmp.Diff(test.odd, odd); diff != "" {
					t.Errorf("in the definition's order %t: -want +got:\n%s", order, diff)
				}
			}
			j := JSON{UnknownTags: true}
			if got, err := j.Append(nil, l, Body{Bytes: []byte(test.bytes)}); err != nil || string(got) != test.json {
				t.Errorf("%v\ngot  %s\nwant %s", err, got, test.json)
			}
			tree, err := Decode(l, []byte(test.bytes))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := AppendMessage(nil, tree); err != nil || string(got) != test.bytes {
				t.Errorf("written back: %v\ngot  %x\nwant %x", err, got, test.bytes)
			}
		})
	}
}

// sortLike puts the lines of got that are in want as well into want's order.
func sortLike(got, want []string) {
	for i, line := range want {
		for j := i; j < len(got); j++ {
			if got[j] == line {
				got[i], got[j] = got[j], got[i]
				break
			}
		}
	}
}

// A change drops what is odd about the value that changed, and nothing else.
func TestChangesKeepOtherOddities(t *testing.T) {
	l := layoutOf(t, oddities902, 1)
	const odd = "\x82\x00a" + "\x82\x00\x07\x00" + "\x02\x05\x80\x00" + "\x00" + // name, items, inner, data
		"\x83\x00" + "\x00\x06\x00\x00\x00\x05xy" + "\x82\x00\x82\x00\x02b" + "\x89\x00\x80\x00" + "rest" // three tags
	tests := []struct {
		name   string
		change func(*Tree) error
		want   string
	}{
		{"nothing", func(*Tree) error { return nil }, odd},
		{"the text, not its length", func(t *Tree) error { return t.Lookup("name").SetText("b") },
			strings.Replace(odd, "\x82\x00a", "\x02b", 1)},
		{"the text and its length", func(t *Tree) error { return t.Lookup("name").SetText("bc") },
			strings.Replace(odd, "\x82\x00a", "\x03bc", 1)},
		{"text to null", func(t *Tree) error { return t.Lookup("name").SetNull() },
			strings.Replace(odd, "\x82\x00a", "\x00", 1)},
		{"an element more", func(t *Tree) error { _, err := t.Lookup("items").Add(); return err },
			strings.Replace(odd, "\x82\x00\x07\x00", "\x03\x07\x00\x00\x00", 1)},
		{"a struct to null", func(t *Tree) error { return t.Lookup("inner").SetNull() },
			strings.Replace(odd, "\x02\x05\x80\x00", "\xff", 1)},
		{"within a struct", func(t *Tree) error { return t.Lookup("inner.n").SetInt(6) },
			strings.Replace(odd, "\x02\x05\x80\x00", "\x02\x06\x80\x00", 1)},
		{"a tagged field more", func(t *Tree) error { return t.Root().Field("second").Make() },
			strings.Replace(strings.Replace(odd, "\x83\x00\x00\x06", "\x04\x00\x06", 1), "\x82\x00\x82\x00\x02b", "\x01\x03\x01\x00\x00\x82\x00\x82\x00\x02b", 1)},
		{"a tagged field less", func(t *Tree) error { return t.Lookup("first").Remove() },
			strings.Replace(odd, "\x83\x00\x00\x06\x00\x00\x00\x05xy", "\x02", 1)},
		{"a tagged field's size", func(t *Tree) error { return t.Lookup("third").SetText("bc") },
			strings.Replace(odd, "\x82\x00\x82\x00\x02b", "\x02\x03\x03bc", 1)},
		{"a tagged field's value, not its size", func(t *Tree) error { return t.Lookup("third").SetText("c") },
			strings.Replace(odd, "\x82\x00\x82\x00\x02b", "\x02\x02\x02c", 1)},
		{"a tagged field's value, spare bytes behind it", func(t *Tree) error { return t.Lookup("first").SetInt(9) },
			strings.Replace(odd, "\x00\x06\x00\x00\x00\x05xy", "\x00\x04\x00\x00\x00\x09", 1)},
		{"a struct made anew", func(t *Tree) error { return t.Lookup("inner").Make() },
			strings.Replace(odd, "\x02\x05\x80\x00", "\x01\x00\x00", 1)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tree, err := Decode(l, []byte(odd))
			if err != nil {
				t.Fatal(err)
			}
			if err := test.change(tree); err != nil {
				t.Fatal(err)
			}
			if got, err := AppendMessage(nil, tree); err != nil || string(got) != test.want {
				t.Errorf("%v\ngot  %x\nwant %x", err, got, test.want)
			}
		})
	}
}

// quiet passes over arrays and structs but the message itself, and looks at
// the siblings that meanings depend on.
type quiet struct{ nobody }

func (quiet) Enter(_ *Walker, op *Op, _ int) bool { return op.Parent < 0 }

func (quiet) Value(w *Walker, op *Op, _ []byte) { w.Sibling(op) }

// What is read twice is told of once, and what is passed over not at all.
func TestOdditiesAreToldOfOnce(t *testing.T) {
	l := layoutOf(t, `Odd 903
request 0, flexible 0+
    late    int32    tag 0
    name    string
    value   string   is secret when hidden
    hidden  bool
    words   []string
    inner   struct
        word    string
`, 0)
	const body = "\x82\x00a" + "\x82\x00b" + "\x01" + "\x02\x82\x00c" + "\x82\x00d\x00" + "\x81\x00" + "\x80\x00\x04\x00\x00\x00\x09"
	all := []string{"name 8200", "value 8200", "words[0] 8200", "inner.word 8200", " 8100", " 800004"}
	tests := []struct {
		name    string
		order   bool
		visitor Visitor
		want    []string
	}{
		{"as sent", false, nobody{}, all},
		{"as defined", true, nobody{}, all},
		{"passed over, as sent", false, quiet{}, append(all[:2:2], all[4:]...)},
		{"passed over, as defined", true, quiet{}, append(all[:2:2], all[4:]...)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var odd []string
			w := Walker{DefinitionOrder: test.order, Odd: func(w *Walker, op *Op, _ Oddity, raw []byte) {
				odd = append(odd, string(w.AppendPath(nil, op))+" "+hex.EncodeToString(raw))
			}}
			if err := w.Walk(l, Body{Bytes: []byte(body)}, test.visitor); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, odd); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// peer writes messages as no writer of Kafka's would, yet readable by it but
// for spare bytes in tagged fields.
type peer struct {
	r     *rand.Rand
	l     *Layout
	b     []byte
	spare bool // tagged fields may have sizes larger than their values
}

func (p *peer) oneIn(n int) bool { return p.r.IntN(n) == 0 }

// uvarint writes n in as many bytes as it takes, or in more.
func (p *peer) uvarint(n uint32) {
	start := len(p.b)
	p.b = binary.AppendUvarint(p.b, uint64(n))
	for p.oneIn(4) && len(p.b)-start < 5 {
		p.b[len(p.b)-1] |= 0x80
		p.b = append(p.b, 0)
	}
}

func (p *peer) length(op *Op, n int) {
	if n < 0 && p.oneIn(3) {
		n = -2 - p.r.IntN(100)
	}
	switch {
	case op.Compact:
		p.uvarint(uint32(n + 1))
	case op.Kind == String:
		p.b = binary.BigEndian.AppendUint16(p.b, uint16(n))
	default:
		p.b = binary.BigEndian.AppendUint32(p.b, uint32(n))
	}
}

func (p *peer) value(op *Op) {
	null := op.Nullable && p.oneIn(4)
	switch {
	case op.Kind == Struct:
		if op.Nullable {
			p.presence(op, null)
		}
		if !null {
			p.fields(op)
		}
		return
	case op.Width > 0:
		for range op.Width {
			p.b = append(p.b, byte(p.r.IntN(256))&0x3f) // no NaN
		}
		return
	case null:
		p.length(op, -1)
		return
	}
	n := p.r.IntN(4)
	p.length(op, n)
	for range n {
		if op.Kind == Array {
			p.value(&p.l.Ops[op.At+1])
		} else {
			p.b = append(p.b, 'x')
		}
	}
}

func (p *peer) presence(op *Op, null bool) {
	switch {
	case op.Tagged && null:
		p.uvarint(0)
	case op.Tagged:
		p.uvarint(1 + uint32(p.r.IntN(3)))
	case null:
		p.b = append(p.b, 0x80|byte(p.r.IntN(128)))
	default:
		p.b = append(p.b, byte(p.r.IntN(128)))
	}
}

func (p *peer) fields(op *Op) {
	for i := op.At + 1; i < op.End; i = p.l.Ops[i].End {
		if !p.l.Ops[i].Tagged {
			p.value(&p.l.Ops[i])
		}
	}
	if op.Flexible {
		p.tags(op)
	}
}

// tags writes some of the struct's tagged fields, and unknown ones, in any
// order and some of them twice.
func (p *peer) tags(op *Op) {
	n := p.r.IntN(4)
	p.uvarint(uint32(n))
	for range n {
		tag := 1000 + p.r.IntN(3)
		at := int32(-1)
		if len(op.tags) > 0 && !p.oneIn(3) {
			if known := p.r.IntN(len(op.tags)); op.tags[known] >= 0 {
				tag, at = known, op.tags[known]
			}
		}
		inner := peer{r: p.r, l: p.l, spare: p.spare}
		if at >= 0 {
			inner.value(&p.l.Ops[at])
		}
		if at < 0 || p.spare && p.oneIn(3) {
			inner.b = append(inner.b, "spare"[p.r.IntN(5):]...)
		}
		p.uvarint(uint32(tag))
		p.uvarint(uint32(len(inner.b)))
		p.b = append(p.b, inner.b...)
	}
}

// oddMessage makes what a peer may send of a layout.
func oddMessage(l *Layout, seed uint64, spare bool) []byte {
	p := peer{r: rand.New(rand.NewPCG(seed, 3)), l: l, spare: spare}
	p.fields(&l.Ops[0])
	return p.b
}

// However a peer writes a message, a tree writes it back the same, and what
// its JSON says is what the JSON of Kafka's own form of it says.
func TestTreesKeepEveryOddity(t *testing.T) {
	var tree Tree
	var got []byte
	found := map[Oddity]int{}
	everyLayout(t, func(t testing.TB, _ *definition, l *Layout) {
		for seed := range uint64(10) {
			body := append(oddMessage(l, seed, true), "trailing"[:seed%8]...)
			if err := tree.Decode(l, body); err != nil {
				t.Fatalf("%x: %v", body, err)
			}
			for _, o := range tree.odds {
				found[o.is]++
			}
			var err error
			got, err = AppendMessage(got[:0], &tree)
			if err != nil || !bytes.Equal(got, body) {
				t.Fatalf("%s, seed %d: %v\ngot  %x\nwant %x", l, seed, err, got, body)
			}
			j := JSON{Records: RecordsBase64, UnknownTags: true}
			text, err := j.Append(nil, l, Body{Bytes: body})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ParseJSON(l, text); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
		}
	})
	for _, is := range []Oddity{OddLength, OddPresence, OddTagCount, OddTag, OddTagSize} {
		if found[is] < 100 {
			t.Errorf("%d times: %s", found[is], is)
		}
	}
}

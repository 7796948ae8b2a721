package codec

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const valueSample = `Sample 905
request 0, flexible 0+
    name    string?
    flags   struct
        small   int8
        port    uint16
        wide    uint32
        on      bool
    topics  []struct
        id      uuid
        ratio   float64
        data    bytes?
        numbers []int64
    late    int32     tag 1, default -1
    inner   struct?   tag 0, default null
        n       int8      default 5
        words   []string
    title   string    tag 3, default "abc"
`

// build makes a message by the calls that a user would write.
func build(t *testing.T) *Tree {
	t.Helper()
	tree := New(layoutOf(t, valueSample, 0))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	root := tree.Root()
	must(root.Field("late").SetInt(7))
	must(root.Field("name").SetText("orders"))
	must(tree.Lookup("flags.port").SetInt(65535))
	must(tree.Lookup("flags.on").SetBool(true))
	for i := range 2 {
		topic, err := root.Field("topics").Add()
		must(err)
		must(topic.Field("id").SetUUID([16]byte{byte(i + 1)}))
		must(topic.Field("ratio").SetFloat(0.5))
		must(topic.Field("data").SetBytes([]byte{1, 2}))
		for j := range int64(3) {
			number, err := topic.Field("numbers").Add()
			must(err)
			must(number.SetInt(j))
		}
	}
	must(root.Field("inner").Make())
	word, err := tree.Lookup("inner.words").Add()
	must(err)
	must(word.SetText("w"))
	must(root.AddUnknownTag(2, []byte("x")))
	return tree
}

func TestBuild(t *testing.T) {
	tree := build(t)
	tests := []struct {
		path string
		got  any
		want any
	}{
		{"name", tree.Lookup("name").Text(), "orders"},
		{"flags.small", tree.Lookup("flags.small").Int(), int64(0)},
		{"flags.port", tree.Lookup("flags.port").Int(), int64(65535)},
		{"flags.on", tree.Lookup("flags.on").Bool(), true},
		{"topics", tree.Lookup("topics").Len(), 2},
		{"topics[1].id", tree.Lookup("topics[1].id").UUID(), [16]byte{2}},
		{"topics[1].ratio", tree.Lookup("topics[1].ratio").Float(), 0.5},
		{"topics[1].data", string(tree.Lookup("topics[1].data").Raw()), "\x01\x02"},
		{"topics[1].numbers[2]", tree.Lookup("topics[1].numbers[2]").Int(), int64(2)},
		{"late", tree.Lookup("late").Int(), int64(7)},
		{"inner.n", tree.Lookup("inner.n").Int(), int64(5)},
		{"inner.words[0]", tree.Lookup("inner.words[0]").Text(), "w"},
		{"title", tree.Lookup("title").Text(), "abc"},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.path, diff)
		}
		if path := tree.Lookup(test.path).Path(); path != test.path {
			t.Errorf("%s has the path %s", test.path, path)
		}
	}
	if tree.Lookup("title").OnWire() || !tree.Lookup("late").OnWire() {
		t.Error("title is on the wire, or late is not")
	}
	body, err := AppendMessage([]byte("before"), tree)
	want := "before" + "\x07orders" + "\x00\xff\xff\x00\x00\x00\x00\x01\x00" + "\x03" +
		"\x01" + strings.Repeat("\x00", 15) + "\x3f\xe0\x00\x00\x00\x00\x00\x00" + "\x03\x01\x02" +
		"\x04" + "\x00\x00\x00\x00\x00\x00\x00\x00" + "\x00\x00\x00\x00\x00\x00\x00\x01" + "\x00\x00\x00\x00\x00\x00\x00\x02" + "\x00" +
		"\x02" + strings.Repeat("\x00", 15) + "\x3f\xe0\x00\x00\x00\x00\x00\x00" + "\x03\x01\x02" +
		"\x04" + "\x00\x00\x00\x00\x00\x00\x00\x00" + "\x00\x00\x00\x00\x00\x00\x00\x01" + "\x00\x00\x00\x00\x00\x00\x00\x02" + "\x00" +
		"\x03" + "\x00\x06\x01\x05\x02\x02w\x00" + "\x01\x04\x00\x00\x00\x07" + "\x02\x01x"
	if err != nil || string(body) != want {
		t.Errorf("%v\ngot  %x\nwant %x", err, body, want)
	}
}

func TestChange(t *testing.T) {
	tree := build(t)
	body, err := AppendMessage(nil, tree)
	if err != nil {
		t.Fatal(err)
	}
	l := tree.Layout()
	tests := []struct {
		name   string
		change func(*Tree) error
		want   string // of the JSON, what differs
	}{
		{"text", func(t *Tree) error { return t.Lookup("name").SetText("x") }, `"name":"x"`},
		{"null", func(t *Tree) error { return t.Lookup("name").SetNull() }, `"name":null`},
		{"an element less", func(t *Tree) error { return t.Lookup("topics[0].numbers[1]").Remove() }, `"numbers":[0,2]`},
		{"the first element less", func(t *Tree) error { return t.Lookup("topics[0].numbers[0]").Remove() }, `"numbers":[1,2]`},
		{"an array emptied", func(t *Tree) error { return t.Lookup("topics[0].numbers").Make() }, `"numbers":[]`},
		{"a struct made anew", func(t *Tree) error { return t.Lookup("flags").Make() }, `"flags":{"small":0,"port":0,"wide":0,"on":false}`},
		{"a tagged field set", func(t *Tree) error { return t.Lookup("title").SetText("t") }, `"title":"t"`},
		{"a tagged struct made anew", func(t *Tree) error { return t.Lookup("inner").Make() }, `"inner":{"n":5,"words":[]}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tree, err := Decode(l, body)
			if err != nil {
				t.Fatal(err)
			}
			if err := test.change(tree); err != nil {
				t.Fatal(err)
			}
			changed, err := AppendMessage(nil, tree)
			if err != nil {
				t.Fatal(err)
			}
			var j JSON
			text, err := j.Append(nil, l, Body{Bytes: changed})
			if err != nil || !strings.Contains(string(text), test.want) {
				t.Errorf("%v: %s does not have %s", err, text, test.want)
			}
		})
	}
	t.Run("a tagged field taken off the wire", func(t *testing.T) {
		tree, _ := Decode(l, body)
		late := tree.Lookup("late")
		if err := late.Remove(); err != nil {
			t.Fatal(err)
		}
		if now := tree.Lookup("late"); now.OnWire() || now.Int() != -1 {
			t.Errorf("on the wire %t, %d", now.OnWire(), now.Int())
		}
	})
}

const absentSample = `Absent 907
request 0, flexible 0+
    name    string
    list    []struct  tag 0
        n       int8
    outer   struct    tag 1
        id      int32     default -1
        middle  struct
            word    string    default "w"
            deep    struct    tag 0
                flags   []int8
                n       int8      default 3
        late    int64     tag 1, default 9
    text    string?   tag 2, default null
    maybe   struct?   tag 3, default null
        n       int8
`

// A value that was found before it was on the wire is the one that is set: it
// can be read, added to and gone into without being looked up again.
func TestValuesComeOntoTheWire(t *testing.T) {
	list := func(v Value) (numbers []int64) {
		for element := range v.Elements() {
			numbers = append(numbers, element.Field("n").Int())
		}
		return numbers
	}
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name   string
		change func(t *testing.T, root Value)
		want   string // the tagged fields
	}{
		{"elements", func(t *testing.T, root Value) {
			v := root.Field("list")
			for i := range int64(3) {
				element, err := v.Add()
				must(t, err)
				must(t, element.Field("n").SetInt(i+1))
			}
			if diff := cmp.Diff([]int64{1, 2, 3}, list(v)); diff != "" || v.Len() != 3 || !v.OnWire() {
				t.Errorf("%d elements, -want +got:\n%s", v.Len(), diff)
			}
		}, "\x01" + "\x00\x07\x04\x01\x00\x02\x00\x03\x00"},
		{"a text", func(t *testing.T, root Value) {
			v := root.Field("text")
			if !v.IsNull() || v.OnWire() {
				t.Error("it is there")
			}
			must(t, v.SetText("ab"))
			if v.Text() != "ab" || v.Len() != 2 || string(v.Raw()) != "ab" || v.IsNull() || !v.OnWire() || v.Path() != "text" {
				t.Errorf("%q of %d bytes, on the wire %t", v.Text(), v.Len(), v.OnWire())
			}
		}, "\x01" + "\x02\x03\x03ab"},
		{"a text that goes again", func(t *testing.T, root Value) {
			v := root.Field("text")
			must(t, v.SetText("ab"))
			must(t, v.Remove())
			if v.OnWire() || !v.IsNull() || v.Remove() == nil {
				t.Error("it is still there")
			}
		}, "\x00"},
		{"a struct", func(t *testing.T, root Value) {
			v := root.Field("outer")
			must(t, v.Make())
			must(t, v.Field("id").SetInt(7))
			must(t, v.AddUnknownTag(8, []byte("x")))
			for tag := range v.UnknownTags() {
				if tag != 8 {
					t.Errorf("tag %d", tag)
				}
			}
			if v.Field("id").Int() != 7 {
				t.Errorf("id is %d", v.Field("id").Int())
			}
		}, "\x01" + "\x01\x0b\x00\x00\x00\x07" + "\x02w\x00" + "\x01\x08\x01x"},
		{"an unknown tag in a struct", func(t *testing.T, root Value) {
			must(t, root.Field("outer").AddUnknownTag(8, nil))
		}, "\x01" + "\x01\x0a\xff\xff\xff\xff" + "\x02w\x00" + "\x01\x08\x00"},
		{"what is in structs", func(t *testing.T, root Value) {
			n, late, flags := root.Field("outer").Field("middle").Field("deep").Field("n"), root.tree.Lookup("outer.late"), root.tree.Lookup("outer.middle.deep.flags")
			if n.Int() != 3 || late.Int() != 9 || root.tree.Lookup("outer.id").Int() != -1 || root.tree.Lookup("outer.middle.word").Text() != "w" || flags.Len() != 0 {
				t.Errorf("n %d, late %d, flags %d", n.Int(), late.Int(), flags.Len())
			}
			if n.OnWire() || n.Path() != "outer.middle.deep.n" || root.Field("outer").OnWire() {
				t.Errorf("%s is on the wire", n.Path())
			}
			must(t, n.SetInt(4))
			_, err := flags.Add()
			must(t, err)
			if n.Int() != 4 || !n.OnWire() || flags.Len() != 1 || late.OnWire() {
				t.Errorf("n %d, flags %d", n.Int(), flags.Len())
			}
		}, "\x01" + "\x01\x0e\xff\xff\xff\xff" + "\x02w\x01\x00\x04\x02\x00\x04\x00" + "\x00"},
		{"what is in a struct that went again", func(t *testing.T, root Value) {
			id := root.tree.Lookup("outer.id")
			must(t, id.SetInt(1))
			must(t, root.Field("outer").Remove())
			if id.Int() != -1 || id.OnWire() {
				t.Errorf("id %d", id.Int())
			}
			must(t, id.SetInt(2))
		}, "\x01" + "\x01\x08\x00\x00\x00\x02" + "\x02w\x00" + "\x00"},
		{"what is in a struct that is null", func(t *testing.T, root Value) {
			v := root.Field("maybe")
			if v.Field("n").IsValid() || v.AddUnknownTag(9, nil) == nil {
				t.Error("it has something in it")
			}
			must(t, v.Make())
			must(t, v.Field("n").SetInt(5))
		}, "\x01" + "\x03\x03\x01\x05\x00"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tree := New(layoutOf(t, absentSample, 0))
			test.change(t, tree.Root())
			if got, err := AppendMessage(nil, tree); err != nil || string(got) != "\x01"+test.want {
				t.Errorf("%v\ngot  %x\nwant 01%x", err, got, test.want)
			}
		})
	}
}

// Of a tagged field that was sent several times the last one is read and set,
// and all of them are taken off the wire.
func TestATagSentTwice(t *testing.T) {
	l := layoutOf(t, absentSample, 0)
	const body = "\x01" + "\x04" + "\x02\x02\x02a" + "\x08\x00" + "\x02\x02\x02b" + "\x02\x02\x02c"
	tree, err := Decode(l, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	v := tree.Lookup("text")
	if v.Text() != "c" {
		t.Errorf("text is %q", v.Text())
	}
	if err := v.SetText("d"); err != nil {
		t.Fatal(err)
	}
	if got, err := AppendMessage(nil, tree); err != nil || string(got) != strings.Replace(body, "c", "d", 1) {
		t.Errorf("%v: %x", err, got)
	}
	if err := v.Remove(); err != nil {
		t.Fatal(err)
	}
	if got, err := AppendMessage(nil, tree); err != nil || string(got) != "\x01\x01\x08\x00" || tree.Lookup("text").OnWire() {
		t.Errorf("%v: %x", err, got)
	}
}

// However often a value is set, the tree takes no more memory than what it was
// set to takes.
func TestSettingAgainTakesNoMemory(t *testing.T) {
	tree := New(layoutOf(t, valueSample, 0))
	name, wide := tree.Lookup("name"), tree.Lookup("flags.wide")
	for i := range 1000 {
		if err := name.SetText("ten letters"[i%3:]); err != nil {
			t.Fatal(err)
		}
		if err := wide.SetInt(int64(i)); err != nil {
			t.Fatal(err)
		}
		if i == 500 {
			if err := name.SetNull(); err != nil || name.Raw() != nil {
				t.Fatal(err)
			}
		}
	}
	if name.Text() != "ten letters" || wide.Int() != 999 || len(tree.own) > 100 {
		t.Errorf("%q, %d, %d bytes", name.Text(), wide.Int(), len(tree.own))
	}
}

// Elements come and go at every place of an array.
func TestElementsComeAndGo(t *testing.T) {
	tree := New(layoutOf(t, "Numbers 906\nrequest 0, flexible none\n    numbers  []int8\n", 0))
	numbers := tree.Lookup("numbers")
	add := func(n int64) {
		t.Helper()
		element, err := numbers.Add()
		if err != nil || element.SetInt(n) != nil {
			t.Fatal(err)
		}
	}
	check := func(want string) {
		t.Helper()
		if got, err := AppendMessage(nil, tree); err != nil || string(got) != "\x00\x00\x00"+want || numbers.Len() != int(want[0]) {
			t.Fatalf("%d elements, %v\ngot  %x\nwant 000000%x", numbers.Len(), err, got, want)
		}
	}
	check("\x00")
	for n := range int64(6) {
		add(n)
	}
	check("\x06\x00\x01\x02\x03\x04\x05")
	last := numbers.Index(5)
	for element := range numbers.Elements() { // the first, one between, the last
		if n := element.Int(); n == 0 || n == 3 || n == 5 {
			if err := element.Remove(); err != nil {
				t.Fatal(err)
			}
		}
	}
	check("\x03\x01\x02\x04")
	if err := last.Remove(); err == nil || !strings.Contains(err.Error(), "removed before") {
		t.Errorf("removed twice: %v", err)
	}
	add(6)
	check("\x04\x01\x02\x04\x06")
	for element := range numbers.Elements() {
		if err := element.Remove(); err != nil {
			t.Fatal(err)
		}
	}
	check("\x00")
	add(7)
	add(7)
	check("\x02\x07\x07")
	first, second := numbers.Index(0), numbers.Index(1)
	if err := numbers.Make(); err != nil {
		t.Fatal(err)
	}
	add(8)
	for _, gone := range []Value{first, second} {
		if err := gone.Remove(); err == nil || !strings.Contains(err.Error(), "removed before") {
			t.Errorf("removed after its array was emptied: %v", err)
		}
	}
	check("\x01\x08")
}

// What it takes to remove an element does not depend on how many there are.
func BenchmarkRemove(b *testing.B) {
	l := layoutOf(b, "Numbers 906\nrequest 0, flexible none\n    numbers  []int8\n", 0)
	for _, n := range []int{1000, 10_000} {
		body := append(binary.BigEndian.AppendUint32(nil, uint32(n)), make([]byte, n)...)
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			var tree Tree
			for b.Loop() {
				if err := tree.Decode(l, body); err != nil {
					b.Fatal(err)
				}
				keep := false
				for element := range tree.Lookup("numbers").Elements() {
					if keep = !keep; !keep {
						if err := element.Remove(); err != nil {
							b.Fatal(err)
						}
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/element")
		})
	}
}

func TestChangesThatCannotBe(t *testing.T) {
	tree := build(t)
	add := func(v Value) error { _, err := v.Add(); return err }
	tests := []struct {
		err  error
		path string
		want string
	}{
		{tree.Lookup("flags.small").SetInt(128), "flags.small", "128 does not fit: int8 is from -128 to 127"},
		{tree.Lookup("flags.port").SetInt(-1), "flags.port", "-1 does not fit: uint16 is from 0 to 65535"},
		{tree.Lookup("flags.wide").SetInt(math.MaxUint32 + 1), "flags.wide", "4294967296 does not fit"},
		{tree.Lookup("flags.on").SetInt(1), "flags.on", "not an integer"},
		{tree.Lookup("flags").SetNull(), "flags", "null, where this version allows none"},
		{tree.Lookup("flags").Remove(), "flags", "neither an element nor a tagged field"},
		{tree.Lookup("flags").SetText(""), "flags", "not a string"},
		{tree.Lookup("name").SetText(strings.Repeat("x", 32768)), "name", "a string of 32768 bytes"},
		{tree.Lookup("name").SetBytes(nil), "name", "neither bytes nor records"},
		{tree.Lookup("name").SetBool(true), "name", "not a bool"},
		{tree.Lookup("name").SetFloat(1), "name", "not a float64"},
		{tree.Lookup("name").Make(), "name", "neither a struct nor an array"},
		{tree.Lookup("topics[1].ratio").SetUUID([16]byte{}), "topics[1].ratio", "not a uuid"},
		{add(tree.Lookup("topics[1].ratio")), "topics[1].ratio", "not an array"},
		{tree.Lookup("title").SetNull(), "title", "null, where this version allows none"},
		{tree.Root().AddUnknownTag(1, nil), "", "tag 1 is one of the struct's own fields"},
		{tree.Root().Remove(), "", "neither an element nor a tagged field"},
		{tree.Lookup("title").AddUnknownTag(9, nil), "title", "not a struct that can have tagged fields"},
		{tree.Lookup("title").Remove(), "title", "not on the wire"},
		{tree.Lookup("nowhere").SetInt(1), "", "there is no such value to set"},
	}
	for _, test := range tests {
		got, ok := test.err.(*Error)
		if !ok || got.Path != test.path || got.Offset != -1 || !strings.Contains(got.Reason, test.want) {
			t.Errorf("got %v, want one at %q with: %s", test.err, test.path, test.want)
		}
	}
}

func TestLookupOfNothing(t *testing.T) {
	tree := build(t)
	for _, path := range []string{"nowhere", "topics[2]", "topics[-1]", "topics[x]", "topics[0", "topics[0].x", "name.x", "name[0]", "flags..port", "[0]", "title.x", "topics.numbers"} {
		if v := tree.Lookup(path); v.IsValid() {
			t.Errorf("%s: found %s", path, v.Path())
		}
	}
	var none Value
	if !none.IsNull() || none.Len() != 0 || none.Raw() != nil || none.Int() != 0 || none.Text() != "" || none.Bool() || none.Float() != 0 ||
		none.UUID() != [16]byte{} || none.Op() != nil || none.Path() != "" || none.OnWire() || none.Field("x").IsValid() || none.Index(0).IsValid() {
		t.Error("the zero Value is not nothing")
	}
	if new(Tree).Root().IsValid() {
		t.Error("an empty tree has a root")
	}
}

// What stands before a fault can be looked at and not be written.
func TestTreeBeforeAFault(t *testing.T) {
	body, err := AppendMessage(nil, build(t))
	if err != nil {
		t.Fatal(err)
	}
	l := layoutOf(t, valueSample, 0)
	for n := range body {
		tree, err := Decode(l, body[:n])
		if err == nil {
			t.Fatalf("%d of %d bytes: no error", n, len(body))
		}
		if _, again := AppendMessage(nil, tree); again != err {
			t.Fatalf("%d of %d bytes: written in spite of %v: %v", n, len(body), err, again)
		}
		if name := tree.Lookup("name"); n > 6 && name.Text() != "orders" || n < 7 && name.IsValid() {
			t.Errorf("%d of %d bytes: name is %q", n, len(body), name.Text())
		}
		if got := tree.Lookup("topics").Len(); n < 17 && got != 0 {
			t.Errorf("%d of %d bytes: %d topics", n, len(body), got)
		}
	}
}

// A tree that is used again allocates nothing.
func TestDecodeAgainAllocatesNothing(t *testing.T) {
	body, err := AppendMessage(nil, build(t))
	if err != nil {
		t.Fatal(err)
	}
	var tree Tree
	l := layoutOf(t, valueSample, 0)
	dst := make([]byte, 0, 1000)
	allocs := testing.AllocsPerRun(100, func() {
		if err := tree.Decode(l, body); err != nil {
			t.Fatal(err)
		}
		if dst, err = AppendMessage(dst[:0], &tree); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

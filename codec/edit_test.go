package codec

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// editor changes a tree as a script says. It keeps values that it found, to use
// them once more after other changes.
type editor struct {
	t      *testing.T
	tree   *Tree
	script []byte
	kept   []Value
}

// next gives what the script says next, 0 at its end.
func (e *editor) next() int {
	if len(e.script) == 0 {
		return 0
	}
	n := int(e.script[0])
	e.script = e.script[1:]
	return n
}

// pick goes down from the message, or takes a value found before.
func (e *editor) pick() Value {
	n := e.next()
	if n%3 == 0 && len(e.kept) > 0 {
		return e.kept[n/3%len(e.kept)]
	}
	v := e.tree.Root()
	for n%4 > 0 {
		inner := Value{}
		switch op := v.Op(); {
		case op.Kind == Struct && op.End > op.At+1:
			inner = v.Field(e.tree.layout.Ops[fieldOf(e.tree.layout, op, e.next())].Name)
		case op.Kind == Array && v.Len() > 0:
			inner = v.Index(e.next() % v.Len())
		}
		if !inner.IsValid() {
			break
		}
		v, n = inner, e.next()
	}
	e.kept = append(e.kept, v)
	return v
}

// fieldOf gives one of the fields of a struct.
func fieldOf(l *Layout, op *Op, n int) int32 {
	var fields []int32
	for i := op.At + 1; i < op.End; i = l.Ops[i].End {
		fields = append(fields, i)
	}
	return fields[n%len(fields)]
}

// edit makes one change and looks whether it was made.
func (e *editor) edit() {
	v := e.pick()
	path, before, tag := v.Path(), v.Len(), v.Op().Tagged
	ok := true
	switch e.next() % 6 {
	case 0:
		if v.SetNull() == nil {
			e.kept, ok = nil, v.IsNull() && v.OnWire()
		}
	case 1:
		if v.Make() == nil {
			e.kept, ok = nil, !v.IsNull() && v.OnWire() && v.Len() == 0
		}
	case 2:
		if element, err := v.Add(); err == nil {
			ok = v.Len() == before+1 && v.Index(before) == element
		}
	case 3:
		if v.Remove() == nil {
			e.kept, ok = nil, v.Remove() != nil && (!tag || !e.tree.Lookup(path).OnWire())
		}
	case 4:
		number := uint32(1000 + e.next()*1000)
		if v.AddUnknownTag(number, []byte("x")) == nil {
			ok = false
			for tag := range v.UnknownTags() {
				ok = ok || tag == number
			}
		}
	case 5:
		ok = e.set(v, e.next())
	}
	if !ok {
		e.t.Fatalf("%s: %s is not as it was changed", e.tree.layout, path)
	}
}

// set sets a value and reports whether it then has that value.
func (e *editor) set(v Value, n int) bool {
	text := "changed to this text"[:n%20]
	switch v.Op().Kind {
	case Struct, Array:
		return v.SetInt(0) != nil && v.SetText("") != nil
	case Bool:
		return v.SetBool(n > 9) == nil && v.Bool() == (n > 9)
	case Float64:
		return v.SetFloat(float64(n)) == nil && v.Float() == float64(n)
	case UUID:
		return v.SetUUID([16]byte{byte(n)}) == nil && v.UUID() == [16]byte{byte(n)}
	case String:
		return v.SetText(text) == nil && v.Text() == text
	case Bytes, Records:
		return v.SetBytes([]byte(text)) == nil && string(v.Raw()) == text
	}
	return v.SetInt(int64(n%100)) == nil && v.Int() == int64(n%100)
}

// However a message is changed, by values found before or after other changes,
// what is written is what the tree says.
func FuzzEdits(f *testing.F) {
	list := allLayouts(f)
	seed(f, list, func(layout uint16, _ *Layout, body []byte) {
		r := rand.New(rand.NewPCG(uint64(layout), uint64(len(body))))
		script := make([]byte, 100)
		for i := range script {
			script[i] = byte(r.Uint32())
		}
		f.Add(layout, body, script)
	})
	f.Fuzz(func(t *testing.T, layout uint16, body, script []byte) {
		l := list[int(layout)%len(list)]
		tree, err := Decode(l, body)
		if err != nil {
			return
		}
		e := editor{t: t, tree: tree, script: script[:min(len(script), 1000)]}
		for len(e.script) > 0 {
			e.edit()
		}
		written, err := AppendMessage(nil, tree)
		if err != nil {
			t.Fatal(err)
		}
		read, err := Decode(l, written)
		if err != nil || !bytes.Equal(read.Trailing, tree.Trailing) {
			t.Fatalf("%x: %v, left over %x, want %x", written, err, read.Trailing, tree.Trailing)
		}
		checkSame(t, tree.Root(), read.Root())
	})
}

// checkSame compares values with all that is in them.
func checkSame(t *testing.T, a, b Value) {
	t.Helper()
	if a.OnWire() != b.OnWire() || a.IsNull() != b.IsNull() || a.Len() != b.Len() || !bytes.Equal(a.Raw(), b.Raw()) {
		t.Fatalf("%s %s: changed %t %t %d %x, read %t %t %d %x", a.tree.layout, a.Path(),
			a.OnWire(), a.IsNull(), a.Len(), a.Raw(), b.OnWire(), b.IsNull(), b.Len(), b.Raw())
	}
	op := a.Op()
	switch {
	case a.IsNull():
	case op.Kind == Struct:
		for i := op.At + 1; i < op.End; i = a.tree.layout.Ops[i].End {
			checkSame(t, a.Field(a.tree.layout.Ops[i].Name), b.Field(a.tree.layout.Ops[i].Name))
		}
		if x, y := unknownTags(a), unknownTags(b); x != y {
			t.Fatalf("%s %s: changed %s, read %s", a.tree.layout, a.Path(), x, y)
		}
	case op.Kind == Array:
		var elements []Value
		for element := range b.Elements() {
			elements = append(elements, element)
		}
		for element := range a.Elements() {
			checkSame(t, element, elements[0])
			elements = elements[1:]
		}
	}
}

func unknownTags(v Value) string {
	text := []byte("tags")
	for tag, data := range v.UnknownTags() {
		text = appendJSONTag(text, tag, data)
	}
	return string(text)
}

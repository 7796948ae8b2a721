package codec

import (
	"bytes"
	"runtime"
	"testing"
)

// Messages at which other codecs fail: they take a length at its word.
func TestFaultsOfOtherCodecs(t *testing.T) {
	tests := []struct {
		name      string
		api       string
		direction Direction
		version   int16
		hex       string
	}{
		{"2147483646 topics in 8 bytes, for which one codec allocates 12.9 GB", "Metadata", Request, 1, "7ffffffe00000000"},
		{"2147483646 topics of a byte at least in 10 bytes, over which one codec spins for seconds", "Metadata", Request, 9, "ffffffff070000000000"},
		{"the same, of elements that can be read", "Metadata", Request, 9, "ffffffff07" + "0100" + "0100" + "0100"},
		{"as many tagged fields", "Metadata", Request, 9, "01010000ffffffff07"},
		{"a tagged field of 2147483647 bytes", "Metadata", Request, 9, "010000000164ffffffff07"},
		{"a string of 32767 bytes", "FindCoordinator", Request, 0, "7fff"},
		{"bytes of 2147483647", "SaslAuthenticate", Request, 0, "7fffffff"},
		{"compact bytes of 2147483646", "SaslAuthenticate", Request, 2, "ffffffff07"},
		{"arrays within arrays", "Produce", Request, 3, "ffff000100000000" + "7fffffff" + "0000" + "7fffffff" + "00000000" + "7fffffff"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l, err := APIByName(test.api).Layout(test.direction, test.version)
			if err != nil {
				t.Fatal(err)
			}
			checkHostile(t, l, unhex(t, test.hex))
		})
	}
}

// Elements of nothing but tagged fields take one byte each, and no less.
func TestElementsOfTaggedFieldsAlone(t *testing.T) {
	l := layoutOf(t, "Empty 910\nrequest 0, flexible 0+\n    items  []struct\n        late  int32  tag 0\n", 0)
	for _, n := range []int{0, 1, 40} {
		checkHostile(t, l, append(unhex(t, "ffffffff07"), make([]byte, n)...))
	}
	const body, text = "\x04\x00\x01\x00\x04\x00\x00\x00\x07\x00\x00", `{"items":[{},{"late":7},{}]}`
	if got, err := new(JSON).Append(nil, l, Body{Bytes: []byte(body)}); err != nil || string(got) != text {
		t.Errorf("%s, %v", got, err)
	}
	tree, err := ParseJSON(l, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := AppendMessage(nil, tree); err != nil || string(got) != body {
		t.Errorf("%x, %v", got, err)
	}
}

// steps counts what a walker does.
type steps struct{ n int }

func (s *steps) Enter(*Walker, *Op, int) bool { s.n++; return true }
func (s *steps) Leave(*Walker, *Op)           {}
func (s *steps) Value(*Walker, *Op, []byte)   { s.n++ }
func (s *steps) Tag(*Walker, uint32, []byte)  { s.n++ }

// checkHostile reads bytes that claim more than they hold in every way there
// is, and holds the work and the memory against the bytes.
func checkHostile(t testing.TB, l *Layout, body []byte) {
	t.Helper()
	for _, order := range []bool{false, true} {
		var s steps
		w := Walker{DefinitionOrder: order}
		if err := w.Walk(l, Body{Bytes: body}, &s); err == nil {
			t.Errorf("%s: %x: no error", l, body)
		}
		if most := 2*MaxDepth*len(body) + len(l.Ops); s.n > most {
			t.Errorf("%s: %x: %d steps for %d bytes", l, body, s.n, len(body))
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var j JSON
	_, err := Decode(l, body)
	text, errJSON := j.Append(nil, l, Body{Bytes: body})
	runtime.ReadMemStats(&after)
	if err == nil || errJSON == nil {
		t.Errorf("%s: %x: no error", l, body)
	}
	most := uint64(16<<10 + 400*len(body) + 8*len(text))
	if got := after.TotalAlloc - before.TotalAlloc; got > most {
		t.Errorf("%s: %x: %d bytes allocated for %d bytes", l, body, got, len(body))
	}
}

// lengths notes where the lengths of a message stand whose lengths are all
// as short as can be.
type lengths struct {
	nobody
	at []int
	op []*Op
}

func (v *lengths) note(w *Walker, op *Op, value int) {
	v.at = append(v.at, w.pos-value-int(op.Min))
	v.op = append(v.op, op)
}

func (v *lengths) Enter(w *Walker, op *Op, _ int) bool {
	if op.Kind == Array {
		v.note(w, op, 0)
	}
	return true
}

func (v *lengths) Value(w *Walker, op *Op, raw []byte) {
	if op.Width == 0 && op.Kind != Struct {
		v.note(w, op, len(raw))
	}
}

// Whatever length of whatever message claims all that it can, little happens.
func TestClaimsOfEveryLayoutCostNothing(t *testing.T) {
	everyLayout(t, func(t testing.TB, _ *definition, l *Layout) {
		message := makeMessage(3, l).whole
		var v lengths
		if err := new(Walker).Walk(l, Body{Bytes: message}, &v); err != nil {
			t.Fatal(err)
		}
		for i, at := range v.at {
			claim := "\x7f\xff\xff\xfe"
			switch {
			case v.op[i].Compact && v.op[i].Kind == String:
				claim = "\x80\x80\x02"
			case v.op[i].Compact:
				claim = "\xff\xff\xff\xff\x07"
			case v.op[i].Kind == String:
				claim = "\x7f\xff"
			}
			body := append(bytes.Clone(message[:at]), claim...)
			if i%8 == 0 { // reading the memory statistics takes its time
				checkHostile(t, l, append(body, make([]byte, 40)...))
			}
		}
	})
}

package formats

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// checkIndent indents compact JSON that comes in parts of some bytes, and is
// nested itself. It must be written as it comes, and be what encoding/json makes
// of it.
func checkIndent(t *testing.T, compact []byte, depth, part int) {
	t.Helper()
	var want bytes.Buffer
	if err := json.Indent(&want, compact, strings.Repeat("  ", depth), "  "); err != nil {
		t.Fatal(err)
	}
	got := pieces{most: 1 << 30}
	p := newJSON(&output{w: &got}, Options{Format: JSON})
	p.indenter = indenter{out: p.out, depth: depth}
	for rest := compact; len(rest) > 0; {
		n := min(part, len(rest))
		p.indent(rest[:n])
		rest = rest[n:]
	}
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	if got.String() != want.String() {
		t.Errorf("%.200s\nis indented as\n%.400s\nwant\n%.400s", compact, got.String(), want.String())
	}
	// Less than a piece was gathered, and then comes one without a line's end.
	if most := 2*pieceSize + 100; got.largest > most || cap(p.out.buf) > 2*most {
		t.Errorf("a piece of %d bytes, of a buffer of %d", got.largest, cap(p.out.buf))
	}
}

func TestLongIndentedJSON(t *testing.T) {
	nested := strings.Repeat(`{"a":[`, 500) + strings.Repeat("{},", 20_000) + "{}" + strings.Repeat("]}", 500)
	for _, test := range []struct {
		name    string
		compact string
		depth   int
	}{
		{"many lines", "[" + strings.Repeat("1,", 100_000) + "2]", 0},
		{"many lines far down", nested, 1},
		{"lines longer than a piece", `{"a":[1,{"b":{}}],"c":"\\\""}`, pieceSize},
		{"a long string", `["` + strings.Repeat(`\"[{,:`, 100_000) + `"]`, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			checkIndent(t, []byte(test.compact), test.depth, len(test.compact))
			checkIndent(t, []byte(test.compact), test.depth, 7)
		})
	}
}

func FuzzIndent(f *testing.F) {
	f.Add([]byte(`{"a":[{},[],"\\\"[",{"b":null}]}`), byte(1), byte(1))
	f.Add([]byte(`[`+strings.Repeat("0,", 1000)+`0]`), byte(200), byte(200))
	f.Fuzz(func(t *testing.T, raw []byte, depth, part byte) {
		var compact bytes.Buffer
		if json.Compact(&compact, raw) != nil {
			t.Skip("it is no JSON")
		}
		checkIndent(t, compact.Bytes(), 16*int(depth), int(part)+1)
	})
}

package formats

import (
	"bytes"
	"strings"
	"testing"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/decode"
)

// Every layout has a tree that names all of its fields where they have
// elements, and no line that is torn.
func TestEveryLayoutHasATree(t *testing.T) {
	tree := newText(&output{}, Options{}).tree
	everyLayout(t, func(_ *codec.API, l *codec.Layout) {
		for _, shape := range shapes {
			m := synthetic(l, shape)
			got := tree.exchange(nil, &decode.Exchange{Kind: decode.RequestOnly, Connection: aConnection(), Request: m})
			if bytes.Contains(got, []byte("cannot be read")) || bytes.Contains(got, []byte("\n\n")) || !bytes.HasSuffix(got, []byte("\n")) {
				t.Fatalf("%s:\n%s", l, got)
			}
			if shape.elements == 0 {
				continue
			}
			for i := range l.Ops {
				if name := l.Ops[i].Name; name != "" && !bytes.Contains(got, []byte(" "+name+":")) {
					t.Errorf("%s: no %s in\n%s", l, name, got)
				}
			}
		}
	})
}

func TestEveryPrefixHasATree(t *testing.T) {
	tree := newText(&output{}, Options{}).tree
	var got []byte
	everyLayout(t, func(_ *codec.API, l *codec.Layout) {
		m := synthetic(l, builder{elements: 1})
		whole := m.Body.Bytes
		for n := range whole {
			m.Body.Bytes = whole[:n:n]
			got = tree.exchange(got[:0], &decode.Exchange{Kind: decode.RequestOnly, Connection: aConnection(), Request: m})
			if strings.Count(string(got), "cannot be read") != 1 {
				t.Fatalf("%s, %d of %d bytes:\n%s", l, n, len(whole), got)
			}
		}
	})
}

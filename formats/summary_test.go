package formats

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/decode"
)

// everyLayout calls f for every layout of every API.
func everyLayout(t *testing.T, f func(*codec.API, *codec.Layout)) {
	count := 0
	for _, api := range codec.APIs() {
		for _, d := range [...]codec.Direction{codec.Request, codec.Response} {
			versions := api.Versions(d)
			for v := int16(0); v <= versions.Max(); v++ {
				if !versions.Has(v) {
					continue
				}
				l, err := api.Layout(d, v)
				if err != nil {
					t.Fatal(err)
				}
				count++
				f(api, l)
			}
		}
	}
	if count != 736 {
		t.Errorf("%d layouts, not 736", count)
	}
}

var fieldNames = regexp.MustCompile(`\{[?=]?([a-zA-Z][a-zA-Z0-9.|]*)(=[a-zA-Z]+)?`)

var formatNames = regexp.MustCompile(`\{[a-zA-Z0-9.|]+:([a-z]+)\}`)

// A field that a template names but no version has would silently show
// nothing.
func TestTemplatesNameFieldsThatExist(t *testing.T) {
	known := make(map[string]bool)
	everyLayout(t, func(api *codec.API, l *codec.Layout) {
		for i := range l.Ops {
			known[api.Name+l.Direction.String()+l.Ops[i].Name] = true
		}
	})
	for key, template := range templates {
		api := codec.APIByKey(int16(key))
		if api.Name != template.name {
			t.Errorf("the template of key %d is called %s, the API %s", key, template.name, api.Name)
		}
		for d, text := range [...]string{template.request, template.response} {
			for _, m := range fieldNames.FindAllStringSubmatch(text, -1) {
				for _, name := range strings.FieldsFunc(m[1]+m[2], func(r rune) bool { return strings.ContainsRune(".|=", r) }) {
					if !known[api.Name+codec.Direction(d).String()+name] {
						t.Errorf("%s %s: no version has %s", template.name, codec.Direction(d), name)
					}
				}
			}
			for _, m := range formatNames.FindAllStringSubmatch(text, -1) {
				if formatOf(m[1]) == nil {
					t.Errorf("%s %s: there is no format %s", template.name, codec.Direction(d), m[1])
				}
			}
			if strings.Count(text, "{") != strings.Count(text, "}") {
				t.Errorf("%s %s: braces do not match", template.name, codec.Direction(d))
			}
		}
	}
}

// An array has one list: two templates for it would be mixed up.
func TestTemplatesListAnArrayOnce(t *testing.T) {
	lists := regexp.MustCompile(`\{([a-zA-Z.]+)([/*][a-z-]+)? `)
	for _, template := range templates {
		for _, text := range [...]string{template.request, template.response} {
			for _, word := range splitWords(text) {
				for _, other := range splitWords(text) {
					a, b := lists.FindStringSubmatch(word), lists.FindStringSubmatch(other)
					if a != nil && b != nil && word != other && a[1] == b[1] {
						t.Errorf("%s lists %s twice", template.name, a[1])
					}
				}
			}
		}
	}
}

// shapes are synthetic messages: the emptiest, and fuller ones.
var shapes = []builder{{}, {nulls: true}, {elements: 1}, {elements: 9}}

func synthetic(l *codec.Layout, shape builder) decode.Message {
	if shape.elements > 2 && deep(l) {
		shape.elements = 2
	}
	shape.layout = l
	shape.structure(&l.Ops[0], "")
	return decode.Message{Seen: true, Layout: l, Body: codec.Body{Bytes: shape.bytes}, Size: int32(len(shape.bytes))}
}

// deep reports whether arrays of many elements would make a giant message.
func deep(l *codec.Layout) bool {
	for i := range l.Ops {
		if l.Ops[i].Depth > 2 {
			return true
		}
	}
	return false
}

// Every layout has a summary, by its own template and by the general one.
func TestEveryLayoutIsSummarized(t *testing.T) {
	s := newText(&output{}, Options{}).summary
	everyLayout(t, func(_ *codec.API, l *codec.Layout) {
		for _, shape := range shapes {
			m := synthetic(l, shape)
			for _, template := range []string{templateOf(l), generalTemplate(l)} {
				s.outlines[l] = newOutline(l, template)
				text := s.read(&decode.Exchange{Connection: aConnection()}, &m)
				if s.problem != nil || s.rest != 0 {
					t.Fatalf("%s: %v, %d bytes left over", l, s.problem, s.rest)
				}
				if bytes.Contains(text, []byte("  ")) || bytes.HasPrefix(text, []byte(" ")) || bytes.HasSuffix(text, []byte(" ")) {
					t.Errorf("%s: stray spaces in %q", l, text)
				}
			}
		}
	})
}

// Whatever part of a message is there is summarized without a fault.
func TestEveryPrefixIsSummarized(t *testing.T) {
	s := newText(&output{}, Options{}).summary
	everyLayout(t, func(_ *codec.API, l *codec.Layout) {
		m := synthetic(l, builder{elements: 5})
		whole := m.Body.Bytes
		for n := 0; n < len(whole); n += 1 + len(whole)/200 {
			m.Body.Bytes = whole[:n:n]
			if s.read(&decode.Exchange{Connection: aConnection()}, &m); s.problem == nil {
				t.Fatalf("%s: no error in %d of %d bytes", l, n, len(whole))
			}
		}
	})
}

func TestGeneralTemplate(t *testing.T) {
	tests := []struct {
		api  string
		d    codec.Direction
		want string
	}{
		{"Produce", codec.Request, "{@topics} transactionalId={transactionalId} {@records}"},
		{"ConsumerGroupHeartbeat", codec.Request, "{@topics} groupId={groupId} memberId={memberId} instanceId={instanceId}"},
		{"DescribeCluster", codec.Response, "{@topics} clusterId={clusterId} controllerId={controllerId} brokers={brokers#}"},
		{"DeleteGroups", codec.Request, "{@topics} groupsNames={groupsNames}"},
	}
	for _, test := range tests {
		api := codec.APIByName(test.api)
		layout, err := api.Layout(test.d, api.Versions(test.d).Max())
		if err != nil {
			t.Fatal(err)
		}
		if got := generalTemplate(layout); got != test.want {
			t.Errorf("%s: got %s", layout, got)
		}
	}
}

// Whatever bytes come, a line stays one line, and neither it nor the tree
// holds anything that a terminal obeys.
func FuzzText(f *testing.F) {
	for _, api := range codec.APIs() {
		layout, err := api.Layout(codec.Response, api.Versions(codec.Response).Max())
		if err != nil {
			f.Fatal(err)
		}
		name := func(*codec.Op) string { return "a\x1b[2Jb\nc" }
		f.Add(api.Key, layout.Version, true, synthetic(layout, builder{elements: 2, fill: name}).Body.Bytes)
	}
	field := batch2(f, 1, aRecord{[]byte("a\x1b[2Jb\nc"), []byte{0xff}, []string{"\x9b", "\u202e"}}, aRecord{nil, nil, nil})
	f.Add(int16(0), int16(9), false, produced(f, "orders", field).Request.Body.Bytes)
	f.Add(int16(0), int16(9), false, produced(f, "__transaction_state", field).Request.Body.Bytes)
	f.Fuzz(func(t *testing.T, key, version int16, response bool, body []byte) {
		api := codec.APIByKey(key)
		if api == nil {
			return
		}
		d := codec.Request
		if response {
			d = codec.Response
		}
		layout, err := api.Layout(d, version)
		if err != nil {
			return
		}
		m := decode.Message{Seen: true, Layout: layout, Body: codec.Body{Bytes: body}}
		for _, opt := range []Options{{}, {Verbose: true}, {Records: Full}, {Verbose: true, Records: Full}} {
			var out bytes.Buffer
			opt.MaxInflate = 1 << 20
			p := New(&out, opt)
			p.Exchange(&decode.Exchange{Connection: aConnection(), Request: m, Response: m, Mechanism: "SCRAM-SHA-512"})
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
			if lines := bytes.Count(out.Bytes(), []byte("\n")); opt == (Options{MaxInflate: opt.MaxInflate}) && lines != 1 {
				t.Errorf("%d lines: %q", lines, out.Bytes())
			}
			for _, r := range out.String() {
				if r != '\n' && !unicode.IsPrint(r) {
					t.Fatalf("%q in %q", r, out.Bytes())
				}
			}
		}
	})
}

package codec

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// transcript notes what a Walker tells, one line a call.
type transcript struct {
	lines []string
	pass  string // the name of an array or struct to pass over
}

func (v *transcript) add(w *Walker, op *Op, what string) {
	path := string(w.AppendPath(nil, op))
	v.lines = append(v.lines, strings.TrimSpace(path+" "+what))
}

func (v *transcript) Enter(w *Walker, op *Op, n int) bool {
	v.add(w, op, op.Kind.String())
	return op.Name != v.pass || op.Name == ""
}
func (v *transcript) Leave(w *Walker, op *Op) { v.add(w, op, "end") }
func (v *transcript) Value(w *Walker, op *Op, raw []byte) {
	switch {
	case raw == nil:
		v.add(w, op, "null")
	case w.Cut() >= 0:
		v.add(w, op, "cut")
	case op.Kind == String:
		v.add(w, op, `"`+string(raw)+`"`)
	default:
		v.add(w, op, hex.EncodeToString(raw))
	}
}
func (v *transcript) Tag(w *Walker, tag uint32, raw []byte) {
	v.lines = append(v.lines, "tag "+hex.EncodeToString(binary.BigEndian.AppendUint32(nil, tag))+" "+hex.EncodeToString(raw))
}

func layoutOf(t testing.TB, text string, version int16) *Layout {
	t.Helper()
	def, err := parseDefinition(text)
	if err != nil {
		t.Fatal(err)
	}
	l, err := def.sections[Request].resolve(def, Request, version)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const sample = `Sample 900
request 0-2, flexible 2+
    late    struct?    2+  tag 1
        n       int8
    name    string?
    flags   bool
    topics  []struct
        id          int32       1+
        value       string?     is secret when sensitive
        sensitive   bool
        partitions  []int16
        data        records?    1+
    extra   int32      2+  tag 0, default -1
`

func TestWalk(t *testing.T) {
	tests := []struct {
		name    string
		version int16
		order   bool
		bytes   string
		cuts    []Cut
		want    []string
	}{
		{"version 0", 0, false, "\x00\x02hi\x01\x00\x00\x00\x01" + "\xff\xff\x00\x00\x00\x00\x01\x00\x07", nil, []string{
			"struct", `name "hi"`, "flags 01", "topics array", "topics[0] struct", "topics[0].value null", "topics[0].sensitive 00",
			"topics[0].partitions array", "topics[0].partitions[0] 0007", "topics[0].partitions end", "topics[0] end", "topics end", "end"}},
		{"null name, records cut", 1, false, "\xff\xff\x00\x00\x00\x00\x01" + "\x00\x00\x00\x05\x00\x01x\x00\x00\x00\x00\x00\x00\x00\x00\x09", []Cut{{At: 23, Size: 9}}, []string{
			"struct", "name null", "flags 00", "topics array", "topics[0] struct", "topics[0].id 00000005", `topics[0].value "x"`, "topics[0].sensitive 00",
			"topics[0].partitions array", "topics[0].partitions end", "topics[0].data cut", "topics[0] end", "topics end", "end"}},
		{"tags in the wire's order", 2, false, "\x01\x00\x01\x03\x00\x04\x00\x00\x00\x09\x01\x03\x01\x05\x00\x07\x02ab", nil, []string{
			"struct", `name ""`, "flags 00", "topics array", "topics end", "extra 00000009", "late struct", "late.n 05", "late end", "tag 00000007 6162", "end"}},
		{"tags in the definition's order", 2, true, "\x01\x00\x01\x03\x00\x04\x00\x00\x00\x09\x01\x03\x01\x05\x00\x07\x02ab", nil, []string{
			"struct", "late struct", "late.n 05", "late end", `name ""`, "flags 00", "topics array", "topics end", "extra 00000009", "tag 00000007 6162", "end"}},
		{"a tagged struct that is null", 2, true, "\x01\x00\x01\x01\x01\x01\x00", nil, []string{
			"struct", "late null", `name ""`, "flags 00", "topics array", "topics end", "end"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := Walker{DefinitionOrder: test.order}
			var v transcript
			body := Body{Bytes: []byte(test.bytes), Cuts: test.cuts}
			if err := w.Walk(layoutOf(t, sample, test.version), body, &v); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, v.lines); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if len(w.Rest()) != 0 {
				t.Errorf("left over: %x", w.Rest())
			}
		})
	}
}

// Records that were cut out of a message and are not all there are visited all
// the same, and JSON has of them what a hook makes of them.
func TestRecordsThatEndTheMessage(t *testing.T) {
	l := layoutOf(t, "Records 902\nrequest 0, flexible none\n    n  int8\n    a  records?\n    b  int8\n", 0)
	body := Body{Bytes: []byte("\x07\x00\x00\x00\x09"), Cuts: []Cut{{At: 5, Size: 4}}}
	var w Walker
	var v transcript
	err := w.Walk(l, body, &v)
	if diff := cmp.Diff([]string{"struct", "n 07", "a cut"}, v.lines); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	fault, ok := err.(*Error)
	if !ok || fault.Path != "a" || fault.Offset != 5 || fault.Need != 9 || fault.Have != 4 {
		t.Errorf("%v", err)
	}
	for mode, want := range []string{`{"n":7}`, `{"n":7}`, `{"n":7}`} {
		j := JSON{Records: JSONRecords(mode)}
		if got, err := j.Append(nil, l, body); err == nil || string(got) != want {
			t.Errorf("mode %d: %s, %v, want %s", mode, got, err, want)
		}
	}
	j := JSON{Hook: sizes{}}
	if got, err := j.Append(nil, l, body); err == nil || string(got) != `{"n":7,"a":"cut 0"}` {
		t.Errorf("hooked: %s, %v", got, err)
	}
}

// sizes is a hook that says which cut stands in for records.
type sizes struct{}

func (sizes) AppendValue(dst []byte, w *Walker, op *Op, _ []byte) ([]byte, bool) {
	return AppendJSONString(dst, "cut "+strconv.Itoa(w.Cut())), op.Kind == Records
}

func (sizes) AppendTag(dst []byte, _ *Walker, _ []byte) ([]byte, bool) { return dst, false }

func TestWalkPassesOverWhatIsNotEntered(t *testing.T) {
	w := Walker{}
	v := transcript{pass: "topics"}
	body := []byte("\x00\x02hi\x01\x00\x00\x00\x01" + "\xff\xff\x00\x00\x00\x00\x01\x00\x07rest")
	if err := w.Walk(layoutOf(t, sample, 0), Body{Bytes: body}, &v); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"struct", `name "hi"`, "flags 01", "topics array", "end"}, v.lines); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if string(w.Rest()) != "rest" {
		t.Errorf("left over %q, want rest", w.Rest())
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name    string
		version int16
		bytes   string
		want    Error
	}{
		{"cut in an element", 0, "\x00\x00\x00\x00\x00\x00\x02" + "\xff\xff\x01\x00\x00\x00\x00" + "\x00\x05ab",
			Error{Path: "topics[1].value", Offset: 16, Need: 5, Have: 2, Reason: "the message ends"}},
		{"null array", 0, "\x00\x00\x00\xff\xff\xff\xff",
			Error{Path: "topics", Offset: 3, Need: -1, Have: 4, Reason: "null, where this version allows none"}},
		{"endless varint", 2, "\xff\xff\xff\xff\xff\x01",
			Error{Path: "name", Offset: 0, Need: -1, Have: 6, Reason: "a varint longer than five bytes"}},
		{"a tag beyond the end", 2, "\x01\x00\x01\x01\x63\x7f",
			Error{Path: "", Offset: 6, Need: 127, Have: 0, Reason: "the message ends within tag 99"}},
		{"a tag's value beyond its size", 2, "\x01\x00\x01\x01\x00\x02\x00\x00\x00\x09",
			Error{Path: "extra", Offset: 6, Need: 4, Have: 2, Reason: "the tagged field's size ends"}},
		{"a tag's value beyond its size and the message", 2, "\x01\x00\x01\x01\x00\x02\x00\x00",
			Error{Path: "extra", Offset: 6, Need: 4, Have: 2, Reason: "the message ends"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := layoutOf(t, sample, test.version)
			test.want.Layout = l
			err := new(Walker).Walk(l, Body{Bytes: []byte(test.bytes)}, new(transcript))
			got, ok := err.(*Error)
			if !ok || *got != test.want {
				t.Errorf("got  %v\nwant %v", err, &test.want)
			}
		})
	}
}

// siblings looks at the sibling that tells whether a value is a secret.
type siblings struct {
	transcript
	secrets []bool
}

func (v *siblings) Value(w *Walker, op *Op, raw []byte) {
	if op.Is == Secret {
		s := w.Sibling(op)
		v.secrets = append(v.secrets, s != nil && s[0] != 0)
	}
}

func TestSiblingStandsBehindTheValue(t *testing.T) {
	bytes := "\x00\x00\x00\x00\x00\x00\x02" + "\x00\x01a\x01\x00\x00\x00\x00" + "\x00\x01b\x00\x00\x00\x00\x00"
	var v siblings
	if err := new(Walker).Walk(layoutOf(t, sample, 0), Body{Bytes: []byte(bytes)}, &v); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]bool{true, false}, v.secrets); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A claimed length must cost nothing where the bytes are not there.
func TestClaimsCostNothing(t *testing.T) {
	claims := map[int16]string{
		0: "\x00\x00\x00\x7f\xff\xff\xff\x00",
		2: "\x01\x00\xff\xff\xff\xff\x07",
	}
	for version, bytes := range claims {
		l := layoutOf(t, sample, version)
		allocs := testing.AllocsPerRun(10, func() {
			if err := new(Walker).Walk(l, Body{Bytes: []byte(bytes)}, nobody{}); err == nil {
				t.Errorf("v%d: no error", version)
			}
		})
		if allocs > 12 {
			t.Errorf("v%d: %v allocations", version, allocs)
		}
	}
}

// made is a random message that fits a layout, for tests that need no meaning.
type made struct {
	r     *rand.Rand
	l     *Layout
	bytes []byte // the records left out
	cuts  []Cut
	whole []byte // the records left in
}

func (m *made) both(b ...byte) {
	m.bytes = append(m.bytes, b...)
	m.whole = append(m.whole, b...)
}

func (m *made) uvarint(n uint32) { m.both(binary.AppendUvarint(nil, uint64(n))...) }

func (m *made) structure(op *Op) {
	for i := op.At + 1; i < op.End; i = m.l.Ops[i].End {
		if !m.l.Ops[i].Tagged {
			m.value(&m.l.Ops[i])
		}
	}
	if !op.Flexible {
		return
	}
	m.uvarint(uint32(len(op.tags)) + 1)
	for tag, at := range op.tags {
		if at < 0 {
			m.uvarint(uint32(tag))
			m.uvarint(0)
			continue
		}
		inner := made{r: m.r, l: m.l}
		inner.value(&m.l.Ops[at])
		m.uvarint(uint32(tag))
		m.uvarint(uint32(len(inner.bytes)))
		m.both(inner.bytes...)
	}
	m.uvarint(200)
	m.uvarint(3)
	m.both(1, 2, 3)
}

func (m *made) length(op *Op, n int) {
	switch {
	case op.Compact:
		m.uvarint(uint32(n + 1))
	case op.Kind == String:
		m.both(binary.BigEndian.AppendUint16(nil, uint16(n))...)
	default:
		m.both(binary.BigEndian.AppendUint32(nil, uint32(n))...)
	}
}

func (m *made) value(op *Op) {
	null := op.Nullable && m.r.IntN(4) == 0
	if op.Kind == Struct {
		if op.Nullable {
			m.presence(op, null)
		}
		if !null {
			m.structure(op)
		}
		return
	}
	if op.Width > 0 {
		for range op.Width {
			m.both(byte(m.r.IntN(256)))
		}
		return
	}
	if null {
		m.length(op, -1)
		return
	}
	n := m.r.IntN(4)
	m.length(op, n)
	switch op.Kind {
	case Array:
		for range n {
			m.value(&m.l.Ops[op.At+1])
		}
	case Records:
		if n > 0 {
			m.cuts = append(m.cuts, Cut{At: len(m.bytes), Size: n})
		}
		m.whole = append(m.whole, "rec"[:n]...)
	default:
		m.both([]byte("abc")[:n]...)
	}
}

func (m *made) presence(op *Op, null bool) {
	switch {
	case op.Tagged && null:
		m.both(0)
	case !op.Tagged && null:
		m.both(0xff)
	default:
		m.both(1)
	}
}

func makeMessage(seed uint64, l *Layout) *made {
	m := &made{r: rand.New(rand.NewPCG(seed, 7)), l: l}
	m.structure(&l.Ops[0])
	return m
}

// Every layout reads a message that was made for it to its end, in both
// orders, passed over or not, with its records and without.
func TestEveryLayoutReadsToTheEnd(t *testing.T) {
	everyLayout(t, func(t testing.TB, _ *definition, l *Layout) {
		for seed := range uint64(5) {
			m := makeMessage(seed, l)
			for _, body := range []Body{{Bytes: m.whole}, {Bytes: m.bytes, Cuts: m.cuts}} {
				for _, w := range []*Walker{{}, {DefinitionOrder: true}} {
					if err := w.Walk(l, body, nobody{}); err != nil || len(w.Rest()) != 0 {
						t.Fatalf("%s, seed %d: %v, %d bytes left over", l, seed, err, len(w.Rest()))
					}
					if w.Offset() != len(m.whole) {
						t.Fatalf("%s, seed %d: ends at offset %d of %d", l, seed, w.Offset(), len(m.whole))
					}
				}
			}
		}
	})
}

// A Skeleton fed with single bytes finds the records where they were put.
func TestSkeletonFindsTheRecords(t *testing.T) {
	everyLayout(t, func(t testing.TB, _ *definition, l *Layout) {
		for seed := range uint64(5) {
			m := makeMessage(seed, l)
			body, end, ok := skeletonOf(l, m.whole)
			if diff := cmp.Diff(m.cuts, body.Cuts); diff != "" {
				t.Fatalf("%s, seed %d: -want +got:\n%s", l, seed, diff)
			}
			if !ok || end != len(m.whole) || string(body.Bytes) != string(m.bytes) {
				t.Fatalf("%s, seed %d: ends at %d of %d, %t", l, seed, end, len(m.whole), ok)
			}
		}
	})
}

// skeletonOf has a Skeleton pass over a message that arrives byte by byte, and
// gives what is left when its records are cut out and where it ends. ok is
// false where the Skeleton finds no end.
func skeletonOf(l *Layout, whole []byte) (body Body, end int, ok bool) {
	var s Skeleton
	s.Reset(l)
	for {
		switch state, size := s.Next(body.Bytes); {
		case state == Complete:
			return body, end, s.Pos() == len(body.Bytes)
		case state == AtRecords && size <= len(whole)-end:
			body.Cuts = append(body.Cuts, Cut{At: s.Pos(), Size: size})
			end += size
		case state == NeedMore && end < len(whole):
			body.Bytes = append(body.Bytes, whole[end])
			end++
		default:
			return body, 0, false
		}
	}
}

// What a message claims may be more than an int holds where it has 32 bits:
// GOARCH=386 go test ./codec.
func TestClaimsBeyondAnInt(t *testing.T) {
	const text = "Claims 901\nrequest 0-1, flexible 1+\n    ids []uuid\n    after int8\n"
	tests := []struct {
		name    string
		version int16
		bytes   string
		need    int64
	}{
		{"elements of 2^32 bytes and those of one more", 0, "\x10\x00\x00\x01", 0x10000001 * 16},
		{"a tagged field of 2^32-1 bytes", 1, "\x01\x00\x01\x09\xff\xff\xff\xff\x0f", 1<<32 - 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := layoutOf(t, text, test.version)
			body := append([]byte(test.bytes), make([]byte, 64)...)
			var s Skeleton
			s.Reset(l)
			if state, _ := s.Next(body); state != NeedMore || s.Pos() != len(body) {
				t.Errorf("the skeleton stops at %d of %d bytes, state %d", s.Pos(), len(body), state)
			}
			err, ok := new(Walker).Walk(l, Body{Bytes: body}, &transcript{pass: "ids"}).(*Error)
			if want := int(min(test.need, math.MaxInt)); !ok || err.Need != want {
				t.Errorf("%v, want one that needs %d", err, want)
			}
		})
	}
}

// Every prefix of a message is read as far as it goes and gives one error.
func TestEveryPrefixEndsInAnError(t *testing.T) {
	everyLayout(t, func(t testing.TB, _ *definition, l *Layout) {
		m := makeMessage(1, l)
		for n := range m.whole {
			for _, w := range []*Walker{{}, {DefinitionOrder: true}} {
				if err := w.Walk(l, Body{Bytes: m.whole[:n]}, nobody{}); err == nil {
					t.Fatalf("%s: %d of %d bytes read without an error", l, n, len(m.whole))
				}
			}
		}
	})
}

func FuzzWalk(f *testing.F) {
	fuzzMessages(f, func(t *testing.T, l *Layout, body []byte) {
		wire, ordered := Walker{}, Walker{DefinitionOrder: true}
		inWire := wire.Walk(l, Body{Bytes: body}, nobody{})
		inOrder := ordered.Walk(l, Body{Bytes: body}, nobody{})
		if (inWire == nil) != (inOrder == nil) || inWire == nil && wire.Offset() != ordered.Offset() {
			t.Errorf("%s: %x: the wire's order reads to %d, %v; the definition's to %d, %v", l, body, wire.Offset(), inWire, ordered.Offset(), inOrder)
		}
		without, end, ok := skeletonOf(l, body)
		if inWire != nil {
			return
		}
		if !ok || end != wire.Offset() {
			t.Fatalf("%s: %x ends at %d; the skeleton's end is %d, %t", l, body, wire.Offset(), end, ok)
		}
		j := JSON{Records: RecordsSize}
		whole, err := j.Append(nil, l, Body{Bytes: body})
		cut, errCut := j.Append(nil, l, without)
		if err != nil || errCut != nil || string(cut) != string(whole) || j.Walker.Offset() != end {
			t.Errorf("%s: %x\nis           %s, %v\nwithout records %s, %v", l, body, whole, err, cut, errCut)
		}
	})
}

func BenchmarkWalkFetchRequest(b *testing.B) {
	l, _ := APIByName("Fetch").Layout(Request, 12)
	m := makeMessage(4, l)
	b.SetBytes(int64(len(m.whole)))
	b.ReportAllocs()
	var w Walker
	for b.Loop() {
		if err := w.Walk(l, Body{Bytes: m.whole}, nobody{}); err != nil {
			b.Fatal(err)
		}
	}
}

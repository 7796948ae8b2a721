package codec

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

const tagged = `Tagged 901
request 0-1, flexible 0+
    first    int32               tag 2, default -1
    second   struct              tag 0
        n        int8            default 5
        name     string?         default null
        inner    struct
            ids  []int32
    third    []int16             tag 1
    fourth   string?             tag 3, default null
    fifth    []int8?             tag 4
    sixth    struct?             tag 5
        n        int8
    seventh  string              tag 6, default "abc"
    eighth   bool                tag 7, default true
    ninth    uuid                tag 8
    tenth    bytes               tag 9
    float    float64             tag 10
`

// The messages are those that Kafka's generated classes would print so, but
// that their layout is this test's own.
func TestJSONOfTaggedFields(t *testing.T) {
	tests := []struct {
		name, bytes, want string
	}{
		{"no tags", "\x00", `{}`},
		{"only defaults", "\x09" +
			"\x00\x05\x05\x00\x01\x00\x00" + "\x01\x01\x01" + "\x02\x04\xff\xff\xff\xff" + "\x03\x01\x00" + "\x04\x01\x01" +
			"\x05\x03\x01\x00\x00" + "\x06\x04\x04abc" + "\x07\x01\x07" + "\x09\x01\x01", `{}`},
		{"the definition's order", "\x02" + "\x01\x03\x02\x00\x09" + "\x02\x04\x00\x00\x00\x01", `{"first":1,"third":[9]}`},
		{"not ascending", "\x02" + "\x02\x04\x00\x00\x00\x01" + "\x01\x03\x02\x00\x09", `{"first":1,"third":[9]}`},
		{"twice: the last counts", "\x02" + "\x02\x04\x00\x00\x00\x01" + "\x02\x04\x00\x00\x00\x02", `{"first":2}`},
		{"a struct that differs", "\x01" + "\x00\x05\x06\x00\x01\x00\x00", `{"second":{"n":6,"name":null,"inner":{"ids":[]}}}`},
		{"deep inside", "\x01" + "\x00\x09\x05\x00\x02\x00\x00\x00\x07\x00\x00", `{"second":{"n":5,"name":null,"inner":{"ids":[7]}}}`},
		{"an empty string is no null", "\x01" + "\x03\x01\x01", `{"fourth":""}`},
		{"null is no default", "\x02" + "\x04\x01\x00" + "\x05\x01\x00", `{"fifth":null,"sixth":null}`},
		{"a string, a bool, a uuid, bytes", "\x04" + "\x06\x01\x01" + "\x07\x01\x00" +
			"\x08\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" + "\x09\x03\x03\xff\xfe",
			`{"seventh":"","eighth":false,"ninth":"_____________________w","tenth":"//4="}`},
		{"unknown tags", "\x03" + "\x00\x08\x05\x00\x01\x00\x01\x63\x01a" + "\x20\x00" + "\x21\x02ab",
			`{"second":{"n":5,"name":null,"inner":{"ids":[]},"_unknownTaggedFields":[{"tag":99,"data":"YQ=="}]},` +
				`"_unknownTaggedFields":[{"tag":32,"data":""},{"tag":33,"data":"YWI="}]}`},
		{"unknown tags before known ones", "\x02" + "\x20\x00" + "\x03\x01\x01", `{"fourth":"","_unknownTaggedFields":[{"tag":32,"data":""}]}`},
	}
	j := JSON{UnknownTags: true}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := j.Append(nil, layoutOf(t, tagged, 0), Body{Bytes: []byte(test.bytes)})
			if err != nil || string(got) != test.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, test.want)
			}
		})
	}
}

// Of a tagged field that was sent twice the first must be readable too, in
// whatever order tags are visited, and nobody is told of what is in it.
func TestABrokenTagSentTwice(t *testing.T) {
	const late = "Late 908\nrequest 0, flexible 0+\n    tag   struct  tag 0\n        n     int8\n        word  string\n    last  int8\n"
	const plain = "Plain 909\nrequest 0, flexible 0+\n    last  int8\n    tag   struct  tag 0\n        n     int8\n        word  string\n"
	const good = "\x00\x04\x07\x02b\x00"
	for _, sample := range []string{late, plain} {
		l := layoutOf(t, sample, 0)
		for _, test := range []struct{ first, want string }{
			{"\x00\x04\x06\x02a\x00", ""},
			{"\x00\x04\x06\x09a\x00", "tag.word: the tagged field's size ends: needs 8 bytes, has 2 at offset 6"},
			{"\x00\x05\x06\x02a\x01\x63", "tag: the tagged field's size ends: needs 1 byte, has 0 at offset 9"},
		} {
			body := []byte("\x01\x02" + test.first + good)
			for _, order := range []bool{false, true} {
				w := Walker{DefinitionOrder: order}
				if err := w.Walk(l, Body{Bytes: body}, nobody{}); (err != nil) != (test.want != "") || err != nil && !strings.HasSuffix(err.Error(), test.want) {
					t.Errorf("%x, in the definition's order %t: %v, want %s", body, order, err, test.want)
				}
			}
			var j JSON
			text, err := j.Append(nil, l, Body{Bytes: body})
			if (err != nil) != (test.want != "") || err == nil && !strings.Contains(string(text), `"tag":{"n":7,"word":"b"}`) || !json.Valid(text) {
				t.Errorf("%x: %s, %v", body, text, err)
			}
		}
	}
}

// Kafka prints a struct of defaults when an unknown tag was in it, and not the
// tag.
func TestJSONOfUnknownTagsAsKafka(t *testing.T) {
	var j JSON
	got, err := j.Append(nil, layoutOf(t, tagged, 0), Body{Bytes: []byte("\x01" + "\x00\x08\x05\x00\x01\x00\x01\x63\x01a")})
	want := `{"second":{"n":5,"name":null,"inner":{"ids":[]}}}`
	if err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}

func TestJSONOfRecords(t *testing.T) {
	l := layoutOf(t, "Records 902\nrequest 0, flexible none\n    a  records?\n    b  records?\n", 0)
	whole := Body{Bytes: []byte("\x00\x00\x00\x03\xff\xfe\xfd\xff\xff\xff\xff")}
	cut := Body{Bytes: []byte("\x00\x00\x00\x03\xff\xff\xff\xff"), Cuts: []Cut{{At: 4, Size: 3}}}
	tests := []struct {
		mode JSONRecords
		body Body
		want string
	}{
		{RecordsEmpty, whole, `{"a":"","b":null}`},
		{RecordsEmpty, cut, `{"a":"","b":null}`},
		{RecordsSize, whole, `{"aSizeInBytes":3,"b":null}`},
		{RecordsSize, cut, `{"aSizeInBytes":3,"b":null}`},
		{RecordsBase64, whole, `{"a":"//79","b":null}`},
	}
	for _, test := range tests {
		j := JSON{Records: test.mode}
		got, err := j.Append(nil, l, test.body)
		if err != nil || string(got) != test.want {
			t.Errorf("mode %d: got %s, %v, want %s", test.mode, got, err, test.want)
		}
	}
}

func TestJSONStrings(t *testing.T) {
	tests := []struct{ s, want string }{
		{"", `""`},
		{"orders", `"orders"`},
		{"\x00\x1f\b\f\n\r\t\"\\", `"\u0000\u001F\b\f\n\r\t\"\\"`},
		{"/<>&\x7f\u2028日😀", "\"/<>&\x7f\u2028日😀\""},
		// From here on as java.lang.String(bytes, UTF_8) of Java 17 gives it.
		{"\xffa", "\"\uFFFDa\""},
		{"\uFFFD", "\"\uFFFD\""},
		{"\xed\xa0\x80", "\"\uFFFD\""},
		{"\xed\xa0a", "\"\uFFFDa\""},
		{"\xed\xa0\x80\xed\xb0\x80", "\"\uFFFD\uFFFD\""},
		{"\xc0\x80", "\"\uFFFD\uFFFD\""},
		{"\xe4\xb8", "\"\uFFFD\""},
		{"\xe0\x80\x80", "\"\uFFFD\uFFFD\uFFFD\""},
		{"\xf0\x9f\x98", "\"\uFFFD\""},
		{"\xf0\x9f\x98a", "\"\uFFFDa\""},
		{"\xf0\x80\x80\x80", "\"\uFFFD\uFFFD\uFFFD\uFFFD\""},
		{"\xf4\x90\x80\x80", "\"\uFFFD\uFFFD\uFFFD\uFFFD\""},
		{"\xf5\x80", "\"\uFFFD\uFFFD\""},
		{"a\x80b", "\"a\uFFFDb\""},
	}
	for _, test := range tests {
		if got := string(AppendJSONString(nil, test.s)); got != test.want {
			t.Errorf("%q: got %q, want %q", test.s, got, test.want)
		}
		if got := string(AppendJSONString(nil, []byte(test.s))); got != test.want {
			t.Errorf("%q as bytes: got %q, want %q", test.s, got, test.want)
		}
	}
}

// What stands for a text is what stands for each of its characters, wherever
// they stand and however much room there is before.
func TestJSONOfTexts(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	characters := []rune("\x00\x1f\n\t\"\\!#[]~\x7f\u0080é\u2028日\uFFFD😀")
	for n := range 3000 {
		text, want := []byte(nil), "before\""
		for len(text) < n%1200 {
			c := 'a' + r.Int32N(26)
			if r.IntN(5) < n%5 {
				c = characters[r.IntN(len(characters))]
			}
			text = utf8.AppendRune(text, c)
			one := AppendJSONString(nil, string(c))
			want += string(one[1 : len(one)-1])
		}
		want += `"`
		before := append(make([]byte, 0, len("before")+r.IntN(2*len(want))), "before"...)
		if got := string(AppendJSONText(before, text)); got != want {
			t.Fatalf("%q: got %s, want %s", text, got, want)
		}
		if got := string(AppendJSONString(before, text)); got != want {
			t.Fatalf("%q as a string: got %s, want %s", text, got, want)
		}
	}
}

// The texts are those of java.lang.Double.toString.
func TestJSONFloats(t *testing.T) {
	tests := []struct {
		f    float64
		want string
	}{
		{0, "0.0"}, {math.Copysign(0, -1), "-0.0"}, {1, "1.0"}, {-1.5, "-1.5"}, {0.1, "0.1"}, {100, "100.0"},
		{0.001, "0.001"}, {0.00099, "9.9E-4"}, {1e-4, "1.0E-4"}, {9999999, "9999999.0"}, {1e7, "1.0E7"}, {-1e7, "-1.0E7"},
		{123456.789, "123456.789"}, {12345678.9, "1.23456789E7"}, {1e300, "1.0E300"}, {5e-324, "4.9E-324"},
		{math.MaxFloat64, "1.7976931348623157E308"},
		{math.NaN(), `"NaN"`}, {math.Inf(1), `"Infinity"`}, {math.Inf(-1), `"-Infinity"`},
	}
	for _, test := range tests {
		if got := string(appendJSONFloat(nil, test.f)); got != test.want {
			t.Errorf("%v: got %s, want %s", test.f, got, test.want)
		}
	}
}

// Numbers, bytes, uuids and strings are as the standard library has them,
// however long they are.
func TestJSONOfEveryLength(t *testing.T) {
	check := func(got []byte, want string) {
		t.Helper()
		if want = "before" + want; string(got) != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for power := int64(1); power > 0; power *= 3 {
		for _, n := range []int64{power - 1, power, power + 1, power * 2 / 3, -power, 1 - power} {
			check(AppendJSONInt([]byte("before"), n), strconv.FormatInt(n, 10))
		}
	}
	for n := range int64(100_000) {
		check(AppendJSONInt([]byte("before"), n*1009), strconv.FormatInt(n*1009, 10))
	}
	check(AppendJSONInt([]byte("before"), math.MaxInt64), "9223372036854775807")
	check(AppendJSONInt([]byte("before"), math.MinInt64), "-9223372036854775808")
	r := rand.New(rand.NewPCG(1, 2))
	raw, plain := make([]byte, 100), make([]byte, 100)
	for n := range len(raw) {
		for i := range raw {
			raw[i], plain[i] = byte(r.Uint32()), byte('a'+r.IntN(26))
		}
		check(AppendJSONBytes([]byte("before"), raw[:n]), `"`+base64.StdEncoding.EncodeToString(raw[:n])+`"`)
		check(appendUUID([]byte("before"), raw[:16]), `"`+base64.RawURLEncoding.EncodeToString(raw[:16])+`"`)
		check(AppendJSONString([]byte("before"), plain[:n]), `"`+string(plain[:n])+`"`)
		for at := range n {
			s := slices.Clone(plain[:n])
			s[at] = byte(r.Uint32()) // of any kind
			var back string
			got := AppendJSONString(nil, s)
			if err := json.Unmarshal(got, &back); err != nil || back != strings.ToValidUTF8(string(s), "\uFFFD") {
				t.Errorf("%q: got %s, which is %q, %v", s, got, back, err)
			}
		}
	}
}

func TestJSONValues(t *testing.T) {
	tests := []struct {
		kind      Kind
		raw, want string
	}{
		{Bool, "\x05", `true`},
		{Bool, "\x00", `false`},
		{Int8, "\x80", `-128`},
		{Int16, "\xff\xfe", `-2`},
		{Uint16, "\xff\xff", `65535`},
		{Int32, "\x80\x00\x00\x00", `-2147483648`},
		{Uint32, "\xff\xff\xff\xff", `4294967295`},
		{Int64, "\x7f\xff\xff\xff\xff\xff\xff\xff", `9223372036854775807`},
		{UUID, "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", `"AAAAAAAAAAAAAAAAAAAAAA"`},
		{Bytes, "\xff\xfe\xfd\xfc", `"//79/A=="`},
		{Bytes, "", `""`},
	}
	for _, test := range tests {
		op := Op{Kind: test.kind}
		if got := string(AppendJSONValue(nil, &op, []byte(test.raw))); got != test.want {
			t.Errorf("%s %x: got %s, want %s", test.kind, test.raw, got, test.want)
		}
	}
}

// shout is a JSONHook.
type shout struct{}

func (shout) AppendValue(dst []byte, _ *Walker, op *Op, raw []byte) ([]byte, bool) {
	if op.Is == TopicName && op.Name != "" {
		return append(AppendJSONString(dst, raw), `,"loud":true`...), true
	}
	return dst, false
}

func (shout) AppendTag(dst []byte, w *Walker, raw []byte) ([]byte, bool) {
	if len(raw) == 2 {
		return append(dst, `"`+w.Layout().Name+`!"`...), true
	}
	return dst, false
}

func TestJSONHook(t *testing.T) {
	l := layoutOf(t, "Hook 903\nrequest 0, flexible 0\n    a  string?  is topicName\n    b  []string  is topicName\n    c  string  is groupId\n", 0)
	body := Body{Bytes: []byte("\x02x\x01\x02y\x02\x07\x01z\x08\x02zz")}
	for unknownTags, tags := range map[bool]string{false: "", true: `,"_unknownTaggedFields":[{"tag":7,"data":"eg=="},{"tag":8,"data":"Hook!"}]`} {
		j := JSON{Hook: shout{}, UnknownTags: unknownTags}
		got, err := j.Append(nil, l, body)
		if want := `{"a":"x","loud":true,"b":[],"c":"y"` + tags + `}`; err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}

// units is a JSONHook that says how many bytes a text of numbers has.
type units struct{}

func (units) AppendValue(dst []byte, _ *Walker, op *Op, raw []byte) ([]byte, bool) {
	if op.Is != Text || op.Kind != Array {
		return dst, false
	}
	return strconv.AppendInt(dst, int64(len(raw)), 10), true
}

func (units) AppendTag(dst []byte, _ *Walker, _ []byte) ([]byte, bool) { return dst, false }

// Texts of numbers are handed to the hook whole, where they are there.
func TestJSONHookOfTexts(t *testing.T) {
	l := layoutOf(t, "Texts 904\nrequest 0, flexible none\n    a  []uint16  is text\n    b  []struct\n        c  []uint16?  is text\n        d  int8\n", 0)
	const body = "\x00\x00\x00\x02\x00h\x00i" + "\x00\x00\x00\x02" + "\x00\x00\x00\x00\x07" + "\xff\xff\xff\xff\x08"
	for n, want := range map[int][2]string{
		len(body): {`{"a":4,"b":[{"c":0,"d":7},{"c":null,"d":8}]}`, `{"a":[104,105],"b":[{"c":[],"d":7},{"c":null,"d":8}]}`},
		7:         {`{"a":[104]}`, `{"a":[104]}`},
	} {
		for i, hook := range []JSONHook{units{}, shout{}} {
			j := JSON{Hook: hook}
			if got, _ := j.Append(nil, l, Body{Bytes: []byte(body[:n])}); string(got) != want[i] {
				t.Errorf("%d bytes, %T: got %s, want %s", n, hook, got, want[i])
			}
		}
	}
}

// Whatever a message is cut to, and whatever is in it, its JSON is valid.
func TestJSONOfPrefixesIsValid(t *testing.T) {
	var dst []byte
	everyLayout(t, func(t testing.TB, _ *definition, l *Layout) {
		m := makeMessage(3, l)
		j := JSON{UnknownTags: true, Records: RecordsBase64}
		for n := range len(m.whole) + 1 {
			var err error
			dst, err = j.Append(dst[:0], l, Body{Bytes: m.whole[:n]})
			if (err == nil) != (n == len(m.whole)) {
				t.Fatalf("%s: %d of %d bytes: %v", l, n, len(m.whole), err)
			}
			if !json.Valid(dst) {
				t.Fatalf("%s: %d of %d bytes: %s", l, n, len(m.whole), dst)
			}
		}
	})
}

func TestJSONOfAHeadersTags(t *testing.T) {
	for section, want := range map[string]string{
		"": `[]`, "\x00": `[]`,
		"\x02\x05\x00\x80\x01\x02ab": `[{"tag":5,"data":""},{"tag":128,"data":"YWI="}]`,
		"\x02\x05\x01a\x06\x02b":     `[{"tag":5,"data":"YQ=="}]`,
		"\xff\xff\xff\xff\x0f\x05":   `[]`,
	} {
		if got := string(AppendJSONTags(nil, []byte(section))); got != want {
			t.Errorf("%x: got %s, want %s", section, got, want)
		}
	}
}

// longWay is a JSON that its walker does not know as one, so that it calls it
// as any Visitor.
type longWay struct{ *jsonVisitor }

// checkBothWays appends a message the short way and the long one.
func checkBothWays(t testing.TB, j *JSON, l *Layout, body Body) (text []byte) {
	t.Helper()
	var odd []string
	if j.Walker.Odd != nil {
		j.Walker.Odd = func(w *Walker, op *Op, is Oddity, raw []byte) {
			odd = append(odd, is.String()+" "+string(w.AppendPath(nil, op))+" "+hex.EncodeToString(raw))
		}
	}
	text, fault := j.Append(nil, l, body)
	offset, oddShort := j.Walker.Offset(), odd
	odd = nil
	long, longFault := j.append(nil, l, body, longWay{(*jsonVisitor)(j)})
	if string(text) != string(long) || j.Walker.Offset() != offset || !slices.Equal(oddShort, odd) {
		t.Errorf("%s: %x\nthe short way %s, to %d, %q\nthe long way  %s, to %d, %q", l, body.Bytes,
			text, offset, oddShort, long, j.Walker.Offset(), odd)
	}
	j.much = 1
	for _, visitor := range []Visitor{(*jsonVisitor)(j), longWay{(*jsonVisitor)(j)}} {
		var out []byte
		j.Spill = func(dst []byte) []byte {
			out = append(out, dst...)
			return dst[:0]
		}
		if rest, _ := j.append([]byte("before"), l, body, visitor); string(out)+string(rest) != "before"+string(text) {
			t.Errorf("%s: %x\nspilled %s\nand %s, want %s", l, body.Bytes, out, rest, text)
		}
	}
	j.Spill = nil
	if diff := cmp.Diff(longFault, fault, cmp.Comparer(func(a, b *Layout) bool { return a == b })); diff != "" {
		t.Errorf("%s: %x: the errors differ (-long +short):\n%s", l, body.Bytes, diff)
	}
	return text
}

// A message that is long in JSON is never there as a whole: not one of many
// structs, of many texts, or of many unknown tags.
func TestLongMessagesSpill(t *testing.T) {
	const n = 200_000
	count := binary.AppendUvarint(nil, n+1)
	for _, test := range []struct {
		api     string
		version int16
		body    []byte
	}{
		{"Metadata", 1, slices.Concat(binary.BigEndian.AppendUint32(nil, n), bytes.Repeat([]byte("\x00\x01t"), n))},
		{"DeleteTopics", 4, slices.Concat(count, bytes.Repeat([]byte("\x02t"), n), []byte("\x00\x00\x00\x00\x00"))},
		{"DeleteTopics", 4, slices.Concat([]byte("\x01\x00\x00\x00\x00"), binary.AppendUvarint(nil, n), bytes.Repeat([]byte("\x64\x00"), n))},
	} {
		layout, err := APIByName(test.api).Layout(Request, test.version)
		if err != nil {
			t.Fatal(err)
		}
		plain := JSON{UnknownTags: true}
		want, err := plain.Append(nil, layout, Body{Bytes: test.body})
		if err != nil || len(plain.Walker.Rest()) > 0 {
			t.Fatalf("%s: %v", layout, err)
		}
		var out []byte
		most := 0
		spilling := JSON{UnknownTags: true, Spill: func(dst []byte) []byte {
			most = max(most, len(dst))
			out = append(out, dst...)
			return dst[:0]
		}}
		rest, err := spilling.Append(nil, layout, Body{Bytes: test.body})
		if most = max(most, len(rest)); err != nil || !bytes.Equal(append(out, rest...), want) || most > spillSize+1000 {
			t.Errorf("%s: %v, or not the same, or %d bytes at once", layout, err, most)
		}
	}
}

// Whichever way a message goes, whole or cut off anywhere, its JSON, what is
// odd about it and its error are the same.
func TestJSONBothWays(t *testing.T) {
	everyLayout(t, func(t testing.TB, _ *definition, l *Layout) {
		for seed := range uint64(2) {
			m := makeMessage(seed, l)
			for _, j := range []JSON{{}, {Walker: Walker{Odd: noteNothing}}, {Hook: shout{}, Records: RecordsSize},
				{UnknownTags: true, Records: RecordsBase64, Hook: shout{}, Walker: Walker{Odd: noteNothing}}} {
				checkBothWays(t, &j, l, Body{Bytes: m.bytes, Cuts: m.cuts})
				for n := len(m.whole); n >= 0; n -= 1 + n/4 {
					checkBothWays(t, &j, l, Body{Bytes: m.whole[:n]})
				}
			}
		}
	})
}

func noteNothing(*Walker, *Op, Oddity, []byte) {}

func FuzzJSON(f *testing.F) {
	ways := []JSON{{UnknownTags: true, Records: RecordsSize}, {Hook: shout{}, Walker: Walker{Odd: noteNothing}}}
	fuzzMessages(f, func(t *testing.T, l *Layout, body []byte) {
		for i := range ways {
			if got := checkBothWays(t, &ways[i], l, Body{Bytes: body}); !json.Valid(got) {
				t.Errorf("%s: %x gives %s", l, body, got)
			}
		}
	})
}

func BenchmarkJSON(b *testing.B) {
	metadata, _ := APIByName("Metadata").Layout(Response, 12)
	fetch, _ := APIByName("Fetch").Layout(Response, 12)
	for _, l := range []*Layout{metadata, fetch} {
		b.Run(l.Name, func(b *testing.B) {
			body := manyElements(l)
			var j JSON
			var dst []byte
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				dst, _ = j.Append(dst[:0], l, Body{Bytes: body})
			}
			b.ReportMetric(float64(len(dst)), "out-bytes/op")
		})
	}
}

// manyElements makes a message whose outermost arrays have a hundred elements.
func manyElements(l *Layout) []byte {
	m := makeMessage(5, l)
	m.bytes, m.whole, m.cuts = nil, nil, nil
	root := &l.Ops[0]
	for i := root.At + 1; i < root.End; i = l.Ops[i].End {
		op := &l.Ops[i]
		switch {
		case op.Tagged:
		case op.Kind == Array && op.Compact:
			m.both(binary.AppendUvarint(nil, 101)...)
			for range 100 {
				m.value(&l.Ops[i+1])
			}
		default:
			m.value(op)
		}
	}
	m.both(0)
	return m.whole
}

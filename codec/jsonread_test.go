package codec

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

const jsonSample = `Sample 904
request 0-1, flexible 1+
    name    string?
    flags   struct
        small   int8
        wide    uint32
        port    uint16
    topics  []struct
        id      uuid
        on      bool
        ratio   float64
        data    bytes
    batch   records?
    late    int32     1+  tag 1, default -1
    inner   struct?   1+  tag 0
        n       int8      default 5
    words   []string? 1+  tag 2, default null
`

const (
	jsonHead = `{"name":"a","flags":{"small":-128,"wide":4294967295,"port":65535},"topics":[`
	jsonTail = `],"batch":"AQIDBA=="}`
	wireHead = "\x00\x01a" + "\x80" + "\xff\xff\xff\xff" + "\xff\xff"
	wireTail = "\x00\x00\x00\x04\x01\x02\x03\x04"
	zeroUUID = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
)

func TestParseJSON(t *testing.T) {
	topic := func(s string) string {
		return jsonHead + `{"id":"AAAAAAAAAAAAAAAAAAAAAA","on":true,"ratio":` + s + `,"data":""}` + jsonTail
	}
	ratio := func(bits string) string {
		return wireHead + "\x00\x00\x00\x01" + zeroUUID + "\x01" + bits + "\x00\x00\x00\x00" + wireTail
	}
	named := func(s string) string { return strings.Replace(jsonHead, `"a"`, s, 1) + jsonTail }
	name := func(s string) string {
		return "\x00" + string(rune(len(s))) + s + wireHead[3:] + "\x00\x00\x00\x00" + wireTail
	}
	flexible := "\x02a" + wireHead[3:] + "\x00" + "\x01" + "\x05\x01\x02\x03\x04" // flags end in tags too
	tags := func(s string) string { return strings.TrimSuffix(jsonHead+jsonTail, "}") + "," + s + "}" }
	tests := []struct {
		name    string
		version int16
		json    string
		want    string
	}{
		{"plain", 0, jsonHead + jsonTail, wireHead + "\x00\x00\x00\x00" + wireTail},
		{"spaces, another order, unknown keys", 0, " {\t\"batch\" : null ,\r\n \"more\":[{\"x\":[1,-2.5e+3,\"\\u0041\"]},true,false,null,{}], \"topics\" : [ ] , \"flags\": {\"port\":0,\"wide\":0,\"small\":-0},\"name\":null } ",
			"\xff\xff" + "\x00\x00\x00\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\xff\xff\xff\xff"},
		{"float", 0, topic("1.5"), ratio("\x3f\xf8\x00\x00\x00\x00\x00\x00")},
		{"float without a fraction", 0, topic("-2"), ratio("\xc0\x00\x00\x00\x00\x00\x00\x00")},
		{"float in Java's form", 0, topic("1.0E7"), ratio("\x41\x63\x12\xd0\x00\x00\x00\x00")},
		{"least float", 0, topic("4.9E-324"), ratio("\x00\x00\x00\x00\x00\x00\x00\x01")},
		{"minus zero", 0, topic("-0.0"), ratio("\x80\x00\x00\x00\x00\x00\x00\x00")},
		{"NaN", 0, topic(`"NaN"`), ratio("\x7f\xf8\x00\x00\x00\x00\x00\x00")},
		{"infinity", 0, topic(`"Infinity"`), ratio("\x7f\xf0\x00\x00\x00\x00\x00\x00")},
		{"minus infinity", 0, topic(`"-Infinity"`), ratio("\xff\xf0\x00\x00\x00\x00\x00\x00")},
		{"padded uuid", 0, strings.Replace(topic("0"), `AA",`, `AA==",`, 1), ratio("\x00\x00\x00\x00\x00\x00\x00\x00")},
		{"escapes", 0, named(`"\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00"`), name("\"\\/\b\f\n\r\tAé😀")},
		{"no escapes", 0, named(`"日😀` + "\x7f" + `"`), name("日😀\x7f")},
		{"tags at their defaults are left out", 1, tags(`"late":-1,"inner":{"n":5},"words":null`), flexible + "\x00"},
		{"tags", 1, tags(`"words":["b"],"late":7,"inner":null`), flexible + "\x03" + "\x00\x01\x00" + "\x01\x04\x00\x00\x00\x07" + "\x02\x03\x02\x02b"},
		{"unknown tags", 1, tags(`"_unknownTaggedFields":[{"tag":100,"data":"YQ=="},{"data":"","tag":4294967295}],"late":7`),
			flexible + "\x03" + "\x01\x04\x00\x00\x00\x07" + "\x64\x01a" + "\xff\xff\xff\xff\x0f\x00"},
		{"no tags where there are none", 0, strings.TrimSuffix(jsonHead+jsonTail, "}") + `,"_unknownTaggedFields":[]}`, wireHead + "\x00\x00\x00\x00" + wireTail},
		{"bits of base64 that stand for nothing", 0, strings.Replace(jsonHead+jsonTail, "AQIDBA==", "AQIDBB==", 1), wireHead + "\x00\x00\x00\x00" + wireTail},
		{"unknown tags in disorder", 1, tags(`"_unknownTaggedFields":[{"tag":9,"data":"YQ=="},{"tag":8,"data":""}]`),
			flexible + "\x02" + "\x09\x01a" + "\x08\x00"},
		{"an unknown tag in a struct of defaults", 1, tags(`"inner":{"n":5,"_unknownTaggedFields":[{"tag":100,"data":"YQ=="}]}`),
			flexible + "\x01" + "\x00\x06\x01\x05\x01\x64\x01a"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var indented bytes.Buffer
			if err := json.Indent(&indented, []byte(test.json), "\r\n", "\t"); err != nil {
				t.Fatal(err)
			}
			for _, text := range [][]byte{[]byte(test.json), indented.Bytes()} {
				tree, err := ParseJSON(layoutOf(t, jsonSample, test.version), text)
				if err != nil {
					t.Fatalf("%v in %s", err, text)
				}
				if got, err := AppendMessage(nil, tree); err != nil || string(got) != test.want {
					t.Errorf("%v\ngot  %x\nwant %x", err, got, test.want)
				}
			}
		})
	}
}

func TestParseJSONSaysWhatIsWrong(t *testing.T) {
	good := strings.TrimSuffix(jsonHead+jsonTail, "}")
	topic := func(id, on, ratio, data string) string {
		return jsonHead + `{"id":` + id + `,"on":` + on + `,"ratio":` + ratio + `,"data":` + data + "}" + jsonTail
	}
	const uuid = `"AAAAAAAAAAAAAAAAAAAAAA"`
	small := func(s string) string { return strings.Replace(good, "-128", s, 1) + "}" }
	named := func(s string) string { return strings.Replace(good, `"a"`, s, 1) + "}" }
	tests := []struct{ name, json, path, reason string }{
		{"nothing", ``, "", "needs an object, has the end of the text"},
		{"no object", `[]`, "", `needs an object, has "["`},
		{"null", `null`, "", "null, where this version allows none"},
		{"more text", good + "}}", "", "more text behind the message"},
		{"cut", good, "", "needs a comma or }, has the end of the text"},
		{"no comma", strings.Replace(good, `,"batch`, ` "batch`, 1) + "}", "", `needs a comma or }, has "\""`},
		{"a comma too many", good + ",}", "", `needs a key, has "}"`},
		{"no colon", `{"name" 1`, "", `needs a colon, has "1"`},
		{"missing", `{"name":"a"}`, "flags", "the field is missing, which version 0 must have"},
		{"records as a size", strings.Replace(good, `"batch":"AQIDBA=="`, `"batchSizeInBytes":4`, 1) + "}", "batch", "printed with batchSizeInBytes"},
		{"twice", good + `,"name":"b"}`, "name", "the key stands twice"},
		{"null", strings.Replace(good, `[]`, `null`, 1) + "}", "topics", "null, where this version allows none"},
		{"too large", small("128"), "flags.small", "128 does not fit: int8 is from -128 to 127"},
		{"too small", small("-129"), "flags.small", "-129 does not fit: int8 is from -128 to 127"},
		{"beyond all integers", small("99999999999999999999"), "flags.small", "99999999999999999999 does not fit"},
		{"fraction", small("1.0"), "flags.small", `needs an integer, has 1.0`},
		{"exponent", small("1e1"), "flags.small", `needs an integer, has 1e1`},
		{"integer in quotes", small(`"1"`), "flags.small", `needs an integer, has "\""`},
		{"leading zero", small("01"), "flags", `needs a comma or }, has "1"`},
		{"plus", small("+1"), "flags.small", `needs an integer, has "+"`},
		{"unsigned", strings.Replace(good, "65535", "-1", 1) + "}", "flags.port", "-1 does not fit: uint16 is from 0 to 65535"},
		{"no string", named("1"), "name", `needs a string, has "1"`},
		{"not UTF-8", named("\"\xff\""), "name", "a string that is not UTF-8"},
		{"not UTF-8 behind an escape", named("\"\\n\xff\""), "name", "a string that is not UTF-8"},
		{"half a pair", named(`"\ud83d"`), "name", "half of a surrogate pair"},
		{"half a pair and another", named(`"\ud83d\u0041"`), "name", "half of a surrogate pair"},
		{"the other half", named(`"\ude00"`), "name", "half of a surrogate pair"},
		{"no escape", named(`"\x41"`), "name", "no such escape in a string"},
		{"short escape", named(`"\u00`), "name", "an escape without four hexadecimal digits"},
		{"control character", named("\"\n\""), "name", "a control character in a string"},
		{"control character behind an escape", named("\"\\n\n\""), "name", "a control character in a string"},
		{"cut string", `{"name":"a`, "name", "the text ends within a string"},
		{"cut escape", `{"name":"a\`, "name", "the text ends within a string"},
		{"long string", named(`"` + strings.Repeat("x", 32768) + `"`), "name", "a string of 32768 bytes, where Kafka takes at most 32767"},
		{"no bool", topic(uuid, "1", "0", `""`), "topics[0].on", `needs true or false, has "1"`},
		{"no float", topic(uuid, "true", `"x"`, `""`), "topics[0].ratio", `needs a number, has "\""`},
		{"float beyond all", topic(uuid, "true", "1e999", `""`), "topics[0].ratio", "1e999 does not fit in a float64"},
		{"short uuid", topic(`"AAAA"`, "true", "0", `""`), "topics[0].id", "not a uuid"},
		{"uuid in hex", topic(`"00000000-0000-0000-0000-000000000000"`, "true", "0", `""`), "topics[0].id", "not a uuid"},
		{"no base64", topic(uuid, "true", "0", `"*"`), "topics[0].data", "not base64 with padding"},
		{"base64 with a line break", topic(uuid, "true", "0", `"YW\nJj"`), "topics[0].data", "not base64 with padding"},
		{"base64 with another", topic(uuid, "true", "0", `"YWJj\r"`), "topics[0].data", "not base64 with padding"},
		{"uuid with a line break", topic(`"AAAAAAAAAAAAAAAAAAAAAA\n"`, "true", "0", `""`), "topics[0].id", "not a uuid"},
		{"base64 without padding", topic(uuid, "true", "0", `"YQ"`), "topics[0].data", "not base64 with padding"},
		{"a tagged field where there are none", good + `,"_unknownTaggedFields":[{"tag":1,"data":""}]}`, "", "a tagged field, of which version 0 has none"},
		{"a wrong value under an unknown key", good + `,"x":tru}`, "", `needs a value, has "t"`},
		{"deep under an unknown key", good + `,"x":` + strings.Repeat("[", 100000), "", "nested deeper than 64 levels"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { checkJSONError(t, 0, test.json, test.path, test.reason) })
	}
}

func TestParseJSONOfTagsSaysWhatIsWrong(t *testing.T) {
	tests := []struct{ tags, reason string }{
		{`[],"_unknownTaggedFields":[]`, "the key stands twice"},
		{`[{"tag":100,"data":""}],"_unknownTaggedFields":[{"tag":101,"data":""}]`, "the key stands twice"},
		{`[{"tag":2,"data":""}]`, "tag 2 is one of the struct's own fields"},
		{`[{"tag":-1,"data":""}]`, "-1 does not fit"},
		{`[{"tag":4294967296,"data":""}]`, "4294967296 does not fit"},
		{`[{"tag":100}]`, "a tagged field has a tag and data"},
		{`[{"tag":100,"tag":100,"data":""}]`, "a tagged field has one tag, its data and nothing else"},
		{`{}`, "needs an array of tagged fields"},
	}
	for _, test := range tests {
		checkJSONError(t, 1, strings.TrimSuffix(jsonHead+jsonTail, "}")+`,"_unknownTaggedFields":`+test.tags+`}`, "", test.reason)
	}
}

func checkJSONError(t *testing.T, version int16, text, path, reason string) {
	t.Helper()
	tree, err := ParseJSON(layoutOf(t, jsonSample, version), []byte(text))
	got, ok := err.(*Error)
	if !ok || tree != nil || got.Path != path || !strings.Contains(got.Reason, reason) || got.Offset > len(text) {
		t.Errorf("%.80s: got %v, want one at %q with: %s", text, err, path, reason)
	}
}

package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadMessage(t *testing.T) {
	m, err := readMessage([]byte(`// A licence with "quotes", and /* no comment.
{
  "apiKey": 7, "type": "request", "listeners": ["broker"], // who listens
  "name": "ExampleRequest", "validVersions": "1-4", "deprecatedVersions": "1",
  /* "flexibleVersions": "0+", */ "flexibleVersions": "3+", "latestVersionUnstable": true,
  "fields": [
    { "name": "KRaftId", "type": "int32", "versions": "0+", "default": "0x7fffffff", "entityType": "brokerId", "about": "// and /* */ here" },
    { "name": "Gone", "type": "string", "versions": "0" },
    { "name": "State", "type": "State", "taggedVersions": "4+", "tag": "1", "fields": [
      { "name": "Epoch", "type": "int64", "versions": "0+", "default": "-1", "ignorable": "false" }
    ]},
    { "name": "Name", "type": "string", "versions": "0+", "nullableVersions": "2+", "default": "null", "flexibleVersions": "none" },
    { "name": "Topics", "type": "[]Topic", "versions": "2+", "nullableVersions": "2+", "default": null },
    { "name": "More", "type": "[]Topic", "versions": "0+", "taggedVersions": "3+", "tag": 0 }
  ],
  "commonStructs": [
    { "name": "Topic", "versions": "0-3", "fields": [
      { "name": "Name", "type": "string", "versions": "0-2", "mapKey": true, "entityType": "topicName" },
      { "name": "Data", "type": "records", "versions": "3+", "zeroCopy": true }
    ]}
  ]
}`))
	if err != nil {
		t.Fatal(err)
	}
	d := definition{name: m.name, key: m.key, sections: []section{{name: m.section(), versions: m.versions, flexible: m.flexible, fields: m.fields}}}
	want := `Example 7
request 1-4, flexible 3+
    kRaftId    int32           default 2147483647, is brokerId
    state      struct     4+   tag 1
        epoch  int64           default -1
    name       string          nullable 2+, flexible none, default null
    topics     []struct?  2+
        name   string     2    is topicName
        data   records    3
    more       []struct        tag 0 3+
        name   string     1-2  is topicName
        data   records    3
`
	if diff := cmp.Diff(want, string(d.text())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !m.unstable {
		t.Error("the newest version is not unstable")
	}
}

func TestReadMessageRefuses(t *testing.T) {
	tests := []struct{ field, want string }{
		{`"type": "int32", "versions": "0+", "signed": true`, `unknown field "signed"`},
		{`"type": "int24", "versions": "0+"`, `example: type "int24" is not known`},
		{`"type": "[][]int32", "versions": "0+"`, `type "[][]int32" is not known`},
		{`"type": "Elsewhere", "versions": "0+"`, `type "Elsewhere" is not known`},
		{`"type": "int32", "versions": "0+", "fields": [{"name": "a", "type": "int8", "versions": "0+"}]`, "int32 cannot have fields"},
		{`"type": "int32", "versions": "0..3"`, `"0..3" is no set of versions`},
		{`"type": "int32", "versions": "0+", "nullableVersions": "0+"`, "int32 cannot be null"},
		{`"type": "string", "versions": "0+", "default": "null"`, "the default is null, which it cannot be"},
		{`"type": "string", "versions": "0+", "flexibleVersions": "1+"`, `flexibleVersions "1+" of a field`},
		{`"type": "string", "versions": "0+", "tag": 0`, "do not come together"},
		{`"type": "string", "versions": "0+", "taggedVersions": "1+"`, "do not come together"},
		{`"type": "string", "versions": "0+", "taggedVersions": "0+", "tag": 0`, "tagged in a version that is not flexible"},
		{`"type": "string", "versions": "0+", "taggedVersions": "1+", "tag": "first"`, "no number"},
		{`"type": "int8", "versions": "0+", "default": "128"`, "default 128 does not fit int8"},
		{`"type": "uint16", "versions": "0+", "default": "-1"`, "default -1 does not fit uint16"},
		{`"type": "bool", "versions": "0+", "default": "yes"`, "yes"},
		{`"type": "[]int8", "versions": "0+", "default": "1"`, `default "1" of []int8 is not known`},
		{`"type": "Loop", "versions": "0+"`, "struct Loop holds itself"},
	}
	for _, test := range tests {
		_, err := readMessage(fmt.Appendf(nil, `{"apiKey": 1, "type": "request", "name": "XRequest", "validVersions": "0-1", "flexibleVersions": "1+",
			"commonStructs": [{"name": "Loop", "versions": "0+", "fields": [{"name": "again", "type": "Loop", "versions": "0+"}]}],
			"fields": [{"name": "example", %s}]}`, test.field))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got the error %v, want one with %q", test.field, err, test.want)
		}
	}
	for text, want := range map[string]string{
		`{"type": "event", "name": "X", "validVersions": "0"}`:          `type "event" is not known`,
		`{"type": "data", "name": "X", "validVersions": "0"} {}`:        "more follows",
		`{"type": "data", "name": "X", "validVersions": "0", "y": "z"}`: `unknown field "y"`,
		`{"type": "data", "name": "X" /* never ended`:                   "unexpected EOF",
	} {
		_, err := readMessage([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got the error %v, want one with %q", text, err, want)
		}
	}
}

func TestDefaults(t *testing.T) {
	tests := []struct{ kind, json, want string }{
		{"int32", `-1`, "-1"},
		{"int32", `"-1"`, "-1"},
		{"int32", `"0"`, ""},
		{"int32", `"0x10"`, "16"},
		{"int64", `"9223372036854775807"`, "9223372036854775807"},
		{"uint32", `"4294967295"`, "4294967295"},
		{"bool", `"true"`, "true"},
		{"bool", `true`, "true"},
		{"bool", `"false"`, ""},
		{"float64", `"0.5"`, "0.5"},
		{"float64", `"0.0"`, ""},
		{"string", `"null"`, "null"},
		{"string", `null`, ""},
		{"string", `""`, ""},
		{"string", `"x"`, `"x"`},
		{"struct", `"null"`, "null"},
		{"struct", `null`, ""},
	}
	for _, test := range tests {
		got, err := defaultText([]byte(test.json), &field{kind: test.kind, versions: 1, nullable: 1})
		if err != nil || got != test.want {
			t.Errorf("%s %s: got %q, %v, want %q", test.kind, test.json, got, err, test.want)
		}
	}
}

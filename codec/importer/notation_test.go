package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const everyConstruct = `# A comment about the whole.
Example 7
in 3.9.2 0-2
in 4.4.0 1-5
unstable 5
# About the request.
request 0-5, flexible 3+
    id           int64            default -1, is producerId
    # About the name,
    # on two lines.
    name         string?   2+     tag 0 4+, default null, is topicName
    name         string    0-1    default "a, \"b\", is c"
    topics       []struct  0-2,4  nullable 1-2
        index    []int32?  0,4    default null, is partition
        deeper   struct    1-2,4
            key  bytes            flexible none, is secret by name
    on           bool      5+     tag 1, default true
response 0-4, flexible none
`

func TestTextIsReadBackTheSame(t *testing.T) {
	for name, text := range filesThere(t) {
		d, err := parseDefinition(string(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(string(text), string(d.text())); diff != "" {
			t.Errorf("%s (-there +written):\n%s", name, diff)
		}
		if d.path() != name {
			t.Errorf("%s holds the definition of %s", name, d.path())
		}
	}
	d, err := parseDefinition(everyConstruct)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(everyConstruct, string(d.text())); diff != "" {
		t.Errorf("every construct (-read +written):\n%s", diff)
	}
}

func TestLayout(t *testing.T) {
	d, err := parseDefinition(everyConstruct)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[int][]string{
		0: {"id int64 default -1", `name string default "a, \"b\", is c"`, "topics []struct", "topics.index []int32? default null"},
		2: {"id int64 default -1", "name string? default null", "topics []struct?", "topics.deeper struct", "topics.deeper.key bytes flexible none"},
		3: {"id int64 default -1", "name string? default null"},
		5: {"id int64 default -1", "name string? tag 0 default null", "on bool tag 1 default true"},
	}
	for version, want := range tests {
		var got []string
		for _, s := range layout(d.sections[0].fields, version) {
			got = append(got, s.text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("version %d (-want +got):\n%s", version, diff)
		}
	}
}

func TestParseDefinitionRefuses(t *testing.T) {
	head := "Example 7\nin 4.4.0 0\n"
	tests := map[string]string{
		"Example\n":                                           "line 1: want a name and a key",
		"Example seven\n":                                     "seven",
		head + "requests 0, flexible 0+\n":                    "line 3: want in, unstable, request",
		head + "request 0, flexible\n":                        `"" is no set of versions`,
		head + "    id int32\n":                               "line 3: nothing above it",
		head + "request 0, flexible 0+\n        id int32\n":   "line 4: nothing above it",
		head + "request 0, flexible 0+\n    id\n":             "line 4: want a field's name and type",
		head + "request 0, flexible 0+\n    id int32 1\n":     "none of these versions has",
		head + "request 0, flexible 0+\n    id int32 3-1\n":   `"3-1" is no set of versions`,
		head + "request 0, flexible 0+\n    id int32 of 1\n":  "no such attribute: of",
		head + "request 0, flexible 0+\n    id int32 tag x\n": `"x"`,
		head + "request 0, flexible 0+\n    # About what?\n":  "here is none",
		"Example 7\n# About what?\nin 4.4.0 0\n":              "line 3: a comment stands above the first line, a section or a field",
	}
	for text, want := range tests {
		_, err := parseDefinition(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got the error %v, want one with %q", text, err, want)
		}
	}
}

package main

import (
	"archive/zip"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// releaseOf makes a release of definitions as Kafka writes them.
func releaseOf(t *testing.T, name string, texts ...string) release {
	r := release{name: name}
	for _, text := range texts {
		m, err := readMessage([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		r.messages = append(r.messages, m)
	}
	return r
}

// example is a request with the key 7 in the words of Kafka's definitions.
func example(name, valid, flexible, fields string) string {
	return fmt.Sprintf(`{"apiKey": 7, "type": "request", "name": "%sRequest", "validVersions": "%s", "flexibleVersions": "%s", "fields": [%s]}`,
		name, valid, flexible, fields)
}

func TestMerge(t *testing.T) {
	tests := []struct {
		name         string
		older, newer string
		known        differences
		want         string
	}{
		{
			name: "old versions come from the older release, where they were",
			older: example("Example", "0-2", "2+", `
				{"name": "A", "type": "int32", "versions": "0+", "entityType": "brokerId"},
				{"name": "Old", "type": "int32", "versions": "0-1"},
				{"name": "B", "type": "string", "versions": "1+", "nullableVersions": "1+"}`),
			newer: example("Example", "2-4", "2+", `
				{"name": "A", "type": "int32", "versions": "0+"},
				{"name": "B", "type": "string", "versions": "2+", "nullableVersions": "2+"},
				{"name": "New", "type": "int32", "versions": "3+"}`),
			want: `Example 7
in 3.9.2 0-2
in 4.4.0 2-4
request 0-4, flexible 2+
    a    int32         is brokerId
    old  int32    0-1
    b    string?  1+
    new  int32    3+
`,
		},
		{
			name: "another type or default is another line",
			older: example("Example", "0-1", "none", `
				{"name": "A", "type": "int16", "versions": "0+"},
				{"name": "B", "type": "int32", "versions": "0+", "default": "-1"}`),
			newer: example("Example", "2", "none", `
				{"name": "A", "type": "int32", "versions": "2+"},
				{"name": "B", "type": "int32", "versions": "2+"}`),
			want: `Example 7
in 3.9.2 0-1
in 4.4.0 2
request 0-2, flexible none
    a  int16  0-1
    b  int32  0-1  default -1
    a  int32  2+
    b  int32  2+
`,
		},
		{
			name: "a field becomes tagged, and nullable",
			older: example("Example", "0-1", "1+", `
				{"name": "A", "type": "string", "versions": "0+"}`),
			newer: example("Example", "2-3", "1+", `
				{"name": "A", "type": "string", "versions": "2+", "nullableVersions": "3+", "taggedVersions": "2+", "tag": 4}`),
			want: `Example 7
in 3.9.2 0-1
in 4.4.0 2-3
request 0-3, flexible 1+
    a  string  tag 4 2+, nullable 3+
`,
		},
		{
			name: "a tag that the older release had first, and one that it alone had",
			older: example("Example", "0-1", "0+", `
				{"name": "A", "type": "string", "versions": "0+", "taggedVersions": "1+", "tag": 2},
				{"name": "B", "type": "string", "versions": "0+", "taggedVersions": "0+", "tag": 3}`),
			newer: example("Example", "2-3", "0+", `
				{"name": "A", "type": "string", "versions": "0+", "taggedVersions": "3+", "tag": 2},
				{"name": "B", "type": "string", "versions": "0+"}`),
			want: `Example 7
in 3.9.2 0-1
in 4.4.0 2-3
request 0-3, flexible 0+
    a  string  tag 2 1,3+
    b  string  tag 3 0-1
`,
		},
		{
			name:  "another tag is another line",
			older: example("Example", "0", "0+", `{"name": "A", "type": "int8", "versions": "0+", "taggedVersions": "0+", "tag": 0}`),
			newer: example("Example", "1", "0+", `{"name": "A", "type": "int8", "versions": "0+", "taggedVersions": "0+", "tag": 1}`),
			want: `Example 7
in 3.9.2 0
in 4.4.0 1
request 0-1, flexible 0+
    a  int8  0   tag 0
    a  int8  1+  tag 1
`,
		},
		{
			name:  "what a version laid out anew has lost stays in the others",
			older: example("Example", "0-1", "0+", `{"name": "A", "type": "string", "versions": "0+", "nullableVersions": "0+", "taggedVersions": "0+", "tag": 0}`),
			newer: example("Example", "1", "none", ""),
			known: differences{accepted: []accepted{{"api/007 request", 1, "a preview"}}},
			want: `Example 7
in 3.9.2 0-1
in 4.4.0 1
request 0-1, flexible 0
    a  string?  0  tag 0
`,
		},
		{
			name: "the newer name of a field holds for old versions",
			older: example("Sample", "0-1", "none", `
				{"name": "Items", "type": "[]Item", "versions": "0+", "fields": [{"name": "Name", "type": "string", "versions": "0+"}]}`),
			newer: example("Example", "1", "none", `
				{"name": "Things", "type": "[]Thing", "versions": "0+", "fields": [{"name": "Title", "type": "string", "versions": "0+"}]}`),
			known: differences{renamed: []renamed{{"api/007 request", "items.name", "title"}, {"api/007 request", "items", "things"}}},
			want: `Example 7
in 3.9.2 0-1
in 4.4.0 1
request 0-1, flexible none
    things     []struct
        title  string
`,
		},
		{
			name:  "the newer layout of a preview",
			older: example("Example", "0", "0+", `{"name": "A", "type": "int32", "versions": "0+"}`),
			newer: example("Example", "0", "0+", `{"name": "A", "type": "int64", "versions": "0+"}`),
			known: differences{accepted: []accepted{{"api/007 request", 0, "a preview"}}},
			want: `Example 7
in 3.9.2 0
in 4.4.0 0
request 0, flexible 0+
    a  int64
`,
		},
		{
			name:  "a tag may join",
			older: example("Example", "0", "0+", `{"name": "A", "type": "int32", "versions": "0+"}`),
			newer: example("Example", "0", "0+", `
				{"name": "T", "type": "T", "versions": "0+", "taggedVersions": "0+", "tag": 0, "fields": [{"name": "Of", "type": "int8", "versions": "0+"}]},
				{"name": "A", "type": "int32", "versions": "0+"}`),
			want: `Example 7
in 3.9.2 0
in 4.4.0 0
request 0, flexible 0+
    t       struct  tag 0
        of  int8
    a       int32
`,
		},
		{
			name:  "a removed API",
			older: example("Example", "0-1", "1+", `{"name": "A", "type": "int32", "versions": "0+"}`),
			newer: `{"apiKey": 7, "type": "request", "name": "ExampleRequest", "validVersions": "none"}`,
			want: `Example 7
in 3.9.2 0-1
request 0-1, flexible 1+
    a  int32
`,
		},
		{
			name:  "a key that was numbered by its type",
			older: `{"type": "data", "name": "Key", "validVersions": "2", "flexibleVersions": "none", "fields": [{"name": "G", "type": "string", "versions": "2"}]}`,
			newer: `{"apiKey": 2, "type": "coordinator-key", "name": "Key", "validVersions": "0", "flexibleVersions": "none", "fields": [{"name": "G", "type": "string", "versions": "0"}]}`,
			want: `Key 2 coordinator-key
in 3.9.2 2
in 4.4.0 0
value 0,2, flexible none
    g  string
`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			all, err := merge([]release{releaseOf(t, "3.9.2", test.older), releaseOf(t, "4.4.0", test.newer)}, test.known)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, d := range all {
				got.Write(d.text())
			}
			if diff := cmp.Diff(test.want, got.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnstableIsWhatTheNewestReleaseSays(t *testing.T) {
	unstable := func(valid string, is bool) string {
		return fmt.Sprintf(`{"apiKey": 7, "type": "request", "name": "ExampleRequest", "validVersions": "%s", "flexibleVersions": "none", "latestVersionUnstable": %v}`, valid, is)
	}
	tests := []struct {
		older, newer string
		want         versions
	}{
		{unstable("0", true), unstable("0", false), 0},
		{unstable("0", true), unstable("1", false), 1 << 0},
		{unstable("0-1", false), unstable("0-2", true), 1 << 2},
	}
	for _, test := range tests {
		all, err := merge([]release{releaseOf(t, "3.9.2", test.older), releaseOf(t, "4.4.0", test.newer)}, differences{})
		if err != nil {
			t.Fatal(err)
		}
		if got := all[0].unstable; got != test.want {
			t.Errorf("%s, then %s: unstable %v, want %v", test.older, test.newer, got, test.want)
		}
	}
}

func TestMergeRefuses(t *testing.T) {
	plain := example("Example", "0", "0+", `{"name": "A", "type": "int32", "versions": "0+"}`)
	tests := []struct {
		name         string
		older, newer string
		known        differences
		want         string
	}{
		{
			name:  "another layout under the same version",
			older: plain,
			newer: example("Example", "0-1", "0+", `{"name": "A", "type": "int64", "versions": "0+"}`),
			want:  "api/007 request: version 0 differs between releases 3.9.2 and 4.4.0: a int32 against a int64",
		},
		{
			name:  "a lost tag",
			older: example("Example", "0", "0+", `{"name": "A", "type": "int32", "versions": "0+", "taggedVersions": "0+", "tag": 0}`),
			newer: example("Example", "0", "0+", ""),
			want:  "a int32 tag 0 against nothing",
		},
		{
			name:  "flexible from another version on",
			older: plain,
			newer: example("Example", "0-1", "1+", `{"name": "A", "type": "int32", "versions": "0+"}`),
			want:  "flexible in one only",
		},
		{
			name:  "an accepted difference that is none",
			older: plain, newer: plain,
			known: differences{accepted: []accepted{{"api/007 request", 0, "a preview"}}},
			want:  "version 0 is said to differ between releases (a preview) and does not",
		},
		{
			name:  "a new name for what is not there",
			older: plain, newer: plain,
			known: differences{renamed: []renamed{{"api/007 request", "a.b", "c"}}},
			want:  "api/007 request: no release has a field a.b that could be called c",
		},
		{
			name:  "fields in another order",
			older: example("Example", "0", "0+", `{"name": "A", "type": "int32", "versions": "0+"}, {"name": "B", "type": "int32", "versions": "0+"}`),
			newer: example("Example", "1", "0+", `{"name": "B", "type": "int32", "versions": "0+"}, {"name": "A", "type": "int32", "versions": "0+"}`),
			want:  "api/007 request version 0 of release 3.9.2: a int32 against b int32",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := merge([]release{releaseOf(t, "3.9.2", test.older), releaseOf(t, "4.4.0", test.newer)}, test.known)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got the error %v, want one with %q", err, test.want)
			}
		})
	}
}

// TestKeep holds what people added to a file against a new import of it.
func TestKeep(t *testing.T) {
	const fresh = `Example 7
in 4.5.0 0-1
request 0-1, flexible none
    id         int32         is brokerId
    name       string
    added      int8      1+
    topics     []struct
        topic  string
`
	tests := []struct{ name, was, want, err string }{
		{
			name: "meanings and comments stay",
			was: `# Above all.
Example 7
in 4.4.0 0
# Above the request.
request 0, flexible none
    id         int32
    name       string?      is clientId
    # Above topics.
    topics     []struct
        topic  string       is secret by name
`,
			want: `# Above all.
Example 7
in 4.5.0 0-1
# Above the request.
request 0-1, flexible none
    id         int32         is brokerId
    name       string        is clientId
    added      int8      1+
    # Above topics.
    topics     []struct
        topic  string        is secret by name
`,
		},
		{
			name: "a line without anything by hand may go",
			was:  "Example 7\nin 4.4.0 0\nrequest 0, flexible none\n    gone  int32\n",
			want: fresh,
		},
		{
			name: "a meaning has lost its field",
			was:  "Example 7\nin 4.4.0 0\nrequest 0, flexible none\n    gone      []struct\n        id  int32  is brokerId\n",
			err:  "api/007-Example: request gone.id int32 has gone, which is brokerId",
		},
		{
			name: "a meaning's field has another type",
			was:  "Example 7\nin 4.4.0 0\nrequest 0, flexible none\n    name  bytes  is secret\n",
			err:  "api/007-Example: request name bytes has gone, which is secret",
		},
		{
			name: "a comment has lost its field",
			was:  "Example 7\nin 4.4.0 0\nrequest 0, flexible none\n    # Why?\n    gone  int32\n",
			err:  `api/007-Example: request gone int32 has gone, which has the comment ["# Why?"]`,
		},
		{
			name: "a section has gone",
			was:  "Example 7\nin 4.4.0 0\nresponse 0, flexible none\n",
			err:  "api/007-Example: the response has gone",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d, err := parseDefinition(fresh)
			if err != nil {
				t.Fatal(err)
			}
			err = d.keepFrom(fstest.MapFS{"api/007-Example": {Data: []byte(test.was)}})
			if test.err != "" {
				if err == nil || err.Error() != test.err {
					t.Errorf("got the error %v, want %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(d.text())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLeftOver(t *testing.T) {
	there := fstest.MapFS{"README": {}, "errors": {}, "api/007-Example": {}, "api/007-Sample": {}}
	err := leftOver(there, map[string][]byte{"api/007-Example": []byte("Example 7\n")})
	want := "api/007-Sample: no release defines it: remove it, or give it its new name"
	if err == nil || err.Error() != want {
		t.Errorf("got the error %v, want %q", err, want)
	}
}

func TestReadReleases(t *testing.T) {
	folder := t.TempDir()
	data := func(name string) string {
		return fmt.Sprintf(`{"type": "data", "name": "%s", "validVersions": "0", "flexibleVersions": "none"}`, name)
	}
	writeJar(t, filepath.Join(folder, "kafka-clients-3.10.0.jar"), map[string]string{
		"common/message/A.json": data("A"), "common/message/README.md": "{", "other/B.json": "{"})
	writeJar(t, filepath.Join(folder, "kafka-clients-3.9.2.jar"), map[string]string{"common/message/A.json": data("A")})
	writeJar(t, filepath.Join(folder, "kafka-metadata-3.9.2.jar"), map[string]string{"common/metadata/C.json": data("C")})
	writeJar(t, filepath.Join(folder, "kafka-storage-3.9.2.jar"), map[string]string{"message/D.json": data("D")})
	writeJar(t, filepath.Join(folder, "jackson-core-2.16.2.jar"), map[string]string{"message/E.json": "{"})
	source := t.TempDir()
	for name, text := range map[string]string{
		"gradle.properties": "group=org.apache.kafka\nversion=4.4.0-SNAPSHOT\n",
		"clients/src/main/resources/common/message/A.json": data("A"),
		"generator/src/test/resources/message/F.json":      "{",
	} {
		name = filepath.Join(source, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	releases, err := readReleases([]string{source, folder})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range releases {
		line := r.name
		for _, m := range r.messages {
			line += " " + m.name
		}
		got = append(got, line)
	}
	want := []string{"3.9.2 A C D", "3.10.0 A", "4.4.0 A"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	writeJar(t, filepath.Join(folder, "kafka-raft-3.9.2.jar"), map[string]string{"common/message/A.json": data("A")})
	if _, err = readReleases([]string{folder}); err == nil || !strings.HasSuffix(err.Error(), "A.json: release 3.9.2 already has this definition from elsewhere") {
		t.Errorf("a definition in two jars: got the error %v", err)
	}
}

func writeJar(t *testing.T, file string, texts map[string]string) {
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	jar := zip.NewWriter(out)
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		w, err := jar.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(texts[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := jar.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestVersions(t *testing.T) {
	tests := []struct {
		text   string
		newest int
		want   string
	}{
		{"0-3", 3, "0+"},
		{"0-3", 4, "0-3"},
		{"3", 3, "3+"},
		{"3", 4, "3"},
		{"0,2-3,5+", 63, "0,2-3,5+"},
		{"0,2", 2, "0,2+"},
		{"none", 3, "none"},
		{"63", 62, "63"},
	}
	for _, test := range tests {
		set, err := parseVersions(test.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := set.within(test.newest); got != test.want {
			t.Errorf("%s within 0-%d: got %s, want %s", test.text, test.newest, got, test.want)
		}
	}
	for _, text := range []string{"", "+", "-1", "3-1", "64", "1..3", "1, 2", "0-3+"} {
		if set, err := parseVersions(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, set)
		}
	}
}

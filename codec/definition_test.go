package codec

import (
	"strings"
	"testing"
)

// everyLayout calls f with each layout that the embedded definitions give.
func everyLayout(t testing.TB, f func(t testing.TB, def *definition, l *Layout)) {
	t.Helper()
	all := APIs()
	for _, name := range RecordNames() {
		all = append(all, RecordByName(name))
	}
	all = append(all, HeaderByName("RequestHeader"), HeaderByName("ResponseHeader"))
	for _, a := range all {
		def, err := a.load()
		if err != nil {
			t.Fatal(err)
		}
		for d, s := range def.sections {
			if s == nil {
				continue
			}
			for v := int16(0); v <= s.versions.Max(); v++ {
				if !s.versions.Has(v) {
					continue
				}
				l, err := a.Layout(Direction(d), v)
				if err != nil {
					t.Fatal(err)
				}
				f(t, def, l)
			}
		}
	}
}

// The counts are those of Kafka's own definitions in 3.9.2 and 4.4.0.
func TestEveryVersionHasALayout(t *testing.T) {
	apis, records, headers := 0, 0, 0
	everyLayout(t, func(t testing.TB, def *definition, l *Layout) {
		switch {
		case l.IsAPI:
			apis++
		case def.kind == "header":
			headers++
		default:
			records++
		}
	})
	if len(APIs()) != 95 || apis != 736 {
		t.Errorf("%d API keys and %d layouts, want 95 and 736", len(APIs()), apis)
	}
	if headers != 5 {
		t.Errorf("%d layouts of headers, want 5: RequestHeader 0-2, ResponseHeader 0-1", headers)
	}
	if len(RecordNames()) < 95 || records < len(RecordNames()) {
		t.Errorf("%d layouts of %d records, want 95 records or more", records, len(RecordNames()))
	}
}

func TestDefinitionsKeepTheirInvariants(t *testing.T) {
	everyLayout(t, func(t testing.TB, def *definition, l *Layout) {
		newest := l.Version == def.sections[l.Direction].versions.Max()
		for i := range l.Ops {
			checkOp(t, l, &l.Ops[i], newest)
		}
	})
}

func checkOp(t testing.TB, l *Layout, op *Op, newest bool) {
	t.Helper()
	where := l.String() + " " + op.Name
	if op.Parent >= 0 && l.Ops[op.Parent].Kind == Array && op.Min < 1 {
		// Walking an array stops where the message does only if every element
		// takes at least a byte.
		t.Errorf("%s: an element of %q may be empty", where, l.Ops[op.Parent].Name)
	}
	if op.Tagged && !l.Flexible {
		t.Errorf("%s: tagged in a version that is not flexible", where)
	}
	if op.Relation != Always && op.Sibling < 0 {
		t.Errorf("%s: its meaning depends on a sibling that is not there", where)
	}
	if op.Relation == When && op.Sibling >= 0 && l.Ops[op.Sibling].Kind != Bool {
		t.Errorf("%s: its meaning depends on %s, which is no bool", where, l.Ops[op.Sibling].Name)
	}
	if op.Tagged && op.HasRecords() {
		t.Errorf("%s: records in a tag, which Skeleton does not look for", where)
	}
	if op.Default != "" && !defaultFits(op) {
		t.Errorf("%s: default %s does not fit a %s", where, op.Default, op.Kind)
	}
	if op.Kind != Struct {
		return
	}
	for tag, at := range op.tags {
		// Older versions may lack tags that a newer one numbered lower:
		// PartitionChangeRecord v1 has tag 8 and not 6 and 7.
		if at < 0 && newest {
			t.Errorf("%s: tag %d is missing", where, tag)
		}
	}
	names := map[string]bool{}
	for i := op.At + 1; i < op.End; i = l.Ops[i].End {
		name := l.Ops[i].Name
		if names[name] || name == "" || !strings.ContainsAny(name[:1], "abcdefghijklmnopqrstuvwxyz") {
			t.Errorf("%s: %q is no name of a field, or stands twice", where, name)
		}
		names[name] = true
	}
}

func defaultFits(op *Op) bool {
	switch {
	case op.Default == "null":
		return op.Nullable
	case op.Kind == Bool:
		return op.Default == "true" || op.Default == "false"
	case op.Kind == String:
		return len(op.Default) >= 2 && op.Default[0] == '"'
	case op.Width > 0 && op.Kind != UUID:
		return op.Default[0] == '-' || op.Default[0] >= '0' && op.Default[0] <= '9'
	}
	return false
}

func TestMeaningsAreReadBack(t *testing.T) {
	l, err := APIByName("Fetch").Layout(Request, 4)
	if err != nil {
		t.Fatal(err)
	}
	if !l.Ops[0].Has(TopicName) || l.Ops[0].Has(GroupID) {
		t.Error("Fetch v4 requests hold topic names and no group ids")
	}
}

func TestParseDefinitionSaysWhatIsWrong(t *testing.T) {
	tests := []struct{ text, want string }{
		{"X", "the first line is a name and a key"},
		{"X 1\nrequest 0-1, flexible none\n    a int33", "line 3: no such type: int33"},
		{"X 1\nrequest 0-1, flexible none\n        a int32", "indentation"},
		{"X 1\nrequest 1-0, flexible none", "not a set of versions: 1-0"},
		{"X 1\nrequest 0, flexible none\n    a int32 is nonsense", "no such meaning: nonsense"},
		{"X 1\nrequest 0, flexible none\n    a int32 colour 3", "no such attribute: colour 3"},
		{"X 1\nquery 0", "a line begins with"},
	}
	for _, test := range tests {
		_, err := parseDefinition(test.text)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: error %v, want one with %q", test.text, err, test.want)
		}
	}
}

func TestVersions(t *testing.T) {
	tests := []struct{ in, out string }{
		{"0-3", "0-3"}, {"3", "3"}, {"0,2", "0,2"}, {"0-2,5,7-9", "0-2,5,7-9"}, {"none", "none"}, {"62+", "62-63"},
	}
	for _, test := range tests {
		v, err := ParseVersions(test.in)
		if err != nil || v.String() != test.out {
			t.Errorf("ParseVersions(%q) is %s, %v; want %s", test.in, v, err, test.out)
		}
	}
	for _, wrong := range []string{"", "x", "3-1", "-1", "64", "1,", "1+-3"} {
		if v, err := ParseVersions(wrong); err == nil {
			t.Errorf("ParseVersions(%q) is %s, want an error", wrong, v)
		}
	}
}

func TestUnknownVersionsAreNamed(t *testing.T) {
	fetch, header, record := APIByName("Fetch"), HeaderByName("RequestHeader"), RecordByName("GroupMetadataKey")
	tests := []struct {
		api     *API
		version int16
		want    string
	}{
		{fetch, 99, "Fetch request v99 is newer than the newest known, v18"},
		{fetch, 19, "Fetch request v19 is newer than the newest known, v18"},
		{fetch, -1, "Fetch request has no v-1; known are 0-18"},
		{header, 3, "RequestHeader v3 is newer than the newest known, v2"},
		{record, 1, "GroupMetadataKey has no v1; known are 0,2"},
	}
	for _, test := range tests {
		if _, err := test.api.Layout(Request, test.version); err == nil || err.Error() != test.want {
			t.Errorf("v%d: %v, want %s", test.version, err, test.want)
		}
	}
}

func TestHeaderVersions(t *testing.T) {
	tests := []struct {
		api               string
		version           int16
		request, response int16
	}{
		{"ControlledShutdown", 0, 0, 0}, {"ControlledShutdown", 1, 1, 0}, {"ControlledShutdown", 3, 2, 1},
		{"ApiVersions", 2, 1, 0}, {"ApiVersions", 3, 2, 0}, {"Fetch", 11, 1, 0}, {"Fetch", 12, 2, 1}, {"SaslHandshake", 1, 1, 0},
	}
	for _, test := range tests {
		a := APIByName(test.api)
		if q, r := a.RequestHeaderVersion(test.version), a.ResponseHeaderVersion(test.version); q != test.request || r != test.response {
			t.Errorf("%s v%d: headers %d and %d, want %d and %d", test.api, test.version, q, r, test.request, test.response)
		}
	}
}

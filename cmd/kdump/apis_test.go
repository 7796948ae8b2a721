package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/kdump/kdump/codec"
)

// The list names one set of versions for both directions.
func TestDirectionsHaveTheSameVersions(t *testing.T) {
	for _, api := range codec.APIs() {
		if q, r := api.Versions(codec.Request), api.Versions(codec.Response); q != r {
			t.Errorf("%s: requests %s, responses %s", api.Name, q, r)
		}
	}
}

// Every API, header and record can be shown, all its fields included.
func TestAPIsShowAll(t *testing.T) {
	var all []*codec.API
	for _, name := range slices.Concat(apiNames(), codec.RecordNames(), []string{"RequestHeader", "ResponseHeader"}) {
		api, err := findAny(name)
		if err != nil || api.Name != name {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, api)
	}
	for _, api := range all {
		changes, _ := kdump(t, nil, exitDone, "apis", api.Name)
		for v := range versionsOf(api) {
			if !strings.Contains(changes, fmt.Sprintf("\nv%d ", v)) {
				t.Errorf("%s: no v%d:\n%s", api.Name, v, changes)
			}
			checkFields(t, api, v)
		}
	}
}

// checkFields looks for all fields of a version, each on a line of its own.
func checkFields(t *testing.T, api *codec.API, version int16) {
	t.Helper()
	out, _ := kdump(t, nil, exitDone, "apis", api.Name, fmt.Sprint(version))
	shown := map[string]int{}
	for line := range strings.Lines(out) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "tag ") {
			_, line, _ = strings.Cut(line, ": ")
		}
		name, _, _ := strings.Cut(line, " ")
		shown[name]++
	}
	want := map[string]int{}
	for _, d := range directionsOf(api) {
		l, err := api.Layout(d, version)
		if err != nil {
			t.Fatal(err)
		}
		for i := range l.Ops {
			if name := l.Ops[i].Name; name != "" {
				want[name]++
			}
		}
	}
	for name, n := range want {
		if shown[name] < n {
			t.Errorf("%s v%d: %s is shown %d times of %d\n%s", api.Name, version, name, shown[name], n, out)
		}
	}
}

func TestFindAPI(t *testing.T) {
	for name, want := range map[string]string{
		"Fetch": "Fetch", "fetch": "Fetch", "LIST_OFFSETS": "ListOffsets", "1": "Fetch", "0": "Produce",
		"groupmetadatakey": "GroupMetadataKey", "requestHeader": "RequestHeader",
	} {
		if api, err := findAny(name); err != nil || api.Name != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

func TestNearest(t *testing.T) {
	tests := []struct {
		name string
		want []string
	}{
		{"Fech", []string{"Fetch"}},
		{"fetchsnapshots", []string{"FetchSnapshot"}},
		{"Metdata", []string{"Metadata"}},
		{"telemetry", []string{"PushTelemetry", "GetTelemetrySubscriptions"}},
		{"DescribeGroup", []string{"DescribeGroups", "DescribeQuorum"}},
		{"qqqq", nil},
		{"", nil},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, nearest(test.name, apiNames())); diff != "" {
			t.Errorf("%q: -want +got\n%s", test.name, diff)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"fech", "fetch", 1}, {"kitten", "sitting", 3}, {"ab", "ba", 2}} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("%q to %q: %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

// A shell completes names, versions and what flags take.
func TestCompletion(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"apis", ""}, "\nGroupMetadataKey\n"},
		{[]string{"apis", ""}, "\nFetch\n"},
		{[]string{"apis", "Heartbeat", ""}, "0\n1\n2\n3\n4\n"},
		{[]string{"decode", "--api", ""}, "\nFetch\n"},
		{[]string{"encode", "--record", ""}, "\nGroupMetadataKey\n"},
		{[]string{"read", "--format", ""}, "text\njson\nndjson\n"},
		{[]string{"live", "--records", ""}, "batches\nkeys\nfull\n"},
		{[]string{"read", "--color", ""}, "auto\nalways\nnever\n"},
	}
	for _, test := range tests {
		if out, _ := kdump(t, nil, exitDone, append([]string{"__complete"}, test.args...)...); !strings.Contains(out, test.want) {
			t.Errorf("%v: no %q in\n%s", test.args, test.want, out)
		}
	}
}

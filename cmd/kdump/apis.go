package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/kdump/kdump/codec"
	"github.com/spf13/cobra"
)

func newAPIs(s streams) *cobra.Command {
	var format string
	var records bool
	cmd := &cobra.Command{
		Use:   "apis [flags] [API [VERSION]]",
		Short: "List Kafka's APIs, their versions and their fields",
		Long: `List Kafka's APIs: keys, names, the versions that were ever released, from which
one on messages are flexible (compact lengths, tagged fields), and the versions
that each release speaks. Of one API, by name or key, it shows what changed from
version to version, and of one version all fields in the order of the wire.
Internal records and the headers (RequestHeader, ResponseHeader) are shown by
their names likewise.`,
		Example: `  kdump apis
  kdump apis Fetch
  kdump apis Fetch 17
  kdump apis RegisterBrokerRecord 3
  kdump apis -f ndjson | jq -r 'select(.flexibleVersions == "none").name'`,
		Args:              cobra.MaximumNArgs(2),
		ValidArgsFunction: completeAPI,
		RunE: func(_ *cobra.Command, args []string) error {
			if format != "text" && format != "ndjson" {
				return fmt.Errorf("--format is text or ndjson, not %q", format)
			}
			if records && len(args) > 0 {
				return fmt.Errorf("--records lists all of them; to see %s leave it out", args[0])
			}
			show, err := showAPIs(args, records, format == "ndjson")
			if err != nil {
				return err
			}
			out := bufio.NewWriter(s.out)
			show(out)
			return report(s, flush(out))
		},
	}
	f := cmd.Flags()
	f.StringVarP(&format, "format", "f", "text", "`FORMAT`: text or ndjson (an object for each line of the list, for each change or for each field)")
	f.BoolVar(&records, "records", false, "list the internal records in place of the APIs")
	complete(cmd, "format", func() []string { return []string{"text", "ndjson"} })
	return cmd
}

func completeAPI(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	switch len(args) {
	case 0:
		names = slices.Concat(apiNames(), []string{"RequestHeader", "ResponseHeader"}, codec.RecordNames())
	case 1:
		if api, err := findAny(args[0]); err == nil {
			for v := range versionsOf(api) {
				names = append(names, strconv.Itoa(int(v)))
			}
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// showAPIs finds what the arguments ask for and returns what shows it.
func showAPIs(args []string, records, isJSON bool) (func(io.Writer), error) {
	if len(args) == 0 {
		return showList(records, isJSON), nil
	}
	api, err := findAny(args[0])
	if err != nil {
		return nil, err
	}
	if len(args) == 1 {
		return showChanges(api, isJSON)
	}
	version, err := strconv.ParseInt(strings.TrimPrefix(args[1], "v"), 10, 32)
	if err != nil {
		return nil, fmt.Errorf("a version is a number, not %q", args[1])
	}
	return showLayouts(api, version, isJSON)
}

// findAny finds an API, a header or a record.
func findAny(name string) (*codec.API, error) {
	for _, header := range []string{"RequestHeader", "ResponseHeader"} {
		if strings.EqualFold(name, header) {
			return codec.HeaderByName(header), nil
		}
	}
	api, err := findAPI(name)
	if err == nil {
		return api, nil
	}
	if record, recordErr := findRecord(name); recordErr == nil {
		return record, nil
	}
	if near := nearest(name, apiNames()); len(near) == 0 {
		if near = nearest(name, codec.RecordNames()); len(near) > 0 {
			return nil, unknownName("API or record", name, codec.RecordNames(), "'kdump apis' and 'kdump apis --records' list them")
		}
	}
	return nil, err
}

// versionsOf gives the versions of an API from the lowest to the highest.
func versionsOf(api *codec.API) func(yield func(int16) bool) {
	return func(yield func(int16) bool) {
		known := api.Versions(codec.Request)
		for v := known.Min(); v >= 0 && v <= known.Max(); v++ {
			if known.Has(v) && !yield(v) {
				return
			}
		}
	}
}

// listed is an API, a header or a record as the list has it.
type listed struct {
	Key      int16             `json:"key"` // -1 where there is none
	Name     string            `json:"name"`
	EnumName string            `json:"enumName,omitempty"` // of an API
	Versions string            `json:"versions"`
	Flexible string            `json:"flexibleVersions"`
	Unstable string            `json:"unstableVersions,omitempty"`
	Releases map[string]string `json:"releases"`          // the versions that each speaks
	Dropped  bool              `json:"dropped,omitempty"` // by the newest major release

	droppedBy string // that release, as "4.x"
}

// newListed tells of an API; newest is the newest major release.
func newListed(api *codec.API, isAPI bool, newest string) listed {
	l := listed{Key: api.Key, Name: api.Name, Versions: api.Versions(codec.Request).String(), Flexible: "none", Releases: map[string]string{}}
	for v := range versionsOf(api) {
		if api.Flexible(v) {
			l.Flexible = strconv.Itoa(int(v)) + "+"
			break
		}
	}
	releases := api.Releases()
	for _, r := range releases {
		l.Releases[r.Name] = r.Versions.String()
	}
	if n := len(releases); n > 0 && major(releases[n-1].Name) != newest {
		l.Dropped, l.droppedBy = true, newest+".x"
	}
	if isAPI {
		l.EnumName = api.EnumName()
	}
	if unstable := api.Unstable(); unstable != 0 {
		l.Unstable = unstable.String()
	}
	return l
}

func showList(records, isJSON bool) func(io.Writer) {
	var list []listed
	newest := newestMajor()
	if records {
		for _, name := range codec.RecordNames() {
			list = append(list, newListed(codec.RecordByName(name), false, newest))
		}
	} else {
		for _, api := range codec.APIs() {
			list = append(list, newListed(api, true, newest))
		}
	}
	return func(w io.Writer) {
		if !isJSON {
			first := "key"
			if records {
				first = "type"
			}
			printList(w, first, list)
			return
		}
		for i := range list {
			printJSON(w, &list[i])
		}
	}
}

// releasesOf gives the releases that a list speaks of, oldest first.
func releasesOf(list []listed) []string {
	var releases []string
	for i := range list {
		for name := range list[i].Releases {
			if !slices.Contains(releases, name) {
				releases = append(releases, name)
			}
		}
	}
	slices.Sort(releases)
	return releases
}

// newestMajor gives the newest major release that an API is in.
func newestMajor() string {
	newest := ""
	for _, api := range codec.APIs() {
		for _, r := range api.Releases() {
			newest = max(newest, r.Name)
		}
	}
	return major(newest)
}

func major(release string) string {
	number, _, _ := strings.Cut(release, ".")
	return number
}

// printList prints a table with a column for each release; first is what the
// keys are called.
func printList(w io.Writer, first string, list []listed) {
	releases := releasesOf(list)
	var t table
	t.row(append([]string{first, "name", "versions", "flexible"}, releases...)...)
	for i := range list {
		l := &list[i]
		cells := []string{keyText(l.Key), l.Name, l.Versions, l.Flexible}
		for _, release := range releases {
			cells = append(cells, l.Releases[release])
		}
		t.row(append(cells, l.note())...)
	}
	t.print(w)
}

// note says what stands out about an API: that the newest major release has
// dropped it, or may change it.
func (l *listed) note() string {
	var notes []string
	if l.Dropped {
		notes = append(notes, "dropped by "+l.droppedBy)
	}
	if l.Unstable != "" {
		notes = append(notes, "v"+l.Unstable+" unstable")
	}
	return strings.Join(notes, ", ")
}

// table prints rows of cells in columns.
type table struct{ rows [][]string }

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) print(w io.Writer) {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len(cell))
		}
	}
	for _, row := range t.rows {
		var line strings.Builder
		for i, cell := range row {
			fmt.Fprintf(&line, "%-*s", widths[i]+2, cell)
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

func printJSON(w io.Writer, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // there is nothing in v that cannot be marshalled
	}
	w.Write(append(text, '\n'))
}

func keyText(key int16) string {
	if key < 0 {
		return "-"
	}
	return strconv.Itoa(int(key))
}

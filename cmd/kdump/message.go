package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kdump/kdump/codec"
	"github.com/spf13/cobra"
)

// messageFlags is the flags of decode and encode that say which message it is.
type messageFlags struct {
	api, record                   string
	version                       int
	request, response             bool
	requestHeader, responseHeader bool
}

func (m *messageFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&m.api, "api", "", "the `API`, such as Fetch, or its key")
	f.IntVar(&m.version, "version", -1, "the API's version `N`; of a header without --api, or of a record, its own")
	f.BoolVar(&m.request, "request", false, "the body of a request")
	f.BoolVar(&m.response, "response", false, "the body of a response")
	f.BoolVar(&m.requestHeader, "request-header", false, "the header before a request (with --api: before one of that API and version)")
	f.BoolVar(&m.responseHeader, "response-header", false, "the header before a response, likewise")
	f.StringVar(&m.record, "record", "", "the internal record of this `NAME`, without any type or version in front")
	f.Lookup("version").DefValue = "0" // so that the help names no default: there is none
	complete(cmd, "api", apiNames)
	complete(cmd, "record", codec.RecordNames)
}

func complete(cmd *cobra.Command, flag string, names func() []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return names(), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // the flag was not registered
	}
}

// given reports whether any of the flags is set.
func (m *messageFlags) given() bool { return *m != messageFlags{version: -1} }

// layout finds the message that the flags name.
func (m *messageFlags) layout() (*codec.Layout, error) {
	kinds := 0
	for _, given := range []bool{m.request, m.response, m.requestHeader, m.responseHeader, m.record != ""} {
		if given {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		return nil, errors.New("say what it is: one of --request, --response, --request-header, --response-header and --record")
	case m.version < 0:
		return nil, errors.New("say which version it is: --version N")
	case m.record != "" && m.api != "":
		return nil, errors.New("a record belongs to no API: --record goes without --api")
	case m.record != "":
		record, err := findRecord(m.record)
		return layoutOf(record, codec.Request, int64(m.version), err)
	}
	return m.layoutOfAPI()
}

func (m *messageFlags) layoutOfAPI() (*codec.Layout, error) {
	direction, header := codec.Request, "RequestHeader"
	if m.response || m.responseHeader {
		direction, header = codec.Response, "ResponseHeader"
	}
	if m.requestHeader || m.responseHeader {
		if m.api == "" {
			return layoutOf(codec.HeaderByName(header), codec.Request, int64(m.version), nil)
		}
	} else if m.api == "" {
		return nil, errors.New("say which API it is: --api NAME, or its key")
	}
	api, err := findAPI(m.api)
	body, err := layoutOf(api, direction, int64(m.version), err)
	switch {
	case err != nil:
		return nil, err
	case m.requestHeader:
		return api.RequestHeaderLayout(body.Version)
	case m.responseHeader:
		return api.ResponseHeaderLayout(body.Version)
	}
	return body, nil
}

// layoutOf returns the layout of a version of what was looked for, or err
// where it was not found.
func layoutOf(api *codec.API, d codec.Direction, version int64, err error) (*codec.Layout, error) {
	switch {
	case err != nil:
		return nil, err
	case version < 0 || version > math.MaxInt16:
		return nil, fmt.Errorf("a version is a number from 0 to %d, not %d", math.MaxInt16, version)
	}
	return api.Layout(d, int16(version))
}

// findAPI finds an API by its name, by its name in Kafka's request log, or by
// its key.
func findAPI(name string) (*codec.API, error) {
	if key, err := strconv.ParseInt(name, 10, 16); err == nil {
		if api := codec.APIByKey(int16(key)); api != nil {
			return api, nil
		}
		return nil, unknownKey(key)
	}
	if api := codec.APIByName(strings.ReplaceAll(name, "_", "")); api != nil {
		return api, nil
	}
	return nil, unknownName("API", name, apiNames(), "'kdump apis' lists them")
}

func unknownKey(key int64) error {
	apis := codec.APIs()
	return fmt.Errorf("no API has the key %d; the highest known is %d", key, apis[len(apis)-1].Key)
}

func findRecord(name string) (*codec.API, error) {
	names := codec.RecordNames()
	i := slices.IndexFunc(names, func(known string) bool { return strings.EqualFold(known, name) })
	if i < 0 {
		return nil, unknownName("record", name, names, "'kdump apis --records' lists them")
	}
	return codec.RecordByName(names[i]), nil
}

func apiNames() []string {
	var names []string
	for _, api := range codec.APIs() {
		names = append(names, api.Name)
	}
	return names
}

func unknownName(what, name string, names []string, list string) error {
	err := fmt.Sprintf("no %s is called %q", what, name)
	if near := nearest(name, names); len(near) > 0 {
		return fmt.Errorf("%s; did you mean %s? %s", err, strings.Join(near, " or "), list)
	}
	return fmt.Errorf("%s; %s", err, list)
}

// nearest returns up to three of names: those that are written most like
// name, or else contain it.
func nearest(name string, names []string) []string {
	type candidate struct {
		name string
		far  int
	}
	var near []candidate
	name = strings.ToLower(name)
	for _, n := range names {
		lower := strings.ToLower(n)
		far := distance(name, lower)
		if far <= 1+len(name)/4 || len(name) > 2 && strings.Contains(lower, name) {
			near = append(near, candidate{n, far})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return a.far - b.far })
	var best []string
	for _, c := range near[:min(3, len(near))] {
		best = append(best, c.name)
	}
	return best
}

// distance is how many letters have to be put in, taken out or changed to make
// b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

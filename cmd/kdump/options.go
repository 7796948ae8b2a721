package main

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/decode"
	"github.com/kdump/kdump/formats"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// output is the flags that say how exchanges are shown.
type output struct {
	format      string
	verbose     bool
	records     string
	maxInflate  string
	maxWaiting  string
	exact       bool
	showSecrets bool
	color       string
}

func (o *output) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false // what belongs together stands together in --help
	f.StringVarP(&o.format, "format", "f", "text", "`FORMAT`: text (a line per exchange, times in UTC), json (one indented array) or ndjson")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "text with the whole message trees, which JSON always has")
	f.StringVar(&o.records, "records", "batches", "`WHAT` to show of records: batches (their headers), keys (and timestamps, headers) or full")
	f.StringVar(&o.maxInflate, "max-inflate", "64M", "the most `BYTES` that a compressed batch may inflate to, such as 512k, 64M or 1G")
	f.StringVar(&o.maxWaiting, "max-waiting", "64M", "the most `BYTES` of packets that may wait for lost ones, and as many of messages not yet whole or answered")
	f.BoolVar(&o.exact, "exact", false, "requests and responses exactly as Kafka's request log prints them (json, ndjson)")
	f.BoolVar(&o.showSecrets, "show-secrets", false, "show passwords, tokens and keys, withheld otherwise")
	f.StringVar(&o.color, "color", "auto", "`WHEN` to colour text: auto, always or never")
	complete(cmd, "format", func() []string { return formatNames })
	complete(cmd, "records", func() []string { return recordsNames })
	complete(cmd, "color", func() []string { return colorNames })
	completeNothing(cmd, "max-inflate", "max-waiting")
}

// What the flags take.
var (
	formatNames  = []string{formats.Text: "text", formats.JSON: "json", formats.NDJSON: "ndjson"}
	recordsNames = []string{formats.Batches: "batches", formats.Keys: "keys", formats.Full: "full"}
	colorNames   = []string{"auto", "always", "never"}
)

// options checks the flags and gives what the printer needs.
func (o *output) options(stdout any) (formats.Options, error) {
	format := slices.Index(formatNames, o.format)
	if format < 0 {
		return formats.Options{}, fmt.Errorf("--format is text, json or ndjson, not %q", o.format)
	}
	records := slices.Index(recordsNames, o.records)
	if records < 0 {
		return formats.Options{}, fmt.Errorf("--records is batches, keys or full, not %q", o.records)
	}
	maxInflate, ok := parseSize(o.maxInflate)
	if !ok {
		return formats.Options{}, fmt.Errorf("--max-inflate is a number of bytes up to 1G, such as 512k or 64M, not %q", o.maxInflate)
	}
	if !slices.Contains(colorNames, o.color) {
		return formats.Options{}, fmt.Errorf("--color is auto, always or never, not %q", o.color)
	}
	if formats.Format(format) == formats.Text && o.exact {
		return formats.Options{}, errors.New("--exact is for --format json or ndjson")
	}
	if o.exact && formats.Records(records) != formats.Batches {
		return formats.Options{}, errors.New("--exact prints of records no more than their size; leave --records away, or --exact")
	}
	color := o.color == "always" || o.color == "auto" && os.Getenv("NO_COLOR") == "" && isTerminal(stdout)
	return formats.Options{Format: formats.Format(format), Verbose: o.verbose, Exact: o.exact, ShowSecrets: o.showSecrets, Color: color,
		Records: formats.Records(records), MaxInflate: maxInflate}, nil
}

// waiting checks the flag that says how many bytes may wait.
func (o *output) waiting() (int, error) {
	n, ok := parseSize(o.maxWaiting)
	if !ok {
		return 0, fmt.Errorf("--max-waiting is a number of bytes up to 1G, such as 512k or 64M, not %q", o.maxWaiting)
	}
	return n, nil
}

// maxSize is the largest size that a flag takes.
const maxSize = 1 << 30

// parseSize reads a number of bytes above 0, which may end in k, M or G.
func parseSize(s string) (n int, ok bool) {
	shift := 0
	for i, unit := range []string{"k", "M", "G"} {
		if digits, found := strings.CutSuffix(s, unit); found {
			s, shift = digits, 10*(i+1)
		}
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > maxSize>>shift {
		return 0, false
	}
	return n << shift, true
}

// selection is the flags that say which connections are looked at, and which
// of their exchanges are shown.
type selection struct {
	ports []string
	hosts []string

	apis         []string
	notAPIs      []string
	topics       []string
	groups       []string
	clientIDs    []string
	notClientIDs []string
	principals   []string
	errors       []string
	minLatency   time.Duration
}

// anyError is what --errors stands for without a value: the name of none of
// Kafka's, and what --help shows behind the flag, as pflag has it.
const anyError = "NAMES"

func (s *selection) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&s.ports, "port", nil, "only connections with one of these `PORTS`, taken to speak Kafka; otherwise Kafka is found on any port")
	f.StringSliceVar(&s.hosts, "host", nil, "only connections with one of these `ADDRESSES`, or networks such as 10.0.0.0/8")
	f.StringSliceVar(&s.apis, "api", nil, "only exchanges of these `APIS`, by name or key")
	f.StringSliceVar(&s.notAPIs, "not-api", nil, "no exchanges of these `APIS`")
	f.StringSliceVar(&s.topics, "topic", nil, "only exchanges that name one of these `TOPICS` (orders, orders-*)")
	f.StringSliceVar(&s.groups, "group", nil, "only exchanges that name one of these `GROUPS`")
	f.StringSliceVar(&s.clientIDs, "client-id", nil, "only exchanges of clients with one of these `IDS`")
	f.StringSliceVar(&s.notClientIDs, "not-client-id", nil, "no exchanges of clients with one of these `IDS`")
	f.StringSliceVar(&s.principals, "principal", nil, "only exchanges of clients that have logged in as one of these `PRINCIPALS` (User:alice)")
	f.StringSliceVar(&s.errors, "errors", nil, "only exchanges with ``errors, any or one of these, by name or code")
	f.Lookup("errors").NoOptDefVal = anyError
	f.DurationVar(&s.minLatency, "min-latency", 0, "only exchanges that took at least this `LONG` (250ms, 2s)")
	complete(cmd, "api", apiNames)
	complete(cmd, "not-api", apiNames)
	complete(cmd, "errors", errorNames)
	completeNothing(cmd, "port", "host", "topic", "group", "client-id", "not-client-id", "principal", "min-latency")
}

// completeNothing has the shell offer nothing for values that kdump cannot
// know, least of all files.
func completeNothing(cmd *cobra.Command, flags ...string) {
	for _, flag := range flags {
		complete(cmd, flag, func() []string { return nil })
	}
}

// errorNames are the names of Kafka's errors.
func errorNames() []string {
	var names []string
	for code := int16(-1); code < math.MaxInt16; code++ {
		if name := codec.ErrorName(code); name != "" && code != 0 {
			names = append(names, name)
		}
	}
	return names
}

// filter is a checked selection.
type filter struct {
	decode.Criteria
	ports    []uint16
	networks []netip.Prefix
}

// takeErrors makes what stands behind a bare --errors its value where it is
// names of errors, as for all other flags, and returns the other arguments.
// The flag itself cannot tell them from the files that may stand there.
func (s *selection) takeErrors(args []string) []string {
	if !slices.Contains(s.errors, anyError) {
		return args
	}
	var names []string
	others := slices.DeleteFunc(slices.Clone(args), func(arg string) bool {
		if !areErrors(arg) {
			return false
		}
		names = append(names, strings.Split(arg, ",")...)
		return true
	})
	if len(names) > 0 {
		s.errors = append(slices.DeleteFunc(s.errors, func(name string) bool { return name == anyError }), names...)
	}
	return others
}

// areErrors reports whether an argument is names or codes of errors, joined by
// commas, and no file.
func areErrors(arg string) bool {
	for name := range strings.SplitSeq(arg, ",") {
		if _, err := findError(name); err != nil {
			return false
		}
	}
	_, err := os.Stat(arg)
	return err != nil
}

// filter checks the flags, as they were set.
func (s *selection) filter(set *pflag.FlagSet) (filter, error) {
	var f filter
	if err := s.checkEmpty(set); err != nil {
		return f, err
	}
	for _, p := range s.ports {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return f, fmt.Errorf("--port takes numbers from 1 to 65535, not %q", p)
		}
		f.ports = append(f.ports, uint16(n))
	}
	for _, h := range s.hosts {
		network, err := parseNetwork(h)
		if err != nil {
			return f, fmt.Errorf("--host takes addresses such as 10.0.0.7 or networks such as 10.0.0.0/8 (captures hold no names), not %q", h)
		}
		f.networks = append(f.networks, network)
	}
	var err error
	f.Criteria, err = s.criteria()
	return f, err
}

// checkEmpty finds a flag that was given no value, as by a script whose
// variable is not set: to show everything then would not be what it asks for.
func (s *selection) checkEmpty(set *pflag.FlagSet) error {
	for _, list := range []struct {
		flag   string
		values []string
	}{
		{"port", s.ports}, {"host", s.hosts}, {"api", s.apis}, {"not-api", s.notAPIs}, {"topic", s.topics}, {"group", s.groups},
		{"client-id", s.clientIDs}, {"not-client-id", s.notClientIDs}, {"principal", s.principals}, {"errors", s.errors},
	} {
		if set.Changed(list.flag) && (len(list.values) == 0 || slices.Contains(list.values, "")) {
			return fmt.Errorf("--%s has an empty value; leave the flag away to choose all", list.flag)
		}
	}
	return nil
}

func (s *selection) criteria() (decode.Criteria, error) {
	if s.minLatency < 0 {
		return decode.Criteria{}, fmt.Errorf("--min-latency is 0 or more, not %s", s.minLatency)
	}
	c := decode.Criteria{Topics: s.topics, Groups: s.groups, ClientIDs: s.clientIDs, NotClientIDs: s.notClientIDs,
		Principals: s.principals, MinLatency: s.minLatency}
	var err error
	if c.APIs, err = apiKeys(s.apis); err != nil {
		return c, err
	}
	if c.NotAPIs, err = apiKeys(s.notAPIs); err != nil {
		return c, err
	}
	for _, name := range s.errors {
		if name == anyError || name == "any" {
			c.AnyError = true
			continue
		}
		code, err := findError(name)
		if err != nil {
			return c, err
		}
		c.Errors = append(c.Errors, code)
	}
	for _, pattern := range slices.Concat(s.topics, s.groups, s.clientIDs, s.notClientIDs, s.principals) {
		if _, err := path.Match(pattern, ""); err != nil {
			return c, fmt.Errorf("%q is no pattern: a [ has no ] (a backslash in front takes its meaning away)", pattern)
		}
	}
	return c, nil
}

// apiKeys finds the keys of APIs, given by name or key.
func apiKeys(names []string) ([]int16, error) {
	var keys []int16
	for _, name := range names {
		api, err := findAPI(name)
		if err != nil {
			return nil, err
		}
		keys = append(keys, api.Key)
	}
	return keys, nil
}

// findError finds the code of one of Kafka's errors, given by name or code.
func findError(name string) (int16, error) {
	if code, err := strconv.ParseInt(name, 10, 16); err == nil {
		return int16(code), nil
	}
	if code, ok := codec.ErrorByName(name); ok {
		return code, nil
	}
	return 0, fmt.Errorf("--errors takes names such as NOT_LEADER_OR_FOLLOWER, or codes, not %q", name)
}

func parseNetwork(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		return netip.ParsePrefix(s)
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, err
	}
	return a.Prefix(a.BitLen())
}

// wants reports whether a connection between a and b is to be looked at.
func (f *filter) wants(a, b netip.AddrPort) bool {
	if len(f.ports) > 0 && !slices.Contains(f.ports, a.Port()) && !slices.Contains(f.ports, b.Port()) {
		return false
	}
	return len(f.networks) == 0 || f.holds(a.Addr()) || f.holds(b.Addr())
}

func (f *filter) holds(a netip.Addr) bool {
	return slices.ContainsFunc(f.networks, func(n netip.Prefix) bool { return n.Contains(a) })
}

package main

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/kdump/kdump/formats"
	"github.com/spf13/pflag"
)

// output is the flags that say how exchanges are shown.
type output struct {
	format      string
	verbose     bool
	records     string
	exact       bool
	showSecrets bool
	color       string
}

func (o *output) register(f *pflag.FlagSet) {
	f.StringVarP(&o.format, "format", "f", "text", "`FORMAT`: text (a line per exchange), json (one indented array) or ndjson")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "text with the whole message trees")
	f.StringVar(&o.records, "records", "batches", "`WHAT` to show of records: batches (their headers)")
	f.BoolVar(&o.exact, "exact", false, "requests and responses exactly as Kafka's request log prints them (json, ndjson)")
	f.BoolVar(&o.showSecrets, "show-secrets", false, "show passwords, tokens and keys, withheld otherwise")
	f.StringVar(&o.color, "color", "auto", "`WHEN` to colour text: auto, always or never")
}

var formatNames = map[string]formats.Format{"text": formats.Text, "json": formats.JSON, "ndjson": formats.NDJSON}

// options checks the flags and gives what the printer needs.
func (o *output) options(stdout any) (formats.Options, error) {
	format, ok := formatNames[o.format]
	if !ok {
		return formats.Options{}, fmt.Errorf("--format is text, json or ndjson, not %q", o.format)
	}
	if o.records != "batches" {
		return formats.Options{}, fmt.Errorf("--records is batches, not %q", o.records)
	}
	if !slices.Contains([]string{"auto", "always", "never"}, o.color) {
		return formats.Options{}, fmt.Errorf("--color is auto, always or never, not %q", o.color)
	}
	if format == formats.Text && o.exact {
		return formats.Options{}, fmt.Errorf("--exact is for --format json or ndjson")
	}
	color := o.color == "always" || o.color == "auto" && os.Getenv("NO_COLOR") == "" && isTerminal(stdout)
	return formats.Options{Format: format, Verbose: o.verbose, Exact: o.exact, ShowSecrets: o.showSecrets, Color: color}, nil
}

// selection is the flags that say which connections are looked at.
type selection struct {
	ports []string
	hosts []string
}

func (s *selection) register(f *pflag.FlagSet) {
	f.StringSliceVar(&s.ports, "port", nil, "only connections with one of these `PORTS`, taken to speak Kafka; otherwise Kafka is found on any port")
	f.StringSliceVar(&s.hosts, "host", nil, "only connections with one of these `ADDRESSES`, or networks such as 10.0.0.0/8")
}

// filter is a checked selection.
type filter struct {
	ports    []uint16
	networks []netip.Prefix
}

func (s *selection) filter() (filter, error) {
	var f filter
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
	return f, nil
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

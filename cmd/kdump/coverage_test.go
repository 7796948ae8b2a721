package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kdump/kdump/codec"
)

// TestEveryVersionCaptured holds the captures to hold every version of every
// API there is, request and response, as a client and a broker sent them, and
// kdump to read each to its end.
func TestEveryVersionCaptured(t *testing.T) {
	type version struct{ key, number string }
	seen := map[version]int{}
	for _, capture := range captures(t) {
		out, _ := kdumpRead(t, "-f", "ndjson", "--exact", capture)
		for m := range messages(t, strings.NewReader(out), "") {
			for _, m := range []*message{m, m.Forwarded} {
				if m != nil && m.Header != nil && m.Response != nil && m.Problems == nil {
					seen[version{fmt.Sprint(m.Header["requestApiKey"]), fmt.Sprint(m.Header["requestApiVersion"])}]++
				}
			}
		}
	}
	versions := 0
	for _, api := range codec.APIs() {
		for v := range versionsOf(api) {
			versions++
			if seen[version{fmt.Sprint(api.Key), fmt.Sprint(v)}] == 0 {
				t.Errorf("no capture has %s v%d", api.Name, v)
			}
		}
	}
	t.Logf("%d versions of %d APIs, in both directions", versions, len(codec.APIs()))
}

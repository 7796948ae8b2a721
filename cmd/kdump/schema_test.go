package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/kdump/kdump/formats"
	"github.com/kdump/kdump/formats/schematest"
)

// TestCapturesFitTheSchema holds every line that is printed of every capture
// against the schema.
func TestCapturesFitTheSchema(t *testing.T) {
	schema := schematest.New(t, formats.Schema())
	types := map[string]int{} // how many lines of each
	for _, capture := range captures(t) {
		t.Run(filepath.Base(capture), func(t *testing.T) {
			fits := map[string]bool{} // lines: most are the same whatever is asked for
			for _, flags := range []string{"", "--exact", "--records full"} {
				out, _ := kdumpRead(t, append(strings.Fields("-f ndjson "+flags), capture)...)
				for line := range strings.Lines(out) {
					if fits[line] {
						continue
					}
					if err := schema.Check(line); err != nil {
						t.Fatalf("%s: %.2000v\n%.2000s", flags, err, line)
					}
					fits[line] = true
					kind, _, _ := strings.Cut(strings.TrimPrefix(line, `{"type":"`), `"`)
					types[kind]++
				}
			}
		})
	}
	for _, kind := range []string{"exchange", "request", "response", "gap", "undecoded", "sasl", "tls"} {
		if types[kind] == 0 {
			t.Errorf("no capture has anything of type %s", kind)
		}
	}
}

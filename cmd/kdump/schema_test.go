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
	captures, err := filepath.Glob("../../testdata/captures/*.pcap*")
	if err != nil || len(captures) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	for _, flags := range []string{"", "--exact", "--records full"} {
		t.Run(flags, func(t *testing.T) {
			t.Parallel()
			fitTheSchema(t, strings.Fields("-f ndjson "+flags), captures)
		})
	}
}

func fitTheSchema(t *testing.T, flags, captures []string) {
	schema := schematest.New(t, formats.Schema())
	types := map[string]int{} // how many lines of each
	for _, capture := range captures {
		for line := range strings.Lines(printAll(t, flags, []string{capture})) {
			if err := schema.Check(line); err != nil {
				t.Fatalf("%s: %.2000v\n%.2000s", capture, err, line)
			}
			kind, _, _ := strings.Cut(strings.TrimPrefix(line, `{"type":"`), `"`)
			types[kind]++
		}
	}
	for _, kind := range []string{"exchange", "request", "response", "gap", "undecoded", "sasl", "tls"} {
		if types[kind] == 0 {
			t.Errorf("no capture has anything of type %s", kind)
		}
	}
}

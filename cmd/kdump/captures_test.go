package main

import (
	"bytes"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// captures names all captures there are, of the folder that capturesFolder
// names.
func captures(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(capturesFolder(), "*.pcap*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	return files
}

// kdumpRead runs kdump read, which must succeed, and returns what it prints
// and what it says on standard error.
func kdumpRead(t testing.TB, args ...string) (printed, said string) {
	t.Helper()
	var out, talk bytes.Buffer
	if code := run(append([]string{"read"}, args...), streams{strings.NewReader(""), &out, &talk}); code != exitDone {
		t.Fatalf("%v: exit code %d: %s", args, code, &talk)
	}
	return out.String(), talk.String()
}

// diffOf is cmp.Diff, for what is mostly equal: it finds that much sooner.
func diffOf(want, got any) string {
	if reflect.DeepEqual(want, got) {
		return ""
	}
	return cmp.Diff(want, got)
}

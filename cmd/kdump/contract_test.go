package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What the JSON says twice it must say alike: error codes in the messages and
// in the list of errors, objects and the counts of the closing line.
func TestJSONAgreesWithItself(t *testing.T) {
	failed := 0
	for _, capture := range captures(t) {
		t.Run(filepath.Base(capture), func(t *testing.T) {
			out, talk := kdumpRead(t, "-f", "ndjson", capture)
			types := map[string]int{}
			for line := range strings.Lines(out) {
				var object map[string]any
				if err := json.Unmarshal([]byte(line), &object); err != nil {
					t.Fatal(err)
				}
				kind := object["type"].(string)
				if object["unanswered"] == "acks=0" {
					kind = "acks=0"
				}
				types[kind]++
				failed += sameErrors(t, object)
			}
			if diff := cmp.Diff(counted(talk), countsOf(types)); diff != "" {
				t.Errorf("-closing line +objects:\n%s", diff)
			}
		})
	}
	if failed == 0 {
		t.Error("no capture has an error, so that nothing was compared")
	}
}

// countsOf gives how many objects there are of what the closing line counts.
func countsOf(types map[string]int) map[string]string {
	counts := map[string]string{"exchange": fmt.Sprint(types["exchange"] + types["sasl"])}
	for kind, phrase := range map[string]string{"request": "request without response", "acks=0": "request with acks=0", "response": "response without request", "gap": "gap",
		"undecoded": "piece not decoded", "tls": "connection with TLS"} {
		if n := types[kind]; n > 0 {
			counts[phrase] = fmt.Sprint(n)
		}
	}
	return counts
}

var closing = regexp.MustCompile(`(\d+) (exchange|request|response|gap|piece|connection)s?((?: without re\w+| not decoded| with TLS| with acks=0)?)(?:,|\n)`)

// counted reads the closing line.
func counted(talk string) map[string]string {
	counts := map[string]string{}
	for _, match := range closing.FindAllStringSubmatch(talk, -1) {
		counts[match[2]+match[3]] = match[1]
	}
	return counts
}

// sameErrors compares the errors of an exchange, and of the one forwarded in
// it, with the codes in its messages, and returns how many there are.
func sameErrors(t *testing.T, object map[string]any) int {
	t.Helper()
	var listed, there []string
	if errors, ok := object["errors"].([]any); ok {
		for _, e := range errors {
			e := e.(map[string]any)
			side := "response"
			if e["side"] != nil {
				side = e["side"].(string)
			}
			listed = append(listed, fmt.Sprintf("%s %s %s %v", side, e["path"], e["field"], e["code"]))
		}
	}
	for _, side := range []string{"request", "response"} {
		there = append(there, codesIn(side+" ", object[side])...)
	}
	slices.Sort(listed)
	slices.Sort(there)
	if diff := cmp.Diff(there, listed); diff != "" {
		t.Errorf("-in the messages +listed:\n%s%v", diff, object["requestHeader"])
	}
	if forwarded, ok := object["forwarded"].(map[string]any); ok {
		return len(listed) + sameErrors(t, forwarded)
	}
	return len(listed)
}

// codesIn finds the error codes other than 0 in a message: "PATH FIELD CODE".
func codesIn(path string, v any) []string {
	var found []string
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			code, number := inner.(float64)
			if number && code != 0 && strings.HasSuffix(strings.ToLower(key), "errorcode") {
				found = append(found, fmt.Sprintf("%s %s %v", path, key, code))
			}
			inside := path + "." + key
			if strings.HasSuffix(path, " ") {
				inside = path + key
			}
			found = append(found, codesIn(inside, inner)...)
		}
	case []any:
		for i, inner := range v {
			found = append(found, codesIn(fmt.Sprintf("%s[%d]", path, i), inner)...)
		}
	}
	return found
}

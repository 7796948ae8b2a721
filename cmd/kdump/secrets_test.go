package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// secret is in every password, token and key that the captures were made with.
const secret = "kdump-secret"

// TestSecretsAreWithheld looks for them in all that kdump prints, as they are,
// in hex and in each of the three forms that base64 has for the middle of a
// value.
func TestSecretsAreWithheld(t *testing.T) {
	forms, all := secretForms(), captures(t)
	for _, flags := range [][]string{{}, {"-v"}, {"-f", "ndjson"}, {"-f", "ndjson", "--exact"}, {"-f", "json"}, {"-f", "ndjson", "--records", "full"}, {"--records", "full"}, {"-v", "--records", "full"}} {
		printed, _ := kdumpRead(t, append(flags, all...)...)
		for _, form := range forms {
			if at := strings.Index(printed, form); at >= 0 {
				t.Errorf("%v prints %q in ...%s", flags, form, printed[max(0, at-300):at+len(form)])
			}
		}
	}
	// The captures hold them, as they are and in base64, or the search above
	// finds nothing for nothing.
	shown, _ := kdumpRead(t, append([]string{"-f", "ndjson", "--show-secrets"}, all...)...)
	found := func(form string) bool { return strings.Contains(shown, form) }
	if !found(secret) || !slices.ContainsFunc(forms[2:], found) {
		t.Error("--show-secrets does not show the secrets")
	}
}

// secretForms gives the secret as it is, in hex, and in base64.
func secretForms() []string {
	forms := []string{secret, hex.EncodeToString([]byte(secret))}
	for before := range 3 {
		all := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", before) + secret))
		// The characters at either end depend on what stands around.
		forms = append(forms, all[(before*8+5)/6:len(all)-4])
	}
	return forms
}

// hiddenBytes is the secrets of a capture that kdump withholds, tokens and
// their like, as all runs of hiddenRun bytes in them.
type hiddenBytes map[[hiddenRun]byte]bool

const hiddenRun = 8

// newHiddenBytes finds what kdump withholds of a capture by what stands in its
// place where secrets are asked for.
func newHiddenBytes(t *testing.T, file string) hiddenBytes {
	withheld, _ := kdumpRead(t, "-f", "ndjson", file)
	told, _ := kdumpRead(t, "-f", "ndjson", "--show-secrets", file)
	lines, toldLines := strings.Split(withheld, "\n"), strings.Split(told, "\n")
	hidden := hiddenBytes{}
	for i, line := range lines {
		if !strings.Contains(line, "<withheld>") {
			continue
		}
		var a, b any
		if err := errors.Join(json.Unmarshal([]byte(line), &a), json.Unmarshal([]byte(toldLines[i]), &b)); err != nil {
			t.Fatal(err)
		}
		hidden.compare(a, b)
	}
	return hidden
}

// compare adds what stands in told where a is withheld.
func (h hiddenBytes) compare(a, told any) {
	switch a := a.(type) {
	case map[string]any:
		for key, value := range a {
			// Of the message that an Envelope holds all is withheld, also what is no
			// secret. Its secrets are told apart where it is shown as forwarded.
			if key != "requestData" && key != "responseData" {
				h.compare(value, told.(map[string]any)[key])
			}
		}
	case []any:
		for i, value := range a {
			h.compare(value, told.([]any)[i])
		}
	case string:
		if secret, ok := told.(string); ok && a == "<withheld>" {
			h.add(secret)
		}
	}
}

func (h hiddenBytes) add(secret string) {
	b, err := base64.StdEncoding.DecodeString(secret)
	if err != nil {
		b = []byte(secret)
	}
	for ; len(b) >= hiddenRun; b = b[1:] {
		h[[hiddenRun]byte(b)] = true
	}
}

var hexMember = regexp.MustCompile(`"hex":"([0-9a-f]+)"`)

// in returns a line of kdump's output that shows some of the secrets in hex, ""
// where none does.
func (h hiddenBytes) in(t *testing.T, out []byte) string {
	for line := range bytes.Lines(out) {
		for _, shown := range hexMember.FindAllSubmatch(line, -1) {
			b, err := hex.DecodeString(string(shown[1]))
			if err != nil {
				t.Fatal(err)
			}
			for ; len(b) >= hiddenRun; b = b[1:] {
				if h[[hiddenRun]byte(b)] {
					return string(line)
				}
			}
		}
	}
	return ""
}

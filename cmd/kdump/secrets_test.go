package main

import (
	"encoding/base64"
	"encoding/hex"
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

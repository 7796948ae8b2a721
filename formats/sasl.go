package formats

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kdump/kdump/codec"
)

// saslToken is what a SASL message tells beside its secrets. Of texts "" and of
// numbers -1 stand for what it does not tell.
type saslToken struct {
	mechanism       string
	user            string
	authorizationID string // whom to act as
	nonceSize       int    // bytes, as of all sizes
	saltSize        int
	iterations      int
	proofSize       int
	signatureSize   int
	tokenSize       int
	delegation      bool     // the user is the id of a delegation token
	extensions      []string // their names alone: what they hold may be anything
	error           string
}

// readToken reads a message of a SASL mechanism: PLAIN (RFC 4616), SCRAM (RFC
// 5802), OAUTHBEARER (RFC 7628), the last one of a client of GSSAPI (RFC 4752).
// Of others, and of what does not look like them, its size alone is told.
func readToken(mechanism string, server bool, token []byte) saslToken {
	unknown := saslToken{mechanism: mechanism, nonceSize: -1, saltSize: -1, iterations: -1, proofSize: -1, signatureSize: -1, tokenSize: -1}
	t, understood := unknown, false
	switch {
	case mechanism == "PLAIN" && !server:
		understood = t.plain(token)
	case strings.HasPrefix(mechanism, "SCRAM-"):
		understood = t.scram(string(token), server)
	case mechanism == "GSSAPI" && !server:
		understood = t.kerberos(token)
	case mechanism == "OAUTHBEARER" && server:
		understood = t.bearerError(token)
	case mechanism == "OAUTHBEARER":
		understood = t.bearer(string(token))
	}
	if !understood {
		t = unknown
		t.tokenSize = len(token)
	}
	return t
}

// userOf finds the user in a client's SASL message, "" where it names none.
func userOf(mechanism string, token []byte) string {
	t := readToken(mechanism, false, token)
	return cmp.Or(t.user, t.authorizationID)
}

func (t *saslToken) plain(token []byte) bool {
	parts := bytes.Split(token, []byte{0})
	if len(parts) != 3 {
		return false
	}
	t.authorizationID, t.user = string(parts[0]), string(parts[1])
	return true
}

func (t *saslToken) scram(token string, server bool) bool {
	if !server && (strings.HasPrefix(token, "n,") || strings.HasPrefix(token, "y,") || strings.HasPrefix(token, "p=")) {
		header := strings.SplitN(token, ",", 3)
		if len(header) < 3 {
			return false
		}
		t.authorizationID = unescapeName(strings.TrimPrefix(header[1], "a="))
		token = header[2]
	}
	understood := false
	for part := range strings.SplitSeq(token, ",") {
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return false
		}
		understood = t.scramAttribute(name, value, server) || understood
	}
	return understood
}

func (t *saslToken) scramAttribute(name, value string, server bool) bool {
	switch {
	case name == "n" && !server:
		t.user = unescapeName(value)
	case name == "tokenauth":
		t.delegation = value == "true"
	case name == "r":
		t.nonceSize = len(value)
	case name == "s":
		t.saltSize = base64Size(value)
	case name == "i":
		n, err := strconv.Atoi(value)
		if err != nil {
			return false
		}
		t.iterations = n
	case name == "p":
		t.proofSize = base64Size(value)
	case name == "v":
		t.signatureSize = base64Size(value)
	case name == "e" && server:
		t.error = value
	case !server && len(name) > 1 && isExtension(name):
		t.extensions = append(t.extensions, name)
		return false
	default:
		return false
	}
	return true
}

// isExtension reports whether an extension may have that name: letters alone
// (RFC 5802 and 7628).
func isExtension(name string) bool {
	for _, c := range []byte(name) {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return false
		}
	}
	return name != ""
}

// unescapeName undoes what SCRAM does to commas and equals signs in names.
func unescapeName(s string) string { return strings.NewReplacer("=2C", ",", "=3D", "=").Replace(s) }

// base64Size gives the bytes that a text in base64 stands for, -1 where it is
// none.
func base64Size(s string) int {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return -1
	}
	return len(b)
}

func (t *saslToken) bearer(token string) bool {
	header, rest, ok := strings.Cut(token, "\x01")
	parts := strings.Split(header, ",")
	if !ok || len(parts) != 3 {
		return false
	}
	t.authorizationID = unescapeName(strings.TrimPrefix(parts[1], "a="))
	for pair := range strings.SplitSeq(rest, "\x01") {
		name, value, ok := strings.Cut(pair, "=")
		switch {
		case !ok:
		case name == "auth":
			if scheme, bearer, ok := strings.Cut(value, " "); ok && strings.EqualFold(scheme, "Bearer") {
				t.tokenSize = len(bearer)
			}
		case isExtension(name):
			t.extensions = append(t.extensions, name)
		}
	}
	return t.tokenSize >= 0
}

// bearerError reads why a server does not take a token.
func (t *saslToken) bearerError(token []byte) bool {
	var answer struct{ Status string }
	if json.Unmarshal(token, &answer) != nil {
		return false
	}
	t.error = answer.Status
	return t.error != ""
}

// kerberos reads whom a client of Kerberos wants to be, which it says behind
// four bytes on the security that it wants (RFC 4752, section 3.1), in a token
// that is signed and, asking for no more than that, not sealed (RFC 4121,
// section 4.2.6.2).
func (t *saslToken) kerberos(token []byte) bool {
	const header, sealed, security = 16, 2, 4
	if len(token) < header || token[0] != 5 || token[1] != 4 || token[2]&sealed != 0 {
		return false
	}
	sum, rotated := int(binary.BigEndian.Uint16(token[4:])), int(binary.BigEndian.Uint16(token[6:]))
	text := token[header:]
	if len(text) <= sum+security {
		return false
	}
	// The sender may have turned the text and the checksum behind it to the
	// right.
	rotated %= len(text)
	text = slices.Concat(text[rotated:], text[:rotated])
	text = text[security : len(text)-sum]
	t.user = string(text)
	return utf8.Valid(text)
}

// append appends it as a JSON object.
func (t *saslToken) append(dst []byte) []byte {
	dst = codec.AppendJSONString(append(dst, `{"mechanism":`...), t.mechanism)
	for _, m := range [...]struct{ key, value string }{{"user", t.user}, {"authorizationId", t.authorizationID}, {"error", t.error}} {
		if m.value != "" {
			dst = append(append(append(dst, `,"`...), m.key...), `":`...)
			dst = codec.AppendJSONString(dst, m.value)
		}
	}
	if t.delegation {
		dst = appendBool(dst, "delegationToken", true)
	}
	dst = appendTexts(dst, "extensions", t.extensions)
	for _, m := range [...]struct {
		key string
		n   int
	}{
		{"nonceSizeBytes", t.nonceSize}, {"saltSizeBytes", t.saltSize}, {"iterations", t.iterations},
		{"proofSizeBytes", t.proofSize}, {"signatureSizeBytes", t.signatureSize}, {"tokenSizeBytes", t.tokenSize},
	} {
		if m.n >= 0 {
			dst = appendMember(dst, m.key, int64(m.n))
		}
	}
	return append(dst, '}')
}

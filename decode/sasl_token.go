package decode

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// SaslToken is what a SASL message tells beside its secrets. Of texts "" and of
// numbers -1 stand for what it does not tell.
type SaslToken struct {
	Mechanism       string
	User            string
	AuthorizationID string // whom to act as
	NonceSize       int    // bytes, as of all sizes
	SaltSize        int
	Iterations      int
	ProofSize       int
	SignatureSize   int
	TokenSize       int      // of OAUTHBEARER's token, or of a message that is not understood
	Delegation      bool     // the user is the id of a delegation token
	Extensions      []string // their names alone: what they hold may be anything
	Error           string   // the server's

	secret string // OAUTHBEARER's token, a secret
}

// ReadSaslToken reads a message of a SASL mechanism: PLAIN (RFC 4616), SCRAM (RFC
// 5802), OAUTHBEARER (RFC 7628), the last one of a client of GSSAPI (RFC 4752).
// Of others, and of what does not look like them, its size alone is told.
func ReadSaslToken(mechanism string, server bool, token []byte) SaslToken {
	unknown := SaslToken{Mechanism: mechanism, NonceSize: -1, SaltSize: -1, Iterations: -1, ProofSize: -1, SignatureSize: -1, TokenSize: -1}
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
		t.TokenSize = len(token)
	}
	return t
}

// plain reads who to act as, who one is and the password, between zero bytes.
func (t *SaslToken) plain(token []byte) bool {
	parts := bytes.SplitN(token, []byte{0}, 3)
	if len(parts) != 3 {
		return false
	}
	t.AuthorizationID, t.User = string(parts[0]), string(parts[1])
	return true
}

func (t *SaslToken) scram(token string, server bool) bool {
	if !server && (strings.HasPrefix(token, "n,") || strings.HasPrefix(token, "y,") || strings.HasPrefix(token, "p=")) {
		header := strings.SplitN(token, ",", 3)
		if len(header) < 3 {
			return false
		}
		t.AuthorizationID = unescapeName(strings.TrimPrefix(header[1], "a="))
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

func (t *SaslToken) scramAttribute(name, value string, server bool) bool {
	switch {
	case name == "n" && !server:
		t.User = unescapeName(value)
	case name == "tokenauth":
		t.Delegation = value == "true"
	case name == "r":
		t.NonceSize = len(value)
	case name == "s":
		t.SaltSize = base64Size(value)
	case name == "i":
		n, err := strconv.Atoi(value)
		if err != nil {
			return false
		}
		t.Iterations = n
	case name == "p":
		t.ProofSize = base64Size(value)
	case name == "v":
		t.SignatureSize = base64Size(value)
	case name == "e" && server:
		t.Error = value
	case !server && len(name) > 1 && isExtension(name):
		t.Extensions = append(t.Extensions, name)
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

func (t *SaslToken) bearer(token string) bool {
	header, rest, ok := strings.Cut(token, "\x01")
	parts := strings.Split(header, ",")
	if !ok || len(parts) != 3 {
		return false
	}
	t.AuthorizationID = unescapeName(strings.TrimPrefix(parts[1], "a="))
	for pair := range strings.SplitSeq(rest, "\x01") {
		name, value, ok := strings.Cut(pair, "=")
		switch {
		case !ok:
		case name == "auth":
			if scheme, bearer, ok := strings.Cut(value, " "); ok && strings.EqualFold(scheme, "Bearer") {
				t.secret, t.TokenSize = bearer, len(bearer)
			}
		case isExtension(name):
			t.Extensions = append(t.Extensions, name)
		}
	}
	return t.TokenSize >= 0
}

// bearerError reads why a server does not take a token.
func (t *SaslToken) bearerError(token []byte) bool {
	var answer struct{ Status string }
	if json.Unmarshal(token, &answer) != nil {
		return false
	}
	t.Error = answer.Status
	return t.Error != ""
}

// kerberos reads whom a client of Kerberos wants to be, which it says behind
// four bytes on the security that it wants (RFC 4752, section 3.1), in a token
// that is signed and, asking for no more than that, not sealed (RFC 4121,
// section 4.2.6.2).
func (t *SaslToken) kerberos(token []byte) bool {
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
	t.User = string(text)
	return utf8.Valid(text)
}

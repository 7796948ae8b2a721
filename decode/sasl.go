package decode

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"

	"github.com/kdump/kdump/codec"
)

// sasl follows the authentication of a connection (Kafka's
// SaslServerAuthenticator).
type sasl struct {
	mechanism string
	raw       bool   // the client sends tokens without headers
	user      string // whom the client claims to be, "" where that is not known
	answers   int    // tokens of the server so far
}

const (
	unsupportedMechanism = 33
	illegalSaslState     = 34
	saslPlaintext        = "SASL_PLAINTEXT"
)

// noteHandshake begins an authentication. After version 0 of the request,
// tokens follow without headers.
func (c *conversation) noteHandshake(m *message) {
	mechanism := c.decoder.findNamed(m.Layout, m.Body, "mechanism")
	c.sasl = sasl{mechanism: string(noted(mechanism)), raw: m.RequestHeader.APIVersion == 0}
}

// noteHandshakeAnswer learns whether the broker wants authentication at all.
func (c *conversation) noteHandshakeAnswer(code int16) {
	if code == 0 || code == unsupportedMechanism {
		c.SecurityProtocol = saslPlaintext
	}
	if code != 0 {
		c.sasl.raw = false
	}
}

// clientToken learns from the first token of the client who it claims to be. A
// delegation token's id is no user: whose it is only the broker knows.
func (s *sasl) clientToken(token []byte) {
	if s.answers > 0 {
		return
	}
	t := ReadSaslToken(s.mechanism, false, token)
	user := ""
	switch {
	case s.mechanism == "OAUTHBEARER":
		user = bearerUser(t.secret)
	case s.mechanism == "PLAIN", strings.HasPrefix(s.mechanism, "SCRAM-") && !t.Delegation:
		user = t.User
	default:
		return
	}
	s.user = string(noted([]byte(user))) // not with all of the token around it
}

// noteToken follows a token of the server. One that says that it is not the
// time for tokens comes also where none are wanted.
func (c *conversation) noteToken(code int16, token []byte) {
	if code == illegalSaslState {
		return
	}
	s := &c.sasl
	s.answers++
	c.SecurityProtocol = saslPlaintext
	if code != 0 || !s.succeeds(token) {
		return
	}
	s.raw = false
	c.Principal = ""
	if s.user != "" {
		c.Principal = "User:" + s.user
	}
}

// succeeds reports whether a token of the server, sent without an error, says
// that the client is who it claims to be. Of mechanisms other than these it
// cannot be told.
func (s *sasl) succeeds(token []byte) bool {
	switch {
	case s.mechanism == "PLAIN", s.mechanism == "OAUTHBEARER":
		return len(token) == 0
	case strings.HasPrefix(s.mechanism, "SCRAM-"):
		return bytes.HasPrefix(token, []byte("v="))
	}
	return false
}

// endsRaw reports whether a frame that was taken for a token is a request,
// the tokens being over, and has it read as such.
func (c *conversation) endsRaw(m *message, frame []byte) bool {
	framed := binary.BigEndian.AppendUint32(nil, uint32(m.Size))
	framed = append(framed, frame...)
	if c.decoder.prober.request(framed, true) != yes {
		return false
	}
	c.sasl.raw = false
	again := c.newMessage(codec.Request, m.Size, m.First)
	again.Last = m.Last
	c.begin(again)
	again.write(frame)
	c.decoder.release(m)
	c.finish(again, again.bytes)
	return true
}

// bearerUser reads the subject of an unsecured token (RFC 7519).
// What a secured one's user is called the broker's configuration decides.
func bearerUser(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || parts[2] != "" {
		return ""
	}
	claims, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return ""
	}
	var subject struct{ Sub string }
	if json.Unmarshal(claims, &subject) != nil {
		return ""
	}
	return subject.Sub
}

// isKerberosToken judges whether a stream begins with a frame that holds the
// first token of GSSAPI, which clients of Kafka 0.9 send without asking
// (RFC 2743, section 3.1: tag 0x60, the length of the rest, an object
// identifier).
func isKerberosToken(b []byte) verdict {
	if len(b) > prefixSize && b[prefixSize] != 0x60 {
		return no
	}
	if len(b) < prefixSize+6 {
		return more
	}
	size := int(binary.BigEndian.Uint32(b))
	token := b[prefixSize:]
	length, at := int(token[1]), 2
	switch {
	case length == 0x81:
		length, at = int(token[2]), 3
	case length == 0x82:
		length, at = int(binary.BigEndian.Uint16(token[2:])), 4
	case length > 0x7f:
		return no
	}
	const objectIdentifier = 6
	if at+length != size || token[at] != objectIdentifier {
		return no
	}
	return yes
}

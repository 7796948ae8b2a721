package formats

import (
	"strings"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/decode"
)

// withheld stands in place of a secret.
const withheld = "<withheld>"

// hides reports whether a value is a secret: a password, a token, a key, a
// SASL message, a config whose name says that it holds one. Null and empty
// values hide nothing. Where it cannot be told (the message ends before the
// field that would tell), it is taken for one.
func hides(w *codec.Walker, op *codec.Op, raw []byte) bool {
	if len(raw) == 0 {
		return false
	}
	switch {
	case op.Is == codec.SaslToken:
		return true
	case op.Is != codec.Secret:
		return false
	case op.Relation == codec.When:
		sensitive := w.Sibling(op)
		return len(sensitive) == 0 || sensitive[0] != 0
	case op.Relation == codec.By:
		name := w.Sibling(op)
		return name == nil || sensitive(string(name))
	}
	return true
}

// sensitive reports whether a config of that name holds a secret. Kafka marks
// its own by the type PASSWORD; other names, those of plug-ins, count by the
// words in them.
func sensitive(name string) bool {
	name = strings.ToLower(name)
	for _, end := range passwordConfigs {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	for _, end := range plainConfigs {
		if strings.HasSuffix(name, end) {
			return false
		}
	}
	for _, word := range secretWords {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// passwordConfigs are the configs of type PASSWORD in Kafka 3.9 and 4.4 that
// no word in secretWords tells of. They may stand behind a listener's prefix.
var passwordConfigs = []string{
	"sasl.jaas.config", "ssl.keystore.key", "ssl.keystore.certificate.chain", "ssl.truststore.certificates",
}

// plainConfigs are configs of Kafka that have such a word in their names and
// hold no secret.
var plainConfigs = []string{
	"delegation.token.max.lifetime.ms", "delegation.token.expiry.time.ms", "delegation.token.expiry.check.interval.ms",
	"password.encoder.cipher.algorithm", "password.encoder.iterations", "password.encoder.key.length",
	"password.encoder.keyfactory.algorithm", "sasl.oauthbearer.token.endpoint.url",
	"sasl.oauthbearer.assertion.private.key.file", "sasl.oauthbearer.client.credentials.client.id",
}

var secretWords = []string{"password", "passphrase", "secret", "token", "credential", "private.key", "api.key", "access.key"}

// mayHide reports whether what a message holds that is not known may be a
// secret: where the message has some, or will in a version to come.
func mayHide(l *codec.Layout) bool {
	return l.Ops[0].Has(codec.Secret) || l.IsAPI && decode.MayHide(l.Key, l.Direction)
}

// hidesUnread reports whether bytes of a message that were not read may hold a
// secret: what is of an API that has some, or of a login, and what may be of
// records, for Kafka keeps secrets in some of its own.
func hidesUnread(e *decode.Exchange, m *decode.Message, d codec.Direction) bool {
	if m.Layout == nil {
		return m.MayHide || decode.MayHide(e.Header().APIKey, d)
	}
	return decode.MayHide(m.Layout.Key, m.Layout.Direction) || mayBeToken(e.Connection) || m.Layout.Ops[0].HasRecords()
}

// firstOf gives as many of the bytes that were not read as are shown.
func firstOf(unread []byte) []byte { return unread[:min(64, len(unread))] }

// mayBeToken reports whether a connection's message that cannot be read may be
// a SASL token: as far as was seen, the client may still be logging in.
func mayBeToken(c *decode.Connection) bool {
	return c.LoggingIn || strings.HasPrefix(c.SecurityProtocol, "SASL_") && c.Principal == ""
}

// secretFinder is a codec.Visitor that looks for secrets in a message that may
// have some.
type secretFinder struct{ found bool }

// Enter passes over what is behind a secret.
func (f *secretFinder) Enter(*codec.Walker, *codec.Op, int) bool { return !f.found }

// Leave does nothing.
func (f *secretFinder) Leave(*codec.Walker, *codec.Op) {}

// Value notes a secret.
func (f *secretFinder) Value(w *codec.Walker, op *codec.Op, raw []byte) {
	f.found = f.found || hides(w, op, raw)
}

// Tag takes what is not known for a secret.
func (f *secretFinder) Tag(*codec.Walker, uint32, []byte) { f.found = true }

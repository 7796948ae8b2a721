package formats

import (
	"cmp"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/decode"
)

// userOf finds the user in a client's SASL message, "" where it names none.
func userOf(mechanism string, token []byte) string {
	t := decode.ReadSaslToken(mechanism, false, token)
	return cmp.Or(t.User, t.AuthorizationID)
}

// appendSaslToken appends what a SASL message tells as a JSON object.
func appendSaslToken(dst []byte, t *decode.SaslToken) []byte {
	dst = codec.AppendJSONString(append(dst, `{"mechanism":`...), t.Mechanism)
	for _, m := range [...]struct{ key, value string }{{"user", t.User}, {"authorizationId", t.AuthorizationID}, {"error", t.Error}} {
		if m.value != "" {
			dst = append(append(append(dst, `,"`...), m.key...), `":`...)
			dst = codec.AppendJSONString(dst, m.value)
		}
	}
	if t.Delegation {
		dst = appendBool(dst, "delegationToken", true)
	}
	dst = appendTexts(dst, "extensions", t.Extensions)
	for _, m := range [...]struct {
		key string
		n   int
	}{
		{"nonceSizeBytes", t.NonceSize}, {"saltSizeBytes", t.SaltSize}, {"iterations", t.Iterations},
		{"proofSizeBytes", t.ProofSize}, {"signatureSizeBytes", t.SignatureSize}, {"tokenSizeBytes", t.TokenSize},
	} {
		if m.n >= 0 {
			dst = appendMember(dst, m.key, int64(m.n))
		}
	}
	return append(dst, '}')
}

package decode

import "github.com/kdump/kdump/codec"

// MayHide reports whether messages of an API can hold secrets in its newest
// version, so that bytes of one that cannot be read are better not shown.
func MayHide(key int16, d codec.Direction) bool {
	root := newest(key, d)
	return root != nil && hasSecrets(root)
}

func hasSecrets(root *codec.Op) bool {
	return root.Has(codec.Secret) || root.Has(codec.SaslToken) || root.Has(codec.EnvelopeRequest) || root.Has(codec.EnvelopeResponse)
}

// newest returns what the newest version of an API's messages holds, nil where
// the API is not known.
func newest(key int16, d codec.Direction) *codec.Op {
	api := codec.APIByKey(key)
	if api == nil {
		return nil
	}
	layout, err := api.Layout(d, api.Versions(d).Max())
	if err != nil {
		return nil
	}
	return &layout.Ops[0]
}

// mayHide reports whether bytes of a direction may be of a secret where it
// cannot be told what they are: any may as long as the client may be logging in,
// and once a request was lost. Where all requests are known only messages of
// their APIs are to be thought of.
func (c *conversation) mayHide(d codec.Direction) bool {
	return c.LoggingIn || c.lost[codec.Request] > 0 || c.hiding[d]
}

// noteHiding notes which of the messages may hold secrets, now that a request
// was seen. Those with records may, for Kafka keeps secrets in some of its own,
// and behind a SASL handshake come tokens.
func (c *conversation) noteHiding(key int16) {
	if !c.asked.add(key) {
		return
	}
	for i := range c.hiding {
		root := newest(key, codec.Direction(i))
		c.hiding[i] = c.hiding[i] || key == apiSaslHandshake || root != nil && (hasSecrets(root) || root.HasRecords())
	}
}

// apiSet is a set of APIs by their keys, as far as these are below 128.
type apiSet [2]uint64

// add adds an API and reports whether it may not have been there.
func (s *apiSet) add(key int16) bool {
	if key < 0 || int(key) >= 64*len(s) {
		return true
	}
	word, bit := &s[key/64], uint64(1)<<(key%64)
	there := *word&bit != 0
	*word |= bit
	return !there
}

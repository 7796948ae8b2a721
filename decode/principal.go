package decode

import (
	"net/netip"

	"github.com/kdump/kdump/codec"
)

// ForwardedFor returns the principal, such as "User:billing", and the address
// of the client whose request an Envelope forwards; "" and the zero address
// where they are not there or cannot be read.
func (e *Exchange) ForwardedFor() (principal string, client netip.Addr) {
	m := &e.Request
	if m.Layout == nil || !m.Layout.Ops[0].Has(codec.KafkaPrincipal) {
		return "", netip.Addr{}
	}
	var walker codec.Walker
	find := func(layout *codec.Layout, body codec.Body, f finder) []byte { return f.in(&walker, layout, body) }
	client, _ = netip.AddrFromSlice(find(m.Layout, m.Body, finder{is: codec.Address}))
	var reader codec.PayloadReader
	p, ok := reader.Read(codec.KafkaPrincipal, codec.Protocol{}, find(m.Layout, m.Body, finder{is: codec.KafkaPrincipal}))
	if !ok {
		return "", client
	}
	body := codec.Body{Bytes: p.Body}
	return string(find(p.Layout, body, finder{name: "type"})) + ":" + string(find(p.Layout, body, finder{name: "name"})), client
}

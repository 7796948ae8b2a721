package decode

import (
	"net/netip"

	"github.com/kdump/kdump/codec"
)

// ForwardedFor returns the principal, such as "User:billing", and the address
// of the client whose request an Envelope forwards; "" and the zero address
// where they are not there or cannot be read.
func (e *Exchange) ForwardedFor() (principal string, client netip.Addr) {
	var walker codec.Walker
	find := func(layout *codec.Layout, body codec.Body, name string) []byte {
		f := finder{name: name}
		// What cannot be read to its end still has the fields before the fault.
		_ = walker.Walk(layout, body, &f)
		return f.value
	}
	m := &e.Request
	if m.Layout == nil || m.Layout.Key != apiEnvelope {
		return "", netip.Addr{}
	}
	client, _ = netip.AddrFromSlice(find(m.Layout, m.Body, "clientHostAddress"))
	var reader codec.PayloadReader
	p, ok := reader.Read(codec.KafkaPrincipal, codec.Protocol{}, find(m.Layout, m.Body, "requestPrincipal"))
	if !ok {
		return "", client
	}
	body := codec.Body{Bytes: p.Body}
	return string(find(p.Layout, body, "type")) + ":" + string(find(p.Layout, body, "name")), client
}

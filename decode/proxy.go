package decode

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
)

// The PROXY protocol: what a load balancer sends in front of a connection's
// own bytes to say between whom the connection is (HAProxy's
// doc/proxy-protocol.txt, versions 1 and 2).
const (
	proxyText      = "PROXY "
	proxyTextMax   = 107 // of version 1, with its line's end
	proxySignature = "\r\n\r\n\x00\r\nQUIT\n"
	proxyHeader    = 16 // of version 2: signature, version, family, length
	proxyMax       = 2048
)

// maybeProxied reports whether what begins with b may be a preamble.
func maybeProxied(b []byte) bool { return b[0] == proxyText[0] || b[0] == proxySignature[0] }

// preamble is the phase of a connection that may begin with one. Detection
// goes on behind it.
type preamble struct {
	stream    *Stream
	detection *detection
	dir       int
	bytes     []byte
	time      int64
}

func (p *preamble) data(dir int, time int64, b []byte) {
	d := p.stream.decoder
	if dir != p.dir || d.held+len(b) > d.opt.MaxHeld {
		p.giveBack()
		p.stream.phase.data(dir, time, b)
		return
	}
	if len(p.bytes) == 0 {
		p.time = time
	}
	d.held += len(b)
	p.bytes = append(p.bytes, b...)
	said, n, v := readPreamble(p.bytes)
	switch {
	case v == more && len(p.bytes) < proxyMax:
		return
	case v != yes:
		p.giveBack()
		return
	}
	p.detection.proxied = &said
	// It stands where the client's bytes begin, also where no SYN was seen.
	p.detection.client, p.detection.fromStart = p.dir, true
	p.bytes = p.bytes[n:]
	d.held -= n
	p.time = time
	p.giveBack()
}

func (p *preamble) gap(dir int, time, size int64, reason string) {
	p.giveBack()
	p.stream.phase.gap(dir, time, size, reason)
}

func (p *preamble) end(time int64, reason string) {
	p.giveBack()
	p.stream.phase.end(time, reason)
}

// giveBack goes on with detection.
func (p *preamble) giveBack() {
	p.stream.decoder.held -= len(p.bytes)
	p.stream.phase = p.detection
	p.detection.data(p.dir, p.time, p.bytes)
	p.bytes = nil
}

// readPreamble reads the preamble that b begins with: what it says, and its
// size.
func readPreamble(b []byte) (said Proxied, size int, v verdict) {
	if begins(b, proxyText) {
		return readProxyText(b)
	}
	if begins(b, proxySignature) {
		return readProxyHeader(b)
	}
	return said, 0, no
}

// begins reports whether b begins with s, as far as it is there.
func begins(b []byte, s string) bool {
	n := min(len(b), len(s))
	return string(b[:n]) == s[:n]
}

// readProxyText reads version 1: a line such as
//
//	PROXY TCP4 192.0.2.1 192.0.2.2 56324 9092
func readProxyText(b []byte) (said Proxied, size int, v verdict) {
	end := bytes.Index(b[:min(len(b), proxyTextMax)], []byte("\r\n"))
	if end < 0 {
		if len(b) < proxyTextMax {
			return said, 0, more
		}
		return said, 0, no
	}
	words := strings.Split(string(b[:end]), " ")
	switch {
	case len(words) >= 2 && words[1] == "UNKNOWN":
		return Proxied{Version: 1}, end + 2, yes
	case len(words) != 6 || words[1] != "TCP4" && words[1] != "TCP6":
		return said, 0, no
	}
	from, err := parseEnd(words[2], words[4])
	to, err2 := parseEnd(words[3], words[5])
	if err != nil || err2 != nil {
		return said, 0, no
	}
	return Proxied{Version: 1, Client: from, Server: to}, end + 2, yes
}

func parseEnd(address, port string) (netip.AddrPort, error) {
	if strings.Contains(address, ":") {
		address = "[" + address + "]"
	}
	return netip.ParseAddrPort(address + ":" + port)
}

// readProxyHeader reads version 2: a header, addresses, and what else may be
// said, which is passed over.
func readProxyHeader(b []byte) (said Proxied, size int, v verdict) {
	if len(b) < proxyHeader {
		return said, 0, more
	}
	const local, proxy = 0x20, 0x21
	if b[12] != local && b[12] != proxy {
		return said, 0, no
	}
	size = proxyHeader + int(binary.BigEndian.Uint16(b[14:]))
	switch {
	case size > proxyMax:
		return said, 0, no
	case len(b) < size:
		return said, 0, more
	}
	said.Version = 2
	if b[12] == proxy {
		said.Client, said.Server = proxyEnds(b[13], b[proxyHeader:size])
	}
	return said, size, yes
}

// proxyEnds reads the addresses of version 2, which are not valid where they
// are of no family that TCP has.
func proxyEnds(family byte, b []byte) (from, to netip.AddrPort) {
	const tcp4, tcp6 = 0x11, 0x21
	width := 0
	switch family {
	case tcp4:
		width = 4
	case tcp6:
		width = 16
	}
	if width == 0 || len(b) < 2*width+4 {
		return from, to
	}
	source, _ := netip.AddrFromSlice(b[:width])
	destination, _ := netip.AddrFromSlice(b[width : 2*width])
	ports := b[2*width:]
	return netip.AddrPortFrom(source, binary.BigEndian.Uint16(ports)),
		netip.AddrPortFrom(destination, binary.BigEndian.Uint16(ports[2:]))
}

package capture

import (
	"encoding/binary"
	"net/netip"
)

// packet is one packet as it was captured.
type packet struct {
	time        int64  // nanoseconds since the Unix epoch
	nanoseconds bool   // whether the time's resolution is finer than microseconds
	link        uint32 // link type
	frame       []byte // what was captured
	length      int    // of the frame on the wire
	index       int    // the system's number of the interface, in a live capture

	fragments fragments // of earlier packets
}

// outcome says what a packet was found to be.
type outcome uint8

const (
	isTCP outcome = iota
	isOther
	isFragment
	isMalformed
	isUnknownLink
)

// The link types that are read (https://www.tcpdump.org/linktypes.html).
const (
	linkNull      = 0
	linkEthernet  = 1
	linkPPP       = 9
	linkRaw       = 101
	linkRawBSD    = 12 // what DLT_RAW is on most systems, written by some tools
	linkRawOpen   = 14 // what DLT_RAW is on OpenBSD
	linkLoop      = 108
	linkCooked    = 113
	linkIPv4      = 228
	linkIPv6      = 229
	linkCookedTwo = 276
)

// EtherTypes (IEEE 802 Numbers, IANA).
const (
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd
	etherVLAN = 0x8100 // 802.1Q
	etherQinQ = 0x88a8 // 802.1ad
	etherOldQ = 0x9100 // QinQ before 802.1ad
	etherOldR = 0x9200
)

// Protocol numbers (Protocol Numbers, IANA); those of IPv6 extension headers
// are among them.
const (
	protoHopByHop    = 0
	protoTCP         = 6
	protoUDP         = 17
	protoRouting     = 43
	protoFragment    = 44
	protoGRE         = 47
	protoAH          = 51
	protoDestination = 60
	protoMobility    = 135
	protoHIP         = 139
	protoShim6       = 140
)

// dissect finds the TCP segment in a packet and sets all of s but its time.
//
// Where the IP header gives a length, that length rules: padding behind it is
// no payload, and what it counts beyond the captured bytes is missing. Only
// where it gives none (0, on machines that leave segmentation to the network
// card) does the frame's own length count. A frame that is longer than its
// length, as some tools write it, is taken as captured.
func dissect(pk *packet, s *Segment) outcome {
	length := max(pk.length, len(pk.frame))
	d := datagram{bytes: pk.frame, length: length, packet: pk}
	switch pk.link {
	case linkEthernet:
		return d.linkHeader(14, 12, s)
	case linkCooked:
		return d.linkHeader(16, 14, s)
	case linkCookedTwo:
		return d.linkHeader(20, 0, s)
	case linkNull, linkLoop:
		return d.loopback(s)
	case linkPPP:
		return d.ppp(s)
	case linkRaw, linkRawBSD, linkRawOpen, linkIPv4, linkIPv6:
		return d.ip(s)
	}
	return isUnknownLink
}

// datagram is what is left of a packet behind the headers read so far.
type datagram struct {
	bytes  []byte // what was captured of it
	length int    // on the wire, at least len(bytes)
	packet *packet
}

// strip removes n bytes from the front, which the caller knows to be there.
func (d *datagram) strip(n int) {
	d.bytes = d.bytes[n:]
	d.length -= n
}

// limit takes n, from a header's length field, for the length on the wire.
func (d *datagram) limit(n int) {
	d.length = n
	if len(d.bytes) > n {
		d.bytes = d.bytes[:n]
	}
}

// linkHeader goes past a link layer header of size bytes that has the
// EtherType of what follows at etherType, and past any stack of VLAN tags.
func (d datagram) linkHeader(size, etherType int, s *Segment) outcome {
	if len(d.bytes) < size {
		return isMalformed
	}
	kind := binary.BigEndian.Uint16(d.bytes[etherType:])
	d.strip(size)
	return d.ether(kind, s)
}

// ether goes past any stack of VLAN tags to what an EtherType says follows.
func (d datagram) ether(kind uint16, s *Segment) outcome {
	for {
		switch kind {
		case etherIPv4:
			return d.ipv4(s)
		case etherIPv6:
			return d.ipv6(s)
		case etherVLAN, etherQinQ, etherOldQ, etherOldR:
			if len(d.bytes) < 4 {
				return isMalformed
			}
			kind = binary.BigEndian.Uint16(d.bytes[2:])
			d.strip(4)
		default:
			return isOther
		}
	}
}

// loopback goes past the BSD loopback header: the address family as 4 bytes,
// big-endian in LOOP, in the capturing machine's order in NULL. Both orders
// are taken for both.
func (d datagram) loopback(s *Segment) outcome {
	if len(d.bytes) < 4 {
		return isMalformed
	}
	family := binary.BigEndian.Uint32(d.bytes)
	if family > 0xffff {
		family = binary.LittleEndian.Uint32(d.bytes)
	}
	d.strip(4)
	switch family {
	case 2: // AF_INET everywhere
		return d.ipv4(s)
	case 10, 23, 24, 28, 30: // AF_INET6 of Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS
		return d.ipv6(s)
	}
	return isOther
}

// ppp goes past a PPP header (RFC 1661, section 2), with or without the
// address and control bytes of HDLC-like framing (RFC 1662, section 3.1).
func (d datagram) ppp(s *Segment) outcome {
	if len(d.bytes) >= 2 && d.bytes[0] == 0xff && d.bytes[1] == 0x03 {
		d.strip(2)
	}
	if len(d.bytes) < 2 {
		return isMalformed
	}
	protocol, size := int(d.bytes[0]), 1
	if protocol&1 == 0 { // not compressed to one byte
		protocol, size = protocol<<8|int(d.bytes[1]), 2
	}
	d.strip(size)
	switch protocol {
	case 0x21:
		return d.ipv4(s)
	case 0x57:
		return d.ipv6(s)
	}
	return isOther
}

// ip reads an IP header of either version.
func (d datagram) ip(s *Segment) outcome {
	if len(d.bytes) == 0 {
		return isMalformed
	}
	if d.bytes[0]>>4 == 6 {
		return d.ipv6(s)
	}
	return d.ipv4(s)
}

// ipv4 reads an IPv4 header (RFC 791, section 3.1).
func (d datagram) ipv4(s *Segment) outcome {
	if len(d.bytes) < 20 || d.bytes[0]>>4 != 4 {
		return isMalformed
	}
	h := d.bytes[:20]
	header, total := int(h[0]&15)*4, int(binary.BigEndian.Uint16(h[2:]))
	if total != 0 {
		d.limit(total)
	}
	if header < 20 || len(d.bytes) < header {
		return isMalformed
	}
	src, dst := netip.AddrFrom4([4]byte(h[12:])), netip.AddrFrom4([4]byte(h[16:]))
	d.strip(header)
	if field := binary.BigEndian.Uint16(h[6:]); field&0x3fff != 0 { // more fragments, or an offset
		key := fragmentKey{src: src, dst: dst, id: uint32(binary.BigEndian.Uint16(h[4:])), protocol: h[9]}
		whole, o := d.packet.fragments.add(d, key, int(field&0x1fff)*8, field&0x2000 != 0)
		if o != isTCP {
			return o
		}
		d = whole
	}
	return d.carried(h[9], src, dst, s)
}

// carried reads what an IP packet of the given protocol carries.
func (d datagram) carried(protocol byte, src, dst netip.Addr, s *Segment) outcome {
	switch protocol {
	case protoTCP:
		return d.tcp(src, dst, s)
	case protoUDP:
		return d.udp(s)
	case protoGRE:
		return d.gre(s)
	}
	return isOther
}

// ipv6 reads an IPv6 header and its extension headers (RFC 8200, sections 3
// and 4).
func (d datagram) ipv6(s *Segment) outcome {
	if len(d.bytes) < 40 || d.bytes[0]>>4 != 6 {
		return isMalformed
	}
	h := d.bytes[:40]
	next := h[6]
	d.strip(40)
	// A payload length of 0 goes with a jumbogram, whose length is in a
	// hop-by-hop option (RFC 2675); the frame's length says the same.
	if n := int(binary.BigEndian.Uint16(h[4:])); n != 0 {
		d.limit(n)
	}
	src, dst := netip.AddrFrom16([16]byte(h[8:])), netip.AddrFrom16([16]byte(h[24:]))
	for isExtension(next) {
		if len(d.bytes) < 8 {
			return isMalformed
		}
		extension, size := d.bytes, (int(d.bytes[1])+1)*8
		switch next {
		case protoFragment:
			size = 8
		case protoAH:
			size = (int(d.bytes[1]) + 2) * 4 // RFC 4302, section 2.2
		}
		if len(d.bytes) < size {
			return isMalformed
		}
		d.strip(size)
		if field := binary.BigEndian.Uint16(extension[2:]); next == protoFragment && field&0xfff9 != 0 { // an offset, or more fragments
			key := fragmentKey{src: src, dst: dst, id: binary.BigEndian.Uint32(extension[4:]), protocol: extension[0]}
			whole, o := d.packet.fragments.add(d, key, int(field&0xfff8), field&1 != 0)
			if o != isTCP {
				return o
			}
			d, next = whole, key.protocol
			continue
		}
		next = extension[0]
	}
	return d.carried(next, src, dst, s)
}

// isExtension tells whether an IPv6 header of this protocol leads on to
// another header.
func isExtension(protocol byte) bool {
	switch protocol {
	case protoHopByHop, protoRouting, protoFragment, protoAH, protoDestination,
		protoMobility, protoHIP, protoShim6:
		return true
	}
	return false
}

// tcp reads a TCP header (RFC 9293, section 3.1). Its options may have been
// cut off: they are not needed.
func (d datagram) tcp(src, dst netip.Addr, s *Segment) outcome {
	if len(d.bytes) < 14 {
		return isMalformed
	}
	h := d.bytes[:14]
	header := int(h[12]>>4) * 4
	if header < 20 || d.length < header {
		return isMalformed
	}
	s.Src = netip.AddrPortFrom(src, binary.BigEndian.Uint16(h))
	s.Dst = netip.AddrPortFrom(dst, binary.BigEndian.Uint16(h[2:]))
	s.Seq = binary.BigEndian.Uint32(h[4:])
	s.Ack = binary.BigEndian.Uint32(h[8:])
	s.Flags = h[13]
	s.Payload = d.bytes[min(header, len(d.bytes)):]
	s.Missing = d.length - header - len(s.Payload)
	return isTCP
}

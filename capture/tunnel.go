package capture

import "encoding/binary"

// UDP ports of tunnels.
const (
	portVXLAN      = 4789 // RFC 7348
	portVXLANLinux = 8472 // the Linux kernel's default, from before the RFC
	portGENEVE     = 6081 // RFC 8926
)

// Protocol types that only tunnels carry.
const (
	etherBridged = 0x6558 // Transparent Ethernet Bridging: an Ethernet frame
	etherERSPAN  = 0x88be // ERSPAN types I and II
	etherERSPAN3 = 0x22eb // ERSPAN type III
)

// udp goes past a UDP header (RFC 768) and takes off the tunnel behind it:
// networks mirror packets to where they are captured in VXLAN or GENEVE.
func (d datagram) udp(s *Segment) outcome {
	if len(d.bytes) < 8 {
		return isOther
	}
	port := binary.BigEndian.Uint16(d.bytes[2:])
	d.strip(8)
	switch port {
	case portVXLAN, portVXLANLinux:
		return d.vxlan(s)
	case portGENEVE:
		return d.geneve(s)
	}
	return isOther
}

// vxlan goes past a VXLAN header (RFC 7348, section 5) to the Ethernet frame.
func (d datagram) vxlan(s *Segment) outcome {
	const valid = 0x08 // the network identifier is
	if len(d.bytes) < 8 || d.bytes[0]&valid == 0 {
		return isOther
	}
	d.strip(8)
	return d.linkHeader(14, 12, s)
}

// geneve goes past a GENEVE header (RFC 8926, section 3.4) and its options.
func (d datagram) geneve(s *Segment) outcome {
	if len(d.bytes) < 8 || d.bytes[0]>>6 != 0 { // another version
		return isOther
	}
	size, kind := 8+int(d.bytes[0]&0x3f)*4, binary.BigEndian.Uint16(d.bytes[2:])
	if len(d.bytes) < size {
		return isMalformed
	}
	d.strip(size)
	return d.tunnelled(kind, s)
}

// gre goes past a GRE header (RFC 2784 and RFC 2890) and what ERSPAN has
// behind it (draft-foschiano-erspan).
func (d datagram) gre(s *Segment) outcome {
	const checksum, key, sequence = 0x80, 0x20, 0x10
	if len(d.bytes) < 4 || d.bytes[1]&7 != 0 { // another version, as PPTP has it
		return isOther
	}
	flags, kind := d.bytes[0], binary.BigEndian.Uint16(d.bytes[2:])
	size := 4
	for _, flag := range []byte{checksum, key, sequence} {
		if flags&flag != 0 {
			size += 4
		}
	}
	switch {
	case kind == etherERSPAN && flags&sequence != 0: // type II; type I has no header of its own
		size += 8
	case kind == etherERSPAN3:
		size += 12
		const subheader = 1 // the last bit of the header says that there is one
		if len(d.bytes) >= size && d.bytes[size-1]&subheader != 0 {
			size += 8
		}
	}
	if len(d.bytes) < size {
		return isMalformed
	}
	d.strip(size)
	return d.tunnelled(kind, s)
}

// tunnelled reads what a tunnel carries, by its protocol type.
func (d datagram) tunnelled(kind uint16, s *Segment) outcome {
	switch kind {
	case etherBridged, etherERSPAN, etherERSPAN3:
		return d.linkHeader(14, 12, s)
	}
	return d.ether(kind, s)
}

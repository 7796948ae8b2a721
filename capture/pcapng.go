package capture

import "math/bits"

// The block types of pcapng that matter here (draft-ietf-opsawg-pcapng,
// section 4). The section header's reads the same in both byte orders.
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 2 // obsolete
	blockSimple    = 3
	blockEnhanced  = 6
)

const (
	byteOrderMagic = 0x1a2b3c4d

	optionEnd        = 0
	optionResolution = 9  // if_tsresol
	optionOffset     = 14 // if_tsoffset

	blockHeader  = 8 // type and total length
	blockTrailer = 4 // total length again
	minBlock     = blockHeader + blockTrailer
	packetFields = 20 // of an enhanced or obsolete packet block, before the data

	// maxBlock is the length of the longest block that is read as a whole: a
	// packet with its options.
	maxBlock = bufferSize

	// maxInterfaces bounds what a section's interfaces may hold in memory.
	maxInterfaces = 1 << 16
)

// pcapngReader reads the pcapng format.
//
// It is our own since gopacket's reads by way of 4 KiB into a copy, allocates
// a value for options, rounds time stamps whose resolution is a power of 2,
// takes a resolution of whole seconds for the default one, and has no offsets
// in its errors.
type pcapngReader struct {
	in         *stream
	order      byteOrder
	interfaces []ngInterface // of the current section
	time       int64         // of the latest packet, for blocks that carry none
}

// ngInterface is what an interface description block says.
type ngInterface struct {
	link        uint32
	snapLength  uint32
	units       uint64 // of a time stamp, in a second
	tick        uint64 // nanoseconds in a unit, 0 where that is no whole number
	offset      int64  // seconds to add
	nanoseconds bool
}

// isPcapng tells whether a file that begins with magic is pcapng.
func isPcapng(magic []byte) bool {
	return bigEndian.uint32(magic) == blockSection
}

func newPcapngReader(in *stream) *pcapngReader {
	return &pcapngReader{in: in}
}

func (p *pcapngReader) next(pk *packet) error {
	for {
		block, err := p.block()
		if err != nil {
			return err
		}
		found := false
		switch body := block[blockHeader : len(block)-blockTrailer]; p.order.uint32(block) {
		case blockSection:
			err = p.section(body)
		case blockInterface:
			err = p.describe(body)
		case blockEnhanced:
			found, err = true, p.enhanced(body, pk)
		case blockPacket:
			found, err = true, p.obsolete(body, pk)
		case blockSimple:
			found, err = true, p.simple(body, pk)
		}
		if err != nil {
			return err
		}
		p.in.pos += len(block)
		if found {
			p.time = pk.time
			return nil
		}
	}
}

// block returns the next block of a type that is read here, whole and not yet
// consumed; it skips others.
func (p *pcapngReader) block() ([]byte, error) {
	in := p.in
	for {
		h := in.peek(minBlock)
		if len(h) < minBlock {
			if len(h) == 0 {
				return nil, in.finish()
			}
			return nil, in.cut("a block header")
		}
		if err := p.setByteOrder(h); err != nil {
			return nil, err
		}
		kind, length := p.order.uint32(h), p.order.uint32(h[4:])
		if length < minBlock || length%4 != 0 {
			return nil, in.damaged("a block claims a length of %d bytes, which is no multiple of 4 from 12 on", length)
		}
		if !isRead(kind) {
			if !in.skip(int64(length)) {
				return nil, in.cut("a block")
			}
			continue
		}
		if length > maxBlock {
			return nil, in.damaged("a block of type %d claims a length of %d bytes, more than any capture tool writes", kind, length)
		}
		b := in.peek(int(length))
		if len(b) < int(length) {
			return nil, in.cut("a block")
		}
		if again := p.order.uint32(b[length-blockTrailer:]); again != length {
			return nil, in.damaged("a block is %d bytes long by its header, %d by its trailer", length, again)
		}
		return b, nil
	}
}

// setByteOrder takes the byte order that a section header sets for all that
// follows, its own length included.
func (p *pcapngReader) setByteOrder(block []byte) error {
	if !isPcapng(block) {
		return nil
	}
	switch magic := block[blockHeader:]; uint32(byteOrderMagic) {
	case littleEndian.uint32(magic):
		p.order = littleEndian
	case bigEndian.uint32(magic):
		p.order = bigEndian
	default:
		return p.in.damaged("a section header has % x in place of the byte order", magic[:4])
	}
	return nil
}

func isRead(kind uint32) bool {
	switch kind {
	case blockSection, blockInterface, blockEnhanced, blockPacket, blockSimple:
		return true
	}
	return false
}

// section reads a section header block's body. Interfaces are numbered anew in
// each section.
func (p *pcapngReader) section(body []byte) error {
	if len(body) < 16 {
		return p.in.damaged("a section header has %d bytes, it needs 16", len(body))
	}
	if major := p.order.uint16(body[4:]); major != 1 {
		e := p.in.damaged("pcapng version %d.%d is not known", major, p.order.uint16(body[6:]))
		e.Advice = "kdump reads version 1; `editcap -F pcapng` may convert it"
		return e
	}
	p.interfaces = p.interfaces[:0]
	return nil
}

// describe reads an interface description block's body.
func (p *pcapngReader) describe(body []byte) error {
	if len(body) < 8 {
		return p.in.damaged("an interface description has %d bytes, it needs 8", len(body))
	}
	if len(p.interfaces) == maxInterfaces {
		return p.in.damaged("a section describes more than %d interfaces", maxInterfaces)
	}
	it := ngInterface{
		link:       uint32(p.order.uint16(body)),
		snapLength: p.order.uint32(body[4:]),
	}
	resolution := byte(6)
	for o := body[8:]; len(o) >= 4; {
		code, length := p.order.uint16(o), int(p.order.uint16(o[2:]))
		padded := 4 + (length+3)&^3
		if code == optionEnd {
			break
		}
		if padded > len(o) {
			return p.in.damaged("option %d of an interface runs beyond its block", code)
		}
		switch value := o[4 : 4+length]; {
		case code == optionResolution && length >= 1:
			resolution = value[0]
		case code == optionOffset && length >= 8:
			it.offset = int64(p.order.uint64(value))
		}
		o = o[padded:]
	}
	if !it.setResolution(resolution) {
		return p.in.damaged("an interface's time resolution, %#x, is finer than 64 bits can count", resolution)
	}
	p.interfaces = append(p.interfaces, it)
	return nil
}

// setResolution takes the value of if_tsresol: the negative power of 10 or,
// with the highest bit set, of 2 that is a unit of time stamps. It reports
// whether a second's units can be counted in 64 bits.
func (it *ngInterface) setResolution(v byte) bool {
	exponent := int(v & 0x7f)
	if v&0x80 != 0 {
		if exponent > 63 {
			return false
		}
		it.units = 1 << exponent
	} else {
		if exponent > 19 {
			return false
		}
		it.units = 1
		for range exponent {
			it.units *= 10
		}
	}
	if 1e9%it.units == 0 {
		it.tick = 1e9 / it.units
	}
	it.nanoseconds = it.units > 1e6
	return true
}

// nanosSinceEpoch converts a time stamp of the interface. A time beyond what
// 64 bits of nanoseconds hold, the year 2262, wraps.
func (it *ngInterface) nanosSinceEpoch(stamp uint64) int64 {
	if it.tick != 0 {
		return int64(stamp*it.tick) + it.offset*1e9
	}
	seconds, rest := stamp/it.units, stamp%it.units
	hi, lo := bits.Mul64(rest, 1e9)
	nanos, _ := bits.Div64(hi, lo, it.units) // rest < units, so it fits
	return int64(seconds*1e9+nanos) + it.offset*1e9
}

// enhanced reads an enhanced packet block's body.
func (p *pcapngReader) enhanced(body []byte, pk *packet) error {
	if len(body) < packetFields {
		return p.in.damaged("a packet block has %d bytes, it needs %d", len(body), packetFields)
	}
	return p.stamped(p.order.uint32(body), body, pk)
}

// obsolete reads a packet block's body; it differs from an enhanced one in
// that its interface's number is followed by a count of drops.
func (p *pcapngReader) obsolete(body []byte, pk *packet) error {
	if len(body) < packetFields {
		return p.in.damaged("a packet block has %d bytes, it needs %d", len(body), packetFields)
	}
	return p.stamped(uint32(p.order.uint16(body)), body, pk)
}

// stamped reads what enhanced and obsolete packet blocks have in common.
func (p *pcapngReader) stamped(number uint32, body []byte, pk *packet) error {
	it, err := p.byNumber(number)
	if err != nil {
		return err
	}
	stamp := uint64(p.order.uint32(body[4:]))<<32 | uint64(p.order.uint32(body[8:]))
	captured, length := p.order.uint32(body[12:]), p.order.uint32(body[16:])
	data := body[packetFields:]
	if uint64(captured) > uint64(len(data)) {
		return p.in.damaged("a packet claims %d captured bytes in a block with %d", captured, len(data))
	}
	pk.time = it.nanosSinceEpoch(stamp)
	pk.nanoseconds = it.nanoseconds
	pk.link = it.link
	pk.frame = data[:captured]
	pk.length = int(length)
	return nil
}

// simple reads a simple packet block's body: a packet of the section's first
// interface, cut to that interface's snapshot length.
func (p *pcapngReader) simple(body []byte, pk *packet) error {
	if len(body) < 4 {
		return p.in.damaged("a simple packet block has %d bytes, it needs 4", len(body))
	}
	it, err := p.byNumber(0)
	if err != nil {
		return err
	}
	length := p.order.uint32(body)
	captured := uint32(min(uint64(length), uint64(len(body)-4)))
	if it.snapLength != 0 {
		captured = min(captured, it.snapLength)
	}
	pk.time = p.time
	pk.nanoseconds = it.nanoseconds
	pk.link = it.link
	pk.frame = body[4 : 4+captured]
	pk.length = int(length)
	return nil
}

func (p *pcapngReader) byNumber(n uint32) (*ngInterface, error) {
	if uint64(n) >= uint64(len(p.interfaces)) {
		return nil, p.in.damaged("a packet is of interface %d, the section has described %d so far", n, len(p.interfaces))
	}
	return &p.interfaces[n], nil
}

package capture

// The magic numbers of the pcap format, in the byte order of the machine that
// wrote the file (draft-ietf-opsawg-pcap, section 4; the modified form is what
// libpcap calls Kuznetzov's).
const (
	magicMicroseconds = 0xa1b2c3d4
	magicNanoseconds  = 0xa1b23c4d
	magicModified     = 0xa1b2cd34
)

const (
	pcapFileHeader       = 24
	pcapPacketHeader     = 16
	modifiedPacketHeader = 24 // interface, protocol and packet type behind the usual header
)

// pcapReader reads the classic pcap format.
//
// It is our own since gopacket's copies every packet, reads 4 KiB at a time
// and refuses packets whose captured length exceeds their length.
type pcapReader struct {
	in         *stream
	order      byteOrder
	header     int   // length of a packet header
	tick       int64 // nanoseconds in a unit of the second half of a time stamp
	swapLength lengthOrder
	link       uint32
}

// lengthOrder tells which of a packet header's two lengths is the captured one.
type lengthOrder uint8

const (
	capturedFirst     lengthOrder = iota
	capturedLast                  // written by versions before 2.3
	smallerIsCaptured             // version 2.3 was written either way
)

// isPcap tells whether a file that begins with magic is classic pcap.
func isPcap(magic []byte) bool {
	for _, order := range []byteOrder{littleEndian, bigEndian} {
		switch order.uint32(magic) {
		case magicMicroseconds, magicNanoseconds, magicModified:
			return true
		}
	}
	return false
}

// newPcapReader reads the file header.
func newPcapReader(in *stream) (format, error) {
	h := in.peek(pcapFileHeader)
	if len(h) < pcapFileHeader {
		e := in.cut("the pcap file header")
		e.Advice = "there is no packet in it"
		return nil, e
	}
	p := &pcapReader{in: in, header: pcapPacketHeader, tick: 1000}
	if h[0] == magicMicroseconds>>24 { // all magic numbers begin so
		p.order = bigEndian
	}
	switch p.order.uint32(h) {
	case magicNanoseconds:
		p.tick = 1
	case magicModified:
		p.header = modifiedPacketHeader
	}
	switch major, minor := p.order.uint16(h[4:]), p.order.uint16(h[6:]); {
	case major == 2 && minor < 3, major == 543 && minor == 0: // 543.0 is DG/UX
		p.swapLength = capturedLast
	case major == 2 && minor == 3:
		p.swapLength = smallerIsCaptured
	case major == 2 && minor == 4:
	default:
		e := in.damaged("pcap version %d.%d is not known", major, minor)
		e.Advice = "kdump reads versions 2.0 to 2.4; `editcap -F pcapng` may convert it"
		return nil, e
	}
	// The upper bits tell of the frame check sequence.
	p.link = p.order.uint32(h[20:]) & 0xffff
	in.pos += pcapFileHeader
	return p, nil
}

func (p *pcapReader) next(pk *packet) error {
	in := p.in
	h := in.peek(p.header)
	if len(h) < p.header {
		if len(h) == 0 {
			return in.finish()
		}
		return in.cut("a packet header")
	}
	seconds, fraction := p.order.uint32(h), p.order.uint32(h[4:])
	captured, length := p.order.uint32(h[8:]), p.order.uint32(h[12:])
	if p.swapLength == capturedLast || p.swapLength == smallerIsCaptured && captured > length {
		captured, length = length, captured
	}
	if captured > maxPacket {
		return in.damaged("it claims %d captured bytes, more than any capture tool writes", captured)
	}
	b := in.peek(p.header + int(captured))
	if len(b) < p.header+int(captured) {
		return in.cut("a packet")
	}
	in.pos += len(b)
	pk.time = int64(seconds)*1e9 + int64(fraction)*p.tick
	pk.nanoseconds = p.tick == 1
	pk.link = p.link
	pk.frame = b[p.header:]
	pk.length = int(length)
	return nil
}

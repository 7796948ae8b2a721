package capture

import "net/netip"

// Segment is the TCP segment of one captured packet.
//
// Payload lies in the reader's buffer: it is valid until the next call of
// Next. A caller that needs it for longer copies it.
type Segment struct {
	// Time is when the packet was captured, in nanoseconds since the Unix
	// epoch. A pcapng Simple Packet Block carries no time; its segment has the
	// time of the packet before it.
	Time int64

	// Src and Dst are the sender's and the receiver's address and port.
	Src, Dst netip.AddrPort

	// Seq and Ack are the sequence and acknowledgement numbers as they are on
	// the wire (RFC 9293, section 3.1).
	Seq, Ack uint32

	// Flags are the control bits: FIN, SYN, RST, PSH, ACK, URG, ECE, CWR.
	Flags uint8

	// Payload is what was captured of the segment's data.
	Payload []byte

	// Missing is the number of bytes of data that the segment had on the wire
	// behind Payload and that were not captured (a snapshot length).
	Missing int
}

// The control bits of a TCP header (RFC 9293, section 3.1), as they stand in
// Segment.Flags.
const (
	FIN uint8 = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

package impair

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
)

// A Link is a link layer to write packets with.
type Link struct {
	Name   string
	number uint32 // https://www.tcpdump.org/linktypes.html
	// header returns the header in front of an IP packet.
	header func(ipv6 bool) []byte
}

// Links are those that are written.
var Links = []Link{
	{"ethernet", 1, func(ipv6 bool) []byte {
		return binary.BigEndian.AppendUint16(make([]byte, 12, 14), etherType(ipv6))
	}},
	{"cooked", 276, func(ipv6 bool) []byte {
		return append(binary.BigEndian.AppendUint16(nil, etherType(ipv6)), make([]byte, 18)...)
	}},
	{"loopback", 0, func(ipv6 bool) []byte {
		if ipv6 {
			return []byte{30, 0, 0, 0}
		}
		return []byte{2, 0, 0, 0}
	}},
}

func etherType(ipv6 bool) uint16 {
	if ipv6 {
		return 0x86dd
	}
	return 0x0800
}

// fragmentSize is how many bytes of an IP packet's payload a fragment has: a
// multiple of 8.
const fragmentSize = 624

// Pcap writes a trace as a pcap file. With fragments, packets that are large
// come as IP fragments, some of them out of order.
func (t *Trace) Pcap(l Link, fragments bool) []byte {
	var b bytes.Buffer
	b.Write([]byte{0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0}) // nanoseconds
	binary.Write(&b, binary.LittleEndian, l.number)
	r := rand.New(rand.NewPCG(uint64(len(t.Packets)), 0))
	for i := range t.Packets {
		p := &t.Packets[i]
		body := p.tcp()
		if !fragments || len(body) <= fragmentSize || p.Missing > 0 {
			p.record(&b, l, body, 0, 0)
			continue
		}
		var offsets []int
		for at := 0; at < len(body); at += fragmentSize {
			offsets = append(offsets, at)
		}
		if r.IntN(4) == 0 {
			r.Shuffle(len(offsets), func(i, j int) { offsets[i], offsets[j] = offsets[j], offsets[i] })
		}
		for _, at := range offsets {
			end := min(at+fragmentSize, len(body))
			field := uint16(at) // in units of 8, the low bits free for flags
			if end < len(body) {
				field |= 1
			}
			p.record(&b, l, body[at:end], field|fragmented, uint32(i))
		}
	}
	return b.Bytes()
}

// fragmented marks the field of a fragment: neither header uses the bit.
const fragmented = 2

// tcp makes the TCP segment.
func (p *Packet) tcp() []byte {
	b := make([]byte, 20, 20+len(p.Payload))
	binary.BigEndian.PutUint16(b, p.Src.Port())
	binary.BigEndian.PutUint16(b[2:], p.Dst.Port())
	binary.BigEndian.PutUint32(b[4:], p.Seq)
	binary.BigEndian.PutUint32(b[8:], p.Ack)
	b[12], b[13] = 5<<4, p.Flags
	binary.BigEndian.PutUint16(b[14:], 65535)
	return append(b, p.Payload...)
}

// record writes one packet with the given payload of its IP header. field is
// offset and more-fragments flag as IPv6 has them, and fragmented; 0 for none.
func (p *Packet) record(b *bytes.Buffer, l Link, body []byte, field uint16, id uint32) {
	src, dst := p.Src.Addr(), p.Dst.Addr()
	packet := l.header(src.Is6())
	if src.Is6() {
		next := byte(6)
		if field != 0 {
			body = append(binary.BigEndian.AppendUint32([]byte{next, 0, byte(field >> 8), byte(field &^ fragmented)}, id), body...)
			next = 44
		}
		packet = append(packet, 0x60, 0, 0, 0)
		packet = binary.BigEndian.AppendUint16(packet, uint16(len(body)+p.Missing))
		packet = append(packet, next, 64)
	} else {
		packet = append(packet, 0x45, 0)
		packet = binary.BigEndian.AppendUint16(packet, uint16(20+len(body)+p.Missing))
		packet = binary.BigEndian.AppendUint16(packet, uint16(id))
		packet = binary.BigEndian.AppendUint16(packet, field>>3|field&1<<13)
		packet = append(packet, 64, 6, 0, 0)
	}
	packet = append(append(packet, src.AsSlice()...), dst.AsSlice()...)
	packet = append(packet, body...)
	for _, n := range []uint32{uint32(p.Time / 1e9), uint32(p.Time % 1e9), uint32(len(packet)), uint32(len(packet) + p.Missing)} {
		binary.Write(b, binary.LittleEndian, n)
	}
	b.Write(packet)
}

package capture_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"github.com/kdump/kdump/capture"
)

var (
	le = binary.LittleEndian
	be = binary.BigEndian
)

// tcpFrame is what the packets made here differ in; the rest of their headers
// is that of segment.
type tcpFrame struct {
	payload []byte
	ipv6    bool
}

// segment returns what must be read of the packet, but for its time.
func (f tcpFrame) segment() capture.Segment {
	s := capture.Segment{
		Src: netip.MustParseAddrPort("10.0.0.7:53422"), Dst: netip.MustParseAddrPort("10.0.0.2:9092"),
		Seq: 4_000_000_001, Ack: 7, Flags: capture.PSH | capture.ACK, Payload: f.payload,
	}
	if f.ipv6 {
		s.Src, s.Dst = netip.MustParseAddrPort("[2001:db8::7]:53422"), netip.MustParseAddrPort("[2001:db8::2]:9092")
	}
	return s
}

// ip returns the packet from its IP header on.
func (f tcpFrame) ip(tb testing.TB) []byte {
	tb.Helper()
	tcp := &layers.TCP{
		SrcPort: 53422, DstPort: 9092, Seq: 4_000_000_001, Ack: 7, Window: 502, PSH: true, ACK: true,
		Options: []layers.TCPOption{
			{OptionType: layers.TCPOptionKindNop}, {OptionType: layers.TCPOptionKindNop},
			{OptionType: layers.TCPOptionKindTimestamps, OptionLength: 10, OptionData: make([]byte, 8)},
		},
	}
	if f.ipv6 {
		ip := &layers.IPv6{Version: 6, NextHeader: layers.IPProtocolTCP, HopLimit: 64,
			SrcIP: net.ParseIP("2001:db8::7"), DstIP: net.ParseIP("2001:db8::2")}
		return serialize(tb, ip, setChecksum(tcp, ip), gopacket.Payload(f.payload))
	}
	ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolTCP,
		SrcIP: net.IPv4(10, 0, 0, 7).To4(), DstIP: net.IPv4(10, 0, 0, 2).To4()}
	return serialize(tb, ip, setChecksum(tcp, ip), gopacket.Payload(f.payload))
}

// ethernet returns the packet in an Ethernet frame, padded to the least length
// of one.
func (f tcpFrame) ethernet(tb testing.TB) []byte {
	tb.Helper()
	kind := []byte{0x08, 0x00}
	if f.ipv6 {
		kind = []byte{0x86, 0xdd}
	}
	frame := join(make([]byte, 12), kind, f.ip(tb))
	return append(frame, make([]byte, max(0, 60-len(frame)))...)
}

func setChecksum(tcp *layers.TCP, ip gopacket.NetworkLayer) *layers.TCP {
	tcp.SetNetworkLayerForChecksum(ip)
	return tcp
}

func serialize(tb testing.TB, parts ...gopacket.SerializableLayer) []byte {
	tb.Helper()
	b := gopacket.NewSerializeBuffer()
	err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, parts...)
	if err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// pcapHeader is the header of a pcap file.
func pcapHeader(order binary.AppendByteOrder, magic, link uint32) []byte {
	h := order.AppendUint32(nil, magic)
	h = order.AppendUint16(h, 2)
	h = order.AppendUint16(h, 4)
	h = append(h, make([]byte, 8)...)
	h = order.AppendUint32(h, 262144)
	return order.AppendUint32(h, link)
}

// pcapPacket is a packet record of a pcap file; fraction is in the file's unit.
func pcapPacket(order binary.AppendByteOrder, seconds, fraction, length int, frame []byte) []byte {
	var b []byte
	for _, v := range []int{seconds, fraction, len(frame), length} {
		b = order.AppendUint32(b, uint32(v))
	}
	return append(b, frame...)
}

// ngBlock is a block of a pcapng file; its body is padded.
func ngBlock(order binary.AppendByteOrder, kind uint32, body ...[]byte) []byte {
	content := join(body...)
	content = append(content, make([]byte, -len(content)&3)...)
	b := order.AppendUint32(nil, kind)
	b = order.AppendUint32(b, uint32(len(content)+12))
	b = append(b, content...)
	return order.AppendUint32(b, uint32(len(content)+12))
}

func ngSection(order binary.AppendByteOrder) []byte {
	b := order.AppendUint32(nil, 0x1a2b3c4d)
	b = order.AppendUint16(b, 1)
	b = order.AppendUint16(b, 0)
	return ngBlock(order, 0x0a0d0d0a, order.AppendUint64(b, 1<<64-1))
}

func ngInterface(order binary.AppendByteOrder, link uint16, snapLength uint32, options ...[]byte) []byte {
	b := order.AppendUint16(nil, link)
	b = order.AppendUint16(b, 0)
	b = order.AppendUint32(b, snapLength)
	return ngBlock(order, 1, append([][]byte{b}, options...)...)
}

func ngOption(order binary.AppendByteOrder, code uint16, value ...byte) []byte {
	b := order.AppendUint16(nil, code)
	b = order.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	return append(b, make([]byte, -len(value)&3)...)
}

// ngEnhanced is an enhanced packet block.
func ngEnhanced(order binary.AppendByteOrder, number uint32, stamp uint64, length int, frame []byte, options ...[]byte) []byte {
	var b []byte
	for _, v := range []uint32{number, uint32(stamp >> 32), uint32(stamp), uint32(len(frame)), uint32(length)} {
		b = order.AppendUint32(b, v)
	}
	b = append(b, frame...)
	b = append(b, make([]byte, -len(frame)&3)...)
	return ngBlock(order, 6, append([][]byte{b}, options...)...)
}

// readAll reads everything from r. It copies the payloads, which do not last,
// and returns the errors in their order.
func readAll(r *capture.Reader) (segments []capture.Segment, errs []error) {
	defer r.Close()
	for {
		var s capture.Segment
		switch err := r.Next(&s); err {
		case nil:
			s.Payload = bytes.Clone(s.Payload)
			segments = append(segments, s)
		case io.EOF:
			return segments, errs
		default:
			errs = append(errs, err)
		}
	}
}

// readFile is readAll of a file's contents on standard input.
func readFile(contents []byte) ([]capture.Segment, []error, capture.Stats) {
	r := capture.Open([]string{"-"}, bytes.NewReader(contents))
	segments, errs := readAll(r)
	return segments, errs, r.Stats()
}

// compare compares segments; an empty payload is as good as none.
func compare(t *testing.T, want, got []capture.Segment) {
	t.Helper()
	address := cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })
	if d := cmp.Diff(want, got, address, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("segments (-want +got):\n%s", d)
	}
}

package capture_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/kdump/kdump/capture"
)

// unhex reads hexadecimal digits, with blanks between them for reading.
func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// onePacket is a pcap file of one packet at second 1.
func onePacket(link uint32, length int, frame []byte) []byte {
	return join(pcapHeader(le, 0xa1b2c3d4, link), pcapPacket(le, 1, 0, length, frame))
}

func TestLinkTypes(t *testing.T) {
	const (
		macs   = "02 00 00 00 00 01 02 00 00 00 00 02"
		cooked = "0000 0001 0006 020000000001 0000"
	)
	for _, tt := range []struct {
		name   string
		link   uint32
		header string
		ipv6   bool
	}{
		{"Ethernet", 1, macs + "0800", false},
		{"Ethernet, IPv6", 1, macs + "86dd", true},
		{"802.1Q", 1, macs + "8100 0064 0800", false},
		{"802.1ad", 1, macs + "88a8 0064 8100 0065 86dd", true},
		{"QinQ", 1, macs + "9100 0064 8100 0065 0800", false},
		{"old QinQ", 1, macs + "9200 0064 9200 0064 0800", false},
		{"four VLAN tags", 1, macs + "8100 0001 8100 0002 8100 0003 8100 0004 0800", false},
		{"cooked v1", 113, cooked + "0800", false},
		{"cooked v1, IPv6", 113, cooked + "86dd", true},
		{"cooked v1, VLAN", 113, cooked + "8100 0064 0800", false},
		{"cooked v2", 276, "0800 0000 00000002 0001 00 06 0200000000010000", false},
		{"cooked v2, IPv6", 276, "86dd 0000 00000002 0304 04 00 0000000000000000", true},
		{"cooked v2, VLAN", 276, "8100 0000 00000002 0001 00 06 0200000000010000 0064 86dd", true},
		{"NULL, little-endian", 0, "02000000", false},
		{"NULL, big-endian", 0, "00000002", false},
		{"NULL, Linux IPv6", 0, "0a000000", true},
		{"NULL, Windows IPv6", 0, "17000000", true},
		{"NULL, OpenBSD IPv6", 0, "18000000", true},
		{"NULL, FreeBSD IPv6", 0, "1c000000", true},
		{"NULL, macOS IPv6", 0, "1e000000", true},
		{"LOOP", 108, "00000002", false},
		{"LOOP, IPv6", 108, "00000018", true},
		{"raw IP", 101, "", false},
		{"raw IP, IPv6", 101, "", true},
		{"raw IP as 12", 12, "", true},
		{"raw IP as 14", 14, "", false},
		{"IPv4", 228, "", false},
		{"IPv6", 229, "", true},
		{"PPP", 9, "ff03 0021", false},
		{"PPP, no address and control", 9, "0057", true},
		{"PPP, protocol compressed", 9, "21", false},
		{"frame check sequence announced", 1 | 0x24000000, macs + "0800", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := tcpFrame{payload: []byte("payload"), ipv6: tt.ipv6}
			frame := join(unhex(t, tt.header), f.ip(t))
			want := f.segment()
			want.Time = 1e9

			got, errs, _ := readFile(onePacket(tt.link, len(frame), frame))
			if errs != nil {
				t.Fatal(errs)
			}
			compare(t, []capture.Segment{want}, got)

			// No cut may make something up: the header is whole or there is no segment.
			for n := range frame {
				got, errs, stats := readFile(onePacket(tt.link, len(frame), frame[:n]))
				if errs != nil {
					t.Fatalf("cut to %d bytes: %v", n, errs)
				}
				if len(got) == 0 {
					if stats.Malformed+stats.NotTCP != 1 {
						t.Fatalf("cut to %d bytes: %+v", n, stats)
					}
					continue
				}
				if !bytes.HasPrefix(f.payload, got[0].Payload) || len(got[0].Payload)+got[0].Missing != len(f.payload) {
					t.Fatalf("cut to %d bytes: payload %q and %d missing", n, got[0].Payload, got[0].Missing)
				}
			}
		})
	}
}

// TestHeaders takes a packet, changes its headers, and says what must be read.
func TestHeaders(t *testing.T) {
	payload := []byte("0123456789abcdef")
	const tcpHeader = 32
	for _, tt := range []struct {
		name    string
		ipv6    bool
		change  func(ip []byte) []byte
		longer  int // on the wire than captured
		payload string
		missing int
	}{
		{name: "untouched", change: func(ip []byte) []byte { return ip }, payload: string(payload)},
		{
			name: "IPv4 options",
			change: func(ip []byte) []byte {
				ip[0] = 0x4f
				be.PutUint16(ip[2:], uint16(len(ip)+40))
				return join(ip[:20], bytes.Repeat([]byte{1}, 40), ip[20:])
			},
			payload: string(payload),
		},
		{
			name:    "total length 0, of a machine that leaves segmentation to the card",
			change:  func(ip []byte) []byte { be.PutUint16(ip[2:], 0); return ip },
			payload: string(payload),
		},
		{
			name:    "total length 0, not captured to the end",
			change:  func(ip []byte) []byte { be.PutUint16(ip[2:], 0); return ip[:len(ip)-6] },
			longer:  6,
			payload: "0123456789",
			missing: 6,
		},
		{
			name:    "padding behind the packet",
			change:  func(ip []byte) []byte { return append(ip, "padding"...) },
			payload: string(payload),
		},
		{
			name:    "padding that was not captured",
			change:  func(ip []byte) []byte { return ip },
			longer:  4,
			payload: string(payload),
		},
		{
			name:    "padding that was not captured, nor was the payload's end",
			change:  func(ip []byte) []byte { return ip[:len(ip)-1] },
			longer:  5,
			payload: "0123456789abcde",
			missing: 1,
		},
		{
			name:    "cut by a tool that set the length to what it left",
			change:  func(ip []byte) []byte { return ip[:len(ip)-10] },
			payload: "012345",
			missing: 10,
		},
		{
			name:    "captured length beyond the length",
			change:  func(ip []byte) []byte { return ip },
			longer:  -14,
			payload: string(payload),
		},
		{
			name:    "captured length beyond the length, total length 0",
			change:  func(ip []byte) []byte { be.PutUint16(ip[2:], 0); return ip },
			longer:  -14,
			payload: string(payload),
		},
		{
			name:    "only the headers captured",
			change:  func(ip []byte) []byte { return ip[:20+tcpHeader] },
			longer:  16,
			missing: 16,
		},
		{
			name:    "TCP options cut off",
			change:  func(ip []byte) []byte { return ip[:20+16] },
			longer:  32,
			missing: 16,
		},
		{name: "IPv6", ipv6: true, change: func(ip []byte) []byte { return ip }, payload: string(payload)},
		{
			name: "IPv6 extension headers", ipv6: true,
			change: func(ip []byte) []byte {
				extensions := join(
					unhex(t, "2b 00 01 04 00000000"),          // hop-by-hop
					unhex(t, "33 02 00 00"), make([]byte, 20), // routing
					unhex(t, "3c 04 0000 00000001 00000001"), make([]byte, 12), // authentication
					unhex(t, "2c 01 01 0c"), make([]byte, 12), // destination options
					unhex(t, "87 00 0000 00000009"), // a fragment that is whole
					unhex(t, "8b 00 000000000000"),  // mobility
					unhex(t, "8c 00 000000000000"),  // HIP
					unhex(t, "06 00 000000000000"),  // shim6
				)
				ip[6] = 0
				be.PutUint16(ip[4:], uint16(len(ip)-40+len(extensions)))
				return join(ip[:40], extensions, ip[40:])
			},
			payload: string(payload),
		},
		{
			name: "IPv6 jumbogram", ipv6: true,
			change: func(ip []byte) []byte {
				ip[6] = 0
				be.PutUint16(ip[4:], 0)
				return join(ip[:40], unhex(t, "06 00 c2 04 00011170"), ip[40:])
			},
			longer:  70000 - 8 - tcpHeader - len(payload),
			payload: string(payload),
			missing: 70000 - 8 - tcpHeader - len(payload),
		},
		{
			name: "IPv6 payload length 0 without a jumbo option", ipv6: true,
			change:  func(ip []byte) []byte { be.PutUint16(ip[4:], 0); return ip },
			longer:  100,
			payload: string(payload),
			missing: 100,
		},
		{
			name: "IPv6 padding", ipv6: true,
			change:  func(ip []byte) []byte { return append(ip, 0, 0, 0) },
			payload: string(payload),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := tcpFrame{payload: payload, ipv6: tt.ipv6}
			ip := tt.change(f.ip(t))
			want := f.segment()
			want.Time, want.Payload, want.Missing = 1e9, []byte(tt.payload), tt.missing

			got, errs, _ := readFile(onePacket(101, len(ip)+tt.longer, ip))
			if errs != nil {
				t.Fatal(errs)
			}
			compare(t, []capture.Segment{want}, got)
		})
	}
}

// TestNoSegment has packets that are no TCP segment, each for a reason that is
// counted.
func TestNoSegment(t *testing.T) {
	set := func(at int, values ...byte) func([]byte) []byte {
		return func(b []byte) []byte { copy(b[at:], values); return b }
	}
	cut := func(n int) func([]byte) []byte {
		return func(b []byte) []byte { return b[:n] }
	}
	v4, v6 := tcpFrame{payload: []byte("x")}.ip(t), tcpFrame{payload: []byte("x"), ipv6: true}.ip(t)
	ethernet := tcpFrame{payload: []byte("x")}.ethernet(t)
	notTCP := capture.Stats{NotTCP: 1}
	malformed := capture.Stats{Malformed: 1}
	fragment := capture.Stats{Fragments: 1}
	for _, tt := range []struct {
		name   string
		link   uint32
		packet []byte
		change func([]byte) []byte
		want   capture.Stats
	}{
		{"UDP", 101, v4, set(9, 17), notTCP},
		{"UDP cut", 101, v4, func(b []byte) []byte { b[9] = 17; return b[:21] }, notTCP},
		{"first fragment", 101, v4, set(6, 0x20), fragment},
		{"later fragment", 101, v4, set(6, 0x00, 0xb9), fragment},
		{"IPv4 header length under 5 words", 101, v4, set(0, 0x44), malformed},
		{"IPv4 header beyond the total length", 101, v4, set(0, 0x4f, 0, 0, 59), malformed},
		{"total length within the IPv4 header", 101, v4, set(2, 0, 19), malformed},
		{"total length within the TCP header", 101, v4, set(2, 0, 40), malformed},
		{"total length within the TCP options", 101, v4, set(2, 0, 50), malformed},
		{"TCP header length under 5 words", 101, v4, set(32, 0x40), malformed},
		{"IP version 5", 101, v4, set(0, 0x55), malformed},
		{"IP version 0", 101, v6, set(0, 0x05), malformed},
		{"IPv6 where IPv4 is announced", 1, ethernet, set(14, 0x60), malformed},
		{"cut in the IPv4 header", 101, v4, cut(19), malformed},
		{"cut in the TCP header", 101, v4, cut(33), malformed},
		{"cut in the IPv6 header", 101, v6, cut(39), malformed},
		{"nothing captured", 101, v4, cut(0), malformed},
		{"cut in the Ethernet header", 1, ethernet, cut(13), malformed},
		{"cut in the VLAN tag", 1, ethernet, func(b []byte) []byte { b[12], b[13] = 0x81, 0; return b[:17] }, malformed},
		{"ARP", 1, ethernet, set(12, 0x08, 0x06), notTCP},
		{"802.3 length", 1, ethernet, set(12, 0, 46), notTCP},
		{"loopback of another family", 0, unhex(t, "07000000 0000"), cut(6), notTCP},
		{"cut in the loopback header", 0, unhex(t, "020000"), cut(3), malformed},
		{"PPP LCP", 9, unhex(t, "ff03 c021 0101"), cut(6), notTCP},
		{"cut in the PPP header", 9, unhex(t, "ff03 00"), cut(3), malformed},
		{"ICMPv6", 101, v6, set(6, 58), notTCP},
		{"no next header", 101, v6, set(6, 59), notTCP},
		{"encrypted", 101, v6, set(6, 50), notTCP},
		{"IPv6 first fragment", 101, v6, set(6, 44, 64), fragment},
		{"extension header beyond the packet", 101, v6, func(b []byte) []byte { b[6], b[41] = 60, 255; return b }, malformed},
		{"extension header cut", 101, v6, func(b []byte) []byte { b[6] = 60; return b[:47] }, malformed},
		{"unknown link type", 127, v4, cut(len(v4)), capture.Stats{UnknownLink: 1, UnknownLinkType: 127}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := tt.change(bytes.Clone(tt.packet))
			file := onePacket(tt.link, len(b), b)
			got, errs, stats := readFile(file)
			if len(got) != 0 || errs != nil {
				t.Errorf("segments %v, errors %v", got, errs)
			}
			tt.want.Packets, tt.want.BytesRead = 1, int64(len(file))
			if stats != tt.want {
				t.Errorf("stats %+v, want %+v", stats, tt.want)
			}
		})
	}
}

func FuzzDissect(f *testing.F) {
	v4, v6 := tcpFrame{payload: []byte("payload")}, tcpFrame{payload: []byte("payload"), ipv6: true}
	f.Add(uint32(1), uint16(100), v4.ethernet(f))
	f.Add(uint32(1), uint16(0), v6.ethernet(f))
	for _, link := range []uint32{0, 9, 12, 14, 101, 108, 113, 228, 229, 276} {
		f.Add(link, uint16(100), v4.ip(f))
		f.Add(link, uint16(100), join(make([]byte, 20), v6.ip(f)))
	}
	f.Fuzz(func(t *testing.T, link uint32, length uint16, frame []byte) {
		if len(frame) > 1<<17 {
			return
		}
		got, errs, stats := readFile(onePacket(link, int(length), frame))
		if errs != nil {
			t.Fatal(errs)
		}
		if n := stats.Segments + stats.NotTCP + stats.Fragments + stats.Malformed + stats.UnknownLink; n != 1 || int(stats.Segments) != len(got) {
			t.Fatalf("one packet was counted as %+v", stats)
		}
		for _, s := range got {
			if s.Missing < 0 || !bytes.Contains(frame, s.Payload) || !s.Src.IsValid() || !s.Dst.IsValid() {
				t.Fatalf("segment %+v", s)
			}
		}
	})
}

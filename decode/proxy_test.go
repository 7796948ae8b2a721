package decode

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// proxyTwo is a preamble of version 2.
func proxyTwo(command, family byte, addresses ...any) []byte {
	b := bytesOf(addresses...)
	head := append([]byte(proxySignature), command, family)
	return append(binary.BigEndian.AppendUint16(head, uint16(len(b))), b...)
}

func TestProxyProtocol(t *testing.T) {
	const nobody = "invalid AddrPort to invalid AddrPort"
	six := make([]byte, 16)
	six[0], six[15] = 0xfd, 7
	tests := []struct {
		name     string
		preamble []byte
		want     string // what it says; "" where it is none, so that the connection is not Kafka
	}{
		{"version 1", []byte("PROXY TCP4 192.0.2.1 192.0.2.2 56324 9092\r\n"), "1: 192.0.2.1:56324 to 192.0.2.2:9092"},
		{"version 1, IPv6", []byte("PROXY TCP6 fd00::1 fd00::2 56324 9092\r\n"), "1: [fd00::1]:56324 to [fd00::2]:9092"},
		{"version 1, unknown", []byte("PROXY UNKNOWN\r\n"), "1: " + nobody},
		{"version 1, unknown with addresses", []byte("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), "1: " + nobody},
		{"version 1, no address", []byte("PROXY TCP4 here there 56324 9092\r\n"), ""},
		{"version 1, a port too large", []byte("PROXY TCP4 192.0.2.1 192.0.2.2 56324 90920\r\n"), ""},
		{"version 1, without end", append([]byte("PROXY TCP4 "), make([]byte, 200)...), ""},
		{"version 2", proxyTwo(0x21, 0x11, []byte{192, 0, 2, 1, 192, 0, 2, 2}, int16(5632), int16(9092)), "2: 192.0.2.1:5632 to 192.0.2.2:9092"},
		{"version 2, IPv6, with more behind", proxyTwo(0x21, 0x21, six, six, int16(5632), int16(9092), make([]byte, 300)), "2: [fd00::7]:5632 to [fd00::7]:9092"},
		{"version 2, local", proxyTwo(0x20, 0x00), "2: " + nobody},
		{"version 2, of a family that is not read", proxyTwo(0x21, 0x31, make([]byte, 216)), "2: " + nobody},
		{"version 2, too short for its addresses", proxyTwo(0x21, 0x11, int32(0)), "2: " + nobody},
		{"version 2, too long", proxyTwo(0x21, 0x11, make([]byte, 3000)), ""},
		{"version 3", proxyTwo(0x31, 0x11, make([]byte, 12)), ""},
		{"another protocol with a P", []byte("POST / HTTP/1.1\r\n\r\n"), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ask := request(12, 0, 1, heartbeat)
			for _, size := range []int{1, 7, 1 << 20} {
				var got transcript
				d := New(&got, Options{})
				play(d, fresh, size, client(test.preamble, ask), server(response(1, heartbeatAnswer)), closed("closed"))
				var want []string
				stats := Stats{Other: 1}
				if test.want != "" {
					want = []string{`whole | Heartbeat v0 request 31@1-1 #1 "me":000567726f75700000000100066d656d626572 | Heartbeat v0 response 6@2-2 #1:0000 {PLAINTEXT} {User:ANONYMOUS} {proxy ` + test.want + "}"}
					stats = Stats{Kafka: 1}
				}
				if diff := cmp.Diff(want, got.lines); diff != "" {
					t.Errorf("in pieces of %d bytes (-want +got):\n%s", size, diff)
				}
				if d.Stats() != stats || d.held != 0 {
					t.Errorf("in pieces of %d bytes: %+v, %d bytes held", size, d.Stats(), d.held)
				}
			}
		})
	}
}

// TestProxyProtocolJoined has a preamble where the connection's SYN was not
// seen: it stands at the beginning of what the client sends all the same.
func TestProxyProtocolJoined(t *testing.T) {
	swapped := joined()
	swapped.A, swapped.B = swapped.B, swapped.A
	preamble, ask := []byte("PROXY TCP4 192.0.2.1 192.0.2.2 56324 9092\r\n"), request(12, 0, 1, heartbeat)
	want := []string{`whole | Heartbeat v0 request 31@1-1 #1 "me":000567726f75700000000100066d656d626572 | Heartbeat v0 response 6@2-2 #1:0000 {PLAINTEXT} {User:ANONYMOUS} {proxy 1: 192.0.2.1:56324 to 192.0.2.2:9092}`}
	for _, ports := range [][]uint16{nil, {9092}} {
		check(t, Options{Ports: ports}, joined(), want, client(preamble, ask), server(response(1, heartbeatAnswer)), closed("closed"))
		check(t, Options{Ports: ports}, swapped, want, server(preamble, ask), client(response(1, heartbeatAnswer)), closed("closed"))
	}
}

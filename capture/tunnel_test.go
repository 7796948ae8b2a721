package capture_test

import (
	"testing"

	"github.com/kdump/kdump/capture"
)

// ipv4Header is an IPv4 header from 192.0.2.1 to 192.0.2.2.
func ipv4Header(protocol byte, length int) []byte {
	h := []byte{0x45, 0, 0, 0, 0, 1, 0, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2}
	be.PutUint16(h[2:], uint16(len(h)+length))
	return h
}

func TestTunnels(t *testing.T) {
	const (
		vxlan  = "08000000 00002a00"
		geneve = "00006558 00002a00"
	)
	f := tcpFrame{payload: []byte("mirrored payload")}
	six := tcpFrame{payload: f.payload, ipv6: true}
	udp := func(port uint16, header string, inner []byte) []byte {
		body := join([]byte{0xc0, 0, byte(port >> 8), byte(port), 0, 0, 0, 0}, unhex(t, header), inner)
		return join(ipv4Header(17, len(body)), body)
	}
	gre := func(header string, inner []byte) []byte {
		body := join(unhex(t, header), inner)
		return join(ipv4Header(47, len(body)), body)
	}
	for _, tt := range []struct {
		name   string
		packet []byte
		want   tcpFrame
	}{
		{"VXLAN", udp(4789, vxlan, f.ethernet(t)), f},
		{"VXLAN at Linux's old port", udp(8472, vxlan, six.ethernet(t)), six},
		{"VXLAN in VXLAN", udp(4789, vxlan, join(make([]byte, 12), []byte{8, 0}, udp(4789, vxlan, f.ethernet(t)))), f},
		{"GENEVE", udp(6081, geneve, f.ethernet(t)), f},
		{"GENEVE with options", udp(6081, "02006558 00002a00 0102030400000000", f.ethernet(t)), f},
		{"GENEVE of IP", udp(6081, "000086dd 00002a00", six.ip(t)), six},
		{"GRE", gre("0000 0800", f.ip(t)), f},
		{"GRE with checksum, key and sequence number", gre("b000 86dd 00000000 00000007 00000001", six.ip(t)), six},
		{"GRE of Ethernet", gre("0000 6558", f.ethernet(t)), f},
		{"ERSPAN type I", gre("0000 88be", f.ethernet(t)), f},
		{"ERSPAN type II", gre("1000 88be 00000001 1001000100000000", f.ethernet(t)), f},
		{"ERSPAN type III", gre("1000 22eb 00000001 200100010000000000000000", f.ethernet(t)), f},
		{"ERSPAN type III with a subheader", gre("1000 22eb 00000001 200100010000000000000001 0000000000000000", f.ethernet(t)), f},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.want.segment()
			want.Time = 1e9
			got, errs, _ := readFile(onePacket(101, len(tt.packet), tt.packet))
			if errs != nil {
				t.Fatal(errs)
			}
			compare(t, []capture.Segment{want}, got)

			for n := range tt.packet {
				got, _, stats := readFile(onePacket(101, len(tt.packet), tt.packet[:n]))
				if len(got) == 0 && stats.Malformed+stats.NotTCP != 1 {
					t.Fatalf("cut to %d bytes: %+v", n, stats)
				}
			}
		})
	}
	for _, tt := range []struct {
		name   string
		packet []byte
	}{
		{"UDP of another port", udp(53, vxlan, f.ethernet(t))},
		{"VXLAN without an identifier", udp(4789, "00000000 00002a00", f.ethernet(t))},
		{"GENEVE of another version", udp(6081, "40006558 00002a00", f.ethernet(t))},
		{"GRE as PPTP has it", gre("3001 880b 00000000", f.ip(t))},
		{"GRE of something else", gre("0000 1234", f.ip(t))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, _, stats := readFile(onePacket(101, len(tt.packet), tt.packet)); stats.NotTCP != 1 {
				t.Errorf("%+v", stats)
			}
		})
	}
}

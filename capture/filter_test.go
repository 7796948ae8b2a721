package capture

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"golang.org/x/net/bpf"
)

// ethernetFrame is an Ethernet frame of what is given, behind VLAN tags.
func ethernetFrame(tags int, etherType uint16, ip []byte) []byte {
	b := make([]byte, 12)
	for range tags {
		b = append(b, 0x81, 0x00, 0x00, 0x64)
	}
	b = append(b, byte(etherType>>8), byte(etherType))
	return append(b, ip...)
}

// ipv4Packet is an IPv4 packet with options of the given size.
func ipv4Packet(protocol byte, fragment uint16, options int, src, dst string, rest ...byte) []byte {
	b := make([]byte, 12, 64)
	b[0] = 0x40 | byte(5+options/4)
	total := 20 + options + len(rest)
	b[2], b[3] = byte(total>>8), byte(total)
	b[6], b[7] = byte(fragment>>8), byte(fragment)
	b[9] = protocol
	b = append(b, netip.MustParseAddr(src).AsSlice()...)
	b = append(b, netip.MustParseAddr(dst).AsSlice()...)
	b = append(b, make([]byte, options)...)
	return append(b, rest...)
}

func ipv6Packet(next byte, src, dst string, rest ...byte) []byte {
	b := make([]byte, 8, 64)
	b[0], b[4], b[5], b[6] = 0x60, byte(len(rest)>>8), byte(len(rest)), next
	b = append(b, netip.MustParseAddr(src).AsSlice()...)
	b = append(b, netip.MustParseAddr(dst).AsSlice()...)
	return append(b, rest...)
}

// ports is a TCP header, or the beginning of a UDP one, and no data.
func ports(src, dst uint16) []byte {
	b := []byte{byte(src >> 8), byte(src), byte(dst >> 8), byte(dst)}
	return append(append(b, make([]byte, 8)...), 0x50, 0x10, 0, 0, 0, 0, 0, 0)
}

func TestFilter(t *testing.T) {
	const kafka, other = 9092, 53422
	tcp := func(src, dst uint16) []byte {
		return ipv4Packet(protoTCP, 0, 0, "10.0.0.7", "10.0.0.2", ports(src, dst)...)
	}
	tcp6 := func(src, dst uint16) []byte {
		return ipv6Packet(protoTCP, "2001:db8::7", "2001:db8:1::2", ports(src, dst)...)
	}
	udp := func(port uint16) []byte {
		return ipv4Packet(protoUDP, 0, 4, "10.0.0.7", "10.0.0.2", ports(other, port)...)
	}
	byPort := Filter{Ports: []uint16{9093, kafka}}
	byHost := func(networks ...string) Filter {
		var f Filter
		for _, n := range networks {
			f.Networks = append(f.Networks, netip.MustParsePrefix(n))
		}
		return f
	}
	many := Filter{Ports: []uint16{kafka}}
	for i := range 300 {
		many.Networks = append(many.Networks, netip.MustParsePrefix(fmt.Sprintf("2001:db8::%x/128", i+0x100)))
	}
	manyPorts := Filter{}
	for i := range uint16(150) {
		manyPorts.Ports = append(manyPorts.Ports, 9000+i)
	}
	for _, test := range []struct {
		name   string
		filter Filter
		frame  []byte
		passes bool
	}{
		{"TCP", Filter{}, ethernetFrame(0, etherIPv4, tcp(1, 2)), true},
		{"TCP over IPv6", Filter{}, ethernetFrame(0, etherIPv6, tcp6(1, 2)), true},
		{"ARP", Filter{}, ethernetFrame(0, 0x0806, make([]byte, 28)), false},
		{"UDP", Filter{}, ethernetFrame(0, etherIPv4, udp(53)), false},
		{"ICMP", Filter{}, ethernetFrame(0, etherIPv4, ipv4Packet(1, 0, 0, "10.0.0.7", "10.0.0.2", ports(8, 0)...)), false},
		{"ICMPv6", Filter{}, ethernetFrame(0, etherIPv6, ipv6Packet(58, "::1", "::1", ports(8, 0)...)), false},
		{"to the port", byPort, ethernetFrame(0, etherIPv4, tcp(other, kafka)), true},
		{"from the port", byPort, ethernetFrame(0, etherIPv4, tcp(kafka, other)), true},
		{"another port", byPort, ethernetFrame(0, etherIPv4, tcp(other, 80)), false},
		{"to the port over IPv6", byPort, ethernetFrame(0, etherIPv6, tcp6(other, kafka)), true},
		{"from the port over IPv6", byPort, ethernetFrame(0, etherIPv6, tcp6(kafka, other)), true},
		{"another port over IPv6", byPort, ethernetFrame(0, etherIPv6, tcp6(other, 80)), false},
		{"IP options", byPort, ethernetFrame(0, etherIPv4, ipv4Packet(protoTCP, 0, 12, "10.0.0.7", "10.0.0.2", ports(other, kafka)...)), true},
		{"IP options, another port", byPort, ethernetFrame(0, etherIPv4, ipv4Packet(protoTCP, 0, 12, "10.0.0.7", "10.0.0.2", ports(other, 80)...)), false},
		{"VLAN", byPort, ethernetFrame(1, etherIPv4, tcp(other, kafka)), true},
		{"VLAN, another port", byPort, ethernetFrame(1, etherIPv4, tcp(other, 80)), false},
		{"QinQ", byPort, ethernetFrame(2, etherIPv6, tcp6(other, kafka)), true},
		{"QinQ, another port", byPort, ethernetFrame(2, etherIPv6, tcp6(other, 80)), false},
		{"more tags than are looked behind", byPort, ethernetFrame(3, etherIPv4, tcp(other, 80)), true},
		{"first fragment", byPort, ethernetFrame(0, etherIPv4, ipv4Packet(protoTCP, 0x2000, 0, "10.0.0.7", "10.0.0.2", ports(other, kafka)...)), true},
		{"later fragment, which has no ports", byPort, ethernetFrame(0, etherIPv4, ipv4Packet(protoTCP, 0x0010, 0, "10.0.0.7", "10.0.0.2", 1, 2, 3, 4, 5, 6, 7, 8)), true},
		{"must not be fragmented", byPort, ethernetFrame(0, etherIPv4, ipv4Packet(protoTCP, 0x4000, 0, "10.0.0.7", "10.0.0.2", ports(other, 80)...)), false},
		{"fragment of IPv6", byPort, ethernetFrame(0, etherIPv6, ipv6Packet(protoFragment, "::1", "::1", ports(other, 80)...)), true},
		{"extension header of IPv6", byPort, ethernetFrame(0, etherIPv6, ipv6Packet(protoDestination, "::1", "::1", ports(other, 80)...)), true},
		{"VXLAN", byPort, ethernetFrame(0, etherIPv4, udp(4789)), true},
		{"GENEVE", byPort, ethernetFrame(1, etherIPv4, udp(6081)), true},
		{"GRE", byPort, ethernetFrame(0, etherIPv4, ipv4Packet(protoGRE, 0, 0, "10.0.0.7", "10.0.0.2", 0, 0, 8, 0)), true},
		{"from the host", byHost("10.0.0.7/32"), ethernetFrame(0, etherIPv4, tcp(other, kafka)), true},
		{"to the host", byHost("10.0.0.2/32"), ethernetFrame(0, etherIPv4, tcp(other, kafka)), true},
		{"another host", byHost("10.0.0.3/32"), ethernetFrame(0, etherIPv4, tcp(other, kafka)), false},
		{"a network", byHost("192.168.0.0/16", "10.0.0.4/30"), ethernetFrame(0, etherIPv4, tcp(other, kafka)), true},
		{"another network", byHost("192.168.0.0/16", "10.0.0.8/30"), ethernetFrame(0, etherIPv4, tcp(other, kafka)), false},
		{"any address", byHost("0.0.0.0/0"), ethernetFrame(0, etherIPv4, tcp(other, kafka)), true},
		{"IPv4 networks, an IPv6 packet", byHost("0.0.0.0/0"), ethernetFrame(0, etherIPv6, tcp6(other, kafka)), false},
		{"from the host over IPv6", byHost("2001:db8::7/128"), ethernetFrame(0, etherIPv6, tcp6(other, kafka)), true},
		{"a network of IPv6", byHost("10.0.0.0/8", "2001:db8:1::/47"), ethernetFrame(0, etherIPv6, tcp6(other, kafka)), true},
		{"another network of IPv6", byHost("2001:db8:2::/47"), ethernetFrame(0, etherIPv6, tcp6(other, kafka)), false},
		{"the host, another port", Filter{Ports: []uint16{80}, Networks: byHost("10.0.0.7/32").Networks}, ethernetFrame(0, etherIPv4, tcp(other, kafka)), false},
		{"the port, another host", Filter{Ports: []uint16{kafka}, Networks: byHost("10.0.0.3/32").Networks}, ethernetFrame(0, etherIPv4, tcp(other, kafka)), false},
		{"the port and the host", Filter{Ports: []uint16{kafka}, Networks: byHost("10.0.0.2/32").Networks}, ethernetFrame(0, etherIPv4, tcp(other, kafka)), true},
		{"one of 150 ports", manyPorts, ethernetFrame(0, etherIPv4, tcp(other, 9149)), true},
		{"none of 150 ports", manyPorts, ethernetFrame(0, etherIPv4, tcp(other, 9150)), false},
		{"more hosts than a kernel takes", many, ethernetFrame(0, etherIPv4, tcp(other, 80)), true},
		{"cut short", byPort, ethernetFrame(0, etherIPv4, tcp(other, kafka))[:16], false},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, err := test.filter.program(linkEthernet, 0, 1000)
			if err != nil {
				t.Fatal(err)
			}
			want := 0
			if test.passes {
				want = 1000
			}
			if got := runFilter(t, code, test.frame); got != want {
				t.Errorf("%d bytes pass, want %d", got, want)
			}
		})
	}
}

// runFilter returns how many bytes a program lets through.
func runFilter(t *testing.T, code []bpf.RawInstruction, frame []byte) int {
	t.Helper()
	if len(code) > maxInstructions {
		t.Fatalf("%d instructions, more than a kernel takes", len(code))
	}
	instructions, ok := bpf.Disassemble(code)
	if !ok {
		t.Fatal("the program cannot be disassembled")
	}
	vm, err := bpf.NewVM(instructions)
	if err != nil {
		t.Fatal(err)
	}
	n, err := vm.Run(frame)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestFilterLetsThrough compares the filter with what a packet is found to be:
// it may let more through than is wanted, never less.
func TestFilterLetsThrough(t *testing.T) {
	hosts := []string{"10.0.0.7", "10.0.0.2", "192.168.1.1"}
	filters := []Filter{{}, {Ports: []uint16{9092}}, {Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/29")}},
		{Ports: []uint16{9092}, Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.2/32")}}}
	passed, refused := 0, 0
	for _, f := range filters {
		code, err := f.program(linkEthernet, 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for tags := range 4 {
			for _, src := range hosts {
				for _, dst := range hosts {
					for _, port := range []uint16{80, 9092} {
						frame := ethernetFrame(tags, etherIPv4, ipv4Packet(protoTCP, 0x4000, 8, src, dst, ports(port, 50000)...))
						pk := packet{link: linkEthernet, frame: frame, length: len(frame)}
						var s Segment
						if dissect(&pk, &s) != isTCP {
							t.Fatalf("% x is not found to be TCP", frame)
						}
						wanted := (len(f.Ports) == 0 || slices.Contains(f.Ports, s.Src.Port())) &&
							(len(f.Networks) == 0 || f.Networks[0].Contains(s.Src.Addr()) || f.Networks[0].Contains(s.Dst.Addr()))
						if runFilter(t, code, frame) > 0 {
							passed++
						} else if refused++; wanted {
							t.Errorf("%+v does not let through port %d, %s > %s, behind %d tags", f, port, src, dst, tags)
						}
					}
				}
			}
		}
	}
	if passed == 0 || refused == 0 {
		t.Errorf("%d passed, %d refused: nothing is tested", passed, refused)
	}
}

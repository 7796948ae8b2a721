package capture

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"golang.org/x/net/bpf"
)

// Filter says which connections a live capture is for: those with one of the
// ports, where there are any, and one of the networks, where there are any.
//
// The kernel applies it, so that packets nobody will look at cost little. It
// lets through what it cannot see into: IP fragments, IPv6 extension headers,
// tunnels, packets with more than two VLAN tags (of all interfaces together,
// with a tag that the kernel leaves on), and all TCP where the lists are too
// long for it. What comes out of these is to be chosen from again.
type Filter struct {
	Ports    []uint16
	Networks []netip.Prefix
}

const (
	// packetOutgoing is the type of a packet that its machine sends
	// (PACKET_OUTGOING in linux/if_packet.h).
	packetOutgoing = 4

	// maxInstructions is what a kernel takes (BPF_MAXINSNS in
	// linux/bpf_common.h).
	maxInstructions = 4096

	// maxTags is how many VLAN tags are looked behind.
	maxTags = 2
)

// program returns the filter for a packet socket whose packets have the given
// link type: Ethernet or raw IP. A packet that passes is cut to snapLength
// bytes. Loopback is the index of the loopback interface, which shows each
// packet twice, when it is sent and when it is received: the first is dropped.
// At 0, none is.
func (f Filter) program(link uint32, loopback int, snapLength uint32) ([]bpf.RawInstruction, error) {
	code := f.assemble(link, loopback, snapLength)
	if len(code.instructions) > maxInstructions {
		// All that the lists would have told apart is for the reader to sort out.
		code = Filter{}.assemble(link, loopback, snapLength)
	}
	return bpf.Assemble(code.resolve())
}

func (f Filter) assemble(link uint32, loopback int, snapLength uint32) *assembly {
	a := new(assembly)
	a.accept, a.reject = a.label(), a.label()
	if loopback != 0 {
		a.dropSent(loopback)
	}
	if link == linkEthernet {
		f.ethernet(a)
	} else {
		f.cooked(a)
	}
	a.jump(a.reject)
	a.place(a.accept)
	a.add(bpf.RetConstant{Val: snapLength})
	a.place(a.reject)
	a.add(bpf.RetConstant{Val: 0})
	return a
}

// dropSent rejects what the loopback interface sends.
func (a *assembly) dropSent(loopback int) {
	other := a.label()
	a.add(bpf.LoadExtension{Num: bpf.ExtInterfaceIndex})
	a.unless(uint32(loopback), other)
	a.add(bpf.LoadExtension{Num: bpf.ExtType})
	a.when(packetOutgoing, a.reject)
	a.place(other)
}

// ethernet goes past an Ethernet header and VLAN tags.
func (f Filter) ethernet(a *assembly) {
	for tags := range uint32(maxTags + 1) {
		etherType := 12 + 4*tags
		v4, v6, tagged := a.label(), a.label(), a.label()
		a.add(bpf.LoadAbsolute{Off: etherType, Size: 2})
		a.when(etherIPv4, v4)
		a.when(etherIPv6, v6)
		a.whenTag(tagged)
		a.jump(a.reject)
		a.place(v4)
		f.ipv4(a, etherType+2)
		a.place(v6)
		f.ipv6(a, etherType+2)
		a.place(tagged)
	}
	a.jump(a.accept)
}

// cooked begins where the kernel has taken the link layer header off and says
// itself what follows.
func (f Filter) cooked(a *assembly) {
	v4, v6 := a.label(), a.label()
	a.add(bpf.LoadExtension{Num: bpf.ExtProto})
	a.when(etherIPv4, v4)
	a.when(etherIPv6, v6)
	a.whenTag(a.accept)
	a.jump(a.reject)
	a.place(v4)
	f.ipv4(a, 0)
	a.place(v6)
	f.ipv6(a, 0)
}

func (a *assembly) whenTag(label int) {
	for _, tag := range []uint32{etherVLAN, etherQinQ, etherOldQ, etherOldR} {
		a.when(tag, label)
	}
}

// ipv4 judges a packet whose IPv4 header stands at offset ip.
func (f Filter) ipv4(a *assembly, ip uint32) {
	tcp := a.label()
	a.add(bpf.LoadAbsolute{Off: ip + 6, Size: 2})
	a.whenAny(0x3fff, a.accept) // more fragments, or an offset
	a.add(bpf.LoadAbsolute{Off: ip + 9, Size: 1})
	a.when(protoTCP, tcp)
	a.when(protoGRE, a.accept)
	a.unless(protoUDP, a.reject)
	a.add(bpf.LoadMemShift{Off: ip}, bpf.LoadIndirect{Off: ip + 2, Size: 2})
	a.whenTunnel()
	a.jump(a.reject)

	a.place(tcp)
	f.host(a, func(n netip.Prefix) bool { return n.Addr().Is4() }, ip+12, ip+16)
	if len(f.Ports) > 0 {
		a.add(bpf.LoadMemShift{Off: ip})
		f.port(a, bpf.LoadIndirect{Off: ip, Size: 2}, bpf.LoadIndirect{Off: ip + 2, Size: 2})
		a.jump(a.reject)
	}
	a.jump(a.accept)
}

// ipv6 judges a packet whose IPv6 header stands at offset ip.
func (f Filter) ipv6(a *assembly, ip uint32) {
	tcp := a.label()
	a.add(bpf.LoadAbsolute{Off: ip + 6, Size: 1})
	a.when(protoTCP, tcp)
	a.when(protoGRE, a.accept)
	for protocol := range uint32(256) {
		if isExtension(byte(protocol)) {
			a.when(protocol, a.accept)
		}
	}
	a.unless(protoUDP, a.reject)
	a.add(bpf.LoadAbsolute{Off: ip + 42, Size: 2})
	a.whenTunnel()
	a.jump(a.reject)

	a.place(tcp)
	f.host(a, func(n netip.Prefix) bool { return n.Addr().Is6() }, ip+8, ip+24)
	if len(f.Ports) > 0 {
		f.port(a, bpf.LoadAbsolute{Off: ip + 40, Size: 2}, bpf.LoadAbsolute{Off: ip + 42, Size: 2})
		a.jump(a.reject)
	}
	a.jump(a.accept)
}

func (a *assembly) whenTunnel() {
	for _, port := range []uint32{portVXLAN, portVXLANLinux, portGENEVE} {
		a.when(port, a.accept)
	}
}

// port accepts a packet one of whose ports, as src and dst load them, is
// wanted.
func (f Filter) port(a *assembly, src, dst bpf.Instruction) {
	for _, load := range []bpf.Instruction{src, dst} {
		a.add(load)
		for _, port := range f.Ports {
			a.when(uint32(port), a.accept)
		}
	}
}

// host rejects a packet neither of whose addresses, at offsets src and dst, is
// in one of the networks of its family.
func (f Filter) host(a *assembly, ofFamily func(netip.Prefix) bool, src, dst uint32) {
	if len(f.Networks) == 0 {
		return
	}
	wanted := a.label()
	for _, n := range f.Networks {
		if ofFamily(n) {
			a.within(n, src, wanted)
			a.within(n, dst, wanted)
		}
	}
	a.jump(a.reject)
	a.place(wanted)
}

// within jumps to the label where the address at an offset is in the network.
func (a *assembly) within(n netip.Prefix, address uint32, label int) {
	no := a.label()
	network := n.Masked().Addr().AsSlice()
	for word := 0; word*32 < n.Bits(); word++ {
		a.add(bpf.LoadAbsolute{Off: address + uint32(word)*4, Size: 4})
		if bits := n.Bits() - word*32; bits < 32 {
			a.add(bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: ^uint32(0) << (32 - bits)})
		}
		a.unless(binary.BigEndian.Uint32(network[word*4:]), no)
	}
	a.jump(label)
	a.place(no)
}

// assembly is a program in the making. Conditional jumps reach no further than
// 255 instructions, so that each here only decides whether to take a long one.
type assembly struct {
	accept, reject int // labels

	instructions []bpf.Instruction
	labels       []int       // where each is placed
	jumps        map[int]int // instructions to be made jumps, and their labels
}

// label makes a label, to be placed behind all that jump to it.
func (a *assembly) label() int {
	a.labels = append(a.labels, 0)
	return len(a.labels) - 1
}

func (a *assembly) place(label int) { a.labels[label] = len(a.instructions) }

func (a *assembly) add(i ...bpf.Instruction) { a.instructions = append(a.instructions, i...) }

func (a *assembly) jump(label int) {
	if a.jumps == nil {
		a.jumps = make(map[int]int)
	}
	a.jumps[len(a.instructions)] = label
	a.add(nil)
}

// when jumps to the label where the accumulator is value.
func (a *assembly) when(value uint32, label int) {
	a.add(bpf.JumpIf{Cond: bpf.JumpEqual, Val: value, SkipFalse: 1})
	a.jump(label)
}

// unless jumps to the label where it is not.
func (a *assembly) unless(value uint32, label int) {
	a.add(bpf.JumpIf{Cond: bpf.JumpEqual, Val: value, SkipTrue: 1})
	a.jump(label)
}

// whenAny jumps to the label where the accumulator has one of the bits of mask.
func (a *assembly) whenAny(mask uint32, label int) {
	a.add(bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: mask, SkipFalse: 1})
	a.jump(label)
}

// resolve returns the instructions, their jumps filled in.
func (a *assembly) resolve() []bpf.Instruction {
	done := slices.Clone(a.instructions)
	for at, label := range a.jumps {
		done[at] = bpf.Jump{Skip: uint32(a.labels[label] - at - 1)}
	}
	return done
}

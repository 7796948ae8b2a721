package capture

import (
	"bytes"
	"fmt"
	"strings"
	"syscall"
	"testing"
)

func TestUntag(t *testing.T) {
	v4 := ipv4Packet(protoTCP, 0, 0, "10.0.0.7", "10.0.0.2", ports(53422, 9092)...)
	// An IPv4 packet whose length looks like the EtherType of a tag.
	long := ipv4Packet(protoTCP, 0, 0, "10.0.0.7", "10.0.0.2", make([]byte, etherIPv4-20)...)
	v6 := ipv6Packet(protoTCP, "fd00::7", "fd00::2", ports(53422, 9092)...)
	label := bytes.Clone(v6) // a flow label that looks like it
	label[2], label[3] = 0x81, 0x00
	arp := []byte{0x00, 0x64, 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1} // behind a tag
	for _, test := range []struct {
		name string
		tags []byte
		rest []byte
	}{
		{"none", nil, v4},
		{"none, IPv6", nil, v6},
		{"a length like an EtherType", nil, long},
		{"a label like an EtherType", nil, label},
		{"padding", nil, append(bytes.Clone(v4), make([]byte, 6)...)},
		{"one", []byte{0x00, 0x64, 0x08, 0x00}, v4},
		{"priority 2", []byte{0x40, 0x64, 0x08, 0x00}, v4},
		{"priority 2, a high number", []byte{0x4f, 0xff, 0x08, 0x00}, v4},
		{"priority 3", []byte{0x60, 0x64, 0x08, 0x00}, v4},
		{"priority 3, IPv6", []byte{0x60, 0x64, 0x86, 0xdd}, v6},
		{"two", []byte{0x60, 0x64, 0x81, 0x00, 0x40, 0x64, 0x08, 0x00}, v4},
		{"another inside", []byte{0x00, 0x64, 0x08, 0x00}, long},
		{"no IP", nil, arp},
		{"cut off", nil, []byte{0x40, 0x64}},
	} {
		pk := packet{frame: append(bytes.Clone(test.tags), test.rest...)}
		pk.length = len(pk.frame)
		pk.untag()
		if !bytes.Equal(pk.frame, test.rest) || pk.length != len(test.rest) {
			t.Errorf("%s: %x is left, %d bytes long, want %x", test.name, pk.frame, pk.length, test.rest)
		}
	}
}

// TestNoMemory has the kernel refuse the ring, as the library tells it.
func TestNoMemory(t *testing.T) {
	err := openingError(LiveOptions{Interface: "eth0", Buffer: 64 << 20}, fmt.Errorf("setsockopt packet_rx_ring v3: %v", syscall.ENOMEM))
	if !strings.Contains(err.Error(), "64 MiB; ask for less (-B)") {
		t.Errorf("%v", err)
	}
}

package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/gopacket/gopacket/afpacket"
	"golang.org/x/sys/unix"
)

const (
	// blockSize is the unit in which the kernel hands packets over. A block
	// holds at least one packet of any size.
	blockSize = 1 << 20

	// minBlocks lets the kernel fill one block while another is read.
	minBlocks = 2

	// shortNap and longNap are the times between looks for packets, when some
	// have come and when none come. Go's runtime watches over a thread that waits
	// in poll(2), thousands of times a second, but not over a goroutine that
	// sleeps.
	shortNap = 10 * time.Millisecond
	longNap  = 50 * time.Millisecond
)

// packetRing is a packet socket's ring (packet(7), PACKET_RX_RING).
type packetRing struct {
	name    string
	index   int // of the interface, 0 for all
	socket  *afpacket.TPacket
	link    uint32
	begin   int64 // packets of before came past no filter
	started bool  // a later one has come
	drops   int64

	nap time.Duration // before the next look
}

func openRing(o LiveOptions) (ring, error) {
	r := &packetRing{name: o.Interface, link: linkRaw}
	socket := []any{
		afpacket.TPacketVersion3,
		afpacket.OptBlockSize(blockSize), afpacket.OptFrameSize(blockSize),
		afpacket.OptNumBlocks(max(minBlocks, o.Buffer/blockSize)),
		afpacket.OptBlockTimeout(handOver), afpacket.OptPollTimeout(0),
	}
	promiscuous := false
	if o.Interface != AnyInterface {
		it, err := net.InterfaceByName(o.Interface)
		if err != nil {
			return nil, fmt.Errorf("%s: there is no such interface; there are %s", o.Interface, strings.Join(interfaceNames(), ", "))
		}
		if it.Flags&net.FlagUp == 0 {
			return nil, fmt.Errorf("%s: it is down; bring it up (ip link set %[1]s up)", o.Interface)
		}
		r.index = it.Index
		socket = append(socket, afpacket.OptInterface(o.Interface))
		if hasEthernetHeader(o.Interface) {
			r.link = linkEthernet
			promiscuous = o.Promiscuous && it.Flags&net.FlagLoopback == 0
		}
	}
	if r.link == linkEthernet {
		// The kernel, or the network card, takes VLAN tags out. They are put back
		// where somebody may look for them.
		socket = append(socket, afpacket.SocketRaw, afpacket.OptAddVLANHeader(o.Save != nil))
	} else {
		// The kernel takes off what each of the interfaces has in front of IP.
		socket = append(socket, afpacket.SocketDgram)
	}
	program, err := o.Filter.program(r.link, loopbackIndex(), uint32(o.SnapLength))
	if err != nil {
		return nil, fmt.Errorf("%s: the filter: %w", o.Interface, err)
	}
	if r.socket, err = afpacket.NewTPacket(socket...); err != nil {
		return nil, openingError(o, err)
	}
	if err := r.socket.SetBPF(program); err != nil {
		r.close()
		return nil, fmt.Errorf("%s: the kernel refuses the filter: %w", o.Interface, err)
	}
	if promiscuous {
		if err := r.socket.SetPromiscuous(true); err != nil {
			r.close()
			return nil, fmt.Errorf("%s: promiscuous mode: %w; go without it (-p)", o.Interface, err)
		}
	}
	r.begin = time.Now().UnixNano()
	return r, nil
}

// openingError says what to do about a packet socket that could not be opened.
func openingError(o LiveOptions, err error) error {
	switch {
	case errors.Is(err, syscall.EPERM):
		self, _ := os.Executable()
		return fmt.Errorf("%s: capturing is not permitted; run it by sudo, or allow it once and for all: sudo setcap cap_net_raw+ep %s", o.Interface, self)
	// What is wrong with the ring comes as text alone.
	case strings.Contains(err.Error(), syscall.ENOMEM.Error()):
		return fmt.Errorf("%s: no memory for a buffer of %d MiB; ask for less (-B)", o.Interface, o.Buffer>>20)
	}
	return fmt.Errorf("%s: it cannot be captured from: %w", o.Interface, err)
}

// hasEthernetHeader tells whether an interface's packets have one.
func hasEthernetHeader(name string) bool {
	request, err := unix.NewIfreq(name)
	if err != nil {
		return false
	}
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(socket)
	if unix.IoctlIfreq(socket, unix.SIOCGIFHWADDR, request) != nil {
		return false
	}
	hardware := request.Uint16() // the family of the hardware address
	return hardware == unix.ARPHRD_ETHER || hardware == unix.ARPHRD_LOOPBACK
}

// loopbackIndex is the index of the loopback interface, 0 where there is none.
func loopbackIndex() int {
	all, _ := net.Interfaces()
	for _, it := range all {
		if it.Flags&net.FlagLoopback != 0 {
			return it.Index
		}
	}
	return 0
}

func interfaceNames() []string {
	names := []string{AnyInterface}
	all, _ := net.Interfaces()
	for _, it := range all {
		names = append(names, it.Name)
	}
	return names
}

func (r *packetRing) next(pk *packet) error {
	for {
		time.Sleep(r.nap)
		data, info, err := r.socket.ZeroCopyReadPacketData()
		if err == afpacket.ErrPoll {
			// What came before the interface went down is still to be handed over.
			time.Sleep(2 * handOver)
			data, info, err = r.socket.ZeroCopyReadPacketData()
		}
		switch {
		case err == afpacket.ErrTimeout:
			r.nap = min(max(2*r.nap, shortNap), longNap)
			return errQuiet
		case err == afpacket.ErrPoll:
			return r.outage()
		case err != nil:
			return fmt.Errorf("%s: it cannot be captured from any more: %w", r.name, err)
		}
		r.nap = 0
		pk.time = info.Timestamp.UnixNano()
		if !r.started && pk.time < r.begin {
			continue
		}
		r.started = true
		pk.nanoseconds = true
		pk.link, pk.frame, pk.length = r.link, data, info.Length
		pk.index = info.InterfaceIndex
		if r.link == linkRaw {
			pk.untag()
		}
		return nil
	}
}

// untag takes off the VLAN tags that the kernel leaves on a packet without link
// layer header: all but the first, or all where the first is of a kind that it
// does not know. Neither does it say whether there are any.
func (pk *packet) untag() {
	if pk.isWholeIP() {
		return
	}
	for tagged := true; tagged && len(pk.frame) >= 4; {
		switch binary.BigEndian.Uint16(pk.frame[2:]) {
		case etherVLAN, etherQinQ, etherOldQ, etherOldR:
		case etherIPv4, etherIPv6:
			tagged = false
		default:
			return
		}
		pk.frame, pk.length = pk.frame[4:], pk.length-4
	}
}

// isWholeIP reports whether a frame begins with an IP header that gives the
// frame's length as its own. A tag of priority 2 or 3 looks like such a header
// but for that.
func (pk *packet) isWholeIP() bool {
	f := pk.frame
	if len(f) < 6 {
		return false
	}
	switch f[0] >> 4 {
	case 4:
		return int(binary.BigEndian.Uint16(f[2:])) == pk.length
	case 6:
		return int(binary.BigEndian.Uint16(f[4:]))+40 == pk.length
	}
	return false
}

// outage says what became of the interface. Where it was down only for a
// moment, the kernel hands packets on again once it has told that.
func (r *packetRing) outage() error {
	it, err := net.InterfaceByName(r.name)
	switch {
	case err != nil || it.Index != r.index:
		return fmt.Errorf("%s: the interface is gone", r.name)
	case it.Flags&net.FlagUp == 0:
		return fmt.Errorf("%s: the interface went down", r.name)
	}
	// It tells that as the error of the next call, in place of what this is
	// called for.
	if err := r.socket.WritePacketData([]byte{0}); err != syscall.ENETDOWN {
		return fmt.Errorf("%s: it cannot be captured from any more: %w", r.name, err)
	}
	return errOutage
}

func (r *packetRing) dropped() int64 {
	if _, stats, err := r.socket.SocketStats(); err == nil {
		r.drops = int64(stats.Drops())
	}
	return r.drops
}

func (r *packetRing) close() { r.socket.Close() }

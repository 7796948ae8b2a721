package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/kdump/kdump/capture"
)

// flood is a capture file that is made while it is read: packet says what the
// next packet is, false that there is none. When the end is reached, all of
// the capture's connections being open, it notes how much memory is in use.
type flood struct {
	packet func(n int, p *capture.Segment) bool
	n      int
	filled int // bytes of filler behind the packets
	buf    bytes.Buffer
	heap   uint64
}

// filler is how many bytes come behind the packets that say nothing: more than
// kdump reads ahead, so that it is done with the packets when the end is reached.
const filler = 4 << 20

func (f *flood) Read(b []byte) (int, error) {
	if f.n == 0 {
		f.buf.Write([]byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0})
	}
	for f.buf.Len() < len(b) {
		p := capture.Segment{Time: int64(f.n) * int64(time.Microsecond)}
		if f.packet(f.n, &p) {
			f.n++
			f.write(&p)
		} else if f.filled < filler {
			f.fill()
		} else {
			break
		}
	}
	n, err := f.buf.Read(b)
	if err == io.EOF && f.heap == 0 {
		f.heap = heapAlloc()
	}
	return n, err
}

// heapAlloc gives the bytes in use. The second collection is for what pools
// keep beyond the first.
func heapAlloc() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// write writes a packet record of an IPv4 packet.
func (f *flood) write(p *capture.Segment) {
	size := 40 + len(p.Payload)
	r := make([]byte, 0, 16+40)
	for _, v := range []uint32{uint32(p.Time / 1e9), uint32(p.Time % 1e9 / 1e3), uint32(size), uint32(size)} {
		r = binary.LittleEndian.AppendUint32(r, v)
	}
	r = append(r, 0x45, 0, byte(size>>8), byte(size), 0, 0, 0, 0, 64, 6, 0, 0)
	r = append(append(r, p.Src.Addr().AsSlice()...), p.Dst.Addr().AsSlice()...)
	r = binary.BigEndian.AppendUint16(r, p.Src.Port())
	r = binary.BigEndian.AppendUint16(r, p.Dst.Port())
	r = binary.BigEndian.AppendUint32(r, p.Seq)
	r = binary.BigEndian.AppendUint32(r, p.Ack)
	f.buf.Write(append(r, 5<<4, p.Flags, 0xff, 0xff, 0, 0, 0, 0))
	f.buf.Write(p.Payload)
}

// fill writes a packet record of an IPv4 packet of UDP.
func (f *flood) fill() {
	const size = 60_000
	r := make([]byte, 16+size)
	binary.LittleEndian.PutUint32(r[8:], size)
	binary.LittleEndian.PutUint32(r[12:], size)
	const udp = 17
	r[16], r[18], r[19], r[25] = 0x45, size>>8, size&0xff, udp
	f.buf.Write(r)
	f.filled += len(r)
}

// between sets the ends of a packet: client n and a broker.
func between(n int, p *capture.Segment) {
	p.Src = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(n >> 24), byte(n >> 16), byte(n >> 8)}), uint16(1024+n&0xff))
	p.Dst = netip.MustParseAddrPort("192.0.2.1:9092")
}

// inRooms has pieces of one byte wait, in connections without a beginning, after
// large ones have waited in another.
func inRooms(n int, p *capture.Segment) bool {
	const large, each = 4096, 900
	cycle, n := n/(2*each+1), n%(2*each+1)
	p.Flags, p.Payload = capture.ACK|capture.PSH, bytes.Repeat([]byte("z"), large)
	between(0, p)
	p.Seq = uint32(cycle * (each*large + 1))
	switch {
	case n < each: // behind a hole
		p.Seq += uint32(1 + n*large)
	case n == each: // which is filled
		p.Payload = p.Payload[:1]
	default:
		between(1+cycle/8, p)
		p.Seq, p.Payload = uint32(2*(cycle*each+n)), p.Payload[:1]
	}
	return cycle < 48
}

// TestScale has captures that are hostile, or just large, and looks at how
// much memory kdump holds when all has come.
func TestScale(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds' work")
	}
	const MiB = 1 << 20
	apiVersions := []byte("\x00\x00\x00\x11\x00\x12\x00\x00\x00\x00\x00\x07\x00\x07service")
	kilobyte := bytes.Repeat([]byte("payload."), 128)
	for _, test := range []struct {
		name   string
		packet func(n int, p *capture.Segment) bool
		most   uint64 // bytes held
		talk   string
	}{
		{"100,000 connections, each with a request that waits", func(n int, p *capture.Segment) bool {
			between(n/2, p)
			if n%2 == 0 {
				p.Seq, p.Flags = 100, capture.SYN
			} else {
				p.Seq, p.Flags, p.Payload = 101, capture.ACK|capture.PSH, apiVersions
			}
			return n < 200_000
		}, 140 * MiB, "100000 requests without response"},
		{"a flood of a million SYNs", func(n int, p *capture.Segment) bool {
			between(n, p)
			p.Seq, p.Flags = uint32(n), capture.SYN
			return n < 1_000_000
		}, 100 * MiB, "1000000 connections (0 Kafka)"},
		{"a hole that nothing ever fills", func(n int, p *capture.Segment) bool {
			between(0, p)
			switch {
			case n == 0:
				p.Seq, p.Flags = 100, capture.SYN
			case n == 1:
				p.Seq, p.Flags, p.Payload = 101, capture.ACK, apiVersions
			default:
				p.Seq, p.Flags, p.Payload = uint32(200+2*n*len(kilobyte)), capture.ACK, kilobyte
			}
			return n < 200_000
		}, 100 * MiB, "1 connection (1 Kafka)"},
		{"a hole in each of 20,000 connections", func(n int, p *capture.Segment) bool {
			between(n%20_000, p)
			if n < 20_000 {
				p.Seq, p.Flags = 100, capture.SYN
			} else {
				p.Seq, p.Flags, p.Payload = uint32(200+n/20_000*len(kilobyte)), capture.ACK, kilobyte
			}
			return n < 300_000
		}, 160 * MiB, "20000 connections (0 Kafka)"},
		{"messages that never end", func(n int, p *capture.Segment) bool {
			between(n%1000, p)
			switch n / 1000 {
			case 0:
				p.Seq, p.Flags = 100, capture.SYN
			case 1: // a Metadata request of 100 MB
				p.Seq, p.Flags, p.Payload = 101, capture.ACK, []byte("\x06\x00\x00\x00\x00\x03\x00\x01\x00\x00\x00\x07\x00\x07service\x00\x10\x00\x00")
			default:
				name := append([]byte{byte((len(kilobyte) - 2) >> 8), byte((len(kilobyte) - 2) & 0xff)}, kilobyte[2:]...)
				p.Seq, p.Flags, p.Payload = uint32(101+25+(n/1000-2)*len(name)), capture.ACK, name
			}
			return n < 300_000
		}, 160 * MiB, "1000 connections (1000 Kafka)"},
		{"single bytes behind holes, after large segments", inRooms, 40 * MiB, "7 connections (0 Kafka)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := heapAlloc() // other tests' too
			f := &flood{packet: test.packet}
			var talk strings.Builder
			begin := time.Now()
			code := run([]string{"read", "-f", "ndjson", "-"}, streams{f, io.Discard, &talk})
			held := f.heap - min(before, f.heap)
			t.Logf("%d packets, %d MiB held at the end, %.1f s: %s", f.n, held/MiB, time.Since(begin).Seconds(), &talk)
			if code != exitDone || !strings.Contains(talk.String(), test.talk) {
				t.Errorf("exit code %d; said %q, not %q", code, &talk, test.talk)
			}
			if held > test.most {
				t.Errorf("%d MiB are held, at most %d were to be", held/MiB, test.most/MiB)
			}
		})
	}
}

// TestMaxWaiting has 3 MB wait behind holes, of which there is room for all, or
// for a part.
func TestMaxWaiting(t *testing.T) {
	apiVersions := []byte("\x00\x00\x00\x11\x00\x12\x00\x00\x00\x00\x00\x07\x00\x07service")
	const connections = 100
	for _, test := range []struct {
		size    string
		givenUp bool
	}{{"64M", false}, {"1M", true}, {"512k", true}} {
		f := &flood{packet: func(n int, p *capture.Segment) bool {
			between(n%connections, p)
			p.Seq, p.Flags, p.Payload = 101, capture.ACK|capture.PSH, apiVersions
			if n >= connections {
				p.Seq, p.Payload = uint32(200+n/connections*1000), bytes.Repeat([]byte("x"), 1000)
			}
			return n < 31*connections
		}}
		var out, talk strings.Builder
		code := run([]string{"read", "-f", "ndjson", "--max-waiting", test.size, "-"}, streams{f, &out, &talk})
		if givenUp := strings.Contains(out.String(), `"reason":"given up: memory"`); code != exitDone || givenUp != test.givenUp {
			t.Errorf("%s: exit code %d, given up %t: %s", test.size, code, givenUp, &talk)
		}
	}
	var talk strings.Builder
	code := run([]string{"read", "--max-waiting", "2G", "x"}, streams{strings.NewReader(""), io.Discard, &talk})
	if want := `--max-waiting is a number of bytes up to 1G, such as 512k or 64M, not "2G"`; code != exitUsage || !strings.Contains(talk.String(), want) {
		t.Errorf("exit code %d: %s", code, &talk)
	}
}

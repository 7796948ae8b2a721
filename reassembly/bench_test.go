package reassembly

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"testing"
)

// counter is a Stream that only counts.
type counter struct{ bytes, missing, closed int64 }

func (c *counter) Data(_ int, _ int64, b []byte)            { c.bytes += int64(len(b)) }
func (c *counter) Gap(_ int, _ int64, size int64, _ string) { c.missing += size }
func (c *counter) CloseDirection(int, int64)                {}
func (c *counter) Close(int64, string)                      { c.closed++ }

func countingAssembler(o Options) (*Assembler, *counter) {
	c := &counter{}
	return New(func(Start) Stream { return c }, o), c
}

// client returns the address of one of many clients.
func client(i int) netip.AddrPort {
	var ip [4]byte
	binary.BigEndian.PutUint32(ip[:], 10<<24|uint32(i>>8))
	return netip.AddrPortFrom(netip.AddrFrom4(ip), uint16(1024+i&0xff))
}

// establish opens a connection whose next sequence numbers are 1 both ways.
func establish(a *Assembler, from netip.AddrPort) {
	a.Segment(&Segment{Src: from, Dst: hostB, Flags: flagSYN})
	a.Segment(&Segment{Src: hostB, Dst: from, Flags: flagSYN | flagACK, Ack: 1})
	a.Segment(&Segment{Src: from, Dst: hostB, Flags: flagACK, Seq: 1, Ack: 1})
}

func BenchmarkInOrder(b *testing.B) {
	a, _ := countingAssembler(Options{})
	establish(a, hostA)
	payload := make([]byte, 1448)
	s := Segment{Src: hostA, Dst: hostB, Flags: flagACK, Seq: 1, Ack: 1, Payload: payload}
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		s.Time += 1000
		a.Segment(&s)
		s.Seq += uint32(len(payload))
	}
}

// BenchmarkConnections is in-order data and its acknowledgement on many
// connections by turns.
func BenchmarkConnections(b *testing.B) {
	for _, n := range []int{100, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			a, _ := countingAssembler(Options{})
			clients := make([]netip.AddrPort, n)
			seqs := make([]uint32, n)
			for i := range clients {
				clients[i], seqs[i] = client(i), 1
				establish(a, clients[i])
			}
			payload := make([]byte, 1448)
			var time int64
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				time += 1000
				c := (i / 2 * 7919) % n
				if i%2 == 0 {
					a.Segment(&Segment{Time: time, Src: clients[c], Dst: hostB, Flags: flagACK, Seq: seqs[c], Ack: 1, Payload: payload})
					seqs[c] += uint32(len(payload))
				} else {
					a.Segment(&Segment{Time: time, Src: hostB, Dst: clients[c], Flags: flagACK, Seq: 1, Ack: seqs[c]})
				}
				i++
			}
		})
	}
}

// BenchmarkWorstCase is the cost of a packet where TCP, or somebody, does its
// worst. A cost that grew with the number of packets would show as times that
// grow with the benchmark's duration.
func BenchmarkWorstCase(b *testing.B) {
	const size = 1448
	for _, test := range []struct {
		name string
		size uint32
		seq  func(i uint32) uint32 // of the i-th packet, in packets
	}{
		{"endless hole", size, func(i uint32) uint32 { return i + 1 }},
		{"endless hole, tiny packets", 1, func(i uint32) uint32 { return i + 1 }},
		{"every other packet lost", size, func(i uint32) uint32 { return 2 * i }},
		{"pairs swapped", size, func(i uint32) uint32 { return i ^ 1 }},
		{"thousands reversed", size, func(i uint32) uint32 { return i&^1023 + 1023 - i&1023 }},
		{"thousands reversed, tiny packets", 1, func(i uint32) uint32 { return i&^16383 + 16383 - i&16383 }},
		{"scattered, tiny packets", 1, func(i uint32) uint32 { return i&^16383 + i*7919&16383 }},
		{"all captured twice", size, func(i uint32) uint32 { return i / 2 }},
	} {
		b.Run(test.name, func(b *testing.B) {
			a, _ := countingAssembler(Options{})
			establish(a, hostA)
			s := Segment{Src: hostA, Dst: hostB, Flags: flagACK, Ack: 1, Payload: make([]byte, test.size)}
			i := uint32(0)
			b.ReportAllocs()
			for b.Loop() {
				s.Time += 1000
				s.Seq = 1 + test.seq(i)*test.size
				a.Segment(&s)
				i++
			}
			b.ReportMetric(float64(a.Stats().MaxWaiting)/(1<<20), "MiB-waiting")
		})
	}
}

func BenchmarkSYNFlood(b *testing.B) {
	a, _ := countingAssembler(Options{})
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		a.Segment(&Segment{Time: int64(i) * 1000, Src: client(i & (1<<23 - 1)), Dst: hostB, Flags: flagSYN, Seq: uint32(i)})
		i++
	}
}

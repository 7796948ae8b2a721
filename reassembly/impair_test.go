package reassembly

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
)

// A packet is a segment of a talk, in offsets of the bytes of its direction.
// A SYN is at offset -1.
type packet struct {
	talk     int
	dir      int
	from, to int
	ack      int // offset in the other direction, -1 for none
	flags    uint8
	cut      int   // how much of to the capture lacks
	time     int64 // unique
}

// A talk is one connection as it really was.
type talk struct {
	isn  [2]uint32
	sent [2][]byte
}

// newTalk makes up a connection and the packets of a perfect capture of it.
func newTalk(rng *rand.Rand, number int) (*talk, []packet) {
	t := &talk{isn: [2]uint32{rng.Uint32(), rng.Uint32()}}
	if rng.IntN(2) == 0 { // the sequence numbers wrap soon
		t.isn[rng.IntN(2)] = -uint32(rng.IntN(20_000))
	}
	packets := []packet{
		{talk: number, from: -1, to: 0, ack: -1, flags: flagSYN},
		{talk: number, dir: 1, from: -1, to: 0, ack: 0, flags: flagSYN | flagACK},
		{talk: number, ack: 0, flags: flagACK},
	}
	sizes := []int{1, 2, 7, 40, 500, 1448, 1448, 4000}
	var acked [2]int // by the other side
	for range 20 + rng.IntN(120) {
		dir := rng.IntN(2)
		for range 1 + rng.IntN(6) {
			n := sizes[rng.IntN(len(sizes))]
			from := len(t.sent[dir])
			for range n {
				t.sent[dir] = append(t.sent[dir], byte(rng.Uint32()))
			}
			if rng.IntN(3) > 0 {
				acked[1-dir] = len(t.sent[1-dir])
			}
			packets = append(packets, packet{talk: number, dir: dir, from: from, to: from + n, ack: acked[1-dir], flags: flagACK})
		}
		if rng.IntN(2) == 0 {
			acked[dir] = len(t.sent[dir])
			packets = append(packets, packet{talk: number, dir: 1 - dir, from: len(t.sent[1-dir]), to: len(t.sent[1-dir]), ack: acked[dir], flags: flagACK})
		}
	}
	for dir := range 2 {
		end := len(t.sent[dir])
		ack := len(t.sent[1-dir]) + dir // the second acknowledges the first FIN
		packets = append(packets, packet{talk: number, dir: dir, from: end, to: end, ack: ack, flags: flagACK | flagFIN})
	}
	return t, packets
}

// impairment says what a capture suffers, as probabilities per packet but for
// start and stop, which are of the whole capture.
type impairment struct {
	lose, burst, swap, double, overlap, cut float64
	start, stop                             bool
	oneSide                                 bool
	reuse                                   bool // another connection of the same endpoints follows at once
}

func (im impairment) apply(rng *rand.Rand, t []*talk, packets []packet) []packet {
	if im.start {
		packets = packets[rng.IntN(len(packets)):]
	}
	if im.stop {
		packets = packets[:rng.IntN(len(packets)+1)]
	}
	var out []packet
	for i, p := range packets {
		out = append(out, p)
		if rng.Float64() < im.double {
			out = append(out, packets[max(0, i-rng.IntN(10))])
		}
		if size := p.to; rng.Float64() < im.overlap && size > 0 {
			// Bytes already sent come again, in other segments. They acknowledge what
			// the earliest of them did, as a copy of it would.
			q := p
			q.flags &^= flagFIN | flagSYN
			q.from = max(0, size-1-rng.IntN(6000))
			q.to = q.from + 1 + rng.IntN(size-q.from)
			for _, r := range packets[:i+1] {
				if r.talk == p.talk && r.dir == p.dir && r.flags&flagSYN == 0 && r.to > q.from {
					q.ack = r.ack
					break
				}
			}
			out = append(out, q)
		}
	}
	lost := 0
	out = slices.DeleteFunc(out, func(p packet) bool {
		if rng.Float64() < im.burst {
			lost = rng.IntN(12)
		}
		lost--
		return lost >= 0 || rng.Float64() < im.lose || im.oneSide && p.dir == 1
	})
	for i := range out {
		if rng.Float64() < im.swap {
			j := min(len(out)-1, i+rng.IntN(8))
			p := out[i]
			copy(out[i:j], out[i+1:j+1])
			out[j] = p
		}
		if p := &out[i]; rng.Float64() < im.cut && p.to > p.from && p.flags&flagSYN == 0 {
			p.cut = 1 + rng.IntN(p.to-p.from)
		}
	}
	var now int64
	for i := range out {
		now += 1000 * (1 + rng.Int64N(100))
		out[i].time = now
	}
	return out
}

func (p *packet) segment(t *talk, addrs [2]netip.AddrPort) Segment {
	s := Segment{Time: p.time, Src: addrs[p.dir], Dst: addrs[1-p.dir], Flags: p.flags, Missing: p.cut}
	s.Seq = t.isn[p.dir] + 1 + uint32(p.from)
	if p.ack >= 0 {
		s.Ack = t.isn[1-p.dir] + 1 + uint32(p.ack)
	}
	if p.flags&flagSYN == 0 {
		s.Payload = bytes.Clone(t.sent[p.dir][p.from : p.to-p.cut])
	}
	return s
}

// A judge is the Stream of a talk, and holds what it is given against what was
// really sent.
type judge struct {
	talk      *talk
	flip      bool // Start.A is what the talk calls B
	packets   map[int64]*packet
	at        [2]int   // -1 where nothing was given so far, and the beginning was not captured
	seen      [2]int64 // time of the direction's first packet with a SYN or data
	delivered [2][]bool
	closed    bool
	// causal is whether bytes must come after what their packet acknowledged. Not
	// where there is nothing of the other side to be had, nor where old bytes that
	// come again at the start of the capture may be taken for its beginning.
	causal bool
	faults []string
}

func (j *judge) fault(format string, args ...any) {
	j.faults = append(j.faults, fmt.Sprintf(format, args...))
}

func (j *judge) dir(dir int) int {
	if j.flip {
		return 1 - dir
	}
	return dir
}

func (j *judge) Data(dir int, time int64, b []byte) {
	dir = j.dir(dir)
	p := j.packets[time]
	if j.closed || p == nil || p.dir != dir || len(b) == 0 {
		j.fault("data of %d bytes of direction %d: closed %v, packet %+v", len(b), dir, j.closed, p)
		return
	}
	if j.at[dir] < 0 {
		// Begun in the middle, somewhere in what the packet carried.
		j.at[dir] = p.from + max(0, bytes.Index(j.talk.sent[dir][p.from:p.to-p.cut], b))
	}
	from, to := j.at[dir], j.at[dir]+len(b)
	if from < p.from || to > p.to-p.cut {
		j.fault("bytes %d to %d of direction %d said to be of packet %+v", from, to, dir, p)
		return
	}
	if !bytes.Equal(b, j.talk.sent[dir][from:to]) {
		j.fault("wrong bytes from %d to %d of direction %d", from, to, dir)
	}
	// One byte that was acknowledged and not captured is taken for a FIN at first.
	if o := j.at[1-dir]; j.causal && o >= 0 && j.seen[1-dir] < p.time && min(p.ack, len(j.talk.sent[1-dir])) > o+1 {
		j.fault("bytes from %d of direction %d, which acknowledge %d, come when the other is at %d", from, dir, p.ack, o)
	}
	for i := from; i < to; i++ {
		j.delivered[dir][i] = true
	}
	j.at[dir] = to
}

func (j *judge) Gap(dir int, time, size int64, reason string) {
	dir = j.dir(dir)
	if j.closed || size <= 0 {
		j.fault("gap of %d bytes (%s) of direction %d: closed %v", size, reason, dir, j.closed)
	}
	if j.at[dir] >= 0 {
		j.at[dir] += int(size)
	}
}

func (j *judge) CloseDirection(dir int, time int64) {
	if dir = j.dir(dir); j.at[dir] >= 0 && j.at[dir] != len(j.talk.sent[dir]) {
		j.fault("direction %d ends at %d of %d", dir, j.at[dir], len(j.talk.sent[dir]))
	}
}

func (j *judge) Close(int64, string) {
	if j.closed {
		j.fault("closed twice")
	}
	j.closed = true
}

// TestImpaired holds what comes out of impaired captures against what was really
// sent: never a wrong byte, never a byte out of its place, and all that was
// captured.
func TestImpaired(t *testing.T) {
	for _, test := range []struct {
		name string
		impairment
	}{
		{"clean", impairment{}},
		{"loss 0.1 %", impairment{lose: 0.001}},
		{"loss 5 %", impairment{lose: 0.05}},
		{"loss 50 %", impairment{lose: 0.5}},
		{"bursts", impairment{burst: 0.02}},
		{"reordered", impairment{swap: 0.1}},
		{"all in disorder", impairment{swap: 1}},
		{"doubled", impairment{double: 0.3}},
		{"overlaps", impairment{overlap: 0.3}},
		{"overlaps in disorder", impairment{overlap: 0.5, swap: 0.3}},
		{"snaplen", impairment{cut: 0.2}},
		{"start anywhere", impairment{start: true}},
		{"start anywhere in disorder", impairment{start: true, swap: 0.2}},
		{"stop anywhere", impairment{stop: true, swap: 0.2}},
		{"one side", impairment{oneSide: true, swap: 0.2}},
		{"port reused", impairment{reuse: true}},
		{"port reused, in disorder", impairment{reuse: true, swap: 0.3, double: 0.2}},
		{"everything", impairment{lose: 0.02, burst: 0.005, swap: 0.1, double: 0.1, overlap: 0.1, cut: 0.02, start: true, stop: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for seed := range uint64(40) {
				if faults := judgeImpaired(test.impairment, seed); len(faults) > 0 {
					t.Fatalf("seed %d: %d faults, the first: %s", seed, len(faults), faults[0])
				}
			}
		})
	}
}

func judgeImpaired(im impairment, seed uint64) (faults []string) {
	rng := rand.New(rand.NewPCG(seed, 0))
	talks := make([]*talk, 1)
	var packets []packet
	talks[0], packets = newTalk(rng, 0)
	if im.reuse {
		next, more := newTalk(rng, 1)
		talks, packets = append(talks, next), append(packets, more...)
	}
	packets = im.apply(rng, talks, packets)
	addrs := [2]netip.AddrPort{hostA, hostB}

	times := map[int64]*packet{}
	judges := make([]*judge, len(talks))
	opened := 0
	a := New(func(s Start) Stream {
		opened++
		if s.Number > len(talks) {
			faults = append(faults, fmt.Sprintf("%d connections of %d", s.Number, len(talks)))
			return nil
		}
		j := judges[s.Number-1]
		j.flip = s.A == hostB
		return j
	}, Options{})
	for i, t := range talks {
		judges[i] = &judge{talk: t, packets: times, at: [2]int{-1, -1}, causal: !im.oneSide && !(im.start && im.overlap > 0)}
		for dir := range t.sent {
			judges[i].delivered[dir] = make([]bool, len(t.sent[dir]))
		}
	}
	for i := range packets {
		p := &packets[i]
		times[p.time] = p
		if j := judges[p.talk]; p.flags&flagSYN != 0 && j.at[p.dir] < 0 {
			j.at[p.dir] = 0
		}
		if j := judges[p.talk]; j.seen[p.dir] == 0 && p.to > p.from {
			j.seen[p.dir] = p.time
		}
		s := p.segment(talks[p.talk], addrs)
		a.Segment(&s)
		clear(s.Payload)
	}
	a.Flush()

	if w := a.Stats(); w.Waiting != 0 || w.Conflicts != 0 {
		faults = append(faults, fmt.Sprintf("at the end %+v", w))
	}
	for i, j := range judges {
		faults = append(faults, j.faults...)
		faults = append(faults, missed(j, packets, i)...)
	}
	return faults
}

// missed names the first byte that was captured and not delivered. Excused are
// bytes that another packet already said were cut, and, of a direction whose SYN
// was not captured, those before its first segment, those that the other side
// had acknowledged before, and single bytes at the very beginning, which might
// be keep-alives.
func missed(j *judge, packets []packet, number int) (faults []string) {
	for dir := range j.delivered {
		captured := make([]bool, len(j.talk.sent[dir]))
		excused := make([]bool, len(captured))
		begin, syn := -1, false
		acked := -1 // by the first packet of the other side
		for _, p := range packets {
			switch {
			case p.talk != number:
				continue
			case p.dir != dir:
				if acked < 0 {
					acked = p.ack
				}
				continue
			case p.flags&flagSYN != 0:
				begin, syn = 0, true
				continue
			case p.to-p.from == 1 && !syn && (begin < 0 || p.from < begin):
				excused[p.from] = true
			case begin < 0 && p.to > p.from:
				begin = p.from
			}
			for i := p.from; i < p.to; i++ {
				captured[i] = captured[i] || i < p.to-p.cut
				excused[i] = excused[i] || i >= p.to-p.cut
			}
		}
		if !syn {
			begin = max(begin, acked)
		}
		for i := max(0, begin); i < len(captured); i++ {
			if captured[i] && !excused[i] && !j.delivered[dir][i] {
				return []string{fmt.Sprintf("byte %d of direction %d of connection %d was captured, and not delivered", i, dir, number+1)}
			}
		}
	}
	return nil
}

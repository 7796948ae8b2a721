package impair

import (
	"math/rand/v2"
	"net/netip"
	"slices"

	"github.com/kdump/kdump/capture"
)

// An Impairment is one way in which a capture may be damaged.
type Impairment struct {
	Name string
	// Fragments has the capture's packets come as IP fragments.
	Fragments bool
	apply     func(*rand.Rand, *Trace)
}

// Apply returns a damaged copy of a trace, the same for the same seed.
func (i *Impairment) Apply(seed uint64, t *Trace) *Trace {
	t = t.clone()
	if i.apply != nil {
		i.apply(rand.New(rand.NewPCG(seed, 0)), t)
	}
	return t
}

// near is how far apart in time, in nanoseconds, packets are that may be
// captured in the wrong order.
const near = 3_000_000

// All is every impairment, the mildest first.
var All = []Impairment{
	{Name: "clean"},
	{Name: "sequence wrap", apply: wrap},
	{Name: "IP fragments", Fragments: true},
	{Name: "duplicates", apply: duplicate(0.05)},
	{Name: "all twice", apply: duplicate(1)},
	{Name: "first two swapped", apply: swapFirst},
	{Name: "sides disordered", apply: swapSides},
	{Name: "reordering", apply: reorder},
	{Name: "overlaps", apply: overlap},
	{Name: "port reuse", apply: reuse(anywhere)},
	{Name: "port reuse, no end", apply: both(reuse(notFar), loseFirstEnds)},
	{Name: "start anywhere", apply: start},
	{Name: "stop anywhere", apply: stop},
	{Name: "start, disordered", apply: both(start, reorder)},
	{Name: "client only", apply: oneSide(0)},
	{Name: "server only", apply: oneSide(1)},
	{Name: "snaplen 96", apply: snap(96 - 54)},
	{Name: "snaplen 512", apply: snap(512 - 54)},
	{Name: "loss 0.1 %", apply: lose(0.001)},
	{Name: "loss 1 %", apply: lose(0.01)},
	{Name: "loss 5 %", apply: lose(0.05)},
	{Name: "bursts", apply: bursts},
	{Name: "everything", apply: both(overlap, duplicate(0.02), start, stop, reorder, lose(0.01), bursts, wrap)},
}

func both(steps ...func(*rand.Rand, *Trace)) func(*rand.Rand, *Trace) {
	return func(r *rand.Rand, t *Trace) {
		for _, step := range steps {
			step(r, t)
		}
	}
}

// lose drops single packets.
func lose(share float64) func(*rand.Rand, *Trace) {
	return func(r *rand.Rand, t *Trace) {
		t.Packets = slices.DeleteFunc(t.Packets, func(Packet) bool { return r.Float64() < share })
	}
}

// bursts drops up to 30 packets in a row.
func bursts(r *rand.Rand, t *Trace) {
	left := 0
	t.Packets = slices.DeleteFunc(t.Packets, func(Packet) bool {
		if r.IntN(400) == 0 {
			left = 2 + r.IntN(29)
		}
		left--
		return left >= 0
	})
}

// duplicate has packets captured again, at once or some packets later.
func duplicate(share float64) func(*rand.Rand, *Trace) {
	return func(r *rand.Rand, t *Trace) {
		for _, p := range slices.Clone(t.Packets) {
			if r.Float64() < share {
				p.Time += r.Int64N(near)
				t.Packets = append(t.Packets, p)
			}
		}
		t.sort()
	}
}

// reorder moves packets behind up to 8 later ones.
func reorder(r *rand.Rand, t *Trace) {
	for i := range t.Packets {
		if r.IntN(20) > 0 {
			continue
		}
		j, last := i, min(len(t.Packets)-1, i+1+r.IntN(8))
		for j < last && t.Packets[j+1].Time-t.Packets[i].Time < near {
			j++
		}
		p := t.Packets[i]
		copy(t.Packets[i:j], t.Packets[i+1:j+1])
		t.Packets[j] = p
	}
	t.retime()
}

// swapSides swaps packets of the two sides of a connection, as a capture of
// two mirrored ports does.
func swapSides(r *rand.Rand, t *Trace) {
	for i := 1; i < len(t.Packets); i++ {
		p, q := &t.Packets[i-1], &t.Packets[i]
		if p.Talk == q.Talk && p.Dir != q.Dir && q.Time-p.Time < near && r.IntN(3) == 0 {
			*p, *q = *q, *p
			i++
		}
	}
	t.retime()
}

// swapFirst swaps the first two segments with data of each direction of each
// connection, where they came close together.
func swapFirst(_ *rand.Rand, t *Trace) {
	firsts := map[[2]int][]int{}
	for i := range t.Packets {
		p := &t.Packets[i]
		key := [2]int{p.Talk, p.Dir}
		if len(p.Payload) > 0 && len(firsts[key]) < 2 {
			firsts[key] = append(firsts[key], i)
		}
	}
	for _, f := range firsts {
		if len(f) == 2 && t.Packets[f[1]].Time-t.Packets[f[0]].Time < near {
			t.Packets[f[0]], t.Packets[f[1]] = t.Packets[f[1]], t.Packets[f[0]]
		}
	}
	t.retime()
}

// overlap cuts segments in two, and has bytes that were sent come again in
// other segments.
func overlap(r *rand.Rand, t *Trace) {
	var out []Packet
	earlier := map[[2]int][]Packet{}
	for _, p := range t.Packets {
		key := [2]int{p.Talk, p.Dir}
		if n := len(p.Payload); n > 1 && r.IntN(5) == 0 {
			at := 1 + r.IntN(n-1)
			head, tail := p.slice(0, at), p.slice(at, n)
			head.Flags &^= capture.FIN
			out = append(out, head, tail)
		} else {
			out = append(out, p)
		}
		if len(p.Payload) > 0 {
			earlier[key] = append(earlier[key], p)
		}
		// A reset may acknowledge nothing, and nothing is sent again behind it.
		if sent := earlier[key]; len(sent) > 0 && p.Flags&capture.ACK != 0 && r.IntN(10) == 0 {
			again := t.again(r, sent)
			again.Time, again.Ack = p.Time, p.Ack // as of when it is sent again
			out = append(out, again)
		}
	}
	t.Packets = out
}

// slice returns the packet with only some of its payload.
func (p Packet) slice(from, to int) Packet {
	p.Seq += uint32(from)
	p.From += from
	p.Payload = p.Payload[from:to]
	return p
}

// again makes a packet of bytes that were sent in one of the given packets
// and in those behind it.
func (t *Trace) again(r *rand.Rand, sent []Packet) Packet {
	i := max(0, len(sent)-1-r.IntN(4))
	p := sent[i]
	skip := r.IntN(len(p.Payload))
	bytes := t.Talks[p.Talk].Sent[p.Dir]
	end := sent[len(sent)-1].end()
	from := p.From + skip
	p.Seq += uint32(skip)
	p.From = from
	p.Payload = bytes[from : from+1+r.IntN(min(max(end-from, 1), 9000))]
	p.Flags &^= capture.FIN
	return p
}

// wrap has sequence numbers wrap in the middle of what is sent.
func wrap(r *rand.Rand, t *Trace) {
	shift := make([][2]uint32, len(t.Talks))
	ends := map[[2]netip.AddrPort]bool{}
	for i, talk := range t.Talks {
		if ends[talk.Ends] {
			continue // or connections of the same ports would have nearly the same numbers
		}
		ends[talk.Ends] = true
		for dir := range shift[i] {
			first := -uint32(r.IntN(len(talk.Sent[dir]) + 2))
			shift[i][dir] = first - talk.first[dir]
			talk.first[dir] = first
		}
	}
	for i := range t.Packets {
		t.Packets[i].shift(shift[t.Packets[i].Talk])
	}
}

// shift changes where the sequence numbers of both directions begin.
func (p *Packet) shift(by [2]uint32) {
	p.Seq += by[p.Dir]
	if p.Flags&capture.ACK != 0 {
		p.Ack += by[1-p.Dir]
	}
}

// anywhere chooses how far from those of a connection the sequence numbers of
// the next one begin.
func anywhere(r *rand.Rand, _ *Talk, _ int) uint32 { return r.Uint32() }

// notFar is what Linux chooses for ports that are used again within seconds: by
// a clock, ahead of all that the connection may have under way.
func notFar(r *rand.Rand, t *Talk, dir int) uint32 {
	return uint32(len(t.Sent[dir])) + 8<<20 + r.Uint32N(48<<20)
}

// reuse has each connection followed at once by one of the same ports, in
// which the same is sent, and among whose first packets late ones of the
// first come.
func reuse(ahead func(r *rand.Rand, t *Talk, dir int) uint32) func(*rand.Rand, *Trace) {
	return func(r *rand.Rand, t *Trace) { t.reuse(r, ahead) }
}

func (t *Trace) reuse(r *rand.Rand, ahead func(r *rand.Rand, t *Talk, dir int) uint32) {
	packets, talks := slices.Clone(t.Packets), len(t.Talks)
	spans := make([][2]int64, talks)
	for _, p := range packets {
		if s := &spans[p.Talk]; s[0] == 0 {
			*s = [2]int64{p.Time, p.Time}
		} else {
			s[1] = p.Time
		}
	}
	shift := make([][2]uint32, talks)
	for i := range shift {
		copied := *t.Talks[i]
		t.Talks = append(t.Talks, &copied)
		shift[i] = [2]uint32{ahead(r, &copied, 0), ahead(r, &copied, 1)}
		copied.first[0] += shift[i][0]
		copied.first[1] += shift[i][1]
	}
	for _, p := range packets {
		length := spans[p.Talk][1] - spans[p.Talk][0] + 1_000_000
		if len(p.Payload) > 0 && r.IntN(10) == 0 && p.Time+length/2 > spans[p.Talk][1] {
			late := p
			late.Time = spans[p.Talk][1] + r.Int64N(3_000_000)
			t.Packets = append(t.Packets, late)
		}
		p.Time += length
		p.shift(shift[p.Talk])
		p.Talk += talks
		t.Packets = append(t.Packets, p)
	}
	t.sort()
}

// loseFirstEnds drops what says that a connection ends of which the ports are
// used again, as if it had never ended.
func loseFirstEnds(_ *rand.Rand, t *Trace) {
	for _, talk := range t.Talks[:len(t.Talks)/2] {
		talk.fin = [2]bool{}
	}
	t.Packets = slices.DeleteFunc(t.Packets, func(p Packet) bool {
		return p.Talk < len(t.Talks)/2 && len(p.Payload) == 0 && p.Flags&(capture.FIN|capture.RST) != 0
	})
}

// start drops the first packets of each connection.
func start(r *rand.Rand, t *Trace) {
	skip := t.somewhere(r)
	t.Packets = slices.DeleteFunc(t.Packets, func(p Packet) bool {
		skip[p.Talk]--
		return skip[p.Talk] >= 0
	})
}

// stop drops the last packets of each connection.
func stop(r *rand.Rand, t *Trace) {
	keep := t.somewhere(r)
	t.Packets = slices.DeleteFunc(t.Packets, func(p Packet) bool {
		keep[p.Talk]--
		return keep[p.Talk] < 0
	})
}

// somewhere chooses a packet of each connection, by its number in it.
func (t *Trace) somewhere(r *rand.Rand) []int {
	n := make([]int, len(t.Talks))
	for _, p := range t.Packets {
		n[p.Talk]++
	}
	for i := range n {
		n[i] = r.IntN(n[i] + 1)
	}
	return n
}

// oneSide keeps one direction of each connection.
func oneSide(dir int) func(*rand.Rand, *Trace) {
	return func(_ *rand.Rand, t *Trace) {
		t.Packets = slices.DeleteFunc(t.Packets, func(p Packet) bool { return p.Dir != dir })
	}
}

// snap cuts payloads to size bytes.
func snap(size int) func(*rand.Rand, *Trace) {
	return func(_ *rand.Rand, t *Trace) {
		for i := range t.Packets {
			if p := &t.Packets[i]; len(p.Payload) > size {
				p.Missing += len(p.Payload) - size
				p.Payload = p.Payload[:size]
			}
		}
	}
}

// Package impair damages captures in known ways, for tests of what a reader
// still makes of them. It knows what every connection really carried, and so
// which bytes of it a damaged capture still holds.
package impair

import (
	"cmp"
	"errors"
	"io"
	"math"
	"net/netip"
	"slices"

	"github.com/kdump/kdump/capture"
)

// A Packet is one packet of a trace, and what of its connection it carries.
type Packet struct {
	capture.Segment
	Talk int // index in Trace.Talks
	Dir  int // 0 if Talk.Ends[0] sent it
	From int // offset of its payload in Talk.Sent[Dir]
}

// end is the offset behind the payload as it was captured.
func (p *Packet) end() int { return p.From + len(p.Payload) }

func (p *Packet) isSYN() bool { return p.Flags&capture.SYN != 0 }
func (p *Packet) isFIN() bool { return p.Flags&capture.FIN != 0 }

// A Talk is one connection as it really was. Ends[0] opened it, or sent its
// first packet.
type Talk struct {
	Ends [2]netip.AddrPort
	Sent [2][]byte

	first [2]uint32 // sequence number of the first byte
	known [2]bool   // first is
	syn   bool      // its beginning was captured
	fin   [2]bool   // so were the ends of what each side sent
}

// A Trace is the TCP packets of a capture.
type Trace struct {
	Packets []Packet
	Talks   []*Talk
}

// Read reads a capture file that lacks nothing. The error is that of the
// file, or says that bytes of it are missing.
func Read(path string) (*Trace, error) {
	r := capture.Open([]string{path}, nil)
	defer r.Close()
	t := &Trace{}
	latest := map[[2]netip.AddrPort]int{}
	for {
		p := Packet{}
		switch err := r.Next(&p.Segment); {
		case err == io.EOF:
			t.sort() // packets of several interfaces may be in disorder
			return t, t.check()
		case err != nil:
			return nil, err
		case p.Missing > 0:
			return nil, errors.New(path + " lacks the ends of packets")
		}
		p.Payload = slices.Clone(p.Payload)
		t.add(p, latest)
	}
}

// add adds a packet to the connection that it belongs to: the latest of its
// ends, or a new one where it is a SYN of another sequence number.
func (t *Trace) add(p Packet, latest map[[2]netip.AddrPort]int) {
	key := [2]netip.AddrPort{p.Src, p.Dst}
	if p.Src.Compare(p.Dst) > 0 {
		key = [2]netip.AddrPort{p.Dst, p.Src}
	}
	number, ok := latest[key]
	if ok && p.Flags&(capture.SYN|capture.ACK) == capture.SYN {
		talk := t.Talks[number]
		ok = p.Src == talk.Ends[0] && (!talk.known[0] || talk.first[0] == p.Seq+1)
	}
	if !ok {
		number = len(t.Talks)
		latest[key] = number
		t.Talks = append(t.Talks, &Talk{Ends: [2]netip.AddrPort{p.Src, p.Dst}})
	}
	p.Talk = number
	t.Talks[number].place(&p)
	t.Packets = append(t.Packets, p)
}

// place finds where a packet's payload belongs.
func (t *Talk) place(p *Packet) {
	if p.Src != t.Ends[0] {
		p.Dir = 1
	}
	begins := p.Seq
	if p.isSYN() {
		begins++
		t.syn = true
	}
	t.fin[p.Dir] = t.fin[p.Dir] || p.isFIN()
	if !t.known[p.Dir] {
		t.first[p.Dir], t.known[p.Dir] = begins, true
	}
	p.From = int(int32(begins - t.first[p.Dir]))
	if p.From < 0 { // a keep-alive before the first byte
		p.Payload = nil
		return
	}
	sent := &t.Sent[p.Dir]
	if missing := p.end() - len(*sent); missing > 0 && len(p.Payload) > 0 {
		*sent = append(*sent, make([]byte, missing)...)
	}
	copy((*sent)[min(p.From, len(*sent)):], p.Payload)
}

// check reports whether every byte of every connection was captured.
func (t *Trace) check() error {
	for _, holds := range t.Holds(Patience{math.MaxInt64, math.MaxInt64}) {
		for dir := range holds.Bytes {
			if slices.Contains(holds.Bytes[dir], false) {
				return errors.New("the capture lacks bytes of a connection")
			}
		}
	}
	return nil
}

// Held is what a trace holds of a connection, in time to be read.
type Held struct {
	Beginning bool      // a SYN of it, where the connection's beginning was ever captured
	Ends      [2]bool   // by direction, a FIN, where one was ever captured
	Bytes     [2][]bool // of Talk.Sent, which

	acked  [2][]int64 // when they were acknowledged, 0 if never
	starts [2]opening
}

// opening is where what is held of a direction begins.
type opening struct {
	known bool  // a SYN says it
	from  int   // else the first byte, of those that came in time
	time  int64 // of the first packet with bytes, 0 for none yet
}

// Patience is how long, in nanoseconds, is waited for bytes.
type Patience struct {
	Acked int64 // that were acknowledged already, since the receiver has them
	First int64 // that come before all others of a direction of which no beginning was captured
}

// Holds tells what the trace holds of each of its connections. What comes
// later than there is patience is not in time: nobody can wait for it for ever.
func (t *Trace) Holds(patience Patience) []Held {
	held := make([]Held, len(t.Talks))
	for i, talk := range t.Talks {
		for dir := range talk.Sent {
			held[i].Ends[dir] = !talk.fin[dir]
			held[i].Bytes[dir] = make([]bool, len(talk.Sent[dir]))
			held[i].acked[dir] = make([]int64, len(talk.Sent[dir]))
		}
	}
	for i := range t.Packets {
		p := &t.Packets[i]
		h := &held[p.Talk]
		h.Beginning = h.Beginning || p.isSYN()
		h.Ends[p.Dir] = h.Ends[p.Dir] || p.isFIN()
		h.starts[p.Dir].known = h.starts[p.Dir].known || p.isSYN()
		h.acknowledge(t.Talks[p.Talk], p)
		if len(p.Payload) == 0 {
			continue
		}
		for at := h.starts[p.Dir].note(p, patience.First); at < p.end(); at++ {
			if acked := h.acked[p.Dir][at]; acked == 0 || p.Time-acked < patience.Acked {
				h.Bytes[p.Dir][at] = true
			}
		}
	}
	return held
}

// note takes note of a packet with bytes and returns where those begin that are
// not too early for when it came.
func (s *opening) note(p *Packet, patience int64) int {
	switch {
	case s.known:
		return p.From
	case s.time == 0:
		s.from, s.time = p.From, p.Time
	case p.Time-s.time < patience:
		s.from = min(s.from, p.From)
	}
	return max(s.from, p.From)
}

// Whole reports whether nothing is missing: no byte, nor what a SYN or a FIN
// says of where they begin and end, for each takes a sequence number as a byte
// does.
func (h *Held) Whole() bool {
	return h.Beginning && h.Ends == [2]bool{true, true} && !slices.Contains(h.Bytes[0], false) && !slices.Contains(h.Bytes[1], false)
}

// acknowledge takes note of what a packet acknowledges.
func (h *Held) acknowledge(t *Talk, p *Packet) {
	if p.Flags&capture.ACK == 0 {
		return
	}
	acked := h.acked[1-p.Dir]
	for at := min(len(acked), int(int32(p.Ack-t.first[1-p.Dir]))) - 1; at >= 0 && acked[at] == 0; at-- {
		acked[at] = p.Time
	}
}

// clone copies a trace, so that it can be changed. Payloads and what the
// connections sent are shared: nobody changes them.
func (t *Trace) clone() *Trace {
	c := &Trace{Packets: slices.Clone(t.Packets)}
	for _, talk := range t.Talks {
		copied := *talk
		c.Talks = append(c.Talks, &copied)
	}
	return c
}

// sort puts the packets in the order of their times.
func (t *Trace) sort() {
	slices.SortStableFunc(t.Packets, func(p, q Packet) int { return cmp.Compare(p.Time, q.Time) })
}

// retime gives the packets, in the order in which they are now, the times
// that they had before: what is late is late.
func (t *Trace) retime() {
	times := make([]int64, len(t.Packets))
	for i := range t.Packets {
		times[i] = t.Packets[i].Time
	}
	slices.Sort(times)
	for i := range t.Packets {
		t.Packets[i].Time = times[i]
	}
}

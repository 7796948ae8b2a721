// Package reassembly turns captured TCP segments into connections, and each
// connection into the bytes that either side sent, in order.
//
// It works from what the capture shows and nothing else. Bytes that the capture
// lacks become a gap that is told, never a silence; all later bytes follow it.
// Bytes that arrive in order are passed on where they lie; only a segment that
// arrives before an earlier one is copied, and waits, within bounds of bytes and
// of packet time.
//
// The two directions of a connection are kept in causal order: bytes whose
// sender had already acknowledged something of the other side are delivered
// after it (or after its gap), even where the capture holds the packets of the
// two sides in the wrong order. An answer never comes before its question.
//
// All time is packet time. The same segments always give the same calls.
package reassembly

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"time"
)

// The control bits of a TCP header (RFC 9293, section 3.1) that Segment.Flags
// is read for.
const (
	flagFIN uint8 = 1 << 0
	flagSYN uint8 = 1 << 1
	flagRST uint8 = 1 << 2
	flagPSH uint8 = 1 << 3
	flagACK uint8 = 1 << 4
)

// A Segment is one TCP segment as it was captured.
type Segment struct {
	// Time is when the packet was captured, in nanoseconds since the Unix epoch.
	Time int64
	// Src and Dst are the addresses and ports of the sender and the receiver.
	Src, Dst netip.AddrPort
	// Seq and Ack are the sequence and the acknowledgement number.
	Seq, Ack uint32
	// Flags are the control bits as they stand in the TCP header.
	Flags uint8
	// Payload is what was captured of the segment's data. It is read during the
	// call only.
	Payload []byte
	// Missing is the number of bytes of data that the packet carried behind
	// Payload and the capture lacks, because of its snapshot length.
	Missing int
}

// A Stream receives what one connection carried. Direction 0 is what Start.A
// sent, direction 1 what Start.B sent. Times are those of packets, in
// nanoseconds since the Unix epoch.
//
// The calls of one direction are in the order of its bytes: each Data and each
// Gap begins where the one before it ended.
type Stream interface {
	// Data gives the next bytes of direction dir, and the time of the packet
	// that carried them, also where they had to wait for earlier ones. The slice
	// is valid during the call only.
	Data(dir int, time int64, b []byte)

	// Gap says that the next size bytes of direction dir are missing, -1 if it
	// cannot be known how many. Reason is a short phrase for people. The time is
	// that of the packet that was cut short, or that carried what follows the gap,
	// or, where nothing does, that of the latest packet of the capture.
	Gap(dir int, time int64, size int64, reason string)

	// CloseDirection says that direction dir has ended: its FIN, and all that was
	// before it, has come.
	CloseDirection(dir int, time int64)

	// Close says that the connection has ended, and why. It is the last call.
	Close(time int64, reason string)
}

// A Start describes a connection when it begins.
type Start struct {
	// A and B are the two ends. A sent the SYN, or, where that was not seen, the
	// first packet; where both sent one (simultaneous open), the first data.
	A, B netip.AddrPort
	// SawSYN is whether the capture holds the connection's beginning: the SYN, or
	// the answer to it.
	SawSYN bool
	// Time is that of the connection's first packet.
	Time int64
	// Number counts the connections from 1, in the order in which their first
	// packets appear in the capture.
	Number int
}

// Reasons given with Stream.Gap.
const (
	gapLost        = "lost"
	gapNotCaptured = "not captured" // the receiver acknowledged the bytes
	gapCut         = "cut by snaplen"
	gapMemory      = "given up: memory"
)

// Reasons given with Stream.Close.
const (
	closeFinished = "closed"
	closeReset    = "reset"
	closeIdle     = "idle"
	closeReused   = "port reused"
	closeTooMany  = "too many connections"
	closeCapture  = "end of capture"
)

// Options bound what an Assembler holds. A zero field stands for its default.
type Options struct {
	// MaxWaiting bounds the memory, in bytes, of segments that wait in all
	// connections together, with all that it takes to hold them. When it is
	// reached the oldest hole is given up. Default 64 MiB. Beside it some MiB are
	// kept to be used again.
	MaxWaiting int
	// WindowBytes bounds the same for one direction of one connection. Default
	// 4 MiB, which is about what a TCP sender may have under way.
	WindowBytes int
	// WindowTime is how long later segments wait for missing bytes of which
	// nothing is known. Default 5 s, which leaves room for several
	// retransmissions.
	WindowTime time.Duration
	// AckedTime is how long they wait for missing bytes that the receiver has
	// acknowledged. No retransmission of these will come; they can only be late
	// because the capture holds the packets of the two sides in the wrong order.
	// For as long, what the other side sent may come after a reset. Default 20 ms.
	AckedTime time.Duration
	// StartTime is how long the first segments of a direction of which no
	// beginning was seen wait for earlier ones. Default 100 ms.
	StartTime time.Duration
	// Idle is how long a connection may be silent before it is taken to have
	// ended. Default 15 minutes: longer than the 10 after which a Kafka broker
	// closes an idle connection (connections.max.idle.ms).
	Idle time.Duration
	// MaxConnections bounds the connections followed at once; the one silent
	// longest ends first. As many again may be half-open, and as many again are
	// remembered for a short while after their end. Default 131072.
	MaxConnections int
}

func (o Options) withDefaults() Options {
	return Options{
		MaxWaiting:     cmp.Or(max(o.MaxWaiting, 0), 64<<20),
		WindowBytes:    cmp.Or(max(o.WindowBytes, 0), 4<<20),
		WindowTime:     cmp.Or(max(o.WindowTime, 0), 5*time.Second),
		AckedTime:      cmp.Or(max(o.AckedTime, 0), 20*time.Millisecond),
		StartTime:      cmp.Or(max(o.StartTime, 0), 100*time.Millisecond),
		Idle:           cmp.Or(max(o.Idle, 0), 15*time.Minute),
		MaxConnections: cmp.Or(max(o.MaxConnections, 0), 1<<17),
	}
}

const (
	// halfOpenTime is how long a connection is kept that has nothing but a SYN.
	// Linux repeats a SYN for about two minutes (tcp_syn_retries 6).
	halfOpenTime = 130 * time.Second
	// lingerTime is how long an ended connection is remembered, so that its late
	// packets are known as such.
	lingerTime = 10 * time.Second
)

// latest is the latest packet time that is believed, in 2116: no timer set then
// has run out already.
const latest = 1 << 62

// Stats counts what an Assembler has seen so far.
type Stats struct {
	// Connections is the number of connections of which at least one packet was
	// seen, those without any data included.
	Connections int64
	// Gaps is the number of gaps told, and MissingBytes the sum of the sizes of
	// those whose size is known.
	Gaps, MissingBytes int64
	// GivenUpBytes is the part of MissingBytes that was given up for lack of
	// memory and might still have come.
	GivenUpBytes int64
	// Conflicts is the number of directions in which a segment contradicted bytes
	// that waited: data was sent again, but different. The first bytes seen are
	// kept. Bytes already delivered are not held, so what contradicts these is not
	// noticed.
	Conflicts int64
	// Waiting is the memory, in bytes, of the segments that wait now, and
	// MaxWaiting the most it has been.
	Waiting, MaxWaiting int
}

// An Assembler follows all TCP connections of one capture. Make one with New.
// It is not safe for use by several goroutines at once.
type Assembler struct {
	open    func(Start) Stream
	options Options
	stats   Stats

	now int64 // the latest packet time seen
	due int64 // no timer ends before this

	conns map[endpoints]*conn
	last  *conn // that of the last segment

	live, halfOpen, resets, ended queue // connections: one is in exactly one of them
	acked, holes, starts          queue // directions with something that waits

	refresh int64 // a live connection's idle time starts anew once less than this is left of it
	pieces  store
}

// New returns an Assembler that calls open for each connection as soon as it has
// carried data, and passes what the connection carries to the Stream that open
// returns. If open returns nil the connection is not wanted, and its packets are
// passed over.
func New(open func(Start) Stream, options Options) *Assembler {
	o := options.withDefaults()
	return &Assembler{
		open:     open,
		options:  o,
		now:      math.MinInt64,
		due:      math.MaxInt64,
		conns:    make(map[endpoints]*conn),
		live:     queue{delay: int64(o.Idle)},
		halfOpen: queue{delay: int64(halfOpenTime)},
		resets:   queue{delay: int64(o.AckedTime)},
		ended:    queue{delay: int64(lingerTime)},
		acked:    queue{delay: int64(o.AckedTime)},
		holes:    queue{delay: int64(o.WindowTime)},
		starts:   queue{delay: int64(o.StartTime)},
		refresh:  int64(o.Idle - o.Idle/16),
		pieces:   store{random: 1},
	}
}

// Stats returns what has been counted so far.
func (a *Assembler) Stats() Stats { return a.stats }

// Segment takes the next segment of the capture.
func (a *Assembler) Segment(s *Segment) {
	if s.Time > a.now {
		a.Advance(s.Time)
	}
	c, dir := a.find(s)
	if c != nil && c.state == connOpen && c.older == nil {
		h, o := &c.halves[dir], &c.halves[1-dir]
		if s.Seq == h.next && h.state == flowing && h.wait == nil && o.wait == nil &&
			s.Flags&(flagSYN|flagFIN|flagRST|flagACK) == flagACK && s.Missing == 0 &&
			o.state == flowing && !before(o.next, s.Ack) {
			// In order, and nothing waits: the way of nearly all packets.
			a.touch(c)
			if before(o.received, s.Ack) {
				o.received = s.Ack
			}
			if len(s.Payload) > 0 {
				h.next += uint32(len(s.Payload))
				c.stream.Data(dir, s.Time, s.Payload)
			}
			return
		}
	}
	a.slow(s, c)
}

// Advance says that all packets of before the given time, in nanoseconds since
// the Unix epoch, have been taken, so that what waits is given up in time also
// where nothing more comes. Each segment says so by itself.
func (a *Assembler) Advance(time int64) {
	if time <= a.now {
		return
	}
	a.now = min(time, latest)
	if a.now >= a.due {
		a.expire()
	}
}

// Flush ends the capture: it delivers what waits, with its gaps, and closes all
// connections, in the order of their numbers.
func (a *Assembler) Flush() {
	var all []*conn
	for _, c := range a.conns {
		for ; c != nil; c = c.older {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(c, d *conn) int { return cmp.Compare(c.number, d.number) })
	for _, c := range all {
		a.end(c, a.now, closeCapture)
		a.remove(c)
	}
}

// expire lets the timers run out that are due.
func (a *Assembler) expire() {
	for t := a.starts.due(a.now); t != nil; t = a.starts.due(a.now) {
		a.giveUp(t.conn, t.dir, gapLost)
	}
	for t := a.acked.due(a.now); t != nil; t = a.acked.due(a.now) {
		a.giveUp(t.conn, t.dir, gapNotCaptured)
	}
	for t := a.holes.due(a.now); t != nil; t = a.holes.due(a.now) {
		a.giveUp(t.conn, t.dir, gapLost)
	}
	for t := a.live.due(a.now); t != nil; t = a.live.due(a.now) {
		a.end(t.conn, a.now, closeIdle)
		a.remove(t.conn)
	}
	for t := a.halfOpen.due(a.now); t != nil; t = a.halfOpen.due(a.now) {
		a.end(t.conn, a.now, closeIdle)
		a.remove(t.conn)
	}
	for t := a.resets.due(a.now); t != nil; t = a.resets.due(a.now) {
		a.end(t.conn, a.now, closeReset)
	}
	for t := a.ended.due(a.now); t != nil; t = a.ended.due(a.now) {
		a.end(t.conn, a.now, closeReused)
		a.remove(t.conn)
	}
	a.due = min(a.starts.next(), a.acked.next(), a.holes.next(), a.live.next(), a.halfOpen.next(), a.resets.next(), a.ended.next())
}

// enqueue puts a timer at the end of a queue.
func (a *Assembler) enqueue(q *queue, t *timer) {
	q.add(t, a.now)
	a.due = min(a.due, t.due)
}

// relieve keeps what waits, and what is remembered, within its bounds. It gives
// up first the holes that will not be filled anyway, then the oldest, and the
// connections that were silent longest.
func (a *Assembler) relieve() {
	for a.stats.Waiting > a.options.MaxWaiting {
		t := cmp.Or(a.acked.head, a.holes.head, a.starts.head)
		a.giveUp(t.conn, t.dir, gapMemory)
	}
	for _, q := range [...]*queue{&a.live, &a.halfOpen, &a.resets, &a.ended} {
		for q.len > a.options.MaxConnections {
			c := q.head.conn
			a.end(c, a.now, closeTooMany)
			a.remove(c)
		}
	}
}

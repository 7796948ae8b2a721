package reassembly

import "net/netip"

const (
	// maxJump is how far, in bytes, a segment of a connection may plausibly lie
	// from where the connection is. TCP allows windows of 1 GiB (RFC 7323), but
	// nobody configures more than some tens of MiB.
	maxJump = 64 << 20
	// maxAhead is how far ahead a segment may lie and still be said to come after
	// a gap of known size. Beyond it, sequence numbers could be anything.
	maxAhead = 1 << 30
	// maxLate is how far, in bytes, a segment of a connection that has ended may lie
	// from where that was: what was under way. By Linux's clock of initial sequence
	// numbers a new connection of the same ports begins as far on in 0.3 s.
	maxLate = 4 << 20
	// nearSYN is how far from a SYN the connection may be when the SYN comes late.
	nearSYN = 64 << 10
	// startPieces is how many of the first segments of a direction that begins in
	// the middle are held back, in case earlier ones follow.
	startPieces = 16
)

// endpoints is the pair of ends of a connection, the same for both directions.
type endpoints struct {
	low, high         [16]byte
	lowPort, highPort uint16
}

func endpointsOf(x, y netip.AddrPort) endpoints {
	if y.Compare(x) < 0 {
		x, y = y, x
	}
	return endpoints{x.Addr().As16(), y.Addr().As16(), x.Port(), y.Port()}
}

type connState uint8

const (
	connNew      connState = iota // no data so far, so no stream
	connOpen                      // has a stream
	connUnwanted                  // open returned nil
	connEnded                     // only remembered
)

// A conn is one connection: endpoints and an initial sequence number.
type conn struct {
	a, b   netip.AddrPort // the ends, as in Start
	state  connState
	sawSYN bool
	both   bool // both ends opened it, and neither has sent data
	halves [2]half
	stream Stream // while connOpen
	timer  timer  // in live, halfOpen, resets or ended
	number int
	start  int64 // time of the first packet
	last   int64 // time of the last one that was not simply in order
	reset  int64 // time of its RST, while in resets
	older  *conn // the connection that used the same endpoints before
}

type halfState uint8

const (
	unknown    halfState = iota // nothing seen that tells the sequence number
	expected                    // next is known, but only from what the other side acknowledged: nothing may ever come
	held                        // begun in the middle: the first segments wait for earlier ones
	flowing                     // next is what is delivered next
	maybeEnded                  // the byte before next was acknowledged but not seen: a lost FIN, likely
	finished                    // its FIN or its RST was delivered: nothing comes behind next
	aborted                     // the connection ended otherwise, or is not wanted
)

// A half is one direction of a connection.
type half struct {
	state    halfState
	syn      bool   // its SYN was seen
	conflict bool   // a conflict was counted
	isn      uint32 // of the SYN, seen or answered
	next     uint32 // the next sequence number; in state held the lowest seen
	// acked is how far the other side has acknowledged. It is kept only while it
	// is beyond next, or something waits.
	acked uint32
	// received is how far the other side has acknowledged at least, or, where that
	// is not known, an earlier number.
	received uint32
	// unseen is how many bytes before next were acknowledged in state expected.
	unseen int64
	wait   *waiting // nil when nothing waits
}

// direction returns the direction in which s goes.
func (c *conn) direction(s *Segment) int {
	if s.Src == c.a && s.Dst == c.b {
		return 0
	}
	return 1
}

// find returns the latest connection of the segment's endpoints, and the
// segment's direction.
func (a *Assembler) find(s *Segment) (*conn, int) {
	if c := a.last; c != nil {
		if s.Src == c.a && s.Dst == c.b {
			return c, 0
		}
		if s.Src == c.b && s.Dst == c.a {
			return c, 1
		}
	}
	c := a.conns[endpointsOf(s.Src, s.Dst)]
	if c == nil {
		return nil, 0
	}
	a.last = c
	return c, c.direction(s)
}

// match chooses among the connections that have used the same endpoints the one
// that s belongs to: newest or the one before it. It returns nil if s is of
// neither.
func match(s *Segment, newest *conn) (best *conn, dir int) {
	if s.Flags&flagSYN != 0 {
		for c := newest; c != nil; c = c.older {
			if dir := c.direction(s); c.hasSYN(s, dir) {
				return c, dir
			}
		}
		return nil, 0
	}
	var least int64
	for c := newest; c != nil; c = c.older {
		d := c.direction(s)
		distance, far := c.distance(s, d)
		if !far && (best == nil || distance < least) {
			best, dir, least = c, d, distance
		}
	}
	return best, dir
}

// hasSYN reports whether s, a SYN, is one of c's own.
func (c *conn) hasSYN(s *Segment, dir int) bool {
	h, o := &c.halves[dir], &c.halves[1-dir]
	switch {
	case h.syn:
		return s.Seq == h.isn
	case h.state != unknown && h.next-(s.Seq+1) > nearSYN:
		return false
	case s.Flags&flagACK != 0:
		return o.state != unknown && apart(s.Ack, o.next) <= nearSYN
	case h.state == unknown: // both sides sent a SYN, if anything
		return c.state == connNew && o.syn
	}
	return true
}

// distance returns how far s is from where c is, in bytes sent and acknowledged,
// and whether that is too far, in both, for s to be of this connection.
func (c *conn) distance(s *Segment, dir int) (sum int64, far bool) {
	h, o := &c.halves[dir], &c.halves[1-dir]
	if h.state == finished && len(s.Payload)+s.Missing > 0 && !before(s.Seq, h.next) {
		return 0, true // nothing comes behind an end
	}
	limit := int64(maxJump)
	if c.state == connEnded {
		limit = maxLate
	}
	var sent, acked int64
	if h.state != unknown {
		sent = apart(s.Seq, h.next)
	}
	if o.state != unknown && s.Flags&flagACK != 0 {
		acked = apart(s.Ack, o.next)
	}
	return sent + acked, sent > limit && acked > limit && c.state != connUnwanted
}

// apart returns how far two sequence numbers are apart.
func apart(x, y uint32) int64 { return max(int64(int32(x-y)), -int64(int32(x-y))) }

// begins reports whether a connection may begin with s. Late acknowledgements,
// resets and keep-alives begin none.
func begins(s *Segment) bool {
	if s.Flags&flagRST != 0 {
		return false
	}
	return s.Flags&flagSYN != 0 || len(s.Payload)+s.Missing > 0 && !isProbe(s)
}

// isProbe reports whether a segment may be a keep-alive, which may carry one
// byte (RFC 9293, section 3.8.4) but does not push it.
func isProbe(s *Segment) bool {
	return len(s.Payload)+s.Missing == 1 && s.Flags&flagPSH == 0
}

// create makes a new connection of which s is the first packet.
func (a *Assembler) create(s *Segment) (*conn, int) {
	a.stats.Connections++
	c := &conn{a: s.Src, b: s.Dst, start: s.Time, number: int(a.stats.Connections)}
	dir := 0
	if s.Flags&(flagSYN|flagACK) == flagSYN|flagACK {
		c.a, c.b, dir = s.Dst, s.Src, 1
	}
	c.timer.conn = c
	key := endpointsOf(c.a, c.b)
	if old := a.conns[key]; old != nil {
		if old.older != nil {
			// Two are enough to tell late packets from new ones.
			gone := old.older
			if old.last < gone.last {
				gone = old
			}
			a.end(gone, a.now, closeReused)
			a.remove(gone)
		}
		c.older = a.conns[key]
		if s.Flags&flagSYN != 0 && c.older.state != connEnded && c.older.timer.queue != &a.resets {
			a.enqueue(&a.ended, &c.older.timer)
		}
	}
	a.conns[key] = c
	a.last = c
	if s.Flags&flagSYN != 0 {
		a.enqueue(&a.halfOpen, &c.timer)
	} else {
		a.enqueue(&a.live, &c.timer)
	}
	return c, dir
}

// opener returns the direction of who opened the connection, by a SYN in the
// given direction; 0 where the segment does not tell.
func opener(s *Segment, dir int) int {
	switch s.Flags & (flagSYN | flagACK) {
	case flagSYN:
		return dir
	case flagSYN | flagACK:
		return 1 - dir
	}
	return 0
}

// turns reports whether s, of a connection without a stream, tells that A is the
// wrong end. Of two that both opened it A is the one that sends first, as a client
// does.
func (c *conn) turns(s *Segment, dir int) bool {
	switch {
	case opener(s, dir) == 1:
		c.both = c.sawSYN
		return !c.sawSYN
	case c.both && len(s.Payload)+s.Missing > 0:
		c.both = false
		return dir == 1
	}
	return false
}

// turn swaps the ends of a connection of which packets came before the one that
// tells who is who.
func (c *conn) turn() {
	c.a, c.b = c.b, c.a
	c.halves[0], c.halves[1] = c.halves[1], c.halves[0]
	for dir := range c.halves {
		if w := c.halves[dir].wait; w != nil {
			w.timer.dir = dir
		}
	}
}

// touch starts a connection's idle time anew, unless most of it is left.
func (a *Assembler) touch(c *conn) {
	if c.timer.due-a.now < a.refresh && c.timer.queue == &a.live {
		a.enqueue(&a.live, &c.timer)
	}
}

// remove forgets a connection that has ended.
func (a *Assembler) remove(c *conn) {
	c.timer.remove()
	if a.last == c {
		a.last = nil
	}
	key := endpointsOf(c.a, c.b)
	newest := a.conns[key]
	switch {
	case newest != c:
		newest.older = nil
	case c.older != nil:
		a.conns[key] = c.older
	default:
		delete(a.conns, key)
	}
}

// end delivers what waits in a connection, with its gaps, and closes it.
func (a *Assembler) end(c *conn, time int64, reason string) {
	if c.state == connEnded {
		return
	}
	if c.timer.queue == &a.resets {
		time, reason = c.reset, closeReset
	}
	for dir := range c.halves {
		h := &c.halves[dir]
		switch {
		case h.state == held:
			h.release()
		case h.state == expected:
			a.tellUnseen(c, dir)
		}
		if h.wait != nil {
			h.wait.lapsed = h.acked
		}
	}
	a.deliverable(c)
	for c.state != connEnded {
		p, q := c.halves[0].wait.front(), c.halves[1].wait.front()
		if p == nil && q == nil {
			break
		}
		dir := 0
		if p == nil || q != nil && q.time < p.time {
			dir = 1
		}
		a.skip(c, dir, gapLost)
		a.deliverable(c)
	}
	if c.state == connEnded { // a FIN or RST was waiting
		return
	}
	if c.state == connOpen {
		c.stream.Close(time, reason)
	}
	c.stream = nil
	c.state = connEnded
	a.abort(c)
	if c.timer.queue != &a.ended {
		a.enqueue(&a.ended, &c.timer)
	}
}

// streamOf returns the connection's stream, opening it if it has none yet, or
// nil if the connection is not wanted.
func (a *Assembler) streamOf(c *conn) Stream {
	if c.state != connNew {
		return c.stream
	}
	c.stream = a.open(Start{A: c.a, B: c.b, SawSYN: c.sawSYN, Time: c.start, Number: c.number})
	if c.stream != nil {
		c.state = connOpen
		return c.stream
	}
	c.state = connUnwanted
	a.abort(c)
	return nil
}

// abort stops both directions of a connection.
func (a *Assembler) abort(c *conn) {
	for dir := range c.halves {
		h := &c.halves[dir]
		if h.state != finished {
			h.state = aborted
		}
		a.discard(h)
	}
}

package reassembly

// slow takes a segment that is not simply the next of its connection. Newest is
// the latest connection of its endpoints, or nil.
func (a *Assembler) slow(s *Segment, newest *conn) {
	c, dir := match(s, newest)
	if c == nil {
		if !begins(s) {
			return
		}
		c, dir = a.create(s)
	}
	if c.state == connNew && c.turns(s, dir) {
		c.turn()
		dir = 1 - dir
	}
	c.last = a.now
	a.touch(c)
	if c.state == connNew || c.state == connOpen {
		a.receive(s, c, dir)
		if c.halves[0].wait != nil || c.halves[1].wait != nil {
			a.settle(c)
		}
	}
	a.relieve()
}

// receive takes what a segment says and carries.
func (a *Assembler) receive(s *Segment, c *conn, dir int) {
	h, o := &c.halves[dir], &c.halves[1-dir]
	if s.Flags&flagRST != 0 && h.ignores(s) {
		return
	}
	seq, size := s.Seq, uint32(len(s.Payload))+uint32(min(max(s.Missing, 0), maxJump))
	if s.Flags&flagSYN != 0 {
		a.synchronize(c, dir, seq)
		seq++
	}
	after := s.Flags&flagACK != 0 && a.acknowledge(c, 1-dir, s.Ack)
	if s.Flags&(flagSYN|flagACK) == flagSYN|flagACK && (o.state == expected || o.state == held) {
		// The SYN that this one answers is late, or lost; so may its first bytes be.
		acked := o.acked
		o.isn = s.Ack - 1
		o.follow(s.Ack)
		o.await(acked)
	}
	if s.Flags&flagSYN == 0 && c.timer.queue == &a.halfOpen && (size > 0 || h.state != unknown && o.state != unknown) {
		a.enqueue(&a.live, &c.timer)
	}
	ends := s.Flags & (flagFIN | flagRST)
	if size == 0 && ends == 0 || !a.admit(s, c, dir, seq, size) {
		return
	}
	if !h.conflict && h.wait != nil && h.wait.contradicts(seq, s.Payload) {
		h.conflict = true
		a.stats.Conflicts++
	}
	sp := span{time: s.Time, ack: s.Ack, after: after}
	if n := uint32(len(s.Payload)); n > 0 {
		sp.seq, sp.size, sp.data = seq, n, s.Payload
		a.place(c, dir, sp)
		seq, size = seq+n, size-n
	}
	if size > 0 {
		sp.seq, sp.size, sp.data = seq, size, nil
		a.place(c, dir, sp)
		seq += size
	}
	sp.seq, sp.size, sp.data = seq, 0, nil
	if ends&flagFIN != 0 {
		sp.end = flagFIN
		a.place(c, dir, sp)
	}
	if ends&flagRST != 0 {
		sp.end = flagRST
		a.place(c, dir, sp)
	}
}

// ignores reports whether the other side ignores s, a RST: it lies before what
// that has received (RFC 9293, section 3.5.3). Who had no connection any more may
// not know of a FIN.
func (h *half) ignores(s *Segment) bool {
	seq := s.Seq
	if h.state == finished {
		seq++
	}
	return h.state != unknown && before(seq, h.received)
}

// synchronize takes the SYN of a direction.
func (a *Assembler) synchronize(c *conn, dir int, isn uint32) {
	h := &c.halves[dir]
	if h.syn {
		return
	}
	h.syn, h.isn, c.sawSYN = true, isn, true
	switch h.state {
	case unknown:
		h.received = isn + 1
		h.follow(isn + 1)
	case expected, held:
		acked := h.acked
		h.follow(isn + 1)
		h.await(acked)
	}
}

// follow makes seq the next sequence number of a direction.
func (h *half) follow(seq uint32) {
	h.state, h.next, h.acked, h.unseen = flowing, seq, seq, 0
	if h.wait != nil {
		h.wait.lapsed = seq
	}
}

// await notes that the other side has received everything before acked, if that
// is news, and plausible. It reports whether it was.
func (h *half) await(acked uint32) bool {
	if !before(h.next, acked) || acked-h.next > maxJump {
		return false
	}
	if h.wait == nil {
		h.wait = &waiting{lapsed: h.next}
		h.acked = h.next
	}
	if before(h.acked, acked) {
		h.acked = acked
	}
	return true
}

// release ends the waiting of the first segments for earlier ones.
func (h *half) release() {
	acked := h.acked
	h.follow(h.wait.front().seq)
	h.await(acked)
}

// doubt takes back that the last byte of a direction was a FIN.
func (h *half) doubt() {
	h.follow(h.next - 1)
	h.await(h.next + 1)
}

// acknowledge takes an acknowledgement of direction dir. It reports whether it
// covers bytes that have not been delivered, though they may yet be, or whether
// that is not known: what the acknowledging side sends then comes after them.
func (a *Assembler) acknowledge(c *conn, dir int, ack uint32) bool {
	h := &c.halves[dir]
	if before(h.received, ack) && apart(ack, h.next) <= maxJump {
		h.received = ack
	}
	switch h.state {
	case unknown:
		h.state, h.next, h.acked, h.received = expected, ack, ack, ack
		return true
	case expected:
		if before(h.acked, ack) {
			h.acked = ack
		}
		if h.acked-h.next > maxAhead {
			h.unseen += int64(h.acked - h.next)
			h.next = h.acked
		}
		return apart(ack, h.next) <= maxJump
	case held:
		if before(h.acked, ack) {
			h.acked = ack
		}
		return before(h.next, ack) && ack-h.next <= maxJump
	case maybeEnded:
		if before(h.next, ack) {
			h.doubt()
		}
	}
	return h.state == flowing && h.await(ack)
}

// admit prepares a direction for the data of a segment, size bytes at seq, or
// its end. It reports whether there is anything to do with it.
func (a *Assembler) admit(s *Segment, c *conn, dir int, seq, size uint32) bool {
	h, time := &c.halves[dir], s.Time
	if s.Flags&flagRST != 0 && h.state != flowing && h.state != maybeEnded {
		if h.state == held {
			a.end(c, time, closeReset)
			return false
		}
		if h.state == unknown {
			h.next = seq
		}
		a.reset(c, dir, time)
		return false
	}
	switch h.state {
	case unknown, expected:
		switch {
		case h.state == expected && (c.sawSYN || size == 0 && before(h.next, seq)):
			acked := h.acked
			unseen := h.unseen
			h.follow(h.next)
			h.await(acked)
			if unseen > 0 {
				a.gap(c, dir, time, unseen, gapNotCaptured)
			}
		case isProbe(s): // for all one can know
			return false
		default:
			if h.state == unknown {
				h.acked = seq
				h.received = seq - maxJump // it may be anywhere
			}
			h.state, h.next, h.unseen = held, seq, 0
			h.wait = &waiting{}
		}
	case held:
		if apart(seq, h.next) > maxJump || isProbe(s) && before(seq, h.next) {
			return false
		}
		if before(seq, h.next) && size > 0 {
			h.next = seq
		}
	case maybeEnded:
		h.doubt()
	case finished, aborted:
		return false
	}
	if h.state != flowing {
		return true
	}
	if d := int64(int32(seq - h.next)); d < -maxJump || d > maxAhead {
		if size == 0 {
			return false
		}
		a.jump(c, dir, seq, time)
	}
	return c.state != connEnded
}

// jump goes on at seq, too far from everything else to say how much is missing.
func (a *Assembler) jump(c *conn, dir int, seq uint32, time int64) {
	h := &c.halves[dir]
	for h.state == flowing && h.wait.front() != nil {
		a.skip(c, dir, gapLost)
	}
	if h.state == flowing {
		a.discard(h)
		h.follow(seq)
		h.received = seq - maxJump
		a.gap(c, dir, time, -1, gapLost)
	}
}

// place delivers a span, or those parts of it whose turn it is, and lets the
// rest wait.
func (a *Assembler) place(c *conn, dir int, sp span) {
	h := &c.halves[dir]
	for h.state == flowing {
		if before(sp.seq, h.next) {
			old := h.next - sp.seq
			switch {
			case sp.end == flagRST: // by one who has not received the latest from its own side
				sp.seq = h.next
			case sp.end != 0 || old >= sp.size:
				return
			default:
				sp = sp.from(old)
			}
		}
		first := h.wait.front()
		if sp.seq != h.next || first != nil && first.seq == sp.seq || c.mustWait(dir, &sp) {
			break
		}
		part := sp
		if first != nil && first.seq-sp.seq < sp.size {
			part = sp.to(first.seq - sp.seq)
		}
		part = part.to(c.earlier(dir, &part))
		a.deliver(c, dir, part)
		a.drain(c, dir)
		if part.size == sp.size {
			return
		}
		sp = sp.from(part.size)
	}
	if h.state == flowing || h.state == held {
		a.hold(h, sp)
	}
}

// mustWait reports whether sp comes after bytes of the other direction that have
// not been delivered, and may still be. Of two that wait for each other, one is a
// retransmission, which acknowledges more than the first transmission did: the
// one captured later. Its bytes went first.
func (c *conn) mustWait(dir int, sp *span) bool {
	if !sp.after {
		return false
	}
	h, o := &c.halves[dir], &c.halves[1-dir]
	if o.state != flowing && o.state != held || !before(o.next, sp.ack) {
		return false
	}
	p := o.wait.front()
	return p == nil || p.seq != o.next || !p.after || !before(h.next, p.ack) || sp.time < p.time
}

// earlier returns how many bytes of sp, whose turn it is, came before what waits
// first in the other direction and, unlike the rest, not for each other: of a
// retransmission that holds more than was sent at first, those that the other
// side had received when it sent that.
func (c *conn) earlier(dir int, sp *span) uint32 {
	o := &c.halves[1-dir]
	p := o.wait.front()
	if !sp.after || !before(o.next, sp.ack) || p == nil || p.seq != o.next || !p.after || !before(sp.seq, p.ack) {
		return sp.size
	}
	return min(sp.size, p.ack-sp.seq)
}

// hold lets a span wait.
func (a *Assembler) hold(h *half, sp span) {
	if h.wait == nil {
		h.wait = &waiting{lapsed: h.next}
		h.acked = h.next
	}
	if sp.end != 0 {
		h.wait.putEnd(sp)
		return
	}
	had := h.wait.bytes
	h.wait.put(sp, &a.pieces)
	a.stats.Waiting += h.wait.bytes - had
	a.stats.MaxWaiting = max(a.stats.MaxWaiting, a.stats.Waiting)
}

// deliver passes on a span whose turn it is.
func (a *Assembler) deliver(c *conn, dir int, sp span) {
	h := &c.halves[dir]
	if before(h.next, sp.seq+sp.size) { // not so for an end before data that waited
		h.next = sp.seq + sp.size
	}
	switch {
	case sp.end == flagFIN:
		a.finish(c, dir, sp.time)
	case sp.end == flagRST:
		a.reset(c, dir, sp.time)
	case sp.data == nil:
		a.gap(c, dir, sp.time, int64(sp.size), gapCut)
	default:
		if stream := a.streamOf(c); stream != nil {
			stream.Data(dir, sp.time, sp.data)
		}
	}
}

// gap tells that bytes are missing.
func (a *Assembler) gap(c *conn, dir int, time, size int64, reason string) {
	stream := a.streamOf(c)
	if stream == nil {
		return
	}
	a.stats.Gaps++
	a.stats.MissingBytes += max(size, 0)
	stream.Gap(dir, time, size, reason)
}

// finish ends a direction, and the connection if it was the other one's turn to.
func (a *Assembler) finish(c *conn, dir int, time int64) {
	h := &c.halves[dir]
	h.next++ // a FIN takes a sequence number
	h.state = finished
	a.discard(h)
	if c.state == connOpen {
		c.stream.CloseDirection(dir, time)
	}
	if c.halves[1-dir].state == finished {
		a.end(c, time, closeFinished)
	}
}

// reset ends a direction by its RST, and the connection soon after: what the
// other side sent before may have been captured later.
func (a *Assembler) reset(c *conn, dir int, time int64) {
	h, o := &c.halves[dir], &c.halves[1-dir]
	h.state = finished
	a.discard(h)
	if o.state == finished {
		a.end(c, time, closeReset)
		return
	}
	c.reset = time
	a.enqueue(&a.resets, &c.timer)
}

// discard drops what waits in a direction.
func (a *Assembler) discard(h *half) {
	if h.wait != nil {
		h.wait.timer.remove()
		a.stats.Waiting -= h.wait.bytes
		h.wait = nil
	}
}

// tellUnseen tells what the other side acknowledged of a direction that the
// capture holds nothing of.
func (a *Assembler) tellUnseen(c *conn, dir int) {
	h := &c.halves[dir]
	n := h.unseen + int64(h.acked-h.next)
	h.unseen, h.next = 0, h.acked
	if n > 0 && c.state == connOpen {
		a.gap(c, dir, a.now, n, gapNotCaptured)
	}
}

// deliverFront delivers what is first of what waits in a direction.
func (a *Assembler) deliverFront(c *conn, dir int) {
	w := c.halves[dir].wait
	if w.front() == &w.end {
		end := w.end
		w.end = span{}
		a.deliver(c, dir, end)
		return
	}
	p := w.head[0]
	n := c.earlier(dir, &p.span)
	h := &c.halves[dir]
	old := before(p.seq, h.next) // a SYN that came later says that the direction begins behind it
	if old {
		n = min(p.size, h.next-p.seq)
	}
	part, whole := p.span.to(n), n == p.size
	if whole {
		w.take()
		a.stats.Waiting -= p.memory()
	} else {
		w.cut(n)
	}
	if !old {
		a.deliver(c, dir, part)
	}
	if whole {
		a.pieces.put(p)
	}
}

// drain delivers what waits in a direction and whose turn it is, and reports whether
// there were any.
func (a *Assembler) drain(c *conn, dir int) bool {
	h := &c.halves[dir]
	any := false
	for h.state == flowing {
		p := h.wait.front()
		if p == nil || before(h.next, p.seq) || c.mustWait(dir, p) {
			break
		}
		a.deliverFront(c, dir)
		any = true
	}
	return any
}

// lacksAcked reports whether the next byte of a direction is missing, and the
// other side has acknowledged it.
func (h *half) lacksAcked() bool {
	p := h.wait.front()
	return before(h.next, h.acked) && (p == nil || p.seq != h.next)
}

// deliverable delivers all whose turn it is in either direction, in causal order.
func (a *Assembler) deliverable(c *conn) {
	for a.drain(c, 0) || a.drain(c, 1) || a.lapse(c, 0) || a.lapse(c, 1) {
	}
}

// lapse gives up what is missing at the front of a direction, if its time is
// over, and reports whether there was anything.
func (a *Assembler) lapse(c *conn, dir int) bool {
	h := &c.halves[dir]
	if h.state != flowing || h.wait == nil || !before(h.next, h.wait.lapsed) {
		return false
	}
	to, p, time := h.wait.lapsed, h.wait.front(), a.now
	if p != nil {
		time = p.time
		if before(p.seq, to) {
			to = p.seq
		}
	}
	switch missing := to - h.next; {
	case missing == 0: // the first that waits does so for the other direction
		return false
	case !h.syn && h.next == h.isn+1 && p == nil: // nothing of it may ever come
		h.state, h.next = expected, to
		a.discard(h)
		a.gap(c, dir, time, int64(missing), gapNotCaptured)
	case missing == 1 && p == nil:
		h.next, h.state = to, maybeEnded
	default:
		h.next = to
		a.gap(c, dir, time, int64(missing), gapNotCaptured)
	}
	return true
}

// skip gives up what is missing before the first that waits in a direction; if
// nothing is, it delivers that, which waits for the other direction.
func (a *Assembler) skip(c *conn, dir int, reason string) {
	h := &c.halves[dir]
	p := h.wait.front()
	if !before(h.next, p.seq) {
		a.deliverFront(c, dir)
		return
	}
	missing := p.seq - h.next
	h.next = p.seq
	a.gap(c, dir, p.time, int64(missing), reason)
	if reason == gapMemory {
		a.stats.GivenUpBytes += int64(missing)
	}
}

// giveUp ends the waiting at the front of a direction.
func (a *Assembler) giveUp(c *conn, dir int, reason string) {
	h := &c.halves[dir]
	h.wait.timer.remove()
	switch {
	case h.state == held:
		h.release()
	case h.lacksAcked():
		h.wait.lapsed = h.wait.covers
	default:
		a.skip(c, dir, reason)
	}
	a.settle(c)
}

// settle delivers all whose turn it is after something has changed, keeps either
// direction within its window, and sets the timers for what still waits.
func (a *Assembler) settle(c *conn) {
	for dir := range c.halves {
		if h := &c.halves[dir]; h.state == held && h.wait.count >= startPieces {
			h.release()
		}
	}
	a.deliverable(c)
	for dir := range c.halves {
		for h := &c.halves[dir]; a.overfull(h); a.deliverable(c) {
			if h.state == held {
				h.release()
			} else {
				a.skip(c, dir, gapLost)
			}
		}
	}
	a.rearm(c, 0)
	a.rearm(c, 1)
}

// overfull reports whether more waits in a direction than its window allows.
func (a *Assembler) overfull(h *half) bool {
	return h.wait != nil && h.wait.bytes > a.options.WindowBytes
}

// rearm sets the timer of a direction according to what it waits for. It runs
// from when the direction last went on.
func (a *Assembler) rearm(c *conn, dir int) {
	h := &c.halves[dir]
	w := h.wait
	if w == nil {
		return
	}
	if h.state == flowing && !before(h.next, h.acked) {
		h.acked = h.next
	}
	if h.state == flowing && !before(h.next, w.lapsed) {
		w.lapsed = h.next
	}
	q := &a.holes
	switch {
	case h.state == held && before(h.next, h.acked), h.state == flowing && h.lacksAcked():
		q = &a.acked
	case h.state == held:
		q = &a.starts
	case h.state != flowing || w.front() == nil:
		a.discard(h)
		return
	}
	if w.timer.queue != q || w.since != h.next {
		w.timer.conn, w.timer.dir = c, dir
		w.since, w.covers = h.next, h.acked
		a.enqueue(q, &w.timer)
	}
}

package decode

import (
	"encoding/binary"
	"unsafe"

	"github.com/kdump/kdump/codec"
)

const (
	// window is how many bytes are kept, at most, until it is known whether
	// they are a message.
	window = 64 << 10
	// maxAwaited is how many waiting requests a response may answer where it
	// is not known where it begins.
	maxAwaited = 64
	// walksPerByte bounds the work of a search: as many bytes may be read by
	// layouts, in vain, for each byte that is searched, and as many places be
	// looked at again.
	walksPerByte = 16
	// small is the size below which a response tells too little where zeros do.
	small = 32
	// leastAnswer is what the smallest response has, with an error code or tags.
	leastAnswer = leastResponse + 2
)

// search looks for the beginning of the next message in a direction where it
// is not known: behind a gap, or where the capture begins in the middle.
type search struct {
	decoder *Decoder
	why     string
	since   int64  // time of the first byte passed over
	passed  int64  // bytes passed over
	head    []byte // the first of them
	buf     []byte // bytes that may be a message's beginning
	gone    int    // bytes passed over whose room in front of buf is still taken
	marks   []mark // their times
	retry   int    // bytes of buf to gather before the next look
	credit  int    // bytes that may still be read in vain
	looks   int    // places that may still be looked at behind a candidate
	held    int    // what is counted in Decoder.held
	last    bool   // of the bytes that are looked at it is known that nothing belongs to them that is behind
}

const markSize = int(unsafe.Sizeof(mark{}))

// mark says that bytes up to end came at time.
type mark struct {
	end  int
	time int64
}

// lose begins a search.
func (c *conversation) lose(d codec.Direction, time int64, why string) {
	c.lost[d]++
	h := &c.halves[d]
	h.search = &search{decoder: c.decoder, why: why, credit: window, looks: window}
	h.search.pass(h.prefix[:h.have], time)
	h.have, h.in, h.left = 0, nil, 0
}

// pass passes over bytes that are no beginning of a message.
func (s *search) pass(b []byte, time int64) {
	if len(b) == 0 {
		return
	}
	if s.passed == 0 {
		s.since = time
	}
	if n := min(len(b), headSize-len(s.head)); n > 0 {
		s.head = append(s.head, b[:n]...)
	}
	s.passed += int64(len(b))
}

// keep keeps bytes that may be a message's beginning, as far as the bound for
// all that is held lets it.
func (s *search) keep(b []byte, time int64) {
	cost := len(b) + markSize
	if s.decoder.held+cost > s.decoder.opt.MaxHeld {
		s.giveUp()
		s.pass(b, time)
		return
	}
	s.hold(s.held + cost)
	s.buf = append(s.buf, b...)
	s.marks = append(s.marks, mark{end: len(s.buf), time: time})
}

// hold counts n bytes as held, in place of those counted before.
func (s *search) hold(n int) {
	s.decoder.held += n - s.held
	s.held = n
}

// nextLook says how many bytes there must be before another look at b, the
// beginning of a frame, is worth it: all of the frame, or more by half, so that
// bytes that arrive one by one are not looked at that often.
func nextLook(b []byte) int {
	next := max(len(b)+len(b)/2, prefixSize+leastResponse)
	if len(b) < prefixSize {
		return next
	}
	if end := prefixSize + int(binary.BigEndian.Uint32(b)); end > len(b) {
		next = min(next, end)
	}
	return min(next, window)
}

// drop passes over the first n bytes of those kept.
func (s *search) drop(n int) {
	from := 0
	for from < n {
		m := s.marks[0]
		s.pass(s.buf[from:min(n, m.end)], m.time)
		from = min(n, m.end)
		if m.end > n {
			break
		}
		s.marks = s.marks[1:]
	}
	s.buf = s.buf[n:]
	for i := range s.marks {
		s.marks[i].end -= n
	}
	if s.gone += n; s.gone > len(s.buf) {
		s.buf, s.marks, s.gone = append([]byte(nil), s.buf...), append([]mark(nil), s.marks...), 0
	}
	s.hold(s.gone + len(s.buf) + len(s.marks)*markSize)
}

// giveUp passes over all bytes kept.
func (s *search) giveUp() { s.drop(len(s.buf)) }

// searchIn goes on searching a direction with the next bytes.
func (c *conversation) searchIn(d codec.Direction, time int64, b []byte) {
	s := c.halves[d].search
	s.earn(len(b))
	if len(s.buf) == 0 {
		at, v := c.scan(d, s, b, false)
		if d == codec.Response && v != yes && c.fillsPiece(b) {
			at, v = 0, yes
		}
		s.pass(b[:at], time)
		if v == yes {
			c.found(d)
			c.read(d, time, b[at:])
			return
		}
		if at < len(b) {
			s.keep(b[at:], time)
		}
		s.retry = nextLook(s.buf)
		return
	}
	if c.isPiece(d, s, b) {
		// What the bytes kept may become is worth less than what is here, and
		// than messages among them that end here.
		s.drop(c.ending(d, s))
		c.found(d)
		c.replay(d, s)
		c.read(d, time, b)
		return
	}
	s.keep(b, time)
	if len(s.buf) < s.retry {
		return
	}
	at, v := c.scan(d, s, s.buf, len(s.buf) >= window)
	s.drop(at)
	if v == yes {
		c.found(d)
		c.replay(d, s)
		return
	}
	s.retry = nextLook(s.buf)
}

// isPiece judges whether a message begins with a piece that was sent. A small
// response that is all of it is one: servers mostly send one at a time.
func (c *conversation) isPiece(d codec.Direction, s *search, b []byte) bool {
	s.last = len(b) >= prefixSize && int64(binary.BigEndian.Uint32(b)) == int64(len(b)-prefixSize)
	v := c.judge(d, s, b, false)
	s.last = false
	return v == yes
}

// earn lets a search read more in vain for n bytes that are looked at.
func (s *search) earn(n int) {
	s.credit = min(s.credit+walksPerByte*n, walksPerByte*window)
	s.looks = min(s.looks+walksPerByte*n, walksPerByte*window)
}

// searchBeyond goes on with a search at a gap of the given size: a message of
// the bytes kept is there as a whole, or it ends with the gap, or it is none.
func (c *conversation) searchBeyond(d codec.Direction, size int64) {
	h := &c.halves[d]
	s := h.search
	s.last = true
	s.earn(len(s.buf)) // they are looked at for the last time
	for at := range s.buf {
		b := s.buf[at:]
		if c.judge(d, s, b, false) == yes || c.holed(d, s, b, size) {
			s.drop(at)
			c.found(d)
			c.replay(d, s)
			break
		}
	}
	if s.last = false; h.search != nil {
		s.giveUp()
	}
}

// holed judges whether b begins with a message that goes on in the gap of the
// given size behind b: it ends with the gap, or it follows what came before.
func (c *conversation) holed(d codec.Direction, s *search, b []byte, missing int64) bool {
	if d == codec.Request {
		return c.decoder.prober.holed(b, missing, false) && c.isCallers(b) || c.follows(s, b)
	}
	return c.holedResponse(b, missing)
}

// isCallers judges whether the request that b begins with says that the client
// sent it that sent the latest one, where there was any, or else says whose it
// is: without, a request's header may be zeros of many a message.
func (c *conversation) isCallers(b []byte) bool {
	h, err := codec.ReadRequestHeader(b[prefixSize:])
	switch {
	case err != nil:
		return false
	case c.latest.known:
		return c.latest.is(h.ClientID)
	}
	return len(h.ClientID) > 0
}

// follows judges whether b begins with a request of the client that sent the
// latest one, with one of the correlation ids that come next, as those of most
// clients do.
func (c *conversation) follows(s *search, b []byte) bool {
	if plausibleStart(b) != yes {
		return false
	}
	h, err := codec.ReadRequestHeader(b[prefixSize:])
	if err != nil || len(h.ClientID) == 0 || !c.latest.is(h.ClientID) || !s.pay(b) {
		return false
	}
	ahead := h.CorrelationID - c.latest.id
	return ahead > 0 && ahead <= maxOvertaken && c.decoder.prober.request(b, false) != no
}

// holedResponse judges whether b begins with the response to a request that
// waits, and ends with the gap of the given size behind b.
func (c *conversation) holedResponse(b []byte, missing int64) bool {
	if missing < 0 || len(b) < prefixSize+leastResponse {
		return false
	}
	size := int64(binary.BigEndian.Uint32(b))
	if prefixSize+size != int64(len(b))+missing {
		return false
	}
	request := c.awaited(int32(binary.BigEndian.Uint32(b[prefixSize:])), maxAwaited)
	if request == nil {
		return false
	}
	_, _, v := c.fitting(request, b[prefixSize:], int(size), false)
	return v != no
}

// replay reads the bytes that a search had kept.
func (c *conversation) replay(d codec.Direction, s *search) {
	from := 0
	for _, m := range s.marks {
		c.read(d, m.time, s.buf[from:m.end])
		from = m.end
	}
}

// scan looks for the first byte at which a message may begin. With final,
// no more bytes can be had for one that begins at the first. Where one would
// need more bytes, a row of messages behind it is worth more.
func (c *conversation) scan(d codec.Direction, s *search, b []byte, final bool) (at int, v verdict) {
	for at = range b {
		final = final && at == 0
		v = c.judge(d, s, b[at:], final)
		switch {
		case v == yes:
			return at, v
		case v == more && !final:
			if row := c.behind(d, s, b, at); row > at {
				return row, yes
			}
			return at, v
		}
	}
	return len(b), no
}

// behind returns where a row of messages begins behind b[at], at where there is
// none.
func (c *conversation) behind(d codec.Direction, s *search, b []byte, at int) int {
	if s.looks < len(b)-at {
		return at
	}
	s.looks -= len(b) - at
	for row := at + 1; row < len(b); row++ {
		if c.begins(d, s, b[row:]) {
			return row
		}
	}
	return at
}

// begins reports whether b begins with messages that are believed though one
// before them may not be at its end: they fill b, or there are several, and
// then what may be the next.
func (c *conversation) begins(d codec.Direction, s *search, b []byte) bool {
	const several = 2
	n, rest := c.row(d, s, b)
	return n > 0 && (len(rest) == 0 || n >= several && c.judge(d, s, rest, false) != no)
}

// ending returns where, among the bytes kept, messages begin that end where
// these end.
func (c *conversation) ending(d codec.Direction, s *search) int {
	s.last = true
	for at := range s.buf {
		if n, rest := c.row(d, s, s.buf[at:]); n > 0 && len(rest) == 0 {
			return at
		}
	}
	return len(s.buf)
}

// row counts the messages that b begins with, those that are there as a whole,
// and returns what is behind them.
func (c *conversation) row(d codec.Direction, s *search, b []byte) (n int, rest []byte) {
	for len(b) >= prefixSize {
		size := int64(binary.BigEndian.Uint32(b))
		if size > int64(len(b)-prefixSize) || c.judge(d, s, b, false) != yes {
			break
		}
		n++
		b = b[prefixSize+size:]
	}
	return n, b
}

// judge judges whether a message begins at b.
func (c *conversation) judge(d codec.Direction, s *search, b []byte, final bool) verdict {
	if d == codec.Request {
		return c.judgeRequest(s, b, final)
	}
	return c.judgeResponse(s, b, final)
}

// judgeRequest judges whether a request begins at b.
func (c *conversation) judgeRequest(s *search, b []byte, final bool) verdict {
	if v := plausibleStart(b); v != yes {
		return v
	}
	if !s.pay(b) {
		return no
	}
	return c.decoder.prober.request(b, final)
}

// pay takes the bytes that a look at a frame may read off the credit.
func (s *search) pay(b []byte) bool {
	n := min(len(b), prefixSize+int(binary.BigEndian.Uint32(b)))
	if s.credit < n {
		return false
	}
	s.credit -= n
	return true
}

// judgeResponse judges whether the response to a request that waits begins at
// b. A small one to request 0 is no more than the zeros of many a message.
func (c *conversation) judgeResponse(s *search, b []byte, final bool) verdict {
	if c.queue.first == nil || len(b) > 0 && b[0] >= maxProbed>>24 {
		return no
	}
	if len(b) < prefixSize+leastResponse {
		return more
	}
	if binary.BigEndian.Uint32(b) < leastResponse {
		return no
	}
	request := c.awaited(int32(binary.BigEndian.Uint32(b[prefixSize:])), maxAwaited)
	size := int(binary.BigEndian.Uint32(b))
	if request == nil || size < small && request.RequestHeader.CorrelationID == 0 || !s.pay(b) {
		return no
	}
	_, _, v := c.fitting(request, b[prefixSize:min(len(b), prefixSize+size)], size, final)
	if v == yes && size < small && !final {
		return c.goesOn(s, b[min(len(b), prefixSize+size):])
	}
	return v
}

// goesOn judges a small response by what is behind it: it may be numbers in the
// middle of a large one, unless the next one, too, may begin behind it.
func (c *conversation) goesOn(s *search, b []byte) verdict {
	switch {
	case len(b) < prefixSize+leastAnswer && s.last:
		return yes
	case len(b) < prefixSize+leastAnswer:
		return more
	case !c.mayBeAnswer(b):
		return no
	}
	return yes
}

// fillsPiece reports whether b is whole frames of responses, one behind the
// other, to its end: hardly by chance.
func (c *conversation) fillsPiece(b []byte) bool {
	for len(b) > 0 {
		if len(b) < prefixSize+leastAnswer || !c.mayBeAnswer(b) {
			return false
		}
		size := binary.BigEndian.Uint32(b)
		if int64(size) > int64(len(b)-prefixSize) {
			return false
		}
		b = b[prefixSize+size:]
	}
	return true
}

// mayBeAnswer reports whether b, which has prefixSize and leastAnswer bytes at
// least, may begin with a response.
func (c *conversation) mayBeAnswer(b []byte) bool {
	size := binary.BigEndian.Uint32(b)
	return size >= leastAnswer && size <= maxProbed && c.mayAnswer(b[prefixSize:])
}

// mayAnswer reports whether a response's frame may begin with b. Correlation
// ids count up from small numbers, so that they are near the latest request's,
// or, where none was seen, not large: in the middle of a message set, a checksum
// stands there, and in SASL tokens letters do. Behind the id come no tags, a
// time, an error code or a count, none of them large.
func (c *conversation) mayAnswer(b []byte) bool {
	const near, large = 1 << 16, 1 << 24
	first, id := b[leastResponse], int32(binary.BigEndian.Uint32(b))
	if first != 0 && first != 0xff {
		return false
	}
	if c.latest.known {
		away := id - c.latest.id
		return -near < away && away < near
	}
	return 0 <= id && id < large
}

// found ends a search with the beginning of a message. As that is no token,
// the tokens that wait for one have got it in what was passed over.
func (c *conversation) found(d codec.Direction) {
	for d == codec.Response && c.queue.first != nil && c.queue.first.raw {
		c.unanswered(c.queue.first, "the answer is missing")
	}
	c.leaveSearch(d)
}

// endSearch ends a search for lack of bytes.
func (c *conversation) endSearch(d codec.Direction) {
	c.searchBeyond(d, -1)
	if c.halves[d].search != nil {
		c.leaveSearch(d)
	}
}

func (c *conversation) leaveSearch(d codec.Direction) {
	c.lost[d]++ // also since the search began
	c.tellPassed(d)
	c.halves[d].search.hold(0)
	c.halves[d].search = nil
}

// tellPassed tells of the bytes that were passed over.
func (c *conversation) tellPassed(d codec.Direction) {
	s := c.halves[d].search
	if s.passed > 0 {
		c.undecoded(d, s.since, s.passed, s.why+"; passed over to where the next message begins", s.head)
	}
}

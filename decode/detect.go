package decode

import (
	"slices"
	"unsafe"
)

const (
	// maxUndecided bounds the bytes kept of a connection until it is known
	// what it is.
	maxUndecided = 64 << 10
	// maxRefused is how many pieces may begin with something other than a
	// request, in each direction, before a connection whose beginning was not
	// seen is taken to be no Kafka.
	maxRefused = 1024
	// maxSearched is how many pieces of a direction are searched to their end.
	maxSearched = 1024
)

// content is what a connection carries.
type content uint8

const (
	undecided content = iota
	kafka
	kerberos // Kafka behind GSSAPI tokens
	tlsStart
	tlsMiddle
	http
	other
)

// detection is the phase of a connection of which it is not known yet what it
// carries. Kafka's clients speak first, so that a connection seen from its
// beginning is known by its first message. Of others, each piece may begin
// with a request.
type detection struct {
	stream    *Stream
	start     Start
	known     bool // one of the ends has one of Options.Ports
	client    int  // the client's direction, -1 where it is not known
	fromStart bool
	seen      bool // there were bytes
	hello     TLS
	proxied   *Proxied // what a proxy sent in front
	events    []event
	missed    [2]event // by direction, the gaps between bytes that were dropped, as one
	held      int      // what is counted in Decoder.held
	waits     [2]undecidedBytes
}

// event is what came of a connection: n bytes, or a gap.
type event struct {
	dir    int
	time   int64
	n      int
	gap    bool
	size   int64
	reason string
}

const eventSize = int(unsafe.Sizeof(event{}))

// undecidedBytes is what a direction carried so far.
type undecidedBytes struct {
	kept    []byte
	judged  bool  // kept[at:] is being judged
	at      int   // where the piece begins that may be a request
	first   int64 // time of its first byte
	retry   int   // bytes of it to gather before the next look
	refused int   // pieces that are none
	dropped int64 // bytes that were not kept
}

func (p *detection) data(dir int, time int64, b []byte) {
	if len(b) == 0 {
		return
	}
	if !p.seen && p.client != 1-dir && maybeProxied(b) {
		p.seen = true
		p.stream.phase = &preamble{stream: p.stream, detection: p, dir: dir}
		p.stream.phase.data(dir, time, b)
		return
	}
	p.seen = true
	w := &p.waits[dir]
	if w.judged && p.isFull(len(b)) {
		piece := slices.Concat(w.kept[w.at:], b)
		if p.decide(dir, p.judge(dir, piece, true)) {
			p.stream.phase.data(dir, time, b)
			return
		}
	}
	if !w.judged {
		// Most often all that is needed lies here, and none of it is copied.
		w.at, w.first = len(w.kept), time
		w.judged = true
		if p.decide(dir, p.judge(dir, b, len(b) >= maxUndecided)) {
			p.stream.phase.data(dir, time, b)
			return
		}
		p.keep(dir, time, b)
		w.retry = nextJudgement(b)
		return
	}
	p.keep(dir, time, b)
	if !w.judged {
		return
	}
	if piece := w.kept[w.at:]; len(piece) >= w.retry {
		p.decide(dir, p.judge(dir, piece, len(piece) >= maxUndecided/2))
		w.retry = nextJudgement(piece)
	}
}

// nextJudgement says how many bytes of a piece are worth another look.
func nextJudgement(piece []byte) int {
	if looksLikeTLS(piece) == yes {
		return nextRecordEnd(piece)
	}
	return nextLook(piece)
}

// judge says what bytes at the beginning of a piece are. With final, no more
// of them can be had.
func (p *detection) judge(dir int, b []byte, final bool) content {
	switch looksLikeTLS(b) {
	case yes:
		return p.judgeTLS(dir, b, final)
	case more:
		return undecided
	}
	switch {
	case p.known:
		return kafka
	case isHTTP(b):
		return http // whatever its bodies are
	case p.client == 1-dir:
		return other // what the server sends is no request
	case !p.fromStart:
		return p.judgeLater(dir, b, final)
	}
	v, k := p.stream.decoder.prober.firstRequest(b, final), isKerberosToken(b)
	switch {
	case v == yes:
		return kafka
	case k == yes:
		return kerberos
	case (v == more || k == more) && !final:
		return undecided
	}
	return other
}

// judgeLater judges a piece that is not the connection's first. The requests
// of a client that sends many at once begin anywhere.
func (p *detection) judgeLater(dir int, b []byte, final bool) content {
	prober := &p.stream.decoder.prober
	switch v := prober.eitherWay(b, final); {
	case v == yes, p.waits[dir].refused < maxSearched && prober.holdsRequest(b):
		return kafka
	case v == more && !final:
		return undecided
	}
	return other
}

// judgeTLS judges what begins as a TLS record does.
func (p *detection) judgeTLS(dir int, b []byte, final bool) content {
	hello, v := readClientHello(b)
	p.hello = hello
	switch {
	case v == yes:
		return tlsStart
	case v == more && !final:
		return undecided
	case v == more && p.fromStart && p.client == dir:
		return tlsStart // of a hello with a hole
	}
	return tlsMiddle
}

// decide goes on by what a direction's piece was found to be, and reports
// whether the connection has another phase now.
func (p *detection) decide(dir int, c content) bool {
	s := p.stream
	w := &p.waits[dir]
	switch c {
	case undecided:
		return false
	case other:
		w.judged = false
		w.refused++
		if !p.fromStart && (p.waits[0].refused <= maxRefused || p.waits[1].refused <= maxRefused) {
			return false
		}
		s.decoder.stats.Other++
		p.pass()
	case http:
		s.decoder.stats.Other++
		p.pass()
	case tlsMiddle:
		s.decoder.stats.TLS++
		p.pass()
	case tlsStart:
		s.decoder.stats.TLS++
		h := newHandshake(s, p.start, dir, w.first, p.hello)
		h.hello.Connection.Proxied = p.proxied
		s.phase = h
		p.replay()
	default:
		p.converse(dir, c)
		p.replay()
	}
	return true
}

// converse has the connection be read as Kafka.
func (p *detection) converse(dir int, how content) {
	client := dir
	if p.fromStart {
		client = p.client
	} else if p.known {
		client = p.portless()
	}
	c := p.stream.speak(p.start, client, p.fromStart)
	c.Proxied = p.proxied
	if how == kerberos {
		c.sasl = sasl{mechanism: "GSSAPI", raw: true}
		c.SecurityProtocol = saslPlaintext
		c.hiding = [2]bool{true, true}
	}
	for dir := range p.waits {
		if d := c.direction(dir); !p.fromStart {
			c.lose(d, p.start.Time, "the capture does not have the connection's beginning")
			c.halves[d].search.passed, c.halves[d].search.since = p.waits[dir].dropped, p.start.Time
		}
	}
}

// portless gives the direction of the end that has none of the ports that
// speak Kafka.
func (p *detection) portless() int {
	if slices.Contains(p.stream.decoder.opt.Ports, p.start.A.Port()) {
		return 1
	}
	return 0
}

// pass has the connection be passed over from now on.
func (p *detection) pass() {
	p.drop()
	p.stream.phase = passed{}
}

// replay has the next phase see what came so far.
func (p *detection) replay() {
	from := [2]int{}
	for _, e := range p.missed {
		if e.gap {
			p.stream.phase.gap(e.dir, e.time, e.size, e.reason)
		}
	}
	for _, e := range p.events {
		if e.gap {
			p.stream.phase.gap(e.dir, e.time, e.size, e.reason)
			continue
		}
		at := from[e.dir]
		from[e.dir] += e.n
		p.stream.phase.data(e.dir, e.time, p.waits[e.dir].kept[at:at+e.n])
	}
	p.drop()
}

// keep copies bytes until it is known what they are. What is too much is
// dropped, the older bytes too.
func (p *detection) keep(dir int, time int64, b []byte) {
	if p.stream.phase != phase(p) {
		return
	}
	w := &p.waits[dir]
	if p.isFull(len(b)) {
		begins := w.judged && w.at == len(w.kept)
		p.drop()
		p.fromStart = false
		if p.isFull(len(b)) {
			w.dropped += int64(len(b))
			return
		}
		w.at, w.judged = 0, begins
	}
	p.hold(len(b))
	w.kept = append(w.kept, b...)
	p.events = append(p.events, event{dir: dir, time: time, n: len(b)})
}

// isFull reports whether n more bytes are too many to be kept. A connection's
// first bytes never are, so that it is found also where there is no room.
func (p *detection) isFull(n int) bool {
	d := p.stream.decoder
	cost := n + eventSize
	return len(p.waits[0].kept)+len(p.waits[1].kept)+n > maxUndecided || d.held+cost > d.opt.MaxHeld && p.held+cost > chunk
}

// hold counts n bytes and their event as held.
func (p *detection) hold(n int) {
	p.stream.decoder.held += n + eventSize
	p.held += n + eventSize
}

// miss notes a gap whose place among the bytes is not kept.
func (p *detection) miss(e event) {
	m := &p.missed[e.dir]
	switch {
	case !m.gap:
		*m = e
	case m.size < 0 || e.size < 0:
		m.size = -1
	default:
		m.size += e.size
	}
}

// drop lets go of what was kept. That there were gaps remains known.
func (p *detection) drop() {
	for _, e := range p.events {
		if e.gap {
			p.miss(e)
		}
	}
	for i := range p.waits {
		w := &p.waits[i]
		w.dropped += int64(len(w.kept))
		w.kept, w.judged = nil, false
	}
	p.events = nil
	p.stream.decoder.held -= p.held
	p.held = 0
}

func (p *detection) gap(dir int, time, size int64, reason string) {
	w := &p.waits[dir]
	if w.judged && p.fromStart && looksLikeTLS(w.kept[w.at:]) == yes {
		p.decide(dir, p.judgeTLS(dir, w.kept[w.at:], true))
		p.stream.phase.gap(dir, time, size, reason)
		return
	}
	if p.known || w.judged && p.isHoled(w.kept[w.at:], size) {
		p.decide(dir, kafka)
		p.stream.phase.gap(dir, time, size, reason)
		return
	}
	p.fromStart = false
	w.judged = false
	e := event{dir: dir, time: time, gap: true, size: size, reason: reason}
	if p.isFull(0) {
		p.miss(e)
		return
	}
	p.hold(0)
	p.events = append(p.events, e)
}

// isHoled reports whether b is the beginning of a request whose next missing
// bytes are not there.
func (p *detection) isHoled(b []byte, missing int64) bool {
	prober := &p.stream.decoder.prober
	return prober.holed(b, missing, p.fromStart) && (p.client >= 0 || apiAt(b).Key != apiProduce || prober.produces(b))
}

func (p *detection) end(time int64, reason string) {
	for dir := range p.waits {
		if w := &p.waits[dir]; w.judged && p.decide(dir, p.judge(dir, w.kept[w.at:], true)) {
			p.stream.phase.end(time, reason)
			return
		}
	}
	p.drop()
	if p.seen {
		p.stream.decoder.stats.Other++
	}
}

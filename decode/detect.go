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
	fromStart bool
	seen      bool // there were bytes
	hello     TLS
	proxied   *Proxied // what a proxy sent in front
	events    []event
	held      int // what is counted in Decoder.held
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
	retry   int   // bytes of it to gather before the next look
	refused int   // pieces that are none
	dropped int64 // bytes that were not kept
}

func (p *detection) data(dir int, time int64, b []byte) {
	if len(b) == 0 {
		return
	}
	if !p.seen && dir == 0 && p.start.SawSYN && maybeProxied(b) {
		p.seen = true
		p.stream.phase = &preamble{stream: p.stream, detection: p}
		p.stream.phase.data(dir, time, b)
		return
	}
	p.seen = true
	w := &p.waits[dir]
	if !w.judged {
		// Most often all that is needed lies here, and none of it is copied.
		w.at = len(w.kept)
		w.judged = true
		if p.decide(dir, time, p.judge(dir, b, len(b) >= maxUndecided)) {
			p.stream.phase.data(dir, time, b)
			return
		}
		p.keep(dir, time, b)
		w.retry = nextLook(b)
		return
	}
	p.keep(dir, time, b)
	if !w.judged {
		return
	}
	if piece := w.kept[w.at:]; len(piece) >= w.retry {
		p.decide(dir, time, p.judge(dir, piece, len(piece) >= maxUndecided/2))
		w.retry = nextLook(piece)
	}
}

// judge says what bytes at the beginning of a piece are. With final, no more
// of them can be had.
func (p *detection) judge(dir int, b []byte, final bool) content {
	switch looksLikeTLS(b) {
	case yes:
		return p.judgeTLS(b, final)
	case more:
		return undecided
	}
	switch {
	case p.known:
		return kafka
	case isHTTP(b):
		return http // whatever its bodies are
	case p.start.SawSYN && dir == 1:
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
func (p *detection) judgeTLS(b []byte, final bool) content {
	hello, v := readClientHello(b)
	p.hello = hello
	switch {
	case v == yes:
		return tlsStart
	case v == more && !final:
		return undecided
	}
	return tlsMiddle
}

// decide goes on by what a direction's piece was found to be, and reports
// whether the connection has another phase now.
func (p *detection) decide(dir int, time int64, c content) bool {
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
		h := newHandshake(s, p.start, dir, time, p.hello)
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
		client = 0
	} else if p.known {
		client = p.portless()
	}
	c := p.stream.speak(p.start, client, p.fromStart)
	c.Proxied = p.proxied
	if how == kerberos {
		c.sasl = sasl{mechanism: "GSSAPI", raw: true}
		c.SecurityProtocol = saslPlaintext
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
	if len(p.waits[0].kept)+len(p.waits[1].kept)+len(b) > maxUndecided || !p.hold(len(b)) {
		begins := w.judged && w.at == len(w.kept)
		p.drop()
		p.fromStart = false
		if len(b) > maxUndecided || !p.hold(len(b)) {
			w.dropped += int64(len(b))
			return
		}
		w.at, w.judged = 0, begins
	}
	w.kept = append(w.kept, b...)
	p.events = append(p.events, event{dir: dir, time: time, n: len(b)})
}

// hold counts n bytes and their event as held, and reports whether they may
// be.
func (p *detection) hold(n int) bool {
	d := p.stream.decoder
	cost := n + eventSize
	if d.held+cost > d.opt.MaxHeld {
		return false
	}
	d.held += cost
	p.held += cost
	return true
}

// drop lets go of what was kept.
func (p *detection) drop() {
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
	if p.known || w.judged && p.isHoled(w.kept[w.at:], size) {
		p.decide(dir, time, kafka)
		p.stream.phase.gap(dir, time, size, reason)
		return
	}
	p.fromStart = false
	w.judged = false
	if p.hold(0) {
		p.events = append(p.events, event{dir: dir, time: time, gap: true, size: size, reason: reason})
	}
}

// isHoled reports whether b is the beginning of a request whose next missing
// bytes are not there.
func (p *detection) isHoled(b []byte, missing int64) bool {
	prober := &p.stream.decoder.prober
	return prober.holed(b, missing, p.fromStart) && (p.start.SawSYN || apiAt(b).Key != apiProduce || prober.produces(b))
}

func (p *detection) end(time int64, reason string) {
	for dir := range p.waits {
		if w := &p.waits[dir]; w.judged && p.decide(dir, time, p.judge(dir, w.kept[w.at:], true)) {
			p.stream.phase.end(time, reason)
			return
		}
	}
	p.drop()
	if p.seen {
		p.stream.decoder.stats.Other++
	}
}

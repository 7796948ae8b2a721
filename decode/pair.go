package decode

import (
	"encoding/binary"
	"errors"

	"github.com/kdump/kdump/codec"
)

// queue holds the requests of a conversation that wait for their responses,
// which come in the same order.
type queue struct{ first, last *message }

// maxOvertaken is how many waiting requests are looked through for the one
// that a response answers.
const maxOvertaken = 1024

// The keys of the APIs that mean more here than others do.
const (
	apiProduce          = 0
	apiFetch            = 1
	apiFindCoordinator  = 10
	apiJoinGroup        = 11
	apiHeartbeat        = 12
	apiLeaveGroup       = 13
	apiSyncGroup        = 14
	apiSaslHandshake    = 17
	apiApiVersions      = 18
	apiDescribeAcls     = 29
	apiCreateAcls       = 30
	apiDeleteAcls       = 31
	apiSaslAuthenticate = 36
)

// unsupportedVersion is the error by which a broker answers an ApiVersions
// request of a version that it does not know, in a body of version 0
// (ApiVersionsResponse).
const unsupportedVersion = 35

// finishRequest has a request wait for its response, where one will come.
func (c *conversation) finishRequest(m *message, frame []byte) {
	if m.raw && c.endsRaw(m, frame) {
		return
	}
	m.seal(frame)
	if !m.raw {
		c.latest.note(&m.RequestHeader)
		m.MayHide = c.mayHide(codec.Request)
		c.noteHiding(m.RequestHeader.APIKey)
	}
	c.noteRequest(m)
	if c.unacknowledged(m) {
		c.tell(m, nil, "acks=0")
		c.decoder.release(m)
		return
	}
	c.wait(m)
}

// unacknowledged reports whether a request is a Produce to which the client
// wants no response.
func (c *conversation) unacknowledged(m *message) bool {
	if m.RequestHeader.APIKey != apiProduce || m.Layout == nil || m.raw {
		return false
	}
	acks := c.decoder.findNamed(m.Layout, m.Body, "acks")
	return len(acks) == 2 && binary.BigEndian.Uint16(acks) == 0
}

// wait puts a request at the end of the queue.
func (c *conversation) wait(m *message) {
	m.lost = c.lost
	if c.queue.first == nil {
		c.queue.first = m
	} else {
		c.queue.last.next = m
	}
	c.queue.last = m
	c.decoder.waiting.add(m)
	c.decoder.makeRoom(0)
}

// answered takes the first request out of the queue.
func (c *conversation) answered(m *message) *message {
	c.queue.first = m.next
	if m.next == nil {
		c.queue.last = nil // it will be another message, of another connection
	}
	m.next = nil
	c.decoder.waiting.remove(m)
	return m
}

// awaited returns the first request with a correlation id among the first
// limit that wait; nil where there is none.
func (c *conversation) awaited(id int32, limit int) *message {
	m := c.queue.first
	for n := 0; m != nil && n < limit; n++ {
		if !m.raw && m.RequestHeader.CorrelationID == id {
			return m
		}
		m = m.next
	}
	return nil
}

// twin returns the next request behind m that has the same correlation id, nil
// where there is none near: controllers of Kafka 0.8 number what they tell a
// broker at one time with one id, and simple consumers all with 0.
func (m *message) twin() *message {
	id := m.RequestHeader.CorrelationID
	for t, n := m.next, 0; t != nil && n < maxAwaited; t, n = t.next, n+1 {
		if !t.raw && t.RequestHeader.CorrelationID == id {
			return t
		}
	}
	return nil
}

// fitting looks among a request and its twins for those that a response's
// frame of the given size, as far as it is there, may answer. It returns the
// first, nil where there is none, and whether there are several.
func (c *conversation) fitting(request *message, frame []byte, size int, final bool) (first *message, several bool, v verdict) {
	for m, n := request, 0; m != nil && n < maxAwaited; m, n = m.twin(), n+1 {
		switch fits := c.decoder.prober.response(frame, size, m, final); {
		case fits == no:
		case first != nil:
			return first, true, v
		default:
			first, v = m, fits
		}
	}
	return first, false, v
}

// match takes the request that a response answers out of the queue. frame is
// what is there of the response's frame, which has the given size; whole says
// that no more of it will come.
//
// The first request that waits with the response's correlation id is the one,
// unless messages were lost while it waits. Then the id alone tells too little,
// since clients may use one again: the response must also read as the request's
// answer, and as that of no other, or it is shown by itself.
func (c *conversation) match(id int32, frame []byte, size int, whole bool) (*message, error) {
	first := c.awaited(id, maxOvertaken)
	if first == nil {
		return nil, errNoRequest
	}
	certain := first.lost == c.lost
	if certain && first.twin() == nil {
		return c.take(first), nil
	}
	if n := min(size, window); len(frame) < n && !whole {
		return nil, &codec.Error{Offset: len(frame), Need: n - len(frame)}
	}
	request, several, _ := c.fitting(first, frame, size, true)
	switch {
	case certain && request == nil:
		request = first
	case request == nil:
		return nil, errNoRequest
	case !certain && (several || c.mayBeAnothers(request)):
		// Whichever is answered, the first of them gets no other answer.
		c.overtake(request)
		c.unanswered(request, "a response may answer it or another request of its correlation id")
		return nil, errSeveralRequests
	}
	return c.take(request), nil
}

// mayBeAnothers reports whether the response to a request may be among what was
// lost, as well as another request of its correlation id.
func (c *conversation) mayBeAnothers(request *message) bool {
	return c.latest.repeats && request.lost[codec.Request] < c.lost[codec.Request] && request.lost[codec.Response] < c.lost[codec.Response]
}

// overtake has a request be the first of the queue. Requests before it were not
// answered, since responses come in the order of requests.
func (c *conversation) overtake(m *message) {
	for c.queue.first != m {
		c.unanswered(c.queue.first, "a later request was answered")
	}
}

// take takes a request out of the queue.
func (c *conversation) take(m *message) *message {
	c.overtake(m)
	return c.answered(m)
}

// unanswered tells of the first request of the queue that it got no response.
func (c *conversation) unanswered(m *message, why string) {
	c.answered(m)
	c.tell(m, nil, why)
	c.decoder.release(m)
}

// unheard tells of the first request of the queue, of whose response nothing
// was seen.
func (c *conversation) unheard(why string) {
	m := c.queue.first
	if m.lost[codec.Response] < c.lost[codec.Response] && c.halves[codec.Response].heard {
		why = "its response may be among the bytes that are missing"
	}
	c.unanswered(m, why)
}

// giveUp tells of all requests that wait.
func (c *conversation) giveUp(why string) {
	for c.queue.first != nil {
		c.unheard(why)
	}
}

var (
	errNoRequest       = errors.New("its request was not seen")
	errSeveralRequests = errors.New("it may answer any of several requests of its correlation id, since messages before it are missing")
)

// readResponseHeader finds the request that a response answers, and with it
// the layout of the response.
func (c *conversation) readResponseHeader(m *message, frame []byte, whole bool) error {
	h, err := codec.ReadResponseHeader(frame, 0)
	if err != nil {
		return err
	}
	if m.request == nil {
		m.request, err = c.match(h.CorrelationID, frame, int(m.Size), whole)
	}
	switch {
	case err == errNoRequest || err == errSeveralRequests:
		m.ResponseHeader, m.headed, m.stage = h, true, inBody
		m.Problem = err
		return nil
	case err != nil:
		return err
	}
	key, version := m.request.RequestHeader.APIKey, m.request.RequestHeader.APIVersion
	if key == apiApiVersions {
		if len(frame) < h.Size+2 && !whole {
			return &codec.Error{Offset: h.Size, Need: 2}
		}
		if m.request.Layout == nil || isDowngraded(frame[h.Size:]) {
			version = 0
		}
	}
	if api := codec.APIByKey(key); api != nil {
		h, err = codec.ReadResponseHeader(frame, api.ResponseHeaderVersion(version))
		if err != nil && !whole {
			return err
		}
	}
	m.ResponseHeader = h
	c.lay(m, &m.request.RequestHeader, codec.Response, version)
	if err != nil {
		m.Layout, m.stage, m.Problem = nil, skipping, err
	}
	return nil
}

// isDowngraded reports whether the body of an ApiVersions response begins
// with the error that makes it one of version 0.
func isDowngraded(body []byte) bool {
	return len(body) >= 2 && binary.BigEndian.Uint16(body) == unsupportedVersion
}

// finishResponse tells of a response together with its request.
func (c *conversation) finishResponse(m *message, frame []byte) {
	m.seal(frame)
	m.MayHide = c.mayHide(codec.Response)
	if m.request != nil {
		c.noteResponse(m)
		c.findParts(m)
	}
	c.tell(m.request, m, "")
	c.decoder.release(m.request)
	c.decoder.release(m)
}

// noteRequest learns what a request says of the connection.
func (c *conversation) noteRequest(m *message) {
	switch key := m.RequestHeader.APIKey; {
	case m.raw:
		c.sasl.clientToken(m.Body.Bytes)
	case key == apiApiVersions:
		c.noteSoftware(m)
	case key == apiSaslHandshake:
		c.noteHandshake(m)
	case key == apiSaslAuthenticate:
		c.sasl.clientToken(c.decoder.find(m.Layout, m.Body, codec.SaslToken))
	default:
		// A broker takes nothing else before authentication, where it wants one.
		c.LoggingIn = c.LoggingIn && m.Layout == nil
		if c.SecurityProtocol == "" && c.fromStart {
			c.SecurityProtocol, c.Principal = "PLAINTEXT", "User:ANONYMOUS"
		}
	}
	c.decoder.learner.learn(&c.decoder.walker, m)
}

// noteSoftware learns what the client says it is.
func (c *conversation) noteSoftware(m *message) {
	if name := c.decoder.findNamed(m.Layout, m.Body, "clientSoftwareName"); name != nil {
		c.SoftwareName = string(noted(name))
	}
	if version := c.decoder.findNamed(m.Layout, m.Body, "clientSoftwareVersion"); version != nil {
		c.SoftwareVersion = string(noted(version))
	}
}

// noteResponse learns what a response says of the connection.
func (c *conversation) noteResponse(m *message) {
	switch key := m.request.RequestHeader.APIKey; {
	case m.raw:
		c.noteToken(0, m.Body.Bytes)
	case key == apiSaslHandshake:
		c.noteHandshakeAnswer(c.decoder.errorCode(m))
	case key == apiSaslAuthenticate:
		c.noteToken(c.decoder.errorCode(m), c.decoder.find(m.Layout, m.Body, codec.SaslToken))
	}
	c.decoder.learner.learn(&c.decoder.walker, m)
}

// tell tells the sink of a request, a response or both.
func (c *conversation) tell(request, response *message, unanswered string) {
	d := c.decoder
	e := &d.exchange
	*e = Exchange{Connection: &c.Connection, Names: &d.names, Unanswered: unanswered}
	if response != nil {
		e.Response = response.Message
	}
	if request == nil {
		e.Kind = ResponseOnly
		d.sink.Exchange(e)
		return
	}
	e.Request = request.Message
	key := request.RequestHeader.APIKey
	switch {
	case request.raw:
		e.Kind = RawSasl
	case response == nil:
		e.Kind = RequestOnly
	}
	if request.raw || key == apiSaslHandshake || key == apiSaslAuthenticate {
		e.Mechanism = c.sasl.mechanism
	} else {
		d.forward(e)
	}
	d.sink.Exchange(e)
}

// waiting holds all requests that wait for their responses, oldest first.
type waiting struct {
	oldest, newest *message
	whole          *message // the oldest that still has its body
}

func (w *waiting) add(m *message) {
	m.older = w.newest
	if w.newest == nil {
		w.oldest = m
	} else {
		w.newest.newer = m
	}
	w.newest = m
	if w.whole == nil {
		w.whole = m
	}
}

func (w *waiting) remove(m *message) {
	if w.whole == m {
		w.whole = m.newer
	}
	if m.older == nil {
		w.oldest = m.newer
	} else {
		m.older.newer = m.newer
	}
	if m.newer == nil {
		w.newest = m.older
	} else {
		m.newer.older = m.older
	}
	m.older, m.newer = nil, nil
}

// makeRoom gives up requests that wait, the oldest first, until n more bytes
// may be held or none waits. One that may still be answered loses its body
// first. Where nothing of the server was ever seen, the capture has but one
// direction, and it is better told of as a whole and at once.
func (d *Decoder) makeRoom(n int) {
	for d.held+n > d.opt.MaxHeld && d.waiting.oldest != nil {
		m := d.waiting.whole
		if m != nil && m.conversation.halves[codec.Response].heard {
			m.shrink()
			d.waiting.whole = m.newer
			continue
		}
		if m == nil {
			m = d.waiting.oldest
		}
		m.conversation.unanswered(m.conversation.queue.first, "given up: "+tooMuch)
	}
}

// Advance says that it is now, in nanoseconds since the Unix epoch, so that
// requests that have waited too long are told of also where nothing more
// comes. What streams take says so by itself.
func (d *Decoder) Advance(now int64) {
	for m := d.waiting.oldest; m != nil && now-m.Last > int64(d.opt.AnswerTime); m = d.waiting.oldest {
		m.conversation.unheard("no response within " + d.opt.AnswerTime.String())
	}
}

package decode

import (
	"encoding/binary"
	"strconv"

	"github.com/kdump/kdump/codec"
)

const (
	prefixSize = 4
	// maxFrame is the largest size that is taken for one. Brokers refuse
	// requests above socket.request.max.bytes, by default 100 MB, and the
	// largest record batches and fetches people set are far below.
	maxFrame = 1 << 30
	// leastRequest and leastResponse are what the smallest headers have.
	leastRequest  = 8
	leastResponse = 4
)

// conversation is the phase of a connection that speaks Kafka.
type conversation struct {
	Connection
	decoder   *Decoder
	client    int  // the client's direction
	fromStart bool // it was seen from its beginning
	halves    [2]half
	queue     queue
	latest    caller
	sasl      sasl
	lost      [2]int  // by direction, how often messages may have been lost
	asked     apiSet  // the APIs of the requests so far
	hiding    [2]bool // by direction, messages may hold secrets, to go by these
}

// caller is what requests' headers say of who sends them.
type caller struct {
	known   bool   // there was a request
	client  string // no more than is noted
	id      int32  // the correlation id
	repeats bool   // one id is given to several requests
}

// note takes note of a request.
func (c *caller) note(h *codec.RequestHeader) {
	c.repeats = c.repeats || c.known && c.id == h.CorrelationID
	c.known = true
	c.id = h.CorrelationID
	if !c.is(h.ClientID) {
		c.client = string(noted(h.ClientID))
	}
}

// is reports whether a client id is that of the latest request.
func (c *caller) is(client []byte) bool { return c.client == string(noted(client)) }

// maxNoted bounds, in bytes, what is noted for a connection of a text that its
// peers sent. Messages may have texts of 32 KiB.
const maxNoted = 255

// noted gives as much of a text as is noted.
func noted(text []byte) []byte { return text[:min(len(text), maxNoted)] }

// half is one direction of a conversation: frames of an int32 size and as
// many bytes.
type half struct {
	heard  bool // there were bytes
	prefix [prefixSize]byte
	have   int   // bytes of prefix that are there
	first  int64 // time of the prefix's first byte
	left   int   // bytes of the frame still to come
	in     *message
	search *search // while it is not known where the next frame begins
}

// speak makes a connection a conversation.
func (s *Stream) speak(start Start, client int, fromStart bool) *conversation {
	c := &conversation{decoder: s.decoder, client: client, fromStart: fromStart}
	c.Number, c.Nanoseconds = start.Number, start.Nanoseconds
	c.LoggingIn = true
	c.Client, c.Server = start.A, start.B
	if client == 1 {
		c.Client, c.Server = start.B, start.A
	}
	s.decoder.stats.Kafka++
	s.phase = c
	return c
}

// direction tells what is sent in a direction of the stream.
func (c *conversation) direction(dir int) codec.Direction {
	if dir == c.client {
		return codec.Request
	}
	return codec.Response
}

func (c *conversation) data(dir int, time int64, b []byte) {
	c.read(c.direction(dir), time, b)
}

// read takes the next bytes of a direction.
func (c *conversation) read(d codec.Direction, time int64, b []byte) {
	h := &c.halves[d]
	h.heard = true
	for len(b) > 0 {
		if h.search != nil {
			c.searchIn(d, time, b)
			return
		}
		if h.in == nil {
			b = c.readPrefix(d, time, b)
			continue
		}
		n := min(h.left, len(b))
		c.readFrame(d, time, b[:n])
		b = b[n:]
	}
}

// readPrefix reads the size in front of a frame and begins the frame.
func (c *conversation) readPrefix(d codec.Direction, time int64, b []byte) []byte {
	h := &c.halves[d]
	if h.have == 0 {
		h.first = time
	}
	n := copy(h.prefix[h.have:], b)
	h.have += n
	if h.have < prefixSize {
		return nil
	}
	size := int32(binary.BigEndian.Uint32(h.prefix[:]))
	if size < 0 || size > maxFrame {
		h.have = 1
		c.lose(d, h.first, "the size of a frame is "+strconv.Itoa(int(size)))
		c.searchIn(d, time, h.prefix[1:])
		return b[n:]
	}
	h.have = 0
	h.in = c.newMessage(d, size, h.first)
	h.in.Last = time
	h.left = int(size)
	c.begin(h.in)
	if h.left == 0 {
		c.finish(h.in, nil)
	}
	return b[n:]
}

// begin says how a frame is to be read.
func (c *conversation) begin(m *message) {
	if m.direction == codec.Request {
		m.raw = c.sasl.raw
		m.retry = leastRequest
	} else {
		m.raw = c.queue.first != nil && c.queue.first.raw
		m.retry = leastResponse
		if m.raw {
			m.request = c.answered(c.queue.first)
		}
	}
	if m.raw {
		m.stage, m.headed = inBody, true
	}
}

// readFrame takes the next bytes of a frame.
func (c *conversation) readFrame(d codec.Direction, time int64, b []byte) {
	h := &c.halves[d]
	m := h.in
	m.Last = time
	h.left -= len(b)
	if h.left == 0 && d == codec.Response && c.inPlace(m, b) {
		c.finish(m, b)
		return
	}
	m.write(b)
	if h.left == 0 {
		c.finish(m, m.bytes)
	}
}

// inPlace reports whether a response that lies whole in b can stay there,
// since it is told of before b changes. It cannot where records are to be cut
// out of it and scanned.
func (c *conversation) inPlace(m *message, b []byte) bool {
	if len(b) != int(m.Size) {
		return false
	}
	if m.stage == inHeader {
		c.readHeader(m, b, true)
	}
	if m.stage == inSkeleton && m.cutter.keeping {
		m.endCutting()
		m.stage = inBody
	}
	return m.stage != inSkeleton
}

// readHeader reads the header at the start of a frame, once it is there, and
// says what the frame's body is. whole says that no more bytes will come.
func (c *conversation) readHeader(m *message, frame []byte, whole bool) {
	var err error
	if m.direction == codec.Request {
		err = c.readRequestHeader(m, frame)
	} else {
		err = c.readResponseHeader(m, frame, whole)
	}
	switch {
	case err == nil:
	case !whole:
		m.retry = retryAt(err, len(frame))
		return
	default:
		m.fault = err
		m.stage = skipping
		return
	}
	if m.Layout == nil {
		m.limit = min(m.limit, headSize)
	}
}

// retryAt says how many bytes must be there before a header that was cut
// short is worth another look. It grows, so that a header that arrives byte by
// byte is not read that often.
func retryAt(err error, have int) int {
	least := have + have/2
	if e, ok := err.(*codec.Error); ok && e.Need > 0 {
		least = max(least, e.Offset+e.Need)
	}
	return max(least, have+1)
}

func (c *conversation) readRequestHeader(m *message, frame []byte) error {
	h, err := codec.ReadRequestHeader(frame)
	if err != nil {
		return err
	}
	m.RequestHeader = h
	c.lay(m, &m.RequestHeader, codec.Request, h.APIVersion)
	return nil
}

// lay begins the body of a message of the exchange that a request with header
// h begins.
func (c *conversation) lay(m *message, h *codec.RequestHeader, d codec.Direction, version int16) {
	m.lay(d, h.APIKey, version)
	if m.Layout == nil || !m.Layout.Ops[0].HasRecords() {
		return
	}
	opt := &c.decoder.opt
	wanted := opt.Wants == nil || opt.Wants(h)
	m.startCutting()
	// A part of a stream cannot be scanned while it comes: it may have to be
	// searched for where a batch begins.
	m.cutter.keeping = wanted && (opt.KeepRecords || m.Layout.Ops[0].Has(codec.RecordsPart))
	m.cutter.passing = !wanted
}

// lay finds the layout of a message's body and begins the body.
func (m *message) lay(d codec.Direction, key, version int16) {
	m.headed = true
	m.stage = inBody
	api := codec.APIByKey(key)
	if api == nil {
		m.problem("API key " + strconv.Itoa(int(key)) + " is not known")
		return
	}
	layout, err := api.Layout(d, version)
	if err != nil {
		m.problem(err.Error())
		return
	}
	m.Layout = layout
}

// finish ends a frame, whether all of its bytes came or not.
func (c *conversation) finish(m *message, frame []byte) {
	d := m.direction
	h := &c.halves[d]
	if !m.headed && m.fault == nil {
		c.readHeader(m, frame, true)
	}
	h.in, h.left = nil, 0
	switch {
	case !m.headed:
		c.undecoded(d, m.First, prefixSize+int64(m.Size), m.fault.Error(), frame)
		c.lost[d]++
		c.decoder.release(m)
	case d == codec.Request:
		c.finishRequest(m, frame)
	default:
		c.finishResponse(m, frame)
	}
}

func (c *conversation) gap(dir int, time, size int64, reason string) {
	c.skip(c.direction(dir), time, size, reason)
}

// skip takes note that the next size bytes of a direction are missing. Where
// they end within the frame that they began in, it is still known where the
// next frame begins.
func (c *conversation) skip(d codec.Direction, time, size int64, reason string) {
	h := &c.halves[d]
	c.decoder.sink.Gap(&Gap{Connection: &c.Connection, Time: time, Response: d == codec.Response, Size: size, Reason: reason})
	if h.search != nil {
		c.searchBeyond(d, size)
	}
	switch {
	case h.search != nil:
	case h.in == nil:
		c.lose(d, time, "bytes before it are missing")
	case size < 0 || size > int64(h.left):
		h.in.cut(h.left, "the rest of the message is missing")
		c.finish(h.in, h.in.bytes)
		c.lose(d, time, "bytes before it are missing")
	default:
		h.left -= int(size)
		h.in.Last = time
		h.in.skip(int(size))
		if h.left == 0 {
			c.finish(h.in, h.in.bytes)
		}
	}
}

// cut ends a message of whose frame left bytes did not come.
func (m *message) cut(left int, why string) {
	if left > 0 {
		m.problem(why + ": " + strconv.Itoa(left) + " bytes from offset " + strconv.Itoa(m.offset()) + " on")
	}
}

func (c *conversation) end(time int64, reason string) {
	why := closing(reason)
	for d := range c.halves {
		h := &c.halves[d]
		if h.search != nil {
			c.endSearch(codec.Direction(d))
		}
		if h.have > 0 {
			c.undecoded(codec.Direction(d), h.first, int64(h.have), why+" within the size of a frame", h.prefix[:h.have])
			h.have = 0
		}
		if h.in != nil {
			h.in.cut(h.left, why+" before the message's end")
			c.finish(h.in, h.in.bytes)
		}
	}
	c.giveUp(why)
}

// closing says in words why a connection has ended.
func closing(reason string) string {
	switch reason {
	case "closed", "reset", "idle":
		return "connection " + reason
	}
	return reason
}

// undecoded tells of bytes that are no message.
func (c *conversation) undecoded(d codec.Direction, time, size int64, why string, head []byte) {
	c.decoder.sink.Undecoded(&Undecoded{Connection: &c.Connection, Time: time, Response: d == codec.Response,
		Size: size, Err: why, Head: head[:min(len(head), headSize)], MayHide: c.mayHide(d)})
}

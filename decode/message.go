package decode

import (
	"errors"
	"strconv"
	"unsafe"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
)

// message is one that is being put together, or a request that waits for its
// response. Messages are pooled.
type message struct {
	Message
	direction codec.Direction
	stage     stage
	raw       bool    // it is a SASL token without a header
	headed    bool    // its header was read
	fault     error   // why its header cannot be read
	bytes     []byte  // of the frame behind its size prefix, but for records cut out
	limit     int     // how many bytes to keep
	retry     int     // bytes to gather before the header is looked at again
	out       *cutOut // of a body with records
	cutter    *cutter // likewise, until it has ended
	held      int     // what is counted in Decoder.held

	conversation *conversation
	lost         [2]int   // of a request that waits, conversation.lost as it was when it came
	request      *message // of a response, what it answers
	next         *message // in the conversation's queue, or the next free one
	older, newer *message // among all that wait
}

// stage is what the next bytes of a message are.
type stage uint8

const (
	inHeader   stage = iota
	inSkeleton       // of a body that has records
	inRecords
	inBody // of any other
	skipping
)

const (
	// headSize is how many bytes are shown of what cannot be read.
	headSize = 64
	// chunk is how many bytes of a body with records are copied before it is
	// known whether they are records.
	chunk = 512

	batchSize   = int(unsafe.Sizeof(records.Batch{}))
	messageSize = int(unsafe.Sizeof(message{}))

	// maxIdle bounds the memory of messages that are kept for reuse.
	maxIdle = 8 << 20
)

// mostBatches bounds the bytes of batches that stay with a message for the next
// one of its direction: a request may wait for long with them.
var mostBatches = [2]int{codec.Request: smallBuffer, codec.Response: 256 << 10}

// newMessage begins a message of the size announced.
func (c *conversation) newMessage(direction codec.Direction, size int32, time int64) *message {
	d := c.decoder
	m := d.free[direction]
	if m == nil {
		m = new(message)
	} else {
		d.free[direction] = m.next
		m.next = nil
		d.idle -= m.memory()
	}
	m.Message = Message{Seen: true, Size: size, First: time, Last: time}
	m.conversation, m.direction = c, direction
	m.limit = d.opt.MaxBody
	m.held = messageSize
	d.held += messageSize
	return m
}

// memory returns the bytes that the message takes.
func (m *message) memory() int {
	size := messageSize + cap(m.bytes)
	if m.out != nil {
		size += cutOutSize + cap(m.out.records) + cap(m.out.batches)*batchSize
	}
	return size
}

// release takes back a message that nobody needs any more.
func (d *Decoder) release(m *message) {
	if m == nil {
		return
	}
	m.endCutting()
	d.held -= m.held
	direction := m.direction
	if m.out != nil {
		d.empty(m.out, mostBatches[direction])
	}
	*m = message{bytes: d.emptied(m.bytes), out: m.out}
	if memory := m.memory(); d.idle+memory <= maxIdle {
		m.next = d.free[direction]
		d.free[direction] = m
		d.idle += memory
	}
}

// emptied takes a large buffer back and empties a small one.
func (d *Decoder) emptied(buffer []byte) []byte {
	if cap(buffer) <= smallBuffer {
		return buffer[:0]
	}
	d.buffers.put(buffer)
	return nil
}

// write takes the next bytes of the frame.
func (m *message) write(b []byte) {
	for len(b) > 0 && m.stage != skipping {
		if m.stage == inRecords {
			n := min(m.cutter.left, len(b))
			m.scan(b[:n])
			b = b[n:]
			continue
		}
		n := len(b)
		if m.stage != inBody {
			n = min(n, chunk, max(1, m.left())) // records may begin in it
		}
		m.keep(b[:n])
		b = b[n:]
		m.advance(false)
	}
}

// keep copies bytes of the frame, as far as the bounds let it.
func (m *message) keep(b []byte) {
	n := min(len(b), m.left())
	if !m.hold(n) {
		m.stop("the body is not kept: " + tooMuch)
		return
	}
	m.bytes = append(m.room(m.bytes, n), b[:n]...)
	if n < len(b) {
		m.stop(m.beyond())
	}
}

// left returns how many more bytes may be kept of the message.
func (m *message) left() int { return max(0, m.limit-m.kept()) }

// kept returns how many bytes are kept of the message.
func (m *message) kept() int {
	if m.out == nil {
		return len(m.bytes)
	}
	return len(m.bytes) + len(m.out.records)
}

// beyond says why no more is kept of the message.
func (m *message) beyond() string {
	return "only the first " + strconv.Itoa(m.limit) + " bytes are kept of a message"
}

// room makes room for n more bytes: by doubling it, but for no more than the
// message announces.
func (m *message) room(buffer []byte, n int) []byte {
	need := len(buffer) + n
	if need <= cap(buffer) {
		return buffer
	}
	p := &m.conversation.decoder.buffers
	larger := append(p.take(max(need, min(2*need, int(m.Size)))), buffer...)
	p.put(buffer)
	return larger
}

// hold counts bytes that are to be kept, and reports whether they may be. The
// beginning of a message always may, so that its header can be shown.
func (m *message) hold(n int) bool {
	d := m.conversation.decoder
	d.makeRoom(n)
	if d.held+n > d.opt.MaxHeld && m.kept()+n > chunk {
		return false
	}
	d.held += n
	m.held += n
	return true
}

// stop gives up the rest of the message.
func (m *message) stop(why string) {
	m.problem(why)
	m.stage = skipping
}

// problem notes the first thing that is wrong with the message.
func (m *message) problem(why string) {
	if m.Problem == nil {
		m.Problem = errors.New(why)
	}
}

// advance looks at what was kept: for the header, then for records. whole
// says that no more bytes will come.
func (m *message) advance(whole bool) {
	if m.stage == inHeader && (whole || len(m.bytes) >= m.retry) {
		m.conversation.readHeader(m, m.bytes, whole)
	}
	for m.stage == inSkeleton && len(m.bytes) >= m.headerSize() {
		body := m.bytes[m.headerSize():]
		switch state, size := m.cutter.skeleton.Next(body); state {
		case codec.NeedMore:
			return
		case codec.AtRecords:
			m.startRecords(size)
		case codec.Complete:
			m.stage = inBody // bytes left over behind the message are shown
		case codec.Broken:
			m.stage = skipping // whoever walks the body finds out why
		}
	}
}

func (m *message) headerSize() int {
	return m.RequestHeader.Size + m.ResponseHeader.Size
}

// skip takes note that the next n bytes of the frame are missing. What
// follows them is of use only where they lie within one records field.
func (m *message) skip(n int) {
	offset := m.offset()
	m.problem(strconv.Itoa(n) + " bytes are missing at offset " + strconv.Itoa(offset))
	if m.stage != inRecords || n > m.cutter.left {
		if m.stage == inRecords {
			m.passRecords(m.cutter.left)
		}
		m.advance(true)
		m.stage = skipping
		return
	}
	m.passRecords(n)
}

// body is the message's body, frame being all of its bytes that were kept.
func (m *message) body(frame []byte) codec.Body {
	body := codec.Body{Bytes: frame[min(len(frame), m.headerSize()):]}
	if m.out != nil {
		body.Cuts = m.out.cuts
	}
	return body
}

// offset returns how many bytes of the body were seen.
func (m *message) offset() int {
	body := m.body(m.bytes)
	return body.Size()
}

// seal makes the message what sinks are to see of it, frame being all of its
// bytes that were kept.
func (m *message) seal(frame []byte) {
	if m.stage == inRecords {
		m.endRecords()
	}
	m.endCutting()
	if m.Layout == nil && !m.raw {
		m.Head = frame[:min(len(frame), headSize)]
		return
	}
	m.Body = m.body(frame)
	if m.out != nil {
		m.Batches, m.Records = m.out.tables()
	}
}

// shrink gives up the body of a request that waits.
func (m *message) shrink() {
	d := m.conversation.decoder
	m.bytes = append([]byte(nil), m.bytes[:min(len(m.bytes), m.headerSize())]...)
	d.held -= m.held
	m.held = messageSize + cap(m.bytes) // a header is long where its client id is
	d.held += m.held
	m.out = nil
	m.Body, m.Batches, m.Records, m.Head = codec.Body{}, nil, nil, nil
	if h, err := codec.ReadRequestHeader(m.bytes); err == nil {
		m.RequestHeader = h
	}
	m.problem("the body was given up: " + tooMuch)
}

const tooMuch = "too many bytes wait for their messages' end or response"

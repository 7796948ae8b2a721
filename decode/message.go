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
	raw       bool   // it is a SASL token without a header
	headed    bool   // its header was read
	fault     error  // why its header cannot be read
	bytes     []byte // of the frame behind its size prefix, but for records cut out
	records   []byte // those cut out, where they are kept
	limit     int    // how many bytes to keep
	retry     int    // bytes to gather before the header is looked at again
	batches   []records.Batch
	counted   int   // batches that are counted as held
	ends      []end // of each cut
	table     [][]records.Batch
	kept      [][]byte
	cuts      []codec.Cut
	cutter    *cutter // of a body with records, until it has ended
	held      int     // what is counted in Decoder.held

	conversation *conversation
	lost         [2]int   // of a request that waits, conversation.lost as it was when it came
	request      *message // of a response, what it answers
	next         *message // in the conversation's queue, or the next free one
	older, newer *message // among all that wait
}

// end is where what belongs to a records field ends.
type end struct{ batches, records int }

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
	return messageSize + cap(m.bytes) + cap(m.records) + cap(m.batches)*batchSize
}

// release takes back a message that nobody needs any more.
func (d *Decoder) release(m *message) {
	if m == nil {
		return
	}
	m.endCutting()
	d.held -= m.held
	for _, b := range []*[]byte{&m.bytes, &m.records} {
		if cap(*b) > smallBuffer {
			d.buffers.put(*b)
			*b = nil
		}
	}
	if cap(m.batches)*batchSize > mostBatches[m.direction] {
		m.batches = nil
	}
	direction := m.direction
	*m = message{bytes: m.bytes[:0], records: m.records[:0], batches: m.batches[:0], ends: m.ends[:0], table: m.table[:0], kept: m.kept[:0], cuts: m.cuts[:0]}
	if memory := m.memory(); d.idle+memory <= maxIdle {
		m.next = d.free[direction]
		d.free[direction] = m
		d.idle += memory
	}
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
func (m *message) left() int { return max(0, m.limit-len(m.bytes)-len(m.records)) }

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
	if d.held+n > d.opt.MaxHeld && len(m.bytes)+len(m.records)+n > chunk {
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

// startRecords begins a records field of the given size, of which bytes may
// have been kept already.
func (m *message) startRecords(size int) {
	at := m.cutter.skeleton.Pos()
	m.cuts = append(m.cuts, codec.Cut{At: at})
	m.cutter.scanner.Reset(m.batches, m.conversation.decoder.opt.Checksum)
	m.cutter.left, m.cutter.unscanned = size, m.cutter.passing
	m.stage = inRecords

	at += m.headerSize()
	early := m.bytes[at:]
	n := min(size, len(early))
	m.bytes = m.bytes[:at]
	m.scan(early[:n])
	m.bytes = append(m.bytes, early[n:]...)
}

// scan takes the next bytes of a records field.
func (m *message) scan(b []byte) {
	m.cutter.left -= len(b)
	m.cuts[len(m.cuts)-1].Size += len(b)
	switch {
	case m.cutter.unscanned:
	case m.cutter.keeping:
		m.keepRecords(b)
	default:
		m.cutter.scanner.Write(b)
		m.holdBatches()
	}
	if m.cutter.left == 0 {
		m.endRecords()
	}
}

// keepRecords copies bytes of a records field, as far as the bounds let it.
func (m *message) keepRecords(b []byte) {
	n := min(len(b), m.left())
	if !m.hold(n) {
		m.stopScan("the records are not all kept: "+tooMuch, m.cutter.left+len(b))
		return
	}
	m.records = append(m.room(m.records, n), b[:n]...)
	if n < len(b) {
		m.stopScan(m.beyond(), m.cutter.left+len(b)-n)
	}
}

// holdBatches counts the batches found so far as held, while they come: a
// records field may be long, and its end may never come. Those that are too
// many are not kept.
func (m *message) holdBatches() {
	n := m.cutter.scanner.Count()
	why := ""
	switch {
	case n == m.counted:
		return
	case n*batchSize > m.limit:
		why = "more batches than can be kept"
	case !m.hold((n - m.counted) * batchSize):
		why = "the batches are not all kept: " + tooMuch
	default:
		m.counted = n
		return
	}
	m.stopScan(why, m.cutter.left)
	stop := len(m.batches) - 1
	m.batches = append(m.batches[:m.counted], m.batches[stop])
}

// stopScan ends the list of a records field's batches with the reason why it
// goes no further, and how many bytes it lacks.
func (m *message) stopScan(why string, lacks int) {
	m.batches = append(m.cutter.scanner.Close(), records.Batch{Err: why, Available: lacks})
	m.cutter.unscanned = true
}

// endRecords ends a records field, whether all of its bytes came or not.
func (m *message) endRecords() {
	if !m.cutter.unscanned {
		m.batches = m.cutter.scanner.Close()
	}
	m.ends = append(m.ends, end{len(m.batches), len(m.records)})
	m.stage = inSkeleton
	if !m.hold((len(m.batches) - m.counted) * batchSize) {
		m.stop("the batches are not all kept: " + tooMuch)
	}
	m.counted = len(m.batches)
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
	return codec.Body{Bytes: frame[min(len(frame), m.headerSize()):], Cuts: m.cuts}
}

// offset returns how many bytes of the body were seen.
func (m *message) offset() int {
	body := m.body(m.bytes)
	return body.Size()
}

// passRecords passes over n bytes of a records field that are missing.
func (m *message) passRecords(n int) {
	if !m.cutter.unscanned {
		m.stopScan(strconv.Itoa(n)+" bytes are missing", m.cutter.left)
	}
	m.cutter.left -= n
	m.cuts[len(m.cuts)-1].Size += n
	if m.cutter.left == 0 {
		m.endRecords()
	}
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
	m.table, m.kept = m.table[:0], m.kept[:0]
	var from end
	for _, to := range m.ends {
		m.table = append(m.table, m.batches[from.batches:to.batches:to.batches])
		m.kept = append(m.kept, m.records[from.records:to.records:to.records])
		from = to
	}
	m.Batches = m.table
	if len(m.records) > 0 {
		m.Records = m.kept
	}
}

// shrink gives up the body of a request that waits.
func (m *message) shrink() {
	d := m.conversation.decoder
	m.bytes = append([]byte(nil), m.bytes[:min(len(m.bytes), m.headerSize())]...)
	d.held -= m.held
	m.held = messageSize + cap(m.bytes) // a header is long where its client id is
	d.held += m.held
	m.records, m.batches, m.counted, m.ends, m.table, m.kept, m.cuts = nil, nil, 0, nil, nil, nil, nil
	m.Body, m.Batches, m.Records, m.Head = codec.Body{}, nil, nil, nil
	if h, err := codec.ReadRequestHeader(m.bytes); err == nil {
		m.RequestHeader = h
	}
	m.problem("the body was given up: " + tooMuch)
}

const tooMuch = "too many bytes wait for their messages' end or response"

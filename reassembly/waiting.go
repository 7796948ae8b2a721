package reassembly

import (
	"bytes"
	"math/bits"
)

// before reports whether sequence number x is before y, in the arithmetic
// modulo 2^32 of RFC 9293, section 3.4.
func before(x, y uint32) bool { return int32(x-y) < 0 }

// A span is a run of sequence numbers that one segment carried: data, data that
// the capture lacks, or the FIN or RST that ends a direction.
type span struct {
	seq, size uint32
	data      []byte // of length size; nil for data that the capture lacks
	end       uint8  // flagFIN or flagRST, for a span without data
	time      int64
	// The sender had received the other side's bytes up to ack. Only of interest
	// where after is set: the other side had not been followed so far.
	ack   uint32
	after bool
}

// levels is the height of the skip list: with a quarter of the pieces reaching
// each next level, enough for some 16,000 pieces.
const levels = 8

// pieceOverhead is the memory that a piece takes beside its room.
const pieceOverhead = 192

// A tower holds the following piece on each level of a skip list.
type tower [levels]*piece

// A piece is a span that waits, with a copy of its data.
type piece struct {
	span
	next tower
	room []byte // memory that data lies in
}

// A store makes pieces, and keeps some that are done with to be used again: one
// connection with losses has pieces come and go all the time. They are kept by
// the sizes of their rooms, so that none is used for much less than it has room
// for: that memory would be lost to others that wait.
type store struct {
	spare  [len(roomSizes)]*piece // by class, linked on the lowest level
	bytes  int                    // memory of all spare pieces
	random uint64                 // state of the generator of heights
}

// roomSizes are the sizes, in bytes, of rooms that are used again.
var roomSizes = [...]int{64, 256, 1024, 1536, 4096}

// maxSpare bounds the memory, in bytes, of pieces that are kept to be used again:
// about as much as one connection with losses needs.
const maxSpare = 4 << 20

// roomClass returns which of the roomSizes n bytes need, len(roomSizes) where
// they are more than any.
func roomClass(n int) int {
	for class, size := range roomSizes {
		if n <= size {
			return class
		}
	}
	return len(roomSizes)
}

// get returns a piece of sp, with its data copied.
func (st *store) get(sp span) *piece {
	p := st.take(len(sp.data))
	p.span = sp
	if sp.data != nil {
		p.data = p.room[:copy(p.room, sp.data)]
	}
	return p
}

// take returns an empty piece with room for n bytes.
func (st *store) take(n int) *piece {
	class := roomClass(n)
	if class == len(roomSizes) {
		room := append([]byte(nil), make([]byte, n)...) // as much as the allocator gives
		return &piece{room: room[:cap(room)]}
	}
	p := st.spare[class]
	if p == nil {
		return &piece{room: make([]byte, roomSizes[class])}
	}
	st.spare[class] = p.next[0]
	st.bytes -= p.memory()
	p.next[0] = nil
	return p
}

// put takes back a piece that is done with.
func (st *store) put(p *piece) {
	class := roomClass(len(p.room))
	if class == len(roomSizes) || st.bytes+p.memory() > maxSpare {
		return
	}
	*p = piece{room: p.room} // or it would hold on to others
	p.next[0] = st.spare[class]
	st.spare[class] = p
	st.bytes += p.memory()
}

// height returns on how many levels a piece is to be linked: 1, and with a
// quarter of the chance each one more. It is the same sequence always, from
// Marsaglia's xorshift.
func (st *store) height() int {
	st.random ^= st.random << 13
	st.random ^= st.random >> 7
	st.random ^= st.random << 17
	return min(bits.TrailingZeros64(st.random)/2+1, levels)
}

// A waiting holds the pieces of one direction that cannot be delivered yet. They
// are in order of sequence number and do not overlap: of bytes that came more
// than once, the first are kept. It is a skip list, since pieces are put
// anywhere but taken from the front only, and a peer chooses their order.
type waiting struct {
	timer  timer
	since  uint32 // the direction's next sequence number when the timer was set
	covers uint32 // how far it was acknowledged then
	// lapsed is how far the direction has been acknowledged for so long that
	// what is missing before it is not waited for any more.
	lapsed uint32
	head   tower
	count  int
	bytes  int  // memory of all pieces
	end    span // the FIN or RST that waits, if end.end is set
}

// front returns what is to be delivered next, nil if nothing waits.
func (w *waiting) front() *span {
	if w == nil {
		return nil
	}
	if p := w.head[0]; p != nil && (w.end.end == 0 || !before(w.end.seq, p.seq)) {
		return &p.span
	}
	if w.end.end != 0 {
		return &w.end
	}
	return nil
}

// putEnd lets a FIN or RST wait. There is one: a RST takes the place of a FIN,
// and is not put behind it, since nothing else comes there.
func (w *waiting) putEnd(sp span) {
	switch w.end.end {
	case 0:
		w.end = sp
	case flagFIN:
		if sp.end == flagRST {
			sp.seq = w.end.seq
			w.end = sp
		}
	}
}

// seek returns the last piece that begins at or before seq, nil if there is
// none, and sets path to the towers that a piece put after it must be linked in.
func (w *waiting) seek(seq uint32, path *[levels]*tower) *piece {
	var at *piece
	t := &w.head
	for l := levels - 1; l >= 0; l-- {
		for t[l] != nil && !before(seq, t[l].seq) {
			at = t[l]
			t = &at.next
		}
		path[l] = t
	}
	return at
}

// take removes and returns the first piece, which must exist.
func (w *waiting) take() *piece {
	p := w.head[0]
	for l := range w.head {
		if w.head[l] == p {
			w.head[l] = p.next[l]
		}
	}
	w.count--
	w.bytes -= p.memory()
	return p
}

// cut removes the first n bytes of the first piece, which must be longer.
func (w *waiting) cut(n uint32) {
	w.head[0].span = w.head[0].span.from(n)
}

// memory is what a piece takes, however little of its data is left.
func (p *piece) memory() int { return len(p.room) + pieceOverhead }

// put adds pieces from the store for those parts of sp that do not wait already.
func (w *waiting) put(sp span, from *store) {
	var path [levels]*tower
	for {
		at := w.seek(sp.seq, &path)
		if at != nil && before(sp.seq, at.seq+at.size) {
			covered := at.seq + at.size - sp.seq
			if covered >= sp.size {
				return
			}
			sp = sp.from(covered)
			continue
		}
		part := sp
		if next := path[0][0]; next != nil && next.seq-sp.seq < sp.size {
			part = sp.to(next.seq - sp.seq)
		}
		p := from.get(part)
		for l := range from.height() {
			p.next[l] = path[l][l]
			path[l][l] = p
		}
		w.count++
		w.bytes += p.memory()
		if part.size == sp.size {
			return
		}
		sp = sp.from(part.size)
	}
}

// contradicts reports whether b at seq differs from bytes that wait.
func (w *waiting) contradicts(seq uint32, b []byte) bool {
	var path [levels]*tower
	p := w.seek(seq, &path)
	if p == nil {
		p = w.head[0]
	}
	end := seq + uint32(len(b))
	for ; p != nil && before(p.seq, end); p = p.next[0] {
		from, to := p.seq, p.seq+uint32(len(p.data))
		if before(from, seq) {
			from = seq
		}
		if before(end, to) {
			to = end
		}
		if before(from, to) && !bytes.Equal(p.data[from-p.seq:to-p.seq], b[from-seq:to-seq]) {
			return true
		}
	}
	return false
}

// from returns the span without its first n sequence numbers.
func (sp span) from(n uint32) span {
	sp.seq += n
	sp.size -= n
	if sp.data != nil {
		sp.data = sp.data[n:]
	}
	return sp
}

// to returns the first n sequence numbers of the span.
func (sp span) to(n uint32) span {
	sp.size = n
	if sp.data != nil {
		sp.data = sp.data[:n]
	}
	return sp
}

package capture

import (
	"cmp"
	"net/netip"
	"slices"
)

const (
	// fragmentTime is how long, in nanoseconds of packet time, fragments wait
	// for the others of their packet: Linux's ipfrag_time.
	fragmentTime = 30_000_000_000
	// maxFragments bounds the fragments of one packet, and maxFragmentBytes
	// the memory of all that wait; the oldest go first.
	maxFragments     = 512
	maxFragmentBytes = 4 << 20
	// fragmentCost is about the memory that a fragment takes beside its bytes,
	// with its share of what is kept of the packet.
	fragmentCost = 256
	// maxIP is the largest IP packet.
	maxIP = 1<<16 - 1
)

// fragmentKey says of which packet a fragment is (RFC 791, section 3.2; RFC
// 8200, section 4.5).
type fragmentKey struct {
	src, dst netip.Addr
	id       uint32
	protocol byte
}

// fragments puts IP packets together that came in fragments, in any order.
// The zero value is ready for use.
type fragments struct {
	packets        map[fragmentKey]*fragmented
	oldest, newest *fragmented
	held           int   // bytes
	waiting        int64 // fragments
	dropped        int64 // fragments
	joined         []byte
}

// fragmented is a packet of which not all fragments came yet.
type fragmented struct {
	key          fragmentKey
	time         int64      // of the first to come
	parts        []fragment // in order of their offsets
	lengths      int        // of all parts, bytes
	total        int        // bytes, 0 while the last is missing
	older, newer *fragmented
}

// fragment is one part of a packet. What was captured of it may be less than
// its length.
type fragment struct {
	offset, length int
	bytes          []byte
	number         int // of those that came before it
}

func (f *fragment) end() int { return f.offset + f.length }

// missing is how many fragments came of packets that were never whole.
func (f *fragments) missing() int64 { return f.dropped + f.waiting }

// add takes the fragment d, at an offset of its packet's payload. Where it
// was the one missing, it returns the payload, valid until the next call, and
// isTCP; else why there is none.
func (f *fragments) add(d datagram, key fragmentKey, offset int, more bool) (datagram, outcome) {
	if offset+d.length > maxIP || d.length == 0 {
		return d, isMalformed
	}
	f.expire(d.packet.time)
	p := f.packets[key]
	if p == nil {
		p = f.begin(key, d.packet.time)
	}
	if len(p.parts) == maxFragments {
		f.dropped++
		return d, isFragment
	}
	p.add(fragment{offset: offset, length: d.length, bytes: slices.Clone(d.bytes), number: len(p.parts)})
	f.held += len(d.bytes) + fragmentCost
	f.waiting++
	if !more && p.total == 0 {
		p.total = offset + d.length
	}
	whole, ok := f.join(p)
	if !ok {
		f.relieve()
		return d, isFragment
	}
	f.end(p)
	return datagram{bytes: whole, length: p.total, packet: d.packet}, isTCP
}

// add puts a fragment where it belongs.
func (p *fragmented) add(part fragment) {
	at, _ := slices.BinarySearchFunc(p.parts, part.offset, func(other fragment, offset int) int {
		return cmp.Compare(other.offset, offset)
	})
	p.parts = slices.Insert(p.parts, at, part)
	p.lengths += part.length
}

// join returns the payload of a packet whose fragments have all come, as far
// as it was captured without a hole. Of bytes that came twice the first count.
func (f *fragments) join(p *fragmented) ([]byte, bool) {
	if p.total == 0 || p.lengths < p.total {
		return nil, false
	}
	came, captured := 0, 0
	for i := range p.parts {
		part := &p.parts[i]
		if part.offset > came {
			return nil, false
		}
		came = max(came, part.end())
		if part.offset <= captured {
			captured = max(captured, part.offset+len(part.bytes))
		}
	}
	if came < p.total {
		return nil, false
	}
	captured = min(captured, p.total)
	f.joined = slices.Grow(f.joined[:0], captured)[:captured]
	slices.SortFunc(p.parts, func(a, b fragment) int { return cmp.Compare(b.number, a.number) })
	for i := range p.parts {
		if part := &p.parts[i]; part.offset < captured {
			copy(f.joined[part.offset:], part.bytes)
		}
	}
	return f.joined, true
}

// begin makes room for the fragments of a packet.
func (f *fragments) begin(key fragmentKey, time int64) *fragmented {
	p := &fragmented{key: key, time: time, older: f.newest}
	if f.packets == nil {
		f.packets = make(map[fragmentKey]*fragmented)
	}
	f.packets[key] = p
	if p.older == nil {
		f.oldest = p
	} else {
		p.older.newer = p
	}
	f.newest = p
	return p
}

// end forgets the fragments of a packet.
func (f *fragments) end(p *fragmented) {
	delete(f.packets, p.key)
	if p.older == nil {
		f.oldest = p.newer
	} else {
		p.older.newer = p.newer
	}
	if p.newer == nil {
		f.newest = p.older
	} else {
		p.newer.older = p.older
	}
	f.waiting -= int64(len(p.parts))
	for i := range p.parts {
		f.held -= len(p.parts[i].bytes) + fragmentCost
	}
}

// drop gives up a packet.
func (f *fragments) drop(p *fragmented) {
	f.dropped += int64(len(p.parts))
	f.end(p)
}

// expire gives up the packets that have waited too long.
func (f *fragments) expire(now int64) {
	for f.oldest != nil && now-f.oldest.time > fragmentTime {
		f.drop(f.oldest)
	}
}

// relieve keeps what waits within its bound.
func (f *fragments) relieve() {
	for f.held > maxFragmentBytes {
		f.drop(f.oldest)
	}
}

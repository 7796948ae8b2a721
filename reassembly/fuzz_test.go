package reassembly

import (
	"math"
	"net/netip"
	"testing"
	"time"
)

// referee is a Stream that holds the Assembler to its contract. Byte number n of
// every direction is n modulo 256, so that bytes and gaps must line up.
type referee struct {
	t       *testing.T
	started [2]bool
	at      [2]uint8
	ended   [2]bool
	closed  *int
	done    bool
}

func (r *referee) Data(dir int, _ int64, b []byte) {
	if r.done || r.ended[dir] || len(b) == 0 {
		r.t.Fatalf("data of %d bytes; closed %v, direction ended %v", len(b), r.done, r.ended[dir])
	}
	if !r.started[dir] {
		r.started[dir], r.at[dir] = true, b[0]
	}
	for _, got := range b {
		if got != r.at[dir] {
			r.t.Fatalf("byte %d where byte %d should be", got, r.at[dir])
		}
		r.at[dir]++
	}
}

func (r *referee) Gap(dir int, _ int64, size int64, reason string) {
	if r.done || r.ended[dir] || size == 0 || size < -1 || reason == "" {
		r.t.Fatalf("gap of %d bytes (%q); closed %v, direction ended %v", size, reason, r.done, r.ended[dir])
	}
	if size < 0 {
		r.started[dir] = false
	}
	r.at[dir] += uint8(size)
}

func (r *referee) CloseDirection(dir int, _ int64) {
	if r.done || r.ended[dir] {
		r.t.Fatalf("direction %d ends; closed %v, ended before %v", dir, r.done, r.ended[dir])
	}
	r.ended[dir] = true
}

func (r *referee) Close(_ int64, reason string) {
	if r.done || reason == "" {
		r.t.Fatalf("closed (%q) again", reason)
	}
	r.done = true
	*r.closed++
}

// heldMemory goes through all that waits and returns what it takes.
func heldMemory(a *Assembler) int {
	sum := 0
	for _, c := range a.conns {
		for ; c != nil; c = c.older {
			for dir := range c.halves {
				if w := c.halves[dir].wait; w != nil {
					for p := w.head[0]; p != nil; p = p.next[0] {
						sum += cap(p.room) + pieceOverhead
					}
				}
			}
		}
	}
	return sum
}

// FuzzSegments gives arbitrary segments to an Assembler with narrow bounds.
// Seven bytes make one: ends and flags, time, sequence number (2), what it
// acknowledges, length, what is missing.
func FuzzSegments(f *testing.F) {
	f.Add([]byte("\x02\x01\x00\x00\x00\x00\x00" + "\x0a\x01\x00\x00\x01\x00\x00" + "\x08\x01\x00\x01\x01\x09\x00" + "\x08\x01\x00\x20\x01\x09\x03"))
	f.Add([]byte("\x08\x01\x00\x10\x01\x09\x00" + "\x08\x01\x00\x01\x01\x09\x00" + "\x0c\x01\x00\x19\x01\x00\x00" + "\x29\x01\x00\x01\x20\x04\x00"))
	content := make([]byte, 1<<10)
	for i := range content {
		content[i] = uint8(i)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		const maxWaiting, windowBytes, maxConnections = 4000, 2000, 3
		opened, closed := 0, 0
		a := New(func(s Start) Stream {
			if s.Number%5 == 4 {
				return nil
			}
			opened++
			return &referee{t: t, closed: &closed}
		}, Options{MaxWaiting: maxWaiting, WindowBytes: windowBytes, MaxConnections: maxConnections, Idle: time.Minute})
		var now int64
		for ; len(b) >= 7; b = b[7:] {
			ends, flags := b[0]>>5, b[0]&0x1f
			flags = flags&(flagFIN|flagSYN|flagRST) | flags<<1&flagACK
			switch step := b[1]; {
			case step < 128:
				now += int64(step) * int64(time.Millisecond)
			case step < 250:
				now += int64(step-127) * int64(time.Second)
			case step == 250:
				now = math.MaxInt64
			default:
				now -= int64(step) * int64(time.Second)
			}
			from := netip.AddrPortFrom(hostA.Addr(), hostA.Port()+uint16(ends>>1))
			s := Segment{Time: now, Src: from, Dst: hostB, Flags: flags, Missing: int(b[6]) - 1}
			if ends&1 == 1 {
				s.Src, s.Dst = s.Dst, s.Src
			}
			if ends == 7 {
				s.Src = s.Dst
			}
			// Small numbers are near one another, on both sides of the wrap; the
			// highest byte's upper half takes them far away.
			s.Seq = uint32(int32(int8(b[2]&0x0f|b[2]&0x08<<4)))<<8 | uint32(b[3])
			s.Seq += uint32(b[2]>>4) << 28
			s.Ack = uint32(int32(int8(b[4]))) << 2
			first := s.Seq & 0xff
			if flags&flagSYN != 0 {
				first++
			}
			s.Payload = content[first : first+uint32(b[5])*2]
			a.Segment(&s)
			if w := a.Stats().Waiting; w < 0 || w > maxWaiting {
				t.Fatalf("%d bytes wait", w)
			} else if held := heldMemory(a); held != w {
				t.Fatalf("%d bytes are held, %d are counted", held, w)
			}
			if n := a.live.len + a.halfOpen.len + a.ended.len; n > 3*maxConnections {
				t.Fatalf("%d connections", n)
			}
		}
		a.Flush()
		if opened != closed {
			t.Errorf("%d connections opened, %d closed", opened, closed)
		}
		if w := a.Stats().Waiting; w != 0 || len(a.conns) != 0 {
			t.Errorf("after Flush %d bytes wait and %d endpoints are known", w, len(a.conns))
		}
		for _, q := range []*queue{&a.live, &a.halfOpen, &a.ended, &a.acked, &a.holes, &a.starts} {
			if q.len != 0 || q.head != nil || q.tail != nil {
				t.Errorf("after Flush a queue of delay %d holds %d", q.delay, q.len)
			}
		}
	})
}

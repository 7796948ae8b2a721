package reassembly

import (
	"math/rand/v2"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMemoryBound(t *testing.T) {
	s := newScript(t, Options{MaxWaiting: 3 * (pieceOverhead + roomSizes[0])})
	s.run(handshake + `
		A> 103 "1234567890"
		A> 115 "1234567890"
		B> 504 "1234567890" ack 101
		A> 130 "1234567890" ack 501
	`)
	want := "4: A gap 2 given up: memory"
	if len(s.calls) < 2 || s.calls[1] != want {
		t.Errorf("calls %q, want %q as the second", s.calls, want)
	}
	if got := s.a.Stats(); got.GivenUpBytes != 2 || got.MissingBytes != 2 || got.Gaps != 1 {
		t.Errorf("stats %+v, want 2 bytes given up in 1 gap", got)
	}
}

func TestWindowBytes(t *testing.T) {
	s := newScript(t, Options{WindowBytes: 2 * (pieceOverhead + roomSizes[0])})
	s.run(handshake + `
		A> 103 "cc"
		A> 107 "dd"
		A> 111 "ee"
	`)
	if want := "4: A gap 2 lost"; len(s.calls) < 2 || s.calls[1] != want {
		t.Errorf("calls %q, want %q as the second", s.calls, want)
	}
	if got := s.a.Stats(); got.GivenUpBytes != 0 || got.MissingBytes != 2 {
		t.Errorf("stats %+v, want 2 bytes missing, none given up for memory", got)
	}
}

// TestWaitingMemory has pieces of one byte wait after large ones have come and
// gone: what is counted is what they really take.
func TestWaitingMemory(t *testing.T) {
	a, _ := countingAssembler(Options{})
	large, small := client(0), client(1)
	establish(a, large)
	establish(a, small)
	before := heapAlloc()
	next, behind := uint32(1), uint32(1)
	s := Segment{Dst: hostB, Flags: flagACK, Ack: 1}
	for range 40 {
		s.Src, s.Payload = large, make([]byte, roomSizes[len(roomSizes)-1])
		for i := range uint32(900) {
			s.Seq = next + 1 + i*uint32(len(s.Payload))
			a.Segment(&s)
		}
		s.Seq, next = next, s.Seq+uint32(len(s.Payload))
		s.Payload = s.Payload[:1]
		a.Segment(&s)
		s.Src = small
		for range 400 {
			behind += 2
			s.Seq = behind
			a.Segment(&s)
		}
	}
	held := int(heapAlloc()-before) - maxSpare
	if waiting := a.Stats().Waiting; waiting == 0 || held > waiting+waiting/8 {
		t.Errorf("%d bytes are held, and said to be %d", held, waiting)
	}
	runtime.KeepAlive(a)
}

func heapAlloc() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestConflicts(t *testing.T) {
	for _, test := range []struct {
		name, script string
		want         int64
	}{
		{"same bytes", `
			A> 105 "56789"
			A> 103 "3456"`, 0},
		{"different bytes", `
			A> 105 "56789"
			A> 103 "34X6"`, 1},
		{"different bytes twice in one direction", `
			A> 105 "56789"
			A> 103 "34X6"
			A> 106 "Y"`, 1},
		{"different bytes when the hole is filled", `
			A> 105 "56789"
			A> 101 "123456789x"
			A> 120 "0"
			A> 111 "123456789X"`, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScript(t, Options{})
			s.run(handshake + test.script)
			if got := s.a.Stats().Conflicts; got != test.want {
				t.Errorf("%d conflicts, want %d", got, test.want)
			}
		})
	}
}

// TestConnectionBound opens more connections than may be followed.
func TestConnectionBound(t *testing.T) {
	a, c := countingAssembler(Options{MaxConnections: 10})
	for i := range 25 {
		establish(a, client(i))
		a.Segment(&Segment{Src: client(i), Dst: hostB, Flags: flagACK, Seq: 1, Ack: 1, Payload: []byte("hello")})
	}
	if c.closed != 15 || len(a.conns) != 10 {
		t.Errorf("%d connections closed and %d known, want 15 and 10", c.closed, len(a.conns))
	}
	if c.bytes != 25*5 {
		t.Errorf("%d bytes delivered, want %d", c.bytes, 25*5)
	}
}

func TestSYNFlood(t *testing.T) {
	opened := 0
	a := New(func(Start) Stream { opened++; return nil }, Options{MaxConnections: 100})
	for i := range 10_000 {
		a.Segment(&Segment{Src: client(i), Dst: hostB, Flags: flagSYN, Seq: uint32(i)})
		if i%3 == 0 {
			a.Segment(&Segment{Src: hostB, Dst: client(i), Flags: flagSYN | flagACK, Ack: uint32(i) + 1})
		}
	}
	if opened != 0 || len(a.conns) != 100 {
		t.Errorf("%d connections opened and %d known, want 0 and 100", opened, len(a.conns))
	}
	a.Segment(&Segment{Time: int64(halfOpenTime), Src: hostA, Dst: hostB, Flags: flagSYN})
	if len(a.conns) != 1 {
		t.Errorf("%d connections known after a while, want only the newest", len(a.conns))
	}
}

// TestUnwanted checks that a connection that is not wanted is asked for once and
// costs nothing, and that the next one of the same endpoints is asked for again.
func TestUnwanted(t *testing.T) {
	opened := 0
	a := New(func(Start) Stream { opened++; return nil }, Options{})
	establish(a, hostA)
	s := Segment{Src: hostA, Dst: hostB, Flags: flagACK, Seq: 1, Ack: 1, Payload: []byte("hello")}
	a.Segment(&s)
	if n := testing.AllocsPerRun(100, func() { s.Seq += 1000; a.Segment(&s) }); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
	if opened != 1 || a.Stats().Waiting != 0 {
		t.Errorf("opened %d times, %d bytes wait", opened, a.Stats().Waiting)
	}
	a.Segment(&Segment{Src: hostA, Dst: hostB, Flags: flagSYN, Seq: 1 << 20})
	a.Segment(&Segment{Src: hostA, Dst: hostB, Flags: flagACK, Seq: 1<<20 + 1, Ack: 1, Payload: []byte("hello")})
	if opened != 2 {
		t.Errorf("opened %d times, want once for each of 2 connections", opened)
	}
}

func TestNothingAllocatedInOrder(t *testing.T) {
	a, _ := countingAssembler(Options{})
	establish(a, hostA)
	payload := make([]byte, 100)
	data := Segment{Src: hostA, Dst: hostB, Flags: flagACK, Seq: 1, Ack: 1, Payload: payload}
	ack := Segment{Src: hostB, Dst: hostA, Flags: flagACK, Seq: 1}
	a.Segment(&data) // opens the stream
	n := testing.AllocsPerRun(1000, func() {
		a.Segment(&data) // a retransmission
		data.Seq += 100
		ack.Ack = data.Seq
		data.Time += int64(time.Second)
		a.Segment(&data)
		a.Segment(&ack)
	})
	if n != 0 {
		t.Errorf("%v allocations in 3 packets", n)
	}
}

// TestConnectionSize holds what 100,000 connections take to some hundreds of
// bytes each.
func TestConnectionSize(t *testing.T) {
	const n, most = 100_000, 600
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	a, c := countingAssembler(Options{})
	for i := range n {
		establish(a, client(i))
		a.Segment(&Segment{Src: client(i), Dst: hostB, Flags: flagACK, Seq: 1, Ack: 1, Payload: []byte("hello")})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if c.closed != 0 || len(a.conns) != n {
		t.Fatalf("%d connections known, %d closed", len(a.conns), c.closed)
	}
	each := (after.HeapAlloc - before.HeapAlloc) / n
	t.Logf("%d bytes a connection", each)
	if each > most {
		t.Errorf("%d bytes a connection, more than %d", each, most)
	}
}

// TestWaitingKeepsOrder puts random spans into a waiting and takes them out.
func TestWaitingKeepsOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	content := make([]byte, 3000)
	for i := range content {
		content[i] = byte(rng.Uint32())
	}
	for range 200 {
		base := rng.Uint32()
		w, pieces := &waiting{}, store{random: 1}
		put := make([]bool, len(content))
		for range 300 {
			from := rng.IntN(len(content))
			to := min(len(content), from+1+rng.IntN(60))
			w.put(span{seq: base + uint32(from), size: uint32(to - from), data: content[from:to]}, &pieces)
			for i := from; i < to; i++ {
				put[i] = true
			}
			if w.contradicts(base+uint32(from), content[from:to]) {
				t.Fatal("bytes contradict themselves")
			}
		}
		at := 0
		for w.count > 0 {
			p := w.take()
			from := int(p.seq - base)
			for ; at < from; at++ {
				if put[at] {
					t.Fatalf("byte %d was put, and is not there", at)
				}
			}
			if from != at || string(p.data) != string(content[from:from+int(p.size)]) {
				t.Fatalf("piece at %d of %d bytes after %d is wrong", from, p.size, at)
			}
			at += int(p.size)
			pieces.put(p)
		}
		if w.bytes != 0 || w.head != (tower{}) {
			t.Fatalf("%d bytes left in an empty list", w.bytes)
		}
	}
}

// TestSelf is a connection whose two ends are the same.
func TestSelf(t *testing.T) {
	a, c := countingAssembler(Options{})
	self := netip.MustParseAddrPort("[::1]:9092")
	for i := range uint32(10) {
		a.Segment(&Segment{Src: self, Dst: self, Flags: flagACK, Seq: 10 * i, Ack: 10 * i, Payload: []byte("0123456789")})
	}
	a.Flush()
	if c.bytes != 100 || c.closed != 1 {
		t.Errorf("%d bytes, %d closed", c.bytes, c.closed)
	}
}

// TestAdvance has time pass without packets.
func TestAdvance(t *testing.T) {
	s := newScript(t, Options{WindowTime: time.Second})
	s.run(`
		A> SYN 100
		B> SYN 500
		A> 101 "hello"
		A> 109 "lost?"
	`)
	s.a.Advance(s.clock + int64(time.Second) - 1)
	before := len(s.calls)
	s.a.Advance(s.clock + int64(time.Second))
	want := []string{`4: A gap 3 lost`, `4: A "lost?"`}
	if diff := cmp.Diff(want, s.calls[before:]); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

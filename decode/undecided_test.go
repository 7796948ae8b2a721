package decode

import (
	"fmt"
	"testing"
)

// TestLongFirstRequest has a connection begin with a request that is longer
// than what is kept of one that is not known yet, in pieces that a loopback
// interface or an offloading card makes of it.
func TestLongFirstRequest(t *testing.T) {
	names := bytesOf(int32(2000))
	for i := range 2000 {
		names = append(names, bytesOf(fmt.Sprintf("topic-%06d-%030d", i, 0))...)
	}
	ask := request(3, 1, 1, names)
	for _, pieces := range [][]int{{65483}, {30_000}, {20_000}, {20_000, 85_000}, {100}, {1448, 2896, 66_000}} {
		var got transcript
		d := New(&got, Options{})
		s := d.Open(fresh)
		from := 0
		for _, to := range append(pieces, len(ask)) {
			s.Data(0, 1e6, ask[from:to])
			from = to
		}
		s.Close(2e6, "closed")
		if len(got.lines) != 1 || d.Stats() != (Stats{Kafka: 1}) || d.held != 0 {
			t.Errorf("cut at %v: %+v, %d bytes held, %.300q", pieces, d.Stats(), d.held, got.lines)
		}
	}
}

// TestGapsWhileUndecided has holes before it is known what a connection
// carries, also among more bytes than are kept until then.
func TestGapsWhileUndecided(t *testing.T) {
	ask, answer := request(12, 0, 1, heartbeat), response(1, heartbeatAnswer)
	piece := make([]byte, 1400)
	for i := range piece {
		piece[i] = 'z'
	}
	for _, n := range []int{10, 40} {
		var got transcript
		d := New(&got, Options{})
		s := d.Open(joined())
		for i := range 3 * n {
			s.Data(1, 1e6, piece)
			if i == n || i == 2*n {
				s.Gap(1, int64(i)*1e6, 700, "lost")
			}
		}
		s.Data(0, 5e9, ask)
		s.Data(1, 6e9, answer)
		s.Close(7e9, "closed")
		missing := 0
		for _, line := range got.lines {
			var size, time int
			if n, _ := fmt.Sscanf(line, "gap server %d@%d", &size, &time); n == 2 {
				missing += size
			}
		}
		if missing != 1400 || d.held != 0 {
			t.Errorf("%d pieces: gaps of %d bytes are told, not of 1400; %d bytes held: %.300q", n, missing, d.held, got.lines)
		}
	}
}

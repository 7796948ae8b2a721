package decode

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pairs is a sink that notes the correlation ids of the exchanges that were
// shown whole, and mispaired ones.
type pairs struct {
	silent
	whole     []int32
	mispaired int
}

func (p *pairs) Exchange(e *Exchange) {
	if e.Kind != Whole || e.Request.Problem != nil || e.Response.Problem != nil {
		return
	}
	id := e.Request.RequestHeader.CorrelationID
	if id != e.Response.ResponseHeader.CorrelationID {
		p.mispaired++
	}
	p.whole = append(p.whole, id)
}

// TestLoss loses packets of conversations and expects every exchange that was
// not hit, and no other. Every message begins a packet.
func TestLoss(t *testing.T) {
	const messages, mss = 400, 100
	for _, start := range []Start{fresh, joined()} {
		for _, rate := range []float64{0.001, 0.01, 0.05, 0.2} {
			for seed := range uint64(20) {
				name := fmt.Sprintf("SYN seen %t, %v lost, seed %d", start.SawSYN, rate, seed)
				random := rand.New(rand.NewPCG(seed, 1))
				var got pairs
				s := New(&got, Options{Checksum: true}).Open(start)
				now := int64(0)
				// send sends a message and reports whether all of it arrived.
				send := func(dir int, b []byte, certain bool) bool {
					whole := true
					for len(b) > 0 {
						n := min(mss, len(b))
						now += 1e6
						if !certain && random.Float64() < rate {
							s.Gap(dir, now, int64(n), "lost")
							whole = false
						} else {
							s.Data(dir, now, b[:n])
						}
						b = b[n:]
					}
					return whole
				}
				var want []int32
				for id := int32(1); id <= messages; id++ {
					ask, answer := request(12, 0, id, heartbeat), response(id, heartbeatAnswer)
					if random.IntN(3) == 0 {
						ask, answer = request(0, 3, id, produce(1, batch(3, random.IntN(500)))), response(id, produceAnswer)
					}
					asked := send(0, ask, id == 1)
					if answered := send(1, answer, id == 1); asked && answered {
						want = append(want, id)
					}
				}
				s.Close(now, "closed")
				if diff := cmp.Diff(want, got.whole); diff != "" || got.mispaired > 0 {
					t.Errorf("%s: %d mispaired (-want +got):\n%s", name, got.mispaired, diff)
				}
			}
		}
	}
}

// TestRecut has what may be the beginning of a long message stand before
// messages of which none begins a packet: once several are in a row, or all
// that will come is there, they are believed.
func TestRecut(t *testing.T) {
	maybe := bytesOf(int32(16<<10), int16(3), int16(1), int32(7), "me", int32(1000), "orders") // of a Metadata request
	for _, test := range []struct {
		name     string
		messages int32
		then     func(*Stream)
	}{
		{"more than one whole", 5, func(*Stream) {}},
		{"one, and the end", 1, func(s *Stream) { s.Close(9e9, "closed") }},
		{"one, and a gap", 1, func(s *Stream) { s.Gap(0, 9e9, 40, "lost") }},
		{"one, and a packet that begins with another", 1, func(s *Stream) { s.Data(0, 9e9, request(12, 0, 9, heartbeat)) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got requests
			s := New(&got, Options{}).Open(joined())
			s.Data(0, 1e9, request(12, 0, 0, heartbeat))
			s.Gap(0, 2e9, 1000, "lost")
			b := maybe
			var want []int32
			for id := range test.messages {
				b = append(b, request(12, 0, 1+id, heartbeat)...)
				want = append(want, 1+id)
			}
			for from := 0; from < len(b); from += 17 {
				s.Data(0, 3e9, b[from:min(from+17, len(b))])
			}
			test.then(s)
			for id := range test.messages {
				s.Data(1, 10e9, response(1+id, heartbeatAnswer))
			}
			s.Close(11e9, "closed")
			for _, id := range want {
				if !slices.Contains(got.shown, id) {
					t.Errorf("request %d is not shown, only %v", id, got.shown)
				}
			}
		})
	}
}

// requests is a sink that notes the correlation ids of the requests shown.
type requests struct {
	silent
	shown []int32
}

func (r *requests) Exchange(e *Exchange) {
	if e.Request.Seen {
		r.shown = append(r.shown, e.Request.RequestHeader.CorrelationID)
	}
}

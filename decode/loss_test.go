package decode

import (
	"fmt"
	"math/rand/v2"
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

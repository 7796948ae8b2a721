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

// TestOneID has clients give several requests one correlation id. Where some of
// the messages are lost, no response goes to a request that it may not answer.
func TestOneID(t *testing.T) {
	ask := func(id int32) []byte { return request(12, 0, id, heartbeat) }
	answer := func(id int32) []byte { return response(id, heartbeatAnswer) }
	made, taken := request(0, 3, 1, produce(1, batch(3, 100))), response(1, produceAnswer)
	const (
		noise   = "gap"
		alone   = "response 1"
		beat    = "Heartbeat 1 answered"
		next    = "Heartbeat 2 answered"
		unknown = "Heartbeat 1 {a response may answer it or another request of its correlation id}"
		over    = "Heartbeat 1 {a later request was answered}"
	)
	for _, test := range []struct {
		name  string
		steps []step
		want  []string
	}{
		{"nothing is lost", []step{client(ask(1)), client(made), server(answer(1)), server(taken), client(ask(1), ask(1)), server(answer(1)), server(answer(1))},
			[]string{beat, "Produce 1 answered", beat, beat}},
		{"a response, and the request of the next one", []step{client(ask(1)), lost(1, 10), lost(0, int64(len(made))), server(taken), client(ask(2)), server(answer(2))},
			[]string{noise, noise, alone, over, next}},
		{"a response to a request of another kind", []step{client(ask(1)), lost(1, 10), client(made), server(taken), client(ask(2)), server(answer(2))},
			[]string{noise, over, "Produce 1 answered", next}},
		{"a response, and the request of the next one, of the same kind", []step{client(ask(1)), server(answer(1)), client(ask(1)), lost(1, 10), lost(0, 35), server(answer(1)), client(ask(2)), server(answer(2))},
			[]string{beat, noise, noise, unknown, alone, next}},
		{"a response to a request of the same kind", []step{client(ask(1)), lost(1, 10), client(ask(1)), server(answer(1)), client(ask(2)), server(answer(2))},
			[]string{noise, unknown, alone, over, next}},
		{"long before", []step{client(ask(1)), lost(1, 10), client(ask(2)), server(answer(2)), client(ask(1), ask(1)), server(answer(1), answer(1))},
			[]string{noise, over, next, beat, beat}},
		{"a header", []step{client(ask(1)), server(answer(1)[:5]), lost(1, 5), client(ask(1)), server(answer(1)), client(ask(2)), server(answer(2))},
			[]string{noise, "undecoded", unknown, alone, over, next}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got outline
			play(New(&got, Options{}), fresh, 1<<20, test.steps...)
			if diff := cmp.Diff(test.want, []string(got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// outline is a sink that writes down what exchanges are of.
type outline []string

func (o *outline) add(format string, args ...any) { *o = append(*o, fmt.Sprintf(format, args...)) }
func (o *outline) Gap(*Gap)                       { o.add("gap") }
func (o *outline) Undecoded(*Undecoded)           { o.add("undecoded") }
func (o *outline) TLS(*TLS)                       { o.add("tls") }

func (o *outline) Exchange(e *Exchange) {
	name, id := "", e.Request.RequestHeader.CorrelationID
	if e.Request.Layout != nil {
		name = e.Request.Layout.Name
	}
	switch e.Kind {
	case Whole:
		o.add("%s %d answered", name, id)
	case ResponseOnly:
		o.add("response %d", e.Response.ResponseHeader.CorrelationID)
	default:
		o.add("%s %d {%s}", name, id, e.Unanswered)
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

// TestMissingAnswers has requests of which the response may be among what is
// missing when the connection ends, and one whose is not.
func TestMissingAnswers(t *testing.T) {
	ask := func(id int32) step { return client(request(12, 0, id, heartbeat)) }
	const missing = "its response may be among the bytes that are missing"
	for _, test := range []struct {
		name  string
		steps []step
		want  []string
	}{
		{"its answer", []step{ask(1), server(response(1, heartbeatAnswer)), ask(2), lost(1, 10), closed("closed")},
			[]string{"Heartbeat 1 answered", "gap", "Heartbeat 2 {" + missing + "}"}},
		{"another's answer", []step{ask(1), lost(1, 10), ask(2), server(response(2, heartbeatAnswer)), ask(3), closed("closed")},
			[]string{"gap", "Heartbeat 1 {a later request was answered}", "Heartbeat 2 answered", "Heartbeat 3 {connection closed}"}},
		{"its answer, and it is waited for in vain", []step{ask(1), server(response(1, heartbeatAnswer)), ask(2), lost(1, 10), after(700_000, ask(3))},
			[]string{"Heartbeat 1 answered", "gap", "Heartbeat 2 {" + missing + "}"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got outline
			play(New(&got, Options{}), fresh, 1<<20, test.steps...)
			if diff := cmp.Diff(test.want, []string(got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// Behind a gap, in the middle of a response, a high watermark of 12 and records
// of 28 bytes from offset 0 on read as an empty response to request 28.
func TestNumbersThatReadAsAResponse(t *testing.T) {
	ask := func(id int32) []byte { // Fetch v1
		return request(1, 1, id, int32(-1), int32(500), int32(1), int32(1), "orders", int32(1), int32(0), int64(0), int32(1<<20))
	}
	fetched := func(id int32, records ...any) []byte {
		set := bytesOf(records...)
		return response(id, int32(0), int32(1), "orders", int32(1), int32(0), int16(0), int64(12), int32(len(set)), set)
	}
	message := bytesOf(int64(0), int32(16), uint32ToInt(0xc89dd6b5), int8(0), int8(0), int32(-1), int32(2), "")
	answer := fetched(28, message)
	for _, piece := range []int{1 << 20, 18, 5, 1} {
		var got pairs
		play(New(&got, Options{}), fresh, piece, client(ask(27)), server(fetched(27)), client(ask(28)),
			lost(1, 20), server(answer[20:]), client(ask(29)), server(fetched(29, message)), closed("closed"))
		if !slices.Equal(got.whole, []int32{27, 29}) {
			t.Errorf("in pieces of %d bytes: the exchanges %d are shown, want 27 and 29", piece, got.whole)
		}
	}
}

func uint32ToInt(n uint32) int32 { return int32(n) }

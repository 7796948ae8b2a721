package decode

import (
	"bytes"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// metadata is the body of a Metadata v10 response that names one topic id.
func metadata(id [16]byte, name string) []byte {
	return bytesOf(int32(0), int8(1), compact("c"), int32(0), int8(2), // throttle, no brokers, cluster, controller, one topic
		int16(0), compact(name), id[:], int8(0), int8(1), int32(0), int8(0), // its error, name, id, whether internal, no partitions, operations
		int32(0), int8(0))
}

// namer is a sink that asks for a name at every exchange.
type namer struct {
	transcript
	id    []byte
	names []string
}

func (n *namer) Exchange(e *Exchange) { n.names = append(n.names, e.Names.Topic(n.id)) }

func TestNames(t *testing.T) {
	id := [16]byte{1, 2, 3}
	ask := func(n int32) []byte { return flexible(3, 10, n, int8(0), int8(1), int8(0), int8(0), int8(0)) }
	answer := func(n int32, id [16]byte, name string) []byte {
		return framed(n, int8(0), metadata(id, name))
	}
	beat := request(12, 0, 9, heartbeat)
	got := &namer{id: id[:]}
	play(New(got, Options{}), fresh, 1<<20,
		client(beat), server(response(9, heartbeatAnswer)),
		client(ask(1)), server(answer(1, id, "orders")),
		client(ask(2)), server(answer(2, [16]byte{}, "none")),
		client(ask(3)), server(answer(3, [16]byte{9}, "other")),
		client(ask(4)), server(answer(4, id, "renamed")))
	if diff := cmp.Diff([]string{"", "orders", "orders", "orders", "renamed"}, got.names); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var none *Names
	if none.Topic(id[:]) != "" || got.names == nil || (&Names{}).Topic(id[:2]) != "" || none.Topic(metadataTopicID[:]) != "__cluster_metadata" {
		t.Error("what is not known has no name, and what is always known has one")
	}
}

func TestEnvelope(t *testing.T) {
	long := func(b []byte) []byte { return append([]byte{byte(len(b) + 1)}, b...) } // compact bytes
	inner := request(12, 0, 7, heartbeat)[4:]
	innerAnswer := response(7, heartbeatAnswer)[4:]
	const (
		asked     = `"me":000567726f75700000000100066d656d626572`
		forwarded = `whole | Heartbeat v0 request 31@1-1 #7 ` + asked + ` | Heartbeat v0 response 6@2-2 #7:0000`
	)
	ask := func(data []byte) []byte {
		return flexible(58, 0, 1, long(data), int8(0), long([]byte{127, 0, 0, 1}), int8(0))
	}
	answer := framed(int32(1), int8(0), long(innerAnswer), int16(0), int8(0))
	refused := framed(int32(1), int8(0), int8(0), int16(31), int8(0))
	tests := []struct {
		name  string
		steps []step
		want  string
	}{
		{"a request and its response", []step{client(ask(inner)), server(answer)}, forwarded},
		{"refused", []step{client(ask(inner)), server(refused)}, `request | Heartbeat v0 request 31@1-1 #7 ` + asked},
		{"not answered", []step{client(ask(inner)), closed("closed")}, `request | Heartbeat v0 request 31@1-1 #7 ` + asked},
		{"of an unknown API", []step{client(ask(request(999, 0, 7)[4:])), server(answer)},
			`whole | ? 12@1-1 #7 "me": !API key 999 is not known head 03e700000000000700026d65 | ? 6@2-2 #7: !API key 999 is not known head 000000070000`},
		{"of nothing", []step{client(ask([]byte{1})), server(answer)},
			`request | ? 1@1-1 #0 "": !the request's header ends: needs 8 bytes, has 1 at offset 0 head 01`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got transcript
			play(New(&got, Options{}), fresh, 1<<20, test.steps...)
			if len(got.lines) != 2 || strings.TrimSuffix(got.lines[1], " {PLAINTEXT} {User:ANONYMOUS}") != test.want {
				t.Errorf("got %q, want %q second", got.lines, test.want)
			}
		})
	}
}

// TestHeld has more bytes wait than may be held.
func TestHeld(t *testing.T) {
	const bound = 10 * messageSize
	ask := func(id int32) []byte { return request(12, 0, id, "group", int32(1), strings.Repeat("x", 600)) }
	for _, oneWay := range []bool{true, false} {
		var got transcript
		d := New(&got, Options{MaxHeld: bound})
		s := d.Open(fresh)
		s.Data(0, 0, ask(0))
		if !oneWay {
			s.Data(1, 0, response(0, heartbeatAnswer))
		}
		const requests = 30
		for id := int32(1); id <= requests; id++ {
			for _, b := range [][]byte{ask(id)[:300], ask(id)[300:]} {
				s.Data(0, int64(id)*1e6, b)
				if d.held > bound+messageSize {
					t.Fatalf("%d bytes are held, above the bound", d.held)
				}
			}
		}
		s.Close(100e6, "closed")
		counts := map[string]int{}
		for _, line := range got.lines {
			for _, why := range []string{"the body was given up", "{given up", "{connection closed}"} {
				if strings.Contains(line, why) {
					counts[why]++
				}
			}
		}
		if oneWay && (counts["the body was given up"] != 0 || counts["{given up"] == 0) {
			t.Errorf("with one direction: %v", counts)
		}
		if !oneWay && counts["the body was given up"] == 0 {
			t.Errorf("with both directions: %v", counts)
		}
		if len(got.lines) != requests+1 || d.held != 0 {
			t.Errorf("%d requests of %d, %d bytes held when all is closed", len(got.lines), requests+1, d.held)
		}
	}
}

// TestHeldByOne has a single message be more than may be held: its beginning
// is shown all the same.
func TestHeldByOne(t *testing.T) {
	var got transcript
	ask := request(12, 0, 1, "group", int32(1), strings.Repeat("x", 2000))
	play(New(&got, Options{MaxHeld: messageSize + 600}), fresh, 1<<20, client(ask), server(response(1, heartbeatAnswer)))
	if len(got.lines) != 1 || !strings.Contains(got.lines[0], "!the body is not kept") || !strings.Contains(got.lines[0], "Heartbeat v0 response 6@2-2") {
		t.Errorf("got %q", got.lines)
	}
}

// conversations are whole streams that tests cut and damage, with batches of n
// bytes of records.
func conversations(n int) map[string][]step {
	one := batch(3, n)
	return map[string][]step{
		"records": {client(flexible(18, 3, 1, software("kgo", "1"))), server(response(1, softwareAnswer)),
			client(request(0, 3, 2, produce(1, one, join(one, one))), request(0, 3, 3, produce(0, one)), request(12, 0, 4, heartbeat)),
			server(response(2, produceAnswer), response(4, heartbeatAnswer)), closed("closed")},
		"sasl": {client(request(17, 0, 1, "PLAIN")), server(response(1, int16(0), int32(0))), client(token([]byte("\x00u\x00p"))), server(token()),
			client(request(12, 0, 2, heartbeat)), server(response(2, heartbeatAnswer)), closed("closed")},
	}
}

func TestReuse(t *testing.T) {
	// Pooled messages must bring nothing along.
	for name, steps := range conversations(1000) {
		var first, all transcript
		play(New(&first, Options{Checksum: true}), fresh, 100, steps...)
		d := New(&all, Options{Checksum: true})
		for range 3 {
			play(d, fresh, 100, steps...)
		}
		want := append(append(append([]string(nil), first.lines...), first.lines...), first.lines...)
		if diff := cmp.Diff(want, all.lines); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestLetGo has a connection fall silent while another goes on with large
// messages: nothing holds what was told of.
func TestLetGo(t *testing.T) {
	var sink silent
	d := New(&sink, Options{})
	quiet, busy := d.Open(fresh), d.Open(fresh)
	large := make([]byte, 1<<20)
	exchange := func(s *Stream, id int32) {
		send := func(dir int, b []byte) {
			for piece := range slices.Chunk(b, 1<<14) {
				s.Data(dir, int64(id), piece)
			}
		}
		// DescribeGroups v0
		answer := bytesOf(int32(1), int16(0), "group", "", "", "", int32(1), "member", "", "", int32(len(large)), large, int32(0))
		send(0, join(request(15, 0, id, int32(1), "group"), request(15, 0, id+1, int32(1), "group")))
		send(1, join(response(id, answer), response(id+1, answer)))
	}
	exchange(quiet, 1)
	for id := int32(1); id <= 100; id += 2 {
		exchange(busy, id)
	}
	if sink.exchanges != 102 || sink.others != 0 {
		t.Fatalf("%d exchanges, %d other events", sink.exchanges, sink.others)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 30<<20 {
		t.Errorf("%d MiB are held of 102 MiB that were told of", m.HeapAlloc>>20)
	}
	runtime.KeepAlive([]*Stream{quiet, busy})
}

// TestWaitSmall has small requests wait, each of which came behind a large one.
func TestWaitSmall(t *testing.T) {
	const connections = 200
	d := New(new(silent), Options{})
	large := strings.Repeat("x", 30000)
	for range connections {
		s := d.Open(fresh)
		for _, id := range []int32{1, 2} {
			b := join(request(12, 0, id, large, int32(1), "member"), request(12, 0, id+10, heartbeat))
			s.Data(0, 1, b[:100])
			s.Data(0, 1, b[100:])
			s.Data(1, 1, response(id, heartbeatAnswer))
		}
	}
	waiting, room := 0, 0
	for m := d.waiting.oldest; m != nil; m = m.newer {
		waiting++
		room += cap(m.bytes)
	}
	if waiting != connections || room > connections*smallBuffer {
		t.Errorf("%d requests, want %d, wait in %d bytes", waiting, connections, room)
	}
}

// FuzzStream has arbitrary pieces and gaps come in both directions. The first
// bytes of each step say what it is.
func FuzzStream(f *testing.F) {
	for _, steps := range conversations(20) {
		for _, size := range []int{1 << 16, 50} {
			var script []byte
			for _, s := range steps {
				for b := s.bytes; len(b) > 0; {
					n := min(size, len(b))
					script = append(script, byte(s.dir), byte(n>>8), byte(n))
					script = append(script, b[:n]...)
					b = b[n:]
				}
			}
			f.Add(script, uint8(1))
			f.Add(append(bytes.Clone(script[:100]), 2, 0, 9), uint8(3))
		}
	}
	var parts []byte
	for i, p := range cut(join(batch(1, 40), batch(2, 300), batch(1, 9)), 150) {
		for _, s := range p.steps(int32(i)) {
			parts = append(parts, bytesOf(int8(s.dir), int16(len(s.bytes)), s.bytes)...)
		}
	}
	f.Add(parts, uint8(3))
	for _, sides := range foreign() {
		piece := sides[0][:min(len(sides[0]), 200)]
		f.Add(bytesOf(int8(0), int16(len(piece)), piece), uint8(0))
	}
	f.Fuzz(func(t *testing.T, script []byte, flags uint8) {
		opt := Options{Checksum: true, MaxHeld: 1 << 16, MaxBody: 1 << 14, KeepRecords: flags&4 != 0}
		if flags&1 != 0 {
			opt.Ports = []uint16{9092}
		}
		start := fresh
		start.SawSYN = flags&2 != 0
		run := func() []string {
			var got transcript
			d := New(&got, opt)
			s := d.Open(start)
			now := int64(0)
			for b := script; len(b) >= 3; {
				kind, n := b[0], int(b[1])<<8|int(b[2])
				b = b[3:]
				now += int64(kind) * 1e9
				if kind&2 != 0 {
					s.Gap(int(kind&1), now, int64(int16(n)), "lost")
					continue
				}
				n = min(n, len(b))
				piece := bytes.Clone(b[:n])
				s.Data(int(kind&1), now, piece)
				if d.held > opt.MaxHeld+2*(chunk+messageSize) {
					t.Fatalf("%d bytes are held", d.held)
				}
				for i := range piece {
					piece[i] = 0xee
				}
				b = b[n:]
			}
			s.Close(now, "closed")
			if d.held != 0 || d.waiting.oldest != nil || d.waiting.whole != nil {
				t.Fatalf("%d bytes are held when all is closed", d.held)
			}
			return got.lines
		}
		if diff := cmp.Diff(run(), run()); diff != "" {
			t.Errorf("not the same twice:\n%s", diff)
		}
	})
}

// silent is a sink that counts.
type silent struct{ exchanges, others int }

func (s *silent) Exchange(*Exchange)   { s.exchanges++ }
func (s *silent) Gap(*Gap)             { s.others++ }
func (s *silent) Undecoded(*Undecoded) { s.others++ }
func (s *silent) TLS(*TLS)             { s.others++ }

// fetched is the body of a Fetch v4 response with records for partition 0.
func fetched(records []byte) []byte {
	return bytesOf(int32(0), int32(1), "t", int32(1), int32(0), int16(0), int64(10), int64(10), int32(-1), int32(len(records)), records)
}

func BenchmarkDecoder(b *testing.B) {
	const mss = 1448
	big := bytes.Repeat(batch(100, 16<<10), 8)
	fetch := bytesOf(int32(-1), int32(500), int32(1), int32(1<<20), int8(0), int32(1), "t", int32(1), int32(0), int64(0), int32(1<<20))
	for _, bench := range []struct {
		name        string
		ask, answer []byte
	}{
		{"produce 128 KiB", request(0, 3, 1, produce(1, big)), response(1, produceAnswer)},
		{"produce 1 KiB", request(0, 3, 1, produce(1, batch(10, 900))), response(1, produceAnswer)},
		{"fetch 128 KiB", request(1, 4, 1, fetch), response(1, fetched(big))},
		{"heartbeat", request(12, 0, 1, heartbeat), response(1, heartbeatAnswer)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var sink silent
			d := New(&sink, Options{Checksum: true})
			s := d.Open(fresh)
			send := func(dir int, data []byte) {
				for len(data) > 0 {
					n := min(mss, len(data))
					s.Data(dir, 1, data[:n])
					data = data[n:]
				}
			}
			b.SetBytes(int64(len(bench.ask) + len(bench.answer)))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				send(0, bench.ask)
				send(1, bench.answer)
				n++
			}
			if sink.exchanges != n || sink.others != 0 {
				b.Fatalf("%d exchanges of %d, %d other events", sink.exchanges, n, sink.others)
			}
		})
	}
}

// BenchmarkForeign passes over what is no Kafka.
func BenchmarkForeign(b *testing.B) {
	piece := foreign()["random bytes"][0][:1448]
	for _, sawSYN := range []bool{true, false} {
		b.Run(map[bool]string{true: "from the start", false: "from the middle"}[sawSYN], func(b *testing.B) {
			d := New(new(silent), Options{})
			start := fresh
			start.SawSYN = sawSYN
			s := d.Open(start)
			b.SetBytes(int64(len(piece)))
			b.ReportAllocs()
			for b.Loop() {
				s.Data(0, 1, piece)
			}
		})
	}
}

package decode

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/kdump/kdump/codec/records"
)

const fetchSnapshot = 59

// aPart is a FetchSnapshot exchange: the part of a snapshot from a position on.
type aPart struct {
	topic    string
	epoch    int32 // of the snapshot
	position int
	raw      []byte
}

// steps are those of the exchange, FetchSnapshot v0.
func (p aPart) steps(id int32) []step {
	request := bytesOf(int32(-1), int32(1000), int8(1), int8(0))
	answer := bytesOf(int32(0), int16(0), int8(2), compact(p.topic), int8(2), int32(0), int16(0),
		int64(500), p.epoch, int8(0), int64(1<<20), int64(p.position), uvarint(len(p.raw)+1), p.raw, int8(0), int8(0), int8(0))
	return []step{client(flexible(fetchSnapshot, 0, id, request)), server(framed(id, int8(0), answer))}
}

func uvarint(n int) []byte {
	var b []byte
	for ; n > 0x7f; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

// partSink notes the parts that it is shown.
type partSink struct {
	silent
	t     *testing.T
	parts []Part
}

func (s *partSink) Exchange(e *Exchange) {
	if e.Kind != Whole || e.Response.Problem != nil || len(e.Response.Parts) > 1 {
		s.t.Errorf("%v, %v, %d parts", e.Kind, e.Response.Problem, len(e.Response.Parts))
		return
	}
	part := Part{}
	for _, p := range e.Response.Parts {
		part = p
		part.Bytes = bytes.Clone(p.Bytes)
	}
	s.parts = append(s.parts, part)
}

// partsOf has a decoder see parts and returns what it makes of each.
func partsOf(t *testing.T, opt Options, parts ...aPart) []Part {
	t.Helper()
	var steps []step
	for i, p := range parts {
		steps = append(steps, p.steps(int32(i))...)
	}
	sink := partSink{t: t}
	d := New(&sink, opt)
	play(d, fresh, 1<<20, append(steps, closed("closed"))...)
	if d.held != 0 {
		t.Errorf("%d bytes are still held", d.held)
	}
	if len(sink.parts) != len(parts) {
		t.Fatalf("%d parts of %d", len(sink.parts), len(parts))
	}
	return sink.parts
}

// aStream is a stream of batches, and where each of them begins and the last
// one ends.
func aStream(n int, r *rand.Rand) (stream []byte, at []int) {
	for i := range n {
		at = append(at, len(stream))
		stream = append(stream, batch(int32(i+1), r.IntN(120))...)
	}
	return stream, append(at, len(stream))
}

// cut cuts a stream into parts of a size.
func cut(stream []byte, size int) (parts []aPart) {
	for at := 0; at < len(stream); at += size {
		parts = append(parts, aPart{"__cluster_metadata", 3, at, stream[at:min(at+size, len(stream))]})
	}
	return parts
}

// Every batch is in the part that it ends in, wherever the stream is cut; of a
// stream that is not seen from its beginning, or lacks a part, all from the
// first one on that lies whole in a part.
func TestPartsOfASnapshot(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	stream, at := aStream(12, r)
	for size := 1; size < len(stream)+5; size++ {
		all := cut(stream, size)
		for _, keep := range []bool{false, true} {
			ends := batchEnds(t, all, partsOf(t, Options{KeepRecords: keep}, all...), stream)
			if !slices.Equal(ends, at[1:]) {
				t.Errorf("parts of %d bytes: batches end at %d, want %d", size, ends, at[1:])
			}
		}
		lost := r.IntN(len(all))
		some := slices.Delete(slices.Clone(all), lost, lost+1)
		var want []int
		known := lost > 0
		for _, p := range some {
			known = known && p.position != (lost+1)*size || p.position == 0
			end := p.position + len(p.raw)
			for i, from := range at[:len(at)-1] {
				if to := at[i+1]; to > p.position && to <= end && (known || from >= p.position) {
					want, known = append(want, to), true
				}
			}
		}
		if ends := batchEnds(t, some, partsOf(t, Options{}, some...), stream); !slices.Equal(ends, want) {
			t.Errorf("parts of %d bytes without the one at %d: batches end at %d, want %d", size, lost*size, ends, want)
		}
	}
}

// batchEnds returns where in the stream the batches end that are found in parts.
func batchEnds(t *testing.T, sent []aPart, got []Part, stream []byte) (ends []int) {
	t.Helper()
	for i, p := range got {
		if p.Bytes == nil {
			if p.Earlier != 0 || p.Before != 0 && p.Before != len(sent[i].raw) {
				t.Errorf("%d bytes before and %d earlier ones of nothing", p.Before, p.Earlier)
			}
			continue
		}
		from, to := sent[i].position+p.Before-p.Earlier, sent[i].position+len(sent[i].raw)
		if !bytes.Equal(p.Bytes, stream[from:to]) {
			t.Errorf("part %d: not the bytes from %d to %d", i, from, to)
		}
		var s records.Scanner
		s.Reset(nil, true)
		s.Write(p.Bytes)
		for _, b := range s.Close() {
			if b.Partial {
				break
			}
			if !b.Valid || b.Err != "" {
				t.Errorf("part %d: %+v", i, b)
			}
			from += b.Size
			ends = append(ends, from)
		}
	}
	return ends
}

// A part goes on where another ends only if it is of the same snapshot.
func TestPartsOfSeveralSnapshots(t *testing.T) {
	one := batch(1, 40)
	whole := join(one, one)
	first := aPart{"a", 3, 0, whole[:150]}
	rest := aPart{"a", 3, 150, whole[150:]}
	other := func(change func(*aPart)) aPart { p := rest; change(&p); return p }
	for _, test := range []struct {
		name  string
		parts []aPart
		want  int // Earlier of the last one; -1: nothing is found in it
	}{
		{"the same", []aPart{first, rest}, 49},
		{"none before", []aPart{rest}, -1},
		{"another topic", []aPart{first, other(func(p *aPart) { p.topic = "b" })}, -1},
		{"another epoch", []aPart{first, other(func(p *aPart) { p.epoch = 4 })}, -1},
		{"another position", []aPart{first, other(func(p *aPart) { p.position++ })}, -1},
		{"asked for twice", []aPart{first, first, rest}, 49},
		{"an empty one between", []aPart{first, other(func(p *aPart) { p.raw = nil }), rest}, 49},
		{"of another between", []aPart{first, {"b", 3, 0, whole[:150]}, rest}, 49},
		{"twice", []aPart{first, rest, rest}, 49},
		{"behind what is no batch", []aPart{{"a", 3, 0, make([]byte, 150)}, rest}, -1},
		{"whole ones", []aPart{{"a", 3, 0, one}, {"a", 3, len(one), one}}, 0},
		{"a damaged one at the start", []aPart{{"a", 3, 70, join(damaged(one), one)}}, 0},
	} {
		got := partsOf(t, Options{}, test.parts...)
		last := got[len(got)-1]
		if found := last.Bytes != nil; found != (test.want >= 0) || found && last.Earlier != test.want || last.Before != 0 {
			t.Errorf("%s: %d of %d bytes earlier, want %d", test.name, last.Earlier, len(last.Bytes), test.want)
		}
	}
}

// Whoever is cut off goes on over another connection.
func TestPartsOverSeveralConnections(t *testing.T) {
	one := batch(1, 40)
	whole := join(one, one)
	elsewhere := fresh
	elsewhere.B = netip.MustParseAddrPort("10.0.0.3:9092")
	sink := partSink{t: t}
	d := New(&sink, Options{})
	for i, start := range []Start{fresh, fresh, elsewhere} {
		p := aPart{"a", 3, 150, whole[150:]}
		if i == 0 {
			p = aPart{"a", 3, 0, whole[:150]}
		}
		play(d, start, 1<<20, append(p.steps(1), closed("closed"))...)
	}
	var earlier []int
	for _, p := range sink.parts {
		earlier = append(earlier, p.Earlier)
	}
	if !slices.Equal(earlier, []int{0, 49, 0}) || sink.parts[2].Bytes != nil {
		t.Errorf("%d bytes are taken from earlier parts, want 49 for the second, of the same server", earlier)
	}
}

func damaged(batch []byte) []byte {
	b := bytes.Clone(batch)
	b[len(b)-1]++
	return b
}

// Also where all that is seen of a connection are parts that begin within a
// batch it is known to be Kafka, and where the next message begins.
func TestPartsAlone(t *testing.T) {
	stream, _ := aStream(12, rand.New(rand.NewPCG(7, 8)))
	for _, size := range []int{10, 70, 200} {
		parts := cut(stream, size)[1:]
		var steps []step
		for i, p := range parts {
			steps = append(steps, p.steps(int32(i))...)
		}
		start := fresh
		start.SawSYN = false
		sink := partSink{t: t}
		play(New(&sink, Options{}), start, 1<<20, append(steps, closed("closed"))...)
		if len(sink.parts) != len(parts) {
			t.Errorf("parts of %d bytes: %d of %d exchanges are shown", size, len(sink.parts), len(parts))
		}
	}
}

// A batch that never ends is not kept beyond what may be held.
func TestAPartOfABatchWithoutEnd(t *testing.T) {
	endless := batch(1, 10)
	copy(endless[8:], bytesOf(int32(1<<30)))
	d := New(&partSink{t: t}, Options{MaxHeld: 64 << 10})
	s := d.Open(fresh)
	raw := append(endless, make([]byte, 5000)...)
	for i, most := 0, 0; i < 100; i++ {
		for _, step := range (aPart{"a", 3, i * len(raw), raw}).steps(int32(i)) {
			s.Data(step.dir, fresh.Time, step.bytes)
		}
		if most = max(most, d.places.size); most > 16<<10 {
			t.Fatalf("%d bytes are held", most)
		} else if i == 2 && most < 3*len(raw) {
			t.Fatalf("%d bytes are held of a batch of which %d came", most, 3*len(raw))
		}
	}
}

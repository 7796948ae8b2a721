package records_test

import (
	"bytes"
	"testing"

	"github.com/kdump/kdump/codec/records"
)

func TestAlign(t *testing.T) {
	one := batch2{count: 1, records: 50}.bytes()
	wrong := bytes.Clone(one)
	wrong[len(wrong)-1]++
	for _, test := range []struct {
		name string
		part []byte
		want int
	}{
		{"at its start", join(one, one), 0},
		{"behind the end of another", join(one[30:], one, one[:20]), len(one) - 30},
		{"behind one that is damaged", join(wrong, one), len(one)},
		{"cut", one[:len(one)-1], -1},
		{"nothing", nil, -1},
		{"zeros", make([]byte, 1000), -1},
		{"twos", bytes.Repeat([]byte{2, 0}, 1000), -1},
	} {
		if got := records.Align(test.part); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}

func TestUnfinished(t *testing.T) {
	one, old := batch2{count: 1, records: 50}.bytes(), message(1, 0, 0, 5, "old")
	for _, test := range []struct {
		name   string
		stream []byte
		tail   int // how many bytes; -1: no batches
	}{
		{"nothing", nil, 0},
		{"whole ones", join(one, old, one), 0},
		{"the beginning of one", one[:100], 100},
		{"all but a byte", join(one, old[:len(old)-1]), len(old) - 1},
		{"not even a size", join(one, one[:11]), 11},
		{"a size alone", join(one, one[:12]), 12},
		{"no batch", join(one, make([]byte, 12)), -1},
		{"a negative size", claiming(message(1, 0, 0, 5, "x"), 1<<31), -1},
		{"the largest size", claiming(message(1, 0, 0, 5, "x"), 1<<31-13), len(message(1, 0, 0, 5, "x"))},
		{"a size beyond it", claiming(message(1, 0, 0, 5, "x"), 1<<31-12), -1},
	} {
		tail, ok := records.Unfinished(test.stream)
		if ok != (test.tail >= 0) || ok && len(tail) != test.tail || !bytes.HasSuffix(test.stream, tail) {
			t.Errorf("%s: %d bytes, %v, want %d", test.name, len(tail), ok, test.tail)
		}
	}
}

// What is found is a whole batch with a right checksum, and one that stands at
// the start is found there.
func FuzzAlign(f *testing.F) {
	one := batch2{count: 1, records: 50}.bytes()
	f.Add(one)
	f.Add(join(one[30:], one, one[:20]))
	f.Fuzz(func(t *testing.T, part []byte) {
		whole := func(at int) bool {
			batches := scan(part[at:], len(part)+1, true)
			return len(batches) > 0 && batches[0].Magic == 2 && batches[0].Valid
		}
		at := records.Align(part)
		switch {
		case at >= 0 && !whole(at):
			t.Errorf("no batch is at %d", at)
		case at != 0 && whole(0):
			t.Errorf("%d, where a batch is at the start", at)
		}
		batches := scan(part, len(part)+1, false)
		if len(batches) == 0 || batches[len(batches)-1].Err != "" {
			return
		}
		want := 0
		if last := batches[len(batches)-1]; last.Partial {
			want = last.Available
		}
		if first := records.First(part); len(first) != batches[0].Available {
			t.Errorf("the first batch has %d bytes, and not %+v", len(first), batches[0])
		}
		if tail, ok := records.Unfinished(part); !ok || len(tail) != want {
			t.Errorf("%d bytes are left of the last batch, %v, where %d are", len(tail), ok, want)
		}
	})
}

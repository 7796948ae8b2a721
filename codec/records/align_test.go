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
	})
}

package records_test

import (
	"testing"

	"github.com/kdump/kdump/codec/records"
)

// decompressed is a Decompressor that gives what a test wants to be read.
type decompressed []byte

func (d decompressed) Decompress(records.Compression, int8, []byte) ([]byte, error) { return d, nil }

// Inside a compressed message one may claim more than an int holds where it
// has 32 bits. As one that is cut short, it is passed over.
func TestReaderOfAMessageThatClaimsTooMuch(t *testing.T) {
	inside := message(1, 0, 0, 5, "kept")
	for _, claim := range []uint32{0x7ffffff3, 0x7ffffff4, 0x7fffffff} {
		r := records.Reader{Decompressor: decompressed(join(inside, claiming(message(1, 0, 1, 5, "too large"), claim)))}
		wrapper := message(1, 1, 0, 5, "compressed")
		batches := scan(wrapper, len(wrapper), true)
		if err := r.Open(wrapper, &batches[0]); err != nil {
			t.Fatal(err)
		}
		var record records.Record
		if !r.Next(&record) || string(record.Value) != "kept" {
			t.Errorf("%#x: the message before it reads as %q", claim, record.Value)
		}
		if r.Next(&record) || r.Err() != nil {
			t.Errorf("%#x: %q behind it, %v", claim, record.Value, r.Err())
		}
	}
}

// A batch may announce more records than it has. Nothing is made room for that
// is not there.
func TestReaderOfABatchThatAnnouncesTooMany(t *testing.T) {
	const record = "\x0e\x00\x00\x00\x01\x02v\x00"
	for _, codec := range []byte{0, 1} {
		b := batch2{count: 1<<31 - 1, attributes: int16(codec), records: len(record)}.bytes()
		copy(b[61:], record)
		batches := scan(b, len(b), false)
		r := records.Reader{Decompressor: decompressed(record)}
		var record records.Record
		read, err := 0, error(nil)
		allocated := testing.AllocsPerRun(1, func() {
			read = 0
			if err = r.Open(b, &batches[0]); err != nil {
				return
			}
			for r.Next(&record) {
				read++
			}
			err = r.Err()
		})
		if want := 1 - int(codec); err == nil || read != want {
			t.Errorf("compression %d: %d records and %v, want %d and an error", codec, read, err, want)
		}
		if allocated > 5 { // the error
			t.Errorf("compression %d: %v allocations", codec, allocated)
		}
	}
}

// A message inside a compressed one has a checksum of its own. Where that is
// wrong the message is read and is Damaged, and it alone: not the one behind
// it, nor what the same Record is used for later.
func TestReaderOfDamagedMessages(t *testing.T) {
	for magic := range byte(2) {
		damaged := message(magic, 0, 1, 5, "damaged")
		damaged[len(damaged)-1]++
		d := decompressed(join(message(magic, 0, 0, 5, "good"), damaged, message(magic, 0, 2, 5, "good too")))
		r := records.Reader{Decompressor: &d}
		wrapper := message(magic, 1, 2, 5, "compressed")
		wrapper[len(wrapper)-1]++ // which says nothing of what is inside
		var record records.Record
		checkDamaged(t, &r, &record, wrapper, false, true, false)

		record.Damaged = true
		checkDamaged(t, &r, &record, damaged, false) // whose batch says so
		one := batch2{count: 1, records: 8}.bytes()
		copy(one[61:], "\x0e\x00\x00\x00\x01\x02v\x00")
		record.Damaged = true
		checkDamaged(t, &r, &record, one, false)
	}
}

// checkDamaged reads a batch into a record that is used again and again, and
// sees which of its records are Damaged. It must allocate nothing.
func checkDamaged(t *testing.T, r *records.Reader, record *records.Record, field []byte, want ...bool) {
	t.Helper()
	b := scan(field, len(field), false)[0]
	allocated := testing.AllocsPerRun(10, func() {
		if err := r.Open(field, &b); err != nil {
			t.Fatal(err)
		}
		for _, damaged := range want {
			if !r.Next(record) || record.Damaged != damaged {
				t.Errorf("%q: damaged %t, %v", record.Value, record.Damaged, r.Err())
			}
		}
		if r.Next(record) || r.Err() != nil {
			t.Errorf("%q behind the last one, %v", record.Value, r.Err())
		}
	})
	if allocated != 0 {
		t.Errorf("%v allocations", allocated)
	}
}

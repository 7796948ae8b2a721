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

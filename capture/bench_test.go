package capture_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/kdump/kdump/capture"
)

// BenchmarkRead measures reading a capture from memory: each iteration reads
// one packet.
func BenchmarkRead(b *testing.B) {
	frame := tcpFrame{payload: bytes.Repeat([]byte("x"), 1448)}.ethernet(b)
	for _, bm := range []struct {
		name         string
		head, packet []byte
	}{
		{"pcap", pcapHeader(le, 0xa1b2c3d4, 1), pcapPacket(le, 1, 2, len(frame), frame)},
		{"pcapng", join(ngSection(le), ngInterface(le, 1, 0)), ngEnhanced(le, 0, 1e15, len(frame), frame)},
	} {
		b.Run(bm.name, func(b *testing.B) {
			r := capture.Open([]string{"-"}, io.MultiReader(bytes.NewReader(bm.head), &repeated{unit: bytes.Repeat(bm.packet, 1024)}))
			defer r.Close()
			b.SetBytes(int64(len(bm.packet)))
			b.ReportAllocs()
			var s capture.Segment
			for b.Loop() {
				if err := r.Next(&s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// repeated is a reader of the same bytes over and over.
type repeated struct {
	unit []byte
	at   int
}

func (r *repeated) Read(b []byte) (int, error) {
	n := copy(b, r.unit[r.at:])
	r.at = (r.at + n) % len(r.unit)
	return n, nil
}

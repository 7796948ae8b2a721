package capture_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/kdump/kdump/capture"
)

// BenchmarkRead measures reading a capture from memory, a packet per
// iteration: full-sized packets for the bytes, empty ones for the headers.
func BenchmarkRead(b *testing.B) {
	for _, size := range []int{0, 1448} {
		frame := tcpFrame{payload: make([]byte, size)}.ethernet(b)
		for _, bm := range []struct {
			name         string
			head, packet []byte
		}{
			{"pcap", pcapHeader(le, 0xa1b2c3d4, 1), pcapPacket(le, 1, 2, len(frame), frame)},
			{"pcapng", join(ngSection(le), ngInterface(le, 1, 0)), ngEnhanced(le, 0, 1e15, len(frame), frame)},
		} {
			b.Run(fmt.Sprintf("%s/%d", bm.name, size), func(b *testing.B) {
				packets := &repeated{unit: bytes.Repeat(bm.packet, 1024)}
				r := capture.Open([]string{"-"}, io.MultiReader(bytes.NewReader(bm.head), packets))
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

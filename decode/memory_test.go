package decode

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"runtime"
	"testing"
)

// hostiles is a decoder of many connections of which each is as large as its
// peers can make it.
type hostiles struct {
	decoder *Decoder
	streams []*Stream
}

// open begins the next connection.
func (h *hostiles) open() *Stream {
	start := fresh
	n := uint32(len(h.streams))
	start.A = netip.AddrPortFrom(netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, 10<<24|n))), 1024)
	h.streams = append(h.streams, h.decoder.Open(start))
	return h.streams[n]
}

// TestMemory has peers send as much as they can of what is kept, and looks at
// how much memory is in use then, whatever is counted.
func TestMemory(t *testing.T) {
	const MiB = 1 << 20
	long := string(bytes.Repeat([]byte("c"), 16_000))
	softwareNamed := bytesOf([]byte{0x81, 0x7d}, []byte(long), compact("v"), int8(0))
	empty := batch(0, 0)
	produced := bytesOf(int16(0), int16(3), int32(1), "me", int16(-1), int16(1), int32(1000), int32(1), "t", int32(1), int32(0), int32(200*MiB))
	produced = append(binary.BigEndian.AppendUint32(nil, uint32(len(produced)+200*MiB)), produced...)
	serverName := bytesOf(int16(len(long)+3), int8(0), long)
	extension := bytesOf(int16(0), int16(len(serverName)), serverName)
	hello := bytesOf(int16(0x0303), make([]byte, 32), int8(0), int16(2), int16(0x1301), int8(1), int8(0), int16(len(extension)), extension)
	hello = bytesOf([]byte{22, 3, 1}, int16(len(hello)+4), int8(1), int8(0), int16(len(hello)), hello)
	blob := bytes.Repeat([]byte{0, 0, 5, 0, 0, 0, 0, 100}, 200) // the beginning of a long response at every eighth byte

	for _, test := range []struct {
		name string
		most int // bytes
		send func(h *hostiles)
	}{
		{"batches of records fields that never end", 16 * MiB, func(h *hostiles) {
			many := bytes.Repeat(empty, 900)
			for range 20 {
				s := h.open()
				s.Data(0, 1, produced)
				for range 20 {
					s.Data(0, 1, many)
				}
			}
		}},
		{"headers of requests that wait", 16 * MiB, func(h *hostiles) {
			s := h.open()
			s.Data(0, 1, request(12, 0, 1, heartbeat))
			s.Data(1, 1, response(1, heartbeatAnswer))
			for id := range int32(1000) {
				s.Data(0, 1, framed(int16(12), int16(0), 2+id, long, heartbeat))
			}
		}},
		{"what clients say of themselves", 16 * MiB, func(h *hostiles) {
			for range 1500 {
				s := h.open()
				s.Data(0, 1, framed(int16(18), int16(3), int32(1), long, int8(0), softwareNamed))
				s.Data(1, 1, response(1, softwareAnswer))
			}
		}},
		{"what they log in by and as", 16 * MiB, func(h *hostiles) {
			token := bytesOf([]byte("n,,n="), []byte(long), []byte(",r="), make([]byte, 16_000))
			for i := range 1500 {
				s, mechanism := h.open(), "SCRAM-SHA-256"
				if i%2 == 0 {
					mechanism += long
				}
				s.Data(0, 1, request(17, 1, 1, mechanism))
				s.Data(1, 1, response(1, int16(0), int32(0)))
				s.Data(0, 1, request(36, 0, 2, int32(len(token)), token))
				s.Data(1, 1, response(2, int16(0), int16(-1), int32(2), []byte("v=")))
			}
		}},
		{"names of servers in TLS", 16 * MiB, func(h *hostiles) {
			for range 1500 {
				h.open().Data(0, 1, hello)
			}
		}},
		{"names of topics", 64 * MiB, func(h *hostiles) {
			h.decoder.names.learn([16]byte{1}, []byte("orders"))
			for id := range uint64(150_000) {
				name := append(bytes.Repeat([]byte("n"), 240), byte(id>>16), byte(id>>8), byte(id))
				h.decoder.names.learn([16]byte(binary.BigEndian.AppendUint64(make([]byte, 8), id)), name)
			}
			h.decoder.names.learn([16]byte{2}, bytes.Repeat([]byte("n"), 250))
		}},
		{"bytes that may be messages", 16 * MiB, func(h *hostiles) {
			for range 100 {
				s := h.open()
				s.Data(0, 1, request(12, 0, 100, heartbeat))
				s.Gap(1, 1, 100, "lost")
				for range 40 {
					s.Data(1, 1, blob)
				}
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := hostiles{decoder: New(&silent{}, Options{MaxHeld: 8 * MiB})}
			before := inUse()
			test.send(&h)
			used := inUse() - before
			t.Logf("%d KiB in use, %d KiB counted", used>>10, h.decoder.held>>10)
			if used > test.most {
				t.Errorf("%d MiB are in use, at most %d were to be", used/MiB, test.most/MiB)
			}
			for _, s := range h.streams {
				s.Close(2, "closed")
			}
			if h.decoder.held != 0 {
				t.Errorf("%d bytes are held when all is closed", h.decoder.held)
			}
		})
	}
}

// inUse gives the bytes in use.
func inUse() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

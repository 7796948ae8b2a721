package decode

import "slices"

const (
	// smallBuffer is the size, in bytes, up to which a buffer stays with its
	// message for the next one. A message that waits for long has no larger one
	// than it needs.
	smallBuffer = 4 << 10
	// maxFree bounds the bytes of the buffers that wait for use, and
	// maxFreeBuffers their number.
	maxFree        = 8 << 20
	maxFreeBuffers = 64
)

// buffers holds large buffers that wait for a message that grows into them.
type buffers struct {
	free [][]byte // oldest first
	size int      // of all of them
}

// take returns an empty buffer for at least n bytes, and not for many more.
func (p *buffers) take(n int) []byte {
	for i, b := range slices.Backward(p.free) {
		if cap(b) >= n && cap(b)/4 <= n {
			p.remove(i)
			return b[:0]
		}
	}
	return make([]byte, 0, n)
}

// put takes a buffer back, where it is one to keep.
func (p *buffers) put(b []byte) {
	if cap(b) <= smallBuffer || cap(b) > maxFree {
		return
	}
	p.free = append(p.free, b)
	p.size += cap(b)
	for p.size > maxFree || len(p.free) > maxFreeBuffers {
		p.remove(0)
	}
}

func (p *buffers) remove(i int) {
	p.size -= cap(p.free[i])
	p.free = slices.Delete(p.free, i, i+1)
}

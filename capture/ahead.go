package capture

import "io"

const (
	// chunkSize is how much is read ahead at once. What was read is still in
	// the processor's cache when it is walked.
	chunkSize = 256 << 10

	// chunks is how many buffers are read ahead or being walked.
	chunks = 4
)

// ahead reads a file in a goroutine of its own. Most of the time that a
// capture takes goes into the kernel's copying, or into decompression; it
// passes beside the decoding, on another processor.
type ahead struct {
	full chan chunk
	free chan []byte
	stop chan struct{}
}

// chunk is what one read gave: buf[bufferSize:end]. The room before it is for
// what was left over of the chunk before.
type chunk struct {
	buf []byte
	end int
	err error // why there is no chunk behind this one
}

func newAhead(src io.Reader) *ahead {
	a := &ahead{full: make(chan chunk, chunks), free: make(chan []byte, chunks), stop: make(chan struct{})}
	for range chunks {
		a.free <- make([]byte, bufferSize+chunkSize)
	}
	go a.read(src)
	return a
}

func (a *ahead) read(src io.Reader) {
	defer close(a.full)
	for {
		select {
		case <-a.stop:
			return
		case buf := <-a.free:
			c := chunk{buf: buf, end: bufferSize}
			for c.end < len(buf) && c.err == nil {
				var n int
				n, c.err = readSome(src, buf[c.end:])
				c.end += n
			}
			a.full <- c
			if c.err != nil {
				return
			}
		}
	}
}

// close ends the reading. Nothing reads from the file after it.
func (a *ahead) close() {
	close(a.stop)
	for range a.full {
	}
}

package capture

import (
	"errors"
	"fmt"
	"io"
)

const (
	// bufferSize is the size of one read. Fewer, larger reads cost less; what
	// was read is still in the processor's cache when it is walked.
	bufferSize = 1 << 20

	// maxPacket is the largest captured length that is believed. tcpdump and
	// Wireshark write at most 262144 bytes of a packet, so a file that claims
	// more than twice that is damaged.
	maxPacket = 1 << 19

	// maxEmptyReads is how often a reader may give neither bytes nor an error.
	maxEmptyReads = 100
)

// stream hands out the bytes of one file where they lie in its buffer.
type stream struct {
	src      io.Reader
	ahead    *ahead // reads src, where it is set
	own      []byte // bufferSize long; nothing longer is ever asked for
	buf      []byte // own, or the chunk that is being walked
	pos, end int    // buf[pos:end] is read from src and not yet consumed
	base     int64  // offset in the file of buf[0]
	err      error  // why src gives no more bytes
	waits    func() // called before each read of src, unless nil
}

// reset makes the stream read src from its beginning.
func (s *stream) reset(src io.Reader) {
	*s = stream{src: src, own: s.own, buf: s.own, waits: s.waits}
}

// readAhead has src read in a goroutine. It is called before anything was.
func (s *stream) readAhead() *ahead {
	s.ahead, s.buf = newAhead(s.src), nil
	return s.ahead
}

// peek returns the next n bytes without consuming them, and fewer only where
// the file ends before; s.err then says why. They are valid until the next call
// of peek or skip.
func (s *stream) peek(n int) []byte {
	if s.end-s.pos < n {
		s.fill(n)
		n = min(n, s.end-s.pos)
	}
	return s.buf[s.pos : s.pos+n]
}

// fill reads until n bytes are there or src ends. It never waits for more than
// n, so that a live pipe's packets come out when they arrive.
func (s *stream) fill(n int) {
	if s.ahead == nil {
		s.base += int64(s.pos)
		s.end = copy(s.buf, s.buf[s.pos:s.end])
		s.pos = 0
	}
	for s.end-s.pos < n && s.err == nil {
		if s.waits != nil {
			s.waits()
		}
		if s.ahead != nil {
			s.nextChunk()
			continue
		}
		var got int
		got, s.err = readSome(s.src, s.buf[s.end:])
		s.end += got
	}
}

// readSome reads until there is a byte or an error.
func readSome(src io.Reader, b []byte) (n int, err error) {
	for range maxEmptyReads {
		if n, err = src.Read(b); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// nextChunk goes on with the chunk that was read ahead, putting what is left
// of the present one in front of it.
func (s *stream) nextChunk() {
	c := <-s.ahead.full
	rest := s.buf[s.pos:s.end]
	start := bufferSize - len(rest)
	copy(c.buf[start:], rest)
	if s.buf != nil {
		s.ahead.free <- s.buf
	}
	s.base += int64(s.pos - start)
	s.buf, s.pos, s.end, s.err = c.buf, start, c.end, c.err
}

// skip consumes n bytes, which may be more than the buffer holds, and reports
// whether they were there.
func (s *stream) skip(n int64) bool {
	for n > int64(s.end-s.pos) {
		n -= int64(s.end - s.pos)
		s.pos = s.end
		if len(s.peek(1)) == 0 {
			return false
		}
	}
	s.pos += int(n)
	return true
}

// offset is where in the file the next byte to consume stands.
func (s *stream) offset() int64 { return s.base + int64(s.pos) }

// finish tells how the file ended where a packet could have begun: io.EOF, or
// what kept it from being read on.
func (s *stream) finish() error {
	if s.err == io.EOF {
		return io.EOF
	}
	return s.cut("")
}

// cut is the error for a file that ended inside of what, a part of it that is
// named with its article. All that was left of the file is in the buffer.
func (s *stream) cut(what string) *Error {
	e := &Error{Offset: s.base + int64(s.end), Advice: "all packets before it were read"}
	switch {
	case s.err == io.EOF:
		e.What = "the file is cut short in the middle of " + what
	case errors.Is(s.err, io.ErrUnexpectedEOF):
		e.What = "the compressed data is cut short"
	default:
		e.What = "the file cannot be read on"
		e.Err = cause(s.err)
	}
	return e
}

// damaged is the error for contents, at the next byte to consume, that no
// capture tool writes.
func (s *stream) damaged(format string, args ...any) *Error {
	return &Error{
		Offset: s.offset(),
		What:   fmt.Sprintf(format, args...),
		Advice: "the file is damaged from here on; all packets before it were read",
	}
}

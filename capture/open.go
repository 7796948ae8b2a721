package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	// rawBufferSize is how much of a compressed file is read at once. Reads of
	// an uncompressed one pass this buffer by, but for the first.
	rawBufferSize = 64 << 10

	// maxWindow is the largest zstd window that is believed, the zstd
	// command's own bound: a few bytes could claim gigabytes otherwise.
	maxWindow = 128 << 20
)

// open opens the next file and finds its compression and format.
func (r *Reader) open() error {
	path := r.paths[0]
	r.paths = r.paths[1:]
	r.name, r.number, r.compressed = path, 0, false
	if path == "-" {
		r.name = "standard input"
		return r.begin(r.stdin, false)
	}
	f, err := os.Open(path)
	if err != nil {
		return r.located(&Error{
			What:   "it cannot be opened",
			Err:    cause(err),
			Advice: "check the name and the permissions",
		}, 0)
	}
	r.closers = append(r.closers, func() { f.Close() })
	info, err := f.Stat()
	return r.begin(f, err == nil && info.Mode().IsRegular())
}

// begin reads the beginning of src and finds its compression and format. A
// regular file, which always has its bytes at hand, is read ahead.
func (r *Reader) begin(src io.Reader, regular bool) error {
	r.raw.Reset(countedReader{src, &r.bytesRead})
	plain, err := r.decompress()
	if err != nil {
		return r.located(err, 0)
	}
	r.in.reset(plain)
	if regular {
		r.closers = append(r.closers, r.in.readAhead().close)
	}
	if r.packets, err = detect(&r.in); err != nil {
		return r.located(err, 0)
	}
	return nil
}

// decompress returns the file's contents, decompressed where it begins like
// gzip or zstd. What cannot be read here is found again by who reads it next.
func (r *Reader) decompress() (io.Reader, error) {
	magic, _ := r.raw.Peek(4)
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}): // RFC 1952, section 2.3.1
		r.compressed = true
		z, err := gzip.NewReader(r.raw)
		if err != nil {
			return nil, &Error{What: "the gzip header cannot be read", Err: err}
		}
		return z, nil
	case isZstd(magic):
		r.compressed = true
		z, err := zstd.NewReader(r.raw, zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, &Error{What: "the zstd header cannot be read", Err: err}
		}
		r.closers = append(r.closers, z.Close)
		return z, nil
	}
	return r.raw, nil
}

// isZstd tells whether a file that begins with magic is zstd: it begins with a
// frame or, as parallel compressors write it, a skippable frame (RFC 8878,
// sections 3.1.1 and 3.1.2).
func isZstd(magic []byte) bool {
	if len(magic) < 4 {
		return false
	}
	m := littleEndian.uint32(magic)
	return m == 0xfd2fb528 || m&^0xf == 0x184d2a50
}

// detect finds the format of a capture by its first bytes.
func detect(in *stream) (format, error) {
	magic := in.peek(4)
	switch {
	case len(magic) == 0 && in.err == io.EOF:
		return nil, &Error{What: "it is empty", Advice: "a capture of no packets has at least a file header; was the capture tool still running?"}
	case len(magic) < 4 && in.err != io.EOF:
		return nil, &Error{What: "it cannot be read", Err: cause(in.err)}
	case len(magic) == 4 && isPcap(magic):
		return newPcapReader(in)
	case len(magic) == 4 && isPcapng(magic):
		return newPcapngReader(in), nil
	}
	return nil, &Error{
		What:   fmt.Sprintf("it is no capture that kdump knows: it begins with % x", magic),
		Advice: "kdump reads pcap and pcapng, also gzip or zstd compressed: undo other compression first; `editcap -F pcapng IN OUT` converts captures of other formats",
	}
}

// located adds to an *Error in which file and at which packet it came up.
func (r *Reader) located(err error, number int64) error {
	var e *Error
	if errors.As(err, &e) {
		e.File, e.Packet, e.Compressed = r.name, number, r.compressed
	}
	return err
}

// cause takes the file's name off an error of the system: Error has it.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// countedReader counts the bytes that are read.
type countedReader struct {
	io.Reader
	n *atomic.Int64
}

func (c countedReader) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n.Add(int64(n))
	return n, err
}

// Package capture turns capture files into TCP segments, in capture order.
//
// It reads pcap and pcapng, plain or compressed with gzip or zstd, from files
// and from pipes, and takes several files as one capture. It knows nothing of
// connections: a segment is handed out as the packet carried it.
package capture

import (
	"bufio"
	"io"
	"os"
	"slices"
	"sync/atomic"
)

// Reader reads the segments of one or several capture files.
type Reader struct {
	paths []string // not yet opened
	stdin io.Reader

	// Of the file that is being read:
	name       string
	compressed bool
	closers    []func()
	packets    format // nil between files
	number     int64  // packets so far

	raw *bufio.Reader // the file as it lies on disk
	in  stream        // the same, decompressed

	segments
	bytesRead atomic.Int64 // the decompressor may read ahead on its own
}

// format reads the packets of one file format.
type format interface {
	// next sets the packet to the file's next one, in place, valid until the
	// call after. The error is io.EOF at the end of the file, else an *Error
	// without File, Packet and Compressed.
	next(*packet) error
}

// Stats counts what was read so far.
type Stats struct {
	// Packets is the number of packets, of all kinds.
	Packets int64
	// Segments is the number of packets that were handed out.
	Segments int64
	// NotTCP is the number of packets of other protocols.
	NotTCP int64
	// Fragments is the number of IP fragments of packets that other fragments
	// are missing of.
	Fragments int64
	// Malformed is the number of packets whose headers contradict themselves
	// or were not captured to their end.
	Malformed int64
	// UnknownLink is the number of packets of a link type that is not read.
	UnknownLink int64
	// UnknownLinkType is the latest such link type, a number of
	// https://www.tcpdump.org/linktypes.html.
	UnknownLinkType uint32
	// Drops is the number of packets of a live capture that the kernel could not
	// hand over, since those before them were not read in time.
	Drops int64
	// Outages is how often the interface of a live capture was down for a
	// moment.
	Outages int64

	// BytesRead is how many bytes of the files were read, as they lie on disk.
	BytesRead int64
	// BytesTotal is the size of all files, or 0 where it is not known: a pipe
	// is among them.
	BytesTotal int64
}

// Open returns a Reader of the files in the order given, "-" being stdin. The
// files are opened when their turn comes: what is wrong with one of them is
// told by Next.
func Open(paths []string, stdin io.Reader) *Reader {
	r := &Reader{
		paths: paths,
		stdin: stdin,
		raw:   bufio.NewReaderSize(nil, rawBufferSize),
		in:    stream{own: make([]byte, bufferSize)},
	}
	r.stats.BytesTotal = totalSize(paths)
	return r
}

// totalSize is the size in bytes of all files, 0 where one is not a regular
// file. A file that is missing adds nothing, to be told about later.
func totalSize(paths []string) int64 {
	var total int64
	for _, path := range paths {
		if path == "-" {
			return 0
		}
		info, err := os.Stat(path)
		if err != nil {
			continue
		}
		if !info.Mode().IsRegular() {
			return 0
		}
		total += info.Size()
	}
	return total
}

// BeforeRead has f called, within Next, before more of a file is read: all
// packets that have arrived were handed out then, and the read may wait.
func (r *Reader) BeforeRead(f func()) { r.in.waits = f }

// Stats returns what was counted so far.
func (r *Reader) Stats() Stats {
	s := r.stats
	s.BytesRead = r.bytesRead.Load()
	s.Fragments = r.pk.fragments.missing()
	return s
}

// Next sets s to the next TCP segment. s.Payload is valid until the next call.
//
// The error is io.EOF at the end of the last file, or an *Error for a file
// that could not be opened or not be read to its end: the next call goes on
// with the file after it.
func (r *Reader) Next(s *Segment) error {
	for {
		if r.packets == nil {
			if len(r.paths) == 0 {
				return io.EOF
			}
			if err := r.open(); err != nil {
				r.Close()
				return err
			}
		}
		if err := r.packets.next(&r.pk); err != nil {
			if err == io.EOF {
				r.Close()
				continue
			}
			err = r.located(err, r.number+1)
			r.Close()
			return err
		}
		r.number++
		if r.find(s) {
			return nil
		}
	}
}

// Close closes the file that is being read, if there is one. Next then goes on
// with the file after it.
func (r *Reader) Close() {
	for _, c := range slices.Backward(r.closers) {
		c()
	}
	r.closers = r.closers[:0]
	r.packets = nil
}

// segments finds the segments in packets, from wherever these come, and counts
// both.
type segments struct {
	pk    packet // the latest
	stats Stats
}

// find sets s to the segment of the latest packet and reports whether it has
// one.
func (g *segments) find(s *Segment) bool {
	g.stats.Packets++
	switch dissect(&g.pk, s) {
	case isTCP:
		g.stats.Segments++
		s.Time = g.pk.time
		return true
	case isOther:
		g.stats.NotTCP++
	case isFragment:
		g.stats.Fragments++
	case isMalformed:
		g.stats.Malformed++
	case isUnknownLink:
		g.stats.UnknownLink++
		g.stats.UnknownLinkType = g.pk.link
	}
	return false
}

// Nanoseconds tells whether the time of the latest packet has a resolution
// finer than microseconds.
func (g *segments) Nanoseconds() bool { return g.pk.nanoseconds }

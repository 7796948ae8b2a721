package compress

import (
	"io"

	"github.com/klauspost/compress/gzip"
)

// leastMember is how many bytes the header and the trailer of a gzip member
// have at least.
const leastMember = 10 + 8

// gunzip reads gzip members, of which there may be several. As in Java's
// GZIPInputStream, what follows a member and is none is left alone; so are
// bytes too few for one, even where they begin as one.
func (d *Decompressor) gunzip(src []byte) error {
	d.src.Reset(src)
	if d.gzip == nil {
		d.gzip = new(gzip.Reader)
	}
	if err := d.gzip.Reset(&d.src); err != nil {
		return unexpected(err)
	}
	for {
		d.gzip.Multistream(false)
		if err := d.readAll(d.gzip); err != nil {
			return unexpected(err)
		}
		if d.src.Len() <= leastMember || d.gzip.Reset(&d.src) != nil {
			return nil
		}
	}
}

// unexpected calls the end of input what it is here.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readAll appends what r has to the room.
func (d *Decompressor) readAll(r io.Reader) error {
	for len(d.room) < d.limit {
		d.reserve(1)
		n, err := r.Read(d.room[len(d.room):min(cap(d.room), d.limit)])
		d.room = d.room[:len(d.room)+n]
		if err != nil {
			return eofIsEnd(err)
		}
	}
	var more [1]byte
	if n, err := r.Read(more[:]); n == 0 && err != nil {
		return eofIsEnd(err)
	}
	return d.tooLarge()
}

func eofIsEnd(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

package compress

import (
	"io"

	"github.com/klauspost/compress/gzip"
)

// gunzip reads gzip members, of which there may be several. As in Java's
// GZIPInputStream, what follows a member and is none is left alone.
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
		if d.gzip.Reset(&d.src) != nil {
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
	for {
		free := d.room[len(d.room):cap(d.room)]
		if len(free) == 0 {
			// At the limit, one byte more tells whether there is more.
			if free = d.grow(min(4<<10, d.limit-len(d.room))); len(free) == 0 {
				var more [1]byte
				n, err := r.Read(more[:])
				if n > 0 || err == nil {
					return d.tooLarge()
				}
				return eofIsEnd(err)
			}
		}
		n, err := r.Read(free[:min(len(free), d.limit-len(d.room))])
		d.room = d.room[:len(d.room)+n]
		if err != nil {
			return eofIsEnd(err)
		}
	}
}

func eofIsEnd(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

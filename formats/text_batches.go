package formats

import (
	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
	"github.com/kdump/kdump/decode"
)

// batchReader finds the batches of records fields, whether their bytes are at
// hand or were scanned when they passed.
type batchReader struct {
	scanner records.Scanner
	room    []records.Batch
}

// of returns the batches of the records field that the walker visits and how
// many bytes it has. They are valid until the next call. A part of a snapshot
// may begin and end within a batch (FetchSnapshot): there are none where its
// bytes are not at hand, or have no whole batch.
func (r *batchReader) of(m *decode.Message, w *codec.Walker, op *codec.Op, raw []byte) (batches []records.Batch, size int) {
	cut := w.Cut()
	if cut >= 0 {
		size = m.Body.Cuts[cut].Size
	} else {
		size = len(raw)
	}
	switch {
	case size == 0:
		return nil, size
	case op.Name == "unalignedRecords":
		return r.unaligned(raw), size
	case cut < 0:
		r.scanner.Reset(r.room[:0], true)
		r.scanner.Write(raw)
		r.room = r.scanner.Close()
		return r.room, size
	case cut < len(m.Batches):
		return m.Batches[cut], size
	}
	return nil, size
}

// unaligned returns the batches in a part of a stream, what stands before the
// first whole one as one that cannot be read.
func (r *batchReader) unaligned(raw []byte) []records.Batch {
	at := records.Align(raw)
	if at < 0 {
		return nil
	}
	room := r.room[:0]
	if at > 0 {
		room = append(room, records.Batch{Err: "the end of a batch that began in an earlier part", Available: at})
	}
	r.scanner.Reset(room, true)
	r.scanner.Write(raw[at:])
	r.room = r.scanner.Close()
	return r.room
}

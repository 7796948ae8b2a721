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
// many bytes it has. They are valid until the next call. There are none of a
// part of a snapshot, which may begin and end within one (FetchSnapshot).
func (r *batchReader) of(m *decode.Message, w *codec.Walker, op *codec.Op, raw []byte) (batches []records.Batch, size int) {
	cut := w.Cut()
	if cut >= 0 {
		size = m.Body.Cuts[cut].Size
	} else {
		size = len(raw)
	}
	switch {
	case op.Name == "unalignedRecords" || size == 0:
		return nil, size
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

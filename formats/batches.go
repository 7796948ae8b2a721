package formats

import (
	"encoding/binary"

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
// many bytes it has. They are valid until the next call. Of a part of a stream
// of records there are none where none can be found.
func (r *batchReader) of(m *decode.Message, w *codec.Walker, op *codec.Op, raw []byte) (batches []records.Batch, size int) {
	if cut := w.Cut(); cut >= 0 {
		if cut < len(m.Batches) {
			batches = m.Batches[cut]
		}
		size = m.Body.Cuts[cut].Size
		if op.Is == codec.RecordsPart && !beginsStream(w, op) && !beginWithBatch(batches) {
			batches = nil // what was scanned began in the middle of one
		}
		return batches, size
	}
	switch {
	case len(raw) == 0:
		return nil, 0
	case op.Is == codec.RecordsPart && !beginsStream(w, op):
		return r.part(raw), len(raw)
	}
	return r.scan(r.room[:0], raw), len(raw)
}

func (r *batchReader) scan(dst []records.Batch, raw []byte) []records.Batch {
	r.scanner.Reset(dst, true)
	r.scanner.Write(raw)
	r.room = r.scanner.Close()
	return r.room
}

// beginsStream reports whether a part of a stream of records is its first one.
func beginsStream(w *codec.Walker, op *codec.Op) bool {
	position := w.Sibling(op)
	return len(position) == 8 && binary.BigEndian.Uint64(position) == 0
}

// beginWithBatch reports whether the first of batches is one whose checksum is
// right, so that the bytes that were scanned began with a batch.
func beginWithBatch(batches []records.Batch) bool {
	return len(batches) > 0 && batches[0].Magic == 2 && batches[0].Valid
}

// earlierPart is said of what stands before the first batch in a part of a
// stream. Nothing is wrong with it.
const earlierPart = "the end of a batch that began in an earlier part"

// part returns the batches in a part of a stream that is not its first one.
func (r *batchReader) part(raw []byte) []records.Batch {
	at := records.Align(raw)
	switch {
	case at < 0:
		return nil
	case areBatches(r.scan(r.room[:0], raw[:at])):
		at = 0 // they are whole, and damaged
	}
	room := r.room[:0]
	if at > 0 {
		room = append(room, records.Batch{Err: earlierPart, Available: at})
	}
	return r.scan(room, raw[at:])
}

// areBatches reports whether all of them are batches, and whole.
func areBatches(batches []records.Batch) bool {
	for i := range batches {
		if batches[i].Err != "" || batches[i].Partial {
			return false
		}
	}
	return true
}

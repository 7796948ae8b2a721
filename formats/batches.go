package formats

import (
	"cmp"
	"slices"

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

// recordsField is what is to be seen of a records field.
type recordsField struct {
	batches []records.Batch
	raw     []byte // the bytes of the batches, nil where they are not at hand
	size    int    // bytes of the field
	earlier int    // bytes of the first batch that came in earlier parts of a stream
}

// earlierOf returns how many bytes of a batch came in earlier parts.
func (f *recordsField) earlierOf(batch int) int {
	if batch > 0 {
		return 0
	}
	return f.earlier
}

// of returns what there is of the records field that the walker visits. It is
// valid until the next call. Of a part of a stream of records there are no
// batches where none can be found.
func (r *batchReader) of(m *decode.Message, w *codec.Walker, op *codec.Op, raw []byte) recordsField {
	if cut := w.Cut(); cut >= 0 {
		f := recordsField{size: m.Body.Cuts[cut].Size}
		if cut < len(m.Batches) {
			f.batches = m.Batches[cut]
		}
		return f
	}
	f := recordsField{raw: raw, size: len(raw)}
	if len(raw) == 0 {
		return f
	}
	stream := raw
	r.room = r.room[:0]
	if op.Is == codec.RecordsPart {
		part := partAt(m, w.Offset())
		switch stream, f.earlier = part.Bytes, part.Earlier; {
		case stream == nil:
			return f
		case part.Earlier > 0:
			f.raw = stream
		case part.Before > 0:
			r.room = append(r.room, records.Batch{Err: earlierPart, Available: part.Before})
		}
	}
	r.scanner.Reset(r.room, true)
	r.scanner.Write(stream)
	r.room = r.scanner.Close()
	f.batches = r.room
	return f
}

// partAt returns the part of a stream whose field ends at an offset of a
// message's body, nothing where it is not known.
func partAt(m *decode.Message, end int) decode.Part {
	i, ok := slices.BinarySearchFunc(m.Parts, end, func(p decode.Part, end int) int { return cmp.Compare(p.End, end) })
	if !ok {
		return decode.Part{}
	}
	return m.Parts[i]
}

// earlierPart is said of what stands before the first batch in a part of a
// stream. Nothing is wrong with it.
const earlierPart = "the end of a batch that began in an earlier part"

package formats

import (
	"cmp"
	"slices"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
	"github.com/kdump/kdump/decode"
)

// batchReader reads the batches of a records field one after another, whether
// their bytes are at hand or were scanned when they passed. A field may have
// millions: they are not listed.
type batchReader struct {
	size    int            // bytes of the field
	batch   *records.Batch // that was read last, valid until the next one is
	raw     []byte         // its bytes, where they are at hand
	earlier int            // how many of these came in earlier parts of a stream

	scanner records.Scanner
	room    []records.Batch
	listed  []records.Batch // those of a field whose bytes went by; of one whose bytes were kept, why there are no more
	before  int             // bytes before the first batch
	rest    []byte          // and from there on
	begun   int             // how many of these came in earlier parts
}

// start begins with the records field that the walker visits.
func (r *batchReader) start(m *decode.Message, w *codec.Walker, op *codec.Op, raw []byte) {
	*r = batchReader{room: r.room, size: len(raw), rest: raw}
	if cut := w.Cut(); cut >= 0 {
		r.size = m.Body.Cuts[cut].Size
		if cut < len(m.Batches) {
			r.listed = m.Batches[cut]
		}
		if cut < len(m.Records) {
			r.rest = m.Records[cut]
		}
	}
	if op.Is == codec.RecordsPart {
		part := partAt(m, w.Offset())
		r.before, r.rest, r.begun = part.Before, part.Bytes, part.Earlier
	}
	if r.none() {
		r.before = r.size
	}
}

// none reports, before the first batch is read, whether there are bytes in which
// no batch is known to begin or to end.
func (r *batchReader) none() bool {
	return r.size > 0 && len(r.listed) == 0 && len(r.rest) == 0
}

// next reads the next batch and reports whether there was one.
func (r *batchReader) next() bool {
	r.raw, r.earlier = nil, 0
	switch {
	case r.before > 0:
		r.room = append(r.room[:0], records.Batch{Partial: true, Available: r.before})
		r.before = 0
	case len(r.rest) > 0:
		r.scan()
	case len(r.listed) > 0:
		r.batch, r.listed = &r.listed[0], r.listed[1:]
		return true
	default:
		return false
	}
	r.batch = &r.room[0]
	return true
}

// scan reads the batch that the rest begins with. What is no batch, and what is
// behind it, is one.
func (r *batchReader) scan() {
	first := records.First(r.rest)
	r.scanner.Reset(r.room[:0], true)
	r.scanner.Write(first)
	r.room = r.scanner.Close()
	if b := &r.room[0]; b.Err != "" {
		first, b.Available = r.rest, len(r.rest)
	}
	r.raw, r.rest = first, r.rest[len(first):]
	r.earlier, r.begun = r.begun, 0
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

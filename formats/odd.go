package formats

import (
	"strconv"

	"github.com/kdump/kdump/codec"
)

// oddities are the kinds of codec.Oddity that a message was found to have. Of
// each kind the first is told of: whoever writes one thus writes all so.
type oddities uint8

// first reports whether it is the first one of its kind.
func (o *oddities) first(odd codec.Oddity) bool {
	before := *o
	*o |= 1 << odd
	return *o != before
}

// oddOffset gives where the bytes of an oddity begin. All but the spare bytes
// of a tagged field end where the walker is.
func oddOffset(w *codec.Walker, odd codec.Oddity, raw []byte) int64 {
	if odd == codec.OddTagSize {
		return int64(w.Offset())
	}
	return int64(w.Offset() - len(raw))
}

// oddity notes among the problems what a message has otherwise than Kafka
// would have written it. See [codec.Walker.Odd].
func (p *jsonPrinter) oddity(w *codec.Walker, op *codec.Op, odd codec.Oddity, raw []byte) {
	if !p.odd.first(odd) {
		return
	}
	p.valueProblem(w, op, oddOffset(w, odd, raw), odd.String())
}

// valueProblem notes a problem with the value of op, which does not keep the
// rest of the message from being read.
func (p *jsonPrinter) valueProblem(w *codec.Walker, op *codec.Op, offset int64, message string) {
	b := append(p.problems, `,{"side":"`...)
	b = append(b, p.side.String()...)
	b = append(b, `","path":"`...)
	b = w.AppendPath(b, op)
	b = append(b, `","offset":`...)
	b = strconv.AppendInt(b, offset, 10)
	b = append(b, `,"message":`...)
	b = codec.AppendJSONString(b, message)
	p.problems = append(b, '}')
}

// oddity keeps a line about it, which comes behind the fields: where it is
// found, another line may be begun.
func (t *tree) oddity(w *codec.Walker, op *codec.Op, odd codec.Oddity, raw []byte) {
	if !t.odd.first(odd) {
		return
	}
	for range fieldIndent {
		t.oddLines = append(t.oddLines, ' ')
	}
	t.oddLines = append(t.oddLines, t.palette.note.on...)
	t.oddLines = append(t.oddLines, "odd"...)
	if op.Parent >= 0 {
		t.oddLines = w.AppendPath(append(t.oddLines, " at "...), op)
	}
	t.oddLines = strconv.AppendInt(append(t.oddLines, ", offset "...), oddOffset(w, odd, raw), 10)
	t.oddLines = append(append(t.oddLines, ": "...), odd.String()...)
	t.oddLines = append(append(t.oddLines, t.palette.note.off...), '\n')
}

package formats

import (
	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/decode"
)

// errorList gathers the error codes that are met in the messages of an exchange,
// behind which they are listed. Where they are many they are not gathered, but
// looked for once more: their JSON is longer than the messages.
type errorList struct {
	members []byte // those gathered, a comma before each
	long    bool   // there are more
}

// mostGathered is how many bytes of members are gathered.
const mostGathered = 64 << 10

// note notes the value of an error code.
func (l *errorList) note(w *codec.Walker, op *codec.Op, raw []byte, request bool) {
	switch {
	case !isError(op, raw):
	case len(l.members) >= mostGathered:
		l.long = true
	default:
		l.members = appendError(l.members, w, op, raw, request)
	}
}

// isError reports whether a value is an error code other than 0.
func isError(op *codec.Op, raw []byte) bool {
	return op.Is == codec.ErrorCode && op.Kind == codec.Int16 && raw != nil && op.Int(raw) != 0
}

// appendError appends a member that tells of an error code, with the path of the
// struct that holds it.
func appendError(dst []byte, w *codec.Walker, op *codec.Op, raw []byte, request bool) []byte {
	code := op.Int(raw)
	dst = append(dst, `,{"path":"`...)
	dst = w.AppendPath(dst, w.Parent(op))
	dst = append(dst, `","field":"`...)
	dst = append(dst, op.Name...)
	dst = append(dst, `","code":`...)
	dst = codec.AppendJSONInt(dst, code)
	if name := codec.ErrorName(int16(code)); name != "" {
		dst = append(dst, `,"name":"`...)
		dst = append(dst, name...)
		dst = append(dst, '"')
	}
	if request {
		dst = append(dst, `,"side":"request"`...)
	}
	return append(dst, '}')
}

// listErrors prints the error codes gathered from start on, or, where these are
// not all, those of the exchange.
func (p *jsonPrinter) listErrors(e *decode.Exchange, start int) {
	l := &p.values.errors
	if !l.long {
		l.members = p.list("errors", l.members, start)
		return
	}
	l.members = l.members[:start]
	p.key("errors")
	lister := errorLister{printer: p, first: true}
	walker := codec.Walker{DefinitionOrder: true}
	for _, m := range []*decode.Message{&e.Request, &e.Response} {
		if m.Seen && m.Layout != nil {
			lister.request = m == &e.Request
			_ = walker.Walk(m.Layout, m.Body, &lister) // a fault was told of
		}
	}
	p.b = append(p.b, ']')
}

// errorLister is a visitor that prints error codes.
type errorLister struct {
	printer *jsonPrinter
	request bool
	first   bool // none was printed yet
}

// Enter implements [codec.Visitor].
func (l *errorLister) Enter(_ *codec.Walker, op *codec.Op, _ int) bool {
	return op.Has(codec.ErrorCode) && l.printer.out.err == nil
}

// Value implements [codec.Visitor].
func (l *errorLister) Value(w *codec.Walker, op *codec.Op, raw []byte) {
	if !isError(op, raw) {
		return
	}
	p := l.printer
	start := len(p.b)
	p.b = appendError(p.b, w, op, raw, l.request)
	if l.first {
		p.b[start] = '[' // in place of the comma
		l.first = false
	}
	p.b = p.spill(p.b)
}

// Leave implements [codec.Visitor].
func (l *errorLister) Leave(*codec.Walker, *codec.Op) {}

// Tag implements [codec.Visitor].
func (l *errorLister) Tag(*codec.Walker, uint32, []byte) {}

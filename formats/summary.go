package formats

import (
	"strconv"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
	"github.com/kdump/kdump/decode"
)

// summary says in a few words what a message says, as the template of its API
// has it. It reads a message once and keeps, of a struct, only what its words
// need: slices of the message, or texts already made of what is inside.
type summary struct {
	palette  *palette
	outlines map[*codec.Layout]*outline
	walker   codec.Walker

	// Of the message being read:
	layout   *codec.Layout
	outline  *outline
	exchange *decode.Exchange
	message  *decode.Message
	values   []value
	text     []byte  // texts of structs and lists being read, the outermost first
	open     []int32 // structs and arrays being read
	marks    []int   // of structs being read: where in text they began
	lists    []list  // of arrays being read
	records  recordSums
	batches  batchReader
	faults   faults
	throttle int64 // milliseconds
	problem  error // why it could not be read to its end
	rest     int   // bytes left over behind it
}

// value is what is known of a field.
type value struct {
	state    valueState
	raw      []byte
	n        int64 // elements of an array, bytes of records
	from, to int   // of a list: its part of summary.text
}

type valueState uint8

const (
	absent valueState = iota
	null
	scalar
	array
)

// list is the state of an array being read.
type list struct {
	*listing
	shown, hidden int
	from          int // where in summary.text it began

	// Of lists of numbers, of the last number or range in the text:
	high   int64
	lowEnd int // where its first number ends
	restAt int // where what stands behind its numbers begins
}

// recordSums is what the records of one message come to.
type recordSums struct {
	count   int64
	unknown bool // the count is more than that
	size    int64
	codecs  uint8 // a bit per compression
	bad     int   // batches that are broken or whose checksum is wrong
}

// faults is what a message says went wrong.
type faults struct {
	count int
	text  []byte // the first one
}

// read walks the message and returns its text, which is valid until the next
// call.
func (s *summary) read(e *decode.Exchange, m *decode.Message) []byte {
	s.exchange, s.message, s.layout = e, m, m.Layout
	s.text, s.open, s.marks, s.lists = s.text[:0], s.open[:0], s.marks[:0], s.lists[:0]
	s.records, s.throttle, s.rest = recordSums{}, 0, 0
	s.faults.count, s.faults.text = 0, s.faults.text[:0]
	s.problem = m.Problem
	if m.Layout == nil {
		return nil
	}
	s.prepare(m.Layout)
	if err := s.walker.Walk(m.Layout, m.Body, s); err != nil {
		if s.problem == nil {
			s.problem = err
		}
		s.closeAll()
		return s.text
	}
	s.rest = len(s.walker.Rest())
	return s.text
}

func (s *summary) prepare(l *codec.Layout) {
	s.outline = s.outlines[l]
	if s.outline == nil {
		s.outline = newOutline(l, templateOf(l))
		s.outlines[l] = s.outline
	}
	if len(s.values) < len(l.Ops) {
		s.values = make([]value, len(l.Ops))
	}
}

// closeAll ends what a broken message left open, so that what was read of it
// is shown.
func (s *summary) closeAll() {
	for len(s.open) > 0 {
		s.Leave(&s.walker, &s.layout.Ops[s.open[len(s.open)-1]])
	}
}

// Enter implements [codec.Visitor].
func (s *summary) Enter(_ *codec.Walker, op *codec.Op, n int) bool {
	step := &s.outline.steps[op.At]
	if op.Kind == codec.Array {
		return s.enterArray(op, step, n)
	}
	if !step.enter || s.full(op) && !step.always {
		return false
	}
	for _, i := range step.clear {
		s.values[i].state = absent
	}
	s.open = append(s.open, op.At)
	s.marks = append(s.marks, len(s.text))
	return true
}

func (s *summary) enterArray(op *codec.Op, step *step, n int) bool {
	if step.keep {
		s.values[op.At] = value{state: array, n: int64(n)}
	}
	if !step.enter && step.list == nil {
		return false
	}
	s.open = append(s.open, op.At)
	s.lists = append(s.lists, list{listing: step.list, from: len(s.text)})
	return true
}

// full reports whether op is an element for which its list has no room; it
// is counted.
func (s *summary) full(op *codec.Op) bool {
	if op.Name != "" || op.At == 0 {
		return false
	}
	l := &s.lists[len(s.lists)-1]
	if l.listing == nil || l.numbers || l.shown < l.most {
		return false
	}
	if !s.outline.steps[op.At].always {
		l.hidden++
	}
	return true
}

// Leave implements [codec.Visitor].
func (s *summary) Leave(_ *codec.Walker, op *codec.Op) {
	step := &s.outline.steps[op.At]
	s.open = s.open[:len(s.open)-1]
	if op.Kind == codec.Array {
		s.leaveArray(op, step)
		return
	}
	for _, i := range step.errors {
		if v := &s.values[i]; v.state == scalar {
			if code := int16(s.layout.Ops[i].Int(v.raw)); code != 0 {
				s.fault(op, code)
			}
		}
	}
	mark := s.marks[len(s.marks)-1]
	s.marks = s.marks[:len(s.marks)-1]
	switch {
	case op.At == 0:
		s.replace(mark, len(s.text), s.words(step.words))
	case op.Name == "":
		s.leaveElement(step, mark)
	}
}

// leaveElement adds the text of an element, whose parts stand in s.text from
// mark on, to its list.
func (s *summary) leaveElement(step *step, mark int) {
	l := &s.lists[len(s.lists)-1]
	if l.listing == nil {
		s.text = s.text[:mark]
		return
	}
	start := len(s.text)
	if l.numbers {
		v := &s.values[l.number]
		if v.state != scalar || !s.conditions(step.words) || !s.word(l.rest) {
			s.text = s.text[:mark]
			return
		}
		s.addNumber(l, s.layout.Ops[l.number].Int(v.raw), mark, start)
		return
	}
	if l.shown > 0 {
		s.text = append(s.text, l.separator...)
	}
	switch {
	case !s.words(step.words):
		s.text = s.text[:mark]
	case l.shown >= l.most:
		l.hidden++
		s.text = s.text[:mark]
	default:
		l.shown++
		s.replace(mark, start, true)
	}
}

// replace puts the text from start on in the place of that from mark on, or
// of nothing where it is not wanted.
func (s *summary) replace(mark, start int, wanted bool) {
	if !wanted {
		s.text = s.text[:mark]
		return
	}
	s.text = s.text[:mark+copy(s.text[mark:], s.text[start:])]
}

func (s *summary) leaveArray(op *codec.Op, step *step) {
	l := &s.lists[len(s.lists)-1]
	if l.listing != nil {
		if l.hidden > 0 {
			s.appendHidden(l)
		}
	}
	if step.keep {
		v := &s.values[op.At]
		v.from, v.to = l.from, len(s.text)
	}
	s.lists = s.lists[:len(s.lists)-1]
}

// appendHidden appends how many elements the text had no room for.
func (s *summary) appendHidden(l *list) {
	if l.separator == "," {
		s.text = append(s.text, ',')
	} else {
		s.text = append(s.text, ' ')
	}
	s.text = append(s.text, '+')
	if l.noun == "" {
		s.text = strconv.AppendInt(s.text, int64(l.hidden), 10)
		return
	}
	s.text = appendCount(s.text, int64(l.hidden), l.noun)
}

// addNumber adds a number to a list whose text ends at mark; what stands
// behind the number is the text from start on. Neighbours with the same behind
// them are drawn together.
func (s *summary) addNumber(l *list, n int64, mark, start int) {
	end := len(s.text)
	switch {
	case l.shown > 0 && l.hidden == 0 && n == l.high+1 && string(s.text[l.restAt:mark]) == string(s.text[start:end]):
		s.text = strconv.AppendInt(append(s.text, '-'), n, 10)
		mark = l.lowEnd
	case l.shown >= l.most:
		l.hidden++
		s.text = s.text[:mark]
		return
	default:
		if l.shown++; l.shown > 1 {
			s.text = append(s.text, l.separator...)
		}
		s.text = strconv.AppendInt(s.text, n, 10)
		l.lowEnd = mark + len(s.text) - end
	}
	l.high = n
	l.restAt = mark + len(s.text) - end
	s.text = append(s.text, s.text[start:end]...)
	s.replace(mark, end, true)
}

// Value implements [codec.Visitor].
func (s *summary) Value(w *codec.Walker, op *codec.Op, raw []byte) {
	step := &s.outline.steps[op.At]
	if op.Name == "" && op.At > 0 {
		s.element(op, step, raw)
		return
	}
	if op.Kind == codec.Records {
		s.addRecords(s.batches.of(s.message, w, op, raw))
	}
	if !step.keep {
		return
	}
	v := &s.values[op.At]
	*v = value{state: scalar, raw: raw, n: int64(len(raw))}
	switch {
	case raw == nil:
		v.state = null
	case op.Is == codec.Throttle:
		s.throttle = op.Int(raw)
	case op.Kind == codec.Records && w.Cut() >= 0:
		v.n = int64(s.message.Body.Cuts[w.Cut()].Size)
	}
}

// element adds an element that is no struct to its list.
func (s *summary) element(op *codec.Op, step *step, raw []byte) {
	l := &s.lists[len(s.lists)-1]
	switch {
	case !step.keep || raw == nil || l.listing == nil:
	case l.numbers:
		s.addNumber(l, op.Int(raw), len(s.text), len(s.text))
	case l.shown >= l.most:
		l.hidden++
	default:
		start := len(s.text)
		if l.shown > 0 {
			s.text = append(s.text, l.separator...)
		}
		before := len(s.text)
		if s.scalar(op, raw, l.format); len(s.text) == before {
			s.text = s.text[:start]
			return
		}
		l.shown++
	}
}

// Tag implements [codec.Visitor].
func (s *summary) Tag(*codec.Walker, uint32, []byte) {}

// words appends the words of a struct that is read, and reports whether there
// were any.
func (s *summary) words(words []word) bool {
	any := false
	for _, w := range words {
		start := len(s.text)
		if any {
			s.text = append(s.text, ' ')
		}
		before := len(s.text)
		if !s.word(w) || len(s.text) == before {
			s.text = s.text[:start]
			continue
		}
		any = true
	}
	return any
}

// word appends the pieces of a word and reports whether all of them are there.
func (s *summary) word(w word) bool {
	for i := range w {
		p := &w[i]
		start := len(s.text)
		switch p.kind {
		case literal:
			s.text = append(s.text, p.text...)
		case totals:
			s.appendRecords()
		case condition:
			if !s.present(p) {
				return false
			}
		default:
			if !s.field(p) || len(s.text) == start && !p.bracketed {
				return false
			}
		}
	}
	return true
}

// conditions reports whether the conditions among the words hold.
func (s *summary) conditions(words []word) bool {
	for _, w := range words {
		for i := range w {
			if w[i].kind == condition && !s.present(&w[i]) {
				return false
			}
		}
	}
	return true
}

// present reports whether a field is there and not empty.
func (s *summary) present(p *piece) bool {
	return s.values[p.ops[0]].n > 0 && s.values[p.ops[0]].state != absent
}

// emptyList reports whether a field is an array without elements, of which
// the text is empty, but known.
func (s *summary) emptyList(p *piece) bool {
	v := &s.values[p.ops[0]]
	return p.kind == field && v.state == array && v.n == 0
}

// field appends the first of the piece's fields that has a value.
func (s *summary) field(p *piece) bool {
	for _, i := range p.ops {
		v, op := &s.values[i], &s.layout.Ops[i]
		start := len(s.text)
		switch {
		case v.state == absent:
			continue
		case v.state == null, op.Kind == codec.String && len(v.raw) == 0:
			s.text = append(s.text, p.empty...)
		case p.kind == count || p.kind == some:
			s.appendCount(p, v)
		case v.state == array:
			s.appendList(p, op, v)
		case p.kind == choice:
			s.choose(p, op.Int(v.raw) != 0)
		case p.kind == equal:
			partner := &s.values[p.partner]
			s.choose(p, partner.state == scalar && string(v.raw) == string(partner.raw))
		default:
			s.scalar(op, v.raw, p.format)
		}
		if len(s.text) > start {
			return true
		}
	}
	return s.emptyList(p)
}

func (s *summary) choose(p *piece, yes bool) {
	if yes {
		s.text = append(s.text, p.text...)
		return
	}
	s.text = append(s.text, p.other...)
}

func (s *summary) appendCount(p *piece, v *value) {
	switch {
	case p.kind == some && v.n == 0:
	case p.text == "":
		s.text = strconv.AppendInt(s.text, v.n, 10)
	default:
		s.text = appendCount(s.text, v.n, p.text)
	}
}

// appendList appends the text of a list.
func (s *summary) appendList(p *piece, op *codec.Op, v *value) {
	if v.n == 0 && p.emptyIsNull && !op.Nullable {
		s.text = append(s.text, p.empty...)
		return
	}
	s.text = append(s.text, s.text[v.from:v.to]...)
}

// scalar appends a value by its format, or by its kind and meaning where that
// is nil.
func (s *summary) scalar(op *codec.Op, raw []byte, f format) {
	if f == nil {
		f = plain
	}
	colour := s.palette.of(op.Is)
	start := len(s.text)
	s.text = append(s.text, colour.on...)
	before := len(s.text)
	s.text = f(s, s.text, op, raw)
	if len(s.text) == before {
		s.text = s.text[:start]
		return
	}
	s.text = append(s.text, colour.off...)
}

// fault notes an error code of the struct op.
func (s *summary) fault(op *codec.Op, code int16) {
	s.faults.count++
	if s.faults.count > 1 {
		return
	}
	s.faults.text = appendErrorName(s.faults.text, code)
	start := len(s.faults.text)
	s.faults.text = append(s.faults.text, ' ')
	index := int32(-1)
	for at := op.At; at > 0 && len(s.faults.text) == start+1; at = s.layout.Ops[at].Parent {
		step := &s.outline.steps[at]
		if s.layout.Ops[at].Kind == codec.Struct && index < 0 {
			index = step.index
		}
		s.appendIdentity(step)
	}
	if index >= 0 && s.values[index].state == scalar {
		s.faults.text = append(s.faults.text, '[')
		s.faults.text = strconv.AppendInt(s.faults.text, s.layout.Ops[index].Int(s.values[index].raw), 10)
		s.faults.text = append(s.faults.text, ']')
	}
	if len(s.faults.text) == start+1 {
		s.faults.text = s.faults.text[:start]
	}
}

// appendIdentity appends what the struct of a fault is called, if anything.
func (s *summary) appendIdentity(step *step) {
	for _, i := range step.identity {
		v := &s.values[i]
		if v.state != scalar || len(v.raw) == 0 {
			continue
		}
		start := len(s.faults.text)
		if s.faults.text = plain(s, s.faults.text, &s.layout.Ops[i], v.raw); len(s.faults.text) > start {
			return
		}
	}
}

// addRecords adds up the batches of one records field.
func (s *summary) addRecords(batches []records.Batch, size int) {
	r := &s.records
	r.size += int64(size)
	r.unknown = r.unknown || size > 0 && len(batches) == 0
	for i := range batches {
		r.add(&batches[i])
	}
}

// codecBits are those of a batch's attributes that name its codec.
const codecBits = 7

func (r *recordSums) add(b *records.Batch) {
	if b.Err != "" {
		r.bad++
		return
	}
	if b.Partial {
		return
	}
	if !b.Valid {
		r.bad++
	}
	r.codecs |= 1 << (b.Attributes & codecBits)
	if b.Count < 0 {
		r.unknown = true
		return
	}
	r.count += int64(b.Count)
}

// appendRecords appends what the records come to: "10 records 9.1 KiB zstd".
func (s *summary) appendRecords() {
	r := &s.records
	if r.size == 0 {
		s.text = append(s.text, "no records"...)
		return
	}
	switch {
	case r.unknown && r.count == 0:
		s.text = append(s.text, "records"...)
	case r.unknown:
		s.text = append(strconv.AppendInt(s.text, r.count, 10), "+ records"...)
	default:
		s.text = appendCount(s.text, r.count, "record")
	}
	s.text = append(s.text, ' ')
	s.text = appendBytes(s.text, r.size)
	for i := int16(1); i <= codecBits; i++ {
		if r.codecs>>i&1 == 1 {
			b := records.Batch{Attributes: i}
			s.text = append(append(s.text, ' '), b.Codec()...)
		}
	}
	if r.bad > 0 {
		s.text = append(append(s.text, ' '), s.palette.bad.on...)
		s.text = strconv.AppendInt(append(s.text, "bad-batches="...), int64(r.bad), 10)
		s.text = append(s.text, s.palette.bad.off...)
	}
}

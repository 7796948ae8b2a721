package formats

import (
	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/decode"
)

// summary says in a few words what a message says, as the template of its API
// has it. It reads a message once and keeps, of a struct, only what its words
// need: slices of the message, or texts already made of what is inside.
type summary struct {
	palette *palette
	// showSecrets shows what is withheld otherwise.
	showSecrets bool

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
	group    groupSummary
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
	secret // a scalar that is withheld
)

// read walks the message and returns its text, which is valid until the next
// call.
func (s *summary) read(e *decode.Exchange, m *decode.Message) []byte {
	s.exchange, s.message, s.layout = e, m, m.Layout
	s.text, s.open, s.marks, s.lists = s.text[:0], s.open[:0], s.marks[:0], s.lists[:0]
	s.group.begin()
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

// Leave implements [codec.Visitor].
func (s *summary) Leave(_ *codec.Walker, op *codec.Op) {
	step := &s.outline.steps[op.At]
	s.open = s.open[:len(s.open)-1]
	if op.Kind == codec.Array {
		s.leaveArray(op, step)
		return
	}
	s.noteFaults(op, step)
	mark := s.marks[len(s.marks)-1]
	s.marks = s.marks[:len(s.marks)-1]
	switch {
	case op.At == 0:
		s.replace(mark, len(s.text), s.words(step.words))
	case op.Name == "":
		s.leaveElement(step, mark)
	}
}

// Value implements [codec.Visitor].
func (s *summary) Value(w *codec.Walker, op *codec.Op, raw []byte) {
	step := &s.outline.steps[op.At]
	if op.Name == "" && op.At > 0 {
		s.element(op, step, raw)
		return
	}
	if op.Kind == codec.Records {
		s.batches.start(s.message, w, op, raw)
		s.addRecords(&s.batches)
	}
	s.group.note(op, raw)
	if !step.keep {
		return
	}
	v := &s.values[op.At]
	*v = value{state: scalar, raw: raw, n: int64(len(raw))}
	switch {
	case raw == nil:
		v.state = null
	case op.Is == codec.Secret && !s.showSecrets && hides(w, op, raw):
		v.state = secret
	case op.Is == codec.Throttle:
		s.throttle = op.Int(raw)
	case op.Kind == codec.Records && w.Cut() >= 0:
		v.n = int64(s.message.Body.Cuts[w.Cut()].Size)
	}
}

// Tag implements [codec.Visitor].
func (s *summary) Tag(*codec.Walker, uint32, []byte) {}

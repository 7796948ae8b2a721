package formats

import (
	"strconv"

	"github.com/kdump/kdump/codec"
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
	if l.listing != nil && l.hidden > 0 {
		s.appendHidden(l)
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

package formats

import (
	"strconv"

	"github.com/kdump/kdump/codec"
)

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
		case subscribed:
			if s.text = s.group.appendSubscription(s.text, s.palette); len(s.text) == start {
				return false
			}
		case condition:
			if !s.present(p) {
				return false
			}
		case setting:
			s.setting(p)
		default:
			if !s.field(p) || len(s.text) == start && !p.bracketed {
				return false
			}
		}
	}
	return true
}

// setting appends what a field is set to, nothing where that is null.
func (s *summary) setting(p *piece) {
	i := p.ops[0]
	switch v := &s.values[i]; v.state {
	case scalar:
		s.text = append(s.text, '=')
		s.scalar(&s.layout.Ops[i], v.raw, nil)
	case secret:
		s.text = s.palette.note.paint(append(s.text, '='), withheld)
	}
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
		case v.state == secret:
			s.text = s.palette.note.paint(s.text, withheld)
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

package formats

import (
	"strconv"

	"github.com/kdump/kdump/codec"
)

// faults is what a message says went wrong.
type faults struct {
	count int
	text  []byte // the first one
}

// noteFaults notes the error codes of a struct that is read.
func (s *summary) noteFaults(op *codec.Op, step *step) {
	for _, i := range step.errors {
		v := &s.values[i]
		if v.state != scalar {
			continue
		}
		if code := int16(s.layout.Ops[i].Int(v.raw)); code != 0 {
			s.fault(op, code, s.reason(i))
		}
	}
}

// reason returns what a message says in words of the error code at op i, nil
// for nothing.
func (s *summary) reason(i int32) []byte {
	if at := s.outline.steps[i].reason; at > 0 && s.values[at].state == scalar {
		return s.values[at].raw
	}
	return nil
}

// fault notes an error code of the struct op, and what is said of it in words.
func (s *summary) fault(op *codec.Op, code int16, reason []byte) {
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
	if len(reason) > 0 {
		s.faults.text = appendSaid(append(s.faults.text, ' '), reason)
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

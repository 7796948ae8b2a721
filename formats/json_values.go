package formats

import (
	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/decode"
)

// substitutes puts other values in place of those that Kafka's request log
// prints, and notes the error codes that it meets.
type substitutes struct {
	opt       *Options
	exchange  *decode.Exchange
	message   *decode.Message
	batches   batchReader
	records   recordPrinter
	payloads  payloads
	telemetry telemetry
	topic     topicScope
	faulted   bool // it was said of bytes that they do not hold what they should
	errors    errorList
}

// begin says what message is being printed.
func (s *substitutes) begin(e *decode.Exchange, m *decode.Message) {
	s.exchange, s.message = e, m
	s.topic, s.payloads.protocol = topicScope{}, codec.Protocol{}
	s.payloads.fault, s.faulted = nil, false
}

// AppendValue implements codec.JSONHook.
func (s *substitutes) AppendValue(dst []byte, w *codec.Walker, op *codec.Op, raw []byte) ([]byte, bool) {
	switch op.Is {
	case codec.ErrorCode:
		s.errors.note(w, op, raw, s.message == &s.exchange.Request)
		return dst, false
	case codec.TopicName:
		s.topic.note(w, op, raw)
		return dst, false
	case codec.TopicID:
		s.topic.note(w, op, raw)
		return s.topicID(dst, w, op, raw)
	case codec.ProtocolType, codec.ProtocolName:
		s.payloads.protocol.Note(op.Is, raw)
		return dst, false
	case codec.SaslToken:
		return s.token(dst, raw)
	case codec.Telemetry:
		if s.opt.Exact || len(raw) == 0 {
			return dst, false
		}
		var ok bool
		dst, ok, s.payloads.fault = s.telemetry.append(dst, w.Sibling(op), raw)
		s.noteFault(w, op, len(raw))
		return dst, ok
	case codec.Secret:
		if s.opt.ShowSecrets || !hides(w, op, raw) {
			return dst, false
		}
		return codec.AppendJSONString(dst, withheld), true
	case codec.EnvelopeRequest, codec.EnvelopeResponse:
		if s.opt.ShowSecrets || len(raw) == 0 || !s.enveloped(op.Is) {
			return dst, false
		}
		return codec.AppendJSONString(dst, withheld), true
	}
	switch {
	case s.opt.Exact:
		return dst, false
	case op.Kind == codec.Bytes:
		dst, ok := s.payloads.appendField(dst, op.Is, raw)
		s.noteFault(w, op, len(raw))
		return dst, ok
	case op.Kind != codec.Records:
		return dst, false
	}
	dst = s.appendRecords(dst, w, op, raw)
	s.noteFault(w, op, s.batches.size)
	return dst, true
}

// AppendTag implements codec.JSONHook.
func (s *substitutes) AppendTag(dst []byte, w *codec.Walker, raw []byte) ([]byte, bool) {
	return s.payloads.AppendTag(dst, w, raw)
}

// noteFault notes among the problems why a value, or something in it, is not
// shown as the message that it should hold. One stands for all others in a
// message: there may be as many as records. size is that of the value in bytes.
func (s *substitutes) noteFault(w *codec.Walker, op *codec.Op, size int) {
	fault := s.payloads.fault
	if fault != nil && !s.faulted {
		s.faulted = true
		s.records.printer.valueProblem(w, op, int64(w.Offset()-size), "cannot be read as what it should hold: "+fault.Error())
	}
	s.payloads.fault = nil
}

func (s *substitutes) appendRecords(dst []byte, w *codec.Walker, op *codec.Op, raw []byte) []byte {
	s.batches.start(s.message, w, op, raw)
	if s.opt.Records == Batches {
		return s.records.printer.appendBatches(dst, &s.batches)
	}
	return s.records.appendBatches(dst, &s.batches, s.topic.internal(op, s.exchange.Names))
}

// token appends a SASL message, which is a secret, and what of it is none.
func (s *substitutes) token(dst, raw []byte) ([]byte, bool) {
	if len(raw) == 0 {
		return dst, false
	}
	dst = appendToken(dst, raw, s.opt.ShowSecrets)
	if s.opt.Exact || s.exchange.Mechanism == "" {
		return dst, true
	}
	t := decode.ReadSaslToken(s.exchange.Mechanism, s.message == &s.exchange.Response, raw)
	return appendSaslToken(append(dst, `,"sasl":`...), &t), true
}

// appendToken appends the bytes of a SASL message, or what stands for them.
func appendToken(dst, raw []byte, show bool) []byte {
	if show {
		return codec.AppendJSONBytes(dst, raw)
	}
	return codec.AppendJSONString(dst, withheld)
}

// topicID appends the name of a topic directly after its id, where it is
// known and the struct around has no such field of its own.
func (s *substitutes) topicID(dst []byte, w *codec.Walker, op *codec.Op, raw []byte) ([]byte, bool) {
	name := s.exchange.Names.Topic(raw)
	if s.opt.Exact || name == "" || op.Name == "" || hasTopicName(w, op) {
		return dst, false
	}
	dst = codec.AppendJSONValue(dst, op, raw)
	dst = append(dst, `,"topicName":`...)
	return codec.AppendJSONString(dst, name), true
}

// hasTopicName reports whether a field topicName stands beside op.
func hasTopicName(w *codec.Walker, op *codec.Op) bool {
	ops := w.Layout().Ops
	for i := op.Parent + 1; i < ops[op.Parent].End; i = ops[i].End {
		if ops[i].Name == "topicName" {
			return true
		}
	}
	return false
}

// enveloped reports whether the message inside an Envelope holds a secret, or
// may: then its raw bytes are withheld too.
func (s *substitutes) enveloped(is codec.Meaning) bool {
	inner := s.exchange.Forwarded
	if inner == nil {
		return true
	}
	m := &inner.Request
	if is == codec.EnvelopeResponse {
		m = &inner.Response
	}
	if m.Layout == nil || m.Problem != nil {
		return true
	}
	var w codec.Walker
	var f secretFinder
	return mayHide(m.Layout) && (w.Walk(m.Layout, m.Body, &f) != nil || f.found || len(w.Rest()) > 0)
}

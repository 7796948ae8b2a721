package decode

import "github.com/kdump/kdump/codec"

// forward reads the request that an Envelope holds, if the exchange is such a
// one, and its response. Both are whole messages, header and body, without a
// size in front (EnvelopeRequest.json).
func (d *Decoder) forward(e *Exchange) {
	frame := d.find(e.Request.Layout, e.Request.Body, codec.EnvelopeRequest)
	if frame == nil {
		return
	}
	d.inner = Exchange{Kind: RequestOnly, Connection: e.Connection, Names: e.Names}
	inner := &d.inner
	m := message{Message: Message{Seen: true, First: e.Request.First, Last: e.Request.Last, Size: int32(len(frame))}}
	h, err := codec.ReadRequestHeader(frame)
	if err != nil {
		m.Problem, m.Head, m.MayHide = err, frame[:min(len(frame), headSize)], true
	} else {
		m.RequestHeader = h
		m.lay(codec.Request, h.APIKey, h.APIVersion)
		m.seal(frame)
	}
	inner.Request = m.Message
	e.Forwarded = inner
	if err == nil {
		d.forwardResponse(e)
	}
}

func (d *Decoder) forwardResponse(e *Exchange) {
	frame := d.find(e.Response.Layout, e.Response.Body, codec.EnvelopeResponse)
	if frame == nil {
		return
	}
	inner := e.Forwarded
	inner.Kind = Whole
	m := message{Message: Message{Seen: true, First: e.Response.First, Last: e.Response.Last, Size: int32(len(frame))}}
	version := int16(0)
	request := inner.Header()
	if api := codec.APIByKey(request.APIKey); api != nil {
		version = api.ResponseHeaderVersion(request.APIVersion)
	}
	h, err := codec.ReadResponseHeader(frame, version)
	m.ResponseHeader = h
	if err != nil {
		m.Problem, m.Head, m.MayHide = err, frame[:min(len(frame), headSize)], true
	} else {
		m.lay(codec.Response, request.APIKey, request.APIVersion)
		m.seal(frame)
	}
	inner.Response = m.Message
}

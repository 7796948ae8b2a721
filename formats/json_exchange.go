package formats

import (
	"strconv"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/decode"
)

// Exchange prints a request with its response, or what there is of the two.
func (p *jsonPrinter) Exchange(e *decode.Exchange) {
	if !p.begin(exchangeType(e)) {
		return
	}
	p.times(e)
	p.connection(e.Connection)
	p.peer(e)
	if e.Kind == decode.RawSasl {
		p.tokens(e)
	} else {
		p.messages(e)
	}
	p.end()
}

func exchangeType(e *decode.Exchange) string {
	switch e.Kind {
	case decode.RequestOnly:
		return "request"
	case decode.ResponseOnly:
		return "response"
	case decode.RawSasl:
		return "sasl"
	}
	return "exchange"
}

// times prints when the exchange began and how long it and its server took.
func (p *jsonPrinter) times(e *decode.Exchange) {
	first := e.Request.First
	if !e.Request.Seen {
		first = e.Response.First
	}
	p.time(first, e.Connection)
	if e.Request.Seen && e.Response.Seen {
		p.milliseconds("totalTimeMs", e.Response.Last-e.Request.First, e.Connection)
		p.milliseconds("serverTimeMs", e.Response.First-e.Request.Last, e.Connection)
	}
}

// milliseconds prints a time in nanoseconds as a decimal fraction, as finely
// as the connection's times are.
func (p *jsonPrinter) milliseconds(key string, ns int64, c *decode.Connection) {
	p.key(key)
	if ns < 0 {
		p.b = append(p.b, '-')
		ns = -ns
	}
	p.b = strconv.AppendInt(p.b, ns/1e6, 10)
	p.b = append(p.b, '.')
	if c.Nanoseconds {
		p.b = pad(p.b, int(ns%1e6), 6)
	} else {
		p.b = pad(p.b, int(ns%1e6/1000), 3)
	}
}

// peer prints what is known of the client beyond its address.
func (p *jsonPrinter) peer(e *decode.Exchange) {
	c := e.Connection
	p.known("securityProtocol", c.SecurityProtocol)
	p.known("principal", c.Principal)
	if c.SoftwareName != "" || c.SoftwareVersion != "" {
		p.b = append(p.b, `,"clientInformation":{"softwareName":`...)
		p.b = codec.AppendJSONString(p.b, c.SoftwareName)
		p.text("softwareVersion", c.SoftwareVersion)
		p.b = append(p.b, '}')
	}
	p.known("mechanism", e.Mechanism)
}

// messages prints the headers, sizes and bodies.
func (p *jsonPrinter) messages(e *decode.Exchange) {
	p.header(e)
	p.sizes(e)
	p.bodies(e)
}

func (p *jsonPrinter) header(e *decode.Exchange) {
	if !e.Request.Seen {
		p.b = append(p.b, `,"responseHeader":{"correlationId":`...)
		p.b = strconv.AppendInt(p.b, int64(e.Response.ResponseHeader.CorrelationID), 10)
		p.b = append(p.b, '}')
		return
	}
	p.key("requestHeader")
	p.requestHeader(e.Header())
}

// requestHeader prints the header as Kafka's request log does.
func (p *jsonPrinter) requestHeader(h *codec.RequestHeader) {
	p.b = append(p.b, `{"requestApiKey":`...)
	p.b = strconv.AppendInt(p.b, int64(h.APIKey), 10)
	p.number("requestApiVersion", int64(h.APIVersion))
	if h.APIKey >= 0 && int(h.APIKey) < len(p.names) {
		p.known("requestApiKeyName", p.names[h.APIKey])
	}
	p.number("correlationId", int64(h.CorrelationID))
	switch {
	case h.ClientID != nil:
		p.key("clientId")
		p.b = codec.AppendJSONString(p.b, h.ClientID)
	case h.Version > 0:
		p.b = append(p.b, `,"clientId":null`...)
	}
	if len(h.Tags) > 1 && !p.opt.Exact {
		p.key("_unknownTaggedFields")
		p.b = codec.AppendJSONTags(p.b, h.Tags)
	}
	p.b = append(p.b, '}')
}

func (p *jsonPrinter) sizes(e *decode.Exchange) {
	if e.Request.Seen {
		p.number("requestSizeBytes", int64(e.Request.Size))
	}
	if e.Response.Seen {
		p.number("responseSizeBytes", int64(e.Response.Size))
	}
	p.known("unanswered", e.Unanswered)
}

// bodies prints request and response, the exchange inside them if they are an
// Envelope's, and behind them the error codes and the problems found.
func (p *jsonPrinter) bodies(e *decode.Exchange) {
	l := &p.values.errors
	errors, problems := len(l.members), len(p.problems)
	l.long = false
	p.body(e, codec.Request)
	p.body(e, codec.Response)
	if e.Forwarded != nil {
		long := l.long
		p.forwarded(e.Forwarded)
		l.long = long
	}
	p.listErrors(e, errors)
	p.problems = p.list("problems", p.problems, problems)
}

// list prints the members gathered from start on, if there are any, and
// returns those before. Each has a comma before it.
func (p *jsonPrinter) list(key string, members []byte, start int) []byte {
	if len(members) > start {
		p.key(key)
		p.b = append(p.b, '[')
		p.b = append(p.b, members[start+1:]...)
		p.b = append(p.b, ']')
	}
	return members[:start]
}

func (p *jsonPrinter) body(e *decode.Exchange, d codec.Direction) {
	m := &e.Request
	if d == codec.Response {
		m = &e.Response
	}
	if !m.Seen {
		return
	}
	var fault error
	unread := m.Head
	if m.Layout != nil {
		fault = p.fields(e, m, d)
		unread = p.message.Walker.Rest()
	} else if e.Kind == decode.ResponseOnly {
		p.hex(m.Head, m.MayHide)
	}
	if fault != nil || m.Problem != nil {
		p.problem(e, m, d, fault, unread)
	}
}

// fields prints a body as far as it can be read, and says why it could not be
// read to its end, or what was left over behind it.
func (p *jsonPrinter) fields(e *decode.Exchange, m *decode.Message, d codec.Direction) error {
	p.key(d.String())
	p.message.Records = recordsIn(m.Layout)
	p.side, p.odd = d, 0
	p.values.begin(e, m)
	var err error
	p.b, err = p.message.Append(p.b, m.Layout, m.Body)
	if rest := len(p.message.Walker.Rest()); rest > 0 && err == nil {
		return &codec.Error{Offset: p.message.Walker.Offset(), Need: -1,
			Reason: strconv.Itoa(rest) + " bytes are left over behind the message"}
	}
	return err
}

// recordsIn says how Kafka's request log prints the records of a message: it
// asks for their size alone in Produce requests and Fetch responses (core's
// RequestConvertToJson).
func recordsIn(l *codec.Layout) codec.JSONRecords {
	const produce, fetch = 0, 1
	if l.Key == produce && l.Direction == codec.Request || l.Key == fetch && l.Direction == codec.Response {
		return codec.RecordsSize
	}
	return codec.RecordsEmpty
}

// problem notes why a body could not be read: for what was known before, or
// for the fault that was found in it. The first of the bytes not read stand
// beside it.
func (p *jsonPrinter) problem(e *decode.Exchange, m *decode.Message, d codec.Direction, fault error, unread []byte) {
	b := append(p.problems, `,{"side":"`...)
	b = append(b, d.String()...)
	b = append(b, '"')
	message := ""
	if f, ok := fault.(*codec.Error); ok {
		b = append(b, `,"path":"`...)
		b = append(b, f.Path...)
		b = append(b, `","offset":`...)
		b = strconv.AppendInt(b, int64(f.Offset), 10)
		message = f.Message()
	}
	if m.Problem != nil {
		message = m.Problem.Error()
	}
	b = append(b, `,"message":`...)
	b = codec.AppendJSONString(b, message)
	if len(unread) > 0 && e.Kind != decode.ResponseOnly {
		b = append(b, `,"hex":"`...)
		b = p.appendHead(b, firstOf(unread), hidesUnread(e, m, d))
		b = append(b, '"')
	}
	p.problems = append(b, '}')
}

// appendHead appends bytes that could not be read, unless they may hold a
// secret.
func (p *jsonPrinter) appendHead(dst, head []byte, secret bool) []byte {
	if secret && !p.opt.ShowSecrets {
		return append(dst, withheld...)
	}
	return appendHex(dst, head)
}

// forwarded prints the exchange inside an Envelope.
func (p *jsonPrinter) forwarded(e *decode.Exchange) {
	p.key("forwarded")
	p.b = append(p.b, `{"requestHeader":`...)
	p.requestHeader(e.Header())
	p.bodies(e)
	p.b = append(p.b, '}')
}

// tokens prints SASL tokens that came without a Kafka header.
func (p *jsonPrinter) tokens(e *decode.Exchange) {
	p.sizes(e)
	if e.Request.Seen {
		p.token("request", e, &e.Request)
	}
	if e.Response.Seen {
		p.token("response", e, &e.Response)
	}
}

func (p *jsonPrinter) token(key string, e *decode.Exchange, m *decode.Message) {
	p.key(key)
	p.b = append(p.b, `{"authBytes":`...)
	p.values.begin(e, m)
	if b, ok := p.values.token(p.b, m.Body.Bytes); ok {
		p.b = b
	} else {
		p.b = append(p.b, `""`...)
	}
	p.b = append(p.b, '}')
}

package formats

import (
	"net/netip"
	"strconv"
	"unicode/utf8"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/decode"
)

// text prints one line an exchange, made for reading down a terminal:
//
//	13:53:01.000542  10.0.0.7:53422 > 10.0.0.2:9092  billing-1  Produce v13  orders[2] 10 records 9.1 KiB  0.42 ms  ok
//
// What comes before the summary stands in columns, each as wide as its widest
// entry so far.
type text struct {
	*output
	palette palette
	summary summary
	tree    tree
	records recordTree
	verbose bool
	// showsRecords prints records also where not verbose.
	showsRecords bool
	// showSecrets prints what is withheld otherwise.
	showSecrets bool
	columns     [columns]int // widths so far
	cell        []byte
	status      status // of the exchange being printed
}

// The columns that are kept in line.
const (
	clientColumn = iota
	serverColumn
	whoColumn
	apiColumn
	columns
)

// widest is how far each column grows; longer entries stick out.
var widest = [columns]int{clientColumn: 40, serverColumn: 40, whoColumn: 32, apiColumn: 26}

const gutter = "  "

func newText(out *output, opt Options) *text {
	t := &text{output: out, palette: newPalette(opt.Color), verbose: opt.Verbose, showsRecords: opt.ShowsRecords(), showSecrets: opt.ShowSecrets}
	t.tree = tree{out: out, palette: &t.palette, showSecrets: opt.ShowSecrets, inside: newContents(opt)}
	t.tree.walker.DefinitionOrder = true
	t.tree.walker.Odd = t.tree.oddity
	t.records.tree = &t.tree
	t.summary = summary{palette: &t.palette, showSecrets: opt.ShowSecrets, outlines: make(map[*codec.Layout]*outline)}
	return t
}

// Flush implements [Printer].
func (t *text) Flush() error { return t.flush() }

// Err implements [Printer].
func (t *text) Err() error { return t.err }

// Close implements [Printer].
func (t *text) Close() error { return t.flush() }

// Exchange implements [decode.Sink].
func (t *text) Exchange(e *decode.Exchange) {
	t.line(e)
	switch {
	case t.verbose:
		t.buf = t.tree.exchange(t.buf, e)
	case t.showsRecords:
		t.buf = t.records.exchange(t.buf, e)
	}
	t.printed()
}

func (t *text) line(e *decode.Exchange) {
	m := &e.Request
	if e.Kind == decode.ResponseOnly {
		m = &e.Response
	}
	t.prefix(e.Connection, m.First, e.Kind == decode.ResponseOnly)
	t.column(whoColumn, shade{}, appendWho(t.cell[:0], e))
	t.column(apiColumn, t.palette.api, appendTitle(t.cell[:0], e))
	s := &t.status
	*s = status{fault: s.fault[:0]}
	t.subject(e, s)
	t.latency(e)
	t.outcome(e, s)
	t.buf = append(t.buf, '\n')
}

// status is what the two sides of an exchange say about how it went.
type status struct {
	throttle int64
	faults   int
	fault    []byte
	problem  error
	side     string // whose problem it is
	also     string // another side that has one
	rest     int
}

// appendTitle appends what an exchange is: "Produce v13".
func appendTitle(dst []byte, e *decode.Exchange) []byte {
	switch e.Kind {
	case decode.RawSasl:
		return append(dst, "SASL"...)
	case decode.ResponseOnly:
		return append(dst, "response"...)
	}
	h := e.Header()
	dst = append(appendAPI(dst, h.APIKey), " v"...)
	return strconv.AppendInt(dst, int64(h.APIVersion), 10)
}

// subject appends what the request asks and the response answers.
func (t *text) subject(e *decode.Exchange, s *status) {
	start := len(t.buf)
	switch e.Kind {
	case decode.RawSasl:
		t.rawSasl(e)
	case decode.ResponseOnly:
		t.response(e)
	default:
		t.message(e, &e.Request, s, "request")
		if e.Forwarded != nil {
			t.forwarded(e, s)
		}
		if e.Response.Seen {
			t.answer(e, s)
		}
	}
	if len(t.buf) > start {
		t.buf = append(t.buf, gutter...)
	}
}

const arrow = "-> "

func (t *text) answer(e *decode.Exchange, s *status) {
	start := len(t.buf)
	if start > 0 && t.buf[start-1] != ' ' {
		t.buf = append(t.buf, ' ')
	}
	t.buf = t.palette.dim.paint(t.buf, arrow)
	before := len(t.buf)
	if t.message(e, &e.Response, s, "response"); len(t.buf) == before {
		t.buf = t.buf[:start]
	}
}

// message appends the summary of one side and notes how it went.
func (t *text) message(e *decode.Exchange, m *decode.Message, s *status, side string) {
	t.buf = append(t.buf, t.summary.read(e, m)...)
	switch {
	case t.summary.problem == nil:
	case s.problem == nil:
		s.problem, s.side = t.summary.problem, side
	default:
		s.also = side
	}
	s.rest += t.summary.rest
	s.throttle += t.summary.throttle
	if s.faults == 0 && t.summary.faults.count > 0 {
		s.fault = append(s.fault, t.summary.faults.text...)
	}
	s.faults += t.summary.faults.count
}

// forwarded appends the exchange inside an Envelope, and whose it is.
func (t *text) forwarded(envelope *decode.Exchange, s *status) {
	e := envelope.Forwarded
	if principal, client := envelope.ForwardedFor(); principal != "" || client.IsValid() {
		t.buf = appendPeer(append(t.buf, "for "...), principal, client)
		t.buf = append(t.buf, ' ')
	}
	if id := e.Header().ClientID; len(id) > 0 {
		t.buf = append(appendName(t.buf, id), ": "...)
	}
	t.buf = append(t.buf, t.palette.api.on...)
	t.buf = appendTitle(t.buf, e)
	t.buf = append(t.buf, t.palette.api.off...)
	t.buf = append(t.buf, ' ')
	before := len(t.buf)
	if t.message(e, &e.Request, s, "forwarded request"); len(t.buf) == before {
		t.buf = t.buf[:before-1]
	}
	if e.Response.Seen {
		t.answer(e, s)
	}
}

// rawSasl appends what is told of tokens without a Kafka header.
func (t *text) rawSasl(e *decode.Exchange) {
	t.buf = appendHarmless(t.buf, e.Mechanism)
	if user := userOf(e.Mechanism, e.Request.Body.Bytes); user != "" {
		t.buf = appendName(append(t.buf, " user="...), user)
	}
}

// response appends what is known of a response whose request was not seen.
func (t *text) response(e *decode.Exchange) {
	t.buf = append(t.buf, "correlation="...)
	t.buf = strconv.AppendInt(t.buf, int64(e.Response.ResponseHeader.CorrelationID), 10)
	t.buf = append(t.buf, ' ')
	t.buf = appendBytes(t.buf, int64(e.Response.Size))
	if t.showSecrets || !e.Response.MayHide {
		t.hex(e.Response.Head)
	}
}

// hex appends the first bytes of what is not understood.
func (t *text) hex(head []byte) {
	if len(head) == 0 {
		return
	}
	const shown = 16
	t.buf = append(t.buf, ' ')
	t.buf = append(t.buf, t.palette.dim.on...)
	t.buf = appendHex(t.buf, head[:min(shown, len(head))])
	if len(head) > shown {
		t.buf = append(t.buf, "..."...)
	}
	t.buf = append(t.buf, t.palette.dim.off...)
}

// latency appends how long the answer took, from the request's first byte to
// the response's last.
func (t *text) latency(e *decode.Exchange) {
	if !e.Request.Seen || !e.Response.Seen {
		return
	}
	t.buf = append(t.buf, t.palette.dim.on...)
	t.buf = appendDuration(t.buf, e.Response.Last-e.Request.First)
	t.buf = append(t.buf, t.palette.dim.off...)
	t.buf = append(t.buf, gutter...)
}

// outcome appends how it went: "ok", or what did not.
func (t *text) outcome(e *decode.Exchange, s *status) {
	if s.throttle > 0 {
		t.buf = append(t.buf, t.palette.note.on...)
		t.buf = strconv.AppendInt(append(t.buf, "throttled "...), s.throttle, 10)
		t.buf = append(t.buf, " ms"...)
		t.buf = append(t.buf, t.palette.note.off...)
		t.buf = append(t.buf, gutter...)
	}
	switch {
	case s.problem != nil:
		t.problem(e, s)
	case s.faults > 0:
		t.fault(s)
	case e.Kind == decode.ResponseOnly:
		t.buf = t.palette.note.paint(t.buf, "its request was not seen")
	case !e.Response.Seen:
		t.buf = append(t.buf, t.palette.note.on...)
		t.buf = appendHarmless(append(t.buf, "no answer: "...), e.Unanswered)
		t.buf = append(t.buf, t.palette.note.off...)
	default:
		t.buf = t.palette.ok.paint(t.buf, "ok")
	}
	if s.rest > 0 {
		t.buf = append(t.buf, gutter...)
		t.buf = append(t.buf, t.palette.bad.on...)
		t.buf = appendBytes(t.buf, int64(s.rest))
		t.buf = append(t.buf, " left over"...)
		t.buf = append(t.buf, t.palette.bad.off...)
	}
}

func (t *text) fault(s *status) {
	t.buf = append(t.buf, t.palette.bad.on...)
	t.buf = append(t.buf, s.fault...)
	if s.faults > 1 {
		t.buf = strconv.AppendInt(append(t.buf, " +"...), int64(s.faults-1), 10)
		t.buf = append(t.buf, " more"...)
	}
	t.buf = append(t.buf, t.palette.bad.off...)
}

func (t *text) problem(e *decode.Exchange, s *status) {
	t.buf = append(t.buf, t.palette.bad.on...)
	t.buf = append(t.buf, "cannot read the "...)
	t.buf = append(t.buf, s.side...)
	t.buf = appendProblem(t.buf, s.problem)
	if s.also != "" {
		t.buf = append(append(t.buf, "; nor the "...), s.also...)
	}
	t.buf = append(t.buf, t.palette.bad.off...)
	t.head(e, codec.Request)
	t.head(e, codec.Response)
}

// appendProblem appends where and why a message can not be read; which one
// stands before it.
func appendProblem(dst []byte, err error) []byte {
	fault, ok := err.(*codec.Error)
	if !ok {
		return appendHarmless(append(dst, ": "...), err.Error())
	}
	if fault.Path != "" {
		dst = append(append(dst, " at "...), fault.Path...)
	}
	dst = strconv.AppendInt(append(dst, ", offset "...), int64(fault.Offset), 10)
	return append(append(dst, ": "...), fault.Message()...)
}

// head appends the first bytes of a side that can not be read, unless they
// may hold a secret.
func (t *text) head(e *decode.Exchange, d codec.Direction) {
	m := &e.Request
	if d == codec.Response {
		m = &e.Response
	}
	if t.showSecrets || !hidesUnread(e, m, d) {
		t.hex(m.Head)
	}
}

// prefix appends the time and the two ends. An arrow to the left stands for
// what the server sent unasked.
func (t *text) prefix(c *decode.Connection, time int64, response bool) {
	t.buf = append(t.buf, t.palette.dim.on...)
	t.buf = appendClock(t.buf, time, c.Nanoseconds)
	t.buf = append(t.buf, t.palette.dim.off...)
	t.buf = append(t.buf, gutter...)
	t.pad(clientColumn, t.palette.client, appendClient(t.cell[:0], c))
	if response {
		t.buf = append(t.buf, " < "...)
	} else {
		t.buf = append(t.buf, " > "...)
	}
	t.column(serverColumn, t.palette.server, c.Server.AppendTo(t.cell[:0]))
}

// anonymous is the principal of who does not log in, which says nothing.
const anonymous = "User:ANONYMOUS"

// appendPeer appends who a forwarded request comes from, as far as the
// Envelope says: "User:billing@10.0.0.7".
func appendPeer(b []byte, principal string, client netip.Addr) []byte {
	if principal != "" {
		b = appendName(b, principal)
	}
	if client.IsValid() {
		b = client.AppendTo(append(b, '@'))
	}
	return b
}

// appendWho appends what a client calls itself, and who it has logged in as.
func appendWho(b []byte, e *decode.Exchange) []byte {
	if id := e.Header().ClientID; len(id) > 0 {
		b = appendName(b, id)
	}
	if p := e.Connection.Principal; p != "" && p != anonymous {
		if len(b) > 0 {
			b = append(b, ' ')
		}
		b = appendName(b, p)
	}
	return b
}

// appendClient appends the client's address, and, where a proxy told it, by
// way of whom it comes.
func appendClient(b []byte, c *decode.Connection) []byte {
	if c.Proxied != nil && c.Proxied.Client.IsValid() {
		b = append(c.Proxied.Client.AppendTo(b), " via "...)
	}
	return c.Client.AppendTo(b)
}

// column appends a cell and what keeps the next one in line.
func (t *text) column(column int, s shade, cell []byte) {
	t.pad(column, s, cell)
	t.buf = append(t.buf, gutter...)
}

func (t *text) pad(column int, s shade, cell []byte) {
	t.cell = cell
	t.buf = append(t.buf, s.on...)
	t.buf = append(t.buf, cell...)
	t.buf = append(t.buf, s.off...)
	width := utf8.RuneCount(cell)
	t.columns[column] = max(t.columns[column], min(width, widest[column]))
	for n := width; n < t.columns[column]; n++ {
		t.buf = append(t.buf, ' ')
	}
}

// event begins the line of something that is no exchange.
func (t *text) event(c *decode.Connection, time int64, response bool, s shade, title string) {
	t.prefix(c, time, response)
	t.column(whoColumn, shade{}, nil)
	t.column(apiColumn, s, append(t.cell[:0], title...))
}

// Gap implements [decode.Sink].
func (t *text) Gap(g *decode.Gap) {
	t.event(g.Connection, g.Time, g.Response, t.palette.note, "gap")
	t.buf = append(t.buf, t.palette.note.on...)
	if g.Size >= 0 {
		t.buf = appendBytes(t.buf, g.Size)
	} else {
		t.buf = append(t.buf, "bytes"...)
	}
	t.buf = appendHarmless(append(t.buf, " missing: "...), g.Reason)
	t.buf = append(t.buf, t.palette.note.off...)
	t.buf = append(t.buf, '\n')
	t.printed()
}

// Undecoded implements [decode.Sink].
func (t *text) Undecoded(u *decode.Undecoded) {
	t.event(u.Connection, u.Time, u.Response, t.palette.bad, "undecoded")
	t.buf = appendBytes(t.buf, u.Size)
	if t.showSecrets || !u.MayHide {
		t.hex(u.Head)
	}
	t.buf = append(t.buf, gutter...)
	t.buf = append(t.buf, t.palette.bad.on...)
	t.buf = appendHarmless(t.buf, u.Err)
	t.buf = append(t.buf, t.palette.bad.off...)
	t.buf = append(t.buf, '\n')
	t.printed()
}

// TLS implements [decode.Sink].
func (t *text) TLS(s *decode.TLS) {
	t.event(s.Connection, s.Time, false, t.palette.note, "TLS")
	if s.Version == "" {
		t.buf = append(t.buf, "encrypted"...)
	}
	t.buf = appendHarmless(t.buf, s.Version)
	if s.ServerName != "" {
		t.buf = appendName(append(t.buf, " to "...), s.ServerName)
	}
	for i, protocol := range s.ALPN {
		if i == 0 {
			t.buf = append(t.buf, " offers"...)
		}
		t.buf = appendName(append(t.buf, ' '), protocol)
	}
	t.buf = append(t.buf, gutter...)
	t.buf = t.palette.note.paint(t.buf, "not read further")
	t.buf = append(t.buf, '\n')
	t.printed()
}

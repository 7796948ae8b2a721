package formats

import (
	"strconv"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/compress"
	"github.com/kdump/kdump/decode"
)

// jsonPrinter prints JSON and NDJSON.
type jsonPrinter struct {
	out     *output
	opt     Options
	message codec.JSON
	values  substitutes
	names   []string // of the APIs as Kafka's request log has them, by key

	// b is what the object being printed is appended to: the output itself,
	// or, where it is then indented, compact.
	b        []byte
	compact  []byte
	indenter indenter
	problems []byte // those of the object being printed, a comma before each
	side     codec.Direction
	odd      oddities // of the message being printed
	some     bool     // an element of the array was printed
}

func newJSON(out *output, opt Options) *jsonPrinter {
	p := &jsonPrinter{out: out, opt: opt}
	p.values.opt = &p.opt
	p.values.payloads.showSecrets = opt.ShowSecrets
	p.values.telemetry = newTelemetry(opt.MaxInflate)
	p.values.records = newRecordPrinter(p, compress.New(opt.MaxInflate))
	p.message.Hook = &p.values
	p.message.UnknownTags = !opt.Exact
	p.message.Spill = p.spill
	p.message.Walker.Odd = p.oddity
	for _, api := range codec.APIs() {
		for len(p.names) <= int(api.Key) {
			p.names = append(p.names, "")
		}
		p.names[api.Key] = api.EnumName()
	}
	return p
}

// begin starts an object of the given type. It says false where nobody would
// read it.
func (p *jsonPrinter) begin(kind string) bool {
	if p.out.err != nil {
		return false
	}
	p.b = p.out.buf
	if p.opt.Format == JSON {
		p.beginElement()
		p.b = p.compact[:0]
	}
	p.b = append(p.b, `{"type":"`...)
	p.b = append(p.b, kind...)
	p.b = append(p.b, '"')
	return true
}

func (p *jsonPrinter) end() {
	p.b = append(p.b, '}')
	if p.opt.Format == JSON {
		p.compact = p.b
		p.indent(p.compact)
		return
	}
	p.out.buf = append(p.b, '\n')
	p.out.printed()
}

// beginElement begins an element of the array.
func (p *jsonPrinter) beginElement() {
	separator := "[\n  "
	if p.some {
		separator = ",\n  "
	}
	p.out.buf = append(p.out.buf, separator...)
	p.some = true
	p.indenter = indenter{out: p.out, depth: 1}
}

// spill does what output.spill does, with what the object being printed has so
// far.
func (p *jsonPrinter) spill(dst []byte) []byte {
	if p.opt.Format != JSON {
		return p.out.spill(dst)
	}
	if len(dst) < pieceSize {
		return dst
	}
	p.indent(dst)
	return dst[:0]
}

// indent prints the object, or the next part of it, a piece at a time.
func (p *jsonPrinter) indent(compact []byte) {
	for len(compact) > 0 {
		n := min(pieceSize, len(compact))
		p.indenter.print(compact[:n])
		p.out.printed()
		compact = compact[n:]
	}
}

// Flush writes what was gathered.
func (p *jsonPrinter) Flush() error { return p.out.flush() }

// Err returns the first error of writing.
func (p *jsonPrinter) Err() error { return p.out.err }

// Close ends the array of JSON, and flushes.
func (p *jsonPrinter) Close() error {
	if p.opt.Format == JSON {
		if !p.some {
			p.out.buf = append(p.out.buf, '[')
		} else {
			p.out.buf = append(p.out.buf, '\n')
		}
		p.out.buf = append(p.out.buf, "]\n"...)
	}
	return p.out.flush()
}

// Gap prints bytes that the capture does not have.
func (p *jsonPrinter) Gap(g *decode.Gap) {
	if !p.begin("gap") {
		return
	}
	p.time(g.Time, g.Connection)
	p.connection(g.Connection)
	p.place(g.Response, g.Size)
	p.text("reason", g.Reason)
	p.end()
}

// Undecoded prints bytes that are no message.
func (p *jsonPrinter) Undecoded(u *decode.Undecoded) {
	if !p.begin("undecoded") {
		return
	}
	p.time(u.Time, u.Connection)
	p.connection(u.Connection)
	p.place(u.Response, u.Size)
	p.text("error", u.Err)
	p.hex(u.Head, u.MayHide)
	p.end()
}

// TLS prints that a connection is TLS.
func (p *jsonPrinter) TLS(t *decode.TLS) {
	if !p.begin("tls") {
		return
	}
	p.time(t.Time, t.Connection)
	p.connection(t.Connection)
	p.known("serverName", t.ServerName)
	p.b = appendTexts(p.b, "alpn", t.ALPN)
	p.known("version", t.Version)
	p.end()
}

func (p *jsonPrinter) time(t int64, c *decode.Connection) {
	p.b = append(p.b, `,"time":"`...)
	p.b = appendDate(p.b, t)
	p.b = append(p.b, 'T')
	p.b = appendClock(p.b, t, c.Nanoseconds)
	p.b = append(p.b, `Z"`...)
}

// connection prints between whom, and what connection this is.
func (p *jsonPrinter) connection(c *decode.Connection) {
	p.b = append(p.b, `,"client":"`...)
	p.b = c.Client.AppendTo(p.b)
	p.b = append(p.b, `","server":"`...)
	p.b = c.Server.AppendTo(p.b)
	p.b = append(p.b, `","connection":"`...)
	p.b = c.Server.AppendTo(p.b)
	p.b = append(p.b, '-')
	p.b = c.Client.AppendTo(p.b)
	p.b = append(p.b, '-')
	p.b = strconv.AppendInt(p.b, int64(c.Number), 10)
	p.b = append(p.b, '"')
	if c.Proxied != nil {
		p.proxied(c.Proxied)
	}
}

// proxied prints what a proxy said of the connection.
func (p *jsonPrinter) proxied(said *decode.Proxied) {
	p.b = append(p.b, `,"proxied":{"version":`...)
	p.b = strconv.AppendInt(p.b, int64(said.Version), 10)
	if said.Client.IsValid() {
		p.b = append(p.b, `,"client":"`...)
		p.b = said.Client.AppendTo(p.b)
		p.b = append(p.b, `","server":"`...)
		p.b = said.Server.AppendTo(p.b)
		p.b = append(p.b, '"')
	}
	p.b = append(p.b, '}')
}

// place prints where bytes are missing or not understood, and how many.
func (p *jsonPrinter) place(response bool, size int64) {
	p.text("direction", side(response))
	p.b = append(p.b, `,"sizeBytes":`...)
	if size < 0 {
		p.b = append(p.b, "null"...)
		return
	}
	p.b = strconv.AppendInt(p.b, size, 10)
}

func side(response bool) string {
	if response {
		return "response"
	}
	return "request"
}

// text prints a member whose value is a string.
func (p *jsonPrinter) text(key, value string) {
	p.key(key)
	p.b = codec.AppendJSONString(p.b, value)
}

// known prints a member whose value is a string, unless it is not known.
func (p *jsonPrinter) known(key, value string) {
	if value != "" {
		p.text(key, value)
	}
}

// hex prints bytes that could not be read, unless they may hold a secret.
func (p *jsonPrinter) hex(head []byte, secret bool) {
	p.b = append(p.b, `,"hex":"`...)
	p.b = append(p.appendHead(p.b, head, secret), '"')
}

func (p *jsonPrinter) number(key string, n int64) {
	p.key(key)
	p.b = strconv.AppendInt(p.b, n, 10)
}

// key prints the key of a member that is not the first of its object.
func (p *jsonPrinter) key(key string) {
	p.b = append(p.b, `,"`...)
	p.b = append(p.b, key...)
	p.b = append(p.b, `":`...)
}

// indenter gives compact JSON two spaces a level.
type indenter struct {
	out     *output
	depth   int  // how deep what comes next is nested
	quoted  bool // it is inside a string
	escaped bool // and behind a backslash
	opened  bool // it comes directly behind an opening bracket
}

// print prints JSON, or the next part of it, which may begin and end anywhere.
func (n *indenter) print(compact []byte) {
	dst := n.out.buf
	for _, c := range compact {
		if n.quoted {
			n.quoted = c != '"' || n.escaped
			n.escaped = c == '\\' && !n.escaped
			dst = append(dst, c)
			continue
		}
		closes := c == '}' || c == ']'
		if closes {
			n.depth--
		}
		if closes != n.opened {
			dst = n.newline(dst)
		}
		dst = append(dst, c)
		n.opened = false
		switch c {
		case '"':
			n.quoted = true
		case '{', '[':
			n.depth++
			n.opened = true
		case ',':
			dst = n.newline(dst)
		case ':':
			dst = append(dst, ' ')
		}
	}
	n.out.buf = dst
}

// newline begins a line, and writes what was gathered where that is enough:
// deep down the blanks of a line are many times as long as what stands behind
// them.
func (n *indenter) newline(dst []byte) []byte {
	const blanks = "                                                                "
	dst = append(dst, '\n')
	for left := 2 * n.depth; left > 0; left -= len(blanks) {
		dst = n.out.spill(append(dst, blanks[:min(left, len(blanks))]...))
	}
	return dst
}

package codec

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// What follows reads JSON as a text, whatever it says.

// maxNesting is how deep JSON may nest that stands under keys which the layout
// does not know, and which is only passed over.
const maxNesting = 64

// list reads what stands between two brackets, parted by commas.
func (p *jsonReader) list(open, end byte, what string, read func()) {
	p.space()
	if !p.expect(open, what) {
		return
	}
	for first := true; p.err == nil; first = false {
		p.space()
		if p.takeByte(end) {
			return
		}
		if !first && !p.takeByte(',') {
			p.wants("a comma or " + string(rune(end)))
			return
		}
		read()
	}
}

// literal reads a number as JSON writes them, "" where there is none. whole
// says that it has neither a fraction nor an exponent.
func (p *jsonReader) literal() (literal string, whole bool) {
	start := p.pos
	p.takeByte('-')
	if !p.takeByte('0') && !p.digits() {
		return "", false
	}
	whole = true
	if p.takeByte('.') {
		whole = false
		if !p.digits() {
			return "", false
		}
	}
	if p.takeByte('e') || p.takeByte('E') {
		whole = false
		if !p.takeByte('+') {
			p.takeByte('-')
		}
		if !p.digits() {
			return "", false
		}
	}
	return p.text[start:p.pos], whole
}

func (p *jsonReader) digits() bool {
	start := p.pos
	for p.pos < len(p.text) && p.text[p.pos] >= '0' && p.text[p.pos] <= '9' {
		p.pos++
	}
	return p.pos > start
}

// quoted reads a string.
func (p *jsonReader) quoted(what string) string {
	if !p.expect('"', what) {
		return ""
	}
	start, all := p.pos, byte(0)
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; {
		case c == '"':
			s := p.text[start:p.pos]
			p.pos++
			if all < utf8.RuneSelf {
				return s
			}
			return p.valid(s)
		case c == '\\':
			return p.escaped(start)
		case c < ' ':
			p.failSyntax("a control character in a string, which must be escaped")
			return ""
		default:
			all |= c
		}
		p.pos++
	}
	p.failSyntax("the text ends within a string")
	return ""
}

func (p *jsonReader) valid(s string) string {
	if !utf8.ValidString(s) {
		p.failSyntax("a string that is not UTF-8")
	}
	return s
}

// escaped reads a string that began at start and has a backslash at the
// cursor.
func (p *jsonReader) escaped(start int) string {
	s := []byte(p.text[start:p.pos])
	for p.err == nil && p.pos < len(p.text) {
		c := p.text[p.pos]
		p.pos++
		switch {
		case c == '"':
			return p.valid(string(s))
		case c == '\\':
			s = p.escape(s)
		case c < ' ':
			p.pos--
			p.failSyntax("a control character in a string, which must be escaped")
		default:
			s = append(s, c)
		}
	}
	p.failSyntax("the text ends within a string")
	return ""
}

// escape appends the character that the escape at the cursor, whose backslash
// was read, stands for.
func (p *jsonReader) escape(s []byte) []byte {
	if p.pos == len(p.text) {
		return s
	}
	c := p.text[p.pos]
	p.pos++
	const letters, meanings = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if i := strings.IndexByte(letters, c); i >= 0 {
		return append(s, meanings[i])
	}
	if c != 'u' {
		p.pos -= 2
		p.failSyntax("no such escape in a string")
		return s
	}
	r := p.hex4()
	if r >= 0xd800 && r < 0xdc00 && p.take(`\u`) {
		low := p.hex4()
		if low < 0xdc00 || low > 0xdfff {
			p.failSyntax("half of a surrogate pair")
		}
		r = 0x10000 + (r-0xd800)<<10 + (low - 0xdc00)
	} else if r >= 0xd800 && r < 0xe000 {
		p.failSyntax("half of a surrogate pair")
	}
	return utf8.AppendRune(s, r)
}

func (p *jsonReader) hex4() rune {
	digits := p.text[p.pos:min(p.pos+4, len(p.text))]
	n, err := strconv.ParseUint(digits, 16, 16)
	if len(digits) < 4 || err != nil {
		p.failSyntax("an escape without four hexadecimal digits")
	}
	p.pos += len(digits)
	return rune(n)
}

// pass passes over a value of any kind.
func (p *jsonReader) pass(levels int) {
	p.space()
	switch {
	case levels == 0:
		p.failSyntax("nested deeper than " + strconv.Itoa(maxNesting) + " levels")
	case p.pos == len(p.text):
		p.wants("a value")
	case p.text[p.pos] == '"':
		p.quoted("a string")
	case p.text[p.pos] == '[':
		p.list('[', ']', "an array", func() { p.pass(levels - 1) })
	case p.text[p.pos] == '{':
		p.list('{', '}', "an object", func() {
			p.space()
			p.key()
			p.pass(levels - 1)
		})
	case p.take("true"), p.take("false"), p.take("null"):
	default:
		start := p.pos
		if literal, _ := p.literal(); literal == "" {
			p.pos = start
			p.wants("a value")
		}
	}
}

func (p *jsonReader) space() {
	for ; p.pos < len(p.text); p.pos++ {
		if c := p.text[p.pos]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return
		}
	}
}

func (p *jsonReader) take(word string) bool {
	if p.err != nil || !strings.HasPrefix(p.text[p.pos:], word) {
		return false
	}
	p.pos += len(word)
	return true
}

func (p *jsonReader) takeByte(c byte) bool {
	if p.err != nil || p.pos == len(p.text) || p.text[p.pos] != c {
		return false
	}
	p.pos++
	return true
}

func (p *jsonReader) expect(c byte, what string) bool {
	if p.takeByte(c) {
		return true
	}
	p.wants(what)
	return false
}

// wants notes that something else stands at the cursor than what is needed.
func (p *jsonReader) wants(what string) {
	there := "the end of the text"
	if rest := p.text[p.pos:]; rest != "" {
		_, n := utf8.DecodeRuneInString(rest)
		there = strconv.Quote(rest[:n])
	}
	p.fail("needs " + what + ", has " + there)
}

// failSyntax notes a fault of the text itself.
func (p *jsonReader) failSyntax(reason string) { p.fail("not JSON: " + reason) }

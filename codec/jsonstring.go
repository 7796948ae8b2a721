package codec

import (
	"encoding/binary"
	"unicode/utf8"
)

// AppendJSONString appends a string in quotes, escaped as Kafka does: quotes,
// backslashes and control characters alone. What is not UTF-8 becomes U+FFFD
// as Java's decoder has it.
func AppendJSONString[T string | []byte](dst []byte, s T) []byte {
	return appendJSONString(dst, []byte(s))
}

// AppendJSONText appends text that is known to be UTF-8, or a part of such, as
// AppendJSONString does, in less time.
func AppendJSONText(dst, text []byte) []byte {
	dst, rest := appendPlain(dst, text)
	return append(appendText(dst, rest), '"')
}

func appendJSONString(dst, s []byte) []byte {
	dst, rest := appendPlain(dst, s)
	if len(rest) == 0 {
		return append(dst, '"')
	}
	return appendEscaped(dst, rest)
}

// appendPlain appends a quote and what s begins with that is plain, and returns
// the rest. Where all of it is, as mostly, nothing is left.
func appendPlain(dst, s []byte) (text, rest []byte) {
	start := len(dst) + len(`"`)
	end := start + len(s)
	dst = grow(dst, len(s)+len(`""`))[:end]
	dst[start-1] = '"'
	if len(s) < 8 {
		return dst[:start], s
	}
	out, rest := dst[start:], s
	for len(rest) > 16 && len(out) > 16 {
		one, two := binary.LittleEndian.Uint64(rest), binary.LittleEndian.Uint64(rest[8:])
		if !isPlain(one) || !isPlain(two) {
			return dst[:end-len(rest)], rest
		}
		binary.LittleEndian.PutUint64(out, one)
		binary.LittleEndian.PutUint64(out[8:], two)
		out, rest = out[16:], rest[16:]
	}
	if len(rest) > 8 && len(out) > 8 {
		one := binary.LittleEndian.Uint64(rest)
		if !isPlain(one) {
			return dst[:end-len(rest)], rest
		}
		binary.LittleEndian.PutUint64(out, one)
		rest = rest[8:]
	}
	// The last eight bytes, which those before may overlap.
	if eight := binary.LittleEndian.Uint64(s[len(s)-8:]); isPlain(eight) {
		binary.LittleEndian.PutUint64(dst[end-8:], eight)
		return dst, nil
	}
	return dst[:end-len(rest)], rest
}

// appendEscaped appends what is left of a string, and the quote behind it.
func appendEscaped(dst, s []byte) []byte {
	if utf8.Valid(s) {
		return append(appendText(dst, s), '"')
	}
	from := 0
	for at := 0; at < len(s); {
		_, n := utf8.DecodeRune(s[at:])
		if n == 1 && s[at] >= utf8.RuneSelf {
			dst = append(appendText(dst, s[from:at]), "\uFFFD"...)
			n = malformed(s[at:])
			from = at + n
		}
		at += n
	}
	return append(appendText(dst, s[from:]), '"')
}

// appendText appends text that is UTF-8, escaped.
func appendText(dst, text []byte) []byte {
	const atOnce = 512 // so that room for the worst is never much
	for len(text) > 0 {
		n := min(len(text), atOnce)
		dst = grow(dst, n*longestEscape+8)
		dst = dst[:len(dst)+escape(dst[len(dst):cap(dst)], text[:n])]
		text = text[n:]
	}
	return dst
}

// escape writes text, escaped, to where there is room enough, and returns how
// many bytes that makes. It takes eight at a time. Of those that have something
// to escape each is looked up, also the plain ones: that takes no longer than to
// find out which are not.
func escape(dst, text []byte) int {
	n := 0
	for ; len(text) >= 8; text = text[8:] {
		eight := binary.LittleEndian.Uint64(text)
		if !needEscape(eight) {
			binary.LittleEndian.PutUint64(dst[n:], eight)
			n += 8
			continue
		}
		n = escapeByte(dst, n, byte(eight))
		n = escapeByte(dst, n, byte(eight>>8))
		n = escapeByte(dst, n, byte(eight>>16))
		n = escapeByte(dst, n, byte(eight>>24))
		n = escapeByte(dst, n, byte(eight>>32))
		n = escapeByte(dst, n, byte(eight>>40))
		n = escapeByte(dst, n, byte(eight>>48))
		n = escapeByte(dst, n, byte(eight>>56))
	}
	for _, c := range text {
		n = escapeByte(dst, n, c)
	}
	return n
}

// escapeByte writes what stands for c to dst[n:], where there is room for eight
// bytes, and returns where it ends.
func escapeByte(dst []byte, n int, c byte) int {
	e := escapes[c]
	binary.LittleEndian.PutUint64(dst[n:], e)
	return n + int(e>>escapeLength)
}

// isPlain reports whether eight bytes are ASCII and need no escape.
func isPlain(eight uint64) bool { return eight&topBits == 0 && !needEscape(eight) }

// needEscape reports whether one of eight bytes may be a quote, a backslash or a
// control character. It never misses one.
func needEscape(eight uint64) bool {
	const each = 0x0101010101010101
	// Taking 1 from a byte of 0 borrows and so sets its top bit. So does taking
	// 0x21 from what is below it: control characters and quotes, and they alone
	// of ASCII, once bit 1 is turned.
	backslash, other := eight^each*'\\'-each, eight^each*2-each*0x21
	return (backslash|other)&^eight&topBits != 0
}

const topBits = 0x8080808080808080

// escapes has what stands for each byte of a text: up to longestEscape bytes,
// the first one lowest, and from bit escapeLength on how many these are. Bytes
// beyond ASCII stand for themselves.
var escapes = func() (all [256]uint64) {
	const digits = "0123456789ABCDEF"
	short := [256]byte{'"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}
	for c := range all {
		escape := []byte{byte(c)}
		if short[c] != 0 {
			escape = []byte{'\\', short[c]}
		} else if c < ' ' {
			escape = []byte{'\\', 'u', '0', '0', digits[c>>4], digits[c&15]}
		}
		var eight [8]byte
		eight[escapeLength/8] = byte(copy(eight[:], escape))
		all[c] = binary.LittleEndian.Uint64(eight[:])
	}
	return all
}()

const (
	longestEscape = len(`\u0000`)
	escapeLength  = 56
)

// malformed gives how many of the bytes at the start of s, which are no
// character, Java's String constructor replaces by one U+FFFD: as many as
// begin a character, and all three of an encoded surrogate.
func malformed(s []byte) int {
	low, high := byte(0x80), byte(0xbf)
	length := 0
	switch c := s[0]; {
	case c >= 0xc2 && c <= 0xdf:
		length = 2
	case c == 0xe0:
		length, low = 3, 0xa0
	case c > 0xe0 && c <= 0xef:
		length = 3
	case c == 0xf0:
		length, low = 4, 0x90
	case c > 0xf0 && c < 0xf4:
		length = 4
	case c == 0xf4:
		length, high = 4, 0x8f
	}
	n := 1
	for n < length && n < len(s) && s[n] >= low && s[n] <= high {
		n++
		low, high = 0x80, 0xbf
	}
	return n
}

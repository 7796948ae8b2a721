package codec

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
	"unicode/utf8"
)

// AppendJSONValue appends a value, neither null nor of kind Struct or Array,
// as Kafka prints it; records as RecordsBase64 says.
func AppendJSONValue(dst []byte, op *Op, raw []byte) []byte {
	switch op.Kind {
	case String:
		return AppendJSONString(dst, raw)
	case Bytes, Records:
		return AppendJSONBytes(dst, raw)
	}
	return appendJSONFixed(dst, op, raw)
}

// appendJSONFixed appends a value of fixed width.
func appendJSONFixed(dst []byte, op *Op, raw []byte) []byte {
	switch op.Kind {
	case Int32:
		return appendJSONInt(dst, int64(int32(binary.BigEndian.Uint32(raw))))
	case Int64:
		return appendJSONInt(dst, int64(binary.BigEndian.Uint64(raw)))
	case Int16:
		return appendJSONInt(dst, int64(int16(binary.BigEndian.Uint16(raw))))
	case Bool:
		return strconv.AppendBool(dst, raw[0] != 0)
	case Float64:
		return appendJSONFloat(dst, op.Float(raw))
	case UUID:
		return appendUUID(dst, raw)
	}
	return appendJSONInt(dst, op.Int(raw))
}

// appendJSONInt is quick with the numbers that Kafka's messages are full of.
func appendJSONInt(dst []byte, n int64) []byte {
	if uint64(n) < 10 {
		return append(dst, '0'+byte(n))
	}
	return appendLongInt(dst, n)
}

func appendLongInt(dst []byte, n int64) []byte {
	u := uint64(n)
	if n < 0 {
		dst = append(dst, '-')
		u = -u
	}
	if u >= 1e16 {
		return strconv.AppendUint(dst, u, 10)
	}
	if u >= 1e8 {
		dst = appendDigits(dst, u/1e8, false)
		return appendDigits(dst, u%1e8, true)
	}
	return appendDigits(dst, u, false)
}

// appendDigits appends a number below 1e8, all eight digits of it if it is to
// be filled up with zeros. It works on all digits at a time: it parts the
// number into two of four digits, these into four of two, and these into eight
// of one, each in its own byte, the first one lowest. What multiplies and
// shifts divides by 100 and by 10: the results are exact for what can be there.
func appendDigits(dst []byte, n uint64, fill bool) []byte {
	const low16, low8 = 0x0000007f_0000007f, 0x000f000f_000f000f
	fours := n/1e4 | n%1e4<<32
	hundreds := fours * 10486 >> 20 & low16
	twos := hundreds | (fours-hundreds*100)<<16
	tens := twos * 103 >> 10 & low8
	ones := tens | (twos-tens*10)<<8
	skip := 0
	if !fill {
		skip = bits.TrailingZeros64(ones|1<<56) / 8
	}
	digits := (ones | 0x3030303030303030) >> (8 * uint(skip))
	at := len(dst)
	return binary.LittleEndian.AppendUint64(dst, digits)[:at+8-skip]
}

// AppendJSONTags appends the tags of a header's tag section as JSON.UnknownTags
// says, the brackets included. It ends where the section does.
func AppendJSONTags(dst, section []byte) []byte {
	dst = append(dst, '[')
	count, n := Uvarint(section)
	for i := uint32(0); i < count && n > 0; i++ {
		section = section[n:]
		tag, tagWidth := Uvarint(section)
		if tagWidth <= 0 {
			break
		}
		size, sizeWidth := Uvarint(section[tagWidth:])
		start := tagWidth + sizeWidth
		if sizeWidth <= 0 || int64(size) > int64(len(section)-start) {
			break
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		n = start + int(size)
		dst = appendJSONTag(dst, tag, section[start:n])
	}
	return append(dst, ']')
}

func appendJSONTag(dst []byte, tag uint32, raw []byte) []byte {
	dst = append(dst, `{"tag":`...)
	dst = strconv.AppendUint(dst, uint64(tag), 10)
	dst = append(dst, `,"data":`...)
	return append(AppendJSONBytes(dst, raw), '}')
}

// AppendJSONBytes appends bytes as a string of padded base64.
func AppendJSONBytes(dst, raw []byte) []byte {
	threes := len(raw) / 3
	dst = append(grow(dst, len(`"`)+4*threes+len(`AA=="`)), '"')
	if threes > 2 {
		start := len(dst)
		dst = dst[:start+4*threes]
		encodeBase64(dst[start:], raw[:3*threes])
		raw = raw[3*threes:]
	}
	if len(raw) > 0 {
		dst = base64.StdEncoding.AppendEncode(dst, raw)
	}
	return append(dst, '"')
}

// The characters of base64, the second for URLs.
const (
	letters  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	standard = letters + "+/"
	forURLs  = letters + "-_"
)

// base64Pairs has the two characters that stand for each twelve bits, the first
// one lowest: half the look-ups and half the writes of one at a time.
var base64Pairs = func() (pairs [1 << 12]uint16) {
	for bits := range pairs {
		pairs[bits] = uint16(standard[bits>>6]) | uint16(standard[bits&63])<<8
	}
	return pairs
}()

// encodeBase64 writes bytes, nine at least and a multiple of three, in base64,
// in a third of the time that encoding/base64 takes.
func encodeBase64(dst, raw []byte) {
	// The last six, which those before may overlap.
	putBase64((*[8]byte)(dst[len(dst)-8:]), binary.BigEndian.Uint64(raw[len(raw)-8:])<<16)
	for len(raw) > 14 && len(dst) > 16 {
		putBase64((*[8]byte)(dst), binary.BigEndian.Uint64(raw))
		putBase64((*[8]byte)(dst[8:]), binary.BigEndian.Uint64(raw[6:]))
		raw, dst = raw[12:], dst[16:]
	}
	if len(raw) > 8 {
		putBase64((*[8]byte)(dst), binary.BigEndian.Uint64(raw))
	}
}

// putBase64 writes the upper six of eight bytes in base64.
func putBase64(dst *[8]byte, eight uint64) {
	binary.LittleEndian.PutUint16(dst[0:], base64Pairs[eight>>52])
	binary.LittleEndian.PutUint16(dst[2:], base64Pairs[eight>>40&0xfff])
	binary.LittleEndian.PutUint16(dst[4:], base64Pairs[eight>>28&0xfff])
	binary.LittleEndian.PutUint16(dst[6:], base64Pairs[eight>>16&0xfff])
}

// appendUUID appends 16 bytes in base64 for URLs.
func appendUUID(dst, raw []byte) []byte {
	high, low := binary.BigEndian.Uint64(raw), binary.BigEndian.Uint64(raw[8:])
	var text [24]byte
	text[0] = '"'
	for i := range 10 {
		text[1+i] = forURLs[high>>(58-6*uint(i))&63]
	}
	text[11] = forURLs[(high<<2|low>>62)&63]
	for i := range 10 {
		text[12+i] = forURLs[low>>(56-6*uint(i))&63]
	}
	text[22] = forURLs[low<<4&63]
	text[23] = '"'
	return append(dst, text[:]...)
}

// AppendJSONString appends a string in quotes, escaped as Kafka does: quotes,
// backslashes and control characters alone. What is not UTF-8 becomes U+FFFD
// as Java's decoder has it.
func AppendJSONString[T string | []byte](dst []byte, s T) []byte {
	return appendJSONString(dst, []byte(s))
}

func appendJSONString(dst, s []byte) []byte {
	start := len(dst) + len(`"`)
	end := start + len(s)
	dst = grow(dst, len(s)+len(`""`))[:end]
	dst[start-1] = '"'
	if len(s) < 8 {
		return appendEscaped(dst[:start], s)
	}
	out, rest := dst[start:], s
	for len(rest) > 16 && len(out) > 16 {
		one, two := binary.LittleEndian.Uint64(rest), binary.LittleEndian.Uint64(rest[8:])
		if marks(one)|marks(two) != 0 {
			return appendEscaped(dst[:end-len(rest)], rest)
		}
		binary.LittleEndian.PutUint64(out, one)
		binary.LittleEndian.PutUint64(out[8:], two)
		out, rest = out[16:], rest[16:]
	}
	if len(rest) > 8 && len(out) > 8 {
		one := binary.LittleEndian.Uint64(rest)
		if marks(one) != 0 {
			return appendEscaped(dst[:end-len(rest)], rest)
		}
		binary.LittleEndian.PutUint64(out, one)
		rest = rest[8:]
	}
	// The last eight bytes, which those before may overlap.
	if eight := binary.LittleEndian.Uint64(s[len(s)-8:]); marks(eight) == 0 {
		binary.LittleEndian.PutUint64(dst[end-8:], eight)
		return append(dst, '"')
	}
	return appendEscaped(dst[:end-len(rest)], rest)
}

// marks gives 0 for eight bytes of a string, the first one lowest, that are
// ASCII and need no escape. Of others the lowest bit that is set marks the
// first byte that is not so; what is set above it means nothing.
func marks(eight uint64) uint64 {
	const each, top = 0x0101010101010101, 0x8080808080808080
	// Taking 1 from a byte of 0 borrows and so sets its top bit. So does taking
	// 0x21 from what is below it: control characters and quotes, and they alone
	// of ASCII, once bit 1 is turned.
	backslash, other := eight^each*'\\'-each, eight^each*2-each*0x21
	return (eight | backslash | other) & top
}

// appendEscaped appends what is left of a string, and the quote behind it.
func appendEscaped(dst, s []byte) []byte {
	for len(s) > 0 {
		n := 0
		dst, n = appendPlain(dst, s)
		if s = s[n:]; len(s) == 0 {
			break
		}
		if c := s[0]; c < utf8.RuneSelf {
			dst, s = appendEscape(dst, c), s[1:]
			continue
		}
		n = beyondASCII(s)
		dst = append(dst, s[:n]...)
		if s = s[n:]; n == 0 {
			dst, s = append(dst, "\uFFFD"...), s[malformed(s):]
		}
	}
	return append(dst, '"')
}

// appendPlain appends the bytes that s begins with as far as they are ASCII and
// need no escape, and says how many these are. Mostly they are few: eight are
// written at a time, those that are not plain to be overwritten.
func appendPlain(dst, s []byte) ([]byte, int) {
	const word = 8
	i := 0
	for len(s)-i >= word {
		if cap(dst)-len(dst) < word {
			dst = grow(dst, len(s)-i+word)
		}
		eight := binary.LittleEndian.Uint64(s[i:])
		end := len(dst)
		binary.LittleEndian.PutUint64(dst[end:end+word], eight)
		n := bits.TrailingZeros64(marks(eight)) / 8
		dst, i = dst[:end+n], i+n
		if n < word {
			return dst, i
		}
	}
	for i < len(s) && s[i] < utf8.RuneSelf && s[i] >= ' ' && shortEscapes[s[i]] == 0 {
		dst = append(dst, s[i])
		i++
	}
	return dst, i
}

// appendEscape appends an ASCII character that needs an escape.
func appendEscape(dst []byte, c byte) []byte {
	const digits = "0123456789ABCDEF"
	if short := shortEscapes[c]; short != 0 {
		return append(dst, '\\', short)
	}
	return append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
}

// beyondASCII says how many bytes s begins with that are characters beyond
// ASCII.
func beyondASCII(s []byte) int {
	i := 0
	for i < len(s) && s[i] >= utf8.RuneSelf {
		_, n := utf8.DecodeRune(s[i:])
		if n == 1 {
			break
		}
		i += n
	}
	return i
}

var shortEscapes = [utf8.RuneSelf]byte{
	'"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't',
}

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

// appendJSONFloat appends a number as Java's Double.toString has it, the
// shortest digits taken; NaN and the infinities as strings, as Jackson has
// them.
func appendJSONFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	}
	if a := math.Abs(f); a == 0 || a >= 1e-3 && a < 1e7 {
		start := len(dst)
		dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
		for _, c := range dst[start:] {
			if c == '.' {
				return dst
			}
		}
		return append(dst, '.', '0')
	}
	return appendScientific(dst, f)
}

// appendScientific appends "1.0E7" where Go has "1e+07": with two digits at
// least, those next to the number.
func appendScientific(dst []byte, f float64) []byte {
	var digits [32]byte
	s := strconv.AppendFloat(digits[:0], f, 'e', -1, 64)
	e := exponentOf(s)
	if e <= len("-1") {
		s = strconv.AppendFloat(digits[:0], f, 'e', 1, 64)
		e = exponentOf(s)
	}
	dst = append(append(dst, s[:e]...), 'E')
	exponent, _ := strconv.Atoi(string(s[e+1:]))
	return strconv.AppendInt(dst, int64(exponent), 10)
}

// exponentOf gives the index of the letter before the exponent.
func exponentOf(s []byte) int {
	e := len(s) - 1
	for s[e] != 'e' {
		e--
	}
	return e
}

package formats

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestName is how many bytes of a name a line shows.
const longestName = 64

// appendName appends a name that somebody on the network chose, as one word
// that is harmless to a terminal: in quotes where it holds blanks or is empty,
// with escapes where it holds what does not print.
func appendName[T string | []byte](dst []byte, name T) []byte {
	if short := cut(name); len(short) < len(name) {
		return append(appendWhole(dst, short), "..."...)
	}
	return appendWhole(dst, name)
}

// appendSaid appends what a peer says in words, in quotes, as far as a line
// shows it.
func appendSaid(dst, words []byte) []byte {
	short := cut(words)
	if dst = appendQuoted(dst, short); len(short) < len(words) {
		dst = append(dst, "..."...)
	}
	return dst
}

// cut returns as much of a name as a line shows, in whole characters.
func cut[T string | []byte](name T) T {
	if len(name) <= longestName {
		return name
	}
	end := longestName
	for end > longestName-utf8.UTFMax && !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end]
}

// appendWhole appends a name as appendName does, however long it is.
func appendWhole[T string | []byte](dst []byte, name T) []byte {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return appendEscaped(dst, name)
		}
	}
	if len(name) == 0 {
		return append(dst, `""`...)
	}
	return append(dst, name...)
}

func appendEscaped[T string | []byte](dst []byte, name T) []byte {
	for i := range len(name) {
		if name[i] == ' ' || name[i] == '"' {
			return appendQuoted(dst, name)
		}
	}
	return appendHarmless(dst, name)
}

// appendQuoted appends a string in quotes, harmless to a terminal.
func appendQuoted[T string | []byte](dst []byte, s T) []byte {
	return append(appendHarmless(append(dst, '"'), s), '"')
}

// appendHarmless appends a text of several words with escapes for what does
// not print, and for quotes and backslashes.
func appendHarmless[T string | []byte](dst []byte, name T) []byte {
	for i := 0; i < len(name); {
		r, size := decodeRune(name[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(dst, '\\', 'x')
			dst = appendHex(dst, []byte{name[i]})
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case unicode.IsPrint(r):
			dst = append(dst, name[i:i+size]...)
		case r < 0x80:
			dst = append(dst, '\\', 'x')
			dst = appendHex(dst, []byte{byte(r)})
		default:
			dst = append(dst, `\u{`...)
			dst = strconv.AppendInt(dst, int64(r), 16)
			dst = append(dst, '}')
		}
		i += size
	}
	return dst
}

func decodeRune[T string | []byte](s T) (rune, int) {
	var first [utf8.UTFMax]byte
	return utf8.DecodeRune(first[:copy(first[:], s)])
}

// appendBytes appends a number of bytes: "912 B", "9.1 KiB".
func appendBytes(dst []byte, n int64) []byte {
	if n < 1024 {
		return append(strconv.AppendInt(dst, n, 10), " B"...)
	}
	size, unit := float64(n)/1024, 0
	for ; size >= 1023.95 && unit < 3; unit++ {
		size /= 1024
	}
	dst = strconv.AppendFloat(dst, size, 'f', 1, 64)
	dst = append(dst, ' ', "KMGT"[unit])
	return append(dst, "iB"...)
}

// appendDuration appends a time in nanoseconds: "0.42 ms", "12.3 ms",
// "4.250 s".
func appendDuration(dst []byte, nanoseconds int64) []byte {
	ms := float64(nanoseconds) / 1e6
	switch {
	case ms < 9.995:
		return append(strconv.AppendFloat(dst, ms, 'f', 2, 64), " ms"...)
	case ms < 999.95:
		return append(strconv.AppendFloat(dst, ms, 'f', 1, 64), " ms"...)
	}
	return append(strconv.AppendFloat(dst, ms/1000, 'f', 3, 64), " s"...)
}

// appendFloat appends a number, in full as far as people read such numbers.
func appendFloat(dst []byte, f float64) []byte {
	if math.Abs(f) < 1e15 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64)
}

// appendCount appends "1 topic", "2 topics" or "no topics".
func appendCount(dst []byte, n int64, noun string) []byte {
	if n == 0 {
		dst = append(dst, "no"...)
	} else {
		dst = strconv.AppendInt(dst, n, 10)
	}
	dst = append(dst, ' ')
	if n == 1 {
		return append(dst, noun...)
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok {
		return append(append(dst, stem...), "ies"...)
	}
	return append(append(dst, noun...), 's')
}

// appendShortID appends the first characters of a uuid as Kafka prints it,
// enough to tell ids apart: "QbVWxPPr...".
func appendShortID(dst, id []byte) []byte {
	return append(base64.RawURLEncoding.AppendEncode(dst, id[:6]), "..."...)
}

// appendMemberID appends a member id, which clients make of a name and a
// uuid, with no more of the uuid than tells members apart.
func appendMemberID(dst, id []byte) []byte {
	const uuid, kept = 36, 8
	tail := len(id) - uuid
	if tail >= 0 && id[tail+8] == '-' && id[tail+13] == '-' && id[tail+18] == '-' && id[tail+23] == '-' {
		return append(appendName(dst, id[:tail+kept]), "..."...)
	}
	return appendName(dst, id)
}

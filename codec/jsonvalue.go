package codec

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
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
		return AppendJSONInt(dst, int64(int32(binary.BigEndian.Uint32(raw))))
	case Int64:
		return AppendJSONInt(dst, int64(binary.BigEndian.Uint64(raw)))
	case Int16:
		return AppendJSONInt(dst, int64(int16(binary.BigEndian.Uint16(raw))))
	case Bool:
		return strconv.AppendBool(dst, raw[0] != 0)
	case Float64:
		return appendJSONFloat(dst, op.Float(raw))
	case UUID:
		return appendUUID(dst, raw)
	}
	return AppendJSONInt(dst, op.Int(raw))
}

// AppendJSONInt appends an integer: as strconv.AppendInt does, in less time for
// the numbers that Kafka's messages are full of.
func AppendJSONInt(dst []byte, n int64) []byte {
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
	return append(AppendJSONBytes(appendTagKeys(dst, tag), raw), '}')
}

// appendTagKeys appends an unknown tagged field up to its data.
func appendTagKeys(dst []byte, tag uint32) []byte {
	dst = strconv.AppendUint(append(dst, `{"tag":`...), uint64(tag), 10)
	return append(dst, `,"data":`...)
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

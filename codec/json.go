package codec

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf8"
)

// JSON appends messages as JSON, as Kafka's own JsonConverter classes print
// them: fields in the order of the definition, bytes as base64, tagged fields
// only where they differ from their default. The zero value does exactly
// that; the fields ask for more. One may be used again and again, by one
// goroutine at a time.
type JSON struct {
	// Records says what stands for a records field.
	Records JSONRecords
	// UnknownTags has the tagged fields that a struct does not know stand at
	// its end: "_unknownTaggedFields":[{"tag":100,"data":"<base64>"}].
	UnknownTags bool
	// Hook, where it is set, is asked for other values than Kafka's.
	Hook JSONHook
	// Walker has read the message: Rest and Offset tell where it ended.
	Walker Walker

	dst    []byte
	open   int32 // the innermost object or array that is open, -1 for none
	tags   bool  // in it the list of unknown tags is open
	tagged []taggedStruct
}

// JSONRecords says what stands for a records field that is not null.
type JSONRecords uint8

// What may stand for a records field.
const (
	// RecordsEmpty is "", whatever they hold: what JsonConverter.write prints.
	RecordsEmpty JSONRecords = iota
	// RecordsSize is the bytes they have, the field's name followed by
	// SizeInBytes: the same with serializeRecords false.
	RecordsSize
	// RecordsBase64 is the bytes themselves, which JsonConverter.read takes.
	// Of records that were cut out of the body it is "".
	RecordsBase64
)

// JSONHook puts other values in the place of Kafka's.
type JSONHook interface {
	// AppendValue is asked for each value that is not null and has a meaning
	// or is of kind Records. It appends one JSON value, which other members of
	// the object may follow (`"x","name":"y"`), or leaves dst as it is and
	// says false: then Kafka's form is taken.
	AppendValue(dst []byte, w *Walker, op *Op, raw []byte) ([]byte, bool)
}

// taggedStruct is a tagged struct that is being appended. It goes away again
// where it turns out to be equal to its default.
type taggedStruct struct {
	start   int // in dst: the length before it
	differs bool
}

// Append appends the message in body to dst. An error is the Walker's: what
// was appended is then valid JSON and holds what stands before the fault.
func (j *JSON) Append(dst []byte, layout *Layout, body Body) ([]byte, error) {
	j.dst, j.open, j.tags, j.tagged = dst, -1, false, j.tagged[:0]
	j.Walker.DefinitionOrder = true
	err := j.Walker.Walk(layout, body, (*jsonVisitor)(j))
	for j.open >= 0 {
		(*jsonVisitor)(j).close(&layout.Ops[j.open])
	}
	dst, j.dst = j.dst, nil
	return dst, err
}

// jsonVisitor is a JSON as its Walker sees it.
type jsonVisitor JSON

func (j *jsonVisitor) Enter(_ *Walker, op *Op, n int) bool {
	switch {
	case op.Kind == Array:
		if n > 0 || op.Default == "null" {
			j.differ()
		} else if op.Tagged {
			return false
		}
	case op.Tagged:
		j.tagged = append(j.tagged, taggedStruct{len(j.dst), op.Default == "null"})
	case op.Default == "null":
		j.differ()
	}
	j.begin(op)
	j.open = op.At
	return true
}

func (j *jsonVisitor) Leave(_ *Walker, op *Op) {
	j.close(op)
	if op.Kind != Struct || !op.Tagged {
		return
	}
	last := j.tagged[len(j.tagged)-1]
	j.tagged = j.tagged[:len(j.tagged)-1]
	if last.differs {
		j.differ()
	} else {
		j.dst = j.dst[:last.start]
	}
}

func (j *jsonVisitor) Value(w *Walker, op *Op, raw []byte) {
	if op.Tagged || len(j.tagged) > 0 {
		if !op.isDefault(raw) {
			j.differ()
		} else if op.Tagged {
			return
		}
	}
	if op.Kind == Records && raw != nil {
		j.records(w, op, raw)
		return
	}
	j.begin(op)
	if raw == nil {
		if op.Kind == Struct || op.Kind == Array {
			j.dst = j.dst[:len(j.dst)-len("[")]
		}
		j.dst = append(j.dst, "null"...)
		return
	}
	if op.Is != NoMeaning && j.hooked(w, op, raw) {
		return
	}
	j.dst = AppendJSONValue(j.dst, op, raw)
}

// Fields implements FixedVisitor.
func (j *jsonVisitor) Fields(w *Walker, run []Op, raw []byte) {
	if len(j.tagged) > 0 || j.Hook != nil {
		for i := range run {
			n := run[i].Width
			j.Value(w, &run[i], raw[:n:n])
			raw = raw[n:]
		}
		return
	}
	j.begin(&run[0])
	dst := j.dst
	for i := range run {
		op := &run[i]
		if i > 0 {
			dst = append(dst, op.key...)
		}
		dst = AppendJSONValue(dst, op, raw[:op.Width])
		raw = raw[op.Width:]
	}
	j.dst = dst
}

// Array implements FixedVisitor.
func (j *jsonVisitor) Array(w *Walker, op, element *Op, raw []byte) {
	width := int(element.Width)
	if !j.Enter(w, op, len(raw)/width) {
		return
	}
	if j.Hook != nil && element.Is != NoMeaning {
		for i := 0; len(raw) > 0; i++ {
			w.index[op.Depth] = int32(i)
			j.Value(w, element, raw[:width:width])
			raw = raw[width:]
		}
	} else {
		j.dst = appendJSONArray(j.dst, element, raw)
	}
	j.Leave(w, op)
}

// appendJSONArray appends elements of fixed width, with commas between them.
func appendJSONArray(dst []byte, op *Op, raw []byte) []byte {
	width := int(op.Width)
	for at := 0; at < len(raw); at += width {
		if at > 0 {
			dst = append(dst, ',')
		}
		dst = AppendJSONValue(dst, op, raw[at:at+width])
	}
	return dst
}

func (j *jsonVisitor) Tag(_ *Walker, tag uint32, raw []byte) {
	j.differ()
	if !j.UnknownTags {
		return
	}
	if !j.tags {
		j.comma()
		j.dst = append(j.dst, `"_unknownTaggedFields":[`...)
		j.tags = true
	}
	j.comma()
	j.dst = appendJSONTag(j.dst, tag, raw)
}

func (j *jsonVisitor) hooked(w *Walker, op *Op, raw []byte) bool {
	if j.Hook == nil {
		return false
	}
	var ok bool
	j.dst, ok = j.Hook.AppendValue(j.dst, w, op, raw)
	return ok
}

func (j *jsonVisitor) records(w *Walker, op *Op, raw []byte) {
	start := len(j.dst)
	j.begin(op)
	if j.hooked(w, op, raw) {
		return
	}
	switch j.Records {
	case RecordsEmpty:
		j.dst = append(j.dst, `""`...)
	case RecordsBase64:
		j.dst = AppendJSONBytes(j.dst, raw)
	case RecordsSize:
		size := len(raw)
		if c := w.Cut(); c >= 0 {
			size = w.body.Cuts[c].Size
		}
		j.dst = j.dst[:start]
		j.comma()
		j.dst = append(j.dst, '"')
		j.dst = append(j.dst, op.Name...)
		j.dst = append(j.dst, `SizeInBytes":`...)
		j.dst = strconv.AppendInt(j.dst, int64(size), 10)
	}
}

// jsonKey gives what a value of op begins with: a comma, the key and the
// opening bracket.
func jsonKey(op *Op) string {
	key := ""
	switch {
	case op.Name != "":
		key = `,"` + op.Name + `":`
	case op.Parent >= 0:
		key = ","
	}
	switch op.Kind {
	case Struct:
		key += "{"
	case Array:
		key += "["
	}
	return key
}

// begin appends what a value begins with, without the comma for the first of
// an object or array.
func (j *jsonVisitor) begin(op *Op) {
	if j.tags {
		j.closeTags()
	}
	key := op.key
	if op.Parent >= 0 && j.atFirst() {
		key = key[len(","):]
	}
	j.dst = append(j.dst, key...)
}

// atFirst reports whether an object or array was just opened. No value ends in
// an opening bracket.
func (j *jsonVisitor) atFirst() bool {
	c := j.dst[len(j.dst)-1]
	return c == '{' || c == '['
}

// comma appends a comma but for the first of an object or array.
func (j *jsonVisitor) comma() {
	if !j.atFirst() {
		j.dst = append(j.dst, ',')
	}
}

// close closes the object or array of op.
func (j *jsonVisitor) close(op *Op) {
	if j.tags {
		j.closeTags()
	}
	closer := byte('}')
	if op.Kind == Array {
		closer = ']'
	}
	j.dst = append(j.dst, closer)
	j.open = op.Parent
}

// closeTags closes the list of unknown tags, where the struct that it belongs
// to goes on or ends.
func (j *jsonVisitor) closeTags() {
	j.dst = append(j.dst, ']')
	j.tags = false
}

// differ notes that the tagged struct around, if any, is not its default.
func (j *jsonVisitor) differ() {
	if n := len(j.tagged); n > 0 {
		j.tagged[n-1].differs = true
	}
}

// isDefault reports whether a value that is neither struct nor array (nil for
// a null of any kind) is the field's default.
func (op *Op) isDefault(raw []byte) bool {
	if raw == nil || op.Default == "null" {
		return raw == nil && op.Default == "null"
	}
	switch op.Kind {
	case String:
		return string(raw) == unquote(op.Default)
	case Bytes, Records:
		return len(raw) == 0
	case UUID:
		return [16]byte(raw) == [16]byte{}
	case Bool:
		return (raw[0] != 0) == (op.Default == "true")
	case Float64:
		d, _ := strconv.ParseFloat(op.Default, 64)
		return op.Float(raw) == d
	}
	d, _ := strconv.ParseInt(op.Default, 10, 64)
	return op.Int(raw) == d
}

// unquote takes the quotes off a default.
func unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

// AppendJSONValue appends a value, neither null nor of kind Struct or Array,
// as Kafka prints it; records as RecordsBase64 says.
func AppendJSONValue(dst []byte, op *Op, raw []byte) []byte {
	switch op.Kind {
	case Int32:
		return appendJSONInt(dst, int64(int32(binary.BigEndian.Uint32(raw))))
	case Bool:
		return strconv.AppendBool(dst, raw[0] != 0)
	case Float64:
		return appendJSONFloat(dst, op.Float(raw))
	case UUID:
		dst = append(dst, '"')
		dst = base64.RawURLEncoding.AppendEncode(dst, raw)
		return append(dst, '"')
	case String:
		return AppendJSONString(dst, raw)
	case Bytes, Records:
		return AppendJSONBytes(dst, raw)
	}
	return appendJSONInt(dst, op.Int(raw))
}

// appendJSONInt is quick with the numbers that Kafka's messages are full of.
func appendJSONInt(dst []byte, n int64) []byte {
	if n >= 0 && n < 10 {
		return append(dst, '0'+byte(n))
	}
	return strconv.AppendInt(dst, n, 10)
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
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, raw)
	return append(dst, '"')
}

// AppendJSONString appends a string in quotes, escaped as Kafka does: quotes,
// backslashes and control characters alone. What is not UTF-8 becomes U+FFFD
// as Java's decoder has it.
func AppendJSONString[T string | []byte](dst []byte, s T) []byte {
	const digits = "0123456789ABCDEF"
	dst = append(dst, '"')
	start := 0
	for i := plainPrefix(s); i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		width := 1
		if c >= utf8.RuneSelf {
			var next [utf8.UTFMax]byte
			there := copy(next[:], s[i:])
			if _, n := utf8.DecodeRune(next[:there]); n > 1 {
				i += n
				continue
			}
			width = malformed(next[:there])
		}
		dst = append(dst, s[start:i]...)
		switch {
		case c >= utf8.RuneSelf:
			dst = append(dst, "\uFFFD"...)
		case shortEscapes[c] != 0:
			dst = append(dst, '\\', shortEscapes[c])
		default:
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
		i += width
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// plainPrefix gives how many bytes at the start of s need no escape, in
// eights: it looks at eight at a time and stops before those with another.
func plainPrefix[T string | []byte](s T) int {
	const each, top = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		v := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		// Taking 1 from a byte of 0 borrows and so sets its top bit, as taking
		// a blank from a control character does. What sets it without need, a
		// borrow from the byte before, is looked at again by the caller.
		quote, backslash := v^each*'"', v^each*'\\'
		if (v|(v-each*' ')|(quote-each)|(backslash-each))&top != 0 {
			break
		}
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

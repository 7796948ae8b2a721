package codec

import "strconv"

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
	// Spill, where it is set, is handed what was appended so far, or most of
	// it, whenever that is much: the JSON of a message may be many times as
	// long as it is. It may write that out, and returns what is to be appended
	// to instead.
	Spill func(dst []byte) []byte
	// Walker has read the message: Rest and Offset tell where it ended.
	Walker Walker

	dst    []byte
	much   int   // how many bytes of dst are so many that they are spilled
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
	// or is of kind Records, and for an array of numbers that is Text, of which
	// raw is all elements. It appends one JSON value, which other members of
	// the object may follow (`"x","name":"y"`), or leaves dst as it is and
	// says false: then Kafka's form is taken. In a value of kind Records it
	// may write out what dst has so far, and return what is behind that.
	AppendValue(dst []byte, w *Walker, op *Op, raw []byte) ([]byte, bool)
	// AppendTag is likewise asked for the data of each field that UnknownTags
	// is about.
	AppendTag(dst []byte, w *Walker, raw []byte) ([]byte, bool)
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
	return j.append(dst, layout, body, (*jsonVisitor)(j))
}

func (j *JSON) append(dst []byte, layout *Layout, body Body, visitor Visitor) ([]byte, error) {
	j.dst, j.open, j.tags, j.tagged = dst, -1, false, j.tagged[:0]
	if j.much == 0 {
		j.much = spillSize
	}
	j.Walker.DefinitionOrder = true
	err := j.Walker.Walk(layout, body, visitor)
	for j.open >= 0 {
		(*jsonVisitor)(j).close(&layout.Ops[j.open])
	}
	dst, j.dst = j.dst, nil
	return dst, err
}

// spillSize is how many bytes are much, where nothing else is said.
const spillSize = 64 << 10

// spill has what was appended written out, where it is much, but for the last
// byte, which atFirst looks at, and for a tagged struct, which may go away
// again.
func (j *jsonVisitor) spill() {
	if len(j.dst) < j.much || j.Spill == nil || len(j.tagged) > 0 {
		return
	}
	n := len(j.dst) - 1
	last := j.dst[n]
	j.dst = append(j.Spill(j.dst[:n]), last)
}

// jsonVisitor is a JSON as its Walker sees it.
type jsonVisitor JSON

func (j *jsonVisitor) Enter(w *Walker, op *Op, n int) bool {
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
	if op.Is == Text && op.Kind == Array && j.hookedText(w, op, n) {
		return false
	}
	j.open = op.At
	return true
}

// hookedText has the hook append an array of n numbers, which was begun, as the
// text that it is.
func (j *jsonVisitor) hookedText(w *Walker, op *Op, n int) bool {
	width := w.layout.Ops[op.At+1].Width
	if size := int64(n) * int64(width); j.Hook == nil || width == 0 || size > int64(w.end-w.pos) {
		return false
	}
	j.dst = j.dst[:len(j.dst)-len("[")]
	if j.hooked(w, op, w.body.Bytes[w.pos:w.pos+n*int(width)]) {
		return true
	}
	j.dst = append(j.dst, '[')
	return false
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
	j.spill()
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

func (j *jsonVisitor) Tag(w *Walker, tag uint32, raw []byte) {
	j.differ()
	if !j.UnknownTags {
		return
	}
	j.spill()
	if !j.tags {
		j.comma()
		j.dst = append(j.dst, `"`+unknownTagsKey+`":[`...)
		j.tags = true
	}
	j.comma()
	j.dst = appendTagKeys(j.dst, tag)
	if !j.hookedTag(w, raw) {
		j.dst = AppendJSONBytes(j.dst, raw)
	}
	j.dst = append(j.dst, '}')
}

func (j *jsonVisitor) hooked(w *Walker, op *Op, raw []byte) bool {
	if j.Hook == nil {
		return false
	}
	var ok bool
	j.dst, ok = j.Hook.AppendValue(j.dst, w, op, raw)
	return ok
}

func (j *jsonVisitor) hookedTag(w *Walker, raw []byte) bool {
	if j.Hook == nil {
		return false
	}
	var ok bool
	j.dst, ok = j.Hook.AppendTag(j.dst, w, raw)
	return ok
}

func (j *jsonVisitor) records(w *Walker, op *Op, raw []byte) {
	start := len(j.dst)
	j.begin(op)
	if j.hooked(w, op, raw) {
		return
	}
	if w.err != nil { // they are not all there
		j.dst = j.dst[:start]
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

// jsonKey gives what a value of op begins with: the key and the opening
// bracket.
func jsonKey(op *Op) string {
	key := ""
	if op.Name != "" {
		key = `"` + op.Name + `":`
	}
	switch op.Kind {
	case Struct:
		key += "{"
	case Array:
		key += "["
	}
	return key
}

// begin appends what a value begins with, and a comma before it but for the
// first of an object or array.
func (j *jsonVisitor) begin(op *Op) {
	if j.tags {
		j.closeTags()
	}
	if op.Parent >= 0 {
		j.comma()
	}
	j.dst = append(j.dst, op.key...)
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

package codec

// What follows reads single values for a Walker, and says why one cannot be read.

// present reads whether a struct is there. In a tagged field the presence is
// a uvarint, elsewhere an int8, as Kafka's MessageDataGenerator has it.
func (w *Walker) present(op *Op) (present, ok bool) {
	if !op.Nullable {
		return true, true
	}
	start := w.pos
	if op.Tagged {
		v, ok := w.uvarint(op)
		if w.Odd != nil && ok && (v > 1 || w.pos-start > 1) {
			w.Odd(w, op, OddPresence, w.body.Bytes[start:w.pos])
		}
		return v != 0, ok
	}
	b, ok := w.take(op, 1)
	if w.Odd != nil && ok && b[0] != 1 && b[0] != 0xff {
		w.Odd(w, op, OddPresence, b)
	}
	return ok && int8(b[0]) >= 0, ok
}

// scalar reads a value that is neither struct nor array; nil is null.
func (w *Walker) scalar(op *Op) ([]byte, bool) {
	if op.Width > 0 {
		return w.take(op, int(op.Width))
	}
	n, ok := w.length(op)
	if !ok || n < 0 {
		return nil, ok
	}
	if op.Kind == Records && w.atCut() {
		return w.passCut(op, n)
	}
	if op.Kind == String && n > maxString {
		return nil, w.fail(op, -1, tooLong(n))
	}
	return w.take(op, n)
}

func (w *Walker) atCut() bool {
	return w.cut < len(w.body.Cuts) && w.body.Cuts[w.cut].At == w.pos
}

// passCut passes over records that were cut out of the body. Where these are
// not all there, the visitor is to see those that are.
func (w *Walker) passCut(op *Op, n int) ([]byte, bool) {
	size := w.body.Cuts[w.cut].Size
	ok := size >= n
	if !ok && w.err == nil {
		w.fail(op, n, "the message ends within its records")
		w.err.Have = size
	}
	w.cutNow = w.cut
	w.cut++
	w.shift += size
	return w.body.Bytes[w.pos:w.pos], ok
}

// length reads the length of a string, of bytes, records or an array; a
// negative one is null.
func (w *Walker) length(op *Op) (int, bool) {
	start := w.pos
	n, width := readLength(op, w.body.Bytes[start:w.end])
	switch {
	case width <= 0:
		return 0, w.failLength(op, width)
	case n < 0 && !op.Nullable:
		return 0, w.fail(op, -1, noNull)
	}
	w.pos += width
	if w.Odd != nil && (n < 0 || width > 1) {
		w.noteLength(op, n, start)
	}
	return n, true
}

// failLength notes that a length cannot be read, and why not, as readLength
// has it.
func (w *Walker) failLength(op *Op, width int) bool {
	need := 4
	switch {
	case op.Compact:
		return w.failUvarint(op, width)
	case op.Kind == String:
		need = 2
	}
	return w.fail(op, need, w.ends())
}

// ends says what ends where bytes are lacking: of a tagged field what was
// declared as its size, behind which there may be more.
func (w *Walker) ends() string {
	if w.end < len(w.body.Bytes) {
		return "the tagged field's size ends"
	}
	return "the message ends"
}

func (w *Walker) uvarint(op *Op) (uint32, bool) {
	v, n := Uvarint(w.body.Bytes[w.pos:w.end])
	if n <= 0 {
		return 0, w.failUvarint(op, n)
	}
	w.pos += n
	return v, true
}

// failUvarint notes that a varint cannot be read, and why not, as Uvarint has
// it.
func (w *Walker) failUvarint(op *Op, width int) bool {
	if width < 0 {
		return w.fail(op, -1, longVarint)
	}
	return w.fail(op, w.end-w.pos+1, w.ends())
}

// take returns the next n bytes.
func (w *Walker) take(op *Op, n int) ([]byte, bool) {
	if w.end-w.pos < n {
		return nil, w.fail(op, n, w.ends())
	}
	b := w.body.Bytes[w.pos : w.pos+n : w.pos+n]
	w.pos += n
	return b, true
}

// fail notes the first fault; it always returns false. need is -1 where the
// fault is not a lack of bytes.
func (w *Walker) fail(op *Op, need int, reason string) bool {
	if w.err == nil {
		w.err = &Error{Layout: w.layout, Path: string(w.AppendPath(nil, op)), Offset: w.Offset(),
			Need: need, Have: w.end - w.pos, Reason: reason}
	}
	return false
}

package codec

// skip passes over one field or element without telling the visitor.
func (w *Walker) skip(at int32) bool {
	op := &w.layout.Ops[at]
	switch op.Kind {
	case Struct:
		present, ok := w.present(op)
		if !ok || !present {
			return ok
		}
		return w.skipStruct(at)
	case Array:
		n, ok := w.length(op)
		if !ok || n < 0 {
			return ok
		}
		return w.skipElements(at+1, n)
	}
	_, ok := w.scalar(op)
	w.cutNow = -1
	return ok
}

// skipElements passes over n elements. Those of a fixed size need no look.
func (w *Walker) skipElements(element int32, n int) bool {
	op := &w.layout.Ops[element]
	if op.Fixed >= 0 {
		size := int64(op.Fixed) * int64(n)
		if size > int64(w.end-w.pos) {
			return w.fail(&w.layout.Ops[op.Parent], int(size), "the message ends")
		}
		w.pos += int(size)
		return true
	}
	for i := 0; i < n; i++ {
		w.index[op.Depth-1] = int32(i)
		if !w.skip(element) {
			return false
		}
	}
	return true
}

// skipStruct passes over the fields and tags of a struct that is there.
func (w *Walker) skipStruct(at int32) bool {
	op := &w.layout.Ops[at]
	if op.Fixed >= 0 {
		_, ok := w.take(op, int(op.Fixed))
		return ok
	}
	if !w.skipFields(at) {
		return false
	}
	if !op.Flexible {
		return true
	}
	count, ok := w.uvarint(op)
	for ; ok && count > 0; count-- {
		var span tagSpan
		if _, span, ok = w.tag(op); ok {
			w.pos += span.size
		}
	}
	return ok
}

func (w *Walker) skipFields(at int32) bool {
	ops := w.layout.Ops
	for i := at + 1; i < ops[at].End; {
		op := &ops[i]
		if op.runBytes > 0 && int(op.runBytes) <= w.end-w.pos {
			w.pos += int(op.runBytes)
			i = op.runEnd
			continue
		}
		if !op.Tagged && !w.skip(i) {
			return false
		}
		i = op.End
	}
	return true
}

package codec

// skip passes over one field or element without telling the visitor.
func (w *Walker) skip(op *Op) bool {
	switch op.Kind {
	case Struct:
		present, ok := w.present(op)
		if !ok || !present {
			return ok
		}
		return w.skipStruct(op)
	case Array:
		n, ok := w.length(op)
		if !ok || n < 0 {
			return ok
		}
		return w.skipElements(&w.layout.Ops[op.At+1], n)
	}
	_, ok := w.scalar(op)
	w.cutNow = -1
	return ok
}

// skipElements passes over n elements. Those of a fixed size need no look.
func (w *Walker) skipElements(op *Op, n int) bool {
	if op.Fixed >= 0 {
		size := int64(op.Fixed) * int64(n)
		if size > int64(w.end-w.pos) {
			return w.fail(&w.layout.Ops[op.Parent], needed(size), w.ends())
		}
		w.pos += int(size)
		return true
	}
	for i := 0; i < n; i++ {
		w.index[op.Depth-1] = int32(i)
		if !w.skip(op) {
			return false
		}
	}
	return true
}

// skipStruct passes over the fields and tags of a struct that is there.
func (w *Walker) skipStruct(op *Op) bool {
	if op.Fixed >= 0 {
		_, ok := w.take(op, int(op.Fixed))
		return ok
	}
	if !w.skipFields(op) {
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

// skipFields passes over the untagged fields of a struct.
func (w *Walker) skipFields(op *Op) bool {
	ops := w.layout.Ops
	for i := op.At + 1; i < op.End; {
		field := &ops[i]
		if field.runBytes > 0 && int(field.runBytes) <= w.end-w.pos {
			w.pos += int(field.runBytes)
			i = field.runEnd
			continue
		}
		if !field.Tagged && !w.skip(field) {
			return false
		}
		i = field.End
	}
	return true
}

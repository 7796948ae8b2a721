package codec

// Skeleton passes over a message that arrives in pieces and stops at every
// records field, so that a caller can keep the message and let the records
// go by. It looks at each byte once and keeps none.
//
// The caller gathers the message's bytes, without the records' own, into one
// slice and calls Next with it whenever it has grown.
type Skeleton struct {
	layout *Layout
	pos    int   // bytes of the gathered message that were looked at
	skip   int64 // bytes still to pass over before the next step; a message may claim more than an int of 32 bits holds
	depth  int   // of stack in use
	stack  [2*MaxDepth + 4]skeletonFrame
	state  SkeletonState
}

// skeletonFrame is a struct or an array that is being passed over.
type skeletonFrame struct {
	op   int32 // the struct's or the array's
	next int32 // of a struct: the next field; at its End the tag count comes, past it the tags
	left int64 // of an array: elements still to come; of a struct: tags still to come
}

// SkeletonState is what a Skeleton stopped for.
type SkeletonState uint8

// The reasons to stop.
const (
	// NeedMore: all that was gathered has been looked at.
	NeedMore SkeletonState = iota
	// AtRecords: the records field's own bytes come next.
	AtRecords
	// Complete: the message has ended.
	Complete
	// Broken: the message is not what its layout says; a Walker tells why.
	Broken
)

// Reset starts a message.
func (s *Skeleton) Reset(layout *Layout) {
	s.layout, s.pos, s.skip, s.depth, s.state = layout, 0, 0, 0, NeedMore
	s.push(0, 0)
}

// Pos returns how many of the gathered bytes were passed over. At a records
// field that is where its bytes would stand.
func (s *Skeleton) Pos() int { return s.pos }

// Next goes on with gathered, which holds all bytes of the message so far but
// the records'. With AtRecords, size is how many bytes of records come next.
func (s *Skeleton) Next(gathered []byte) (state SkeletonState, size int) {
	for {
		if s.skip > 0 {
			n := min(s.skip, int64(len(gathered)-s.pos))
			s.pos += int(n)
			s.skip -= n
			if s.skip > 0 {
				return NeedMore, 0
			}
		}
		if s.depth == 0 {
			return Complete, 0
		}
		state, size = s.step(gathered[s.pos:])
		if state != stepped {
			return state, size
		}
	}
}

// stepped is the state of a step that was made, so that the next can be.
const stepped = Broken + 1

func (s *Skeleton) push(op int32, left int64) bool {
	if s.depth == len(s.stack) {
		return false
	}
	s.stack[s.depth] = skeletonFrame{op: op, next: op + 1, left: left}
	s.depth++
	return true
}

// step passes over the next field, element, or tag. It moves nothing where b
// does not hold what it must see.
func (s *Skeleton) step(b []byte) (SkeletonState, int) {
	f := &s.stack[s.depth-1]
	op := &s.layout.Ops[f.op]
	if op.Kind == Array {
		if f.left == 0 {
			s.depth--
			return stepped, 0
		}
		f.left--
		state, size := s.enter(f.op+1, b)
		if state == NeedMore {
			f.left++
		}
		return state, size
	}
	for f.next < op.End && s.layout.Ops[f.next].Tagged {
		f.next = s.layout.Ops[f.next].End
	}
	switch {
	case f.next < op.End:
		at := f.next
		f.next = s.layout.Ops[at].End
		state, size := s.enter(at, b)
		if state == NeedMore {
			f.next = at
		}
		return state, size
	case !op.Flexible:
		s.depth--
		return stepped, 0
	case f.next == op.End:
		return s.tagCount(f, b)
	case f.left == 0:
		s.depth--
		return stepped, 0
	}
	return s.passTag(f, b)
}

func (s *Skeleton) tagCount(f *skeletonFrame, b []byte) (SkeletonState, int) {
	count, n := Uvarint(b)
	if n <= 0 {
		return lacking(n), 0
	}
	s.pos += n
	f.next++
	f.left = int64(count)
	return stepped, 0
}

func (s *Skeleton) passTag(f *skeletonFrame, b []byte) (SkeletonState, int) {
	_, n := Uvarint(b)
	if n <= 0 {
		return lacking(n), 0
	}
	size, m := Uvarint(b[n:])
	if m <= 0 {
		return lacking(m), 0
	}
	s.pos += n + m
	s.skip = int64(size)
	f.left--
	return stepped, 0
}

// lacking tells a varint that has not wholly arrived from one that is wrong.
func lacking(n int) SkeletonState {
	if n < 0 {
		return Broken
	}
	return NeedMore
}

// enter passes over a field or element, or opens it where it has fields or
// elements of its own.
func (s *Skeleton) enter(at int32, b []byte) (SkeletonState, int) {
	op := &s.layout.Ops[at]
	if op.Fixed >= 0 {
		s.skip = int64(op.Fixed)
		return stepped, 0
	}
	if op.Kind == Struct {
		return s.enterStruct(op, b)
	}
	n, width := readLength(op, b)
	if width <= 0 {
		return lacking(width), 0
	}
	if n < 0 && !op.Nullable {
		return Broken, 0
	}
	s.pos += width
	switch {
	case n <= 0:
	case op.Kind == Records:
		return AtRecords, n
	case op.Kind == Array:
		return s.enterArray(op, n)
	default:
		s.skip = int64(n)
	}
	return stepped, 0
}

func (s *Skeleton) enterStruct(op *Op, b []byte) (SkeletonState, int) {
	if op.Nullable {
		if len(b) == 0 {
			return NeedMore, 0
		}
		s.pos++
		if int8(b[0]) < 0 {
			return stepped, 0
		}
	}
	if !s.push(op.At, 0) {
		return Broken, 0
	}
	return stepped, 0
}

func (s *Skeleton) enterArray(op *Op, n int) (SkeletonState, int) {
	element := &s.layout.Ops[op.At+1]
	if element.Fixed >= 0 {
		s.skip = int64(n) * int64(element.Fixed)
		return stepped, 0
	}
	if !s.push(op.At, int64(n)) {
		return Broken, 0
	}
	return stepped, 0
}

package codec

import (
	"math"
	"strconv"
)

// Error says why a message could not be read or written to its end.
type Error struct {
	Layout *Layout // which message; nil where its layout is not known
	Path   string  // of the field, "topics[3].partitions[0].index"; "" for the message itself
	Offset int     // bytes from the start of the message (read from JSON: of the text) to the fault, -1 where it has no place
	Need   int     // bytes that were needed there, -1 where that is not the point
	Have   int     // bytes that were there
	Reason string  // what is wrong
}

// needed gives a size that a message claims as Error.Need has it: where an int
// has 32 bits, the claim may not fit.
func needed(size int64) int { return int(min(size, math.MaxInt)) }

// Error gives the whole in one line.
func (e *Error) Error() string {
	s := e.Message()
	if e.Offset >= 0 {
		s += " at offset " + strconv.Itoa(e.Offset)
	}
	if e.Path != "" {
		s = e.Path + ": " + s
	}
	if e.Layout != nil {
		s = e.Layout.String() + ": " + s
	}
	return s
}

// Message gives the reason, with the bytes needed and there, without the
// place.
func (e *Error) Message() string {
	if e.Need < 0 {
		return e.Reason
	}
	bytes := " bytes, has "
	if e.Need == 1 {
		bytes = " byte, has "
	}
	return e.Reason + ": needs " + strconv.Itoa(e.Need) + bytes + strconv.Itoa(e.Have)
}

// Reasons that are given in several places.
const (
	tooMuch    = "more bytes than a frame can hold"
	noNull     = "null, where this version allows none"
	longVarint = "a varint longer than five bytes"
)

func tooLong(n int) string {
	return "a string of " + strconv.Itoa(n) + " bytes, where Kafka takes at most " + strconv.Itoa(maxString)
}

package capture

import (
	"fmt"
	"strings"
)

// Error says why a file could not be read, or not be read to its end. All
// packets before the fault have been handed out; the next call of Next goes
// on with the next file.
type Error struct {
	// File is the file's name as it was given, or "standard input".
	File string

	// Packet is the number of the packet that could not be read, from 1 in
	// each file. It is 0 when the file could not be opened or is no capture.
	Packet int64

	// Offset is where in the file reading ended, in bytes. In a compressed
	// file it counts decompressed bytes.
	Offset int64

	// Compressed tells that the file is gzip or zstd and Offset counts what
	// came out of it.
	Compressed bool

	// What says what is wrong.
	What string

	// Advice says what can be done about it. It may be empty.
	Advice string

	// Err is the error beneath, from the system or a decompressor, or nil.
	Err error
}

// Error gives file, place, fault, cause and advice in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Packet > 0 {
		fmt.Fprintf(&b, ": packet %d", e.Packet)
	}
	if e.Offset > 0 {
		fmt.Fprintf(&b, ": byte %d", e.Offset)
		if e.Compressed {
			b.WriteString(" after decompression")
		}
	}
	if e.What != "" {
		b.WriteString(": " + e.What)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Advice != "" {
		b.WriteString("; " + e.Advice)
	}
	return b.String()
}

// Unwrap returns the error beneath, so that errors.Is finds fs.ErrNotExist and
// its like.
func (e *Error) Unwrap() error { return e.Err }

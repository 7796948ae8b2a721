// Package formats prints what was seen: text for a terminal, JSON, or NDJSON
// (one JSON object a line).
package formats

import (
	"io"

	"github.com/kdump/kdump/decode"
)

// Format is how to print.
type Format uint8

// The formats.
const (
	Text   Format = iota // one line an exchange, or the whole trees
	JSON                 // one indented array
	NDJSON               // one object a line
)

// Records says how much of the records to print.
type Records uint8

// How much of the records to print.
const (
	Batches Records = iota // what the headers of the batches say
	Keys                   // the records, without their values
	Full                   // the records
)

// Options are how to print. The zero value is plain text.
type Options struct {
	Format  Format
	Records Records
	// Verbose, of Text, prints the whole trees of requests and responses.
	Verbose bool
	// Exact, of JSON and NDJSON, prints requests and responses as Kafka's own
	// request log does: nothing added, records by their size alone.
	Exact bool
	// ShowSecrets prints what is withheld otherwise: passwords, tokens, keys.
	ShowSecrets bool
	// MaxInflate bounds how many bytes a compressed batch may have when it is
	// decompressed; 0 stands for compress.DefaultLimit.
	MaxInflate int
	// Color, of Text, prints colours.
	Color bool
}

// ShowsRecords reports whether anything inside record batches is printed, so
// that their bytes have to be kept.
func (o *Options) ShowsRecords() bool {
	return o.Records != Batches && !o.Exact
}

// Printer prints what it is told of. It gathers its output: Flush where
// somebody waits for it. Once writing has failed it prints nothing more.
type Printer interface {
	decode.Sink
	// Flush writes what was gathered, and returns the first error of writing.
	Flush() error
	// Err returns the first error of writing, so that a program whose reader
	// has gone can end.
	Err() error
	// Close ends the output and flushes it. It does not close the writer.
	Close() error
}

// New returns a Printer that writes to w.
func New(w io.Writer, opt Options) Printer {
	out := &output{w: w}
	if opt.Format == Text {
		return newText(out, opt)
	}
	return newJSON(out, opt)
}

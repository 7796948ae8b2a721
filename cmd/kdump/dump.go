package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/kdump/kdump/codec"
)

// A row of a dump holds rowBytes; of what is longer than maxRows rows, the
// rest is only counted.
const (
	rowBytes = 8
	maxRows  = 8
)

// dump writes what each byte of a message is, in the order of the wire, up to
// the first fault, which it returns.
func dump(w io.Writer, layout *codec.Layout, body []byte) error {
	d := &dumper{out: bufio.NewWriter(w), layout: layout, body: body}
	fmt.Fprintf(d.out, "%s, %s\n", layout, count(int64(len(body)), "byte"))
	walker := codec.Walker{Odd: d.odd}
	err := walker.Walk(layout, codec.Body{Bytes: body}, d)
	var fault *codec.Error
	switch {
	case errors.As(err, &fault):
		d.fault(fault)
	case len(walker.Rest()) > 0:
		d.row(len(body), "", "left over behind the message: "+count(int64(len(walker.Rest())), "byte"))
	}
	if flushed := flush(d.out); flushed != nil {
		return flushed
	}
	return err
}

// dumper is the visitor behind dump. Before each value stand bytes that the
// walker does not tell of: lengths, and the numbers and sizes of tagged fields.
type dumper struct {
	out    *bufio.Writer
	layout *codec.Layout
	body   []byte
	at     int // up to where the bytes were shown
	open   []openStruct
	odds   []oddBytes // of the rows to come, in order
}

// oddBytes is what is odd about the bytes that begin at an offset.
type oddBytes struct {
	at   int
	text string
}

// openStruct is a struct that is being visited.
type openStruct struct {
	path   string
	tagged bool // the number of its tagged fields was shown
}

// Enter implements codec.Visitor.
func (d *dumper) Enter(w *codec.Walker, op *codec.Op, n int) bool {
	path := d.begin(w, op)
	if op.Kind == codec.Array {
		d.row(w.Offset(), typeName(d.layout, op), path+": "+count(int64(n), "element"))
		return true
	}
	if op.Nullable {
		d.row(w.Offset(), "presence", path+": there")
	}
	d.open = append(d.open, openStruct{path: path})
	return true
}

// Leave implements codec.Visitor.
func (d *dumper) Leave(_ *codec.Walker, op *codec.Op) {
	if op.Kind != codec.Struct {
		return
	}
	if op.Flexible {
		d.tagCount()
	}
	d.open = d.open[:len(d.open)-1]
}

// Value implements codec.Visitor.
func (d *dumper) Value(w *codec.Walker, op *codec.Op, raw []byte) {
	path := d.begin(w, op)
	end := w.Offset()
	switch {
	case raw == nil:
		d.row(end, typeName(d.layout, op), path+" = null")
	case op.Width > 0:
		d.row(end, typeName(d.layout, op), path+" = "+valueText(op, raw))
	default:
		d.row(end-len(raw), typeName(d.layout, op), path+": length "+strconv.Itoa(len(raw)))
		d.content(op, path, raw)
	}
}

// content shows what stands behind a length.
func (d *dumper) content(op *codec.Op, path string, raw []byte) {
	switch {
	case len(raw) == 0:
	case op.Kind == codec.Records:
		d.records(path, raw)
	default:
		d.row(d.at+len(raw), "", path+" = "+valueText(op, raw))
	}
}

// Tag implements codec.Visitor.
func (d *dumper) Tag(w *codec.Walker, tag uint32, raw []byte) {
	d.tagHead("unknown")
	if len(raw) > 0 {
		d.row(w.Offset(), "", d.path("tag "+strconv.FormatUint(uint64(tag), 10)))
	}
}

// begin shows what stands before a field, if it is tagged, and returns its
// path.
func (d *dumper) begin(w *codec.Walker, op *codec.Op) string {
	if op.Tagged {
		d.tagHead(op.Name)
	}
	return string(w.AppendPath(nil, op))
}

// tagHead shows the number and size of a tagged field.
func (d *dumper) tagHead(name string) {
	d.tagCount()
	d.varint("tag", " ("+name+")")
	d.varint("tag size", "")
}

// tagCount shows how many tagged fields the innermost struct has, once.
func (d *dumper) tagCount() {
	s := &d.open[len(d.open)-1]
	if !s.tagged {
		s.tagged = true
		d.varint("tagged fields", "")
	}
}

// varint shows a varint that the walker has read.
func (d *dumper) varint(what, note string) {
	v, n := codec.Uvarint(d.body[d.at:])
	d.row(d.at+n, "varint", d.path(what+": "+strconv.FormatUint(uint64(v), 10)+note))
}

// path puts the path of the innermost struct before a text.
func (d *dumper) path(text string) string {
	if path := d.open[len(d.open)-1].path; path != "" {
		return path + " " + text
	}
	return text
}

// odd implements codec.Walker.Odd. Of spare bytes in a tagged field nobody
// else tells.
func (d *dumper) odd(w *codec.Walker, op *codec.Op, odd codec.Oddity, raw []byte) {
	if odd == codec.OddTagSize {
		d.row(w.Offset()+len(raw), "", string(w.AppendPath(nil, op))+": bytes to spare")
		d.mark("", odd.String())
		return
	}
	d.odds = append(d.odds, oddBytes{w.Offset() - len(raw), odd.String()})
}

// fault shows what was read of the field that is broken, what is wrong, and
// the bytes that were not read.
func (d *dumper) fault(fault *codec.Error) {
	path := fault.Path
	if path == "" {
		path = "the message"
	}
	if fault.Offset > d.at {
		d.row(fault.Offset, "", path+": read up to the fault")
	}
	d.mark(strconv.Itoa(fault.Offset), path+": "+fault.Message())
	if len(d.body) > d.at {
		d.row(len(d.body), "", "not read: "+count(int64(len(d.body)-d.at), "byte"))
	}
}

// row shows the bytes up to end and what they are, and then what is odd about
// them.
func (d *dumper) row(end int, kind, text string) {
	raw := d.body[d.at:end]
	head := raw[:min(rowBytes, len(raw))]
	fmt.Fprintf(d.out, "%6d  %-*s  %-17s  %s\n", d.at, 3*rowBytes-1, fmt.Sprintf("% x", head), kind, text)
	rest := raw[len(head):]
	for rows := 1; len(rest) > 0 && rows < maxRows; rows++ {
		head = rest[:min(rowBytes, len(rest))]
		fmt.Fprintf(d.out, "%6d  % x\n", end-len(rest), head)
		rest = rest[len(head):]
	}
	if len(rest) > 0 {
		fmt.Fprintf(d.out, "        and %s more\n", count(int64(len(rest)), "byte"))
	}
	d.at = end
	for len(d.odds) > 0 && d.odds[0].at < end {
		d.mark("", d.odds[0].text)
		d.odds = d.odds[1:]
	}
}

// mark says what is wrong with the bytes above, or with those at an offset.
func (d *dumper) mark(at, text string) { fmt.Fprintf(d.out, "%6s  ^^ %s\n", at, text) }

// typeName gives a field's type as definitions write it, "[]struct?", and
// says where its length is compact.
func typeName(l *codec.Layout, op *codec.Op) string {
	if isCompact(op) {
		return "compact " + nullableType(l, op)
	}
	return nullableType(l, op)
}

// valueText gives a value as JSON has it, with the name of an error code.
func valueText(op *codec.Op, raw []byte) string {
	const enough = 60
	more := ""
	if op.Width == 0 && len(raw) > enough {
		raw, more = raw[:enough], "…"
	}
	text := string(codec.AppendJSONValue(nil, op, raw)) + more
	if op.Is == codec.ErrorCode && op.Kind == codec.Int16 {
		if name := codec.ErrorName(int16(op.Int(raw))); name != "" {
			text += " " + name
		}
	}
	return text
}

package decode

import (
	"encoding/binary"

	"github.com/kdump/kdump/codec"
)

// finder is a visitor that finds a field of the message itself: by what it
// means, or by its name where it has no meaning. Only fields that stand directly
// in the message are looked at.
type finder struct {
	is    codec.Meaning
	name  string
	value []byte
}

// in returns the value of the field in a message, nil where it is not there.
func (f *finder) in(w *codec.Walker, layout *codec.Layout, body codec.Body) []byte {
	if layout == nil || f.is != codec.NoMeaning && !layout.Ops[0].Has(f.is) {
		return nil
	}
	// What cannot be read to its end still has the fields before the fault.
	_ = w.Walk(layout, body, f)
	return f.value
}

// find returns the value of the field of a message that has a meaning, nil where
// it is not there.
func (d *Decoder) find(layout *codec.Layout, body codec.Body, is codec.Meaning) []byte {
	d.finder = finder{is: is}
	return d.finder.in(&d.walker, layout, body)
}

// findNamed likewise returns that of the field of a name.
func (d *Decoder) findNamed(layout *codec.Layout, body codec.Body, name string) []byte {
	d.finder = finder{name: name}
	return d.finder.in(&d.walker, layout, body)
}

// errorCode returns the error of a response, -1 where it has none.
func (d *Decoder) errorCode(m *message) int16 {
	if code := d.find(m.Layout, m.Body, codec.ErrorCode); len(code) == 2 {
		return int16(binary.BigEndian.Uint16(code))
	}
	return -1
}

func (f *finder) Enter(_ *codec.Walker, op *codec.Op, _ int) bool { return op.Parent < 0 }
func (f *finder) Leave(*codec.Walker, *codec.Op)                  {}
func (f *finder) Tag(*codec.Walker, uint32, []byte)               {}
func (f *finder) Value(_ *codec.Walker, op *codec.Op, raw []byte) {
	if op.Parent != 0 {
		return
	}
	if f.is != codec.NoMeaning && op.Is == f.is || op.Name == f.name {
		f.value = raw
	}
}

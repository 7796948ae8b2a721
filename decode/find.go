package decode

import (
	"encoding/binary"

	"github.com/kdump/kdump/codec"
)

// finder is a visitor that finds a field of the message itself by its name.
type finder struct {
	name  string
	value []byte
}

// find returns the value of the named field of a message, nil where it is not
// there. Only fields that stand directly in the message are looked at.
func (d *Decoder) find(layout *codec.Layout, body codec.Body, name string) []byte {
	if layout == nil {
		return nil
	}
	d.finder = finder{name: name}
	// What cannot be read to its end still has the fields before the fault.
	_ = d.walker.Walk(layout, body, &d.finder)
	return d.finder.value
}

// errorCode returns the error of a response, -1 where it has none.
func (d *Decoder) errorCode(m *message) int16 {
	if code := d.find(m.Layout, m.Body, "errorCode"); len(code) == 2 {
		return int16(binary.BigEndian.Uint16(code))
	}
	return -1
}

func (f *finder) Enter(_ *codec.Walker, op *codec.Op, _ int) bool { return op.Parent < 0 }
func (f *finder) Leave(*codec.Walker, *codec.Op)                  {}
func (f *finder) Tag(*codec.Walker, uint32, []byte)               {}
func (f *finder) Value(_ *codec.Walker, op *codec.Op, raw []byte) {
	if op.Parent == 0 && op.Name == f.name {
		f.value = raw
	}
}

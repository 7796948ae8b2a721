package decode

import (
	"unsafe"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
)

// cutter cuts the records out of a message's body while that comes. It is
// larger than most messages, so that a message has one no longer than it needs
// it; cutters are pooled.
type cutter struct {
	skeleton  codec.Skeleton
	scanner   records.Scanner
	left      int  // bytes of the records field still to come
	unscanned bool // these are not scanned
	passing   bool // no records are scanned, since nobody wants them
	keeping   bool // their bytes are kept, to be scanned by those who want them
	next      *cutter
}

const cutterSize = int(unsafe.Sizeof(cutter{}))

// startCutting begins to cut the message's body.
func (m *message) startCutting() {
	d := m.conversation.decoder
	if m.cutter = d.cutters; m.cutter == nil {
		m.cutter = new(cutter)
	} else {
		d.cutters = m.cutter.next
		d.idle -= cutterSize
	}
	m.held += cutterSize
	d.held += cutterSize
	m.cutter.skeleton.Reset(m.Layout)
	m.stage = inSkeleton
}

// endCutting gives the message's cutter back, if it has one.
func (m *message) endCutting() {
	c := m.cutter
	if c == nil {
		return
	}
	d := m.conversation.decoder
	m.cutter = nil
	m.held -= cutterSize
	d.held -= cutterSize
	if d.idle+cutterSize <= maxIdle {
		c.scanner.Reset(nil, false) // the batches are the message's
		c.next = d.cutters
		d.cutters = c
		d.idle += cutterSize
	}
}

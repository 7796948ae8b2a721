package decode

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
)

// Part is a records field that holds a part of a stream of batches, as those of
// FetchSnapshot do: a batch may begin in one part and end in a later one
// (Kafka's UnalignedRecords).
type Part struct {
	End int // where in the body the field ends, which tells it from others
	// Bytes are batches: those of the field, behind what earlier parts have of
	// the first one. They are nil where no batch is known to begin or to end in
	// the field.
	Bytes   []byte
	Earlier int // how many of Bytes are of earlier parts
	Before  int // bytes of the field before Bytes, of a batch that began in an earlier part
}

// mostParts bounds the parts in one message. Kafka's brokers put one into each
// (RaftUtil.hasValidTopicPartition).
const mostParts = 16

// place is where a part of a snapshot ended, so that the next one can be put
// behind it, whoever asks for that on whichever connection. What a server has
// of a snapshot does not change.
type place struct {
	server   netip.AddrPort
	id       []byte // of topic, partition, end offset and epoch
	position int64  // in bytes
	tail     []byte // the beginning of the batch that goes on there
}

// places are the latest ones.
type places struct {
	list []place // oldest first
	size int     // bytes of their tails
}

// mostPlaces bounds how many there are: those of as many nodes that fetch
// snapshots at one time.
const mostPlaces = 32

// tail returns the beginning of the batch that goes on at a place, and whether
// that is known.
func (p *places) tail(server netip.AddrPort, id []byte, position int64) (tail []byte, known bool) {
	if position == 0 {
		return nil, true
	}
	for i := range slices.Backward(p.list) {
		if at := &p.list[i]; at.position == position && at.server == server && bytes.Equal(at.id, id) {
			return at.tail, true
		}
	}
	return nil, false
}

// add notes a place, in at most limit bytes of all tails.
func (p *places) add(at place, limit int) {
	if len(at.tail) > limit {
		return
	}
	gone := 0
	for ; len(p.list)-gone >= mostPlaces || p.size+len(at.tail) > limit; gone++ {
		p.size -= len(p.list[gone].tail)
	}
	p.list = append(slices.Delete(p.list, 0, gone), at)
	p.size += len(at.tail)
}

// partFinder is a visitor that finds the parts of streams in a message.
type partFinder struct {
	conversation *conversation
	message      *message
	id           []byte // of the snapshot that is being visited
	topic        int    // how many bytes of it are the topic's name
}

// findParts notes the parts of streams that a message holds, if it is of those
// that can.
func (c *conversation) findParts(m *message) {
	if m.Layout == nil || !m.Layout.Ops[0].Has(codec.RecordsPart) {
		return
	}
	d := c.decoder
	d.parts.conversation, d.parts.message = c, m
	// What cannot be read to its end still has the parts before the fault.
	_ = d.walker.Walk(m.Layout, m.Body, &d.parts)
}

// Enter passes over what holds neither a part nor a snapshot's id.
func (f *partFinder) Enter(_ *codec.Walker, op *codec.Op, _ int) bool {
	return op.Has(codec.RecordsPart) || op.Name == snapshotID
}

// snapshotID is the name of the struct that tells a partition's snapshots apart.
const snapshotID = "snapshotId"

// Leave does nothing.
func (f *partFinder) Leave(*codec.Walker, *codec.Op) {}

// Tag does nothing.
func (f *partFinder) Tag(*codec.Walker, uint32, []byte) {}

// Value gathers the snapshot's id and notes parts.
func (f *partFinder) Value(w *codec.Walker, op *codec.Op, raw []byte) {
	switch {
	case op.Is == codec.TopicName:
		f.id = append(f.id[:0], raw...)
		f.topic = len(raw)
	case op.Is == codec.Partition:
		f.id = append(f.id[:f.topic], raw...)
	case w.Parent(op).Name == snapshotID:
		f.id = append(f.id, raw...)
	case op.Is == codec.RecordsPart && len(f.message.Parts) < mostParts:
		f.part(w, op, raw)
	}
}

// part notes a part.
func (f *partFinder) part(w *codec.Walker, op *codec.Op, raw []byte) {
	m, c := f.message, f.conversation
	whole := true
	if cut := w.Cut(); cut >= 0 && cut < len(m.Records) {
		raw = m.Records[cut]
		whole = m.Problem == nil && len(m.Batches[cut]) == 0
	}
	position := w.Sibling(op)
	if len(raw) == 0 || len(position) != 8 {
		return
	}
	part := c.follow(f.id, int64(binary.BigEndian.Uint64(position)), raw, whole)
	part.End = w.Offset()
	m.Parts = append(m.Parts, part)
}

// follow takes the part of a snapshot that begins at a position of it, and notes
// what goes on in the next one, if it is whole.
func (c *conversation) follow(id []byte, position int64, raw []byte, whole bool) Part {
	part := Part{Bytes: raw}
	places := &c.decoder.places
	tail, known := places.tail(c.Server, id, position)
	switch part.Earlier = len(tail); {
	case part.Earlier > 0:
		part.Bytes = append(tail, raw...)
	case !known:
		if part.Before = aligned(raw); part.Before < 0 {
			return Part{}
		}
		part.Bytes = raw[part.Before:]
	}
	tail, ok := records.Unfinished(part.Bytes)
	if ok && len(tail) == len(part.Bytes) && part.Earlier > 0 {
		part = Part{Before: len(raw)}
	} else {
		tail = bytes.Clone(tail)
	}
	if ok && whole {
		// Nothing says that a next part will come.
		places.add(place{c.Server, bytes.Clone(id), position + int64(len(raw)), tail}, c.decoder.opt.MaxHeld/4)
	}
	return part
}

// aligned returns where batches begin in a part of which it is not known, -1
// where none lies whole in it.
func aligned(raw []byte) int {
	at := records.Align(raw)
	if at > 0 {
		if tail, ok := records.Unfinished(raw[:at]); ok && len(tail) == 0 {
			return 0 // what is before it are batches, too, and damaged
		}
	}
	return at
}

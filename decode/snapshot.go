package decode

import (
	"bytes"
	"encoding/binary"

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

// snapshot is the snapshot that a connection fetches, as far as its parts have
// come. Kafka's clients fetch one at a time (KafkaRaftClient).
type snapshot struct {
	id   []byte // of topic, partition, end offset and epoch
	next int64  // position of the next part, in bytes
	tail []byte // the beginning of the batch that goes on there
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
	case op.Is == codec.RecordsPart && len(raw) > 0 && len(f.message.Parts) < mostParts:
		if position := w.Sibling(op); len(position) == 8 {
			part := f.conversation.follow(f.id, int64(binary.BigEndian.Uint64(position)), raw)
			part.End = w.Offset()
			f.message.Parts = append(f.message.Parts, part)
		}
	}
}

// follow takes the part of a snapshot that begins at a position of it, and keeps
// what goes on in the next one.
func (c *conversation) follow(id []byte, position int64, raw []byte) Part {
	part := Part{Bytes: raw}
	s := c.snapshot
	switch {
	case position == 0:
	case s != nil && s.next == position && bytes.Equal(s.id, id):
		if part.Earlier = len(s.tail); part.Earlier > 0 {
			part.Bytes = append(s.tail, raw...)
		}
	default:
		part.Before = aligned(raw)
		if part.Before < 0 {
			c.forget()
			return Part{}
		}
		part.Bytes = raw[part.Before:]
	}
	tail, ok := records.Unfinished(part.Bytes)
	if !ok {
		c.forget()
		return part
	}
	if len(tail) == len(part.Bytes) && part.Earlier > 0 {
		part = Part{Before: len(raw)}
	} else {
		tail = bytes.Clone(tail)
	}
	c.keepTail(snapshot{id: id, next: position + int64(len(raw)), tail: tail})
	return part
}

// keepTail notes how far a snapshot has come, unless that takes more bytes than
// may be held: those of all connections a quarter of what may, since nothing
// says that a next part will come.
func (c *conversation) keepTail(s snapshot) {
	c.forget()
	d := c.decoder
	n := len(s.tail)
	if d.held+n > d.opt.MaxHeld || d.tails+n > d.opt.MaxHeld/4 {
		return
	}
	d.held += n
	d.tails += n
	s.id = bytes.Clone(s.id)
	c.snapshot = &s
}

// forget forgets the snapshot being fetched.
func (c *conversation) forget() {
	if c.snapshot != nil {
		c.decoder.held -= len(c.snapshot.tail)
		c.decoder.tails -= len(c.snapshot.tail)
		c.snapshot = nil
	}
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

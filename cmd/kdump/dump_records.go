package main

import (
	"fmt"
	"strings"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
)

// batchField is a field of the header of a batch.
type batchField struct {
	name string
	kind codec.Kind
}

// batchHeaders are the headers of batches by magic: of magic 2 (Kafka's
// DefaultRecordBatch) that of the batch, of the older ones (LegacyRecord) that
// of one message of a set, up to its key.
var batchHeaders = [][]batchField{
	{{"offset", codec.Int64}, {"size", codec.Int32}, {"crc", codec.Uint32}, {"magic", codec.Int8}, {"attributes", codec.Int8}},
	{{"offset", codec.Int64}, {"size", codec.Int32}, {"crc", codec.Uint32}, {"magic", codec.Int8}, {"attributes", codec.Int8}, {"timestamp", codec.Int64}},
	{
		{"baseOffset", codec.Int64}, {"batchLength", codec.Int32}, {"partitionLeaderEpoch", codec.Int32}, {"magic", codec.Int8},
		{"crc", codec.Uint32}, {"attributes", codec.Int16}, {"lastOffsetDelta", codec.Int32}, {"baseTimestamp", codec.Int64},
		{"maxTimestamp", codec.Int64}, {"producerId", codec.Int64}, {"producerEpoch", codec.Int16}, {"baseSequence", codec.Int32},
		{"recordsCount", codec.Int32},
	},
}

// records shows the headers of the batches in a records field, and what is
// wrong with them.
func (d *dumper) records(path string, raw []byte) {
	var s records.Scanner
	s.Reset(nil, true)
	s.Write(raw)
	for i, b := range s.Close() {
		d.batch(fmt.Sprintf("%s batch %d", path, i), &b)
	}
}

func (d *dumper) batch(path string, b *records.Batch) {
	end := d.at + b.Size
	if b.Partial || b.Err != "" {
		end = d.at + b.Available
	}
	if b.Header {
		for _, f := range batchHeaders[b.Magic] {
			d.batchField(path, f, b)
		}
	}
	switch {
	case b.Err != "":
		d.row(end, "", path)
		d.mark("", b.Err)
	case b.Partial:
		d.row(end, "", path+": its beginning")
		d.mark("", fmt.Sprintf("the records end within this batch: it has %d of %d bytes", b.Available, b.Size))
	default:
		d.row(end, "", path+": its records")
		if !b.Valid {
			d.mark("", "the bytes of this batch have another checksum than its crc")
		}
	}
}

func (d *dumper) batchField(path string, f batchField, b *records.Batch) {
	op := codec.Op{Kind: f.kind, Width: widths[f.kind]}
	end := d.at + int(op.Width)
	text := valueText(&op, d.body[d.at:end])
	if f.name == "attributes" {
		text += " (" + attributesText(b) + ")"
	}
	d.row(end, f.kind.String(), path+" "+f.name+" = "+text)
}

// widths gives the bytes of the kinds that headers of batches have.
var widths = map[codec.Kind]int32{codec.Int8: 1, codec.Int16: 2, codec.Int32: 4, codec.Uint32: 4, codec.Int64: 8}

// attributesText says what the attributes of a batch mean.
func attributesText(b *records.Batch) string {
	words := []string{"compression " + b.Codec(), b.TimestampType()}
	if b.Transactional() {
		words = append(words, "transactional")
	}
	if b.Control() {
		words = append(words, "control")
	}
	if _, ok := b.DeleteHorizon(); ok {
		words = append(words, "delete horizon")
	}
	return strings.Join(words, ", ")
}

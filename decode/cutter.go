package decode

import (
	"strconv"
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

const (
	cutterSize = int(unsafe.Sizeof(cutter{}))
	cutOutSize = int(unsafe.Sizeof(cutOut{}))
)

// startCutting begins to cut the message's body.
func (m *message) startCutting() {
	d := m.conversation.decoder
	if m.cutter = d.cutters; m.cutter == nil {
		m.cutter = new(cutter)
	} else {
		d.cutters = m.cutter.next
		d.idle -= cutterSize
	}
	if m.out == nil {
		m.out = new(cutOut)
	}
	m.held += cutterSize + cutOutSize
	d.held += cutterSize + cutOutSize
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

// startRecords begins a records field of the given size, of which bytes may
// have been kept already.
func (m *message) startRecords(size int) {
	at := m.cutter.skeleton.Pos()
	m.out.cuts = append(m.out.cuts, codec.Cut{At: at})
	m.cutter.scanner.Reset(m.out.batches, m.conversation.decoder.opt.Checksum)
	m.cutter.left, m.cutter.unscanned = size, m.cutter.passing
	m.stage = inRecords

	at += m.headerSize()
	early := m.bytes[at:]
	n := min(size, len(early))
	m.bytes = m.bytes[:at]
	m.scan(early[:n])
	m.bytes = append(m.bytes, early[n:]...)
}

// scan takes the next bytes of a records field.
func (m *message) scan(b []byte) {
	m.cutter.left -= len(b)
	m.out.cuts[len(m.out.cuts)-1].Size += len(b)
	switch {
	case m.cutter.unscanned:
	case m.cutter.keeping:
		m.keepRecords(b)
	default:
		m.cutter.scanner.Write(b)
		m.holdBatches()
	}
	if m.cutter.left == 0 {
		m.endRecords()
	}
}

// keepRecords copies bytes of a records field, as far as the bounds let it.
func (m *message) keepRecords(b []byte) {
	n := min(len(b), m.left())
	if !m.hold(n) {
		m.stopScan("the records are not all kept: "+tooMuch, m.cutter.left+len(b))
		return
	}
	m.out.records = append(m.room(m.out.records, n), b[:n]...)
	if n < len(b) {
		m.stopScan(m.beyond(), m.cutter.left+len(b)-n)
	}
}

// holdBatches counts the batches found so far as held, while they come: a
// records field may be long, and its end may never come. Those that are too
// many are not kept.
func (m *message) holdBatches() {
	n := m.cutter.scanner.Count()
	why := ""
	switch {
	case n == m.out.counted:
		return
	case n*batchSize > m.limit:
		why = "more batches than can be kept"
	case !m.hold((n - m.out.counted) * batchSize):
		why = "the batches are not all kept: " + tooMuch
	default:
		m.out.counted = n
		return
	}
	m.stopScan(why, m.cutter.left)
	stop := len(m.out.batches) - 1
	m.out.batches = append(m.out.batches[:m.out.counted], m.out.batches[stop])
}

// stopScan ends the list of a records field's batches with the reason why it
// goes no further, and how many bytes it lacks.
func (m *message) stopScan(why string, lacks int) {
	m.out.batches = append(m.cutter.scanner.Close(), records.Batch{Err: why, Available: lacks})
	m.cutter.unscanned = true
}

// endRecords ends a records field, whether all of its bytes came or not.
func (m *message) endRecords() {
	if !m.cutter.unscanned {
		m.out.batches = m.cutter.scanner.Close()
	}
	m.out.ends = append(m.out.ends, end{len(m.out.batches), len(m.out.records)})
	m.stage = inSkeleton
	if !m.hold((len(m.out.batches) - m.out.counted) * batchSize) {
		m.stop("the batches are not all kept: " + tooMuch)
	}
	m.out.counted = len(m.out.batches)
}

// passRecords passes over n bytes of a records field that are missing.
func (m *message) passRecords(n int) {
	if !m.cutter.unscanned {
		m.stopScan(strconv.Itoa(n)+" bytes are missing", m.cutter.left)
	}
	m.cutter.left -= n
	m.out.cuts[len(m.out.cuts)-1].Size += n
	if m.cutter.left == 0 {
		m.endRecords()
	}
}

// cutOut is what was cut out of a body. Most messages have none.
type cutOut struct {
	cuts    []codec.Cut
	records []byte          // where they are kept
	batches []records.Batch // where they were scanned
	counted int             // batches that are counted as held
	ends    []end           // of each cut
	table   [][]records.Batch
	kept    [][]byte
}

// end is where what belongs to a records field ends.
type end struct{ batches, records int }

// tables returns the batches and the records by cut, no records where none are
// kept.
func (o *cutOut) tables() (batches [][]records.Batch, kept [][]byte) {
	o.table, o.kept = o.table[:0], o.kept[:0]
	var from end
	for _, to := range o.ends {
		o.table = append(o.table, o.batches[from.batches:to.batches:to.batches])
		o.kept = append(o.kept, o.records[from.records:to.records:to.records])
		from = to
	}
	if len(o.records) == 0 {
		return o.table, nil
	}
	return o.table, o.kept
}

// empty empties what was cut out of a message. At most the given bytes of room
// for batches stay.
func (d *Decoder) empty(o *cutOut, batches int) {
	if cap(o.batches)*batchSize > batches {
		o.batches = nil
	}
	*o = cutOut{cuts: o.cuts[:0], records: d.emptied(o.records), batches: o.batches[:0], ends: o.ends[:0], table: o.table[:0], kept: o.kept[:0]}
}

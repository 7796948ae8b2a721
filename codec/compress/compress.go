// Package compress decompresses what record batches and telemetry hold, with
// a bound: gzip, snappy, lz4 and zstd, in the forms that Kafka's clients write
// and Kafka's readers take.
package compress

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/kdump/kdump/codec/records"
)

// DefaultLimit is how many bytes anything may have when it is decompressed,
// unless one says otherwise.
const DefaultLimit = 64 << 20

const (
	leastRoom = 16 << 10 // bytes that are made room for at least
	maxIdle   = 16 << 20 // bytes of room that are kept where less is needed
	idleCalls = 100      // so many times in a row
)

// Decompressor implements [records.Decompressor]. It reuses its memory, which
// comes to an eighth more than the limit, and to a third of it besides while it
// grows, whether calls fail or not. A zstd frame that announces a window beyond
// the limit takes as many bytes besides as it has. It is not safe for use by
// several goroutines at once.
type Decompressor struct {
	limit int
	room  []byte
	asked int // bytes of room that the last call asked for
	idle  int // calls in a row that asked for no more than maxIdle
	src   bytes.Reader
	gzip  *gzip.Reader

	zstd      *zstd.Decoder
	zstdBound uint64 // see zstdDecoder
	copied    []byte // the last zstd frame that announced a window beyond that
}

// New makes a Decompressor that gives up on what has more than limit bytes
// when decompressed; 0 stands for DefaultLimit.
func New(limit int) *Decompressor {
	if limit <= 0 {
		limit = DefaultLimit
	}
	return &Decompressor{limit: limit}
}

// TooLarge is the error of what inflates to more than the limit.
type TooLarge struct {
	Limit int // bytes
}

// Error says what the limit is.
func (e *TooLarge) Error() string {
	return "it inflates to more than " + strconv.Itoa(e.Limit) + " bytes, the limit"
}

// Decompress returns what src holds, valid until the next call. An error is a
// *TooLarge, or says what is wrong with the bytes.
func (d *Decompressor) Decompress(c records.Compression, magic int8, src []byte) ([]byte, error) {
	d.rest()
	var err error
	switch c {
	case records.None:
		return src, nil
	case records.Gzip:
		err = d.gunzip(src)
	case records.Snappy:
		err = d.snappy(src)
	case records.LZ4:
		err = d.lz4(src, magic == 0)
	case records.Zstd:
		err = d.unzstd(src)
	default:
		return nil, errors.New("there is no compression " + strconv.Itoa(int(c)))
	}
	if err == nil {
		return d.room, nil
	}
	if _, ok := err.(*TooLarge); ok {
		return nil, err
	}
	return nil, errors.New(c.String() + ": " + err.Error())
}

// rest makes ready for the next call, and leaves large rooms behind that have
// not been needed for long. They are not left at once: calls that need them and
// calls that do not may take turns.
func (d *Decompressor) rest() {
	d.idle++
	if max(d.asked, len(d.copied)) > maxIdle {
		d.idle = 0
	}
	if d.idle >= idleCalls && max(cap(d.room), cap(d.copied)) > maxIdle {
		d.room, d.copied = nil, nil
	}
	d.room, d.copied, d.asked = d.room[:0], d.copied[:0], 0
}

func (d *Decompressor) tooLarge() error { return &TooLarge{Limit: d.limit} }

// grow makes room for n bytes more behind what is there, and returns it. Where
// that goes beyond the limit it returns nil.
func (d *Decompressor) grow(n int) []byte {
	have := len(d.room)
	if n > d.limit-have {
		return nil
	}
	d.reserve(n)
	return d.room[have : have+n]
}

// reserve makes room for n bytes more behind what is there, whatever the
// limit. Each room is four times as large as the one before, or the largest
// that is ever needed where that is less than four times as much again: the
// rooms that are left behind come to no more than a third of the limit.
func (d *Decompressor) reserve(n int) {
	have := len(d.room)
	d.asked = have + n
	if n <= cap(d.room)-have {
		return
	}
	next := 4 * min(cap(d.room), d.limit/4)
	if next > d.limit/4 {
		next = d.largest()
	}
	larger := make([]byte, have, max(have+n, next, leastRoom))
	copy(larger, d.room)
	d.room = larger
}

// largest is the room that is enough for all: zstd may need the window next to
// the limit.
func (d *Decompressor) largest() int { return d.limit + d.limit/8 + zstdSpare }

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
)

// Decompressor implements [records.Decompressor]. It reuses its memory, which
// comes to little more than the limit, or a third more of it while it grows;
// to about twice as much while it gives up on a zstd frame that is hostile. It
// is not safe for use by several goroutines at once.
type Decompressor struct {
	limit int
	room  []byte
	asked int // bytes of room that the last call asked for
	src   bytes.Reader
	gzip  *gzip.Reader
	zstd  *zstd.Decoder
	// wideZstd is for frames whose window is beyond the limit.
	wideZstd *zstd.Decoder
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
	if cap(d.room) > maxIdle && d.asked <= maxIdle {
		d.room = nil
	}
	d.room, d.asked = d.room[:0], 0
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
// limit. Each room is four times as large as the one before, or what the limit
// is where that is less than four times as much again: the rooms that are left
// behind come to no more than a third of the limit.
func (d *Decompressor) reserve(n int) {
	have := len(d.room)
	d.asked = have + n
	if n <= cap(d.room)-have {
		return
	}
	next := 4 * min(cap(d.room), d.limit/4)
	if next > d.limit/4 {
		next = d.limit
	}
	larger := make([]byte, have, max(have+n, next, leastRoom))
	copy(larger, d.room)
	d.room = larger
}

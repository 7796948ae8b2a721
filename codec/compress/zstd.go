package compress

import (
	"errors"

	"github.com/klauspost/compress/zstd"
)

const (
	// maxWindow is the largest window that zstd-jni takes, and so Kafka.
	maxWindow = 1 << 27
	// A block takes at least four bytes and holds at most 128 KiB (RFC 8878).
	leastBlock = 4
	mostBlock  = 128 << 10
)

// unzstd reads zstd frames, of which there may be several.
func (d *Decompressor) unzstd(src []byte) error {
	if d.zstd == nil {
		decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow),
			zstd.WithDecoderMaxMemory(uint64(d.limit)))
		if err != nil {
			return err
		}
		d.zstd = decoder
	}
	// The decoder makes room for what a frame claims to hold.
	var header zstd.Header
	if header.Decode(src) == nil && header.HasFCS && header.FrameContentSize > uint64(len(src)/leastBlock+1)*mostBlock {
		return errors.New("a frame claims more than it can hold")
	}
	out, err := d.zstd.DecodeAll(src, d.room)
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) || len(out) > d.limit {
		return d.tooLarge()
	}
	if err != nil {
		return err
	}
	d.room = out
	return nil
}

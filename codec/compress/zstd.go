package compress

import (
	"errors"

	"github.com/klauspost/compress/zstd"
)

// maxWindow is the largest window that zstd-jni takes, and so Kafka.
const maxWindow = 1 << 27

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

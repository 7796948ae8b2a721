package compress

import (
	"errors"

	"github.com/klauspost/compress/zstd"
)

const (
	// maxWindow is the largest window that zstd-jni takes, and so Kafka.
	maxWindow = 1 << 27
	// largestBlock is the most bytes that a block of zstd holds (RFC 8878).
	largestBlock = 128 << 10
	// zstdSpare is room behind the end with which the decoder is faster, and
	// has no need to move what it has when it goes beyond the limit.
	zstdSpare = largestBlock + 64
)

// unzstd reads zstd frames, of which there may be several. Few writers say how
// much their frames hold; to append to what proves too small would take the
// old room and the new one, so that the blocks are asked first.
func (d *Decompressor) unzstd(src []byte) error {
	f, err := measure(src)
	if err != nil {
		return err
	}
	if f.claimed > uint64(d.limit) {
		return d.tooLarge()
	}
	decoder, err := d.zstdDecoder(f.window)
	if err != nil {
		return err
	}
	d.reserve(int(min(f.most, uint64(d.limit))) + zstdSpare)
	out, err := decoder.DecodeAll(src, d.room)
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) || len(out) > d.limit {
		return d.tooLarge()
	}
	if err != nil {
		return err
	}
	d.room = out
	return nil
}

// zstdDecoder returns a decoder for frames with a window of that size. One that
// is told of a limit to what it decodes refuses larger windows, though it needs
// no room for them: Kafka's writers of the highest levels announce 128 MiB,
// however little they have. Such frames are for a decoder that keeps to the
// room it is given; where a hostile one goes beyond that, it leaves the room
// behind for a larger one, once, and is slower.
func (d *Decompressor) zstdDecoder(window uint64) (*zstd.Decoder, error) {
	decoder, bound := &d.zstd, zstd.WithDecoderMaxMemory(uint64(d.limit))
	if window > uint64(d.limit) {
		decoder, bound = &d.wideZstd, zstd.WithDecodeAllCapLimit(true)
	}
	var err error
	if *decoder == nil {
		*decoder, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), bound)
	}
	return *decoder, err
}

// frames is what zstd frames say of themselves.
type frames struct {
	most    uint64 // bytes that they hold at most
	claimed uint64 // bytes that they say they hold, those that say so
	window  uint64 // the largest one
}

// measure reads what zstd frames say of themselves. It reads no further than
// they make sense: what is wrong with them is for the decoder to say, but for a
// claim of more than a frame can hold, for which the decoder would make room.
func measure(src []byte) (f frames, err error) {
	for {
		var header zstd.Header
		rest, err := header.DecodeAndStrip(src)
		if err != nil {
			return f, nil
		}
		src = rest
		if header.Skippable {
			src = src[min(uint64(header.SkippableSize), uint64(len(src))):]
			continue
		}
		var most uint64
		most, src = mostInBlocks(src)
		if header.HasFCS {
			if header.FrameContentSize > most {
				return f, errors.New("a frame claims more than it can hold")
			}
			most = header.FrameContentSize
			f.claimed += most
		}
		f.most += most
		f.window = max(f.window, header.WindowSize)
		if header.HasCheckSum {
			src = src[min(4, len(src)):]
		}
	}
}

// mostInBlocks returns how many bytes the blocks of a frame hold at most, and
// what is behind the last one. Blocks of plain bytes and of one byte repeated
// say how many they are; all others are taken to be as large as one can be.
func mostInBlocks(src []byte) (most uint64, rest []byte) {
	const plain, repeated = 0, 1
	for last := false; !last && len(src) >= 3; {
		head := uint32(src[0]) | uint32(src[1])<<8 | uint32(src[2])<<16
		last = head&1 != 0
		holds, size := uint64(head>>3), int(head>>3)
		switch head >> 1 & 3 {
		case plain:
		case repeated:
			size = 1
		default:
			holds = largestBlock
		}
		most += holds
		src = src[min(3+size, len(src)):]
	}
	return most, src
}

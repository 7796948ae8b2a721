package compress

import (
	"errors"
	"io"
	"math/bits"

	"github.com/klauspost/compress/zstd"
)

const (
	// maxWindow is the largest window that zstd-jni takes, and so Kafka.
	maxWindow = 1 << 27
	// largestBlock is the most bytes that a block of zstd holds (RFC 8878).
	largestBlock = 128 << 10
	// zstdSpare is room behind the end with which the decoder is faster, and
	// has no need to move what it has when it goes beyond its bound. It does so
	// by a block at most, and no bound is smaller than a block.
	zstdSpare = 2*largestBlock + 64
	// zstdRead is how many bytes zstd-jni reads at once (ZSTD_DStreamInSize).
	zstdRead = largestBlock + 3
	// windowAt is where a frame announces its window: behind magic and flags.
	windowAt = 5
)

// unzstd reads zstd frames, of which there may be several. Few writers say how
// much their frames hold; to append to what proves too small would take the
// old room and the new one, so that the blocks are asked first.
func (d *Decompressor) unzstd(src []byte) error {
	all, err := measure(src)
	switch {
	case err != nil:
		return err
	case all.claimed > uint64(d.limit):
		return d.tooLarge()
	case all.window > maxWindow:
		return zstd.ErrWindowSizeExceeded
	case all.most > uint64(d.limit):
		d.reserve(d.largest())
	default:
		d.reserve(int(all.most) + zstdSpare)
	}
	for rest := src; len(rest) > 0; {
		f, err := nextFrame(rest)
		if err != nil {
			f.size = len(rest) // the decoder says what is wrong with it
		}
		err = d.unzstdFrame(rest[:f.size], &f)
		rest = rest[f.size:]
		if errors.Is(err, io.ErrUnexpectedEOF) && len(rest) == 0 && all.endsQuietly(len(src)) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unzstdFrame appends what a frame holds to the room; what it holds up to its
// end, where that comes too soon.
func (d *Decompressor) unzstdFrame(src []byte, f *frame) error {
	bound := windowOf(d.limit)
	if left := d.limit - len(d.room); f.most > uint64(left) {
		bound = windowOf(left)
	}
	decoder, err := d.zstdDecoder(bound.size)
	if err != nil {
		return err
	}
	if f.window > bound.size {
		src = d.narrowed(src, bound)
	}
	out, err := decoder.DecodeAll(src, d.room)
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) || len(out) > d.limit {
		return d.tooLarge()
	}
	if err == nil || errors.Is(err, io.ErrUnexpectedEOF) {
		d.room = out
	}
	return err
}

// zstdDecoder returns the decoder, which then takes no window and puts out no
// frame that is larger than bound, or by one block.
func (d *Decompressor) zstdDecoder(bound uint64) (*zstd.Decoder, error) {
	var err error
	switch {
	case d.zstd == nil:
		d.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow),
			zstd.WithDecoderMaxMemory(bound))
	case d.zstdBound != bound:
		err = d.zstd.ResetWithOptions(nil, zstd.WithDecoderMaxMemory(bound))
	}
	d.zstdBound = bound
	return d.zstd, err
}

// narrowed returns a copy of a frame that announces no wider window than bound.
// A window is what the writer might have needed: Kafka's writers of the highest
// levels announce 128 MiB, however little they have. The decoder needs no room
// for it but refuses what is beyond its bound, though nothing that it puts out
// can look back farther.
func (d *Decompressor) narrowed(src []byte, bound window) []byte {
	d.copied = append(d.copied[:0], src...)
	d.copied[windowAt] = bound.descriptor
	return d.copied
}

// window is how far back in what it holds a frame may look.
type window struct {
	size       uint64
	descriptor byte // which announces it in a frame (RFC 8878, 3.1.1.1.2)
}

// windowOf returns the smallest window that has so many bytes at least, and as
// many as a block: the larger of them and an eighth more at most. Windows are
// powers of two and one to seven eighths more.
func windowOf(size int) window {
	least := uint64(max(size, largestBlock))
	log := bits.Len64(least) - 1
	eighth := uint64(1) << log / 8
	eighths := (least - 8*eighth + eighth - 1) / eighth // 8 of them are the next power
	return window{(8 + eighths) * eighth, byte(uint64(log-10)<<3 + eighths)}
}

// frames is what zstd frames say of themselves.
type frames struct {
	most    uint64 // bytes that they hold at most
	claimed uint64 // bytes that they say they hold, those that say so
	window  uint64 // the largest one
	end     int    // of the last one that is there to its end
	cut     bool   // behind that one another begins
}

// measure reads what zstd frames say of themselves. It reads no further than
// they make sense: what is wrong with them is for the decoder to say, but for a
// claim of more than a frame can hold, for which the decoder would make room.
func measure(src []byte) (frames, error) {
	var all frames
	for rest := src; ; {
		f, err := nextFrame(rest)
		if err != nil {
			all.cut = errors.Is(err, io.ErrUnexpectedEOF) && beginsFrame(rest)
			return all, nil
		}
		if f.claimed > f.most {
			return all, errors.New("a frame claims more than it can hold")
		}
		all.claimed += f.claimed
		all.most += f.most
		all.window = max(all.window, f.window)
		rest = rest[f.size:]
		if f.cut {
			all.cut = true
			return all, nil
		}
		all.end = len(src) - len(rest)
	}
}

// endsQuietly reports whether the bytes end within a frame, of which there are
// so many, and zstd-jni says nothing of it: where what it read last has the end
// of another one. What came of the frame until then counts.
func (f *frames) endsQuietly(size int) bool {
	return f.cut && f.end > (size-1)/zstdRead*zstdRead
}

// frame is what a zstd frame says of itself.
type frame struct {
	size    int    // bytes that it takes, as far as they are there
	cut     bool   // they are not there to its end
	window  uint64 // 0 where it needs none of its own
	most    uint64 // bytes that it holds at most, by its blocks and by what it says
	claimed uint64 // bytes that it says it holds, 0 where it does not say
}

// nextFrame reads what the frame at the start of src says of itself.
func nextFrame(src []byte) (frame, error) {
	var header zstd.Header
	rest, err := header.DecodeAndStrip(src)
	if err != nil {
		return frame{}, err
	}
	f := frame{window: header.WindowSize, claimed: header.FrameContentSize}
	if header.Skippable {
		rest = f.skip(rest, uint64(header.SkippableSize))
	} else {
		rest = f.readBlocks(rest)
		if header.HasFCS {
			f.most = min(f.most, f.claimed)
		}
		if header.HasCheckSum {
			rest = f.skip(rest, 4)
		}
	}
	f.size = len(src) - len(rest)
	return f, nil
}

// skip returns what is behind so many bytes.
func (f *frame) skip(src []byte, size uint64) []byte {
	if size > uint64(len(src)) {
		f.cut = true
		return nil
	}
	return src[size:]
}

// readBlocks notes how many bytes the blocks of the frame hold at most, and
// returns what is behind the last one. Blocks of plain bytes and of one byte
// repeated say how many they are; all others are taken to be as large as one
// can be.
func (f *frame) readBlocks(src []byte) (rest []byte) {
	const head, plain, repeated = 3, 0, 1
	for last := false; !last && !f.cut; {
		if len(src) < head {
			return f.skip(src, head)
		}
		word := uint32(src[0]) | uint32(src[1])<<8 | uint32(src[2])<<16
		last = word&1 != 0
		holds, size := uint64(word>>3), uint64(word>>3)
		switch word >> 1 & 3 {
		case plain:
		case repeated:
			size = 1
		default:
			holds = largestBlock
		}
		f.most += holds
		src = f.skip(src, head+size)
	}
	return src
}

// beginsFrame reports whether a frame may begin with what there is of the magic
// at the start of src (RFC 8878: of one with content, or of one to be skipped).
func beginsFrame(src []byte) bool {
	content, skippable := len(src) > 0, len(src) > 0
	for i, b := range src[:min(4, len(src))] {
		content = content && b == "\x28\xb5\x2f\xfd"[i]
		skippable = skippable && (b == "\x50\x2a\x4d\x18"[i] || i == 0 && b&0xf0 == 0x50)
	}
	return content || skippable
}

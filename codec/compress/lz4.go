package compress

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"strconv"

	"github.com/pierrec/lz4/v4"
)

// The LZ4 frame as Kafka's Lz4BlockInputStream reads it, which is stricter in
// places, and laxer in others, than the frame's specification.
const (
	lz4Magic           = 0x184d2204
	lz4Descriptor      = 4 // where flags and block size stand
	lz4Version         = 1 << 6
	lz4VersionBits     = 3 << 6
	lz4Independent     = 1 << 5
	lz4BlockChecksum   = 1 << 4
	lz4ContentSize     = 1 << 3
	lz4ContentChecksum = 1 << 2
	lz4Reserved        = 1<<1 | 1<<0
	lz4Uncompressed    = 1 << 31
)

// lz4 reads one frame. What is behind it is left alone. With anyChecksum the
// header's checksum is not looked at: messages of magic 0 have it of the wrong
// bytes. The content's is never looked at, but must be there.
func (d *Decompressor) lz4(src []byte, anyChecksum bool) error {
	header, flags, err := lz4Header(src, anyChecksum)
	if err != nil {
		return err
	}
	maxBlock := 1 << (2*(src[lz4Descriptor+1]>>4&7) + 8)
	for src = src[header:]; ; {
		if len(src) < 4 {
			return errors.New("the frame has no end")
		}
		word := binary.LittleEndian.Uint32(src)
		src = src[4:]
		size := int(word &^ lz4Uncompressed)
		if size == 0 {
			return lz4End(src, flags)
		}
		if size > maxBlock {
			return errors.New("a block of " + strconv.Itoa(size) + " bytes, where " + strconv.Itoa(maxBlock) + " is the largest")
		}
		if size > len(src) {
			return errors.New("a block is cut short")
		}
		block := src[:size]
		src = src[size:]
		if err := d.lz4Block(block, word&lz4Uncompressed != 0, maxBlock); err != nil {
			return err
		}
		if flags&lz4BlockChecksum == 0 {
			continue
		}
		if len(src) < 4 {
			return errors.New("a block's checksum is cut short")
		}
		if binary.LittleEndian.Uint32(src) != xxh32(block) {
			return errors.New("a block's checksum is wrong")
		}
		src = src[4:]
	}
}

// lz4End sees to it that a content's checksum that the flags announce is there.
func lz4End(src []byte, flags byte) error {
	if flags&lz4ContentChecksum != 0 && len(src) < 4 {
		return errors.New("the content's checksum is cut short")
	}
	return nil
}

// lz4Header reads the frame's header and returns how many bytes it has.
func lz4Header(src []byte, anyChecksum bool) (size int, flags byte, err error) {
	if len(src) < lz4Descriptor+3 {
		return 0, 0, errors.New("the frame's header is cut short")
	}
	if binary.LittleEndian.Uint32(src) != lz4Magic {
		return 0, 0, errors.New("no frame begins here")
	}
	flags = src[lz4Descriptor]
	block := src[lz4Descriptor+1]
	size = lz4Descriptor + 2
	if flags&lz4ContentSize != 0 {
		size += 8
	}
	switch {
	case flags&lz4VersionBits != lz4Version:
		return 0, 0, errors.New("a frame of version " + strconv.Itoa(int(flags>>6)))
	case flags&lz4Independent == 0:
		return 0, 0, errors.New("blocks that depend on one another, which Kafka refuses")
	case flags&lz4Reserved != 0 || block&0x8f != 0 || block>>4 < 4:
		return 0, 0, errors.New("the frame's header has bits that are reserved")
	case len(src) <= size:
		return 0, 0, errors.New("the frame's header is cut short")
	}
	if !anyChecksum && src[size] != byte(xxh32(src[lz4Descriptor:size])>>8) {
		return 0, 0, errors.New("the frame header's checksum is wrong")
	}
	return size + 1, flags, nil
}

func (d *Decompressor) lz4Block(block []byte, plain bool, maxBlock int) error {
	if plain {
		room := d.grow(len(block))
		if room == nil {
			return d.tooLarge()
		}
		d.room = d.room[:len(d.room)+copy(room, block)]
		return nil
	}
	// A byte of lengths stands for at most 255 bytes.
	most := min(maxBlock, 256*len(block))
	room := d.grow(min(most, d.limit-len(d.room)))
	n, err := lz4.UncompressBlock(block, room)
	switch {
	case err == nil:
		d.room = d.room[:len(d.room)+n]
		return nil
	case len(room) < most:
		return d.tooLarge()
	}
	return err
}

const (
	prime1 = 2654435761
	prime2 = 2246822519
	prime3 = 3266489917
	prime4 = 668265263
	prime5 = 374761393
)

// xxh32 is the checksum of LZ4 frames: XXH32 with seed 0
// (github.com/Cyan4973/xxHash, doc/xxhash_spec.md).
func xxh32(b []byte) uint32 {
	sum := uint32(prime5)
	n := uint32(len(b))
	if len(b) >= 16 {
		first, second := uint32(prime1), uint32(prime2)
		lanes := [4]uint32{first + second, second, 0, -first}
		for ; len(b) >= 16; b = b[16:] {
			for i := range lanes {
				lanes[i] = bits.RotateLeft32(lanes[i]+binary.LittleEndian.Uint32(b[4*i:])*prime2, 13) * prime1
			}
		}
		sum = bits.RotateLeft32(lanes[0], 1) + bits.RotateLeft32(lanes[1], 7) + bits.RotateLeft32(lanes[2], 12) + bits.RotateLeft32(lanes[3], 18)
	}
	sum += n
	for ; len(b) >= 4; b = b[4:] {
		sum = bits.RotateLeft32(sum+binary.LittleEndian.Uint32(b)*prime3, 17) * prime4
	}
	for _, c := range b {
		sum = bits.RotateLeft32(sum+uint32(c)*prime5, 11) * prime1
	}
	sum = (sum ^ sum>>15) * prime2
	sum = (sum ^ sum>>13) * prime3
	return sum ^ sum>>16
}

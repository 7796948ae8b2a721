package compress

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/klauspost/compress/snappy"
)

// xerial begins what snappy-java writes, and so Kafka's Java clients: a magic,
// then two int32 of versions, then blocks behind their int32 sizes (snappy-java's
// SnappyCodec). Other clients send one block and nothing else.
var xerial = []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0}

const xerialHeader = 16

func (d *Decompressor) snappy(src []byte) error {
	if !bytes.HasPrefix(src, xerial) {
		return d.snappyBlock(src)
	}
	if len(src) < xerialHeader {
		return errors.New("the header is cut short")
	}
	src = src[xerialHeader:]
	// A size that is cut short ends the stream quietly, as in SnappyInputStream.
	for len(src) >= 4 {
		if bytes.HasPrefix(src, xerial) && len(src) >= xerialHeader { // streams may follow one another
			src = src[xerialHeader:]
			continue
		}
		size := binary.BigEndian.Uint32(src)
		src = src[4:]
		if uint64(size) > uint64(len(src)) {
			return errors.New("a block is cut short")
		}
		if err := d.snappyBlock(src[:size]); err != nil {
			return err
		}
		src = src[size:]
	}
	return nil
}

func (d *Decompressor) snappyBlock(block []byte) error {
	size, err := snappy.DecodedLen(block)
	if err != nil {
		return err
	}
	if size > d.limit-len(d.room) {
		return d.tooLarge()
	}
	// A copy of at most 64 bytes takes at least two bytes.
	if size > 32*len(block) {
		return errors.New("a block claims more than it can hold")
	}
	out, err := snappy.Decode(d.grow(size), block)
	if err != nil {
		return err
	}
	d.room = d.room[:len(d.room)+len(out)]
	return nil
}

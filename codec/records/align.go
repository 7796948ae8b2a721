package records

import (
	"encoding/binary"
	"hash/crc32"
)

// alignmentCost bounds how many bytes Align checks, in times of those it has.
const alignmentCost = 4

// First returns the bytes of the batch that a stream of batches begins with: all
// of them where it ends behind the stream, or where they are no batch.
func First(stream []byte) []byte {
	if size := firstSize(stream); size > 0 && size <= len(stream) {
		return stream[:size]
	}
	return stream
}

// firstSize returns the bytes that the batch at the start of a stream announces,
// with offset and size: 0 where these are not there, -1 where it is no batch.
func firstSize(stream []byte) int {
	if len(stream) < overhead {
		return 0
	}
	size := int(int32(binary.BigEndian.Uint32(stream[sizeAt:])))
	if size < leastSize || size > maxInt32-overhead {
		return -1
	}
	return overhead + size
}

// Unfinished returns the beginning of the batch that ends behind a stream of
// batches, or nothing where the stream ends with a batch. ok is false where it
// comes to bytes that are no batch.
func Unfinished(stream []byte) (tail []byte, ok bool) {
	for {
		switch size := firstSize(stream); {
		case size < 0:
			return nil, false
		case size == 0 || size > len(stream):
			return stream, true
		default:
			stream = stream[size:]
		}
	}
}

// Align returns where the first batch of magic 2 begins that lies whole in a
// part of a stream of batches, such as FetchSnapshot carries: one whose
// checksum is right. It returns -1 where it finds none.
func Align(part []byte) int {
	budget := alignmentCost * len(part)
	table := crc32.MakeTable(crc32.Castagnoli)
	for at := 0; at+header2 <= len(part) && budget > 0; at++ {
		if !isWhole(part[at:]) {
			continue
		}
		batch := First(part[at:])
		budget -= len(batch)
		if crc32.Checksum(batch[checked2:], table) == binary.BigEndian.Uint32(batch[17:]) {
			return at
		}
	}
	return -1
}

package codec

import (
	"encoding/binary"
	"math"
)

// Uvarint reads an unsigned varint of at most five bytes, as Kafka's
// ByteUtils.readUnsignedVarint does: bits beyond 32 fall away. n is its
// length in bytes, 0 where b ends before it does, -1 where it is longer than
// five bytes.
func Uvarint(b []byte) (value uint32, n int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint32(b[0]), 1
	}
	return longUvarint(b)
}

func longUvarint(b []byte) (value uint32, n int) {
	for i := 0; i < len(b); i++ {
		value |= uint32(b[i]&0x7f) << (7 * uint(i))
		if b[i] < 0x80 {
			return value, i + 1
		}
		if i == 4 {
			return 0, -1
		}
	}
	return 0, 0
}

// readLength reads the length of a string, of bytes, records or an array. A
// width of 0 means that b ends before it does, -1 that it is wrong.
func readLength(op *Op, b []byte) (n, width int) {
	switch {
	case op.Compact:
		v, width := Uvarint(b)
		return int(int32(v - 1)), width
	case op.Kind == String && len(b) >= 2:
		return int(int16(binary.BigEndian.Uint16(b))), 2
	case op.Kind != String && len(b) >= 4:
		return int(int32(binary.BigEndian.Uint32(b))), 4
	}
	return 0, 0
}

// Int reads the value of an op of a fixed width of at most eight bytes: a
// bool as 0 or 1, unsigned kinds unsigned. It must not be asked for another
// kind.
func (op *Op) Int(raw []byte) int64 {
	switch op.Kind {
	case Bool:
		if raw[0] != 0 {
			return 1
		}
		return 0
	case Int8:
		return int64(int8(raw[0]))
	case Int16:
		return int64(int16(binary.BigEndian.Uint16(raw)))
	case Uint16:
		return int64(binary.BigEndian.Uint16(raw))
	case Int32:
		return int64(int32(binary.BigEndian.Uint32(raw)))
	case Uint32:
		return int64(binary.BigEndian.Uint32(raw))
	}
	return int64(binary.BigEndian.Uint64(raw))
}

// Float reads the value of an op of kind Float64.
func (op *Op) Float(raw []byte) float64 {
	return math.Float64frombits(binary.BigEndian.Uint64(raw))
}

package capture

import (
	"encoding/binary"
	"net"
	"slices"
	"strconv"
)

// Blocks and options that are written and not read (draft-ietf-opsawg-pcapng,
// section 4).
const (
	blockStatistics = 5

	optionUserAppl  = 4 // shb_userappl: the program that writes
	optionName      = 2 // if_name
	optionStartTime = 2 // isb_starttime
	optionEndTime   = 3 // isb_endtime
	optionReceived  = 4 // isb_ifrecv
	optionDropped   = 5 // isb_ifdrop
	resolution      = 9 // if_tsresol: nanoseconds
	majorVersion    = 1 // of the format
	unknownLength   = ^uint64(0)
)

// pcapngSection makes the blocks of one pcapng file, in little endian.
type pcapngSection struct {
	program    string
	snapLength uint32
	interfaces []savedInterface // in the order of their descriptions
}

// savedInterface is an interface that was described.
type savedInterface struct {
	index       int // as the system numbers it
	packets     uint64
	first, last int64 // times of its packets
}

// begin appends the header of the section.
func (s *pcapngSection) begin(dst []byte) []byte {
	dst, start := appendBlock(dst, blockSection)
	dst = binary.LittleEndian.AppendUint32(dst, byteOrderMagic)
	dst = binary.LittleEndian.AppendUint16(dst, majorVersion)
	dst = binary.LittleEndian.AppendUint16(dst, 0)
	dst = binary.LittleEndian.AppendUint64(dst, unknownLength)
	dst = appendOption(dst, optionUserAppl, []byte(s.program))
	dst = appendOption(dst, optionEnd, nil)
	return endBlock(dst, start)
}

// packet appends a packet, after the description of its interface where that
// is new.
func (s *pcapngSection) packet(dst []byte, pk *packet) []byte {
	number := slices.IndexFunc(s.interfaces, func(it savedInterface) bool { return it.index == pk.index })
	if number < 0 {
		number = len(s.interfaces)
		s.interfaces = append(s.interfaces, savedInterface{index: pk.index, first: pk.time})
		dst = s.describe(dst, pk)
	}
	it := &s.interfaces[number]
	it.packets++
	it.last = pk.time
	dst, start := appendBlock(dst, blockEnhanced)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(number))
	dst = appendTime(dst, pk.time)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(pk.frame)))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(pk.length))
	dst = appendPadded(dst, pk.frame)
	return endBlock(dst, start)
}

// describe appends the description of a packet's interface.
func (s *pcapngSection) describe(dst []byte, pk *packet) []byte {
	dst, start := appendBlock(dst, blockInterface)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(pk.link))
	dst = binary.LittleEndian.AppendUint16(dst, 0)
	dst = binary.LittleEndian.AppendUint32(dst, s.snapLength)
	dst = appendOption(dst, optionName, []byte(interfaceName(pk.index)))
	dst = appendOption(dst, optionResolution, []byte{resolution})
	dst = appendOption(dst, optionEnd, nil)
	return endBlock(dst, start)
}

// end appends how many packets were captured, and dropped. The kernel tells
// drops of all interfaces together: they are those of the first. They stand
// where Wireshark's own dumpcap puts those of the kernel.
func (s *pcapngSection) end(dst []byte, drops int64) []byte {
	for number, it := range s.interfaces {
		var start int
		dst, start = appendBlock(dst, blockStatistics)
		dst = binary.LittleEndian.AppendUint32(dst, uint32(number))
		dst = appendTime(dst, it.last)
		dst = appendOption(dst, optionStartTime, appendTime(nil, it.first))
		dst = appendOption(dst, optionEndTime, appendTime(nil, it.last))
		dst = appendOption(dst, optionReceived, binary.LittleEndian.AppendUint64(nil, it.packets))
		dst = appendOption(dst, optionDropped, binary.LittleEndian.AppendUint64(nil, uint64(drops)))
		dst = appendOption(dst, optionEnd, nil)
		dst = endBlock(dst, start)
		drops = 0
	}
	return dst
}

// interfaceName is the name of an interface by its number, or the number where
// it is gone.
func interfaceName(index int) string {
	it, err := net.InterfaceByIndex(index)
	if err != nil {
		return strconv.Itoa(index)
	}
	return it.Name
}

// appendBlock appends the beginning of a block and returns where it begins.
func appendBlock(dst []byte, kind uint32) ([]byte, int) {
	start := len(dst)
	dst = binary.LittleEndian.AppendUint32(dst, kind)
	return binary.LittleEndian.AppendUint32(dst, 0), start
}

// endBlock appends a block's end, and fills in its length.
func endBlock(dst []byte, start int) []byte {
	length := uint32(len(dst) - start + blockTrailer)
	binary.LittleEndian.PutUint32(dst[start+4:], length)
	return binary.LittleEndian.AppendUint32(dst, length)
}

func appendOption(dst []byte, code uint16, value []byte) []byte {
	dst = binary.LittleEndian.AppendUint16(dst, code)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(value)))
	return appendPadded(dst, value)
}

// appendPadded appends b, and zeros to a multiple of 4 bytes.
func appendPadded(dst, b []byte) []byte {
	dst = append(dst, b...)
	var zeros [3]byte
	return append(dst, zeros[:-len(b)&3]...)
}

// appendTime appends a time as a time stamp has it: its upper half first.
func appendTime(dst []byte, t int64) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(uint64(t)>>32))
	return binary.LittleEndian.AppendUint32(dst, uint32(t))
}

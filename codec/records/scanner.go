package records

import (
	"encoding/binary"
	"hash/crc32"
	"strconv"
)

// The layout of batches, in bytes from their start. Offset, size and magic
// stand at the same place in all formats (Kafka's Records, DefaultRecordBatch
// and LegacyRecord).
const (
	sizeAt     = 8
	overhead   = 12 // of offset and size, which the size does not count
	magicAt    = 16
	upToMagic  = 17
	header0    = 18 // offset, size, CRC, magic, attributes
	header1    = 26 // and the timestamp
	header2    = 61
	checked0   = 16 // from where on the checksum of magic 0 and 1 counts
	checked2   = 21 // and that of magic 2
	leastSize  = 14 // LegacyRecord.RECORD_OVERHEAD_V0
	leastSize2 = header2 - overhead
)

const (
	maxMagic   = 2
	maxInt32   = 1<<31 - 1
	noSequence = -1
	noProducer = -1
	noEpoch    = -1
	noTime     = -1
)

// Scanner reads the batch headers of one records field and verifies the
// checksums, while the field's bytes pass in pieces of any size. It keeps
// nothing of them and allocates nothing but room for the batches. The zero
// value must be Reset.
type Scanner struct {
	batches []Batch
	batch   Batch // being read
	check   bool
	failed  bool // the bytes are no batches from batch on
	have    int  // bytes of head that are there
	want    int  // bytes of head to gather before the next look at them
	left    int  // bytes of the batch behind its head that are still to come
	crc     uint32
	table   *crc32.Table
	head    [header2]byte
}

// Reset starts a field. Its batches are appended to dst. Without checksum,
// which costs a look at every byte, all batches count as valid.
func (s *Scanner) Reset(dst []Batch, checksum bool) {
	s.batches, s.check = dst, checksum
	s.failed, s.have, s.want, s.left = false, 0, overhead, 0
}

// Write passes the next bytes of the field.
func (s *Scanner) Write(piece []byte) {
	for len(piece) > 0 {
		switch {
		case s.failed:
			s.batch.Available += len(piece)
			return
		case s.have == 0 && isWhole(piece):
			piece = piece[s.readWhole(piece):]
		case s.have < s.want:
			n := copy(s.head[s.have:s.want], piece)
			s.have += n
			piece = piece[n:]
			if s.have == s.want {
				s.look()
			}
		default:
			n := min(s.left, len(piece))
			s.left -= n
			if s.check {
				s.crc = crc32.Update(s.crc, s.table, piece[:n])
			}
			piece = piece[n:]
			if s.left == 0 {
				s.end()
			}
		}
	}
}

// isWhole reports whether a batch of magic 2 begins piece and ends in it. Such
// a one, as most are, is read where it lies: gathering its head and building
// up its checksum would take longer than the checksum of a small one itself.
func isWhole(piece []byte) bool {
	if len(piece) < header2 || piece[magicAt] != maxMagic {
		return false
	}
	size := int(int32(binary.BigEndian.Uint32(piece[sizeAt:])))
	return size >= leastSize2 && size <= len(piece)-overhead
}

// readWhole notes the batch of magic 2 that begins piece and ends in it, and
// returns its size.
func (s *Scanner) readWhole(piece []byte) int {
	head := (*[header2]byte)(piece)
	s.batches = append(s.batches, Batch{})
	b := &s.batches[len(s.batches)-1]
	b.readHeader2(head)
	b.Available = b.Size
	b.Valid = !s.check || crc32.Checksum(piece[checked2:b.Size], crc32.MakeTable(crc32.Castagnoli)) == b.CRC
	return b.Size
}

// Count returns how many batches there are so far, those that were in dst
// included.
func (s *Scanner) Count() int { return len(s.batches) }

// Close ends the field and returns dst with its batches. A batch that the
// field ended within is Partial.
func (s *Scanner) Close() []Batch {
	switch {
	case s.failed:
		s.batches = append(s.batches, s.batch)
	case s.have > 0:
		s.endPartial()
	}
	batches := s.batches
	s.Reset(nil, s.check)
	return batches
}

// look reads what is there of the head, and says how much more it needs. The
// order is that of Kafka's ByteBufferLogInputStream: the size is judged before
// the magic, and both before it matters whether the whole batch is there.
func (s *Scanner) look() {
	size := int(int32(binary.BigEndian.Uint32(s.head[sizeAt:])))
	switch s.have {
	case overhead:
		switch {
		case size < leastSize:
			s.fail("a size of " + strconv.Itoa(size) + " bytes, where the smallest batch has " + strconv.Itoa(leastSize))
		case size > maxInt32-overhead:
			s.fail("a size of " + strconv.Itoa(size) + " bytes, which no records field can hold")
		default:
			s.want = upToMagic
		}
	case upToMagic:
		s.lookAtMagic(int8(s.head[magicAt]), size)
	default:
		s.start()
	}
}

func (s *Scanner) lookAtMagic(magic int8, size int) {
	least := leastSize
	switch magic {
	case 0:
		s.want = header0
	case 1:
		s.want = header1
	case maxMagic:
		s.want, least = header2, leastSize2
	default:
		s.fail("magic " + strconv.Itoa(int(magic)) + ", where 0 to " + strconv.Itoa(maxMagic) + " are known")
		return
	}
	if size < least {
		s.fail("a size of " + strconv.Itoa(size) + " bytes, where the smallest batch of magic " +
			strconv.Itoa(int(magic)) + " has " + strconv.Itoa(least))
	}
}

// start reads the head, which is whole, and begins the checksum with what of
// the head it counts.
func (s *Scanner) start() {
	b := &s.batch
	if s.head[magicAt] == maxMagic {
		b.readHeader2(&s.head)
	} else {
		b.readHeader0(&s.head)
	}
	s.left = b.Size - s.have
	if s.check {
		s.startChecksum()
	}
	if s.left == 0 {
		s.end()
	}
}

func (s *Scanner) startChecksum() {
	from := checked0
	s.table = crc32.IEEETable
	if s.batch.Magic == maxMagic {
		from = checked2
		s.table = crc32.MakeTable(crc32.Castagnoli)
	}
	s.crc = crc32.Update(0, s.table, s.head[from:s.have])
}

// readOffsetAndSize begins the batch with what stands in front of all of them.
func (b *Batch) readOffsetAndSize(head *[header2]byte) {
	size := overhead + int(int32(binary.BigEndian.Uint32(head[sizeAt:])))
	*b = Batch{Magic: int8(head[magicAt]), Size: size, Header: true}
	b.BaseOffset = int64(binary.BigEndian.Uint64(head[:]))
}

// readHeader2 reads the header of a batch of magic 2.
func (b *Batch) readHeader2(head *[header2]byte) {
	b.readOffsetAndSize(head)
	b.PartitionLeaderEpoch = int32(binary.BigEndian.Uint32(head[12:]))
	b.CRC = binary.BigEndian.Uint32(head[17:])
	b.Attributes = int16(binary.BigEndian.Uint16(head[21:]))
	lastOffsetDelta := int32(binary.BigEndian.Uint32(head[23:]))
	b.BaseTimestamp = int64(binary.BigEndian.Uint64(head[27:]))
	b.MaxTimestamp = int64(binary.BigEndian.Uint64(head[35:]))
	b.ProducerID = int64(binary.BigEndian.Uint64(head[43:]))
	b.ProducerEpoch = int16(binary.BigEndian.Uint16(head[51:]))
	b.BaseSequence = int32(binary.BigEndian.Uint32(head[53:]))
	b.Count = int32(binary.BigEndian.Uint32(head[57:]))
	b.LastOffset = b.BaseOffset + int64(lastOffsetDelta)
	b.LastSequence = lastSequence(b.BaseSequence, lastOffsetDelta)
}

// lastSequence follows DefaultRecordBatch.incrementSequence: after 2^31-1
// comes 0.
func lastSequence(base, delta int32) int32 {
	if base == noSequence {
		return noSequence
	}
	if base > maxInt32-delta {
		return delta - (maxInt32 - base) - 1
	}
	return base + delta
}

// readHeader0 reads the head of a message of magic 0 or 1. What these lack is
// given the values by which Kafka says so.
func (b *Batch) readHeader0(head *[header2]byte) {
	b.readOffsetAndSize(head)
	b.CRC = binary.BigEndian.Uint32(head[12:])
	b.Attributes = int16(int8(head[17]))
	b.BaseTimestamp = noTime
	if b.Magic == 1 {
		b.BaseTimestamp = int64(binary.BigEndian.Uint64(head[18:]))
	}
	b.MaxTimestamp = b.BaseTimestamp
	b.LastOffset = b.BaseOffset
	b.Count = 1
	if b.Attributes&codecBits != 0 {
		b.Count = -1
	}
	b.PartitionLeaderEpoch, b.ProducerEpoch = noEpoch, noEpoch
	b.ProducerID = noProducer
	b.BaseSequence, b.LastSequence = noSequence, noSequence
}

// end notes a batch that is whole.
func (s *Scanner) end() {
	s.batch.Available = s.batch.Size
	s.batch.Valid = !s.check || s.crc == s.batch.CRC
	s.batches = append(s.batches, s.batch)
	s.have, s.want = 0, overhead
}

// endPartial notes the batch that the field ends within, with what of it is
// known.
func (s *Scanner) endPartial() {
	if s.have < s.want || s.have < header0 {
		s.batch = Batch{Available: s.have}
		if s.have >= overhead {
			s.batch.Size = overhead + int(int32(binary.BigEndian.Uint32(s.head[sizeAt:])))
		}
		if s.have >= upToMagic {
			s.batch.Magic = int8(s.head[magicAt])
		}
	} else {
		s.batch.Available = s.batch.Size - s.left
	}
	s.batch.Partial = true
	s.batches = append(s.batches, s.batch)
}

// fail says that the bytes from the head on are no batch. Where the next one
// would begin cannot be known then.
func (s *Scanner) fail(reason string) {
	s.failed = true
	s.batch = Batch{Available: s.have, Err: reason}
}

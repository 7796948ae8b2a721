package decode

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/kdump/kdump/codec"
)

// Options say what to look for and how much to hold. A zero field stands for
// its default.
type Options struct {
	// Ports speak Kafka: what is sent to them is not asked whether it looks
	// like it. Everywhere else Kafka is found by content.
	Ports []uint16
	// Checksum has the checksums of record batches verified.
	Checksum bool
	// KeepRecords leaves records in the bodies, in place of their batch
	// headers.
	KeepRecords bool
	// Wants says, by the header of a request, whether its exchange may be of
	// interest. Of one that is not, records are neither looked at nor kept. All
	// are where it is nil.
	Wants func(*codec.RequestHeader) bool
	// MaxBody bounds the bytes kept of one message, records that are cut out
	// of it not counted. Default 64 MiB.
	MaxBody int
	// MaxHeld bounds the bytes kept of all messages together that wait for
	// their end or their response, with what was found in them, of connections
	// that are not known yet to be Kafka, and of those in which the beginning
	// of a message is looked for. Beyond it, the requests that wait longest
	// lose their bodies, or are told of as unanswered, and of each message and
	// connection no more than the first 512 bytes are kept. The names of
	// topics, which wait for nothing, may take half as much as the default
	// beside it, and batches that go on in another message a quarter. Default
	// 64 MiB.
	MaxHeld int
	// AnswerTime is how long a request waits for its response, in packet time.
	// Default 10 minutes: longer than a JoinGroup may wait by default
	// (max.poll.interval.ms, 5 minutes).
	AnswerTime time.Duration
}

func (o Options) withDefaults() Options {
	o.MaxBody = cmp.Or(o.MaxBody, 64<<20)
	o.MaxHeld = cmp.Or(o.MaxHeld, 64<<20)
	o.AnswerTime = cmp.Or(o.AnswerTime, 10*time.Minute)
	return o
}

// Stats counts connections by what they turned out to be. One that carried
// no bytes is not counted.
type Stats struct {
	Kafka int64
	TLS   int64
	Other int64
}

// Decoder decodes the connections of one capture. It is not safe for use by
// several goroutines at once.
type Decoder struct {
	sink     Sink
	opt      Options
	stats    Stats
	names    Names
	learner  learner
	walker   codec.Walker
	finder   finder
	parts    partFinder
	prober   prober
	exchange Exchange // being told of
	inner    Exchange // the one inside an Envelope

	free    [2]*message // for reuse, by direction
	cutters *cutter     // for reuse
	idle    int         // bytes that the free ones take
	buffers buffers
	waiting waiting
	held    int // bytes that messages take which are not free
	places  places
}

// New makes a decoder that tells sink what it sees.
func New(sink Sink, opt Options) *Decoder {
	d := &Decoder{sink: sink, opt: opt.withDefaults()}
	d.names.topics = make(map[[16]byte]string)
	d.learner.names = &d.names
	d.prober.decoder = d
	return d
}

// Stats returns the counts so far.
func (d *Decoder) Stats() Stats { return d.stats }

// Start describes a connection when it begins.
type Start struct {
	Number int            // in order of appearance in the capture, from 1
	A, B   netip.AddrPort // A sent the SYN, or, where none was seen, the first packet
	SawSYN bool           // the capture holds the connection's beginning
	Time   int64          // of its first packet, nanoseconds since the Unix epoch

	Nanoseconds bool // its times are finer than microseconds
}

// Open begins a connection.
func (d *Decoder) Open(start Start) *Stream {
	s := &Stream{decoder: d}
	known := slices.Contains(d.opt.Ports, start.A.Port()) || slices.Contains(d.opt.Ports, start.B.Port())
	p := &detection{stream: s, start: start, known: known, client: -1, fromStart: start.SawSYN}
	if start.SawSYN {
		p.client = 0
	}
	s.phase = p
	return s
}

// Stream takes what one connection carries. Direction 0 is what Start.A sent,
// direction 1 what Start.B sent. Times are those of packets, in nanoseconds
// since the Unix epoch.
type Stream struct {
	decoder *Decoder
	phase   phase
}

// phase is what is known of a connection, and what is to be done with its
// bytes accordingly.
type phase interface {
	data(dir int, time int64, b []byte)
	gap(dir int, time, size int64, reason string)
	end(time int64, reason string)
}

// Data takes the next bytes of a direction, which came at time. They are read
// during the call only.
func (s *Stream) Data(dir int, time int64, b []byte) {
	s.decoder.Advance(time)
	s.phase.data(dir, time, b)
}

// Gap takes note that the next size bytes of a direction are missing, -1
// where it cannot be known how many.
func (s *Stream) Gap(dir int, time int64, size int64, reason string) {
	s.phase.gap(dir, time, size, reason)
}

// CloseDirection takes note that a direction has ended. Nothing comes of it:
// what was sent may still be answered.
func (s *Stream) CloseDirection(dir int, time int64) {}

// Close ends the connection: what waits is told. It is the last call.
func (s *Stream) Close(time int64, reason string) {
	s.decoder.Advance(time)
	s.phase.end(time, reason)
	s.phase = passed{}
}

// passed is the phase of a connection of which nothing is wanted any more.
type passed struct{}

func (passed) data(int, int64, []byte)       {}
func (passed) gap(int, int64, int64, string) {}
func (passed) end(int64, string)             {}

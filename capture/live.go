package capture

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// AnyInterface names all interfaces of the machine together.
const AnyInterface = "any"

// LiveOptions say what to capture, and how.
type LiveOptions struct {
	// Interface is the name of an interface, or AnyInterface.
	Interface string
	// Filter says which connections are wanted.
	Filter Filter
	// SnapLength is how many bytes of a packet are captured at most.
	SnapLength int
	// Buffer is how many bytes of packets wait to be read at most; less than
	// 2 MiB is taken for 2 MiB.
	Buffer int
	// Promiscuous has the interface take packets that are for other machines.
	Promiscuous bool
	// Save says where packets are saved, nil for nowhere.
	Save *SaveOptions
}

const (
	// handOver is the time after which the kernel hands over packets that do
	// not fill a block of the ring.
	handOver = 20 * time.Millisecond
	// lateness is the age of packets of which all have been read when it is
	// quiet.
	lateness = 5 * handOver
	// pauseTime is the longest time without a call of what BeforeRead was given.
	pauseTime = 100 * time.Millisecond
)

// A ring is where an operating system puts the packets that it captures.
type ring interface {
	// next sets the packet to the oldest one, in place, valid until the call
	// after, or returns errQuiet where none is there, errOutage where none came
	// for a moment. After any other error none come.
	next(*packet) error
	// dropped is how many packets found no room.
	dropped() int64
	close()
}

var (
	// errQuiet says that all packets that have come were handed out.
	errQuiet = errors.New("no packet is there")
	// errOutage says that the interface was down, and is up again.
	errOutage = errors.New("the interface was down for a moment")
)

// Live reads the segments that pass an interface.
type Live struct {
	segments
	ring     ring
	saver    *saver // nil where nothing is saved
	before   func()
	quiet    func(time int64)
	stopped  atomic.Int64 // when Stop was called, in nanoseconds since the Unix epoch; 0: not yet
	paused   int64        // packet time of the latest pause
	stopTold bool         // there was a pause since Stop was called
	fault    error        // to be returned by the next call of Next
	ended    bool
}

// OpenLive begins to capture. The error says what to do about it.
func OpenLive(o LiveOptions) (*Live, error) {
	r, err := openRing(o)
	if err != nil {
		return nil, err
	}
	l := newLive(r)
	if o.Save != nil {
		if l.saver, err = newSaver(*o.Save, o.SnapLength); err != nil {
			r.close()
			return nil, err
		}
	}
	return l, nil
}

func newLive(r ring) *Live {
	return &Live{ring: r, before: func() {}, quiet: func(int64) {}}
}

// BeforeRead has f called, within Next, when all packets that have come were
// handed out, and several times a second when there are always more.
func (l *Live) BeforeRead(f func()) { l.before = f }

// WhenQuiet has f called, within Next, when all packets that have come were
// handed out, among them all that were captured before the given time, in
// nanoseconds since the Unix epoch.
func (l *Live) WhenQuiet(f func(time int64)) { l.quiet = f }

// Stats returns what was counted so far.
func (l *Live) Stats() Stats {
	s := l.stats
	s.Fragments = l.pk.fragments.missing()
	return s
}

// Stop ends the capture: Next hands out what was captured until now, and then
// returns io.EOF. It may be called from another goroutine, and more than once.
func (l *Live) Stop() { l.stopped.CompareAndSwap(0, time.Now().UnixNano()) }

// Stopped reports whether packets that come now are none of the capture's any
// more: those of before are still handed out. It is for functions that are
// called within Next.
func (l *Live) Stopped() bool { return l.ended || l.stopped.Load() != 0 }

// Next sets s to the next TCP segment, and waits until there is one. s.Payload
// is valid until the next call. The error is io.EOF after Stop and behind the
// last of the files that SaveOptions.Count allows, or says why no more can be
// captured, or why no more can be saved: the capture then goes on.
func (l *Live) Next(s *Segment) error {
	for {
		if err := l.fault; err != nil {
			l.fault = nil
			return err
		}
		if l.ended {
			return io.EOF
		}
		switch err := l.ring.next(&l.pk); err {
		case nil:
			if l.take() && l.find(s) {
				return nil
			}
		case errOutage:
			l.stats.Outages++
		case errQuiet:
			now := time.Now().UnixNano()
			l.quiet(now - int64(lateness))
			l.ended = l.isOver(now - int64(lateness))
			l.pause(now)
		default:
			l.end(l.pk.time)
			return err
		}
	}
}

// take saves the latest packet, and reports whether it is still one of the
// capture's.
func (l *Live) take() bool {
	if l.isOver(l.pk.time) {
		l.end(l.pk.time)
		return false
	}
	if l.saver != nil {
		err := l.saver.save(&l.pk, l.stats.Drops)
		if err == errComplete {
			l.end(l.pk.time)
			return false
		}
		l.note(err)
	}
	if since := l.pk.time - l.paused; since > int64(pauseTime) || since < 0 || !l.stopTold && l.stopped.Load() != 0 {
		l.pause(l.pk.time)
	}
	return true
}

// isOver reports whether a time lies behind the call of Stop.
func (l *Live) isOver(time int64) bool {
	stopped := l.stopped.Load()
	return stopped != 0 && time > stopped
}

func (l *Live) end(now int64) {
	l.ended = true
	l.pause(now)
}

// pause has the caller do what need not be done for each packet.
func (l *Live) pause(now int64) {
	l.paused = now
	if !l.stopTold { // what is dropped after that is nobody's loss
		l.stats.Drops = l.ring.dropped()
		l.stopTold = l.stopped.Load() != 0
	}
	if l.saver != nil {
		l.note(l.saver.flush())
	}
	l.before()
}

// note has Next return what kept packets from being saved.
func (l *Live) note(err error) {
	if err != nil {
		l.fault = fmt.Errorf("%w; no more packets are saved", err)
	}
}

// Close ends the capture at once, and the file that is being saved. The error
// is that of saving. Next must not be called after it.
func (l *Live) Close() error {
	l.ring.close()
	if l.saver == nil {
		return nil
	}
	return l.saver.end(l.stats.Drops)
}

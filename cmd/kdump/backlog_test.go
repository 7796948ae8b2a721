package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/kdump/kdump/capture"
	"github.com/kdump/kdump/formats"
)

// gatedWriter writes only what it is let.
type gatedWriter struct {
	bytes.Buffer
	open chan struct{} // closed when it is
	err  error
}

func (w *gatedWriter) Write(p []byte) (int, error) {
	<-w.open
	if w.err != nil {
		return 0, w.err
	}
	return w.Buffer.Write(p)
}

func TestBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &gatedWriter{open: make(chan struct{})}
		b := newBacklog(w, 10)
		write := func(s string) {
			if n, err := b.Write([]byte(s)); n != len(s) || err != nil {
				t.Errorf("Write(%q) = %d, %v", s, n, err)
			}
		}
		room := func(want bool) {
			t.Helper()
			if got := b.room(); got != want {
				t.Errorf("room is %t, want %t", got, want)
			}
		}
		write("a line longer than all that may wait\n")
		synctest.Wait() // it is being written now, for as long as it takes
		room(true)
		write("two\n")
		room(true)
		write("three\n")
		room(false) // 10 bytes wait
		write("four\nfive\n")
		done := false
		go func() {
			write("six\n")
			done = true
		}()
		synctest.Wait()
		if done {
			t.Error("more than twice the limit waits")
		}
		close(w.open)
		synctest.Wait()
		room(true)
		b.endure()
		write("seven\neight\n")
		room(true)
		if err := b.close(); err != nil {
			t.Error(err)
		}
		want := "a line longer than all that may wait two three four five six seven eight "
		if got := strings.ReplaceAll(w.String(), "\n", " "); got != want {
			t.Errorf("written %q, want %q", got, want)
		}
	})
}

// steps is a source: a segment, or something that is done.
type steps []any

func (s *steps) Next(next *capture.Segment) error {
	for len(*s) > 0 {
		step := (*s)[0]
		*s = (*s)[1:]
		switch step := step.(type) {
		case capture.Segment:
			*next = step
			return nil
		case func():
			step()
		}
	}
	return io.EOF
}

func (*steps) BeforeRead(func())    {}
func (*steps) Nanoseconds() bool    { return true }
func (*steps) Stats() capture.Stats { return capture.Stats{} }

type quiet struct{}

func (quiet) update() {}
func (quiet) hide()   {}

// producer makes the segments of a client that produces without being answered.
type producer struct{ seq uint32 }

// produce is a request with one record.
func (p *producer) produce(id, size int) capture.Segment {
	be := binary.BigEndian
	record := append([]byte{0, 0, 0, 1}, binary.AppendVarint(nil, int64(size))...)
	record = append(record, bytes.Repeat([]byte{'x'}, size)...)
	record = append(record, 0)
	record = append(binary.AppendVarint(nil, int64(len(record))), record...)
	batch := append(make([]byte, 8), be.AppendUint32(nil, uint32(49+len(record)))...)
	batch = append(batch, 0, 0, 0, 0, 2)
	batch = append(batch, make([]byte, 40)...)
	batch = append(append(batch, 0, 0, 0, 1), record...)
	m := append([]byte{0, 0, 0, 3}, be.AppendUint32(nil, uint32(id))...)
	m = append(m, 0, 2, 'm', 'e', 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 't', 0, 0, 0, 1, 0, 0, 0, 0)
	m = append(be.AppendUint32(m, uint32(len(batch))), batch...)
	m = append(be.AppendUint32(nil, uint32(len(m))), m...)
	s := capture.Segment{
		Time: int64(id), Src: netip.MustParseAddrPort("10.0.0.7:53422"), Dst: netip.MustParseAddrPort("10.0.0.2:9092"),
		Seq: p.seq, Flags: capture.ACK, Payload: m,
	}
	p.seq += uint32(len(m))
	return s
}

// TestSlowReader has the output read only when all has been captured: what is
// left out is whole exchanges, and after the capture has ended none.
func TestSlowReader(t *testing.T) {
	const limit = 100 << 10
	for _, format := range []formats.Format{formats.JSON, formats.NDJSON} {
		for _, test := range []struct {
			name     string
			requests int
			size     int // of each
			ended    bool
			lost     bool
		}{
			{"what there is no room for is lost", 20, 80 << 10, false, true},
			{"what is begun comes to its end", 1, 500 << 10, false, false},
			{"nothing is lost at the end", 20, 80 << 10, true, false},
		} {
			t.Run(fmt.Sprint(formatNames[format], ", ", test.name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := &gatedWriter{open: make(chan struct{})}
					b := newBacklog(w, limit)
					opt := formats.Options{Format: format, Records: formats.Full}
					printer := &livePrinter{Printer: formats.New(b, opt), lines: b, err: io.Discard}
					var script steps
					var from producer
					for id := range test.requests {
						script = append(script, from.produce(id, test.size))
					}
					if test.ended {
						script = append(script, printer.ending)
					}
					var talk bytes.Buffer
					p := newPipeline(&script, printer, filter{ports: []uint16{9092}}, opt, 0)
					p.room = b.room
					done := make(chan error)
					go func() { done <- p.show(streams{err: &talk}, quiet{}) }()
					synctest.Wait()
					if n := len(b.waiting); n > 2*limit {
						t.Errorf("%d bytes wait", n)
					}
					close(w.open)
					if err := <-done; err != nil {
						t.Error(err)
					}
					shown := objects(t, w.String())
					if shown+p.unshown != int64(test.requests) || p.unanswered != int64(test.requests) || p.unshown > 0 != test.lost {
						t.Errorf("%d shown, %d lost of %d: %s", shown, p.unshown, test.requests, &talk)
					}
					if said := fmt.Sprintf("%d results lost", p.unshown); test.lost && !strings.Contains(talk.String(), said) {
						t.Errorf("no %q in %s", said, &talk)
					}
				})
			})
		}
	}
}

// objects counts those of an array, or one a line.
func objects(t *testing.T, text string) (n int64) {
	t.Helper()
	for d := json.NewDecoder(strings.NewReader(text)); ; {
		var one any
		if err := d.Decode(&one); err == io.EOF {
			return n
		} else if err != nil {
			t.Fatal(err)
		}
		if array, ok := one.([]any); ok {
			return int64(len(array))
		}
		n++
	}
}

func TestBacklogFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("disk full")
		w := &gatedWriter{open: make(chan struct{}), err: full}
		b := newBacklog(w, 10)
		b.Write([]byte("one\n"))
		close(w.open)
		synctest.Wait()
		if n, err := b.Write([]byte("two\n")); n != 0 || err != full {
			t.Errorf("Write = %d, %v, want the error of writing", n, err)
		}
		if err := b.close(); err != full {
			t.Errorf("close = %v, want the error of writing", err)
		}
	})
}

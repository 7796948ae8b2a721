package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/kdump/kdump/capture"
	"github.com/kdump/kdump/decode"
	"github.com/kdump/kdump/formats"
	"github.com/kdump/kdump/reassembly"
)

// source is where segments come from: capture files, or a live interface.
type source interface {
	// Next sets the segment to the next one. The error is io.EOF at the end;
	// after any other, Next can be called for what comes behind the fault.
	Next(*capture.Segment) error
	// BeforeRead has a function called, within Next, when all that is at hand
	// was handed out.
	BeforeRead(func())
	Nanoseconds() bool
	Stats() capture.Stats
}

// status is what a person is shown on stderr meanwhile.
type status interface {
	update()
	// hide makes room for other lines.
	hide()
}

// pipeline joins the rooms: packets to connections to exchanges to output.
type pipeline struct {
	counts
	source    source
	assembler *reassembly.Assembler
	decoder   *decode.Decoder
	printer   formats.Printer
	talking   int64 // connections with data
}

// newPipeline joins the rooms. Waiting bounds the bytes that wait in reassembly,
// and those that wait in decode; 0 stands for their defaults.
func newPipeline(src source, printer formats.Printer, f filter, opt formats.Options, waiting int) *pipeline {
	p := &pipeline{source: src, printer: printer, counts: counts{Sink: printer}}
	p.decoder = decode.New(&decode.Filter{Sink: &p.counts, Criteria: f.Criteria}, decode.Options{
		Ports: f.ports, Checksum: true, Wants: f.Wants,
		KeepRecords: opt.ShowsRecords(), MaxHeld: waiting,
	})
	p.assembler = reassembly.New(func(start reassembly.Start) reassembly.Stream {
		p.talking++
		if !f.wants(start.A, start.B) {
			return nil
		}
		return p.decoder.Open(decode.Start{
			Number: start.Number, A: start.A, B: start.B, SawSYN: start.SawSYN, Time: start.Time,
			Nanoseconds: src.Nanoseconds(),
		})
	}, reassembly.Options{MaxWaiting: waiting})
	return p
}

// advance says that all packets of before the given time, in nanoseconds since
// the Unix epoch, were read.
func (p *pipeline) advance(time int64) {
	p.assembler.Advance(time)
	p.decoder.Advance(time)
}

// show prints what the source has, to its end or until nobody reads the output
// any more.
func (p *pipeline) show(s streams, st status) error {
	failed := false
	p.source.BeforeRead(func() {
		// Whoever follows a pipe sees each exchange before kdump waits for more.
		p.printer.Flush()
		st.update()
	})
	var segment capture.Segment
	for p.printer.Err() == nil && !p.full() {
		err := p.source.Next(&segment)
		if err == io.EOF {
			break
		}
		if err != nil {
			failed = true
			st.hide()
			fmt.Fprintln(s.err, "kdump:", err)
			continue
		}
		p.assembler.Segment((*reassembly.Segment)(&segment))
	}
	p.assembler.Flush()
	p.printer.Close()
	st.hide()
	err := p.printer.Err()
	switch {
	case errors.Is(err, syscall.EPIPE):
		return nil
	case err != nil:
		fmt.Fprintln(s.err, "kdump: the output cannot be written:", err)
		return errInput
	}
	fmt.Fprintln(s.err, "kdump:", p.summary(p.source.Stats()))
	if failed {
		return errInput
	}
	return nil
}

// counts counts what passes to a sink.
type counts struct {
	decode.Sink
	exchanges, unanswered, unasked, gaps, undecoded int64
	unacked                                         int64 // of the requests without response those that ask for none

	limit int64 // of exchanges, whole or not, behind which nothing is passed on; 0: none

	room    func() bool // whether the sink is to be passed more; nil: always
	unshown int64       // what it was not passed for that

	failing *decode.Filter // passes to failed; nil where that is not counted
	failed  tally          // exchanges with errors
}

// tally counts exchanges.
type tally struct {
	decode.Sink
	n int64
}

// Exchange counts.
func (t *tally) Exchange(*decode.Exchange) { t.n++ }

// shows reports whether the sink has room, and counts what it is not passed.
func (c *counts) shows() bool {
	if c.room == nil || c.room() {
		return true
	}
	c.unshown++
	return false
}

// full reports whether the limit is reached.
func (c *counts) full() bool {
	return c.limit > 0 && c.exchanges+c.unanswered+c.unasked >= c.limit
}

// Exchange counts and passes on.
func (c *counts) Exchange(e *decode.Exchange) {
	if c.full() {
		return
	}
	switch e.Kind {
	case decode.RequestOnly:
		c.unanswered++
		if e.Unanswered == "acks=0" {
			c.unacked++
		}
	case decode.ResponseOnly:
		c.unasked++
	default:
		c.exchanges++
		if c.failing != nil {
			c.failing.Exchange(e)
		}
	}
	if c.shows() {
		c.Sink.Exchange(e)
	}
}

// Gap counts and passes on.
func (c *counts) Gap(g *decode.Gap) {
	if c.full() {
		return
	}
	c.gaps++
	if c.shows() {
		c.Sink.Gap(g)
	}
}

// Undecoded counts and passes on.
func (c *counts) Undecoded(u *decode.Undecoded) {
	if c.full() {
		return
	}
	c.undecoded++
	if c.shows() {
		c.Sink.Undecoded(u)
	}
}

// TLS passes on.
func (c *counts) TLS(t *decode.TLS) {
	if !c.full() && c.shows() {
		c.Sink.TLS(t)
	}
}

// summary is the closing line: what was seen, and what of it was not Kafka,
// not answered, lost or not decoded, where there was any.
func (p *pipeline) summary(read capture.Stats) string {
	d, a := p.decoder.Stats(), p.assembler.Stats()
	parts := []string{
		count(read.Packets, "packet"),
		fmt.Sprintf("%s (%d Kafka)", count(a.Connections, "connection"), d.Kafka),
		count(p.exchanges, "exchange"),
	}
	if p.failed.n > 0 {
		parts[2] += fmt.Sprintf(" (%d with errors)", p.failed.n)
	}
	for _, extra := range []struct {
		n    int64
		text string
	}{
		{p.unanswered - p.unacked, count(p.unanswered-p.unacked, "request") + " without response"},
		{p.unacked, count(p.unacked, "request") + " with acks=0"},
		{p.unasked, count(p.unasked, "response") + " without request"},
		{p.gaps, count(p.gaps, "gap")},
		{p.undecoded, count(p.undecoded, "piece") + " not decoded"},
		{d.TLS, count(d.TLS, "connection") + " with TLS"},
		{d.Other, count(d.Other, "connection") + " without Kafka"},
		{a.Connections - p.talking, count(a.Connections-p.talking, "connection") + " without data"},
		{a.Conflicts, count(a.Conflicts, "direction") + " with conflicting retransmissions"},
		{read.Drops, count(read.Drops, "packet") + " dropped"},
		{read.Outages, count(read.Outages, "outage") + " of the interface"},
		{p.unshown, count(p.unshown, "result") + " lost"},
		{read.NotTCP, count(read.NotTCP, "packet") + " not TCP"},
		{read.Fragments, count(read.Fragments, "IP fragment") + " passed over"},
		{read.Malformed, count(read.Malformed, "malformed packet")},
		{read.UnknownLink, fmt.Sprintf("%s of unknown link type %d", count(read.UnknownLink, "packet"), read.UnknownLinkType)},
	} {
		if extra.n > 0 {
			parts = append(parts, extra.text)
		}
	}
	return strings.Join(parts, ", ")
}

// count gives "1 packet" or "2 packets".
func count(n int64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

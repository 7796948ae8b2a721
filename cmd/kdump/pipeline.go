package main

import (
	"fmt"
	"strings"

	"github.com/kdump/kdump/capture"
	"github.com/kdump/kdump/decode"
	"github.com/kdump/kdump/formats"
	"github.com/kdump/kdump/reassembly"
)

// pipeline joins the rooms: packets to connections to exchanges to output.
type pipeline struct {
	counts
	source    *capture.Reader
	assembler *reassembly.Assembler
	decoder   *decode.Decoder
	segment   capture.Segment
}

func newPipeline(printer formats.Printer, f filter) *pipeline {
	p := &pipeline{counts: counts{Sink: printer}}
	p.decoder = decode.New(&p.counts, decode.Options{Ports: f.ports, Checksum: true})
	p.assembler = reassembly.New(func(start reassembly.Start) reassembly.Stream {
		if !f.wants(start.A, start.B) {
			return nil
		}
		return p.decoder.Open(decode.Start{
			Number: start.Number, A: start.A, B: start.B, SawSYN: start.SawSYN, Time: start.Time,
			Nanoseconds: p.source.Nanoseconds(),
		})
	}, reassembly.Options{})
	return p
}

// next takes the next segment of the source. The error is the source's.
func (p *pipeline) next(source *capture.Reader) error {
	p.source = source
	if err := source.Next(&p.segment); err != nil {
		return err
	}
	p.assembler.Segment((*reassembly.Segment)(&p.segment))
	return nil
}

// finish ends all connections.
func (p *pipeline) finish() { p.assembler.Flush() }

// counts counts what passes to a sink.
type counts struct {
	decode.Sink
	exchanges, unanswered, unasked, gaps, undecoded, tls int64
}

// Exchange counts and passes on.
func (c *counts) Exchange(e *decode.Exchange) {
	switch e.Kind {
	case decode.RequestOnly:
		c.unanswered++
	case decode.ResponseOnly:
		c.unasked++
	default:
		c.exchanges++
	}
	c.Sink.Exchange(e)
}

// Gap counts and passes on.
func (c *counts) Gap(g *decode.Gap) {
	c.gaps++
	c.Sink.Gap(g)
}

// Undecoded counts and passes on.
func (c *counts) Undecoded(u *decode.Undecoded) {
	c.undecoded++
	c.Sink.Undecoded(u)
}

// TLS counts and passes on.
func (c *counts) TLS(t *decode.TLS) {
	c.tls++
	c.Sink.TLS(t)
}

// summary is the closing line: what was seen, and what of it was not Kafka,
// not answered, lost or not decoded, where there was any.
func (p *pipeline) summary(read capture.Stats) string {
	d := p.decoder.Stats()
	parts := []string{
		count(read.Packets, "packet"),
		fmt.Sprintf("%s (%d Kafka)", count(p.assembler.Stats().Connections, "connection"), d.Kafka),
		count(p.exchanges, "exchange"),
	}
	for _, extra := range []struct {
		n    int64
		text string
	}{
		{p.unanswered, count(p.unanswered, "request") + " without response"},
		{p.unasked, count(p.unasked, "response") + " without request"},
		{p.gaps, count(p.gaps, "gap")},
		{p.undecoded, count(p.undecoded, "piece") + " not decoded"},
		{d.TLS, count(d.TLS, "connection") + " with TLS"},
		{d.Other, count(d.Other, "connection") + " without Kafka"},
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

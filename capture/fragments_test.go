package capture_test

import (
	"bytes"
	"testing"

	"github.com/kdump/kdump/capture"
)

// part is a fragment of a packet, in bytes of its payload.
type part struct {
	from, to int
	id       byte
	captured int // bytes, all if 0
	seconds  int
}

// fragments is a capture of fragments of f.
func (f tcpFrame) fragments(t *testing.T, parts []part) []byte {
	ip := f.ip(t)
	header := 20
	if f.ipv6 {
		header = 40
	}
	body := ip[header:]
	b := pcapHeader(le, 0xa1b2c3d4, 101)
	for _, p := range parts {
		packet := f.fragment(ip[:header], body, p)
		captured := packet
		if p.captured > 0 {
			captured = packet[:len(packet)-(p.to-p.from)+p.captured]
		}
		b = append(b, pcapPacket(le, 1+p.seconds, 0, len(packet), captured)...)
	}
	return b
}

func (f tcpFrame) fragment(header, body []byte, p part) []byte {
	h := bytes.Clone(header)
	more := uint16(0)
	if p.to < len(body) {
		more = 1
	}
	if f.ipv6 {
		extension := be.AppendUint16([]byte{h[6], 0}, uint16(p.from)|more)
		extension = append(extension, 0, 0, 0, p.id)
		h[6] = 44
		be.PutUint16(h[4:], uint16(8+p.to-p.from))
		return join(h, extension, body[p.from:p.to])
	}
	be.PutUint16(h[2:], uint16(20+p.to-p.from))
	be.PutUint16(h[4:], uint16(p.id))
	be.PutUint16(h[6:], uint16(p.from/8)|more<<13)
	return join(h, body[p.from:p.to])
}

func TestFragments(t *testing.T) {
	payload := bytes.Repeat([]byte("0123456789abcdef"), 20) // with the TCP header 352 bytes
	for _, tt := range []struct {
		name     string
		parts    []part
		payload  int // bytes, -1 for no segment
		missing  int
		seconds  int
		leftover int64
	}{
		{name: "in order", parts: []part{{from: 0, to: 200}, {from: 200, to: 352}}, payload: 320},
		{name: "the last first", parts: []part{{from: 200, to: 352}, {from: 0, to: 200}}, payload: 320},
		{name: "in disorder", parts: []part{{from: 96, to: 200}, {from: 200, to: 352}, {from: 8, to: 96}, {from: 0, to: 8}}, payload: 320},
		{name: "the first lost", parts: []part{{from: 96, to: 200}, {from: 200, to: 352}}, payload: -1, leftover: 2},
		{name: "one in the middle lost", parts: []part{{from: 0, to: 96}, {from: 200, to: 352}}, payload: -1, leftover: 2},
		{name: "the last lost", parts: []part{{from: 0, to: 200}}, payload: -1, leftover: 1},
		{name: "twice", parts: []part{{from: 0, to: 200}, {from: 0, to: 200}, {from: 200, to: 352}}, payload: 320},
		{name: "overlapping", parts: []part{{from: 0, to: 200}, {from: 96, to: 352}}, payload: 320},
		{name: "of two packets", parts: []part{{from: 0, to: 200, id: 1}, {from: 200, to: 352, id: 2}}, payload: -1, leftover: 2},
		{name: "the first not captured to its end", parts: []part{{from: 0, to: 200, captured: 100}, {from: 200, to: 352}}, payload: 68, missing: 252},
		{name: "the last not captured to its end", parts: []part{{from: 0, to: 200}, {from: 200, to: 352, captured: 100}}, payload: 268, missing: 52},
		{name: "29 seconds apart", parts: []part{{from: 0, to: 200}, {from: 200, to: 352, seconds: 29}}, payload: 320, seconds: 29},
		{name: "31 seconds apart", parts: []part{{from: 0, to: 200}, {from: 200, to: 352, seconds: 31}}, payload: -1, leftover: 2},
	} {
		for _, f := range []tcpFrame{{payload: payload}, {payload: payload, ipv6: true}} {
			name := tt.name
			if f.ipv6 {
				name += ", IPv6"
			}
			t.Run(name, func(t *testing.T) {
				got, errs, stats := readFile(f.fragments(t, tt.parts))
				if errs != nil {
					t.Fatal(errs)
				}
				var want []capture.Segment
				if tt.payload >= 0 {
					s := f.segment()
					s.Time, s.Payload, s.Missing = int64(1+tt.seconds)*1e9, payload[:tt.payload], tt.missing
					want = []capture.Segment{s}
				}
				compare(t, want, got)
				if stats.Fragments != tt.leftover {
					t.Errorf("%d fragments left over, want %d", stats.Fragments, tt.leftover)
				}
			})
		}
	}
}

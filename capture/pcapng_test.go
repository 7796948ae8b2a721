package capture_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/kdump/kdump/capture"
)

func TestPcapngTimes(t *testing.T) {
	frame := tcpFrame{}.ethernet(t)
	const second = 1_795_355_581 // 2026-11-22
	for _, tt := range []struct {
		name        string
		resolution  []byte // if_tsresol, none where empty
		offset      int64  // if_tsoffset
		stamp       uint64
		want        int64
		nanoseconds bool
	}{
		{name: "none given", stamp: second*1e6 + 542, want: second*1e9 + 542e3},
		{name: "seconds", resolution: []byte{0}, stamp: second, want: second * 1e9},
		{name: "milliseconds", resolution: []byte{3}, stamp: second*1e3 + 5, want: second*1e9 + 5e6},
		{name: "microseconds", resolution: []byte{6}, stamp: second*1e6 + 542, want: second*1e9 + 542e3},
		{name: "tenths of them", resolution: []byte{7}, stamp: second*1e7 + 5421, want: second*1e9 + 542100, nanoseconds: true},
		{name: "nanoseconds", resolution: []byte{9}, stamp: second*1e9 + 542, want: second*1e9 + 542, nanoseconds: true},
		{name: "picoseconds", resolution: []byte{12}, stamp: 5e12 + 1_999, want: 5e9 + 1, nanoseconds: true},
		{name: "the finest", resolution: []byte{19}, stamp: 15e18, want: 15e8, nanoseconds: true},
		{name: "2^-10", resolution: []byte{0x8a}, stamp: second<<10 + 512, want: second*1e9 + 5e8},
		{name: "2^-19", resolution: []byte{0x93}, stamp: second<<19 + 1, want: second*1e9 + 1907},
		{name: "2^-20", resolution: []byte{0x94}, stamp: second<<20 + 1, want: second*1e9 + 953, nanoseconds: true},
		{name: "2^-32", resolution: []byte{0xa0}, stamp: second<<32 + 1<<31, want: second*1e9 + 5e8, nanoseconds: true},
		{name: "2^-63", resolution: []byte{0xbf}, stamp: 3 << 62, want: 15e8, nanoseconds: true},
		{name: "2^0", resolution: []byte{0x80}, stamp: second, want: second * 1e9},
		{name: "offset", offset: second, stamp: 542, want: second*1e9 + 542e3},
		{name: "offset before 1970", resolution: []byte{9}, offset: -2, stamp: 3e9 + 1, want: 1e9 + 1, nanoseconds: true},
		{name: "offset, 2^-10", resolution: []byte{0x8a}, offset: second, stamp: 256, want: second*1e9 + 25e7},
	} {
		for _, order := range []binary.AppendByteOrder{le, be} {
			t.Run(tt.name+"/"+order.String(), func(t *testing.T) {
				var options [][]byte
				if tt.resolution != nil {
					options = append(options, ngOption(order, 2, []byte("eth0")...), ngOption(order, 9, tt.resolution...))
				}
				if tt.offset != 0 {
					options = append(options, ngOption(order, 14, order.AppendUint64(nil, uint64(tt.offset))...), ngOption(order, 0))
				}
				file := join(ngSection(order), ngInterface(order, 1, 0, options...), ngEnhanced(order, 0, tt.stamp, len(frame), frame))
				r := capture.Open([]string{"-"}, strings.NewReader(string(file)))
				got, errs := readAll(r)
				if errs != nil || len(got) != 1 {
					t.Fatalf("%d segments, errors %v", len(got), errs)
				}
				if got[0].Time != tt.want || r.Nanoseconds() != tt.nanoseconds {
					t.Errorf("time %d, finer than microseconds: %v; want %d, %v", got[0].Time, r.Nanoseconds(), tt.want, tt.nanoseconds)
				}
			})
		}
	}
}

// TestPcapngBlocks reads one file with all that pcapng has: sections of both
// byte orders, interfaces of several link types, all packet blocks, and blocks
// that are passed over.
func TestPcapngBlocks(t *testing.T) {
	f, g := tcpFrame{payload: []byte("payload")}, tcpFrame{payload: []byte("another"), ipv6: true}
	ethernet, raw := f.ethernet(t), g.ip(t)
	obsolete := ngEnhanced(be, 1, 4e9, len(raw), raw)
	be.PutUint32(obsolete, 2)
	be.PutUint32(obsolete[8:], 1<<16|7) // interface 1, 7 drops
	file := join(
		ngSection(le),
		ngBlock(le, 0x80000bad, make([]byte, 3<<20)), // a stranger larger than the buffer
		ngInterface(le, 1, 0),
		ngEnhanced(le, 0, 1e6, len(ethernet), ethernet, ngOption(le, 2, 0, 0, 0, 1), ngOption(le, 0)),
		ngBlock(le, 4, make([]byte, 40)), // names
		ngInterface(le, 101, 64, ngOption(le, 9, 9)),
		ngEnhanced(le, 1, 2e9, len(raw), raw),
		ngBlock(le, 5, make([]byte, 40)), // statistics
		ngBlock(le, 3, le.AppendUint32(nil, uint32(len(ethernet))), ethernet),

		ngSection(be),
		ngInterface(be, 101, 75),
		ngInterface(be, 101, 0, ngOption(be, 9, 9)),
		obsolete,
		ngBlock(be, 3, be.AppendUint32(nil, uint32(len(raw))), raw[:75]),
	)

	ofF := func(time int64) capture.Segment { s := f.segment(); s.Time = time; return s }
	ofG := func(time int64) capture.Segment { s := g.segment(); s.Time = time; return s }
	cut := ofG(4e9)
	cut.Payload, cut.Missing = cut.Payload[:len(cut.Payload)-(len(raw)-75)], len(raw)-75
	want := []capture.Segment{ofF(1e9), ofG(2e9), ofF(2e9), ofG(4e9), cut}

	got, errs, stats := readFile(file)
	if errs != nil {
		t.Fatal(errs)
	}
	compare(t, want, got)
	if stats.Packets != 5 || stats.Segments != 5 || stats.BytesRead != int64(len(file)) {
		t.Errorf("stats %+v", stats)
	}
}

func TestPcapngFaults(t *testing.T) {
	frame := tcpFrame{payload: []byte("payload")}.ethernet(t)
	head := join(ngSection(le), ngInterface(le, 1, 0))
	good := ngEnhanced(le, 0, 1e6, len(frame), frame)
	set := func(b []byte, at int, v uint32) []byte {
		b = append([]byte(nil), b...)
		le.PutUint32(b[at:], v)
		return b
	}
	for _, tt := range []struct {
		name string
		file []byte
		want string // after file, packet and offset
	}{
		{"length under 12", set(good, 4, 8), "a block claims a length of 8 bytes, which is no multiple of 4 from 12 on"},
		{"length no multiple of 4", set(good, 4, 13), "a block claims a length of 13 bytes, which is no multiple of 4 from 12 on"},
		{"huge block", set(good, 4, 1<<31), "a block of type 6 claims a length of 2147483648 bytes, more than any capture tool writes"},
		{"trailer", set(good, len(good)-4, 12), "a block is 108 bytes long by its header, 12 by its trailer"},
		{"packet block too short", ngBlock(le, 6, make([]byte, 16)), "a packet block has 16 bytes, it needs 20"},
		{"obsolete packet block too short", ngBlock(le, 2, make([]byte, 16)), "a packet block has 16 bytes, it needs 20"},
		{"simple packet block too short", ngBlock(le, 3), "a simple packet block has 0 bytes, it needs 4"},
		{"interface too short", ngBlock(le, 1, make([]byte, 4)), "an interface description has 4 bytes, it needs 8"},
		{"captured length beyond the block", set(good, 20, 93), "a packet claims 93 captured bytes in a block with 76"},
		{"unknown interface", set(good, 8, 1), "a packet is of interface 1, the section has described 1 so far"},
		{"interfaces end with their section", join(ngSection(le), good), "a packet is of interface 0, the section has described 0 so far"},
		{"option beyond the block", ngInterface(le, 1, 0, []byte{2, 0, 5, 0, 'e', 't', 'h', '0'}), "option 2 of an interface runs beyond its block"},
		{"resolution 10^-20", ngInterface(le, 1, 0, ngOption(le, 9, 20)), "an interface's time resolution, 0x14, is finer than 64 bits can count"},
		{"resolution 2^-64", ngInterface(le, 1, 0, ngOption(le, 9, 0xc0)), "an interface's time resolution, 0xc0, is finer than 64 bits can count"},
		{"byte order", set(ngSection(le), 8, 0x01020304), "a section header has 04 03 02 01 in place of the byte order"},
		{"section header too short", ngBlock(le, 0x0a0d0d0a, le.AppendUint32(nil, 0x1a2b3c4d)), "a section header has 4 bytes, it needs 16"},
		{"version", set(ngSection(le), 12, 2), "pcapng version 2.0 is not known"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, errs, _ := readFile(join(head, good, tt.file))
			e := fault(t, errs)
			if e.What != tt.want || e.Packet != 2 || e.Advice == "" {
				t.Errorf("packet %d: %q, advice %q; want %q", e.Packet, e.What, e.Advice, tt.want)
			}
			if n := int64(len(head) + len(good)); e.Offset < n || e.Offset > n+28 {
				t.Errorf("offset %d, the fault is at %d", e.Offset, n)
			}
			if len(got) != 1 {
				t.Errorf("%d segments before it, want 1", len(got))
			}
		})
	}
	t.Run("too many interfaces", func(t *testing.T) {
		_, errs, _ := readFile(join(ngSection(le), []byte(strings.Repeat(string(ngInterface(le, 1, 0)), 1<<16+1))))
		if e := fault(t, errs); e.What != "a section describes more than 65536 interfaces" {
			t.Error(e)
		}
	})
}

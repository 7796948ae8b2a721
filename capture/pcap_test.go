package capture_test

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/kdump/kdump/capture"
)

// fault takes the one error that reading gave.
func fault(t *testing.T, errs []error) *capture.Error {
	t.Helper()
	var e *capture.Error
	if len(errs) != 1 || !errors.As(errs[0], &e) {
		t.Fatalf("errors %v, want one *capture.Error", errs)
	}
	return e
}

func TestPcapVariants(t *testing.T) {
	const (
		micro    = 0xa1b2c3d4
		nano     = 0xa1b23c4d
		modified = 0xa1b2cd34
	)
	f := tcpFrame{payload: []byte("payload")}
	frame := f.ethernet(t)
	header := func(order binary.AppendByteOrder, magic uint32, major, minor uint16) []byte {
		h := pcapHeader(order, magic, 1)
		order.(binary.ByteOrder).PutUint16(h[4:], major)
		order.(binary.ByteOrder).PutUint16(h[6:], minor)
		return h
	}
	// swapped is a packet with the length in front of the captured length.
	swapped := func(length int) []byte {
		p := pcapPacket(le, 5, 6, length, frame)
		return join(p[:8], p[12:16], p[8:12], p[16:])
	}
	for _, tt := range []struct {
		name        string
		file        []byte
		time        int64
		nanoseconds bool
		missing     int
	}{
		{name: "little-endian", file: join(header(le, micro, 2, 4), pcapPacket(le, 5, 6, len(frame), frame)), time: 5_000_006_000},
		{name: "big-endian", file: join(header(be, micro, 2, 4), pcapPacket(be, 5, 6, len(frame), frame)), time: 5_000_006_000},
		{name: "nanoseconds", file: join(header(le, nano, 2, 4), pcapPacket(le, 5, 6, len(frame), frame)), time: 5_000_000_006, nanoseconds: true},
		{name: "nanoseconds, big-endian", file: join(header(be, nano, 2, 4), pcapPacket(be, 5, 6, len(frame), frame)), time: 5_000_000_006, nanoseconds: true},
		{name: "after 2038", file: join(header(le, micro, 2, 4), pcapPacket(le, 1<<32-1, 999_999, len(frame), frame)), time: 4_294_967_295_999_999_000},
		{
			name: "modified",
			file: join(header(le, modified, 2, 4), pcapPacket(le, 5, 6, 8+len(frame), nil)[:8],
				le.AppendUint32(nil, uint32(len(frame))), le.AppendUint32(nil, uint32(len(frame))), make([]byte, 8), frame),
			time: 5_000_006_000,
		},
		{name: "version 2.2, lengths swapped", file: join(header(le, micro, 2, 2), swapped(100)), time: 5_000_006_000},
		{name: "version 2.3, lengths swapped", file: join(header(le, micro, 2, 3), swapped(100)), time: 5_000_006_000},
		{name: "version 2.3, lengths in order", file: join(header(le, micro, 2, 3), pcapPacket(le, 5, 6, 100, frame)), time: 5_000_006_000},
		{name: "version 543.0", file: join(header(le, micro, 543, 0), swapped(100)), time: 5_000_006_000},
		{name: "cut to a snapshot length", file: join(header(le, micro, 2, 4), pcapPacket(le, 5, 6, len(frame), frame[:14+20+32+3])), time: 5_000_006_000, missing: 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := f.segment()
			want.Time, want.Missing = tt.time, tt.missing
			want.Payload = want.Payload[:len(want.Payload)-tt.missing]
			r := capture.Open([]string{"-"}, strings.NewReader(string(tt.file)))
			got, errs := readAll(r)
			if errs != nil {
				t.Fatal(errs)
			}
			compare(t, []capture.Segment{want}, got)
			if r.Nanoseconds() != tt.nanoseconds {
				t.Errorf("Nanoseconds() is %v", r.Nanoseconds())
			}
		})
	}
}

func TestPcapFaults(t *testing.T) {
	frame := tcpFrame{payload: []byte("payload")}.ethernet(t)
	good := join(pcapHeader(le, 0xa1b2c3d4, 1), pcapPacket(le, 5, 6, len(frame), frame))
	huge := pcapPacket(le, 5, 6, 10, nil)
	le.PutUint32(huge[8:], 1<<31)
	version := pcapHeader(le, 0xa1b2c3d4, 1)
	version[4] = 3
	for _, tt := range []struct {
		name     string
		file     []byte
		segments int
		want     string
	}{
		{"file header cut", good[:23], 0, "standard input: byte 23: the file is cut short in the middle of the pcap file header; there is no packet in it"},
		{"version", version, 0, "standard input: pcap version 3.4 is not known; kdump reads versions 2.0 to 2.4; `editcap -F pcapng` may convert it"},
		{"packet header cut", append(good[:len(good):len(good)], 1, 2, 3), 1, "standard input: packet 2: byte 116: the file is cut short in the middle of a packet header; all packets before it were read"},
		{"packet cut", good[:len(good)-1], 0, "standard input: packet 1: byte 112: the file is cut short in the middle of a packet; all packets before it were read"},
		{"huge captured length", join(good, huge), 1, "standard input: packet 2: byte 113: it claims 2147483648 captured bytes, more than any capture tool writes; the file is damaged from here on; all packets before it were read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, errs, _ := readFile(tt.file)
			if e := fault(t, errs); e.Error() != tt.want {
				t.Errorf("error\n%s\nwant\n%s", e, tt.want)
			}
			if len(got) != tt.segments {
				t.Errorf("%d segments before it, want %d", len(got), tt.segments)
			}
		})
	}
}

// TestCut cuts a file of each format at every byte: what lies before the cut
// is read, and the error names the cut.
func TestCut(t *testing.T) {
	frame := tcpFrame{payload: []byte("payload")}.ethernet(t)
	for _, tt := range []struct {
		name  string
		parts [][]byte // the headers, then a packet each
	}{
		{"pcap", [][]byte{
			pcapHeader(le, 0xa1b2c3d4, 1),
			pcapPacket(le, 5, 6, len(frame), frame),
			pcapPacket(le, 5, 7, len(frame), frame),
		}},
		{"pcapng", [][]byte{
			join(ngSection(le), ngInterface(le, 1, 0)),
			ngEnhanced(le, 0, 5e6, len(frame), frame),
			ngEnhanced(le, 0, 6e6, len(frame), frame, ngOption(le, 1, []byte("comment")...), ngOption(le, 0)),
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := join(tt.parts...)
			ends := map[int]int{} // the packets in front of each place where the file may end
			n := 0
			for i, p := range tt.parts {
				n += len(p)
				ends[n] = i
			}
			ends[len(ngSection(le))] = 0
			if tt.name == "pcap" {
				delete(ends, len(ngSection(le)))
			}
			whole := 0
			for n := 4; n <= len(file); n++ {
				got, errs, _ := readFile(file[:n])
				packets, isEnd := ends[n]
				if isEnd {
					whole = packets
					if errs != nil {
						t.Fatalf("cut to %d bytes, between packets: %v", n, errs)
					}
				} else if e := fault(t, errs); e.Offset != int64(n) || n > len(tt.parts[0]) && e.Packet != int64(whole+1) {
					t.Fatalf("cut to %d bytes behind packet %d: %v", n, whole, e)
				}
				if len(got) != whole {
					t.Fatalf("cut to %d bytes: %d segments, want %d", n, len(got), whole)
				}
			}
		})
	}
}

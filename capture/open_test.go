package capture_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/kdump/kdump/capture"
)

// capturing returns a small pcap file and the segments in it, whose times
// start at the second given.
func capturing(tb testing.TB, second int) (file []byte, want []capture.Segment) {
	tb.Helper()
	file = pcapHeader(le, 0xa1b2c3d4, 1)
	for i, payload := range []string{"first", "", "third"} {
		f := tcpFrame{payload: []byte(payload)}
		frame := f.ethernet(tb)
		file = append(file, pcapPacket(le, second+i, 0, len(frame), frame)...)
		s := f.segment()
		s.Time = int64(second+i) * 1e9
		want = append(want, s)
	}
	return file, want
}

func gzipped(tb testing.TB, members ...[]byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	for _, m := range members {
		w := gzip.NewWriter(&b)
		if _, err := w.Write(m); err != nil {
			tb.Fatal(err)
		}
		if err := w.Close(); err != nil {
			tb.Fatal(err)
		}
	}
	return b.Bytes()
}

func zstandard(tb testing.TB, frames ...[]byte) []byte {
	tb.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		tb.Fatal(err)
	}
	var b []byte
	for _, f := range frames {
		b = w.EncodeAll(f, b)
	}
	return b
}

func TestCompression(t *testing.T) {
	file, want := capturing(t, 1)
	ng := join(ngSection(be), ngInterface(be, 1, 0))
	for i, s := range want {
		frame := tcpFrame{payload: s.Payload}.ethernet(t)
		ng = append(ng, ngEnhanced(be, 0, uint64(i+1)*1e6, len(frame), frame)...)
	}
	for _, tt := range []struct {
		name string
		file []byte
	}{
		{"pcap", file},
		{"pcap in gzip", gzipped(t, file)},
		{"pcap in gzip members", gzipped(t, file[:10], file[10:100], nil, file[100:])},
		{"pcap in zstd", zstandard(t, file)},
		{"pcap in zstd frames", zstandard(t, file[:10], file[10:])},
		{"pcap in zstd behind a skippable frame", join(unhex(t, "5a2a4d18 03000000 010203"), zstandard(t, file))},
		{"pcapng", ng},
		{"pcapng in gzip", gzipped(t, ng)},
		{"pcapng in zstd", zstandard(t, ng)},
	} {
		for _, reader := range []struct {
			name string
			wrap func(io.Reader) io.Reader
		}{
			{"at once", func(r io.Reader) io.Reader { return r }},
			{"byte by byte", iotest.OneByteReader},
			{"the end with the data", iotest.DataErrReader},
		} {
			t.Run(tt.name+"/"+reader.name, func(t *testing.T) {
				r := capture.Open([]string{"-"}, reader.wrap(bytes.NewReader(tt.file)))
				got, errs := readAll(r)
				if errs != nil {
					t.Fatal(errs)
				}
				compare(t, want, got)
				if s := r.Stats(); s.BytesRead != int64(len(tt.file)) || s.BytesTotal != 0 {
					t.Errorf("%d bytes read of %d, want %d of an unknown number", s.BytesRead, s.BytesTotal, len(tt.file))
				}
			})
		}
	}
}

// TestFiles reads several files, good and bad, as one capture.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, contents []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, contents, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	one, wantOne := capturing(t, 1)
	two, wantTwo := capturing(t, 11)
	three, wantThree := capturing(t, 21)
	paths := []string{
		write("one.pcap", one),
		filepath.Join(dir, "missing.pcap"),
		write("empty.pcap", nil),
		write("picture.jpg", unhex(t, "ffd8ffe0 00104a46")),
		write("short", []byte("ab")),
		dir,
		write("two.pcap.gz", gzipped(t, two)),
		write("cut.pcap.gz", gzipped(t, two)[:20]),
		write("cut.pcap", one[:len(one)-1]),
		"-",
		write("header.pcap", one[:24]),
	}
	r := capture.Open(paths, bytes.NewReader(three))
	got, errs := readAll(r)
	compare(t, slices.Concat(wantOne, wantTwo, wantOne[:2], wantThree), got)

	want := []string{
		"missing.pcap: it cannot be opened: no such file or directory; check the name and the permissions",
		"empty.pcap: it is empty; a capture of no packets has at least a file header; was the capture tool still running?",
		"picture.jpg: it is no capture that kdump knows: it begins with ff d8 ff e0; kdump reads pcap and pcapng, also gzip or zstd compressed: undo other compression first; `editcap -F pcapng IN OUT` converts captures of other formats",
		"short: it is no capture that kdump knows: it begins with 61 62; kdump reads pcap and pcapng, also gzip or zstd compressed: undo other compression first; `editcap -F pcapng IN OUT` converts captures of other formats",
		": it cannot be read: is a directory",
		"cut.pcap.gz: byte 8 after decompression: the compressed data is cut short; there is no packet in it",
		"cut.pcap: packet 3: byte 279: the file is cut short in the middle of a packet; all packets before it were read",
	}
	if len(errs) != len(want) {
		t.Fatalf("%d errors, want %d: %v", len(errs), len(want), errs)
	}
	for i, err := range errs {
		if text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), dir), "/"); text != want[i] {
			t.Errorf("error\n%s\nwant\n%s", text, want[i])
		}
	}
	if !errors.Is(errs[0], fs.ErrNotExist) {
		t.Errorf("%v is not fs.ErrNotExist", errs[0])
	}
}

func TestBytesTotal(t *testing.T) {
	file, _ := capturing(t, 1)
	path := filepath.Join(t.TempDir(), "one.pcap")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	size := int64(len(file))
	for _, tt := range []struct {
		name  string
		paths []string
		want  int64
	}{
		{"one", []string{path}, size},
		{"two", []string{path, path}, 2 * size},
		{"a missing one adds nothing", []string{path + ".none", path}, size},
		{"standard input is of unknown size", []string{path, "-"}, 0},
		{"so is a device", []string{path, os.DevNull}, 0},
	} {
		if got := capture.Open(tt.paths, nil).Stats().BytesTotal; got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

// TestBroken has inputs that fail while they are read.
func TestBroken(t *testing.T) {
	file, want := capturing(t, 1)
	broken := errors.New("the cable was pulled")
	corrupt := gzipped(t, file)
	corrupt[len(corrupt)-8] ^= 1 // the checksum
	for _, tt := range []struct {
		name     string
		src      io.Reader
		segments int
		want     string
	}{
		{"before the beginning", iotest.ErrReader(broken), 0, "standard input: it cannot be read: the cable was pulled"},
		{"between packets", io.MultiReader(bytes.NewReader(file), iotest.ErrReader(broken)), 3, "standard input: packet 4: byte 280: the file cannot be read on: the cable was pulled; all packets before it were read"},
		{"in a packet", io.MultiReader(bytes.NewReader(file[:len(file)-1]), iotest.ErrReader(broken)), 2, "standard input: packet 3: byte 279: the file cannot be read on: the cable was pulled; all packets before it were read"},
		{"never anything", stalled{}, 0, "standard input: it cannot be read: " + io.ErrNoProgress.Error()},
		{"gzip checksum", bytes.NewReader(corrupt), 3, "standard input: packet 4: byte 280 after decompression: the file cannot be read on: gzip: invalid checksum; all packets before it were read"},
		{"gzip header", strings.NewReader("\x1f\x8b\x08"), 0, "standard input: the gzip header cannot be read: unexpected EOF"},
		{"gzip of nothing", bytes.NewReader(gzipped(t)), 0, "standard input: it is empty; a capture of no packets has at least a file header; was the capture tool still running?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, errs := readAll(capture.Open([]string{"-"}, tt.src))
			if e := fault(t, errs); e.Error() != tt.want {
				t.Errorf("error\n%s\nwant\n%s", e, tt.want)
			}
			compare(t, want[:tt.segments], got)
		})
	}
}

// stalled is a reader that gives neither bytes nor an error.
type stalled struct{}

func (stalled) Read([]byte) (int, error) { return 0, nil }

// TestCutCompressed cuts compressed captures at every byte: no packet is made
// up, and the cut is told.
func TestCutCompressed(t *testing.T) {
	file, want := capturing(t, 1)
	for _, tt := range []struct {
		name string
		file []byte
	}{
		{"gzip", gzipped(t, file)},
		{"zstd", zstandard(t, file)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for n := 4; n < len(tt.file); n++ {
				got, errs, _ := readFile(tt.file[:n])
				fault(t, errs)
				compare(t, want[:len(got)], got)
			}
		})
	}
}

// TestPipe holds that a packet comes out of a live pipe when it went in, not
// when a buffer is full.
func TestPipe(t *testing.T) {
	file, want := capturing(t, 1)
	in, out := io.Pipe()
	r := capture.Open([]string{"-"}, in)
	defer r.Close()
	rest := file
	size := 24 + 16 + len(tcpFrame{payload: want[0].Payload}.ethernet(t))
	for _, w := range want {
		part := rest[:size]
		rest, size = rest[size:], 0
		go out.Write(part)
		var s capture.Segment
		if err := r.Next(&s); err != nil {
			t.Fatal(err)
		}
		compare(t, []capture.Segment{w}, []capture.Segment{s})
		if len(rest) > 0 {
			size = 16 + int(le.Uint32(rest[8:]))
		}
	}
}

// TestBeforeRead checks that whoever reads is told before each wait for more,
// with every packet that has arrived handed out.
func TestBeforeRead(t *testing.T) {
	file, want := capturing(t, 1)
	r := capture.Open([]string{"-"}, iotest.OneByteReader(bytes.NewReader(file)))
	defer r.Close()
	waits, got := 0, 0
	r.BeforeRead(func() { waits++ })
	var s capture.Segment
	for r.Next(&s) == nil {
		got++
	}
	// The first four bytes, by which compression is told, were read before.
	if got != len(want) || waits < len(file)-4 {
		t.Errorf("%d segments and %d reads, want %d and at least %d", got, waits, len(want), len(file)-4)
	}
}

// TestLargePackets reads packets of all sizes up to the largest, so that they
// lie anywhere in the buffer and across its end.
func TestLargePackets(t *testing.T) {
	file := pcapHeader(le, 0xa1b2c3d4, 101)
	header := tcpFrame{}.ip(t)
	be.PutUint16(header[2:], 0)
	var want []int
	for n := 1; n <= 1<<19-len(header); n = n*3/2 + 1 {
		for range 5 {
			want = append(want, n)
			file = append(file, pcapPacket(le, 1, 0, len(header)+n, join(header, bytes.Repeat([]byte{byte(len(want))}, n)))...)
		}
	}
	r := capture.Open([]string{"-"}, bytes.NewReader(file))
	defer r.Close()
	for i, n := range want {
		var s capture.Segment
		if err := r.Next(&s); err != nil {
			t.Fatal(err)
		}
		if len(s.Payload) != n || bytes.Count(s.Payload, []byte{byte(i + 1)}) != n {
			t.Fatalf("packet %d has %d bytes of payload, want %d, all %d", i+1, len(s.Payload), n, byte(i+1))
		}
	}
}

// TestAllocations holds that reading a packet allocates nothing.
func TestAllocations(t *testing.T) {
	frame := tcpFrame{payload: make([]byte, 1448), ipv6: true}.ethernet(t)
	for _, tt := range []struct {
		name         string
		head, packet []byte
	}{
		{"pcap", pcapHeader(le, 0xa1b2c3d4, 1), pcapPacket(le, 1, 2, len(frame), frame)},
		{"pcapng", join(ngSection(le), ngInterface(le, 1, 0)), ngEnhanced(le, 0, 1e15, len(frame), frame)},
	} {
		r := capture.Open([]string{"-"}, io.MultiReader(bytes.NewReader(tt.head), &repeated{unit: tt.packet}))
		defer r.Close()
		var s capture.Segment
		if n := testing.AllocsPerRun(10_000, func() {
			if err := r.Next(&s); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations a packet", tt.name, n)
		}
	}
}

func FuzzReader(f *testing.F) {
	file, segments := capturing(f, 1)
	frame := tcpFrame{payload: segments[0].Payload}.ethernet(f)
	ng := join(ngSection(be), ngInterface(be, 1, 0, ngOption(be, 9, 9)), ngEnhanced(be, 0, 1, len(frame), frame),
		ngBlock(be, 3, be.AppendUint32(nil, uint32(len(frame))), frame))
	for _, seed := range [][]byte{file, ng, gzipped(f, file), zstandard(f, ng)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		got, errs, stats := readFile(file)
		if len(errs) > 1 || stats.BytesRead > int64(len(file)) || int64(len(got)) != stats.Segments {
			t.Fatalf("%d segments, errors %v, stats %+v", len(got), errs, stats)
		}
		for _, err := range errs {
			if e := new(capture.Error); !errors.As(err, &e) || e.What == "" || e.File != "standard input" {
				t.Fatalf("error %#v", err)
			}
		}
		for _, s := range got {
			if s.Missing < 0 {
				t.Fatalf("segment %+v", s)
			}
		}
	})
}

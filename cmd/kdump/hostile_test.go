package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/kdump/kdump/capture"
)

// FuzzRead reads captures that are damaged in any way, as files and as what
// their packets carry: whatever comes, what kdump prints is valid JSON.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"quickstart.pcap", "no-kafka.pcap", "snaplen.pcap.gz", "sasl-3.9.pcap.gz"} {
		capture := plainCapture(f, name)
		f.Add(capture[:min(len(capture), 700)], uint64(0), uint8(0))
		f.Add(capture[:min(len(capture), 1500)], uint64(1), uint8(20))
	}
	f.Fuzz(func(t *testing.T, capture []byte, seed uint64, changes uint8) {
		capture = bytes.Clone(capture)
		mutate(capture, seed, int(changes))
		for _, format := range []string{"ndjson", "json", "text"} {
			var out, talk bytes.Buffer
			code := run([]string{"read", "-v", "-f", format, "-"}, streams{bytes.NewReader(capture), &out, &talk})
			if code != exitDone && code != exitInput {
				t.Fatalf("%s: exit code %d: %s", format, code, &talk)
			}
			switch format {
			case "ndjson":
				for line := range bytes.Lines(out.Bytes()) {
					if !json.Valid(line) {
						t.Fatalf("no valid JSON: %s", line)
					}
				}
			case "json":
				if !json.Valid(out.Bytes()) {
					t.Fatalf("no valid JSON: %s", &out)
				}
			}
		}
	})
}

// mutate changes bytes of the packets' contents, so that what is inside of
// TCP is reached more often than the file's own structure allows.
func mutate(capture []byte, seed uint64, changes int) {
	r := rand.New(rand.NewPCG(seed, 0))
	const fileHeader, recordHeader, headers = 24, 16, 54
	var payloads [][]byte
	for at := fileHeader; at+recordHeader <= len(capture); {
		end := at + recordHeader + int(binary.LittleEndian.Uint32(capture[at+8:]))
		if end > len(capture) || end <= at {
			break
		}
		if end-at > recordHeader+headers {
			payloads = append(payloads, capture[at+recordHeader+headers:end])
		}
		at = end
	}
	for ; changes > 0 && len(payloads) > 0; changes-- {
		p := payloads[r.IntN(len(payloads))]
		p[r.IntN(len(p))] = byte(r.Uint32())
	}
}

// plainCapture reads a capture of testdata, decompressed.
func plainCapture(tb testing.TB, name string) []byte {
	path := filepath.Join("../../testdata/captures", name)
	if strings.HasSuffix(name, ".gz") {
		return unzip(tb, path)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

// TestSameOutput reads a capture from a file and from a pipe, at once and in
// small pieces, on one CPU and on several: the output is the same.
func TestSameOutput(t *testing.T) {
	for _, name := range []string{"java-4.4.pcap.gz", "sasl-3.9.pcap.gz", "snaplen.pcap.gz", "two-interfaces.pcapng.gz"} {
		path := filepath.Join("../../testdata/captures", name)
		read := func(file string, in io.Reader) string {
			var out, talk bytes.Buffer
			if code := run([]string{"read", "-f", "ndjson", file}, streams{in, &out, &talk}); code != exitDone {
				t.Fatalf("%s: exit code %d: %s", name, code, &talk)
			}
			return out.String() + talk.String()
		}
		want := read(path, strings.NewReader(""))
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		plain := plainCapture(t, name)
		for _, procs := range []int{1, 2, 8} {
			before := runtime.GOMAXPROCS(procs)
			for how, in := range map[string]io.Reader{
				"a pipe":            bytes.NewReader(raw),
				"decompressed":      bytes.NewReader(plain),
				"in halves":         iotest.HalfReader(bytes.NewReader(plain)),
				"error with data":   iotest.DataErrReader(bytes.NewReader(raw)),
				"compressed slowly": iotest.HalfReader(bytes.NewReader(raw)),
			} {
				if got := read("-", in); got != want {
					t.Errorf("%s, %s on %d CPUs: other output than from the file", name, how, procs)
				}
			}
			if got := read(path, strings.NewReader("")); got != want {
				t.Errorf("%s on %d CPUs: other output", name, procs)
			}
			runtime.GOMAXPROCS(before)
		}
	}
}

// TestClosingLine has a capture of a connection in which bytes are sent again,
// but others, and of packets that are not TCP.
func TestClosingLine(t *testing.T) {
	f := &flood{packet: func(n int, p *capture.Segment) bool {
		between(0, p)
		p.Seq, p.Flags, p.Payload = 200, capture.ACK|capture.PSH, []byte("some bytes")
		switch n {
		case 0:
			p.Seq, p.Flags, p.Payload = 100, capture.SYN, nil
		case 2:
			p.Payload = []byte("some Bytes")
		}
		return n < 3
	}}
	var talk strings.Builder
	code := run([]string{"read", "-"}, streams{f, io.Discard, &talk})
	const want = "1 connection without Kafka, 1 direction with conflicting retransmissions, 70 packets not TCP\n"
	if code != exitDone || !strings.HasSuffix(talk.String(), want) {
		t.Errorf("exit code %d; said %q, not %q at the end", code, &talk, want)
	}
}

package decode

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// bytesOf joins parts the way Kafka writes them: integers in big endian by
// their size, strings with an int16 length, byte slices as they are.
func bytesOf(parts ...any) []byte {
	var b []byte
	for _, part := range parts {
		switch v := part.(type) {
		case int8:
			b = append(b, byte(v))
		case int16:
			b = binary.BigEndian.AppendUint16(b, uint16(v))
		case int32:
			b = binary.BigEndian.AppendUint32(b, uint32(v))
		case int64:
			b = binary.BigEndian.AppendUint64(b, uint64(v))
		case string:
			b = append(binary.BigEndian.AppendUint16(b, uint16(len(v))), v...)
		case []byte:
			b = append(b, v...)
		default:
			panic(fmt.Sprintf("no bytes are known of %T", part))
		}
	}
	return b
}

// framed puts the size in front.
func framed(parts ...any) []byte {
	b := bytesOf(parts...)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...)
}

// request is a request's frame with header version 1, flexible one with 2.
func request(key, version int16, id int32, body ...any) []byte {
	return framed(key, version, id, "me", bytesOf(body...))
}

func flexible(key, version int16, id int32, body ...any) []byte {
	return framed(key, version, id, "me", int8(0), bytesOf(body...))
}

// response is a response's frame with header version 0.
func response(id int32, body ...any) []byte { return framed(id, bytesOf(body...)) }

// Bodies of some versions.
var (
	heartbeat       = bytesOf("group", int32(1), "member") // Heartbeat v0
	heartbeatAnswer = bytesOf(int16(0))
	softwareAnswer  = bytesOf(int16(0), int8(1), int32(0), int8(0))               // ApiVersions v3
	oldAnswer       = bytesOf(int16(35), int32(1), int16(18), int16(0), int16(4)) // ApiVersions v0
)

func compact(s string) []byte { return append([]byte{byte(len(s) + 1)}, s...) }

// software is the body of ApiVersions v3.
func software(name, version string) []byte {
	return bytesOf(compact(name), compact(version), int8(0))
}

// step is what happens to a stream.
type step struct {
	dir    int
	bytes  []byte
	gap    int64
	reason string
	wait   int64 // milliseconds before it
	close  bool
}

func client(parts ...[]byte) step { return step{dir: 0, bytes: join(parts...)} }
func server(parts ...[]byte) step { return step{dir: 1, bytes: join(parts...)} }
func lost(dir int, n int64) step  { return step{dir: dir, gap: n, reason: "lost"} }
func closed(reason string) step   { return step{close: true, reason: reason} }
func after(ms int64, s step) step { s.wait = ms; return s }

func join(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// play has a decoder see the steps, one per millisecond, with what is sent cut
// into pieces of at most size bytes.
func play(d *Decoder, start Start, size int, steps ...step) {
	s := d.Open(start)
	now := start.Time
	for _, step := range steps {
		now += (1 + step.wait) * 1e6
		switch {
		case step.close:
			s.Close(now, step.reason)
		case step.gap != 0:
			s.Gap(step.dir, now, step.gap, step.reason)
		}
		for b := step.bytes; len(b) > 0; {
			n := min(size, len(b))
			piece := append([]byte(nil), b[:n]...)
			s.Data(step.dir, now, piece)
			for i := range piece {
				piece[i] = 0xee // nothing may be read of it later
			}
			b = b[n:]
		}
	}
}

var fresh = Start{Number: 1, A: netip.MustParseAddrPort("10.0.0.7:40000"), B: netip.MustParseAddrPort("10.0.0.2:9092"), SawSYN: true}

// joined is a connection whose beginning was not seen.
func joined() Start {
	s := fresh
	s.SawSYN = false
	return s
}

// transcript is a sink that writes everything down, one line an event.
type transcript struct{ lines []string }

func (t *transcript) add(format string, args ...any) {
	t.lines = append(t.lines, fmt.Sprintf(format, args...))
}

func (t *transcript) Exchange(e *Exchange) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s", [...]string{"whole", "request", "response", "sasl"}[e.Kind])
	if e.Request.Seen {
		writeMessage(&b, &e.Request, fmt.Sprintf("#%d %q", e.Request.RequestHeader.CorrelationID, e.Request.RequestHeader.ClientID))
	}
	if e.Response.Seen {
		writeMessage(&b, &e.Response, fmt.Sprintf("#%d", e.Response.ResponseHeader.CorrelationID))
	}
	for _, part := range []string{e.Unanswered, e.Mechanism, e.Connection.SecurityProtocol, e.Connection.Principal,
		strings.TrimSpace(e.Connection.SoftwareName + " " + e.Connection.SoftwareVersion)} {
		if part != "" {
			fmt.Fprintf(&b, " {%s}", part)
		}
	}
	if p := e.Connection.Proxied; p != nil {
		fmt.Fprintf(&b, " {proxy %d: %s to %s}", p.Version, p.Client, p.Server)
	}
	t.add("%s", b.String())
	if e.Forwarded != nil {
		t.Exchange(e.Forwarded)
	}
}

// writeMessage writes a message as " | Name v1 request 20@1-2 header: bytes
// and records !problem".
func writeMessage(b *strings.Builder, m *Message, header string) {
	name := "?"
	if m.Layout != nil {
		name = m.Layout.String()
	}
	fmt.Fprintf(b, " | %s %d@%d-%d %s:%x", name, m.Size, m.First/1e6, m.Last/1e6, header, m.Body.Bytes)
	for i, cut := range m.Body.Cuts {
		fmt.Fprintf(b, " records@%d=%d", cut.At, cut.Size)
		if i < len(m.Records) {
			fmt.Fprintf(b, ":%x", m.Records[i])
		}
		for _, r := range m.Batches[i] {
			switch {
			case r.Err != "":
				fmt.Fprintf(b, "(%d %s)", r.Available, r.Err)
			default:
				fmt.Fprintf(b, "(%d of %d, %d, valid %t)", r.Available, r.Size, r.Count, r.Valid)
			}
		}
	}
	if m.Problem != nil {
		fmt.Fprintf(b, " !%s", m.Problem)
	}
	if m.Head != nil {
		fmt.Fprintf(b, " head %x", m.Head)
	}
}

func side(response bool) string {
	if response {
		return "server"
	}
	return "client"
}

func (t *transcript) Gap(g *Gap) {
	t.add("gap %s %d@%d %s", side(g.Response), g.Size, g.Time/1e6, g.Reason)
}

func (t *transcript) Undecoded(u *Undecoded) {
	t.add("undecoded %s %d@%d %s: %x", side(u.Response), u.Size, u.Time/1e6, u.Err, u.Head)
}

func (t *transcript) TLS(s *TLS) {
	t.add("tls %s > %s %q %q %s", s.Connection.Client, s.Connection.Server, s.ServerName, s.ALPN, s.Version)
}

// check plays steps in pieces of many sizes and compares what is told.
func check(t *testing.T, opt Options, start Start, want []string, steps ...step) {
	t.Helper()
	for _, size := range []int{1 << 20, 1, 2, 3, 5, 7, 16, 61, 600} {
		var got transcript
		d := New(&got, opt)
		play(d, start, size, steps...)
		if diff := cmp.Diff(want, got.lines); diff != "" {
			t.Errorf("in pieces of %d bytes (-want +got):\n%s", size, diff)
			return
		}
		if last := steps[len(steps)-1]; last.close && (d.held != 0 || d.waiting.oldest != nil) {
			t.Errorf("in pieces of %d bytes: %d bytes are held when all is closed", size, d.held)
		}
	}
}

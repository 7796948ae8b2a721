package reassembly

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	hostA = netip.MustParseAddrPort("10.0.0.7:53422")
	hostB = netip.MustParseAddrPort("10.0.0.2:9092")
)

// A script is a capture written down, one packet or pause per line:
//
//	A> SYN 100            a SYN of A with sequence number 100
//	A> 101 "hello"        data
//	A> 101 "hel" cut 2    data of which the capture lacks the last 2 bytes
//	B> 501                an acknowledgement alone
//	A> FIN 106            likewise RST; may carry data
//	+50ms                 time passes
//
// A packet acknowledges all that the other side has sent in the lines before it,
// unless the line ends in "ack N" or "noack". Each is a millisecond after the
// one before it.
type script struct {
	t       *testing.T
	a       *Assembler
	clock   int64
	packets int
	sent    [2]uint32 // the end of what A and B have sent
	known   [2]bool
	numbers map[int64]int // of the packets, by their times
	calls   []string
}

func newScript(t *testing.T, o Options) *script {
	s := &script{t: t, numbers: map[int64]int{}}
	s.a = New(func(st Start) Stream {
		s.log("open %d %s syn=%v", st.Number, name(st.A), st.SawSYN)
		return &scriptStream{s, st}
	}, o)
	return s
}

func name(a netip.AddrPort) string {
	if a == hostA {
		return "A"
	}
	return "B"
}

func (s *script) log(format string, args ...any) {
	s.calls = append(s.calls, fmt.Sprintf(format, args...))
}

func (s *script) run(text string) {
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if line[0] == '+' {
			d, err := time.ParseDuration(line[1:])
			if err != nil {
				s.t.Fatalf("%q: %v", line, err)
			}
			s.clock += int64(d)
			continue
		}
		s.packet(line)
	}
}

func (s *script) packet(line string) {
	s.packets++
	s.clock += int64(time.Millisecond)
	s.numbers[s.clock] = s.packets
	dir := strings.Index("AB", line[:1])
	seg := Segment{Time: s.clock, Src: hostA, Dst: hostB}
	if dir == 1 {
		seg.Src, seg.Dst = hostB, hostA
	}
	if s.known[1-dir] {
		seg.Flags |= flagACK
		seg.Ack = s.sent[1-dir]
	}
	words := strings.Fields(line)[1:]
	number := func() uint32 {
		n, err := strconv.ParseUint(words[0], 10, 32)
		if err != nil {
			s.t.Fatalf("%q: %v", line, err)
		}
		words = words[1:]
		return uint32(n)
	}
	for len(words) > 0 {
		word := words[0]
		switch {
		case word[0] >= '0' && word[0] <= '9':
			seg.Seq = number()
			continue
		case word[0] == '"':
			seg.Payload = []byte(strings.Trim(word, `"`))
		}
		words = words[1:]
		switch word {
		case "SYN":
			seg.Flags |= flagSYN
		case "FIN":
			seg.Flags |= flagFIN
		case "RST":
			seg.Flags |= flagRST
		case "cut":
			seg.Missing = int(number())
		case "ack":
			seg.Flags |= flagACK
			seg.Ack = number()
		case "noack":
			seg.Flags &^= flagACK
			seg.Ack = 0
		}
	}
	end := seg.Seq + uint32(len(seg.Payload)+seg.Missing)
	if seg.Flags&(flagSYN|flagFIN) != 0 {
		end++
	}
	if seg.Flags&flagSYN != 0 || !s.known[dir] || before(s.sent[dir], end) {
		s.sent[dir], s.known[dir] = end, true
	}
	s.a.Segment(&seg)
	clear(seg.Payload) // valid during the call only
}

type scriptStream struct {
	s     *script
	start Start
}

func (r *scriptStream) who(dir int) string {
	who := name(r.start.A)
	if dir == 1 {
		who = name(r.start.B)
	}
	if r.start.Number > 1 {
		who += strconv.Itoa(r.start.Number)
	}
	return who
}

func (r *scriptStream) Data(dir int, time int64, b []byte) {
	r.s.log("%d: %s %q", r.s.numbers[time], r.who(dir), b)
}

func (r *scriptStream) Gap(dir int, time, size int64, reason string) {
	r.s.log("%d: %s gap %d %s", r.s.numbers[time], r.who(dir), size, reason)
}

func (r *scriptStream) CloseDirection(dir int, time int64) {
	r.s.log("%d: %s ends", r.s.numbers[time], r.who(dir))
}

func (r *scriptStream) Close(_ int64, reason string) {
	r.s.log("close %d %s", r.start.Number, reason)
}

const handshake = `
	A> SYN 100
	B> SYN 500
	A> 101
`

func TestScripts(t *testing.T) {
	for _, test := range []struct {
		name, script, want string
	}{
		{"in order", handshake + `
			A> 101 "hello"
			B> 501 "world"
			A> FIN 106
			B> FIN 506
			A> 107`, `
			open 1 A syn=true
			4: A "hello"
			5: B "world"
			6: A ends
			7: B ends
			close 1 closed`},
		{"handshake without data", handshake + `
			A> FIN 101
			B> FIN 501`, ``},
		{"refused", `
			A> SYN 100
			B> RST 0`, ``},
		{"retransmission", handshake + `
			A> 101 "hello"
			A> 101 "hello"
			A> 101 "hello!"`, `
			open 1 A syn=true
			4: A "hello"
			6: A "!"
			close 1 end of capture`},
		{"out of order", handshake + `
			A> 103 "cc"
			A> 105 "dd"
			A> 101 "bb"`, `
			open 1 A syn=true
			6: A "bb"
			4: A "cc"
			5: A "dd"
			close 1 end of capture`},
		{"overlaps: the first bytes win", handshake + `
			A> 103 "345"
			A> 109 "9"
			A> 101 "abCDEFGHIJK"`, `
			open 1 A syn=true
			6: A "ab"
			4: A "345"
			6: A "FGH"
			5: A "9"
			6: A "JK"
			close 1 end of capture`},
		{"overlap among what waits", handshake + `
			A> 105 "56"
			A> 103 "3456789"
			A> 101 "12"`, `
			open 1 A syn=true
			6: A "12"
			5: A "34"
			4: A "56"
			5: A "789"
			close 1 end of capture`},
		{"hole given up after a time", handshake + `
			A> 103 "cc"
			+5s
			A> 105 "dd"`, `
			open 1 A syn=true
			4: A gap 2 lost
			4: A "cc"
			5: A "dd"
			close 1 end of capture`},
		{"late bytes of a hole given up", handshake + `
			A> 103 "cc"
			+5s
			A> 101 "bb"`, `
			open 1 A syn=true
			4: A gap 2 lost
			4: A "cc"
			close 1 end of capture`},
		{"hole that the receiver acknowledged", handshake + `
			A> 103 "cc"
			B> 501 ack 105
			+30ms
			A> 105 "dd"`, `
			open 1 A syn=true
			4: A gap 2 not captured
			4: A "cc"
			6: A "dd"
			close 1 end of capture`},
		{"answer to what the capture lacks", handshake + `
			B> 501 "answer" ack 111
			+30ms
			A> 111 "next"`, `
			open 1 A syn=true
			5: A gap 10 not captured
			4: B "answer"
			5: A "next"
			close 1 end of capture`},
		{"sides in the wrong order", handshake + `
			B> 501 "answer" ack 109
			A> 101 "question" ack 501
			A> 109 "next"`, `
			open 1 A syn=true
			5: A "question"
			4: B "answer"
			6: A "next"
			close 1 end of capture`},
		{"FIN in the wrong order", handshake + `
			A> FIN 106
			A> 101 "hello"
			B> FIN 501`, `
			open 1 A syn=true
			5: A "hello"
			4: A ends
			6: B ends
			close 1 closed`},
		{"FIN not captured", handshake + `
			A> 101 "hello"
			B> 501 "x" ack 107
			+30ms
			B> FIN 502 ack 107`, `
			open 1 A syn=true
			4: A "hello"
			5: B "x"
			6: B ends
			close 1 end of capture`},
		{"byte not captured that might have been a FIN", handshake + `
			A> 101 "hello"
			B> 501 ack 107
			+30ms
			A> 107 "more"
			B> 501
			+30ms
			A> 111 "!!"`, `
			open 1 A syn=true
			4: A "hello"
			6: A gap 1 not captured
			6: A "more"
			8: A "!!"
			close 1 end of capture`},
		{"data with a FIN, simultaneous close", handshake + `
			A> FIN 101 "bye"
			B> FIN 501 "bye" ack 101
			A> 105
			B> 505`, `
			open 1 A syn=true
			4: A "bye"
			4: A ends
			5: B "bye"
			5: B ends
			close 1 closed`},
		{"reset", handshake + `
			A> 101 "hello"
			B> RST 501
			+30ms
			A> 106 "late"`, `
			open 1 A syn=true
			4: A "hello"
			close 1 reset`},
		{"reset that the other side ignores", handshake + `
			A> 101 "hello"
			B> 501
			A> RST 103
			A> 106 "more"`, `
			open 1 A syn=true
			4: A "hello"
			7: A "more"
			close 1 end of capture`},
		{"reset that the other side ignores, acknowledged behind a hole", handshake + `
			A> 101 "hello"
			A> 108 "waits"
			B> 501 ack 113
			A> RST 103
			A> 106 ".."
			A> 113 "more"`, `
			open 1 A syn=true
			4: A "hello"
			8: A ".."
			5: A "waits"
			9: A "more"
			close 1 end of capture`},
		{"reset of a connection that begins in the middle", `
			A> 101 "hello" ack 501
			+200ms
			A> 106 "more"
			A> RST 103`, `
			open 1 A syn=false
			1: A "hello"
			2: A "more"
			close 1 reset`},
		{"reset by one who does not know of a FIN", handshake + `
			A> 101 "hello"
			A> FIN 106
			B> 501 ack 107
			A> RST 106
			B> FIN 501`, `
			open 1 A syn=true
			4: A "hello"
			5: A ends
			8: B ends
			close 1 reset`},
		{"who sends behind a reset was none that reset", handshake + `
			A> 101 "hello"
			B> RST 501
			B> 501 "behind"`, `
			open 1 A syn=true
			4: A "hello"
			close 1 reset
			open 2 B syn=false
			6: B2 "behind"
			close 2 end of capture`},
		{"reset captured before what the other side had sent", handshake + `
			A> RST 101
			B> 501 "answer"
			B> FIN 507`, `
			open 1 A syn=true
			5: B "answer"
			6: B ends
			close 1 reset`},
		{"reset behind a FIN, captured before what the other side had sent", handshake + `
			A> 101 "hello"
			A> FIN 106
			A> RST 107
			B> 501 "answer" ack 107`, `
			open 1 A syn=true
			4: A "hello"
			5: A ends
			7: B "answer"
			close 1 reset`},
		{"one side captured later than the other from the beginning", `
			B> SYN 500 ack 101
			B> 501 "answer" ack 109
			A> SYN 100 noack
			A> 101 "question" ack 501`, `
			open 1 A syn=true
			4: A "question"
			2: B "answer"
			close 1 end of capture`},
		{"the side that answers alone", `
			B> SYN 500 ack 101
			B> 501 "answer" ack 109
			+30ms
			B> 507 "another" ack 117
			B> 514 "more" ack 117`, `
			open 1 A syn=true
			3: A gap 8 not captured
			2: B "answer"
			3: B "another"
			4: B "more"
			4: A gap 8 not captured
			close 1 end of capture`},
		{"reset by both sides", handshake + `
			A> 101 "hello"
			A> RST 106
			B> RST 501
			A> 101 "hello"`, `
			open 1 A syn=true
			4: A "hello"
			close 1 reset`},
		{"port reused after a reset, the SYNs lost", handshake + `
			A> 101 "hello"
			A> RST 106
			+1s
			A> 15000106 "again" ack 15000501
			B> 15000501 "bye" ack 15000111`, `
			open 1 A syn=true
			4: A "hello"
			close 1 reset
			open 2 A syn=false
			6: A2 "again"
			7: B2 "bye"
			close 2 end of capture`},
		{"port reused after a reset, the SYNs lost, and its first data", handshake + `
			A> 101 "hello"
			A> RST 106
			+1s
			B> 15000501 "bye" ack 15000111
			+200ms
			A> 15000111 "again" ack 15000504`, `
			open 1 A syn=true
			4: A "hello"
			close 1 reset
			open 2 B syn=false
			6: B2 "bye"
			7: A2 "again"
			close 2 end of capture`},
		{"port reused after one side has closed, the SYNs lost", handshake + `
			A> 101 "hello"
			A> FIN 106
			+1s
			A> 15000106 "again" ack 15000501
			+200ms
			B> 15000501 "bye" ack 15000111`, `
			open 1 A syn=true
			4: A "hello"
			5: A ends
			open 2 A syn=false
			6: A2 "again"
			close 1 end of capture
			7: B2 "bye"
			close 2 end of capture`},
		{"port reused of a connection that was not seen to end, not far ahead", handshake + `
			A> 101 "hello"
			A> SYN 15000100 noack
			B> SYN 15000500 ack 15000101
			A> 15000101 "again" ack 15000501
			A> FIN 15000106
			B> FIN 15000501
			A> 15000107
			+1s
			A> 15000107`, `
			open 1 A syn=true
			4: A "hello"
			open 2 A syn=true
			7: A2 "again"
			8: A2 ends
			9: B2 ends
			close 2 closed
			close 1 end of capture`},
		{"port reused after a reset", handshake + `
			A> 101 "hello"
			A> RST 106
			A> SYN 70000 noack
			B> 501 "answer" ack 106
			B> SYN 80000 ack 70001
			A> 70001 "again" ack 80001`, `
			open 1 A syn=true
			4: A "hello"
			7: B "answer"
			open 2 A syn=true
			9: A2 "again"
			close 1 reset
			close 2 end of capture`},
		{"reset before data that was sent earlier", handshake + `
			B> RST 504 ack 106
			A> 101 "hello" ack 501
			B> 501 "bye"`, `
			open 1 A syn=true
			5: A "hello"
			6: B "bye"
			close 1 reset`},
		{"SYN with data", `
			A> SYN 100 "hello"
			B> SYN 500
			A> 106 "more"`, `
			open 1 A syn=true
			1: A "hello"
			3: A "more"
			close 1 end of capture`},
		{"simultaneous open", `
			A> SYN 100
			B> SYN 500 noack
			A> SYN 100
			B> SYN 500
			A> 101 "a"
			B> 501 "b"`, `
			open 1 A syn=true
			5: A "a"
			6: B "b"
			close 1 end of capture`},
		{"simultaneous open, the one who waits first", `
			B> SYN 500
			A> SYN 100 noack
			B> SYN 500 ack 101
			A> SYN 100 ack 501
			A> 101 "a"
			B> 501 "b"`, `
			open 1 A syn=true
			5: A "a"
			6: B "b"
			close 1 end of capture`},
		{"SYN not captured, its answer is", `
			B> SYN 500 ack 101
			A> 101 "hello"
			B> 501 "world"`, `
			open 1 A syn=true
			2: A "hello"
			3: B "world"
			close 1 end of capture`},
		{"SYN after its answer", `
			B> SYN 500 ack 101
			A> SYN 100 noack
			A> 101 "hello"`, `
			open 1 A syn=true
			3: A "hello"
			close 1 end of capture`},
		{"answer to the SYN not captured, first data neither", `
			A> SYN 100
			A> 101 ack 501
			A> 101 "hello" ack 501
			B> 503 "cc"
			+6s
			B> 505 "dd"`, `
			open 1 A syn=true
			3: A "hello"
			4: B gap 2 lost
			4: B "cc"
			5: B "dd"
			close 1 end of capture`},
		{"from the middle", `
			A> 101 "question" ack 501
			B> 501 "answer"
			A> 109 "question"`, `
			open 1 A syn=false
			1: A "question"
			2: B "answer"
			3: A "question"
			close 1 end of capture`},
		{"from the middle, first two swapped", `
			A> 103 "cc" ack 501
			A> 101 "bb" ack 501
			B> 501 "answer"`, `
			open 1 A syn=false
			2: A "bb"
			1: A "cc"
			3: B "answer"
			close 1 end of capture`},
		{"from the middle, one side only", `
			A> 103 "cc" ack 501
			A> 101 "bb" ack 501
			+200ms
			A> 105 "dd" ack 511`, `
			open 1 A syn=false
			2: A "bb"
			1: A "cc"
			3: A "dd"
			3: B gap 10 not captured
			close 1 end of capture`},
		{"from the middle, SYN late", `
			A> 101 "bb" noack
			A> SYN 100 noack
			A> 103 "cc" noack`, `
			open 1 A syn=true
			1: A "bb"
			3: A "cc"
			close 1 end of capture`},
		{"from the middle, the answer to the SYN late", `
			A> 101 ack 501
			B> 501 "two" ack 104
			A> 104 "three" ack 504
			B> SYN 500 ack 101
			A> 101 "one" ack 501`, `
			open 1 A syn=true
			5: A "one"
			2: B "two"
			3: A "three"
			close 1 end of capture`},
		{"from the middle, FIN before the data", `
			B> 501 "two" ack 101
			A> FIN 104 ack 504
			A> 101 "one" ack 504`, `
			open 1 B syn=false
			1: B "two"
			3: A "one"
			2: A ends
			close 1 end of capture`},
		{"retransmission that acknowledges the answer", handshake + `
			A> 104 "b" ack 501
			B> 501 "answer" ack 105
			A> 101 "req" ack 507`, `
			open 1 A syn=true
			6: A "req"
			4: A "b"
			5: B "answer"
			close 1 end of capture`},
		{"retransmission with what was sent behind it", handshake + `
			A> 101 "one" ack 501
			A> 104 "two" ack 506
			B> 501 "replyagain" ack 107`, `
			open 1 A syn=true
			4: A "one"
			6: B "reply"
			5: A "two"
			6: B "again"
			close 1 end of capture`},
		{"retransmission with what was sent behind it, that waits", handshake + `
			A> 101 "one" ack 501
			A> 104 "two" ack 506
			B> 504 "lyagain" ack 107
			B> 501 "rep" ack 104`, `
			open 1 A syn=true
			4: A "one"
			7: B "rep"
			6: B "ly"
			5: A "two"
			6: B "again"
			close 1 end of capture`},
		{"bytes from before the beginning", `
			B> 150 "stale"
			B> 190 "xyhello"
			A> SYN 300 ack 192
			B> 197 "world" ack 301`, `
			open 1 B syn=true
			2: B "hello"
			4: B "world"
			close 1 end of capture`},
		{"a keep-alive begins nothing", `
			A> 100 "x" ack 501
			B> 501 ack 101
			A> 101 "hello" ack 501
			B> 501 "world"`, `
			open 1 A syn=false
			3: A "hello"
			4: B "world"
			close 1 end of capture`},
		{"keep-alives and zero-window probes", handshake + `
			A> 101 "hello"
			A> 105
			A> 105 "x"
			B> 501
			A> 106 "more"`, `
			open 1 A syn=true
			4: A "hello"
			8: A "more"
			close 1 end of capture`},
		{"sequence wrap", `
			A> SYN 4294967290
			B> SYN 4294967295
			A> 4294967291 "12345678" 
			A> 4 "cd"
			B> 0 "x"
			A> 3 "b"`, `
			open 1 A syn=true
			3: A "12345678"
			6: A "b"
			4: A "cd"
			5: B "x"
			close 1 end of capture`},
		{"cut by snaplen", handshake + `
			A> 101 "he" cut 8
			A> 111 "next"
			A> 120 "x" cut 1
			A> 115 "5" cut 4`, `
			open 1 A syn=true
			4: A "he"
			4: A gap 8 cut by snaplen
			5: A "next"
			7: A "5"
			7: A gap 4 cut by snaplen
			6: A "x"
			6: A gap 1 cut by snaplen
			close 1 end of capture`},
		{"captured twice", `
			A> SYN 100
			A> SYN 100
			B> SYN 500
			B> SYN 500
			A> 101 "hello"
			A> 101 "hello"
			A> FIN 106
			A> FIN 106
			B> FIN 501
			B> FIN 501
			A> 107
			A> 107`, `
			open 1 A syn=true
			5: A "hello"
			7: A ends
			9: B ends
			close 1 closed`},
		{"port reused, the old connection's packets still coming", handshake + `
			A> 101 "old"
			A> SYN 70000 noack
			B> SYN 80000 ack 70001
			A> 70001 "new" ack 80001
			A> 104 "late" ack 501
			B> 501 "late" ack 104
			B> 80001 "new" ack 70004
			+11s
			A> 70004 "more" ack 80004`, `
			open 1 A syn=true
			4: A "old"
			open 2 A syn=true
			7: A2 "new"
			8: A "late"
			9: B "late"
			10: B2 "new"
			close 1 port reused
			11: A2 "more"
			close 2 end of capture`},
		{"port reused after the end", handshake + `
			A> 101 "old"
			A> FIN 104
			B> FIN 501
			A> SYN 70000 noack
			B> SYN 80000 ack 70001
			A> 101 "old" ack 501
			A> 70001 "new" ack 80001`, `
			open 1 A syn=true
			4: A "old"
			5: A ends
			6: B ends
			close 1 closed
			open 2 A syn=true
			10: A2 "new"
			close 2 end of capture`},
		{"port reused, SYN not captured", handshake + `
			A> 101 "old"
			A> 1000000001 "new" ack 2000000001
			B> 2000000001 "new" ack 1000000004
			+30ms
			A> 104 "old" ack 501`, `
			open 1 A syn=true
			4: A "old"
			open 2 A syn=false
			5: A2 "new"
			7: A "old"
			close 1 end of capture
			6: B2 "new"
			close 2 end of capture`},
		{"port reused twice at once", handshake + `
			A> 101 "one"
			A> SYN 70000 noack
			A> 70001 "two" noack
			A> SYN 900000 noack
			A> 900001 "three" noack
			A> 70004 "two" noack`, `
			open 1 A syn=true
			4: A "one"
			open 2 A syn=true
			6: A2 "two"
			close 1 port reused
			open 3 A syn=true
			8: A3 "three"
			9: A2 "two"
			close 2 end of capture
			close 3 end of capture`},
		{"FIN, then reset, before data", handshake + `
			A> FIN 106
			A> RST 107
			A> 101 "hello"`, `
			open 1 A syn=true
			6: A "hello"
			close 1 reset`},
		{"reset with an older sequence number", handshake + `
			A> 101 "hello"
			A> RST 103`, `
			open 1 A syn=true
			4: A "hello"
			close 1 reset`},
		{"one side only, of more than sequence numbers count", `
			A> 101 "aa" ack 1000
			+200ms
			A> 103 "bb" ack 1000000000
			A> 105 "cc" ack 2000000000
			A> 107 "dd" ack 3000000000
			A> 109 "ee" ack 4000000000
			A> 111 "ff" ack 500000000`, `
			open 1 A syn=false
			1: A "aa"
			2: A "bb"
			3: A "cc"
			4: A "dd"
			5: A "ee"
			6: A "ff"
			6: B gap 4794966296 not captured
			close 1 end of capture`},
		{"packets behind the end begin nothing", handshake + `
			A> 101 "hello"
			A> FIN 106
			B> FIN 501
			A> 101 "hello"
			A> FIN 106
			B> RST 502`, `
			open 1 A syn=true
			4: A "hello"
			5: A ends
			6: B ends
			close 1 closed`},
		{"idle", handshake + `
			A> 101 "hello"
			A> 108 "waits"
			+16m
			A> 113 "again"`, `
			open 1 A syn=true
			4: A "hello"
			5: A gap 2 lost
			5: A "waits"
			close 1 idle
			open 2 A syn=false
			6: A2 "again"
			close 2 end of capture`},
		{"sequence numbers go astray, and come back", handshake + `
			A> 101 "hello"
			A> 3000000000 "stray"
			A> 106 "back"`, `
			open 1 A syn=true
			4: A "hello"
			5: A gap -1 lost
			5: A "stray"
			6: A gap -1 lost
			6: A "back"
			close 1 end of capture`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScript(t, Options{})
			s.run(test.script)
			s.a.Flush()
			var want []string
			for line := range strings.Lines(test.want) {
				if line = strings.TrimSpace(line); line != "" {
					want = append(want, line)
				}
			}
			if diff := cmp.Diff(want, s.calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			if w := s.a.Stats().Waiting; w != 0 {
				t.Errorf("%d bytes still wait after Flush", w)
			}
		})
	}
}

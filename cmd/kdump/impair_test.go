package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/kdump/kdump/cmd/kdump/internal/impair"
)

// TestImpaired damages every capture in every way and holds what kdump shows
// of it against what it shows of the whole capture: every exchange all of
// whose bytes are still there is shown, with the same messages, and nothing
// is shown that never was, nor a secret.
//
// Excepted is, in each direction, the first whole message behind a hole that
// swallowed the size of a message, so that nothing tells where the next one
// begins. Bytes that come long after their acknowledgement, or long after others
// of a direction that has no beginning, count as missing. Where nothing is
// missing nothing is said to be.
//
// KDUMP_KEEP names a folder that is to get the damaged captures of which that
// does not hold. KDUMP_SEEDS says in how many ways each impairment is tried, 1 if not set,
// and -v has the results shown as a table.
func TestImpaired(t *testing.T) {
	seeds := 1
	if s := os.Getenv("KDUMP_SEEDS"); s != "" {
		var err error
		if seeds, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob("../../testdata/captures/*.pcap*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	var table matrix
	t.Run("captures", func(t *testing.T) {
		for number, file := range files {
			name, _, _ := strings.Cut(filepath.Base(file), ".pcap")
			if name == "snaplen" {
				continue // it has no whole messages to hold anything against
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				whole := newTruth(t, file)
				for i := range impair.All {
					for seed := range seeds {
						link := impair.Links[(number+i+seed)%len(impair.Links)]
						s := judgeImpaired(t, whole, &impair.All[i], link, uint64(seed))
						table.add(&impair.All[i], name, s)
					}
				}
			})
		}
	})
	t.Logf("exchanges found of those that are whole (invented, mispaired, altered):\n%s", &table)
}

// judgeImpaired damages a capture, reads it, and counts what was made of it.
func judgeImpaired(t *testing.T, whole *truth, how *impair.Impairment, link impair.Link, seed uint64) score {
	trace := how.Apply(seed, whole.trace)
	out := kdumpReads(t, trace.Pcap(link, how.Fragments))
	for _, form := range whole.secrets {
		if at := bytes.Index(out, []byte(form)); at >= 0 {
			t.Errorf("%s over %s, seed %d: prints a secret in ...%s", how.Name, link.Name, seed, out[max(0, at-300):at+len(form)])
		}
	}
	if line := whole.hidden.in(t, out); line != "" {
		t.Errorf("%s over %s, seed %d: shows a secret in hex: %.700s", how.Name, link.Name, seed, line)
	}
	j := newJudge(whole, trace)
	for line := range bytes.Lines(out) {
		j.line(t, line)
	}
	j.missing()
	j.score.found = j.score.whole - len(j.missed)
	faults := append(j.faults, j.missed...)
	if len(faults) > 0 && os.Getenv("KDUMP_KEEP") != "" {
		keep(t, trace.Pcap(link, how.Fragments), fmt.Sprint(how.Name, " ", seed))
	}
	for _, fault := range faults {
		t.Errorf("%s over %s, seed %d: %s", how.Name, link.Name, seed, fault)
	}
	return j.score
}

// keep writes a damaged capture where KDUMP_KEEP says.
func keep(t *testing.T, pcap []byte, how string) {
	name := strings.NewReplacer(" ", "-", "%", "percent", ",", "").Replace(filepath.Base(t.Name())+" "+how) + ".pcap"
	if err := os.WriteFile(filepath.Join(os.Getenv("KDUMP_KEEP"), name), pcap, 0o666); err != nil {
		t.Fatal(err)
	}
}

// kdumpReads runs kdump read on a capture and returns the lines it prints.
func kdumpReads(t *testing.T, capture []byte) []byte {
	var out, talk bytes.Buffer
	if code := run([]string{"read", "-f", "ndjson", "-"}, streams{bytes.NewReader(capture), &out, &talk}); code != exitDone {
		t.Fatalf("exit code %d: %s", code, &talk)
	}
	return out.Bytes()
}

// shown is what the judge looks at in a line of kdump's output.
type shown struct {
	Type       string
	Client     string
	Server     string
	Connection string
	Request    json.RawMessage
	Header     struct {
		Key         int16 `json:"requestApiKey"`
		Version     int16 `json:"requestApiVersion"`
		Correlation int32 `json:"correlationId"`
	} `json:"requestHeader"`
	ResponseHeader struct {
		Correlation int32 `json:"correlationId"`
	}
	RequestSize  int64 `json:"requestSizeBytes"`
	ResponseSize int64 `json:"responseSizeBytes"`
	Problems     json.RawMessage
	Unanswered   string
}

func (s *shown) ends() string { return s.Client + " " + s.Server }

// key identifies a request, as far as its header and size do.
func (s *shown) key() string {
	return fmt.Sprint(s.ends(), " ", s.Type == "sasl", s.Header, s.RequestSize)
}

// responseKey identifies a response by what it begins with.
func responseKey(ends string, correlation int32, size int64) string {
	return fmt.Sprint(ends, " ", correlation, size)
}

// essence is a line without what damage elsewhere may change: times, the
// connection's number, what was learned from other messages, and how a
// connection ended, or what was lost, that left a request unanswered.
func essence(line []byte) string {
	kind := line[:bytes.IndexByte(line, ',')]
	from := bytes.Index(line, []byte(`"requestHeader":`))
	if from < 0 {
		from = max(0, bytes.Index(line, []byte(`"requestSizeBytes":`)))
	}
	ends := line[bytes.Index(line, []byte(`"client":`)):bytes.Index(line, []byte(`,"connection":`))]
	return string(kind) + string(ends) + withoutNames(ending.ReplaceAll(line[from:], nil))
}

var (
	topicName = regexp.MustCompile(`("topicId":"[^"]*"),"topicName":"[^"]*"`)
	ofStream  = regexp.MustCompile(`"unalignedRecords":\[[^]]*\]`) // batches that may have begun in other messages
	mechanism = regexp.MustCompile(`,"sasl":\{[^}]*\}`)
	ending    = regexp.MustCompile(`,"unanswered":"(connection|end|port reused|its response may)[^"]*"`)
)

// withoutNames is JSON without what was learned from other messages.
func withoutNames(b []byte) string {
	b = ofStream.ReplaceAll(topicName.ReplaceAll(b, []byte("$1")), nil)
	return string(mechanism.ReplaceAll(b, nil))
}

// truth is what a whole capture holds.
type truth struct {
	trace     *impair.Trace
	exchanges []*exchange
	frames    [][2][]frame // of each talk and direction
	secrets   []string
	hidden    hiddenBytes
	byEssence map[string]*exchange
	byKey     map[string][]*exchange
	responses map[string][]*exchange
}

// frame is where a message lies in what its direction sent.
type frame struct {
	from, to int // with the size prefix
	used     bool
	request  int // of a response, the frame that it answers
}

// exchange is one that kdump shows of the whole capture.
type exchange struct {
	shown
	essence           string
	talk              int
	request, response int // indexes of frames; response -1 where there is none
}

// newTruth reads a whole capture, as kdump does and by itself, and finds the
// bytes of every exchange.
func newTruth(t *testing.T, file string) *truth {
	trace, err := impair.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	w := &truth{trace: trace, secrets: secretForms(), hidden: newHiddenBytes(t, file), byEssence: map[string]*exchange{}, byKey: map[string][]*exchange{}, responses: map[string][]*exchange{}}
	clients := map[string][]int{} // talks by their ends, the client's first
	for i, talk := range trace.Talks {
		w.frames = append(w.frames, [2][]frame{framesOf(talk.Sent[0]), framesOf(talk.Sent[1])})
		ends := fmt.Sprint(talk.Ends[0], " ", talk.Ends[1])
		clients[ends] = append(clients[ends], i)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(kdumpReads(t, raw)) {
		x := &exchange{essence: essence(line)}
		if err := json.Unmarshal(line, &x.shown); err != nil {
			t.Fatal(err)
		}
		switch x.Type {
		case "exchange", "request", "sasl":
		case "tls":
			continue
		default:
			t.Fatalf("a whole capture has %s", line)
		}
		if !w.locate(x, clients[x.ends()]) {
			t.Fatalf("no bytes of %s", line)
		}
		w.exchanges = append(w.exchanges, x)
		w.byEssence[x.essence] = x
		w.byKey[x.key()] = append(w.byKey[x.key()], x)
		if x.response >= 0 {
			key := responseKey(x.ends(), w.correlation(x), x.ResponseSize)
			w.responses[key] = append(w.responses[key], x)
		}
	}
	return w
}

// correlation is the correlation id of a response, or what is in its place in
// a SASL token.
func (w *truth) correlation(x *exchange) int32 {
	at := w.frames[x.talk][1][x.response].from + 4
	b := w.trace.Talks[x.talk].Sent[1][at:]
	return int32(binary.BigEndian.Uint32(append(b[:min(4, len(b)):min(4, len(b))], 0, 0, 0, 0)))
}

// framesOf cuts what a direction sent into messages. The last may have been
// cut off.
func framesOf(b []byte) []frame {
	var frames []frame
	for at := 0; at+4 <= len(b); {
		size := int(int32(binary.BigEndian.Uint32(b[at:])))
		if size < 0 {
			break
		}
		frames = append(frames, frame{from: at, to: at + 4 + size})
		at += 4 + size
	}
	return frames
}

// locate finds the frames of an exchange in one of the given talks.
func (w *truth) locate(x *exchange, talks []int) bool {
	for _, talk := range talks {
		for i := range w.frames[talk][0] {
			if !w.is(talk, 0, i, 4, x.Header.Correlation, x.RequestSize, x.Type == "sasl") {
				continue
			}
			x.talk, x.request, x.response = talk, i, -1
			if x.Unanswered == "" && !w.locateResponse(x) {
				continue
			}
			w.frames[talk][0][i].used = true
			return true
		}
	}
	return false
}

func (w *truth) locateResponse(x *exchange) bool {
	for i := range w.frames[x.talk][1] {
		if w.is(x.talk, 1, i, 0, x.Header.Correlation, x.ResponseSize, x.Type == "sasl") {
			x.response = i
			w.frames[x.talk][1][i].used, w.frames[x.talk][1][i].request = true, x.request
			return true
		}
	}
	return false
}

// is reports whether a frame that belongs to no exchange so far has the given
// size, and, but for raw tokens, the correlation id at the offset.
func (w *truth) is(talk, dir, i, offset int, correlation int32, size int64, raw bool) bool {
	f := &w.frames[talk][dir][i]
	if f.used || int64(f.to-f.from-4) != size {
		return false
	}
	at, sent := f.from+4+offset, w.trace.Talks[talk].Sent[dir]
	return raw || at+4 <= min(f.to, len(sent)) && int32(binary.BigEndian.Uint32(sent[at:])) == correlation
}

// score counts what was made of a damaged capture.
type score struct{ whole, found, invented, mispaired, altered int }

// judge holds what is shown of a damaged capture against the truth.
type judge struct {
	truth  *truth
	score  score
	may    map[string]int // by essence, exchanges that can be shown
	must   map[string]int // those that are to be shown, all of their bytes being there
	asked  map[string]int // by key, requests that are to be shown, in an exchange or alone
	sent   map[string]int // by key, all requests
	intact bool           // nothing is missing
	faults []string
	missed []string
}

// patience is that of reassembly: the defaults of its Options AckedTime and
// StartTime.
var patience = impair.Patience{Acked: 20e6, First: 100e6}

func newJudge(w *truth, trace *impair.Trace) *judge {
	j := &judge{truth: w, may: map[string]int{}, must: map[string]int{}, asked: map[string]int{}, sent: map[string]int{}}
	held := trace.Holds(patience)
	j.intact = !slices.ContainsFunc(held, func(h impair.Held) bool { return !h.Whole() })
	// A trace may have every connection several times.
	for ; len(held) > 0; held = held[len(w.frames):] {
		j.expect(held[:len(w.frames)])
	}
	return j
}

// expect works out what is to be shown of what is held of each connection.
func (j *judge) expect(held []impair.Held) {
	w := j.truth
	var certain [2][][]bool // by direction, talk and frame
	for talk, h := range held {
		requests := certainFrames(w.frames[talk][0], h, 0, func(int) bool { return true })
		responses := certainFrames(w.frames[talk][1], h, 1, func(i int) bool {
			f := &w.frames[talk][1][i]
			return f.used && requests[f.request]
		})
		certain[0], certain[1] = append(certain[0], requests), append(certain[1], responses)
	}
	for _, x := range w.exchanges {
		j.may[x.essence]++
		j.sent[x.key()]++
		request, response := certain[0][x.talk][x.request], x.response >= 0 && certain[1][x.talk][x.response]
		switch {
		case x.Type == "sasl" && !w.unbroken(x, &held[x.talk]):
		case request && (response || x.response < 0):
			j.must[x.essence]++
			j.score.whole++
		case request && x.Type != "sasl":
			j.asked[x.key()]++
			j.score.whole++
		}
	}
}

// certainFrames tells which messages of a direction are to be found: those
// that are whole, but for the first that is usable behind a hole that
// swallowed a size.
func certainFrames(frames []frame, h impair.Held, dir int, usable func(int) bool) []bool {
	found := make([]bool, len(frames))
	lost := !h.Beginning
	for i, f := range frames {
		switch {
		case !holds(h.Bytes[dir][f.from : f.from+4]):
			lost = true
		case f.to > len(h.Bytes[dir]) || !holds(h.Bytes[dir][f.from:f.to]) || !usable(i):
		case lost:
			lost = false
		default:
			found[i] = true
		}
	}
	return found
}

// unbroken reports whether a connection is held from its beginning to the end
// of an exchange.
func (w *truth) unbroken(x *exchange, h *impair.Held) bool {
	return h.Beginning && holds(h.Bytes[0][:w.frames[x.talk][0][x.request].to]) &&
		(x.response < 0 || holds(h.Bytes[1][:w.frames[x.talk][1][x.response].to]))
}

func holds(b []bool) bool { return !slices.Contains(b, false) }

// line judges a line of kdump's output.
func (j *judge) line(t *testing.T, line []byte) {
	switch kind, _, _ := bytes.Cut(line, []byte(",")); string(kind) {
	case `{"type":"tls"`:
		return
	case `{"type":"gap"`, `{"type":"undecoded"`:
		if len(j.truth.exchanges) == 0 {
			j.fault(&j.score.invented, "no Kafka", line)
		}
		if j.intact {
			j.fault(&j.score.invented, "nothing is missing", line)
		}
		return
	case `{"type":"exchange"`, `{"type":"request"`, `{"type":"sasl"`:
		if e := essence(line); j.may[e] > 0 {
			j.accept(e)
			j.count(j.truth.byEssence[e], line)
			return
		}
	}
	var s shown
	if err := json.Unmarshal(line, &s); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	known := j.truth.byKey[s.key()]
	if len(known) > 0 && s.Type != "response" {
		j.count(known[0], line)
	}
	switch {
	case s.Type == "response":
		if len(j.truth.responses[responseKey(s.ends(), s.ResponseHeader.Correlation, s.ResponseSize)]) == 0 {
			j.fault(&j.score.invented, "invented", line)
		}
	case len(known) == 0:
		j.fault(&j.score.invented, "invented", line)
	case s.Type == "exchange" && !slices.ContainsFunc(known, func(x *exchange) bool { return x.ResponseSize == s.ResponseSize }):
		j.fault(&j.score.mispaired, "mispaired", line)
	case slices.ContainsFunc(known, func(x *exchange) bool { return withoutNames(x.Request) == withoutNames(s.Request) }):
		j.asked[s.key()]--
		if s.Type == "exchange" && s.Problems == nil {
			j.fault(&j.score.altered, "altered", line)
		}
	case s.Problems == nil:
		j.fault(&j.score.altered, "altered", line)
	}
}

// accept takes note of an exchange that is just as it is in the whole capture.
func (j *judge) accept(essence string) {
	j.may[essence]--
	if j.must[essence] > 0 {
		j.must[essence]--
		return
	}
	j.asked[j.truth.byEssence[essence].key()]--
}

// count has no request be shown more often than it was sent.
func (j *judge) count(x *exchange, line []byte) {
	key := x.key()
	if j.sent[key]--; j.sent[key] < 0 {
		j.fault(&j.score.invented, "shown again", line)
	}
}

func (j *judge) fault(count *int, what string, line []byte) {
	*count++
	j.faults = append(j.faults, what+": "+string(line[:min(len(line), 700)]))
}

// missing counts what was to be shown and was not.
func (j *judge) missing() {
	for _, x := range j.truth.exchanges {
		if j.must[x.essence] > 0 {
			j.must[x.essence]--
			j.missed = append(j.missed, "not shown: "+x.essence[:min(len(x.essence), 300)])
		}
		if key := x.key(); j.asked[key] > 0 {
			j.asked[key]--
			j.missed = append(j.missed, "its request not shown: "+x.essence[:min(len(x.essence), 300)])
		}
	}
}

// matrix is a table of scores, by impairment and capture.
type matrix struct {
	mu     sync.Mutex
	scores map[[2]string]score
	names  []string
}

func (m *matrix) add(how *impair.Impairment, name string, s score) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.scores == nil {
		m.scores = map[[2]string]score{}
	}
	if !slices.Contains(m.names, name) {
		m.names = append(m.names, name)
	}
	for _, column := range []string{name, "all"} {
		sum := m.scores[[2]string{how.Name, column}]
		sum.whole += s.whole
		sum.found += s.found
		sum.invented += s.invented
		sum.mispaired += s.mispaired
		sum.altered += s.altered
		m.scores[[2]string{how.Name, column}] = sum
	}
}

// String draws a row of figures for each capture under the name of each
// impairment.
func (m *matrix) String() string {
	var b strings.Builder
	slices.Sort(m.names)
	for i := range impair.All {
		fmt.Fprintf(&b, "%s\n", impair.All[i].Name)
		for _, name := range append(m.names, "all") {
			s := m.scores[[2]string{impair.All[i].Name, name}]
			fmt.Fprintf(&b, "  %-16s %6d of %6d  (%d, %d, %d)\n", name, s.found, s.whole, s.invented, s.mispaired, s.altered)
		}
	}
	return b.String()
}

package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestRequestLog holds what kdump reads out of each capture against what the
// broker itself logged of the same traffic: every completed request that the
// log names is in kdump's output, with the same header, request and response.
//
// KDUMP_CAPTURES names another folder of captures with their logs, such as
// one that was made just now. What kdump live has shown of the same traffic,
// as NAME.ndjson beside the capture NAME, is held against the log as well, and
// counted in a table, which that folder gets as exchanges.txt.
func TestRequestLog(t *testing.T) {
	folder := capturesFolder()
	logs, err := filepath.Glob(filepath.Join(folder, "*.requests.log.gz"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("no request logs in %s: %v", folder, err)
	}
	byCapture := map[string][]string{}
	for _, log := range logs {
		name := nodeSuffix.ReplaceAllString(strings.TrimSuffix(log, ".requests.log.gz"), "")
		found, _ := filepath.Glob(name + ".pcap*")
		if len(found) != 1 {
			t.Fatalf("%s has %d captures beside it, want one", log, len(found))
		}
		if shown := name + ".ndjson"; isFile(shown) {
			found = append(found, shown)
		}
		for _, capture := range found {
			byCapture[capture] = append(byCapture[capture], log)
		}
	}
	live := interopTable{}
	for _, capture := range slices.Sorted(maps.Keys(byCapture)) {
		if name, _, _ := strings.Cut(filepath.Base(capture), "."); unreadable[name] != "" {
			continue
		}
		t.Run(filepath.Base(capture), func(t *testing.T) { compare(t, capture, byCapture[capture], live) })
	}
	if len(live) > 0 {
		leave(t, "exchanges.txt", live.String())
	}
}

func capturesFolder() string {
	if folder := os.Getenv("KDUMP_CAPTURES"); folder != "" {
		return folder
	}
	return "../../testdata/captures"
}

// unreadable names captures that do not hold what the broker logged, and why.
// Sessions hold what kdump makes of them.
var unreadable = map[string]string{
	"snaplen": "only the first bytes of each packet were captured",
	"tls":     "it is encrypted",
}

// nodeSuffix is what a log's name has behind the capture's where several
// brokers log one capture's traffic.
var nodeSuffix = regexp.MustCompile(`\.(broker|node|controller)[0-9]+$`)

func isFile(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// message is one exchange, as kdump prints it or as the broker logs it.
type message struct {
	Type          string          `json:"type"`
	Connection    string          `json:"connection"`
	Header        map[string]any  `json:"requestHeader"`
	Request       any             `json:"request"`
	Response      any             `json:"response"`
	Principal     string          `json:"principal"`
	Protocol      string          `json:"securityProtocol"`
	Software      map[string]any  `json:"clientInformation"`
	Problems      json.RawMessage `json:"problems"`
	IsForwarded   bool            `json:"isForwarded"`
	Forwarded     *message        `json:"forwarded"`
	NoResponseWhy string          `json:"unanswered"`

	place       int  // in kdump's output
	isUnwrapped bool // forwarded, and not answered in the envelope
}

func (m *message) key() string {
	return fmt.Sprint(endpoints(m.Connection), m.IsForwarded, m.Header["requestApiKey"], m.Header["requestApiVersion"], m.Header["correlationId"])
}

// connection is the part of a connection's name that kdump and Kafka share:
// server and client. Kafka writes IPv6 addresses without brackets and zeros out.
var connection = regexp.MustCompile(`^\[?(.*?)\]?:(\d+)-\[?(.*?)\]?:(\d+)-`)

func endpoints(name string) string {
	parts := connection.FindStringSubmatch(name)
	if parts == nil {
		return name
	}
	server, err1 := netip.ParseAddr(parts[1])
	client, err2 := netip.ParseAddr(parts[3])
	if err1 != nil || err2 != nil {
		return name
	}
	return fmt.Sprint(server, parts[2], client, parts[4])
}

// interopTable counts what kdump live has shown, by client software and by release of
// the broker. What brokers do not log (logins, the envelopes of forwarded
// requests, what they never answered) is shown as well, and held against nothing.
type interopTable map[[2]string]*interopRow

type interopRow struct{ shown, equal, different, missing int }

func (t interopTable) row(software, release string) *interopRow {
	r := t[[2]string{software, release}]
	if r == nil {
		r = new(interopRow)
		t[[2]string{software, release}] = r
	}
	return r
}

func (t interopTable) String() string {
	var text strings.Builder
	line := func(software, release string, counts ...any) {
		fmt.Fprintf(&text, "%-46s%-7s%20s%22s%11s%9s%12s\n", append([]any{software, release}, counts...)...)
	}
	line("client", "broker", "exchanges shown live", "equal to request log", "different", "missing", "not logged")
	var all interopRow
	for _, names := range slices.SortedFunc(maps.Keys(t), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		r := t[names]
		line(names[0], names[1], r.counts()...)
		all = interopRow{all.shown + r.shown, all.equal + r.equal, all.different + r.different, all.missing + r.missing}
	}
	line("all", "", all.counts()...)
	return text.String()
}

func (r *interopRow) counts() []any {
	var texts []any
	for _, n := range []int{r.shown, r.equal, r.different, r.missing, r.shown - r.equal - r.different} {
		texts = append(texts, strconv.Itoa(n))
	}
	return texts
}

// leave logs a text, and leaves it among captures that were made just now.
func leave(t *testing.T, name, text string) {
	t.Helper()
	t.Log("\n" + text)
	if folder := os.Getenv("KDUMP_CAPTURES"); folder != "" {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
			t.Error(err)
		}
	}
}

// readLive reads a file that was made while kdump live showed what passed.
func readLive(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// softwares tells for each connection what the client says that it is, in
// ApiVersions, or else whom its client id gives away.
type softwares map[string]string

func (s softwares) note(m *message) {
	if name, ok := m.Software["softwareName"].(string); ok && name != "unknown" && !strings.HasPrefix(name, "sweep-") {
		s[m.Connection] = fmt.Sprint(name, " ", m.Software["softwareVersion"])
	} else if s[m.Connection] == "" {
		id, _ := m.Header["clientId"].(string)
		s[m.Connection] = silentSoftware(id)
	}
}

// silentSoftware names what says nothing of itself by the client id that it has
// of testdata/captures/make.
func silentSoftware(id string) string {
	if _, err := strconv.Atoi(id); err == nil || strings.HasPrefix(id, "broker-") {
		return "brokers among themselves, old versions"
	}
	for _, known := range [][2]string{
		{"aio-", "aiokafka"},
		{"franz-", "franz-go, old versions"},
		{"kafkago@", "kafka-go"},
		{"kafkajs-", "kafkajs"},
		{"python-1.4.7", "kafka-python 1.4.7"},
		{"rawsasl", "sarama, old versions"},
		{"refused-", "apache-kafka-java, never logged in"},
		{"sarama-", "sarama, old versions"},
		{"rdkafka", "librdkafka, old versions"},
		{"sweep", "Sweep.java, every version"},
		{"unsupported", "apache-kafka-java, never logged in"},
	} {
		if strings.HasPrefix(id, known[0]) {
			return known[1]
		}
	}
	if id == "" {
		return "kafka-go"
	}
	return "client id " + strconv.Quote(id)
}

func compare(t *testing.T, capture string, logs []string, live interopTable) {
	var out string
	isLive := strings.HasSuffix(capture, ".ndjson")
	if isLive {
		out = readLive(t, capture)
	} else {
		out, _ = kdumpRead(t, "-f", "ndjson", "--exact", "--show-secrets", capture)
	}
	shown, old := map[string][]*message{}, map[string]int{}
	types := map[string]int{}
	problems, places := 0, 0
	latest := map[string]int{} // place of each connection that was logged
	clients, counts := softwares{}, map[string]int{}
	for m := range messages(t, strings.NewReader(out), "") {
		types[m.Type]++
		places++
		m.place = places
		clients.note(m)
		if m.Problems != nil {
			problems++
			if !m.isCutOff() && !m.isPreview() && !m.isTooLong() {
				t.Errorf("problems in %v: %s", m.Header, m.Problems)
			}
		}
		if m.Forwarded != nil {
			m.Forwarded.IsForwarded, m.Forwarded.Connection = true, m.Connection
			m.Forwarded.isUnwrapped = errorCode(m.Response) == notController && m.Forwarded.Response == nil
			shown[m.Forwarded.key()] = append(shown[m.Forwarded.key()], m.Forwarded)
		}
		if m.Type == "exchange" || m.Type == "request" {
			shown[m.key()] = append(shown[m.key()], m)
			old[m.oldKey()]++
			counts[m.Connection]++
		}
	}
	release := ""
	if isLive {
		release = strings.TrimSpace(readLive(t, strings.Replace(logs[0], ".requests.log.gz", ".release", 1)))
	} else {
		live = interopTable{}
	}
	for connection, n := range counts {
		live.row(clients[connection], release).shown += n
	}
	logged, equal, previews := 0, 0, 0
	for _, log := range logs {
		text := unzip(t, log)
		for want := range messages(t, bytes.NewReader(text), "Completed request:") {
			logged++
			got := shown[want.key()]
			if len(got) == 0 {
				t.Errorf("not shown: %s %v", want.Connection, want.Header)
				clients.note(want)
				live.row(clients[want.Connection], release).missing++
				continue
			}
			row := live.row(clients[got[0].Connection], release)
			shown[want.key()] = got[1:]
			if c := endpoints(want.Connection); got[0].Type == "exchange" && !want.IsForwarded {
				// The broker logs a request without response when it is done with it,
				// all others in the order of their responses.
				if got[0].place < latest[c] {
					t.Errorf("%s %v: shown before one that was completed before it", want.Connection, want.Header)
				}
				latest[c] = got[0].place
			}
			if got[0].isPreview() {
				previews++
				continue
			}
			if diff := difference(want, got[0]); diff != "" {
				t.Errorf("%s %v: -log +kdump:\n%s", want.Connection, want.Header, diff)
				row.different++
				continue
			}
			equal++
			row.equal++
		}
		n, found := oldLog(t, linesOf(bytes.NewReader(text)), old)
		logged += n
		equal += found
	}
	t.Logf("shown %v, with problems %d; logged %d, of them equal %d, previews %d", types, problems, logged, equal, previews)
	if isLive && types["gap"]+types["undecoded"]+types["response"] > 0 {
		t.Error("something was lost on the way to kdump live")
	}
	if logged == 0 {
		t.Error("the log names no completed request")
	}
}

func linesOf(r io.Reader) *bufio.Scanner {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<20)
	return lines
}

func unzip(t testing.TB, file string) []byte {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// oldKey is a message's key in the logs of old brokers.
func (m *message) oldKey() string {
	parts := connection.FindStringSubmatch(m.Connection)
	return fmt.Sprint(m.Header["requestApiKey"], " v", m.Header["requestApiVersion"], " #", m.Header["correlationId"], " ", parts[3]+":"+parts[4])
}

// difference compares what both sides say of one exchange, but for where they
// are known to differ.
func difference(want, got *message) string {
	// The broker marks versions that its own release calls deprecated.
	delete(want.Header, "requestApiVersionDeprecated")
	rename(want)
	hide(want.Request, got.Request)
	if isUnknownApiVersions(want) {
		// A broker cannot read the body of a version that it does not know.
		got.Request = want.Request
	}
	diff := diffOf(want.Header, got.Header) + diffOf(want.Request, got.Request)
	// The broker logs the empty string where it sends no response (acks=0), and
	// the response that it was about to send where the connection ended before.
	// A broker that has ceased to be the controller logs what it would have
	// answered to a forwarded request, and sends the envelope without it.
	if !got.isCutOff() && !got.isUnwrapped && (got.Type != "request" || want.Response != "") {
		diff += diffOf(want.Response, got.Response)
	}
	// kdump leaves out what it has not seen. The broker calls software unknown
	// until it has answered the client's ApiVersions.
	if got.Protocol != "" {
		diff += diffOf(want.Protocol, got.Protocol)
	}
	if got.Principal != "" {
		diff += diffOf(want.Principal, got.Principal)
	}
	if got.Software != nil && want.Software["softwareName"] != "unknown" {
		diff += diffOf(want.Software, got.Software)
	}
	return diff
}

// isCutOff reports whether the connection ended before the response, or
// before the response's end.
func (m *message) isCutOff() bool {
	return m.Type == "request" && strings.HasPrefix(m.NoResponseWhy, "connection ") ||
		strings.Contains(string(m.Problems), `"message":"connection reset before the message's end`)
}

// isPreview reports whether 3.9 spoke a version before it had the layout that
// it was released with, so that its last field cannot be read.
func (m *message) isPreview() bool {
	return fmt.Sprint(m.Header["requestApiKeyName"], m.Header["requestApiVersion"]) == "READ_SHARE_GROUP_STATE_SUMMARY0" &&
		strings.Contains(string(m.Problems), `"message":"the message ends: needs 8 bytes, has 7"`)
}

// isTooLong reports whether librdkafka wrote more than the message's version
// has, which brokers pass over.
func (m *message) isTooLong() bool {
	switch m.Header["requestApiKeyName"] {
	case "METADATA", "ALTER_USER_SCRAM_CREDENTIALS":
		return strings.Contains(fmt.Sprint(m.Software["softwareVersion"]), "rdkafka") && leftOver.Match(m.Problems)
	}
	return false
}

var leftOver = regexp.MustCompile(`^\[\{"side":"request","path":"","offset":\d+,"message":"[13] bytes are left over behind the message","hex":"(010000|00)"\}\]$`)

// renamed are the names that an older release has and the newest, whose names
// kdump uses for all, has not.
var renamed = strings.NewReplacer(
	`"generationId":`, `"generationIdOrMemberEpoch":`, // TxnOffsetCommit v3-4
	`"LIST_CLIENT_METRICS_RESOURCES"`, `"LIST_CONFIG_RESOURCES"`, // v0
	`"clientMetricsResources":[{"name":`, `"configResources":[{"resourceName":`,
	`"clientMetricsResources":[]`, `"configResources":[]`,
	`"candidateEpoch":`, `"replicaEpoch":`, // Vote v0-1
	`"candidateId":`, `"replicaId":`,
	`"candidateDirectoryId":`, `"replicaDirectoryId":`,
)

// rename gives what is logged the names of the newest release.
func rename(m *message) {
	switch m.Header["requestApiKeyName"] {
	case "TXN_OFFSET_COMMIT", "LIST_CLIENT_METRICS_RESOURCES", "VOTE":
	default:
		return
	}
	text, _ := json.Marshal(m)
	d := json.NewDecoder(strings.NewReader(renamed.Replace(string(text))))
	d.UseNumber()
	d.Decode(m)
}

// hide puts what the broker's log prints for the value of a sensitive config
// in the place of the value.
func hide(want, got any) {
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		for key, value := range want {
			if ok && value == "[hidden]" {
				got[key] = value
			} else if ok {
				hide(value, got[key])
			}
		}
	case []any:
		if got, ok := got.([]any); ok && len(got) == len(want) {
			for i := range want {
				hide(want[i], got[i])
			}
		}
	}
}

const unsupportedVersion, notController = "35", "41"

// errorCode is that of a whole response, where it has one.
func errorCode(response any) string {
	fields, _ := response.(map[string]any)
	return fmt.Sprint(fields["errorCode"])
}

func isUnknownApiVersions(m *message) bool {
	return m.Header["requestApiKeyName"] == "API_VERSIONS" && errorCode(m.Response) == unsupportedVersion
}

// messages reads one JSON object a line behind the given prefix. Lines that
// do not begin with it are of other kinds.
func messages(t *testing.T, r io.Reader, prefix string) func(func(*message) bool) {
	return func(yield func(*message) bool) {
		lines := linesOf(r)
		for lines.Scan() {
			text, ok := strings.CutPrefix(lines.Text(), prefix)
			if !ok || !strings.HasPrefix(text, `{"`) {
				continue
			}
			m := new(message)
			d := json.NewDecoder(strings.NewReader(text))
			d.UseNumber()
			if err := d.Decode(m); err != nil {
				t.Fatalf("%v in %s", err, text)
			}
			if !yield(m) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
	}
}

package codec

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"strconv"
	"testing"

	"github.com/kdump/kdump/codec/oracletest"
)

// oracleLine is a message that Kafka's own classes wrote, and what its
// JsonConverter prints of it; see testdata/oracle.
type oracleLine struct {
	APIKey     int16           `json:"apiKey"`
	APIVersion int16           `json:"apiVersion"`
	Type       string          `json:"type"`
	Record     string          `json:"record"`
	Body       string          `json:"body"`
	JSON       json.RawMessage `json:"json"`      // absent for kafka-streams, which has no converter
	JSONSizes  json.RawMessage `json:"jsonSizes"` // with sizes in place of records, where that differs
}

// describe names the line's kind of message.
func (o *oracleLine) describe() string {
	switch o.Type {
	case "record":
		return o.Record + " v" + strconv.Itoa(int(o.APIVersion))
	case "request", "response":
		return "API " + strconv.Itoa(int(o.APIKey)) + " v" + strconv.Itoa(int(o.APIVersion)) + " " + o.Type
	}
	return o.Type + " v" + strconv.Itoa(int(o.APIVersion))
}

// layouts finds the layouts that lines speak of.
type layouts map[string]*Layout

func (known layouts) of(t testing.TB, o *oracleLine) *Layout {
	t.Helper()
	name := o.describe()
	if l := known[name]; l != nil {
		return l
	}
	api, direction := APIByKey(o.APIKey), Request
	switch o.Type {
	case "record":
		api = RecordByName(o.Record)
	case "requestHeader":
		api = HeaderByName("RequestHeader")
	case "responseHeader":
		api = HeaderByName("ResponseHeader")
	case "response":
		direction = Response
	}
	if api == nil {
		t.Fatalf("%s: no definition", name)
	}
	l, err := api.Layout(direction, o.APIVersion)
	if err != nil {
		t.Fatal(err)
	}
	known[name] = l
	return l
}

// eachLine calls visit with every message of a corpus and its bytes.
func eachLine(t testing.TB, corpus io.Reader, visit func(*oracleLine, []byte)) {
	t.Helper()
	lines := bufio.NewReaderSize(corpus, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		var o oracleLine
		if err := json.Unmarshal(line, &o); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		body, err := hex.DecodeString(o.Body)
		if err != nil {
			t.Fatal(err)
		}
		visit(&o, body)
	}
}

// openCorpus opens the messages that lie in testdata/oracle.
func openCorpus(t testing.TB) io.Reader {
	t.Helper()
	return oracletest.Open(t, "../testdata/oracle/corpus.jsonl.gz")
}

// Kafka's messages are read, printed and written as Kafka itself does, and the
// corpus has every kind of message that there are definitions of.
func TestCorpus(t *testing.T) {
	checkCorpus(t, openCorpus(t))
}

func checkCorpus(t *testing.T, corpus io.Reader) {
	t.Helper()
	known, seen := layouts{}, map[*Layout]int{}
	messages := 0
	var c oracleCheck
	eachLine(t, corpus, func(o *oracleLine, body []byte) {
		l := known.of(t, o)
		seen[l]++
		messages++
		c.check(t, l, o, body)
	})
	triples, records, headers := 0, 0, 0
	for _, l := range known {
		switch {
		case l.IsAPI:
			triples++
		case l.Name == "RequestHeader" || l.Name == "ResponseHeader":
			headers++
		default:
			records++
		}
	}
	t.Logf("%d messages: %d triples of API, version and direction, %d versions of records, %d of headers", messages, triples, records, headers)
	everyLayout(t, func(t testing.TB, _ *definition, l *Layout) {
		for known := range seen {
			if known.Name == l.Name && known.Version == l.Version && known.Direction == l.Direction && known.IsAPI == l.IsAPI {
				return
			}
		}
		t.Errorf("%s: not in the corpus", l)
	})
}

// oracleCheck holds messages of ours against those of Kafka.
type oracleCheck struct {
	json JSON
	tree Tree
	dst  []byte
}

func (c *oracleCheck) check(t testing.TB, l *Layout, o *oracleLine, body []byte) {
	t.Helper()
	c.print(t, l, RecordsEmpty, o.JSON, body)
	if o.JSONSizes != nil {
		c.print(t, l, RecordsSize, o.JSONSizes, body)
	}
	c.rewrite(t, l, body)
	c.throughJSON(t, l, body)
}

// print compares the JSON of a message.
func (c *oracleCheck) print(t testing.TB, l *Layout, records JSONRecords, want, body []byte) {
	t.Helper()
	c.json = JSON{Records: records, Walker: Walker{Odd: func(w *Walker, op *Op, odd Oddity, raw []byte) {
		t.Errorf("%s: %x: Kafka's own bytes %x are said to be odd: %s", l, body, raw, odd)
	}}}
	var err error
	c.dst, err = c.json.Append(c.dst[:0], l, Body{Bytes: body})
	switch {
	case err != nil:
		t.Errorf("%x: %v", body, err)
	case len(c.json.Walker.Rest()) > 0:
		t.Errorf("%s: %x: left over %x", l, body, c.json.Walker.Rest())
	case want != nil && !sameJSON(c.dst, want):
		t.Errorf("%s: %x\ngot  %s\nwant %s", l, body, c.dst, want)
	}
}

// rewrite takes a message through a tree.
func (c *oracleCheck) rewrite(t testing.TB, l *Layout, body []byte) {
	t.Helper()
	if err := c.tree.Decode(l, body); err != nil {
		t.Errorf("%x: %v", body, err)
		return
	}
	var err error
	c.dst, err = AppendMessage(c.dst[:0], &c.tree)
	if err != nil || !bytes.Equal(c.dst, body) || len(c.tree.odds) > 0 {
		t.Errorf("%s: through a tree: %v\ngot  %x\nwant %x", l, err, c.dst, body)
	}
}

// throughJSON takes a message through its JSON.
func (c *oracleCheck) throughJSON(t testing.TB, l *Layout, body []byte) {
	t.Helper()
	j := JSON{Records: RecordsBase64, UnknownTags: true}
	text, err := j.Append(nil, l, Body{Bytes: body})
	if err != nil {
		return // said before
	}
	tree, err := ParseJSON(l, text)
	if err != nil {
		t.Errorf("%v: %s", err, text)
		return
	}
	c.dst, err = AppendMessage(c.dst[:0], tree)
	if err != nil || !bytes.Equal(c.dst, body) {
		t.Errorf("%s: through JSON: %v\ntext %s\ngot  %x\nwant %x", l, err, text, c.dst, body)
	}
}

// sameJSON reports whether two texts are the same, but for the digits of
// numbers with a fraction: Java 17 does not always print the fewest.
func sameJSON(a, b []byte) bool {
	for len(a) > 0 && len(b) > 0 {
		if na, nb := floatAt(a), floatAt(b); na > 0 && nb > 0 {
			fa, _ := strconv.ParseFloat(string(a[:na]), 64)
			fb, _ := strconv.ParseFloat(string(b[:nb]), 64)
			if fa != fb {
				return false
			}
			a, b = a[na:], b[nb:]
			continue
		}
		n := tokenAt(a)
		if !bytes.HasPrefix(b, a[:n]) {
			return false
		}
		a, b = a[n:], b[n:]
	}
	return len(a) == len(b)
}

// tokenAt gives the length of the string, number or other byte at the start.
func tokenAt(s []byte) int {
	if s[0] == '"' {
		for i := 1; i < len(s); i++ {
			switch s[i] {
			case '\\':
				i++
			case '"':
				return i + 1
			}
		}
	}
	n := 0
	for n < len(s) && (s[n] == '-' || s[n] == '.' || s[n] == 'E' || s[n] >= '0' && s[n] <= '9') {
		n++
	}
	return max(n, 1)
}

// floatAt gives the length of the number with a fraction at the start, else 0.
func floatAt(s []byte) int {
	n := tokenAt(s)
	if s[0] == '"' || !bytes.Contains(s[:n], []byte(".")) {
		return 0
	}
	return n
}

// A new message is what Kafka's classes make of a new object: the first
// message that the oracle writes of each kind.
func TestNewIsKafkasNew(t *testing.T) {
	known, done := layouts{}, map[*Layout]bool{}
	eachLine(t, openCorpus(t), func(o *oracleLine, body []byte) {
		l := known.of(t, o)
		if done[l] {
			return
		}
		done[l] = true
		got, err := AppendMessage(nil, New(l))
		if err != nil || !bytes.Equal(got, body) {
			t.Errorf("%s: %v\ngot  %x\nwant %x", l, err, got, body)
		}
	})
}

// corners is a Visitor that notes which of the cases a codec may get wrong a
// corpus has.
type corners struct {
	seen map[string]int
	ops  map[*Op]bool // visited with a value
	null map[*Op]bool
}

func (c *corners) Enter(_ *Walker, op *Op, n int) bool {
	c.ops[op] = true
	if n == 0 {
		c.seen["an empty array"]++
	}
	if op.Compact && n > 126 && n < 129 {
		c.seen["a compact array whose length takes two bytes, or just not"]++
	}
	return true
}

func (c *corners) Leave(*Walker, *Op) {}

func (c *corners) Tag(_ *Walker, tag uint32, _ []byte) {
	c.seen["an unknown tag"]++
	if tag > 1<<28 {
		c.seen["an unknown tag of five bytes"]++
	}
}

func (c *corners) Value(_ *Walker, op *Op, raw []byte) {
	if raw == nil {
		c.null[op] = true
		return
	}
	c.ops[op] = true
	switch {
	case op.isInteger():
		low, high := op.limits()
		switch op.Int(raw) {
		case low:
			c.seen["the lowest "+op.Kind.String()]++
		case high:
			c.seen["the highest "+op.Kind.String()]++
		}
	case op.Kind == Float64:
		c.seen["the float "+strconv.FormatFloat(op.Float(raw), 'g', -1, 64)]++
	case op.Kind == Records:
		c.seen["records of codec "+strconv.Itoa(int(raw[22]&7))]++
	case op.Width == 0:
		c.seen[op.Kind.String()+" of "+strconv.Itoa(len(raw))+" bytes"]++
		if bytes.Contains(raw, []byte("\U0001F600")) {
			c.seen["a character of four bytes"]++
		}
	}
}

// The corpus has every field of every version, null and not (but for tagged
// fields that are null by default, which Kafka does not write), and the values
// that are easily got wrong.
func TestCorpusReachesTheCorners(t *testing.T) {
	known := layouts{}
	c := corners{map[string]int{}, map[*Op]bool{}, map[*Op]bool{}}
	var w Walker
	eachLine(t, openCorpus(t), func(o *oracleLine, body []byte) {
		if err := w.Walk(known.of(t, o), Body{Bytes: body}, &c); err != nil {
			t.Error(err)
		}
	})
	want := []string{"an empty array", "a compact array whose length takes two bytes, or just not", "an unknown tag", "an unknown tag of five bytes",
		"a character of four bytes", "the float NaN", "the float +Inf", "the float -Inf", "the float 5e-324", "the float 1.7976931348623157e+308"}
	for _, kind := range []Kind{Int8, Int16, Uint16, Int32, Uint32, Int64} {
		want = append(want, "the lowest "+kind.String(), "the highest "+kind.String())
	}
	for codec := range 5 {
		want = append(want, "records of codec "+strconv.Itoa(codec))
	}
	for _, n := range []int{0, 126, 127, 128, 16382, 16383, 16384} {
		want = append(want, "string of "+strconv.Itoa(n)+" bytes", "bytes of "+strconv.Itoa(n)+" bytes")
	}
	for _, corner := range want {
		if c.seen[corner] == 0 {
			t.Errorf("the corpus has not: %s", corner)
		}
	}
	for _, l := range known {
		for i := range l.Ops {
			op := &l.Ops[i]
			if !c.ops[op] {
				t.Errorf("%s: no %s (%s)", l, op.Name, op.Kind)
			}
			if byDefault := op.Tagged && op.Default == "null"; op.Nullable && !byDefault && !c.null[op] {
				t.Errorf("%s: %s is never null", l, op.Name)
			}
		}
	}
}

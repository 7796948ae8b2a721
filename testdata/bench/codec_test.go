// Package bench measures the codec against kmsg, franz-go's generated one, and
// the reading of records against its client, kgo, on the same bytes in one run:
//
//	go test -bench . -count 5 -cpu 1
//
// On one CPU nobody else's CPU collects the garbage of those who make some.
// It is a module of its own, so that kdump does not depend on franz-go. Behind
// the figures of the single benchmarks come tables of the best of all runs.
package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"text/tabwriter"

	"github.com/kdump/kdump/codec"
)

// subject is a message at one version, and its bytes.
type subject struct {
	message
	layout *codec.Layout
	bytes  []byte
}

// subjects gives all messages at all versions that are measured. The bytes
// are kmsg's, and the codec must write the same.
func subjects(tb testing.TB) []subject {
	tb.Helper()
	var all []subject
	for _, m := range messages {
		direction := codec.Request
		if m.response {
			direction = codec.Response
		}
		for _, version := range []int16{m.old, m.new} {
			layout, err := codec.APIByName(m.api).Layout(direction, version)
			if err != nil {
				tb.Fatal(err)
			}
			filled := m.fill()
			filled.SetVersion(version)
			all = append(all, subject{m, layout, filled.AppendTo(nil)})
		}
	}
	return all
}

// fresh makes an empty message of kmsg's.
func (s *subject) fresh() body {
	m := s.make()
	m.SetVersion(s.layout.Version)
	return m
}

// Both sides read the messages to their end and write what they read.
func TestSameBytes(t *testing.T) {
	for _, s := range subjects(t) {
		tree, err := codec.Decode(s.layout, s.bytes)
		if err != nil || len(tree.Trailing) > 0 {
			t.Errorf("%v, %d bytes left over", err, len(tree.Trailing))
			continue
		}
		ours, err := codec.AppendMessage(nil, tree)
		if err != nil || !bytes.Equal(ours, s.bytes) {
			t.Errorf("%s: codec: %v", s.layout, err)
		}
		theirs := s.fresh()
		if err := theirs.ReadFrom(s.bytes); err != nil || !bytes.Equal(theirs.AppendTo(nil), s.bytes) {
			t.Errorf("%s: kmsg: %v", s.layout, err)
		}
	}
}

// counter is the smallest Visitor: it looks at every value and keeps nothing.
type counter struct{ values, bytes int }

func (c *counter) Enter(*codec.Walker, *codec.Op, int) bool { return true }
func (c *counter) Leave(*codec.Walker, *codec.Op)           {}
func (c *counter) Tag(_ *codec.Walker, _ uint32, raw []byte) {
	c.values++
	c.bytes += len(raw)
}
func (c *counter) Value(_ *codec.Walker, _ *codec.Op, raw []byte) {
	c.values++
	c.bytes += len(raw)
}

// contestant is one way to do something with a message. Its run makes what may
// be used again and returns what is done with each message.
type contestant struct {
	name string
	run  func(tb testing.TB, s *subject) func() error
}

var contestants = []contestant{
	{"walk", walk},
	{"kmsg", kmsgRead},
	{"kmsg-unsafe", kmsgUnsafeRead},
	{"JSON", appendJSON},
	{"kmsg+encoding-json", kmsgJSON},
	{"read-JSON", readJSON},
	{"tree", readTree},
	{"write", writeTree},
	{"kmsg-write", kmsgWrite},
}

func walk(_ testing.TB, s *subject) func() error {
	var w codec.Walker
	var c counter
	return func() error { return w.Walk(s.layout, codec.Body{Bytes: s.bytes}, &c) }
}

// kmsgRead decodes into a new message, as a program does that keeps it.
func kmsgRead(_ testing.TB, s *subject) func() error {
	return func() error { return s.fresh().ReadFrom(s.bytes) }
}

// kmsgUnsafeRead has strings be parts of the bytes, as the walker's are.
func kmsgUnsafeRead(_ testing.TB, s *subject) func() error {
	return func() error { return s.fresh().UnsafeReadFrom(s.bytes) }
}

// appendJSON leaves records out, as Kafka does: they are the same base64 for
// whoever prints them.
func appendJSON(_ testing.TB, s *subject) func() error {
	var j codec.JSON
	var dst []byte
	return func() (err error) {
		dst, err = j.Append(dst[:0], s.layout, codec.Body{Bytes: s.bytes})
		return err
	}
}

// kmsgJSON leaves records out, too.
func kmsgJSON(_ testing.TB, s *subject) func() error {
	return func() error {
		m := s.fresh()
		if err := m.ReadFrom(s.bytes); err != nil {
			return err
		}
		forgetRecords(m)
		_, err := json.Marshal(m)
		return err
	}
}

// readJSON reads what JSON prints of the message, records included.
func readJSON(tb testing.TB, s *subject) func() error {
	j := codec.JSON{Records: codec.RecordsBase64}
	text, err := j.Append(nil, s.layout, codec.Body{Bytes: s.bytes})
	if err != nil {
		tb.Fatal(err)
	}
	return func() error {
		_, err := codec.ParseJSON(s.layout, text)
		return err
	}
}

func readTree(_ testing.TB, s *subject) func() error {
	var t codec.Tree
	return func() error { return t.Decode(s.layout, s.bytes) }
}

func writeTree(tb testing.TB, s *subject) func() error {
	t, err := codec.Decode(s.layout, s.bytes)
	if err != nil {
		tb.Fatal(err)
	}
	var dst []byte
	return func() (err error) {
		dst, err = codec.AppendMessage(dst[:0], t)
		return err
	}
}

func kmsgWrite(tb testing.TB, s *subject) func() error {
	m := s.fresh()
	if err := m.ReadFrom(s.bytes); err != nil {
		tb.Fatal(err)
	}
	var dst []byte
	return func() error {
		dst = m.AppendTo(dst[:0])
		return nil
	}
}

// BenchmarkCodec runs all contestants on all messages.
func BenchmarkCodec(b *testing.B) {
	for _, s := range subjects(b) {
		name := fmt.Sprintf("%s-v%d", s.api, s.layout.Version)
		for _, c := range contestants {
			b.Run(name+"/"+c.name, func(b *testing.B) {
				once := c.run(b, &s)
				b.SetBytes(int64(len(s.bytes)))
				b.ReportAllocs()
				for b.Loop() {
					if err := once(); err != nil {
						b.Fatal(err)
					}
				}
				best.note(s.layout.String(), len(s.bytes), c.name, float64(b.Elapsed().Nanoseconds())/float64(b.N))
			})
		}
	}
}

// table gathers the least time of each contestant with each message: on a
// machine that does other things too, that is the one least disturbed.
type table struct {
	rows []*row
}

type row struct {
	message string
	size    int
	ns      map[string]float64
}

var best table

func (t *table) note(message string, size int, contestant string, ns float64) {
	var r *row
	for _, old := range t.rows {
		if old.message == message {
			r = old
		}
	}
	if r == nil {
		r = &row{message, size, map[string]float64{}}
		t.rows = append(t.rows, r)
	}
	if was, ok := r.ns[contestant]; !ok || ns < was {
		r.ns[contestant] = ns
	}
}

// rate gives the speed of a contestant in MB/s of wire bytes, "-" for one that
// was not measured.
func (r *row) rate(contestant string) string {
	if r.ns[contestant] == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f", float64(r.size)*1e3/r.ns[contestant])
}

// times says how much faster one contestant is than another.
func (r *row) times(contestant, other string) string {
	if r.ns[contestant] == 0 || r.ns[other] == 0 {
		return ""
	}
	return fmt.Sprintf("%.1fx", r.ns[other]/r.ns[contestant])
}

func (t *table) print() {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\nMB/s\tbytes\twalk\tkmsg\t\tkmsg unsafe\t\tJSON\tkmsg+encoding/json\t\tread JSON\ttree\twrite\tkmsg write\t")
	for _, r := range t.rows {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", r.message, r.size,
			r.rate("walk"), r.rate("kmsg"), r.times("walk", "kmsg"), r.rate("kmsg-unsafe"), r.times("walk", "kmsg-unsafe"),
			r.rate("JSON"), r.rate("kmsg+encoding-json"), r.times("JSON", "kmsg+encoding-json"),
			r.rate("read-JSON"), r.rate("tree"), r.rate("write"), r.rate("kmsg-write"))
	}
	w.Flush()
}

// TestMain prints the tables behind the benchmarks.
func TestMain(m *testing.M) {
	code := m.Run()
	if len(best.rows) > 0 {
		best.print()
	}
	printRecordsTable()
	os.Exit(code)
}

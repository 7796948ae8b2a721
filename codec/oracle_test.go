//go:build !wasip1

package codec

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/kdump/kdump/codec/oracletest"
)

// oracle runs testdata/oracle/Oracle.java on the jars of one release.
type oracle struct{ jars string }

// oracles returns those of the releases, newest first, and the seed for
// random messages.
func oracles(t *testing.T) ([]oracle, uint64) {
	t.Helper()
	folder, text := oracletest.Jars(t)
	seed, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		t.Fatalf("KDUMP_ORACLE_SEED must be a number: %v", err)
	}
	return []oracle{{filepath.Join(folder, "4.4.0")}, {filepath.Join(folder, "3.9.2")}}, seed
}

func (o oracle) run(t *testing.T, input []byte, arguments ...string) []byte {
	t.Helper()
	return oracletest.Java(t, bytes.NewReader(input), o.jars+"/*", "../testdata/oracle/Oracle.java", arguments...)
}

// Random messages of Kafka's own classes are read, printed and written as
// Kafka does.
func TestOracleWrites(t *testing.T) {
	releases, seed := oracles(t)
	earlier := filepath.Join(t.TempDir(), "earlier")
	var corpus []byte
	for i, o := range releases {
		arguments := []string{"write", fmt.Sprint(seed), "20"}
		if i > 0 {
			arguments = append(arguments, earlier)
		}
		corpus = append(corpus, o.run(t, nil, arguments...)...)
		if err := os.WriteFile(earlier, corpus, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	checkCorpus(t, bytes.NewReader(corpus))
}

// question is a message of ours that Kafka is asked to read.
type question struct {
	layout *Layout
	line   string
	body   []byte
	odd    bool // written as Kafka would not
}

// answer is what Kafka makes of it.
type answer struct {
	oracleLine
	Left  int    `json:"left"`
	Error string `json:"error"`
}

const notInRelease = "java.lang.IllegalArgumentException: this release has no such message"

// Random messages of ours, well written and oddly written, are read by Kafka's
// own classes to the JSON that we print, and of those that are well written
// Kafka writes what we write of that JSON.
func TestOracleReads(t *testing.T) {
	releases, seed := oracles(t)
	var questions []question
	everyLayout(t, func(t testing.TB, def *definition, l *Layout) {
		for i := range uint64(20) {
			body, err := AppendMessage(nil, randomTree(t, l, seed<<8|i))
			if err != nil {
				t.Fatal(err)
			}
			questions = append(questions, newQuestion(def, l, body, false))
		}
		for i := range uint64(5) {
			questions = append(questions, newQuestion(def, l, oddMessage(l, seed<<8|i, false), true))
		}
	})
	t.Logf("%d messages of ours", len(questions))
	for _, o := range releases {
		questions = ask(t, o, questions)
	}
	for _, q := range questions {
		t.Errorf("%s: no release reads it", q.layout)
	}
}

func newQuestion(def *definition, l *Layout, body []byte, odd bool) question {
	what := ""
	kind := l.Direction.String()
	switch {
	case l.IsAPI:
		what = fmt.Sprintf(`"apiKey":%d,`, l.Key)
	case def.kind == "header":
		kind = map[string]string{"RequestHeader": "requestHeader", "ResponseHeader": "responseHeader"}[l.Name]
	default:
		kind, what = "record", fmt.Sprintf(`"record":%q,`, l.Name)
	}
	return question{layout: l, body: body, odd: odd,
		line: fmt.Sprintf(`{%s"apiVersion":%d,"type":%q,"body":"%x","odd":%t}`, what, l.Version, kind, body, odd)}
}

// ask has a release read messages, checks its answers and returns the
// messages that it does not have.
func ask(t *testing.T, o oracle, questions []question) (unknown []question) {
	t.Helper()
	var input bytes.Buffer
	for _, q := range questions {
		input.WriteString(q.line + "\n")
	}
	lines := bytes.Split(bytes.TrimSuffix(o.run(t, input.Bytes(), "read"), []byte("\n")), []byte("\n"))
	if len(lines) != len(questions) {
		t.Fatalf("%s: %d answers to %d questions", o.jars, len(lines), len(questions))
	}
	checked := 0
	for i, q := range questions {
		var a answer
		if err := json.Unmarshal(lines[i], &a); err != nil {
			t.Fatalf("%v: %s", err, lines[i])
		}
		if a.Error == notInRelease {
			unknown = append(unknown, q)
			continue
		}
		checked++
		checkAnswer(t, q, &a)
	}
	t.Logf("%s read %d", filepath.Base(o.jars), checked)
	return unknown
}

func checkAnswer(t *testing.T, q question, a *answer) {
	t.Helper()
	if a.Error != "" || a.Left != 0 {
		t.Errorf("%s: %x: Kafka leaves %d bytes and says: %s", q.layout, q.body, a.Left, a.Error)
		return
	}
	var j JSON
	text, err := j.Append(nil, q.layout, Body{Bytes: q.body})
	if err != nil || a.JSON != nil && !sameJSON(text, a.JSON) {
		t.Errorf("%s: %x: %v\nwe print     %s\nKafka prints %s", q.layout, q.body, err, text, a.JSON)
	}
	if q.odd {
		return
	}
	j = JSON{Records: RecordsBase64, UnknownTags: true}
	text, err = j.Append(text[:0], q.layout, Body{Bytes: q.body})
	if err != nil {
		t.Error(err)
		return
	}
	tree, err := ParseJSON(q.layout, text)
	if err != nil {
		t.Errorf("%v: %s", err, text)
		return
	}
	body, err := AppendMessage(nil, tree)
	if want, _ := hex.DecodeString(a.Body); err != nil || !bytes.Equal(body, want) {
		t.Errorf("%s: %x: %v\nwe write    %x\nKafka writes %x", q.layout, q.body, err, body, want)
	}
}

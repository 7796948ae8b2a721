package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// kdump runs a command in this process and returns what it printed.
func kdump(t testing.TB, in io.Reader, wantExit int, args ...string) (out, said string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if got := run(args, streams{in, &stdout, &stderr}); got != wantExit {
		t.Fatalf("kdump %s: exit %d, want %d\n%s", strings.Join(args, " "), got, wantExit, stderr.String())
	}
	return stdout.String(), stderr.String()
}

// corpus reads the messages that Kafka's own classes wrote; see
// testdata/oracle.
func corpus(t testing.TB) []byte { return unzip(t, "../../testdata/oracle/corpus.jsonl.gz") }

// Of every message of Kafka's classes, decode --lines gives what their
// JsonConverters print, but for records and unknown tagged fields, and of that
// encode --lines gives the bytes.
func TestLinesOfCorpus(t *testing.T) {
	text := corpus(t)
	decoded, _ := kdump(t, bytes.NewReader(text), exitDone, "decode", "--lines")
	messages := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	answers := strings.Split(strings.TrimSuffix(decoded, "\n"), "\n")
	if len(answers) != len(messages) {
		t.Fatalf("%d lines out for %d lines in", len(answers), len(messages))
	}
	var questions bytes.Buffer
	for i := range messages {
		var message map[string]json.RawMessage
		var answer map[string]json.RawMessage
		mustUnmarshal(t, messages[i], &message)
		mustUnmarshal(t, answers[i], &answer)
		if len(answer) != 1 || answer["json"] == nil {
			t.Fatalf("%.200s\nbecame %.200s", messages[i], answers[i])
		}
		if want, ok := message["json"]; ok {
			checkJSON(t, messages[i], want, answer["json"])
		}
		delete(message, "body")
		message["json"] = answer["json"]
		question, err := json.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		questions.Write(append(question, '\n'))
	}
	encoded, _ := kdump(t, &questions, exitDone, "encode", "--lines")
	for i, answer := range strings.Split(strings.TrimSuffix(encoded, "\n"), "\n") {
		var got, want struct{ Body string }
		mustUnmarshal(t, answer, &got)
		mustUnmarshal(t, messages[i], &want)
		if got != want {
			t.Fatalf("%.200s\nbecame %.200s\nand then %.200s", messages[i], answers[i], answer)
		}
	}
}

func mustUnmarshal(t *testing.T, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%v: %.200s", err, text)
	}
}

func checkJSON(t *testing.T, message string, kafka, ours json.RawMessage) {
	t.Helper()
	want, got := exactNumbers(t, kafka), withoutExtras(exactNumbers(t, ours))
	if diff := cmp.Diff(want, got, cmp.Comparer(sameNumber)); diff != "" {
		t.Fatalf("%.200s: -Kafka's JSON +ours:\n%s", message, diff)
	}
}

func exactNumbers(t *testing.T, text []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %.200s", err, text)
	}
	return v
}

// sameNumber compares numbers digit by digit, but for those with a fraction:
// Java 17 does not always print the fewest digits.
func sameNumber(a, b json.Number) bool {
	if a == b || !strings.Contains(string(a), ".") || !strings.Contains(string(b), ".") {
		return a == b
	}
	x, errX := a.Float64()
	y, errY := b.Float64()
	return errX == nil && errY == nil && x == y
}

// withoutExtras takes out of JSON what Kafka does not print.
func withoutExtras(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = withoutExtras(v[i])
		}
	case map[string]any:
		delete(v, "_unknownTaggedFields")
		for key, value := range v {
			if _, isText := value.(string); isText && (key == "records" || key == "unalignedRecords") {
				value = ""
			}
			v[key] = withoutExtras(value)
		}
	}
	return v
}

// Whoever asks through a pipe gets an answer before asking again.
func TestLinesAnswerAtOnce(t *testing.T) {
	questions, ask := io.Pipe()
	answers, answer := io.Pipe()
	exit := make(chan int)
	go func() {
		exit <- run([]string{"decode", "--lines"}, streams{questions, answer, io.Discard})
		answer.Close()
	}()
	lines := bufio.NewReader(answers)
	for i := range 3 {
		fmt.Fprintf(ask, `{"apiKey":12,"apiVersion":0,"type":"response","body":"%04x"}`+"\n", i)
		got, err := lines.ReadString('\n')
		if want := fmt.Sprintf(`{"json":{"errorCode":%d}}`+"\n", i); got != want || err != nil {
			t.Fatalf("%s, %v; want %s", got, err, want)
		}
	}
	ask.Close()
	if got := <-exit; got != exitDone {
		t.Errorf("exit %d", got)
	}
}

// A line may be longer than any buffer, and the last one need not end.
func TestLinesOfAnyLength(t *testing.T) {
	body := "00000064" + strings.Repeat("00", 100)
	line := `{"apiKey":36,"apiVersion":0,"type":"request","body":"` + body + `"}`
	long := strings.Replace(line, `"apiKey"`, strings.Repeat(" ", 1<<20)+`"apiKey"`, 1)
	out, _ := kdump(t, strings.NewReader(long+"\n"+line), exitDone, "decode", "--lines")
	first, second, _ := strings.Cut(strings.TrimSuffix(out, "\n"), "\n")
	if first != second || !strings.HasPrefix(first, `{"json":{"authBytes":"AAAA`) {
		t.Errorf("got %q", out)
	}
}

// failing fails to be read or written.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error)  { return 0, f.err }
func (f failing) Write([]byte) (int, error) { return 0, f.err }

// What cannot be read or written is said, with exit code 1.
func TestCodecCommandsSayWhatFails(t *testing.T) {
	broken := failing{errors.New("the disk is on fire")}
	heartbeat := []string{"--api", "Heartbeat", "--version", "0", "--response", "--hex"}
	for _, args := range [][]string{
		{"decode", "--lines"}, {"encode", "--lines"}, append([]string{"decode"}, heartbeat...), append([]string{"encode"}, heartbeat...),
	} {
		if _, said := kdump(t, broken, exitInput, args...); !strings.Contains(said, broken.err.Error()) {
			t.Errorf("kdump %s, with input that cannot be read: said %q", strings.Join(args, " "), said)
		}
	}
	for _, test := range []struct {
		in   string
		args []string
	}{
		{"x", []string{"decode", "--lines"}},
		{"x", []string{"encode", "--lines"}},
		{"0000", append([]string{"decode"}, heartbeat...)},
		{"0000", append([]string{"decode", "-v"}, heartbeat...)},
		{`{"errorCode":0}`, append([]string{"encode"}, heartbeat...)},
		{"", []string{"apis"}},
	} {
		var said bytes.Buffer
		exit := run(test.args, streams{strings.NewReader(test.in), broken, &said})
		if exit != exitInput || !strings.Contains(said.String(), "the output cannot be written: "+broken.err.Error()) {
			t.Errorf("kdump %s, with output that cannot be written: exit %d, said %q", strings.Join(test.args, " "), exit, said.String())
		}
	}
}

// Whatever a line is, one line of JSON answers it, which either is an error or
// has what was asked for.
func FuzzLines(f *testing.F) {
	for _, file := range []string{"messages.ndjson", "json.ndjson"} {
		text, err := os.ReadFile("../../testdata/codec/" + file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			f.Add(bytes.TrimSuffix(line, []byte("\n")))
		}
	}
	decoder, encoder := newLineDecoder(), newLineEncoder()
	f.Fuzz(func(t *testing.T, line []byte) {
		checkAnswer(t, "json", decoder.decode(nil, line))
		checkAnswer(t, "body", encoder.encode(nil, line))
	})
}

func checkAnswer(t *testing.T, key string, answer []byte) {
	t.Helper()
	var got map[string]json.RawMessage
	mustUnmarshal(t, string(answer), &got)
	if bytes.Contains(answer, []byte("\n")) || got[key] == nil && (got["error"] == nil || key == "json") {
		t.Errorf("%s", answer)
	}
	if got["error"] == nil {
		return
	}
	var fault struct {
		Message, Path *string
		Offset        *int
	}
	mustUnmarshal(t, string(got["error"]), &fault)
	if fault.Message == nil || fault.Path == nil || fault.Offset == nil || *fault.Offset < 0 {
		t.Errorf("%s", answer)
	}
}

func BenchmarkDecodeLines(b *testing.B) {
	text := corpus(b)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		kdump(b, bytes.NewReader(text), exitDone, "decode", "--lines")
	}
}

//go:build !wasip1

package codec

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/kdump/kdump/codec/oracletest"
)

// payloadLine is a line of testdata/oracle/Payloads.java.
type payloadLine struct {
	Is           string          `json:"is"`
	ProtocolType string          `json:"protocolType"`
	Assignor     string          `json:"assignor"`
	Topic        string          `json:"topic"`
	Control      string          `json:"control"`
	Type         string          `json:"type"`
	Version      int16           `json:"version"`
	Body         []byte          `json:"body"`
	Rest         int             `json:"rest"`
	JSON         json.RawMessage `json:"json"`
	Key          []byte          `json:"key"`
	KeyType      string          `json:"keyType"`
	KeyJSON      json.RawMessage `json:"keyJson"`
	Inside       []payloadLine   `json:"inside"`
}

// What Kafka's own serializers wrote is read as what it is.
func TestPayloadCorpus(t *testing.T) {
	checkPayloads(t, oracletest.Open(t, "../testdata/oracle/payloads.jsonl.gz"))
}

// The same of messages made anew.
func TestOraclePayloads(t *testing.T) {
	releases, seed := oracles(t)
	newest := releases[0].jars
	path := newest + "/*:" + filepath.Join(filepath.Dir(newest), "payloads", "*")
	out := oracletest.Java(t, nil, path, "../testdata/oracle/Payloads.java", fmt.Sprint(seed), "50")
	out = append(out, oracletest.Java(t, nil, releases[1].jars+"/*", "../testdata/oracle/Coordinators.java", fmt.Sprint(seed), "50")...)
	checkPayloads(t, bytes.NewReader(out))
}

func checkPayloads(t *testing.T, lines io.Reader) {
	t.Helper()
	kinds, cases, inside := map[string]int{}, 0, 0
	filled := coverage{}
	eachPayload(t, lines, func(line *payloadLine) {
		cases++
		kinds[line.Type]++
		inside += len(line.Inside)
		line.check(t, filled)
	})
	if len(kinds) < 70 || inside < 50 {
		t.Errorf("%d kinds, %d messages inside others", len(kinds), inside)
	}
	t.Logf("%d messages of %d kinds, %d inside them, %s", cases, len(kinds), inside, filled.check(t))
}

// coverage notes of the fields of records what values they had.
type coverage map[*Op]*values

// values is what values a field had: null, or another; an array another that
// is not empty, and a number, a text or bytes one other than the default.
type values struct{ null, filled bool }

func (c coverage) of(op *Op) *values {
	if c[op] == nil {
		c[op] = new(values)
	}
	return c[op]
}

func (c coverage) Enter(_ *Walker, op *Op, n int) bool {
	if op.Kind != Array || n > 0 {
		c.of(op).filled = true
	}
	return true
}

func (c coverage) Leave(*Walker, *Op)          {}
func (c coverage) Tag(*Walker, uint32, []byte) {}

func (c coverage) Value(_ *Walker, op *Op, raw []byte) {
	if raw == nil {
		c.of(op).null = true
	} else if !op.isDefault(raw) {
		c.of(op).filled = true
	}
}

// check says of which fields of the coordinators' records and those of the
// metadata log the values do not tell much, and how many fields there are.
func (c coverage) check(t *testing.T) string {
	t.Helper()
	fields, arrays := 0, 0
	for _, topic := range topics() {
		if topic.Name == "__remote_log_metadata" {
			continue // whose serializers have classes of their own
		}
		kinds := topic.kinds()
		for i := range kinds {
			everyVersion(t, &kinds[i].value, func(l *Layout) {
				for i := range l.Ops[1:] {
					op := &l.Ops[i+1]
					fields++
					if op.Kind == Array {
						arrays++
					}
					switch seen := c.of(op); {
					case !seen.filled:
						t.Errorf("%s: %s is always empty", l, pathOf(l, op))
					case op.Nullable && !seen.null && !(op.Tagged && op.Default == "null"): // which is never written
						t.Errorf("%s: %s is never null", l, pathOf(l, op))
					}
				}
			})
		}
	}
	return fmt.Sprintf("%d fields of records, of which %d are arrays", fields, arrays)
}

func everyVersion(t *testing.T, s *schema, visit func(*Layout)) {
	t.Helper()
	versions := s.record().Versions(Request)
	for v := versions.Min(); v <= versions.Max(); v++ {
		l, err := s.record().Layout(Request, v)
		if err != nil {
			t.Fatal(err)
		}
		visit(l)
	}
}

// pathOf names a field by those around it.
func pathOf(l *Layout, op *Op) string {
	switch {
	case op.Parent < 0:
		return ""
	case op.Name == "":
		return pathOf(l, &l.Ops[op.Parent]) + "[]"
	}
	return strings.TrimPrefix(pathOf(l, &l.Ops[op.Parent])+"."+op.Name, ".")
}

func eachPayload(t testing.TB, lines io.Reader, visit func(*payloadLine)) {
	t.Helper()
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(nil, 16<<20)
	for scanner.Scan() {
		var line payloadLine
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		visit(&line)
	}
	if scanner.Err() != nil {
		t.Fatal(scanner.Err())
	}
}

// Whatever bytes are read as a message, it is one that can be read and written
// back the same.
func FuzzPayload(f *testing.F) {
	eachPayload(f, oracletest.Open(f, "../testdata/oracle/payloads.jsonl.gz"), func(line *payloadLine) {
		number := int16(-1)
		if line.Control != "" {
			number = line.controlType()
		}
		f.Add(uint8(meaningNamed(line.Is)), line.ProtocolType, line.Assignor, number, line.Key, line.Body)
	})
	f.Fuzz(func(t *testing.T, is uint8, protocol, assignor string, control int16, key, value []byte) {
		var r PayloadReader
		check := func(p Payload, ok bool) {
			if !ok {
				return
			}
			tree, err := Decode(p.Layout, p.Body)
			if err != nil || tree.Trailing != nil {
				t.Fatalf("%s: %x: %v, left over %x", p.Layout, p.Body, err, tree.Trailing)
			}
			if again, err := AppendMessage(nil, tree); err != nil || !bytes.Equal(again, p.Body) {
				t.Errorf("%s: %x, written back %x, %v", p.Layout, p.Body, again, err)
			}
		}
		if int(is) < len(meaningNames) {
			check(r.Read(Meaning(is), Protocol{[]byte(protocol), []byte(assignor)}, value))
		}
		c, ok := r.ReadControl(control, value)
		check(c.Payload, ok)
		for _, topic := range topics() {
			check(r.ReadKey(topic, key))
			check(r.ReadValue(topic, key, value))
		}
	})
}

func (line *payloadLine) check(t *testing.T, filled coverage) {
	t.Helper()
	var r PayloadReader
	if line.Control != "" {
		line.checkControl(t)
		return
	}
	if line.Topic == "" {
		p, ok := r.Read(meaningNamed(line.Is), Protocol{[]byte(line.ProtocolType), []byte(line.Assignor)}, line.Body)
		line.compare(t, p, ok)
		if line.Rest == 0 && (line.ProtocolType != "" || line.Assignor == "stream") { // the bytes tell by themselves too
			p, ok = r.Read(meaningNamed(line.Is), Protocol{}, line.Body)
			line.compare(t, p, ok)
		}
		return
	}
	topic := InternalTopicByName(line.Topic)
	p, ok := r.ReadValue(topic, line.Key, line.Body)
	line.compare(t, p, ok)
	if ok {
		if err := new(Walker).Walk(p.Layout, Body{Bytes: p.Body}, filled); err != nil {
			t.Error(err)
		}
		line.checkInside(t, p)
	}
	if line.Key != nil {
		p, ok = r.ReadKey(topic, line.Key)
		number := int16(binary.BigEndian.Uint16(line.Key))
		key := payloadLine{Type: line.KeyType, JSON: line.KeyJSON, Body: line.Key, Version: number}
		key.compare(t, p, ok)
	}
}

// checkInside compares what the members of a group said, in a record.
func (line *payloadLine) checkInside(t *testing.T, p Payload) {
	t.Helper()
	var said membersSaid
	if _, err := (&JSON{Hook: &said}).Append(nil, p.Layout, Body{Bytes: p.Body}); err != nil {
		t.Error(err)
	}
	if len(said.messages) != len(line.Inside) {
		t.Errorf("%s v%d %x: %d messages inside, want %d", line.Type, line.Version, line.Body, len(said.messages), len(line.Inside))
		return
	}
	for i, message := range said.messages {
		line.Inside[i].compare(t, message, message.Err == nil)
	}
}

// membersSaid gathers the messages inside one, as the fields before them tell
// how they are to be read.
type membersSaid struct {
	reader   PayloadReader
	protocol Protocol
	messages []Payload
}

func (m *membersSaid) AppendValue(dst []byte, _ *Walker, op *Op, raw []byte) ([]byte, bool) {
	m.protocol.Note(op.Is, raw)
	if len(raw) > 0 && (op.Is == GroupSubscription || op.Is == GroupAssignment) {
		p, _ := m.reader.Read(op.Is, m.protocol, raw)
		m.messages = append(m.messages, p)
	}
	return dst, false
}

func (*membersSaid) AppendTag(dst []byte, _ *Walker, _ []byte) ([]byte, bool) { return dst, false }

func (line *payloadLine) checkControl(t *testing.T) {
	t.Helper()
	number := line.controlType()
	c, ok := new(PayloadReader).ReadControl(number, line.Body)
	if line.Control == "UNKNOWN" {
		if ok || c.Name != "" {
			t.Errorf("control record of type %d: %+v, %t", number, c, ok)
		}
		return
	}
	if c.Name != line.Control {
		t.Errorf("control record of type %d: %q, want %s", number, c.Name, line.Control)
	}
	line.compare(t, c.Payload, ok)
}

// controlType gives the type of a control record, the second number of its key.
func (line *payloadLine) controlType() int16 { return int16(line.Key[2])<<8 | int16(line.Key[3]) }

func (line *payloadLine) compare(t *testing.T, p Payload, ok bool) {
	t.Helper()
	if !ok || p.Layout.Name != line.Type || p.Version != line.Version || len(p.Rest) != line.Rest {
		t.Errorf("%s v%d %x: read as %v v%d, rest %x", line.Type, line.Version, line.Body, p.Layout, p.Version, p.Rest)
		return
	}
	text, err := new(JSON).Append(nil, p.Layout, Body{Bytes: p.Body})
	if err != nil {
		t.Errorf("%s v%d: %v", line.Type, line.Version, err)
		return
	}
	got, want := object(t, text), object(t, line.JSON)
	switch line.Type {
	case "ConnectAssignment":
		sortConnectors(got)
		sortConnectors(want)
	case "StreamsAssignmentInfo":
		got = streamsView(got)
	default:
		if !sameJSON(text, line.JSON) {
			t.Errorf("%s v%d %x:\nKafka prints %s\nwe print     %s", line.Type, line.Version, line.Body, line.JSON, text)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s v%d %x: -Kafka +kdump\n%s", line.Type, line.Version, line.Body, diff)
	}
}

func object(t *testing.T, text []byte) (o map[string]any) {
	t.Helper()
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return o
}

// sortConnectors brings lists in the order of their connectors, which Kafka
// writes in that of a hash map.
func sortConnectors(m map[string]any) {
	for _, name := range []string{"assignment", "revoked"} {
		list, _ := m[name].([]any)
		for _, connector := range list {
			tasks := connector.(map[string]any)["tasks"].([]any)
			sort.Slice(tasks, func(i, j int) bool { return tasks[i].(float64) < tasks[j].(float64) })
		}
		sort.Slice(list, func(i, j int) bool {
			return list[i].(map[string]any)["connector"].(string) < list[j].(map[string]any)["connector"].(string)
		})
	}
}

// streamsView gives what an assignment of Kafka Streams says, in the oracle's
// form: partitions under the name of their task or host, in order.
func streamsView(m map[string]any) map[string]any {
	view := map[string]any{"version": m["version"], "active": []any{}, "standby": map[string]any{}}
	for _, name := range []string{"commonlySupportedVersion", "errorCode", "nextRebalanceMs"} {
		if v, ok := m[name]; ok {
			view[name] = v
		}
	}
	for _, task := range m["activeTasks"].([]any) {
		view["active"] = append(view["active"].([]any), taskName(task.(map[string]any)))
	}
	for _, task := range m["standbyTasks"].([]any) {
		task := task.(map[string]any)
		view["standby"].(map[string]any)[taskName(task)] = partitionNames(task, nil)
	}
	topics := map[any]any{}
	dictionary, _ := m["topicDictionary"].([]any)
	for _, topic := range dictionary {
		topic := topic.(map[string]any)
		topics[topic["index"]] = topic["topic"]
	}
	for from, to := range map[string]string{"partitionsByHost": "hosts", "activePartitionsByHost": "hosts", "standbyPartitionsByHost": "standbyHosts"} {
		hosts, ok := m[from].([]any)
		if !ok {
			continue
		}
		byHost := map[string]any{}
		for _, host := range hosts {
			host := host.(map[string]any)
			byHost[fmt.Sprintf("%v:%v", host["host"], host["port"])] = partitionNames(host, topics)
		}
		view[to] = byHost
	}
	return view
}

// taskName names a task as Kafka does: its topology's name, if it has one, and
// two numbers.
func taskName(task map[string]any) string {
	name := fmt.Sprintf("%v_%v", task["topicGroupId"], task["partition"])
	units, _ := task["namedTopology"].([]any)
	if len(units) == 0 {
		return name
	}
	var topology []uint16
	for _, unit := range units {
		topology = append(topology, uint16(unit.(float64)))
	}
	return string(utf16.Decode(topology)) + "__" + name
}

// partitionNames lists the partitions of a task or a host, whose topics may
// stand in a dictionary.
func partitionNames(of map[string]any, topics map[any]any) []any {
	names := []any{}
	for _, p := range of["partitions"].([]any) {
		p := p.(map[string]any)
		topic, ok := p["topic"]
		if !ok {
			topic = topics[p["topicIndex"]]
		}
		names = append(names, fmt.Sprintf("%v-%v", topic, p["partition"]))
	}
	slices.SortFunc(names, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	return names
}

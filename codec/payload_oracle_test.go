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
	Is           string         `json:"is"`
	ProtocolType string         `json:"protocolType"`
	Assignor     string         `json:"assignor"`
	Topic        string         `json:"topic"`
	Control      string         `json:"control"`
	Type         string         `json:"type"`
	Version      int16          `json:"version"`
	Body         []byte         `json:"body"`
	Rest         int            `json:"rest"`
	JSON         map[string]any `json:"json"`
	Key          []byte         `json:"key"`
	KeyType      string         `json:"keyType"`
	KeyJSON      map[string]any `json:"keyJson"`
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
	out = append(out, oracletest.Java(t, nil, releases[1].jars+"/*", "../testdata/oracle/Coordinators.java", fmt.Sprint(seed))...)
	checkPayloads(t, bytes.NewReader(out))
}

func checkPayloads(t *testing.T, lines io.Reader) {
	t.Helper()
	kinds, cases := map[string]int{}, 0
	eachPayload(t, lines, func(line *payloadLine) {
		cases++
		kinds[line.Type]++
		line.check(t)
	})
	if len(kinds) < 70 {
		t.Errorf("%d kinds", len(kinds))
	}
	t.Logf("%d messages of %d kinds", cases, len(kinds))
}

func eachPayload(t testing.TB, lines io.Reader, visit func(*payloadLine)) {
	t.Helper()
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(nil, 1<<20)
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

func (line *payloadLine) check(t *testing.T) {
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
	if line.Key != nil {
		p, ok = r.ReadKey(topic, line.Key)
		number := int16(binary.BigEndian.Uint16(line.Key))
		key := payloadLine{Type: line.KeyType, JSON: line.KeyJSON, Body: line.Key, Version: number}
		key.compare(t, p, ok)
	}
}

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
	var got map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	switch line.Type {
	case "ConnectAssignment":
		sortConnectors(got)
		sortConnectors(line.JSON)
	case "StreamsAssignmentInfo":
		got = streamsView(got)
	}
	if diff := cmp.Diff(line.JSON, got); diff != "" {
		t.Errorf("%s v%d %x: -Kafka +kdump\n%s", line.Type, line.Version, line.Body, diff)
	}
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

//go:build !wasip1

package codec

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// payloadLine is a line of testdata/oracle/Payloads.java.
type payloadLine struct {
	Is           string         `json:"is"`
	ProtocolType string         `json:"protocolType"`
	Assignor     string         `json:"assignor"`
	Topic        string         `json:"topic"`
	Type         string         `json:"type"`
	Version      int16          `json:"version"`
	Body         []byte         `json:"body"`
	JSON         map[string]any `json:"json"`
	Key          []byte         `json:"key"`
	KeyType      string         `json:"keyType"`
	KeyJSON      map[string]any `json:"keyJson"`
}

// What Kafka's own serializers wrote is read as what it is.
func TestPayloadCorpus(t *testing.T) {
	checkPayloads(t, unzip(t, "../testdata/oracle/payloads.jsonl.gz"))
}

// The same of messages made anew.
func TestOraclePayloads(t *testing.T) {
	releases, seed := oracles(t)
	newest := releases[0].jars
	path := newest + "/*:" + filepath.Join(filepath.Dir(newest), "payloads", "*")
	command := exec.Command("java", "-cp", path, "../testdata/oracle/Payloads.java", fmt.Sprint(seed), "50")
	var errors bytes.Buffer
	command.Stderr = &errors
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, errors.Bytes())
	}
	checkPayloads(t, bytes.NewReader(out))
}

func checkPayloads(t *testing.T, lines io.Reader) {
	t.Helper()
	kinds, cases := map[string]int{}, 0
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var line payloadLine
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		cases++
		kinds[line.Type]++
		line.check(t)
	}
	if scanner.Err() != nil || len(kinds) < 60 {
		t.Errorf("%d kinds: %v", len(kinds), scanner.Err())
	}
	t.Logf("%d messages of %d kinds", cases, len(kinds))
}

func (line *payloadLine) check(t *testing.T) {
	t.Helper()
	var r PayloadReader
	if line.Topic == "" {
		p, ok := r.Read(meaningNamed(line.Is), Protocol{[]byte(line.ProtocolType), []byte(line.Assignor)}, line.Body)
		line.compare(t, p, ok)
		if line.ProtocolType != "" || line.Assignor == streamsAssignor { // the bytes tell by themselves too
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
		key := payloadLine{Type: line.KeyType, JSON: line.KeyJSON, Body: line.Key, Version: p.Version}
		key.compare(t, p, ok)
	}
}

func meaningNamed(name string) Meaning {
	for m, n := range meaningNames {
		if n == name {
			return Meaning(m)
		}
	}
	return NoMeaning
}

func (line *payloadLine) compare(t *testing.T, p Payload, ok bool) {
	t.Helper()
	if !ok || p.Layout.Name != line.Type || p.Version != line.Version || len(p.Rest) > 0 {
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
	case "SubscriptionInfoData": // Kafka has no converter of it, and so no JSON to compare
		got = map[string]any{"version": got["version"]}
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

// streamsView gives what the oracle tells of an assignment of Kafka Streams.
func streamsView(m map[string]any) map[string]any {
	view := map[string]any{"version": m["version"], "active": taskNames(m["activeTasks"]), "standby": taskNames(m["standbyTasks"])}
	for _, name := range []string{"errorCode", "nextRebalanceMs"} {
		if v, ok := m[name]; ok {
			view[name] = v
		}
	}
	for _, name := range []string{"partitionsByHost", "activePartitionsByHost"} {
		if hosts, ok := m[name].([]any); ok {
			view["hosts"] = float64(len(hosts))
		}
	}
	return view
}

func taskNames(tasks any) string {
	var names []string
	for _, task := range tasks.([]any) {
		m := task.(map[string]any)
		names = append(names, fmt.Sprintf("%v_%v", m["topicGroupId"], m["partition"]))
	}
	return "[" + strings.Join(names, ", ") + "]"
}

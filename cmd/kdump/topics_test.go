package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/kdump/kdump/codec"
)

// topicsCapture holds what testdata/captures/make/java/TopicsTour.java has a
// broker write to topics and a consumer read from them.
const topicsCapture = "../../testdata/captures/topics-4.4.pcap.gz"

// fetchedFrom calls a function with each batch that a capture has fetched from a
// topic.
func fetchedFrom(t *testing.T, capture, topic string, use func(partition int, b *shownBatch)) {
	t.Helper()
	for _, e := range exchangesOf(t, capture) {
		for i := range e.Response.Responses {
			for _, p := range e.Response.Responses[i].Partitions {
				if e.Header.Name == "FETCH" && e.Response.Responses[i].id() == topic {
					for n := range p.Records {
						use(p.PartitionIndex, &p.Records[n])
					}
				}
			}
		}
	}
}

// Compaction takes records out of batches, leaves a producer's last batch
// without any, and gives deletions a time to go.
func TestCompactedTopic(t *testing.T) {
	type batch struct {
		base, last int64
		count      int
		horizon    bool
	}
	seen := map[batch]bool{}
	fetchedFrom(t, topicsCapture, "compacted", func(_ int, b *shownBatch) {
		if b.Count != len(b.Records) {
			t.Errorf("%d of %d records from offset %d on", len(b.Records), b.Count, b.BaseOffset)
		}
		seen[batch{b.BaseOffset, b.LastOffset, b.Count, b.DeleteHorizon != nil}] = true
	})
	want := map[batch]bool{
		{0, 9, 10, false}: true, {10, 19, 10, false}: true, {20, 23, 4, false}: true, {28, 29, 2, false}: true, // before
		{10, 19, 4, false}: true, {20, 23, 0, false}: true, {28, 29, 2, true}: true, // after
		{24, 27, 4, false}: true, {30, 30, 1, false}: true, // both
	}
	if diff := cmp.Diff(want, seen, cmp.AllowUnexported(batch{})); diff != "" {
		t.Error("-want +fetched\n", diff)
	}
}

func TestSchemaRegistryFrames(t *testing.T) {
	seen := 0
	fetchedFrom(t, topicsCapture, "framed", func(_ int, b *shownBatch) {
		for _, r := range b.Records {
			if r.Offset >= 20 { // of transactions, which frame nothing
				continue
			}
			seen++
			if want := 100002 + int(r.Offset%2); r.KeySchema != 100001 || r.ValueSchema != want {
				t.Errorf("offset %d: schemas %d and %d, want 100001 and %d", r.Offset, r.KeySchema, r.ValueSchema, want)
			}
		}
	})
	if seen < 20 {
		t.Errorf("%d records seen, want 20 or more", seen)
	}
}

// TestInternalTopics holds what is shown of each record of Kafka's internal
// topics against what Kafka's own classes made of it.
func TestInternalTopics(t *testing.T) {
	capture := filepath.Join(capturesFolder(), filepath.Base(topicsCapture))
	if !isFile(capture) && capturesFolder() == os.Getenv("KDUMP_CAPTURES") {
		t.Skip(capture, "was not made")
	}
	topics := map[string]map[string]shownRecord{}
	for _, topic := range []string{"__consumer_offsets", "__transaction_state", "__share_group_state", "__remote_log_metadata"} {
		topics[topic] = map[string]shownRecord{}
		fetchedFrom(t, capture, topic, func(partition int, b *shownBatch) {
			for _, r := range b.Records {
				topics[topic][fmt.Sprint(partition, " ", r.Offset)] = r
			}
		})
	}
	lines := unzip(t, strings.Replace(capture, ".pcap.", ".records.jsonl.", 1))
	equal := map[string]int{}
	for line := range bytes.Lines(lines) {
		var want struct {
			Topic             string
			Partition, Offset int64
			Key, Value        json.RawMessage
		}
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatal(err)
		}
		got, ok := topics[want.Topic][fmt.Sprint(want.Partition, " ", want.Offset)]
		if !ok {
			t.Errorf("not shown: %s", line)
			continue
		}
		wantKey, wantValue := withNumber(numbered(t, want.Key)), numbered(t, want.Value)
		diff := cmp.Diff(wantKey, likeKafka(t, wantKey, numbered(t, got.Key))) +
			cmp.Diff(wantValue, likeKafka(t, wantValue, numbered(t, got.Value)))
		if diff != "" {
			t.Errorf("%s offset %d: -Kafka +kdump\n%s", want.Topic, want.Offset, diff)
			continue
		}
		equal[want.Topic]++
	}
	t.Logf("records equal: %v", equal)
	for topic := range topics {
		if equal[topic] == 0 {
			t.Errorf("%s: no records compared", topic)
		}
	}
}

// numbered reads JSON, with its numbers as they are written.
func numbered(t *testing.T, text []byte) (value any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return value
}

// withNumber adds to a key, of which Kafka's classes tell the name, the number
// that it begins with, which kdump shows as its version.
func withNumber(key any) any {
	if key, ok := key.(map[string]any); ok {
		key["version"] = json.Number(fmt.Sprint(codec.RecordByName(fmt.Sprint(key["type"])).Key))
	}
	return key
}

// likeKafka is what kdump shows without what Kafka's converters do not have: the
// names beside topic ids, and messages in place of bytes.
func likeKafka(t *testing.T, want, got any) any {
	switch got := got.(type) {
	case map[string]any:
		if _, isBytes := want.(string); isBytes {
			return inBytes(t, got)
		}
		want, _ := want.(map[string]any)
		for name := range got {
			if _, known := want[name]; !known && name == "topicName" {
				delete(got, name)
				continue
			}
			got[name] = likeKafka(t, want[name], got[name])
		}
	case []any:
		want, _ := want.([]any)
		for i := range min(len(got), len(want)) {
			got[i] = likeKafka(t, want[i], got[i])
		}
	}
	return got
}

// inBytes is the base64 of a message behind its version.
func inBytes(t *testing.T, message map[string]any) string {
	t.Helper()
	data, err := json.Marshal(message["data"])
	if err != nil {
		t.Fatal(err)
	}
	var version int16
	fmt.Sscan(fmt.Sprint(message["version"]), &version)
	layout, err := codec.RecordByName(fmt.Sprint(message["type"])).Layout(codec.Request, version)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := codec.ParseJSON(layout, data)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := codec.AppendMessage([]byte{byte(version >> 8), byte(version)}, tree)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

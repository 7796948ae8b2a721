package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// shownRecord is a record as --records full has it.
type shownRecord struct {
	Offset      int64           `json:"offset"`
	Timestamp   *int64          `json:"timestamp"`
	Key         json.RawMessage `json:"key"`
	KeyBase64   string          `json:"keyBase64"`
	KeySchema   int             `json:"keySchemaId"`
	Value       json.RawMessage `json:"value"`
	ValueBase64 string          `json:"valueBase64"`
	ValueSchema int             `json:"valueSchemaId"`
	Headers     json.RawMessage `json:"headers"`
}

type shownBatch struct {
	Magic         int           `json:"magic"`
	Partial       bool          `json:"partial"`
	Error         string        `json:"error"`
	TimestampType string        `json:"timestampType"`
	Control       bool          `json:"isControl"`
	BaseOffset    int64         `json:"baseOffset"`
	LastOffset    int64         `json:"lastOffset"`
	Count         int           `json:"count"`
	DeleteHorizon *int64        `json:"deleteHorizonMs"`
	Records       []shownRecord `json:"records"`
}

type shownPartition struct {
	Index          int          `json:"index"`
	PartitionIndex int          `json:"partitionIndex"`
	ErrorCode      int          `json:"errorCode"`
	BaseOffset     int64        `json:"baseOffset"`
	Records        []shownBatch `json:"records"`
}

type shownTopic struct {
	Name       string           `json:"name"`
	Topic      string           `json:"topic"`
	TopicID    string           `json:"topicId"`
	TopicName  string           `json:"topicName"`
	Data       []shownPartition `json:"partitionData"`
	Responses  []shownPartition `json:"partitionResponses"`
	Partitions []shownPartition `json:"partitions"`
}

// id tells a topic apart from others in one capture.
func (t *shownTopic) id() string { return cmp.Or(t.Name, t.Topic, t.TopicName, t.TopicID) }

type shownExchange struct {
	Type   string `json:"type"`
	Header struct {
		Name string `json:"requestApiKeyName"`
	} `json:"requestHeader"`
	Request struct {
		TopicData []shownTopic `json:"topicData"`
	} `json:"request"`
	Response struct {
		Responses []shownTopic `json:"responses"`
	} `json:"response"`
}

// produced is a record that a broker took, and the magic it was sent in.
type produced struct {
	shownRecord
	magic    int
	byBroker bool // the broker may have set another time
}

// Every record that a consumer, of a share group or not, or a follower fetched is the one that a client
// produced at that offset, in whatever form and compression the two had it.
func TestFetchedIsProduced(t *testing.T) {
	all, allShared := 0, 0
	for _, capture := range captures(t) {
		sent, fetched, shared := map[string]produced{}, 0, 0
		for _, e := range exchangesOf(t, capture) {
			switch e.Header.Name {
			case "PRODUCE":
				noteProduced(t, sent, &e)
			case "FETCH":
				fetched += compareFetched(t, capture, sent, &e)
			case "SHARE_FETCH":
				shared += compareFetched(t, capture, sent, &e)
			}
		}
		all, allShared = all+fetched, allShared+shared
		t.Logf("%s: %d records produced, %d fetched and the same, and %d by share groups", filepath.Base(capture), len(sent), fetched, shared)
	}
	if all < 10000 || allShared < 50 {
		t.Errorf("%d records compared, and %d of share groups: too few", all, allShared)
	}
}

func exchangesOf(t *testing.T, capture string) []shownExchange {
	t.Helper()
	out, _ := kdumpRead(t, "-f", "ndjson", "--records", "full", capture)
	var list []shownExchange
	for line := range strings.Lines(out) {
		if !strings.Contains(line, `"PRODUCE"`) && !strings.Contains(line, `"FETCH"`) && !strings.Contains(line, `"SHARE_FETCH"`) {
			continue
		}
		var e shownExchange
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%s: %v in %s", capture, err, line)
		}
		list = append(list, e)
	}
	return list
}

func place(topic *shownTopic, partition int, offset int64) string {
	return fmt.Sprintf("%s[%d]@%d", topic.id(), partition, offset)
}

// noteProduced notes the records that a broker has given offsets.
func noteProduced(t *testing.T, sent map[string]produced, e *shownExchange) {
	for _, answers := range e.Response.Responses {
		for _, answer := range answers.Responses {
			for i := range e.Request.TopicData {
				topic := &e.Request.TopicData[i]
				for _, data := range topic.Data {
					if topic.id() == answers.id() && data.Index == answer.Index && answer.ErrorCode == 0 {
						noteBatches(t, sent, topic, &data, answer.BaseOffset)
					}
				}
			}
		}
	}
}

func noteBatches(t *testing.T, sent map[string]produced, topic *shownTopic, data *shownPartition, offset int64) {
	for _, b := range data.Records {
		if b.Error != "" || b.Count != len(b.Records) {
			t.Errorf("%s: %d of %d records: %s", topic.id(), len(b.Records), b.Count, b.Error)
		}
		for _, r := range b.Records {
			if offset >= 0 {
				sent[place(topic, data.Index, offset)] = produced{r, b.Magic, b.TimestampType != "CreateTime"}
			}
			offset++
		}
	}
}

// compareFetched holds fetched records against those produced, and returns how
// many it found there.
func compareFetched(t *testing.T, capture string, sent map[string]produced, e *shownExchange) (found int) {
	for i := range e.Response.Responses {
		topic := &e.Response.Responses[i]
		for _, p := range topic.Partitions {
			for _, b := range p.Records {
				if b.Error != "" || !b.Partial && b.Count != len(b.Records) {
					t.Errorf("%s: %s: %d of %d records: %s", capture, topic.id(), len(b.Records), b.Count, b.Error)
				}
				for _, r := range b.Records {
					where := place(topic, p.PartitionIndex, r.Offset)
					want, ok := sent[where]
					if !ok || b.Control {
						continue
					}
					found++
					compareRecord(t, capture+" "+where, want, r, &b)
				}
			}
		}
	}
	return found
}

func compareRecord(t *testing.T, where string, want produced, got shownRecord, b *shownBatch) {
	t.Helper()
	want.Offset = got.Offset
	if want.magic != b.Magic { // converted: what the older of the two forms lacks is lost
		want.Timestamp, want.Headers = got.Timestamp, got.Headers
	}
	if want.byBroker || b.TimestampType != "CreateTime" {
		want.Timestamp = got.Timestamp
	}
	if diff := diffOf(want.shownRecord, got); diff != "" {
		t.Errorf("%s: -produced +fetched\n%s", where, diff)
	}
}

func TestParseSize(t *testing.T) {
	for _, test := range []struct {
		text string
		want int
		ok   bool
	}{
		{"1", 1, true}, {"512k", 512 << 10, true}, {"64M", 64 << 20, true}, {"1G", 1 << 30, true},
		{"2G", 0, false}, {"0", 0, false}, {"-1", 0, false}, {"64MB", 0, false}, {"", 0, false}, {"M", 0, false}, {"1.5M", 0, false},
		{"99999999999999999999", 0, false},
	} {
		if got, ok := parseSize(test.text); got != test.want || ok != test.ok {
			t.Errorf("%q: %d, %v", test.text, got, ok)
		}
	}
}

func TestRecordsFlags(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--records", "all"}, `--records is batches, keys or full, not "all"`},
		{[]string{"--max-inflate", "0"}, `--max-inflate is a number of bytes up to 1G, such as 512k or 64M, not "0"`},
	} {
		var out, talk bytes.Buffer
		code := run(append([]string{"read", "x"}, test.args...), streams{strings.NewReader(""), &out, &talk})
		if code != exitUsage || !strings.Contains(talk.String(), test.want) {
			t.Errorf("%v: exit code %d: %s", test.args, code, &talk)
		}
	}
}

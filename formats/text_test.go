package formats

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
	"github.com/kdump/kdump/decode"
)

// fields sets the fields of a message that a test builds.
type fields = map[string][]any

// lineOf prints an exchange without what stands before its summary.
func lineOf(t *testing.T, e *decode.Exchange, opt Options) string {
	t.Helper()
	var out bytes.Buffer
	p := New(&out, opt)
	p.Exchange(e)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	line, ok := strings.CutPrefix(out.String(), "13:53:01.000542  10.0.0.7:53422 > 10.0.0.2:9092  billing-1  ")
	if !ok && !opt.Color {
		t.Fatalf("unexpected line %q", out.String())
	}
	return line
}

var tenRecords = records.Batch{Magic: 2, LastOffset: 9, Count: 10, Size: 9318, Attributes: 4, Valid: true, ProducerID: -1}

func TestTextLines(t *testing.T) {
	const member = "billing-1-6f2d0a53-9d4c-4d0b-8a51-7ee2a3b0c1d2"
	tests := []struct {
		api     string
		version int16
		request fields
		answer  fields
		want    string
	}{
		{"Produce", 9,
			fields{"acks": {-1}, "topicData": {1}, "topicData[].name": {"orders"}, "topicData[].partitionData": {1},
				"topicData[].partitionData[].index": {2}, "topicData[].partitionData[].records": {[]records.Batch{tenRecords}}},
			fields{"responses": {1}, "responses[].name": {"orders"}, "responses[].partitionResponses": {1},
				"responses[].partitionResponses[].index": {2}, "responses[].partitionResponses[].baseOffset": {1234}},
			"Produce v9  orders[2] 10 records 9.1 KiB zstd -> orders[2@1234]  0.42 ms  ok"},
		{"Produce", 9,
			fields{"acks": {1}, "transactionalId": {"pay"}, "topicData": {1}, "topicData[].name": {"orders"}, "topicData[].partitionData": {2},
				"topicData[].partitionData[].index":   {0, 1},
				"topicData[].partitionData[].records": {[]records.Batch{tenRecords}, []records.Batch{{Err: "no magic", Size: 40, Available: 40}}}},
			fields{"responses": {1}, "responses[].name": {"orders"}, "responses[].partitionResponses": {2},
				"responses[].partitionResponses[].index": {0, 1}, "responses[].partitionResponses[].errorCode": {6, 87},
				"responses[].partitionResponses[].baseOffset": {-1, -1}, "throttleTimeMs": {500}},
			"Produce v9  orders[0-1] 10 records 9.1 KiB zstd bad-batches=1 acks=1 txn=pay  0.42 ms  throttled 500 ms  NOT_LEADER_OR_FOLLOWER orders[0] +1 more"},
		{"Fetch", 12,
			fields{"replicaId": {-1}, "maxWaitMs": {500}, "isolationLevel": {1}, "sessionId": {77}, "sessionEpoch": {3}, "topics": {1},
				"topics[].topic": {"orders"}, "topics[].partitions": {4}, "topics[].partitions[].partition": {0, 1, 2, 7},
				"topics[].partitions[].fetchOffset": {166, 166, 9, 0}},
			fields{"responses": {2}, "responses[].topic": {"orders", "carts"}, "responses[].partitions": {2, 1},
				"responses[].partitions[].partitionIndex": {0, 7, 3},
				"responses[].partitions[].records":        {[]records.Batch{}, []records.Batch{tenRecords, tenRecords}, []records.Batch{}}},
			"Fetch v12  orders[0-1@166,2@9,7@0] session=77/3 wait=500ms read_committed -> orders[7] 20 records 18.2 KiB zstd  0.42 ms  ok"},
		{"Fetch", 12, fields{"replicaId": {2}}, fields{}, "Fetch v12  replica=2 wait=0ms -> no records  0.42 ms  ok"},
		{"Fetch", 7,
			fields{"replicaId": {1}, "sessionId": {9}, "sessionEpoch": {2}, "forgottenTopicsData": {1}, "forgottenTopicsData[].topic": {"orders"},
				"forgottenTopicsData[].partitions": {2}, "forgottenTopicsData[].partitions[]": {1, 3}},
			fields{}, "Fetch v7  forgets=orders[1,3] replica=1 session=9/2 wait=0ms -> no records  0.42 ms  ok"},
		{"ShareFetch", 1,
			fields{"groupId": {"share"}, "forgottenTopicsData": {1}, "forgottenTopicsData[].topicId": {[16]byte{15: 1}},
				"forgottenTopicsData[].partitions": {1}, "forgottenTopicsData[].partitions[]": {4}},
			fields{}, "ShareFetch v1  share forgets=__cluster_metadata[4] session-epoch=0 wait=0ms -> no records  0.42 ms  ok"},
		{"StopReplica", 0,
			fields{"controllerId": {1}, "deletePartitions": {true}, "ungroupedPartitions": {1}, "ungroupedPartitions[].topicName": {"orders"}},
			fields{}, "StopReplica v0  orders[0] controller=1 epoch=0 delete  0.42 ms  ok"},
		{"StopReplica", 3,
			fields{"controllerId": {1}, "topicStates": {2}, "topicStates[].topicName": {"orders", "carts"}, "topicStates[].partitionStates": {3, 1},
				"topicStates[].partitionStates[].partitionIndex":  {0, 1, 2, 0},
				"topicStates[].partitionStates[].deletePartition": {true, true, false, false}},
			fields{}, "StopReplica v3  orders[0-1=delete,2=stop] carts[0=stop] controller=1 epoch=0  0.42 ms  ok"},
		{"ListOffsets", 1,
			fields{"replicaId": {-1}, "topics": {1}, "topics[].name": {"orders"}, "topics[].partitions": {3}, "topics[].partitions[].partitionIndex": {0, 1, 2},
				"topics[].partitions[].timestamp": {-1, -2, 1763819581000}},
			fields{"topics": {1}, "topics[].name": {"orders"}, "topics[].partitions": {3}, "topics[].partitions[].partitionIndex": {0, 1, 2},
				"topics[].partitions[].offset": {15, 0, -1}},
			"ListOffsets v1  orders[0@latest,1@earliest,2@1763819581000] -> orders[0@15,1@0,2@none]  0.42 ms  ok"},
		{"Metadata", 0, fields{}, fields{"brokers": {3}, "topics": {12}}, "Metadata v0  all-topics -> 3 brokers 12 topics  0.42 ms  ok"},
		{"Metadata", 1, fields{"topics": {nil}}, fields{"brokers": {1}, "controllerId": {2}}, "Metadata v1  all-topics -> 1 broker no topics controller=2  0.42 ms  ok"},
		{"Metadata", 4,
			fields{"topics": {5}, "topics[].name": {"a", "b", "c", "d", "e"}},
			fields{"topics": {2}, "topics[].errorCode": {0, 3}, "topics[].name": {"a", "b"}},
			"Metadata v4  a b c +2 topics -> no brokers 2 topics controller=0  0.42 ms  UNKNOWN_TOPIC_OR_PARTITION b"},
		{"OffsetCommit", 8,
			fields{"groupId": {"billing"}, "generationIdOrMemberEpoch": {4}, "memberId": {member}, "topics": {1}, "topics[].name": {"orders"},
				"topics[].partitions": {2}, "topics[].partitions[].partitionIndex": {0, 1}, "topics[].partitions[].committedOffset": {15, 17}},
			fields{},
			"OffsetCommit v8  billing orders[0@15,1@17] generation=4 member=billing-1-6f2d0a53...  0.42 ms  ok"},
		{"OffsetFetch", 8,
			fields{"groups": {1}, "groups[].groupId": {"billing"}, "groups[].topics": {nil}},
			fields{"groups": {1}, "groups[].groupId": {"billing"}, "groups[].errorCode": {16}},
			"OffsetFetch v8  billing all-topics  0.42 ms  NOT_COORDINATOR billing"},
		{"FindCoordinator", 4,
			fields{"keyType": {1}, "coordinatorKeys": {1}, "coordinatorKeys[]": {"pay"}},
			fields{"coordinators": {1}, "coordinators[].key": {"pay"}, "coordinators[].host": {"10.0.0.2"}, "coordinators[].port": {9092}, "coordinators[].nodeId": {2}},
			"FindCoordinator v4  transaction pay -> pay=10.0.0.2:9092 node=2  0.42 ms  ok"},
		{"JoinGroup", 5,
			fields{"groupId": {"billing"}, "protocolType": {"consumer"}, "protocols": {2}, "protocols[].name": {"range", "sticky"}},
			fields{"generationId": {4}, "protocolName": {"range"}, "leader": {"m"}, "memberId": {"m"}, "members": {3}},
			"JoinGroup v5  billing consumer:range,sticky -> generation=4 range leader 3 members  0.42 ms  ok"},
		{"CreateTopics", 7,
			fields{"topics": {1}, "topics[].name": {"orders"}, "topics[].numPartitions": {3}, "topics[].replicationFactor": {2}, "validateOnly": {true}},
			fields{"topics": {2}, "topics[].name": {"orders", "carts"}, "topics[].errorCode": {36, 36}, "topics[].errorMessage": {"Topic 'orders' already exists.", "twice"}},
			"CreateTopics v7  orders partitions=3 rf=2 validate-only  0.42 ms  TOPIC_ALREADY_EXISTS orders \"Topic 'orders' already exists.\" +1 more"},
		{"CreateTopics", 7,
			fields{"topics": {1}, "topics[].name": {"orders"}, "topics[].configs": {3},
				"topics[].configs[].name": {"retention.ms", "plugin.password", "cleanup.policy"}, "topics[].configs[].value": {"86400000", "hunter2", nil}},
			fields{"topics": {1}, "topics[].name": {"orders"}, "topics[].errorMessage": {"all is well"}},
			"CreateTopics v7  orders partitions=0 rf=0 retention.ms=86400000,plugin.password=<withheld>,cleanup.policy  0.42 ms  ok"},
		{"FindCoordinator", 3, fields{"key": {"billing"}},
			fields{"errorCode": {15}, "errorMessage": {strings.Repeat("x", 63) + "ü\x1b"}, "nodeId": {-1}, "port": {-1}},
			"FindCoordinator v3  group billing  0.42 ms  COORDINATOR_NOT_AVAILABLE \"" + strings.Repeat("x", 63) + "\"..."},
		{"DescribeConfigs", 4,
			fields{"resources": {2}, "resources[].resourceType": {2, 4}, "resources[].resourceName": {"orders", ""},
				"resources[].configurationKeys": {1, nil}, "resources[].configurationKeys[]": {"retention.ms"}},
			fields{"results": {2}, "results[].resourceType": {2, 4}, "results[].resourceName": {"orders", ""}, "results[].configs": {1, 2}},
			"DescribeConfigs v4  topic:orders retention.ms, broker:default -> topic:orders 1 config, broker:default 2 configs  0.42 ms  ok"},
		{"IncrementalAlterConfigs", 0,
			fields{"resources": {1}, "resources[].resourceType": {2}, "resources[].resourceName": {"orders"}, "resources[].configs": {2},
				"resources[].configs[].name": {"retention.ms", "segment.bytes"}, "resources[].configs[].configOperation": {0, 1}, "resources[].configs[].value": {"86400000", nil}},
			fields{},
			"IncrementalAlterConfigs v0  topic:orders set:retention.ms=86400000,delete:segment.bytes  0.42 ms  ok"},
		{"Fetch", 13,
			fields{"replicaId": {2}, "sessionId": {9}, "topics": {1}, "topics[].topicId": {[16]byte{15: 1}}, "topics[].partitions": {1}},
			fields{"responses": {1}, "responses[].topicId": {[16]byte{15: 1}}, "responses[].partitions": {1}, "responses[].partitions[].errorCode": {6}},
			"Fetch v13  __cluster_metadata[0@0] replica=2 session=9/0 wait=0ms -> no records  0.42 ms  NOT_LEADER_OR_FOLLOWER __cluster_metadata[0]"},
		{"EndTxn", 3, fields{"transactionalId": {"pay"}, "producerId": {5}, "committed": {true}}, fields{},
			"EndTxn v3  commit txn=pay pid=5/0  0.42 ms  ok"},
		{"OffsetForLeaderEpoch", 4,
			fields{"replicaId": {-2}, "topics": {1}, "topics[].topic": {"orders"}, "topics[].partitions": {1}, "topics[].partitions[].leaderEpoch": {7}},
			// The error code stands before the partition that it is about.
			fields{"topics": {1}, "topics[].topic": {"orders"}, "topics[].partitions": {1}, "topics[].partitions[].errorCode": {74},
				"topics[].partitions[].partition": {5}, "topics[].partitions[].endOffset": {-1}},
			"OffsetForLeaderEpoch v4  orders[0@epoch=7]  0.42 ms  FENCED_LEADER_EPOCH orders[5]"},
		{"ConsumerGroupHeartbeat", 0,
			fields{"groupId": {"billing"}, "memberId": {"m"}, "subscribedTopicNames": {2}, "subscribedTopicNames[]": {"orders", "carts"}},
			fields{"memberEpoch": {1}},
			"ConsumerGroupHeartbeat v0  billing joins member=m subscribes=orders,carts -> epoch=1  0.42 ms  ok"},
		{"BrokerHeartbeat", 0, fields{"brokerId": {2}, "wantFence": {true}}, fields{"isFenced": {true}, "isCaughtUp": {true}},
			"BrokerHeartbeat v0  broker=2 metadata-offset=0 wants-fence -> fenced  0.42 ms  ok"},
		{"Vote", 2,
			fields{"topics": {1}, "topics[].topicName": {"__cluster_metadata"}, "topics[].partitions": {1},
				"topics[].partitions[].replicaId": {2}, "topics[].partitions[].replicaEpoch": {5}, "topics[].partitions[].preVote": {true}},
			fields{"topics": {1}, "topics[].partitions": {1}, "topics[].partitions[].leaderId": {-1}, "topics[].partitions[].voteGranted": {true}},
			"Vote v2  __cluster_metadata[0 candidate=2 epoch=5 pre-vote] -> granted epoch=0  0.42 ms  ok"},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			e := anExchange(build(t, test.api, codec.Request, test.version, test.request), build(t, test.api, codec.Response, test.version, test.answer))
			if got := lineOf(t, e, Options{}); got != test.want+"\n" {
				t.Errorf("got  %swant %s", got, test.want)
			}
		})
	}
}

// Two partitions of a list that neighbour each other are drawn together, and
// of long lists the rest is counted.
func TestPartitionLists(t *testing.T) {
	tests := []struct {
		partitions []any
		want       string
	}{
		{nil, "orders[]"},
		{[]any{3}, "orders[3]"},
		{[]any{0, 1, 2, 3, 4, 5, 7}, "orders[0-5,7]"},
		{[]any{2, 1, 0}, "orders[2,1,0]"},
		{[]any{0, 2, 4, 6, 8, 10, 12, 14, 15, 16}, "orders[0,2,4,6,8,10,+4]"},
		{[]any{1, 1, 2, 4}, "orders[1,1-2,4]"},
		{[]any{-2147483648, 2147483647}, "orders[-2147483648,2147483647]"},
	}
	for _, test := range tests {
		request := build(t, "OffsetFetch", codec.Request, 1, fields{"groupId": {"g"}, "topics": {1}, "topics[].name": {"orders"},
			"topics[].partitionIndexes": {len(test.partitions)}, "topics[].partitionIndexes[]": test.partitions})
		e := anExchange(request, decode.Message{})
		e.Unanswered = "connection closed"
		want := "OffsetFetch v1  g " + test.want + "  no answer: connection closed\n"
		if got := lineOf(t, e, Options{}); got != want {
			t.Errorf("got  %swant %s", got, want)
		}
	}
}

// Neighbours are drawn together only where the same stands behind them.
func TestRangesWithOffsets(t *testing.T) {
	tests := []struct {
		partitions, offsets []any
		want                string
	}{
		{[]any{0, 1, 2}, []any{-1, -1, -1}, "orders[0-2@none]"},
		{[]any{0, 1, 2, 3}, []any{5, 5, 6, 6}, "orders[0-1@5,2-3@6]"},
		{[]any{0, 1, 2, 11}, []any{11, 1, 11, 11}, "orders[0@11,1@1,2@11,11@11]"},
		{[]any{9, 10, 11}, []any{1, 1, 1}, "orders[9-11@1]"},
		{[]any{0, 1, 2, 3, 4, 5, 6, 7}, []any{0, 1, 2, 3, 4, 5, 6, 6}, "orders[0@0,1@1,2@2,3@3,4@4,5@5,+2]"},
	}
	for _, test := range tests {
		n := len(test.partitions)
		answer := build(t, "OffsetFetch", codec.Response, 1, fields{"topics": {1}, "topics[].name": {"orders"}, "topics[].partitions": {n},
			"topics[].partitions[].partitionIndex": test.partitions, "topics[].partitions[].committedOffset": test.offsets})
		e := anExchange(build(t, "OffsetFetch", codec.Request, 1, fields{"groupId": {"g"}}), answer)
		want := "OffsetFetch v1  g -> " + test.want + "  0.42 ms  ok\n"
		if got := lineOf(t, e, Options{}); got != want {
			t.Errorf("got  %swant %s", got, want)
		}
	}
}

// What a client calls itself and its topics must not reach the terminal as
// anything but text.
func TestTextOfHostileNames(t *testing.T) {
	tests := map[string]string{
		"orders":                      "orders",
		"gl\u00fchwein":               "gl\u00fchwein",
		"a b":                         `"a b"`,
		"\x1b[2J":                     `\x1b[2J`,
		"a\nb":                        `a\x0ab`,
		"\u009b31m":                   `\u{9b}31m`,
		"a\u202eb":                    `a\u{202e}b`,
		"\xff\xfe":                    `\xff\xfe`,
		`say "\"`:                     `"say \"\\\""`,
		strings.Repeat("x", 100):      strings.Repeat("x", 64) + "...",
		strings.Repeat("ü", 40):       strings.Repeat("ü", 32) + "...",
		strings.Repeat("x", 63) + "ü": strings.Repeat("x", 63) + "...",
	}
	for name, want := range tests {
		e := anExchange(build(t, "Metadata", codec.Request, 1, fields{"topics": {1}, "topics[].name": {name}}), decode.Message{})
		e.Unanswered = "end of capture"
		want = "Metadata v1  " + want + "  no answer: end of capture\n"
		if got := lineOf(t, e, Options{}); got != want {
			t.Errorf("%q: got  %swant %s", name, got, want)
		}
		e.Request.RequestHeader.ClientID = []byte(name)
		var out bytes.Buffer
		p := New(&out, Options{Verbose: true})
		p.Exchange(e)
		p.Close()
		for _, raw := range []string{"\x1b", "\u009b", "\u202e", "\xff", "a\nb"} {
			if strings.Contains(out.String(), raw) {
				t.Errorf("%q: the tree lets it through: %q", name, out.String())
			}
		}
	}
}

// eventLines prints what f tells a printer, as one text.
func eventLines(t *testing.T, opt Options, f func(Printer)) string {
	t.Helper()
	var out bytes.Buffer
	p := New(&out, opt)
	f(p)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestLinesOfWhatIsNoWholeExchange(t *testing.T) {
	produce := build(t, "Produce", codec.Request, 9, fields{"topicData": {1}, "topicData[].name": {"orders"}, "topicData[].partitionData": {1}})
	broken := build(t, "Heartbeat", codec.Request, 0, fields{"groupId": {"billing"}})
	broken.Body.Bytes = broken.Body.Bytes[:11]
	long := build(t, "Heartbeat", codec.Response, 0, nil)
	long.Body.Bytes = append(long.Body.Bytes, 1, 2, 3)
	c := aConnection()

	got := eventLines(t, Options{}, func(p Printer) {
		noAcks := anExchange(produce, decode.Message{})
		noAcks.Kind, noAcks.Unanswered = decode.RequestOnly, "acks=0"
		p.Exchange(noAcks)

		torn := anExchange(broken, long)
		p.Exchange(torn)

		p.Exchange(anExchange(broken, broken))

		unknown := anExchange(produce, decode.Message{Seen: true, Size: 30})
		unknown.Request.Layout, unknown.Request.RequestHeader.APIKey = nil, 999
		unknown.Request.Problem, unknown.Request.Head = errors.New("no API is known by key 999"), []byte{3, 0xe7, 0, 1}
		p.Exchange(unknown)

		secret := anExchange(build(t, "SaslAuthenticate", codec.Request, 0, nil), decode.Message{Seen: true})
		secret.Request.Problem, secret.Request.Head = errors.New("a hole"), []byte("\x00alice\x00hunter2")
		p.Exchange(secret)

		p.Exchange(&decode.Exchange{Kind: decode.ResponseOnly, Connection: c,
			Response: decode.Message{Seen: true, First: atTime, Size: 447, ResponseHeader: codec.ResponseHeader{CorrelationID: 17}, Head: []byte{0, 0, 0, 17}}})

		p.Exchange(&decode.Exchange{Kind: decode.RawSasl, Connection: c, Mechanism: "PLAIN",
			Request:  decode.Message{Seen: true, First: atTime, Body: codec.Body{Bytes: []byte("\x00alice\x00hunter2")}},
			Response: decode.Message{Seen: true, Last: atTime + 1_000_000}})

		p.Gap(&decode.Gap{Connection: c, Time: atTime, Response: true, Size: 1 << 20, Reason: "lost in the capture"})
		p.Gap(&decode.Gap{Connection: c, Time: atTime, Size: -1, Reason: "lost in the capture"})
		p.Undecoded(&decode.Undecoded{Connection: c, Time: atTime, Size: 1460, Err: "a size of 1347375956", Head: []byte("POST / HTTP/1.1\r\nHost: x")})
		p.TLS(&decode.TLS{Connection: c, Time: atTime, ServerName: "kafka.example", ALPN: []string{"h2"}, Version: "TLS 1.3"})

		proxied := aConnection()
		proxied.Proxied = &decode.Proxied{Version: 1, Client: netip.MustParseAddrPort("192.0.2.1:5000"), Server: c.Server}
		p.Gap(&decode.Gap{Connection: proxied, Time: atTime, Size: 5, Reason: "lost in the capture"})
	})
	want := `
13:53:01.000542  10.0.0.7:53422 > 10.0.0.2:9092  billing-1  Produce v9  orders[0] no records  no answer: acks=0
13:53:01.000542  10.0.0.7:53422 > 10.0.0.2:9092  billing-1  Heartbeat v0  billing  0.42 ms  cannot read the request at generationId, offset 9: the message ends: needs 4 bytes, has 2  3 B left over
13:53:01.000542  10.0.0.7:53422 > 10.0.0.2:9092  billing-1  Heartbeat v0  billing -> billing  0.42 ms  cannot read the request at generationId, offset 9: the message ends: needs 4 bytes, has 2; nor the response
13:53:01.000542  10.0.0.7:53422 > 10.0.0.2:9092  billing-1  API 999 v9    0.42 ms  cannot read the request: no API is known by key 999 03e70001
13:53:01.000542  10.0.0.7:53422 > 10.0.0.2:9092  billing-1  SaslAuthenticate v0  0.42 ms  cannot read the request: a hole
13:53:01.000542  10.0.0.7:53422 < 10.0.0.2:9092             response             correlation=17 447 B 00000011  its request was not seen
13:53:01.000542  10.0.0.7:53422 > 10.0.0.2:9092             SASL                 PLAIN user=alice  1.00 ms  ok
13:53:01.000542  10.0.0.7:53422 < 10.0.0.2:9092             gap                  1.0 MiB missing: lost in the capture
13:53:01.000542  10.0.0.7:53422 > 10.0.0.2:9092             gap                  bytes missing: lost in the capture
13:53:01.000542  10.0.0.7:53422 > 10.0.0.2:9092             undecoded            1.4 KiB 504f5354202f20485454502f312e310d...  a size of 1347375956
13:53:01.000542  10.0.0.7:53422 > 10.0.0.2:9092             TLS                  TLS 1.3 to kafka.example offers h2  not read further
13:53:01.000542  192.0.2.1:5000 via 10.0.0.7:53422 > 10.0.0.2:9092             gap                  5 B missing: lost in the capture
`
	if diff := cmp.Diff(want, "\n"+got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// While a client authenticates, bytes that are no message may be its password.
func TestTextShowsNoTokenInHex(t *testing.T) {
	c := aConnection()
	token := []byte("\x00alice\x00hunter2")
	events := func(p Printer) {
		hidden := decode.Message{Seen: true, First: atTime, Size: 14, Head: token, MayHide: true}
		p.Undecoded(&decode.Undecoded{Connection: c, Time: atTime, Size: 14, Err: "no header", Head: token, MayHide: true})
		p.Exchange(&decode.Exchange{Kind: decode.ResponseOnly, Connection: c, Response: hidden})
		hidden.Problem = errors.New("API key 117 is not known")
		p.Exchange(&decode.Exchange{Kind: decode.RequestOnly, Connection: c, Request: hidden})
	}
	inHex := string(appendHex(nil, token))
	if got := eventLines(t, Options{}, events); strings.Contains(got, inHex) {
		t.Errorf("a token is shown: %s", got)
	}
	if got := eventLines(t, Options{ShowSecrets: true}, events); strings.Count(got, inHex) != 3 {
		t.Errorf("the tokens are not shown where they are asked for: %s", got)
	}
}

func TestTextOfAnEnvelope(t *testing.T) {
	inner := anExchange(
		build(t, "CreateTopics", codec.Request, 7, fields{"topics": {1}, "topics[].name": {"orders"}, "topics[].numPartitions": {3}, "topics[].replicationFactor": {2}}),
		build(t, "CreateTopics", codec.Response, 7, fields{"topics": {1}, "topics[].name": {"orders"}, "topics[].errorCode": {36}}))
	outer := anExchange(
		build(t, "Envelope", codec.Request, 0, fields{"requestData": {"the request"}, "requestPrincipal": {"\x00\x00\x05User\x06alice\x00\x00"}, "clientHostAddress": {"\x0a\x00\x00\x09"}}),
		build(t, "Envelope", codec.Response, 0, fields{"responseData": {"the response"}}))
	outer.Forwarded = inner
	outer.Connection.SoftwareName, outer.Connection.SoftwareVersion = "kgo", "v1.22.2"
	inner.Connection = outer.Connection
	want := "Envelope v0  for User:alice@10.0.0.9 billing-1: CreateTopics v7 orders partitions=3 rf=2  0.42 ms  TOPIC_ALREADY_EXISTS orders\n"
	if got := lineOf(t, outer, Options{}); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
	outer.Connection.Principal = "User:broker"
	tree := eventLines(t, Options{Verbose: true}, func(p Printer) { p.Exchange(outer) })
	for _, line := range []string{"    requestData: 11 B\n", "    clientHostAddress: 10.0.0.9\n", "  request v0, correlation 7, kgo v1.22.2, User:broker, 2026",
		"  forwarded request v7, correlation 7, billing-1, User:alice@10.0.0.9, 2026", "        numPartitions: 3\n", "  forwarded response, "} {
		if !strings.Contains(tree, line) {
			t.Errorf("no %q in\n%s", line, tree)
		}
	}
}

// Where secrets are asked for, a line has them too.
func TestTextShowsSecretsWhereAsked(t *testing.T) {
	e := anExchange(
		build(t, "AlterConfigs", codec.Request, 1, fields{"resources": {1}, "resources[].resourceType": {4}, "resources[].resourceName": {"1"},
			"resources[].configs": {1}, "resources[].configs[].name": {"ssl.key.password"}, "resources[].configs[].value": {"hunter2"}}),
		build(t, "AlterConfigs", codec.Response, 1, nil))
	for shown, want := range map[bool]string{
		false: "AlterConfigs v1  broker:1 ssl.key.password=<withheld>  0.42 ms  ok\n",
		true:  "AlterConfigs v1  broker:1 ssl.key.password=hunter2  0.42 ms  ok\n",
	} {
		if got := lineOf(t, e, Options{ShowSecrets: shown}); got != want {
			t.Errorf("got  %swant %s", got, want)
		}
	}
}

// Who has logged in stands behind the client id; to be anonymous says nothing.
func TestTextOfPrincipals(t *testing.T) {
	beat := anExchange(build(t, "Heartbeat", codec.Request, 0, fields{"groupId": {"g"}}), build(t, "Heartbeat", codec.Response, 0, nil))
	for principal, want := range map[string]string{
		"":                "billing-1",
		"User:ANONYMOUS":  "billing-1",
		"User:alice":      "billing-1 User:alice",
		"User:a\x1b lice": `billing-1 "User:a\x1b lice"`,
	} {
		beat.Connection.Principal = principal
		got := eventLines(t, Options{}, func(p Printer) { p.Exchange(beat) })
		if want = "13:53:01.000542  10.0.0.7:53422 > 10.0.0.2:9092  " + want + "  Heartbeat v0  g generation=0  0.42 ms  ok\n"; got != want {
			t.Errorf("%q: got  %swant %s", principal, got, want)
		}
	}
}

// What lines say of errors, configs and principals costs no memory either.
func TestTextAllocatesNothingPerExchange(t *testing.T) {
	configs := anExchange(
		build(t, "IncrementalAlterConfigs", codec.Request, 1, fields{"resources": {1}, "resources[].resourceType": {2}, "resources[].resourceName": {"orders"},
			"resources[].configs": {1}, "resources[].configs[].name": {"retention.ms"}, "resources[].configs[].value": {"86400000"}}),
		build(t, "IncrementalAlterConfigs", codec.Response, 1, fields{"responses": {1}, "responses[].errorCode": {40}, "responses[].errorMessage": {"no"},
			"responses[].resourceName": {"orders"}}))
	configs.Connection.Principal = "User:alice"
	for _, e := range []*decode.Exchange{fetchOf(t, 100), configs} {
		p := New(discard{}, Options{})
		for range 100 {
			p.Exchange(e)
		}
		if n := testing.AllocsPerRun(1000, func() { p.Exchange(e) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

// Columns are as wide as they look.
func TestColumnsCountCharacters(t *testing.T) {
	beat := anExchange(build(t, "Heartbeat", codec.Request, 0, fields{"groupId": {"g"}}), build(t, "Heartbeat", codec.Response, 0, nil))
	got := eventLines(t, Options{}, func(p Printer) {
		for _, id := range []string{"käse-über", "billing"} {
			beat.Request.RequestHeader.ClientID = []byte(id)
			p.Exchange(beat)
		}
	})
	for _, want := range []string{"  käse-über  Heartbeat", "  billing    Heartbeat"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// Of records that were not read nothing is said.
func TestTextOfRecordsThatAreMissing(t *testing.T) {
	request := build(t, "Produce", codec.Request, 9, fields{"topicData": {1}, "topicData[].name": {"orders"}, "topicData[].partitionData": {1}})
	whole := request.Body.Bytes
	for _, test := range []struct {
		n    int
		want string
	}{
		{len(whole), "Produce v9  orders[0] no records  0.42 ms  ok\n"},
		{10, "Produce v9  0.42 ms  cannot read the request"},
		{len(whole) - 4, "Produce v9  orders[0]  0.42 ms  cannot read the request"},
	} {
		request.Body.Bytes = whole[:test.n:test.n]
		if got := lineOf(t, anExchange(request, build(t, "Produce", codec.Response, 9, nil)), Options{}); !strings.HasPrefix(got, test.want) {
			t.Errorf("of %d bytes: got  %swant %s", test.n, got, test.want)
		}
	}
}

// Records that were not cut out of the body count likewise.
func TestRecordsInTheBody(t *testing.T) {
	batch := binary.BigEndian.AppendUint64(nil, 0)
	batch = append(batch, 0, 0, 0, 49, 0, 0, 0, 0, 2)   // size, leader epoch, magic
	batch = append(batch, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2) // checksum, gzip, last offset
	batch = append(batch, make([]byte, 8+8+8+2+4)...)   // times and producer
	batch = append(batch, 0, 0, 0, 3)                   // count
	batch = append(batch, batch...)                     // the checksums are wrong
	layout, _ := codec.APIByName("Produce").Layout(codec.Request, 3)
	b := builder{layout: layout, set: fields{"topicData": {1}, "topicData[].name": {"orders"}, "topicData[].partitionData": {1}}}
	b.structure(&layout.Ops[0], "")
	body := binary.BigEndian.AppendUint32(b.bytes[:len(b.bytes)-4], uint32(len(batch)))
	request := decode.Message{Seen: true, Layout: layout, Body: codec.Body{Bytes: append(body, batch...)}}
	e := anExchange(request, decode.Message{})
	e.Unanswered = "acks=0"
	want := "Produce v3  orders[0] 6 records 122 B gzip bad-batches=2  no answer: acks=0\n"
	if got := lineOf(t, e, Options{}); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
	if tree := lineOf(t, e, Options{Verbose: true}); strings.Count(tree, "              - offsets 0-2, 3 records, 61 B, gzip, ") != 2 {
		t.Errorf("no batches in\n%s", tree)
	}
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Colours change nothing but the colours, and every one that begins ends.
func TestTextColours(t *testing.T) {
	request := build(t, "Produce", codec.Request, 9, fields{"topicData": {1}, "topicData[].name": {"orders"}, "topicData[].partitionData": {1}})
	answer := build(t, "Produce", codec.Response, 9, fields{"responses": {1}, "responses[].name": {"orders"}, "responses[].partitionResponses": {1},
		"responses[].partitionResponses[].errorCode": {6}, "throttleTimeMs": {3}})
	events := func(p Printer) {
		p.Exchange(anExchange(request, answer))
		p.Gap(&decode.Gap{Connection: aConnection(), Time: atTime, Size: 5, Reason: "lost"})
		p.TLS(&decode.TLS{Connection: aConnection(), Time: atTime})
	}
	for _, verbose := range []bool{false, true} {
		plain := eventLines(t, Options{Verbose: verbose}, events)
		coloured := eventLines(t, Options{Verbose: verbose, Color: true}, events)
		if diff := cmp.Diff(plain, escapes.ReplaceAllString(coloured, "")); diff != "" {
			t.Errorf("-plain +coloured:\n%s", diff)
		}
		if strings.Contains(plain, "\x1b") || !strings.Contains(coloured, "\x1b[32morders\x1b[") {
			t.Errorf("plain %q, coloured %q", plain, coloured)
		}
		for line := range strings.Lines(coloured) {
			on := false
			for _, sequence := range escapes.FindAllString(line, -1) {
				if reset := strings.HasPrefix(sequence, "\x1b[0") || strings.HasPrefix(sequence, "\x1b[2") && len(sequence) == 5; reset == on {
					on = !reset
				} else {
					t.Errorf("unbalanced colours in %q", line)
					break
				}
			}
			if on {
				t.Errorf("%q ends in a colour", line)
			}
		}
	}
}

package codec

import (
	"encoding/hex"
	"strings"
	"testing"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestReadPayload(t *testing.T) {
	const (
		subscription = "0001 00000001 0001 61 ffffffff 00000000"
		assignment   = "0000 00000001 0001 61 00000001 00000003 ffffffff"
		streams      = "00000001 00000000 00000000"
		worker       = "0002 0003 752f76 0000000000000007 ffffffff"
	)
	for _, test := range []struct {
		name     string
		is       Meaning
		protocol string
		hex      string
		want     string // or behind an exclamation mark why it cannot be read; "" where nothing says that it is a message
	}{
		{"subscription", GroupSubscription, "consumer", subscription, `v1 {"topics":["a"],"userData":null,"ownedPartitions":[]}`},
		{"of a protocol not known", GroupSubscription, "", subscription, `v1 {"topics":["a"],"userData":null,"ownedPartitions":[]}`},
		{"of another protocol", GroupSubscription, "sr", subscription, ``},
		{"newer", GroupSubscription, "consumer", "0009 00000000 ffffffff 00000000 00000005 ffff cc",
			`v9 {"topics":[],"userData":null,"ownedPartitions":[],"generationId":5,"rackId":null} +cc`},
		{"cut", GroupSubscription, "consumer", "0001 00000001 0001", `!ConsumerProtocolSubscription v1: topics[0]: the message ends: needs 1 byte, has 0 at offset 6`},
		{"without its last field", GroupSubscription, "consumer", "0001 00000001 0001 61 ffffffff", `v1 {"topics":["a"],"userData":null}`},
		{"empty", GroupSubscription, "consumer", "", `!ConsumerProtocolSubscription ends within its version`},
		{"below zero", GroupSubscription, "consumer", "ffff 00000000 ffffffff", `!ConsumerProtocolSubscription has no v-1; known are 0-3`},
		{"assignment", GroupAssignment, "consumer", assignment, `v0 {"assignedPartitions":[{"topic":"a","partitions":[3]}],"userData":null}`},
		{"worker", GroupSubscription, "connect", worker, `v2 {"url":"u/v","configOffset":7,"allocation":null}`},
		{"worker, not said", GroupSubscription, "", worker, `v2 {"url":"u/v","configOffset":7,"allocation":null}`},
		{"tasks", GroupAssignment, "connect", "0000 0000 0001 6c 0001 75 0000000000000001 00000001 0001 63 00000001 ffffffff",
			`v0 {"error":0,"leader":"l","leaderUrl":"u","configOffset":1,"assignment":[{"connector":"c","tasks":[-1]}]}`},
		{"principal, cut", KafkaPrincipal, "", "0000 0555736572 06616c696365", `!DefaultPrincipalData v0: tokenAuthenticated`},
		{"principal", KafkaPrincipal, "", "0000 0555736572 06616c696365 01 00", `v0 {"type":"User","name":"alice","tokenAuthenticated":true}`},
		{"sticky", SubscriptionUserData, "consumer/sticky", "00000001 0001 61 00000002 00000003 00000004 00000007",
			`v1 {"previousAssignment":[{"topic":"a","partitions":[3,4]}],"generation":7}`},
		{"sticky of old", SubscriptionUserData, "consumer/sticky", "00000001 0001 61 00000001 00000003",
			`v0 {"previousAssignment":[{"topic":"a","partitions":[3]}]}`},
		{"sticky, cut", SubscriptionUserData, "consumer/sticky", "00000001 0001 61 00000002 00000003", `!StickyAssignorUserData`},
		{"sticky, longer", SubscriptionUserData, "consumer/sticky", "00000000 00000007 00", `!StickyAssignorUserData leaves 1 bytes over`},
		{"cooperative", SubscriptionUserData, "consumer/cooperative-sticky", "00000000", `v0 {"generation":0}`},
		{"cooperative, not of Java", SubscriptionUserData, "consumer/cooperative-sticky", "00000000 00000007",
			`v1 {"previousAssignment":[],"generation":7}`},
		{"of an assignor not known", SubscriptionUserData, "consumer/mine", "00000000 00000007", ``},
		{"of a range", AssignmentUserData, "consumer/range", streams, ``},
		{"of Streams", AssignmentUserData, "consumer/stream", streams, `v1 {"version":1,"activeTasks":[],"standbyTasks":[]}`},
		{"of Streams, not said", AssignmentUserData, "", streams, `v1 {"version":1,"activeTasks":[],"standbyTasks":[]}`},
		{"of Streams, newer", AssignmentUserData, "consumer/stream", "0000ffff", `!StreamsAssignmentInfo v`},
		{"not a payload", GroupID, "", subscription, ``},
	} {
		var r PayloadReader
		var protocol Protocol
		if test.protocol != "" {
			group, assignor, _ := strings.Cut(test.protocol, "/")
			protocol = Protocol{Type: []byte(group), Name: []byte(assignor)}
		}
		p, ok := r.Read(test.is, protocol, unhex(t, test.hex))
		got, same := "", false
		switch {
		case ok:
			got = payloadText(t, p)
			same = got == test.want && p.Err == nil
		case p.Err != nil:
			got = "!" + p.Err.Error()
			same = test.want != "" && strings.HasPrefix(got, test.want)
		default:
			same = test.want == ""
		}
		if !same {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// Every line that says what bytes hold names a meaning and a message that there
// are, and no two control records have the same number.
func TestPayloadKinds(t *testing.T) {
	for _, k := range payloadKinds() {
		if k.is == NoMeaning || (k.by != NoMeaning) != (len(k.protocol) > 0) || k.schema.record().Name == "" {
			t.Errorf("%s: %s by %s %q", k.schema.file, k.is, k.by, k.protocol)
		}
	}
	seen := map[int16]bool{}
	for _, k := range controlKinds() {
		if k.schema.record().Versions(Request).Max() < 0 || seen[k.number] || k.framing != versioned && k.framing != inside {
			t.Errorf("%s: %d %s", k.schema.file, k.number, k.name)
		}
		seen[k.number] = true
	}
	if len(payloadKinds()) < 10 || len(seen) != 7 {
		t.Errorf("%d kinds of payloads, %d of control records", len(payloadKinds()), len(seen))
	}
}

// Within what members of a group say to one another, their protocol is known.
func TestProtocolWithin(t *testing.T) {
	var r PayloadReader
	for _, protocol := range []Protocol{{}, {Type: []byte("connect")}} {
		p, ok := r.Read(GroupSubscription, protocol, unhex(t, "0001 0003 752f76 0000000000000007 ffffffff"))
		if !ok || string(p.ProtocolType) != "connect" {
			t.Errorf("%s: %+v", protocol.Type, p)
		}
	}
}

func payloadText(t *testing.T, p Payload) string {
	t.Helper()
	s, err := new(JSON).Append(nil, p.Layout, Body{Bytes: p.Body})
	if err != nil {
		t.Fatal(err)
	}
	text := "v" + string(AppendJSONValue(nil, &Op{Kind: Int16}, []byte{byte(p.Version >> 8), byte(p.Version)})) + " " + string(s)
	if len(p.Rest) > 0 {
		text += " +" + hex.EncodeToString(p.Rest)
	}
	return text
}

// Every line of definitions/topics names records that there are, and no two of
// a topic have the same number.
func TestTopics(t *testing.T) {
	topics := loadTopics()
	if len(topics) != 5 {
		t.Fatalf("%d topics", len(topics))
	}
	for _, topic := range topics {
		seen := map[int16]bool{}
		kinds := topic.kinds()
		for i := range kinds {
			k := &kinds[i]
			if k.value.record() == nil || !topic.framed && k.key.record() == nil || k.number < 0 || seen[k.number] {
				t.Errorf("%s: %s", topic.Name, k.value.file)
			}
			seen[k.number] = true
		}
		if InternalTopicByName(topic.Name) == nil {
			t.Errorf("%s is not found by its name", topic.Name)
		}
	}
	if InternalTopicByName("__orders") != nil || InternalTopicByName([]byte("")) != nil {
		t.Error("a topic that is none")
	}
}

// Every record of a coordinator or of the metadata log is in a topic.
func TestTopicsAreWhole(t *testing.T) {
	listed := map[string]bool{}
	for _, topic := range loadTopics() {
		for _, name := range topic.records {
			listed[name], listed[name+"Key"], listed[name+"Value"] = topic.framed, !topic.framed, !topic.framed
		}
	}
	for _, name := range RecordNames() {
		def, err := RecordByName(name).load()
		if err != nil {
			t.Fatal(err)
		}
		if def.kind != "data" && def.kind != "" && !listed[name] {
			t.Errorf("%s, of kind %s, is in no topic", name, def.kind)
		}
	}
}

func TestReadTopic(t *testing.T) {
	for _, test := range []struct{ topic, key, value, wantKey, wantValue string }{
		{"__consumer_offsets", "0001 0001 67 0001 74 00000002", "0001 000000000000000a 0000 0000000000000001 0000000000000002",
			`v1 {"group":"g","topic":"t","partition":2}`, `v1 {"offset":10,"metadata":"","commitTimestamp":1,"expireTimestamp":2}`},
		{"__consumer_offsets", "0002 0001 67", "ffff", `v2 {"group":"g"}`, `!GroupMetadataValue has no v-1; known are 0-4`},
		{"__consumer_offsets", "0000 0001 67 0001 74 00000002", "", `v0 {"group":"g","topic":"t","partition":2}`, `!LegacyOffsetCommitValue ends within its version`},
		{"__consumer_offsets", "000f 0001 67", "", `v15 {"groupId":"g"}`, `!ShareGroupStatePartitionMetadataValue ends within its version`},
		{"__consumer_offsets", "0010 0001 67 0001 2a", "", `v16 {"groupId":"g","regularExpression":"*"}`, `!ConsumerGroupRegularExpressionValue ends within its version`},
		{"__share_group_state", "0001 0001 67 00000000000000000000000000000001 00000002", "", `v1 {"groupId":"g","topicId":"AAAAAAAAAAAAAAAAAAAAAQ","partition":2}`, `!ShareUpdateValue ends within its version`},
		{"__consumer_offsets", "7777 0001 67", "0000", `!__consumer_offsets has no record that is known by the number 30583`, `!__consumer_offsets has no record that is known by the number 30583`},
		{"__transaction_state", "0000 0001 74", "", `v0 {"transactionalId":"t"}`, `!TransactionLogValue ends within its version`},
		{"__cluster_metadata", "", "01 02 00 0261 00000000000000000000000000000001 00", ``, `v0 {"name":"a","topicId":"AAAAAAAAAAAAAAAAAAAAAQ"}`},
		{"__cluster_metadata", "", "01 14 00 00", ``, `v0 {}`},
		{"__cluster_metadata", "", "02 14 00 00", ``, `!the value's frame is of a version that is not known`},
		{"__cluster_metadata", "", "01 14", ``, `!the value ends within its frame`},
	} {
		var r PayloadReader
		topic := InternalTopicByName(test.topic)
		key, value := unhex(t, test.key), unhex(t, test.value)
		text := func(p Payload, ok bool) string {
			switch {
			case p.Err != nil:
				return "!" + p.Err.Error()
			case !ok:
				return ""
			}
			return payloadText(t, p)
		}
		if got := text(r.ReadKey(topic, key)); got != test.wantKey {
			t.Errorf("%s key %s: %s, want %s", test.topic, test.key, got, test.wantKey)
		}
		if got := text(r.ReadValue(topic, key, value)); got != test.wantValue {
			t.Errorf("%s value %s: %s, want %s", test.topic, test.value, got, test.wantValue)
		}
	}
}

// What cannot be read may be a secret where the record that it is has some, or
// where it does not say which record it is and one of the topic has some.
func TestMayHide(t *testing.T) {
	for _, test := range []struct {
		topic, key, value string
		want              bool
	}{
		{"__cluster_metadata", "", "01 0b 01", true},
		{"__cluster_metadata", "", "01 02 7f", false},
		{"__cluster_metadata", "", "01 0b", true},
		{"__cluster_metadata", "", "02 02 00", true},
		{"__cluster_metadata", "", "01 7f 00", true},
		{"__consumer_offsets", "0002 0001 67", "0077", false},
		{"__consumer_offsets", "7777", "0077", true}, // a topology may name configs
		{"__transaction_state", "7777", "0077", false},
		{"__transaction_state", "", "", false},
	} {
		if got := InternalTopicByName(test.topic).MayHide(unhex(t, test.key), unhex(t, test.value)); got != test.want {
			t.Errorf("%s %s %s: %t", test.topic, test.key, test.value, got)
		}
	}
}

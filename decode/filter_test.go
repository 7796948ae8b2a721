package decode

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kdump/kdump/codec"

	"github.com/google/go-cmp/cmp"
)

// kafkaSide makes a message of the JSON that Kafka prints for it.
func kafkaSide(t *testing.T, api string, d codec.Direction, version int16, json string) Message {
	t.Helper()
	a := codec.APIByName(api)
	layout, err := a.Layout(d, version)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := codec.ParseJSON(layout, []byte(json))
	if err != nil {
		t.Fatal(err)
	}
	body, err := codec.AppendMessage(nil, tree)
	if err != nil {
		t.Fatal(err)
	}
	return Message{Seen: true, Layout: layout, Body: codec.Body{Bytes: body},
		RequestHeader: codec.RequestHeader{APIKey: a.Key, APIVersion: version, ClientID: []byte("billing-1")}}
}

// passing counts the exchanges that a Filter passes on.
type passing struct {
	Sink
	n int
}

func (p *passing) Exchange(*Exchange) { p.n++ }

func TestFilter(t *testing.T) {
	names := &Names{topics: map[[16]byte]string{{15: 4}: "orders"}}
	fetch := Exchange{Names: names, Connection: new(Connection),
		Request:  kafkaSide(t, "Fetch", codec.Request, 13, `{"maxWaitMs":1,"minBytes":1,"maxBytes":1,"isolationLevel":0,"sessionId":0,"sessionEpoch":0,"topics":[{"topicId":"AAAAAAAAAAAAAAAAAAAABA","partitions":[]}],"forgottenTopicsData":[],"rackId":"","replicaId":-1}`),
		Response: kafkaSide(t, "Fetch", codec.Response, 13, `{"throttleTimeMs":0,"errorCode":0,"sessionId":0,"responses":[{"topicId":"AAAAAAAAAAAAAAAAAAAABA","partitions":[{"partitionIndex":0,"errorCode":6,"highWatermark":0,"lastStableOffset":0,"logStartOffset":0,"abortedTransactions":null,"preferredReadReplica":-1,"records":null}]}]}`)}
	fetch.Response.Last = int64(20 * time.Millisecond)
	commit := Exchange{Names: names, Connection: &Connection{Principal: "User:bob"}, Kind: RequestOnly,
		Request: kafkaSide(t, "OffsetCommit", codec.Request, 2, `{"groupId":"billing","generationIdOrMemberEpoch":1,"memberId":"m","retentionTimeMs":-1,"topics":[{"name":"payments","partitions":[]}]}`)}
	envelope := Exchange{Names: names, Connection: &Connection{Principal: "User:broker"}, Forwarded: &commit, Request: kafkaSide(t, "Envelope", codec.Request, 0,
		`{"requestData":"","requestPrincipal":"AAAFVXNlcgZhbGljZQAA","clientHostAddress":"CgAACQ=="}`)}
	answer := Exchange{Names: names, Connection: new(Connection), Kind: ResponseOnly, Response: Message{Seen: true}}

	quorum := Exchange{Names: names, Connection: new(Connection),
		Request: kafkaSide(t, "Fetch", codec.Request, 13, `{"maxWaitMs":1,"minBytes":1,"maxBytes":1,"isolationLevel":0,"sessionId":0,"sessionEpoch":0,"topics":[{"topicId":"AAAAAAAAAAAAAAAAAAAAAQ","partitions":[]}],"forgottenTopicsData":[],"rackId":"","replicaId":1}`)}

	all := []*Exchange{&fetch, &commit, &envelope, &answer, &quorum}
	tests := []struct {
		name string
		want Criteria
		pass []*Exchange
	}{
		{"nothing asked", Criteria{}, all},
		{"an API", Criteria{APIs: []int16{1}}, []*Exchange{&fetch, &quorum}},
		{"one of two APIs, also in an Envelope", Criteria{APIs: []int16{1, 8}}, []*Exchange{&fetch, &commit, &envelope, &quorum}},
		{"a topic by its id", Criteria{Topics: []string{"orders"}}, []*Exchange{&fetch}},
		{"the topic of the metadata, whose id is always the same", Criteria{Topics: []string{"__cluster_*"}}, []*Exchange{&quorum}},
		{"a topic by its name", Criteria{Topics: []string{"pay*"}}, []*Exchange{&commit, &envelope}},
		{"a topic that is not there", Criteria{Topics: []string{"order"}}, nil},
		{"a group", Criteria{Groups: []string{"billing"}}, []*Exchange{&commit, &envelope}},
		{"a topic and a group", Criteria{Topics: []string{"orders"}, Groups: []string{"billing"}}, nil},
		{"a client", Criteria{ClientIDs: []string{"billing-?"}}, []*Exchange{&fetch, &commit, &envelope, &quorum}},
		{"none of an API", Criteria{NotAPIs: []int16{1}}, []*Exchange{&commit, &envelope, &answer}},
		{"none of an API, also in an Envelope", Criteria{NotAPIs: []int16{8}}, []*Exchange{&fetch, &answer, &quorum}},
		{"one API of another client", Criteria{APIs: []int16{1}, NotClientIDs: []string{"billing-*"}}, nil},
		{"another client", Criteria{NotClientIDs: []string{"orders"}}, all},
		{"a principal", Criteria{Principals: []string{"User:b*"}}, []*Exchange{&commit, &envelope}},
		{"a principal whose request is forwarded", Criteria{Principals: []string{"User:alice"}}, []*Exchange{&envelope}},
		{"any principal that is known", Criteria{Principals: []string{"*"}}, []*Exchange{&commit, &envelope}},
		{"any error", Criteria{AnyError: true}, []*Exchange{&fetch}},
		{"an error", Criteria{Errors: []int16{6}}, []*Exchange{&fetch}},
		{"another error", Criteria{Errors: []int16{7}}, nil},
		{"slow", Criteria{MinLatency: 20 * time.Millisecond}, []*Exchange{&fetch}},
		{"slower", Criteria{MinLatency: 21 * time.Millisecond}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for i, e := range all {
				var sink passing
				f := Filter{Sink: &sink, Criteria: test.want}
				f.Exchange(e)
				if want := slices.Contains(test.pass, e); (sink.n == 1) != want {
					t.Errorf("exchange %d passed on: %v, want %v", i, sink.n == 1, want)
				}
			}
		})
	}
}

// Names whose kind a field beside them tells.
func TestFilterByKind(t *testing.T) {
	share := kafkaSide(t, "FindCoordinator", codec.Request, 6, `{"keyType":2,"coordinatorKeys":["billing:AAAAAAAAAAAAAAAAAAAAAQ:0"]}`)
	tests := []struct {
		name         string
		message      Message
		topic, group bool // it names a topic orders, a group billing
	}{
		{"FindCoordinator of old", kafkaSide(t, "FindCoordinator", codec.Request, 0, `{"key":"billing"}`), false, true},
		{"of a group", kafkaSide(t, "FindCoordinator", codec.Request, 1, `{"key":"billing","keyType":0}`), false, true},
		{"of a transaction", kafkaSide(t, "FindCoordinator", codec.Request, 1, `{"key":"billing","keyType":1}`), false, false},
		{"of several groups", kafkaSide(t, "FindCoordinator", codec.Request, 4, `{"keyType":0,"coordinatorKeys":["a","billing"]}`), false, true},
		{"of several transactions", kafkaSide(t, "FindCoordinator", codec.Request, 4, `{"keyType":1,"coordinatorKeys":["a","billing"]}`), false, false},
		{"of a share group", share, false, true},
		{"a topic's configs", kafkaSide(t, "DescribeConfigs", codec.Request, 0, `{"resources":[{"resourceType":4,"resourceName":"1","configurationKeys":null},{"resourceType":2,"resourceName":"orders","configurationKeys":null}]}`), true, false},
		{"a broker's configs", kafkaSide(t, "DescribeConfigs", codec.Request, 0, `{"resources":[{"resourceType":4,"resourceName":"orders","configurationKeys":null}]}`), false, false},
		{"a group's configs", kafkaSide(t, "IncrementalAlterConfigs", codec.Request, 0, `{"resources":[{"resourceType":32,"resourceName":"billing","configs":[]}],"validateOnly":false}`), false, true},
		{"a topic's ACLs", kafkaSide(t, "DescribeAcls", codec.Request, 0, `{"resourceTypeFilter":2,"resourceNameFilter":"orders","principalFilter":null,"hostFilter":null,"operation":1,"permissionType":1}`), true, false},
		{"a group's ACL", kafkaSide(t, "CreateAcls", codec.Request, 0, `{"creations":[{"resourceType":3,"resourceName":"billing","principal":"User:a","host":"*","operation":2,"permissionType":3}]}`), false, true},
		{"all ACLs", kafkaSide(t, "DescribeAcls", codec.Request, 0, `{"resourceTypeFilter":1,"resourceNameFilter":null,"principalFilter":null,"hostFilter":null,"operation":1,"permissionType":1}`), false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := Exchange{Names: new(Names), Request: test.message}
			for _, as := range []struct {
				criteria Criteria
				want     bool
			}{{Criteria{Topics: []string{"orders"}}, test.topic}, {Criteria{Groups: []string{"billing"}}, test.group}} {
				var sink passing
				f := Filter{Sink: &sink, Criteria: as.criteria}
				if f.Exchange(&e); (sink.n == 1) != as.want {
					t.Errorf("%+v passes it on: %v", as.criteria, sink.n == 1)
				}
			}
		})
	}
}

// What members of a group subscribe to and are given stands inside bytes.
func TestFilterByPayload(t *testing.T) {
	const (
		subscription = "AAEAAAABAAZvcmRlcnMAAAAAAAAAAA=="     // version 1: orders
		assignment   = "AAAAAAABAAZvcmRlcnMAAAABAAAAAAAAAAA=" // version 0: orders 0
	)
	join := kafkaSide(t, "JoinGroup", codec.Request, 0, `{"groupId":"g","sessionTimeoutMs":1,"memberId":"","protocolType":"consumer","protocols":[{"name":"range","metadata":"`+subscription+`"}]}`)
	connect := kafkaSide(t, "JoinGroup", codec.Request, 0, `{"groupId":"g","sessionTimeoutMs":1,"memberId":"","protocolType":"other","protocols":[{"name":"range","metadata":"`+subscription+`"}]}`)
	damaged := kafkaSide(t, "JoinGroup", codec.Request, 0, `{"groupId":"g","sessionTimeoutMs":1,"memberId":"","protocolType":"consumer","protocols":[{"name":"range","metadata":"AAE="}]}`)
	sync := kafkaSide(t, "SyncGroup", codec.Response, 0, `{"errorCode":0,"assignment":"`+assignment+`"}`)
	for _, test := range []struct {
		name     string
		exchange Exchange
		want     bool
	}{
		{"offered", Exchange{Request: join}, true},
		{"given", Exchange{Response: sync}, true},
		{"another protocol", Exchange{Request: connect}, false},
		{"damaged", Exchange{Request: damaged}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var sink passing
			f := Filter{Sink: &sink, Criteria: Criteria{Topics: []string{"orders"}}}
			test.exchange.Names = new(Names)
			if f.Exchange(&test.exchange); (sink.n == 1) != test.want {
				t.Errorf("passed on: %v", sink.n == 1)
			}
		})
	}
}

// A client goes on fetching what it named earlier in its session.
func TestFilterBySession(t *testing.T) {
	names := &Names{topics: map[[16]byte]string{{15: 4}: "orders", {15: 2}: "orders-old"}}
	const orders, old, other = "AAAAAAAAAAAAAAAAAAAABA", "AAAAAAAAAAAAAAAAAAAAAg", "AAAAAAAAAAAAAAAAAAAAAw"
	topic := func(id string, partitions ...string) string {
		return `{"topicId":"` + id + `","partitions":[` + strings.Join(partitions, ",") + `]}`
	}
	fetched := func(n string) string {
		return `{"partition":` + n + `,"currentLeaderEpoch":-1,"fetchOffset":0,"lastFetchedEpoch":-1,"logStartOffset":-1,"partitionMaxBytes":1}`
	}
	type fetch struct {
		session, epoch  int
		topics, forgets string
		answer          int // the session that the response has; -1: there is no response
		code            int
		want            bool
	}
	for _, test := range []struct {
		name    string
		fetches []fetch
	}{
		{"named once", []fetch{{topics: topic(orders, fetched("0")), answer: 7, want: true}, {session: 7, epoch: 1, answer: 7, want: true}, {session: 7, epoch: 2, answer: 7, want: true}}},
		{"another topic", []fetch{{topics: topic(other, fetched("0")), answer: 7}, {session: 7, epoch: 1, answer: 7}}},
		{"named later", []fetch{{topics: topic(other, fetched("0")), answer: 7}, {session: 7, epoch: 1, topics: topic(orders, fetched("0")), answer: 7, want: true}, {session: 7, epoch: 2, answer: 7, want: true}}},
		{"forgotten in parts", []fetch{{topics: topic(orders, fetched("0"), fetched("1")), answer: 7, want: true},
			{session: 7, epoch: 1, forgets: topic(orders, "0"), answer: 7, want: true}, {session: 7, epoch: 2, answer: 7, want: true},
			{session: 7, epoch: 3, forgets: topic(orders, "1"), answer: 7, want: true}, {session: 7, epoch: 4, answer: 7}}},
		{"forgotten but for another that is wanted", []fetch{{topics: topic(orders, fetched("0")) + "," + topic(old, fetched("0")), answer: 7, want: true},
			{session: 7, epoch: 1, forgets: topic(orders, "0"), answer: 7, want: true}, {session: 7, epoch: 2, answer: 7, want: true}}},
		{"no session", []fetch{{epoch: -1, topics: topic(orders, fetched("0")), want: true}, {epoch: 1, answer: 7}}},
		{"no session granted", []fetch{{topics: topic(orders, fetched("0")), want: true}, {epoch: 1, answer: 7}}},
		{"an answer that is missing", []fetch{{topics: topic(orders, fetched("0")), answer: -1, want: true}, {session: 7, epoch: 1, answer: 7, want: true}}},
		{"a session that is lost", []fetch{{topics: topic(orders, fetched("0")), answer: 7, want: true}, {session: 7, epoch: 1, code: 70, want: true}, {session: 7, epoch: 2, answer: 7}}},
		{"a session that is another", []fetch{{topics: topic(orders, fetched("0")), answer: 7, want: true}, {session: 8, epoch: 1, answer: 8}}},
		{"begun anew", []fetch{{topics: topic(orders, fetched("0")), answer: 7, want: true}, {session: 7, topics: topic(other, fetched("0")), answer: 8}, {session: 8, epoch: 1, answer: 8}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var sink passing
			f := Filter{Sink: &sink, Criteria: Criteria{Topics: []string{"orders*"}}}
			connection := new(Connection)
			for i, x := range test.fetches {
				e := Exchange{Names: names, Connection: connection, Request: kafkaSide(t, "Fetch", codec.Request, 13, fmt.Sprintf(
					`{"maxWaitMs":1,"minBytes":1,"maxBytes":1,"isolationLevel":0,"sessionId":%d,"sessionEpoch":%d,"topics":[%s],"forgottenTopicsData":[%s],"rackId":"","replicaId":-1}`,
					x.session, x.epoch, x.topics, x.forgets))}
				if x.answer >= 0 {
					e.Response = kafkaSide(t, "Fetch", codec.Response, 13, fmt.Sprintf(`{"throttleTimeMs":0,"errorCode":%d,"sessionId":%d,"responses":[]}`, x.code, x.answer))
				}
				before := sink.n
				if f.Exchange(&e); (sink.n > before) != x.want {
					t.Errorf("fetch %d passed on: %v", i, sink.n > before)
				}
			}
		})
	}
}

// TestSessionBounded has a session be of more partitions than are kept.
func TestSessionBounded(t *testing.T) {
	r := fetchReader{session: new(fetchSession)}
	for n := range uint32(maxFetched + 100) {
		r.partition(binary.BigEndian.AppendUint32([]byte("orders"), n))
	}
	if n := len(r.session.wanted); n != maxFetched {
		t.Errorf("%d partitions are kept", n)
	}
}

func TestPatternsTakeSlashes(t *testing.T) {
	for pattern, want := range map[string]bool{"team/*": true, "*billing": true, "team/a/billing": true, "team?a*": true, "team": false, "other/*": false} {
		if got := matches([]string{pattern}, "team/a/billing"); got != want {
			t.Errorf("%q matches: %v", pattern, got)
		}
	}
}

// TestUnwantedRecords has records of exchanges that nobody wants pass by.
func TestUnwantedRecords(t *testing.T) {
	criteria := Criteria{APIs: []int16{1}}
	var got batches
	s := New(&got, Options{Checksum: true, Wants: criteria.Wants}).Open(fresh)
	s.Data(0, 1e9, request(0, 3, 1, produce(1, batch(3, 50))))
	s.Data(1, 1e9, response(1, produceAnswer))
	s.Data(0, 2e9, request(1, 4, 2, int32(-1), int32(100), int32(1), int32(1000), int8(0), int32(0)))
	s.Data(1, 2e9, response(2, fetched(batch(3, 50))))
	s.Data(0, 3e9, request(12, 0, 3, heartbeat))
	s.Data(1, 3e9, response(3, heartbeatAnswer))
	if diff := cmp.Diff(batches{0, 1, 0}, got); diff != "" {
		t.Errorf("batches looked at in each exchange (-want +got):\n%s", diff)
	}
}

// batches is a sink that notes how many batches each exchange has.
type batches []int

func (b *batches) Exchange(e *Exchange) {
	n := 0
	for _, m := range []*Message{&e.Request, &e.Response} {
		for _, field := range m.Batches {
			n += len(field)
		}
	}
	*b = append(*b, n)
}
func (*batches) Gap(*Gap)             {}
func (*batches) Undecoded(*Undecoded) {}
func (*batches) TLS(*TLS)             {}

func TestForwardedFor(t *testing.T) {
	for _, test := range []struct{ principal, address, want string }{
		{`"AAAFVXNlcgZhbGljZQAA"`, `"CgAACQ=="`, "User:alice 10.0.0.9"},
		{`"AAAFVXNlcgZhbGljZQAA"`, `"CgAA"`, "User:alice invalid IP"},
		{`"AAAFVXNl"`, `"AAAAAAAAAAAAAAAAAAAAAQ=="`, " ::1"},
		{`null`, `""`, " invalid IP"},
	} {
		e := Exchange{Request: kafkaSide(t, "Envelope", codec.Request, 0, `{"requestData":"","requestPrincipal":`+test.principal+`,"clientHostAddress":`+test.address+`}`)}
		principal, client := e.ForwardedFor()
		if got := principal + " " + client.String(); got != test.want {
			t.Errorf("%s of %s: %q, want %q", test.principal, test.address, got, test.want)
		}
	}
	if principal, client := new(Exchange).ForwardedFor(); principal != "" || client.IsValid() {
		t.Error("what is no Envelope forwards nothing")
	}
}

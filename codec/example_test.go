package codec_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"log"
	"testing"

	"github.com/kdump/kdump/codec"
)

// A frame is a size, a header and a body. The header says which API and
// version the body is of.
func Example_frame() {
	captured, err := hex.DecodeString("00000030" + // size
		"0003" + "000c" + "00000007" + "0009" + "62696c6c696e672d31" + "00" + // header
		"02" + "00000000000000000000000000000000" + "07" + "6f7264657273" + "00" + "00" + "00" + "00")
	if err != nil {
		log.Fatal(err)
	}
	frame, _, err := codec.CutFrame(captured)
	if err != nil {
		log.Fatal(err)
	}
	header, err := codec.ReadRequestHeader(frame)
	if err != nil {
		log.Fatal(err)
	}
	api := codec.APIByKey(header.APIKey)
	if api == nil {
		log.Fatalf("no API has the key %d", header.APIKey)
	}
	layout, err := api.Layout(codec.Request, header.APIVersion)
	if err != nil {
		log.Fatal(err)
	}
	var json codec.JSON
	text, err := json.Append(nil, layout, codec.Body{Bytes: frame[header.Size:]})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, correlation %d, from %s\n%s\n", layout, header.CorrelationID, header.ClientID, text)
	// Output:
	// Metadata v12 request, correlation 7, from billing-1
	// {"topics":[{"topicId":"AAAAAAAAAAAAAAAAAAAAAA","name":"orders"}],"allowAutoTopicCreation":false,"includeTopicAuthorizedOperations":false}
}

// topics is a Visitor that keeps the names of topics, as parts of the message.
// What cannot hold one it has the walker pass over.
type topics struct{ names [][]byte }

func (t *topics) Enter(_ *codec.Walker, op *codec.Op, _ int) bool { return op.Has(codec.TopicName) }
func (t *topics) Leave(*codec.Walker, *codec.Op)                  {}
func (t *topics) Tag(*codec.Walker, uint32, []byte)               {}

func (t *topics) Value(_ *codec.Walker, op *codec.Op, raw []byte) {
	if op.Is == codec.TopicName && raw != nil {
		t.names = append(t.names, raw)
	}
}

// Walking a message, here a Produce request, allocates nothing.
func ExampleWalker_Walk() {
	layout, body := message("Produce", codec.Request, 9, `{"transactionalId":null,"acks":-1,"timeoutMs":30000,"topicData":[
		{"name":"orders","partitionData":[{"index":0,"records":"AAAA"},{"index":1,"records":"AAAA"}]},
		{"name":"payments","partitionData":[{"index":0,"records":"AAAA"}]}]}`)

	var walker codec.Walker
	found := &topics{names: make([][]byte, 0, 16)}
	allocations := testing.AllocsPerRun(100, func() {
		found.names = found.names[:0]
		if err := walker.Walk(layout, codec.Body{Bytes: body}, found); err != nil {
			log.Fatal(err)
		}
	})
	fmt.Printf("%s, %v allocations\n", found.names, allocations)
	// Output: [orders payments], 0 allocations
}

// What a proxy does: every broker that a Metadata response names gets the
// address of the proxy. All else is written as it was read.
func ExampleAppendMessage() {
	layout, body := message("Metadata", codec.Response, 9, `{"throttleTimeMs":0,"brokers":[
		{"nodeId":1,"host":"10.0.0.1","port":9092,"rack":null},
		{"nodeId":2,"host":"10.0.0.2","port":9092,"rack":null}],
		"clusterId":"prod","controllerId":1,"topics":[],"clusterAuthorizedOperations":-2147483648}`)

	tree, err := codec.Decode(layout, body)
	if err != nil {
		log.Fatal(err)
	}
	for broker := range tree.Root().Field("brokers").Elements() {
		port := 30000 + broker.Field("nodeId").Int()
		if err := errors.Join(broker.Field("host").SetText("proxy.example.com"), broker.Field("port").SetInt(port)); err != nil {
			log.Fatal(err)
		}
	}
	changed, err := codec.AppendMessage(nil, tree)
	if err != nil {
		log.Fatal(err)
	}
	var json codec.JSON
	text, err := json.Append(nil, layout, codec.Body{Bytes: changed})
	fmt.Printf("%s %v\n", text, err)
	// Output:
	// {"throttleTimeMs":0,"brokers":[{"nodeId":1,"host":"proxy.example.com","port":30001,"rack":null},{"nodeId":2,"host":"proxy.example.com","port":30002,"rack":null}],"clusterId":"prod","controllerId":1,"topics":[],"clusterAuthorizedOperations":-2147483648} <nil>
}

// finder is a Visitor that prints where the fields of a meaning stand, in
// whatever message it is told of.
type finder struct{ meaning codec.Meaning }

func (f finder) Enter(_ *codec.Walker, op *codec.Op, _ int) bool { return op.Has(f.meaning) }
func (f finder) Leave(*codec.Walker, *codec.Op)                  {}
func (f finder) Tag(*codec.Walker, uint32, []byte)               {}

func (f finder) Value(w *codec.Walker, op *codec.Op, raw []byte) {
	if op.Is == f.meaning && raw != nil {
		fmt.Printf("%s: %s = %s\n", w.Layout(), w.AppendPath(nil, op), raw)
	}
}

// Definitions say what fields mean. So fields are found by meaning, whatever
// the message and the version, and without a list of APIs.
func ExampleMeaning() {
	find := func(meaning codec.Meaning, layout *codec.Layout, body []byte) {
		var walker codec.Walker
		if err := walker.Walk(layout, codec.Body{Bytes: body}, finder{meaning}); err != nil {
			log.Fatal(err)
		}
	}
	layout, body := message("Metadata", codec.Response, 0, `{"brokers":[{"nodeId":1,"host":"10.0.0.1","port":9092}],
		"topics":[{"errorCode":0,"name":"orders","partitions":[]}]}`)
	find(codec.Host, layout, body)
	find(codec.TopicName, layout, body)
	layout, body = message("FindCoordinator", codec.Response, 3, `{"throttleTimeMs":0,"errorCode":0,"errorMessage":null,
		"nodeId":2,"host":"10.0.0.2","port":9092}`)
	find(codec.Host, layout, body)
	layout, body = message("DeleteTopics", codec.Request, 5, `{"topicNames":["orders","payments"],"timeoutMs":1000}`)
	find(codec.TopicName, layout, body)
	// Output:
	// Metadata v0 response: brokers[0].host = 10.0.0.1
	// Metadata v0 response: topics[0].name = orders
	// FindCoordinator v3 response: host = 10.0.0.2
	// DeleteTopics v5 request: topicNames[0] = orders
	// DeleteTopics v5 request: topicNames[1] = payments
}

// An error says where the fault is and what is wrong. What stands before it
// was decoded.
func ExampleError() {
	layout, body := message("Heartbeat", codec.Request, 4, `{"groupId":"billing","generationId":3,"memberId":"m-1","groupInstanceId":null}`)

	var json codec.JSON
	text, err := json.Append(nil, layout, codec.Body{Bytes: body[:14]})
	fmt.Println(err)
	fmt.Printf("%s\n", text)
	var fault *codec.Error
	if errors.As(err, &fault) {
		fmt.Println(fault.Path, fault.Offset, fault.Need, fault.Have)
	}

	_, err = codec.APIByName("Heartbeat").Layout(codec.Request, 99)
	fmt.Println(err)
	// Output:
	// Heartbeat v4 request: memberId: the message ends: needs 3 bytes, has 1 at offset 13
	// {"groupId":"billing","generationId":3}
	// memberId 13 3 1
	// Heartbeat request v99 is newer than the newest known, v4
}

// message gives the bytes of a message that is written as JSON, and their
// layout.
func message(api string, direction codec.Direction, version int16, text string) (*codec.Layout, []byte) {
	layout, err := codec.APIByName(api).Layout(direction, version)
	if err != nil {
		log.Fatal(err)
	}
	tree, err := codec.ParseJSON(layout, []byte(text))
	if err != nil {
		log.Fatal(err)
	}
	body, err := codec.AppendMessage(nil, tree)
	if err != nil {
		log.Fatal(err)
	}
	return layout, body
}

package formats

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
	"github.com/kdump/kdump/decode"
)

// Every layout has a tree that names all of its fields where they have
// elements, and no line that is torn.
func TestEveryLayoutHasATree(t *testing.T) {
	tree := newText(&output{}, Options{}).tree
	everyLayout(t, func(_ *codec.API, l *codec.Layout) {
		for _, shape := range shapes {
			m := synthetic(l, shape)
			got := tree.exchange(nil, &decode.Exchange{Kind: decode.RequestOnly, Connection: aConnection(), Request: m})
			if bytes.Contains(got, []byte("cannot be read")) || bytes.Contains(got, []byte("\n\n")) || !bytes.HasSuffix(got, []byte("\n")) {
				t.Fatalf("%s:\n%s", l, got)
			}
			if shape.elements == 0 {
				continue
			}
			for i := range l.Ops {
				if name := l.Ops[i].Name; name != "" && !bytes.Contains(got, []byte(" "+name+":")) {
					t.Errorf("%s: no %s in\n%s", l, name, got)
				}
			}
		}
	})
}

// No secret of any message gets out, neither as it is nor in hex.
func TestSecretsAreWithheld(t *testing.T) {
	const secret = "hunter2-hunter2-hunter2"
	secrets := func(op *codec.Op) string {
		switch op.Is {
		case codec.Secret, codec.SaslToken:
			return secret
		case codec.ConfigName:
			return "sasl.jaas.config"
		case codec.EnvelopeRequest, codec.EnvelopeResponse:
			return secret
		}
		return "name"
	}
	inHex := string(appendHex(nil, []byte("hunter2")))
	leaks := func(s string) bool { return strings.Contains(s, "hunter2") || strings.Contains(s, inHex) }
	everyLayout(t, func(_ *codec.API, l *codec.Layout) {
		root := &l.Ops[0]
		if !root.Has(codec.Secret) && !root.Has(codec.SaslToken) && !root.Has(codec.EnvelopeRequest) && !root.Has(codec.EnvelopeResponse) {
			return
		}
		m := synthetic(l, builder{elements: 1, trues: true, fill: secrets, unknown: secret})
		e := &decode.Exchange{Kind: decode.RequestOnly, Connection: aConnection(), Request: m, Mechanism: "PLAIN"}
		e.Request.RequestHeader.APIKey = l.Key
		for cut := range len(m.Body.Bytes) + 1 {
			e.Request.Body.Bytes = m.Body.Bytes[:cut:cut]
			if got := eventLines(t, Options{Verbose: true}, func(p Printer) { p.Exchange(e) }); leaks(got) {
				t.Fatalf("%s:\n%s", l, got)
			}
		}
		isEnvelope := root.Has(codec.EnvelopeRequest) || root.Has(codec.EnvelopeResponse)
		e.Request.Body = synthetic(l, builder{elements: 1, trues: true, fill: secrets}).Body
		if shown := leaks(eventLines(t, Options{Verbose: true, ShowSecrets: true}, func(p Printer) { p.Exchange(e) })); shown == isEnvelope {
			t.Errorf("%s: where they are asked for, secrets are shown: %t", l, shown)
		}
	})
}

func TestEveryPrefixHasATree(t *testing.T) {
	tree := newText(&output{}, Options{}).tree
	var got []byte
	everyLayout(t, func(_ *codec.API, l *codec.Layout) {
		m := synthetic(l, builder{elements: 1})
		whole := m.Body.Bytes
		for n := range whole {
			m.Body.Bytes = whole[:n:n]
			got = tree.exchange(got[:0], &decode.Exchange{Kind: decode.RequestOnly, Connection: aConnection(), Request: m})
			if strings.Count(string(got), "cannot be read") != 1 {
				t.Fatalf("%s, %d of %d bytes:\n%s", l, n, len(whole), got)
			}
		}
	})
}

func TestTree(t *testing.T) {
	batch := tenRecords
	batch.BaseOffset, batch.LastOffset, batch.MaxTimestamp = 40, 49, 1763819581000
	// Compressed with zstd, in a transaction.
	batch.ProducerID, batch.LastSequence, batch.Attributes, batch.Valid = 5, 9, 0x14, false
	request := build(t, "Produce", codec.Request, 9, fields{"transactionalId": {"pay"}, "acks": {-1}, "topicData": {2}, "topicData[].name": {"orders", "a\nb"},
		"topicData[].partitionData": {1, 0}, "topicData[].partitionData[].index": {2},
		"topicData[].partitionData[].records": {[]records.Batch{batch, {Partial: true, Size: 512, Available: 70}, {Err: "magic 9", Available: 12, Size: 12}}}})
	request.Body.Bytes = request.Body.Bytes[:len(request.Body.Bytes)-1]
	request.Body.Bytes = append(request.Body.Bytes, 1, 100, 2, 0xca, 0xfe) // an unknown tag, of a message that has no secrets
	answer := build(t, "Produce", codec.Response, 9, fields{"responses": {1}, "responses[].name": {"orders"}, "responses[].partitionResponses": {1},
		"responses[].partitionResponses[].errorCode": {6}, "responses[].partitionResponses[].recordErrors": {1},
		"responses[].partitionResponses[].errorMessage": {"not here"}})
	answer.Body.Bytes = append(answer.Body.Bytes, 0, 0)
	produce := anExchange(request, answer)
	produce.Connection.Principal, produce.Connection.SoftwareName, produce.Connection.SoftwareVersion = "User:billing", "kgo", "v1.22.2"

	topics := build(t, "Metadata", codec.Request, 10, fields{"topics": {1}, "topics[].name": {nil}, "topics[].topicId": {[16]byte{1, 2, 3}}})
	names := anExchange(topics, build(t, "Metadata", codec.Response, 10, fields{"topics": {1}, "topics[].partitions": {1},
		"topics[].partitions[].replicaNodes": {3}, "topics[].partitions[].replicaNodes[]": {1, 2, 3}}))
	names.Response.Body.Bytes = names.Response.Body.Bytes[:len(names.Response.Body.Bytes)-15]

	versions := anExchange(build(t, "ApiVersions", codec.Request, 0, nil), build(t, "ApiVersions", codec.Response, 0,
		fields{"apiKeys": {2}, "apiKeys[].apiKey": {0, 999}, "apiKeys[].maxVersion": {13, 1}}))

	got := eventLines(t, Options{Verbose: true}, func(p Printer) {
		p.Exchange(produce)
		p.Exchange(names)
		p.Exchange(versions)
		p.Exchange(&decode.Exchange{Kind: decode.RawSasl, Connection: aConnection(), Mechanism: "PLAIN",
			Request:  decode.Message{Seen: true, First: atTime, Size: 14, Body: codec.Body{Bytes: []byte("\x00alice\x00hunter2")}},
			Response: decode.Message{Seen: true, Last: atTime}})
	})
	want := `
13:53:01.000542  10.0.0.7:53422 > 10.0.0.2:9092  billing-1 User:billing  Produce v9  orders[2] a\x0ab[] 10 records 9.6 KiB zstd bad-batches=2 txn=pay -> orders[0@0]  0.42 ms  NOT_LEADER_OR_FOLLOWER orders[0] "not here"  2 B left over
  request v9, correlation 7, kgo v1.22.2, User:billing, 2026-11-22, 9.6 KiB
    transactionalId: "pay"
    acks: -1
    timeoutMs: 0
    topicData:
      - name: "orders"
        partitionData:
          - index: 2
            records:
              - offsets 40-49, 10 records, 9.1 KiB, zstd, CreateTime 1763819581000, producer 5 epoch 0 sequence 0-9, leader epoch 0, transactional, wrong CRC
              - partial batch, 70 B of 512 B
              - 12 B that are no batch: magic 9
      - name: "a\x0ab"
        partitionData: []
    unknown tag 100: 2 B cafe
  response, 62 B
    responses:
      - name: "orders"
        partitionResponses:
          - index: 0
            errorCode: 6 NOT_LEADER_OR_FOLLOWER
            baseOffset: 0
            logAppendTimeMs: 0
            logStartOffset: 0
            recordErrors:
              - batchIndex: 0
                batchIndexErrorMessage: null
            errorMessage: "not here"
    throttleTimeMs: 0
    2 B left over
    not read: 0000
13:53:01.000542  10.0.0.7:53422 > 10.0.0.2:9092  billing-1               Metadata v10  AQIDAAAA... -> no brokers 1 topic controller=0  0.42 ms  cannot read the response at topics[0].partitions[0].replicaNodes, offset 47: the message ends: needs 12 bytes, has 10
  request v10, correlation 7, 2026-11-22, 23 B
    topics:
      - topicId: AQIDAAAAAAAAAAAAAAAAAA
        name: null
    allowAutoTopicCreation: false
    includeClusterAuthorizedOperations: false
    includeTopicAuthorizedOperations: false
  response, 72 B
    throttleTimeMs: 0
    brokers: []
    clusterId: null
    controllerId: 0
    topics:
      - errorCode: 0
        name: ""
        topicId: AAAAAAAAAAAAAAAAAAAAAA
        isInternal: false
        partitions:
          - errorCode: 0
            partitionIndex: 0
            leaderId: 0
            leaderEpoch: 0
            replicaNodes: [1, 2]
    cannot be read at topics[0].partitions[0].replicaNodes[2], offset 55: the message ends: needs 4 bytes, has 2
    not read: 0000
13:53:01.000542  10.0.0.7:53422 > 10.0.0.2:9092  billing-1               ApiVersions v0  -> 2 APIs  0.42 ms  ok
  request v0, correlation 7, 2026-11-22
  response, 18 B
    errorCode: 0
    apiKeys:
      - apiKey: 0 Produce  minVersion: 0  maxVersion: 13
      - apiKey: 999  minVersion: 0  maxVersion: 1
13:53:01.000542  10.0.0.7:53422 > 10.0.0.2:9092                          SASL            PLAIN user=alice  0.00 ms  ok
  request, 14 B
    authBytes: <withheld>
  response, 0 B
    authBytes: 0 B
`
	if diff := cmp.Diff(want, "\n"+got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

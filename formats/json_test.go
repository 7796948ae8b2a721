package formats

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
	"github.com/kdump/kdump/decode"
)

// printed gives what a Printer makes of the exchanges, without the last line
// end.
func printed(t testing.TB, opt Options, exchanges ...*decode.Exchange) string {
	t.Helper()
	return told(t, opt, func(p Printer) {
		for _, e := range exchanges {
			p.Exchange(e)
		}
	})
}

func told(t testing.TB, opt Options, tell func(Printer)) string {
	t.Helper()
	var out bytes.Buffer
	p := New(&out, opt)
	tell(p)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// exchangeOf puts a message together with an empty one of the other direction.
func exchangeOf(t testing.TB, m decode.Message) *decode.Exchange {
	t.Helper()
	other, err := codec.APIByKey(m.Layout.Key).Layout(1-m.Layout.Direction, m.Layout.Version)
	if err != nil {
		t.Fatal(err)
	}
	if m.Layout.Direction == codec.Request {
		return anExchange(m, synthetic(other, builder{}))
	}
	return anExchange(synthetic(other, builder{}), m)
}

const (
	ends  = `"client":"10.0.0.7:53422","server":"10.0.0.2:9092","connection":"10.0.0.2:9092-10.0.0.7:53422-3"`
	began = `"time":"2026-11-22T13:53:01.000542Z"`
	took  = `"totalTimeMs":0.423,"serverTimeMs":0.400`
)

func heartbeat(t testing.TB, code int) *decode.Exchange {
	return anExchange(
		build(t, "Heartbeat", codec.Request, 4, map[string][]any{"groupId": {"g"}, "generationId": {5}, "memberId": {"m"}}),
		build(t, "Heartbeat", codec.Response, 4, map[string][]any{"errorCode": {code}}))
}

const heartbeatHeader = `"requestHeader":{"requestApiKey":12,"requestApiVersion":4,"requestApiKeyName":"HEARTBEAT","correlationId":7,"clientId":"billing-1"}`

const heartbeatRequest = `"request":{"groupId":"g","generationId":5,"memberId":"m","groupInstanceId":null}`

var lineTests = []struct {
	name string
	tell func(testing.TB, Printer)
	want string
}{
	{"an exchange", func(t testing.TB, p Printer) { p.Exchange(heartbeat(t, 0)) },
		`{"type":"exchange",` + began + `,` + took + `,` + ends + `,` + heartbeatHeader + `,"requestSizeBytes":10,"responseSizeBytes":7,` +
			heartbeatRequest + `,"response":{"throttleTimeMs":0,"errorCode":0}}`},

	{"what is known of the client", func(t testing.TB, p Printer) {
		e := heartbeat(t, 0)
		c := e.Connection
		c.Nanoseconds, c.SecurityProtocol, c.Principal, c.SoftwareName, c.SoftwareVersion = true, "SASL_PLAINTEXT", "User:\"x\"", "kgo", "v1.22.2"
		p.Exchange(e)
	},
		`{"type":"exchange","time":"2026-11-22T13:53:01.000542000Z","totalTimeMs":0.423000,"serverTimeMs":0.400000,` + ends +
			`,"securityProtocol":"SASL_PLAINTEXT","principal":"User:\"x\"","clientInformation":{"softwareName":"kgo","softwareVersion":"v1.22.2"},` +
			heartbeatHeader + `,"requestSizeBytes":10,"responseSizeBytes":7,` + heartbeatRequest + `,"response":{"throttleTimeMs":0,"errorCode":0}}`},

	{"behind a proxy", func(t testing.TB, p Printer) {
		e := heartbeat(t, 0)
		e.Connection.Proxied = &decode.Proxied{Version: 2,
			Client: netip.MustParseAddrPort("192.0.2.1:5000"), Server: netip.MustParseAddrPort("[fd00::2]:9092")}
		p.Exchange(e)
	},
		`{"type":"exchange",` + began + `,` + took + `,` + ends + `,"proxied":{"version":2,"client":"192.0.2.1:5000","server":"[fd00::2]:9092"},` +
			heartbeatHeader + `,"requestSizeBytes":10,"responseSizeBytes":7,` + heartbeatRequest + `,"response":{"throttleTimeMs":0,"errorCode":0}}`},

	{"a gap in a proxy's own connection", func(_ testing.TB, p Printer) {
		c := aConnection()
		c.Proxied = &decode.Proxied{Version: 1}
		p.Gap(&decode.Gap{Connection: c, Time: atTime, Size: 5, Reason: "lost"})
	}, `{"type":"gap",` + began + `,` + ends + `,"proxied":{"version":1},"direction":"request","sizeBytes":5,"reason":"lost"}`},

	{"an error", func(t testing.TB, p Printer) { p.Exchange(heartbeat(t, 27)) },
		`{"type":"exchange",` + began + `,` + took + `,` + ends + `,` + heartbeatHeader + `,"requestSizeBytes":10,"responseSizeBytes":7,` +
			heartbeatRequest + `,"response":{"throttleTimeMs":0,"errorCode":27},` +
			`"errors":[{"path":"","field":"errorCode","code":27,"name":"REBALANCE_IN_PROGRESS"}]}`},

	{"a cut response, a request with more behind it", func(t testing.TB, p Printer) {
		e := heartbeat(t, 0)
		e.Request.Body.Bytes = append(e.Request.Body.Bytes, 1, 2)
		e.Response.Body.Bytes = e.Response.Body.Bytes[:5]
		p.Exchange(e)
	},
		`{"type":"exchange",` + began + `,` + took + `,` + ends + `,` + heartbeatHeader + `,"requestSizeBytes":10,"responseSizeBytes":7,` +
			heartbeatRequest + `,"response":{"throttleTimeMs":0},` +
			`"problems":[{"side":"request","path":"","offset":10,"message":"2 bytes are left over behind the message","hex":"0102"},` +
			`{"side":"response","path":"errorCode","offset":4,"message":"the message ends: needs 2 bytes, has 1","hex":"00"}]}`},

	{"a hole", func(t testing.TB, p Printer) {
		e := heartbeat(t, 0)
		e.Response.Body.Bytes = e.Response.Body.Bytes[:4]
		e.Response.Problem = errors.New("3 bytes are missing")
		p.Exchange(e)
	},
		`{"type":"exchange",` + began + `,` + took + `,` + ends + `,` + heartbeatHeader + `,"requestSizeBytes":10,"responseSizeBytes":7,` +
			heartbeatRequest + `,"response":{"throttleTimeMs":0},` +
			`"problems":[{"side":"response","path":"errorCode","offset":4,"message":"3 bytes are missing"}]}`},

	{"an unknown API", func(_ testing.TB, p Printer) {
		p.Exchange(&decode.Exchange{Connection: aConnection(),
			Request: decode.Message{Seen: true, First: atTime, Last: atTime, Size: 11, Problem: errors.New("no such API"), Head: []byte{0x30, 0x39},
				RequestHeader: codec.RequestHeader{APIKey: 12345, APIVersion: 1, CorrelationID: -1, Version: 1}},
			Response: decode.Message{Seen: true, First: atTime + 400_000, Last: atTime + 423_000, Size: 5}})
	},
		`{"type":"exchange",` + began + `,` + took + `,` + ends +
			`,"requestHeader":{"requestApiKey":12345,"requestApiVersion":1,"correlationId":-1,"clientId":null},"requestSizeBytes":11,"responseSizeBytes":5,` +
			`"problems":[{"side":"request","message":"no such API","hex":"3039"}]}`},

	{"an unknown version of an API with secrets", func(_ testing.TB, p Printer) {
		p.Exchange(&decode.Exchange{Connection: aConnection(), Kind: decode.RequestOnly, Unanswered: "end of capture",
			Request: decode.Message{Seen: true, First: atTime, Last: atTime, Size: 11, Problem: errors.New("too new"), Head: []byte("password"),
				RequestHeader: codec.RequestHeader{APIKey: 36, APIVersion: 99, CorrelationID: 1, Version: 2}}})
	},
		`{"type":"request",` + began + `,` + ends +
			`,"requestHeader":{"requestApiKey":36,"requestApiVersion":99,"requestApiKeyName":"SASL_AUTHENTICATE","correlationId":1,"clientId":null},"requestSizeBytes":11,` +
			`"unanswered":"end of capture","problems":[{"side":"request","message":"too new","hex":"<withheld>"}]}`},

	{"ControlledShutdown v0 has no client id", func(t testing.TB, p Printer) {
		e := exchangeOf(t, build(t, "ControlledShutdown", codec.Request, 0, nil))
		e.Kind, e.Unanswered, e.Response = decode.RequestOnly, "connection closed", decode.Message{}
		e.Request.RequestHeader = codec.RequestHeader{APIKey: 7, CorrelationID: 7, Size: 8}
		p.Exchange(e)
	},
		`{"type":"request",` + began + `,` + ends + `,"requestHeader":{"requestApiKey":7,"requestApiVersion":0,"requestApiKeyName":"CONTROLLED_SHUTDOWN","correlationId":7},` +
			`"requestSizeBytes":4,"unanswered":"connection closed","request":{"brokerId":0}}`},

	{"a response alone", func(_ testing.TB, p Printer) {
		p.Exchange(&decode.Exchange{Connection: aConnection(), Kind: decode.ResponseOnly, Response: decode.Message{Seen: true, First: atTime, Last: atTime,
			Size: 6, ResponseHeader: codec.ResponseHeader{CorrelationID: 9, Size: 4}, Head: []byte{0, 0, 0, 9, 1, 2}}})
	},
		`{"type":"response",` + began + `,` + ends + `,"responseHeader":{"correlationId":9},"responseSizeBytes":6,"hex":"000000090102"}`},

	{"SASL tokens", func(_ testing.TB, p Printer) {
		p.Exchange(&decode.Exchange{Connection: aConnection(), Kind: decode.RawSasl, Mechanism: "PLAIN",
			Request:  decode.Message{Seen: true, First: atTime, Last: atTime, Size: 4, Body: codec.Body{Bytes: []byte("\x00a\x00b")}},
			Response: decode.Message{Seen: true, First: atTime + 400_000, Last: atTime + 423_000}})
	},
		`{"type":"sasl",` + began + `,` + took + `,` + ends + `,"mechanism":"PLAIN","requestSizeBytes":4,"responseSizeBytes":0,` +
			`"request":{"authBytes":"<withheld>","sasl":{"mechanism":"PLAIN","user":"a"}},"response":{"authBytes":""}}`},

	{"a gap", func(_ testing.TB, p Printer) {
		p.Gap(&decode.Gap{Connection: aConnection(), Time: atTime, Size: 1448, Reason: "not captured"})
	}, `{"type":"gap",` + began + `,` + ends + `,"direction":"request","sizeBytes":1448,"reason":"not captured"}`},

	{"a gap of unknown size", func(_ testing.TB, p Printer) {
		p.Gap(&decode.Gap{Connection: aConnection(), Time: atTime, Response: true, Size: -1, Reason: "not captured"})
	}, `{"type":"gap",` + began + `,` + ends + `,"direction":"response","sizeBytes":null,"reason":"not captured"}`},

	{"bytes that are no message", func(_ testing.TB, p Printer) {
		p.Undecoded(&decode.Undecoded{Connection: aConnection(), Time: atTime, Response: true, Size: 3, Err: "no \"header\"", Head: []byte{0, 0xab, 0xff}})
	}, `{"type":"undecoded",` + began + `,` + ends + `,"direction":"response","sizeBytes":3,"error":"no \"header\"","hex":"00abff"}`},

	{"bytes that may be a secret", func(_ testing.TB, p Printer) {
		p.Undecoded(&decode.Undecoded{Connection: aConnection(), Time: atTime, Size: 7, Err: "no message", Head: []byte("\x00u\x00pass"), MayHide: true})
	}, `{"type":"undecoded",` + began + `,` + ends + `,"direction":"request","sizeBytes":7,"error":"no message","hex":"<withheld>"}`},

	{"TLS", func(_ testing.TB, p Printer) {
		p.TLS(&decode.TLS{Connection: aConnection(), Time: atTime, ServerName: "kafka.example", ALPN: []string{"h2", "\xff"}, Version: "TLS 1.3"})
	}, `{"type":"tls",` + began + `,` + ends + `,"serverName":"kafka.example","alpn":["h2","` + "\uFFFD" + `"],"version":"TLS 1.3"}`},

	{"TLS of which nothing is known", func(_ testing.TB, p Printer) {
		p.TLS(&decode.TLS{Connection: aConnection(), Time: atTime})
	}, `{"type":"tls",` + began + `,` + ends + `}`},
}

func TestJSONLines(t *testing.T) {
	s := strictSchema(t)
	for _, test := range lineTests {
		t.Run(test.name, func(t *testing.T) {
			got := told(t, Options{Format: NDJSON}, func(p Printer) { test.tell(t, p) })
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			validate(t, s, got)
		})
	}
}

// The array is that of the lines, as encoding/json would indent it.
func TestJSONArray(t *testing.T) {
	tell := func(p Printer) {
		for _, test := range lineTests {
			test.tell(t, p)
		}
	}
	lines := told(t, Options{Format: NDJSON}, tell)
	var want bytes.Buffer
	if err := json.Indent(&want, []byte("["+strings.ReplaceAll(lines, "\n", ",")+"]"), "", "  "); err != nil {
		t.Fatal(err)
	}
	got := told(t, Options{Format: JSON}, tell)
	if diff := cmp.Diff(want.String(), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if empty := told(t, Options{Format: JSON}, func(Printer) {}); empty != "[]" {
		t.Errorf("of nothing: %q", empty)
	}
}

// TestSecretsStayHidden puts a secret wherever one may stand, fields that are
// not known included, and looks for it in all that is printed.
func TestSecretsStayHidden(t *testing.T) {
	const secret, base64 = "s3cret-s3cret", "czNjcmV0LXMzY3JldA=="
	const unknown, unknownBase64 = "in a tag", "aW4gYSB0YWc="
	found := 0
	everyLayout(t, func(_ *codec.API, l *codec.Layout) {
		set := map[string][]any{}
		for i := range l.Ops {
			op := &l.Ops[i]
			if op.Is != codec.Secret && op.Is != codec.SaslToken {
				continue
			}
			set[elementPath(l, op)] = []any{secret}
			for at := op.Parent; at > 0; at = l.Ops[at].Parent {
				// Not null, and one element.
				set[elementPath(l, &l.Ops[at])] = []any{1}
			}
			if op.Sibling >= 0 {
				sibling := &l.Ops[op.Sibling]
				set[elementPath(l, sibling)] = []any{map[codec.Kind]any{codec.Bool: true, codec.String: "ssl.key.password"}[sibling.Kind]}
			}
		}
		if len(set) == 0 {
			return
		}
		found++
		b := builder{layout: l, elements: 1, set: set, unknown: unknown}
		b.structure(&l.Ops[0], "")
		e := exchangeOf(t, decode.Message{Seen: true, Layout: l, Body: codec.Body{Bytes: b.bytes}})
		for _, opt := range []Options{{Format: NDJSON}, {Format: NDJSON, Exact: true}, {Format: JSON}} {
			if got := printed(t, opt, e); strings.Contains(got, secret) || strings.Contains(got, base64) || strings.Contains(got, unknownBase64) || !strings.Contains(got, withheld) {
				t.Errorf("%s: %s", l, got)
			}
			opt.ShowSecrets = true
			if got := printed(t, opt, e); !strings.Contains(got, secret) && !strings.Contains(got, base64) || strings.Contains(got, withheld) ||
				strings.Contains(got, unknownBase64) != (l.Flexible && !opt.Exact) {
				t.Errorf("%s, shown: %s", l, got)
			}
		}
	})
	if found < 30 {
		t.Errorf("%d layouts with secrets, want 30 or more", found)
	}
}

// elementPath gives the path of an op as builder.set has it.
func elementPath(l *codec.Layout, op *codec.Op) string {
	if op.Parent < 0 {
		return ""
	}
	parent := elementPath(l, &l.Ops[op.Parent])
	if op.Name == "" {
		return parent + "[]"
	}
	return join(parent, op.Name)
}

func TestWhatIsNoSecretIsShown(t *testing.T) {
	tests := []struct {
		name, value string
		sensitive   bool
		want        string
	}{
		{"retention.ms", "9", false, `"value":"9"`},
		{"anything", "9", true, `"value":"<withheld>"`},
		{"anything", "", true, `"value":""`},
	}
	for _, test := range tests {
		e := exchangeOf(t, build(t, "DescribeConfigs", codec.Response, 4, map[string][]any{
			"results": {1}, "results[].configs": {1}, "results[].configs[].name": {test.name}, "results[].configs[].value": {test.value},
			"results[].configs[].isSensitive": {test.sensitive}}))
		if got := printed(t, Options{Format: NDJSON}, e); !strings.Contains(got, test.want) {
			t.Errorf("%+v: %s", test, got)
		}
	}
}

// A message that ends before the field that would tell whether its value is a
// secret does not show it.
func TestValueBeforeTheEndIsHidden(t *testing.T) {
	m := build(t, "DescribeConfigs", codec.Response, 0, map[string][]any{"results": {1}, "results[].configs": {1},
		"results[].configs[].name": {"n"}, "results[].configs[].value": {"s3cret"}})
	end := bytes.Index(m.Body.Bytes, []byte("s3cret")) + len("s3cret")
	m.Body.Bytes = m.Body.Bytes[:end]
	if got := printed(t, Options{Format: NDJSON}, exchangeOf(t, m)); !strings.Contains(got, `"value":"<withheld>"`) {
		t.Error(got)
	}
}

func TestSensitive(t *testing.T) {
	for name, want := range map[string]bool{
		"ssl.keystore.password": true, "ssl.key.password": true, "ssl.keystore.key": true, "ssl.keystore.certificate.chain": true,
		"ssl.truststore.certificates": true, "sasl.jaas.config": true, "listener.name.internal.plain.sasl.jaas.config": true,
		"delegation.token.master.key": true, "delegation.token.secret.key": true, "password.encoder.secret": true, "password.encoder.old.secret": true,
		"sasl.oauthbearer.assertion.private.key.passphrase": true, "sasl.oauthbearer.client.credentials.client.secret": true,
		"zookeeper.ssl.truststore.password": true, "my.plugin.API.KEY": true, "aws.credentials": true,
		"": false, "retention.ms": false, "ssl.keystore.location": false, "delegation.token.expiry.time.ms": false,
		"listener.name.x.sasl.oauthbearer.token.endpoint.url": false, "password.encoder.iterations": false,
		"sasl.oauthbearer.assertion.private.key.file": false, "sasl.oauthbearer.client.credentials.client.id": false,
	} {
		if got := sensitive(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestBatches(t *testing.T) {
	tests := []struct {
		name  string
		batch records.Batch
		want  string
	}{
		{"magic 2", records.Batch{Magic: 2, BaseOffset: 5, LastOffset: 14, Count: 10, Size: 1234, PartitionLeaderEpoch: 3, Attributes: 0x14,
			ProducerID: 5, ProducerEpoch: 1, BaseSequence: 7, LastSequence: 16, MaxTimestamp: 1763819581000, CRC: 4294967295, Valid: true},
			`{"baseOffset":5,"lastOffset":14,"count":10,"baseSequence":7,"lastSequence":16,"producerId":5,"producerEpoch":1,"partitionLeaderEpoch":3,` +
				`"isTransactional":true,"isControl":false,"deleteHorizonMs":null,"timestampType":"CreateTime","maxTimestamp":1763819581000,` +
				`"size":1234,"magic":2,"compresscodec":"zstd","crc":4294967295,"isvalid":true}`},
		{"control batch with a delete horizon", records.Batch{Magic: 2, Size: 78, Count: 1, Attributes: 0x6a, BaseTimestamp: 99},
			`{"baseOffset":0,"lastOffset":0,"count":1,"baseSequence":0,"lastSequence":0,"producerId":0,"producerEpoch":0,"partitionLeaderEpoch":0,` +
				`"isTransactional":false,"isControl":true,"deleteHorizonMs":99,"timestampType":"LogAppendTime","maxTimestamp":0,` +
				`"size":78,"magic":2,"compresscodec":"snappy","crc":0,"isvalid":false}`},
		{"magic 1", records.Batch{Magic: 1, BaseOffset: 4, LastOffset: 4, Count: 1, Size: 40, MaxTimestamp: 17, Valid: true},
			`{"baseOffset":4,"lastOffset":4,"count":1,"timestampType":"CreateTime","maxTimestamp":17,"size":40,"magic":1,"compresscodec":"none","crc":0,"isvalid":true}`},
		{"magic 0, compressed", records.Batch{Magic: 0, LastOffset: 9, Count: -1, Size: 40, Attributes: 1, Valid: true},
			`{"lastOffset":9,"size":40,"magic":0,"compresscodec":"gzip","crc":0,"isvalid":true}`},
		{"cut within the header", records.Batch{Partial: true, Size: 100, Available: 16}, `{"partial":true,"size":100,"available":16}`},
		{"cut within its length", records.Batch{Partial: true, Available: 7}, `{"partial":true,"available":7}`},
		{"cut behind the header", records.Batch{Partial: true, Header: true, Magic: 0, BaseOffset: 4, LastOffset: 4, Count: 1, Size: 100, Available: 60, CRC: 8},
			`{"partial":true,"size":100,"available":60,"baseOffset":4,"lastOffset":4,"count":1,"magic":0,"compresscodec":"none","crc":8}`},
		{"no batch", records.Batch{Err: "magic 9", Available: 60}, `{"error":"magic 9","size":60}`},
	}
	s := strictSchema(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := produce(t, test.batch)
			got := printed(t, Options{Format: NDJSON}, e)
			if want := `"records":[` + test.want + `]}`; !strings.Contains(got, want) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			validate(t, s, got)
			if got := printed(t, Options{Format: NDJSON, Exact: true}, e); !strings.Contains(got, `"index":2,"recordsSizeInBytes":500}`) {
				t.Errorf("exact: %s", got)
			}
		})
	}
}

// produce makes an exchange whose request holds one batch, its bytes cut out.
func produce(t testing.TB, batches ...records.Batch) *decode.Exchange {
	request := build(t, "Produce", codec.Request, 9, map[string][]any{"transactionalId": {nil}, "acks": {-1}, "timeoutMs": {30000}, "topicData": {1},
		"topicData[].name": {"orders"}, "topicData[].partitionData": {1}, "topicData[].partitionData[].index": {2},
		"topicData[].partitionData[].records": {[]records.Batch{{Size: 500}}}})
	request.Batches = [][]records.Batch{batches}
	return anExchange(request, build(t, "Produce", codec.Response, 9, map[string][]any{"responses": {1}, "responses[].name": {"orders"},
		"responses[].partitionResponses": {1}, "responses[].partitionResponses[].index": {2}, "responses[].partitionResponses[].errorMessage": {nil}}))
}

// Records that were not cut out of their message are looked at where they are.
func TestBatchesInTheMessage(t *testing.T) {
	const message = "\x00\x00\x00\x00\x00\x00\x00\x05" + "\x00\x00\x00\x0e" + "\x00\x00\x00\x01" + "\x00\x00" + "\xff\xff\xff\xff\xff\xff\xff\xff"
	e := produce(t)
	withRecords := func(m *decode.Message, records string) {
		at := m.Body.Cuts[0].At
		b := append(append([]byte{}, m.Body.Bytes[:at]...), records...)
		m.Body, m.Batches = codec.Body{Bytes: append(b, m.Body.Bytes[at:]...)}, nil
	}
	withRecords(&e.Request, message+strings.Repeat("\x00", 500-len(message)))
	got := printed(t, Options{Format: NDJSON}, e)
	if !strings.Contains(got, `"records":[{"baseOffset":5,"lastOffset":5,"count":1,"size":26,"magic":0,"compresscodec":"none","crc":1,"isvalid":false},{"error":`) {
		t.Error(got)
	}
	validate(t, strictSchema(t), got)
}

// Envelopes show what is inside them, and withhold their bytes where these
// hold a secret.
func TestEnvelope(t *testing.T) {
	const value = "s3cret"
	alter := func(name string) *decode.Exchange {
		return anExchange(
			build(t, "IncrementalAlterConfigs", codec.Request, 1, map[string][]any{"resources": {1}, "resources[].configs": {1},
				"resources[].configs[].name": {name}, "resources[].configs[].value": {value}}),
			build(t, "IncrementalAlterConfigs", codec.Response, 1, map[string][]any{"responses": {1}, "responses[].errorCode": {40}}))
	}
	envelope := func(inner *decode.Exchange) *decode.Exchange {
		e := anExchange(
			build(t, "Envelope", codec.Request, 0, map[string][]any{"requestData": {string(inner.Request.Body.Bytes)}}),
			build(t, "Envelope", codec.Response, 0, map[string][]any{"responseData": {string(inner.Response.Body.Bytes)}}))
		e.Forwarded = inner
		return e
	}
	s := strictSchema(t)
	both := envelope(alter("ssl.key.password"))
	both.Response.Body.Bytes = append(both.Response.Body.Bytes, 0)
	got := printed(t, Options{Format: NDJSON}, both)
	validate(t, s, got)
	order := `"errors":[{"path":"responses[0]","field":"errorCode","code":40,"name":"INVALID_CONFIG"}]},"problems":[{"side":"response","path":""`
	if !strings.Contains(got, order) {
		t.Errorf("%s\nlacks %s", got, order)
	}
	// What stands in a message that may have secrets and is not known may be one.
	for _, ending := range []string{"\x01\x07\x01x", "\x00x"} {
		e := envelope(alter("retention.ms"))
		inner := &e.Forwarded.Request.Body
		inner.Bytes = append(inner.Bytes[:len(inner.Bytes)-1], ending...)
		if got := printed(t, Options{Format: NDJSON}, e); !strings.Contains(got, `"requestData":"<withheld>"`) {
			t.Errorf("%q: %s", ending, got)
		}
	}
	hidden, shown := envelope(alter("ssl.key.password")), envelope(alter("retention.ms"))
	for _, exact := range []bool{false, true} {
		opt := Options{Format: NDJSON, Exact: exact}
		got := printed(t, opt, hidden)
		validate(t, s, got)
		for _, want := range []string{`"request":{"requestData":"<withheld>"`, `"value":"<withheld>"`,
			`"errors":[{"path":"responses[0]","field":"errorCode","code":40,"name":"INVALID_CONFIG"}]}`,
			`"forwarded":{"requestHeader":{"requestApiKey":44,"requestApiVersion":1,"requestApiKeyName":"INCREMENTAL_ALTER_CONFIGS"`} {
			if !strings.Contains(got, want) {
				t.Errorf("%s\nlacks %s", got, want)
			}
		}
		if got := printed(t, opt, shown); !strings.Contains(got, `"value":"s3cret"`) || strings.Contains(got, withheld) {
			t.Errorf("no secret: %s", got)
		}
		shown.Forwarded.Request.Layout = nil
		if got := printed(t, opt, shown); !strings.Contains(got, `"requestData":"<withheld>"`) {
			t.Errorf("unknown: %s", got)
		}
		shown = envelope(alter("retention.ms"))
	}
}

// Error codes are listed, however many there are, in messages and in those
// inside Envelopes.
func TestManyErrors(t *testing.T) {
	const many = 3000
	failing := func(n int) *decode.Exchange {
		codes := make([]any, n)
		for i := range codes {
			codes[i] = i % 4
		}
		return exchangeOf(t, build(t, "OffsetCommit", codec.Response, 8, map[string][]any{"topics": {1}, "topics[].partitions": {n},
			"topics[].partitions[].errorCode": codes}))
	}
	e := failing(many)
	envelope := anExchange(build(t, "Envelope", codec.Request, 0, map[string][]any{}), build(t, "Envelope", codec.Response, 0, map[string][]any{"errorCode": {42}}))
	envelope.Forwarded = e
	type listed struct {
		Path, Field, Name, Side string
		Code                    int
	}
	type printedExchange struct {
		Errors    []listed
		Forwarded struct{ Errors []listed }
	}
	var want []listed
	for i := range many {
		if code := i % 4; code != 0 {
			want = append(want, listed{Path: "topics[0].partitions[" + strconv.Itoa(i) + "]", Field: "errorCode", Name: codec.ErrorName(int16(code)), Code: code})
		}
	}
	p := New(&bytes.Buffer{}, Options{Format: NDJSON}).(*jsonPrinter)
	for _, test := range []struct {
		name  string
		e     *decode.Exchange
		inner bool
		want  []listed
	}{{"many", e, false, want}, {"few, behind many", failing(20), false, want[:15]}, {"many in an Envelope", envelope, true, want}, {"many again", e, false, want}} {
		var out bytes.Buffer
		p.out.w = &out
		p.Exchange(test.e)
		p.Flush()
		validate(t, strictSchema(t), out.String())
		var got printedExchange
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		errors := got.Errors
		if test.inner {
			errors = got.Forwarded.Errors
			if len(got.Errors) != 1 || got.Errors[0].Code != 42 {
				t.Errorf("%s: the Envelope's own are %v", test.name, got.Errors)
			}
		}
		if diff := cmp.Diff(test.want, errors); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.name, diff)
		}
		if n := cap(p.values.errors.members); n > 3*mostGathered {
			t.Errorf("%s: %d bytes were gathered", test.name, n)
		}
	}
}

func TestUnknownTagsAreShown(t *testing.T) {
	e := heartbeat(t, 0)
	b := e.Response.Body.Bytes
	e.Response.Body.Bytes = append(append([]byte{}, b[:len(b)-1]...), 1, 100, 2, 0xff, 0xfe)
	e.Request.RequestHeader.Tags = []byte{1, 5, 1, 'x'}
	got := printed(t, Options{Format: NDJSON}, e)
	for _, want := range []string{
		`"clientId":"billing-1","_unknownTaggedFields":[{"tag":5,"data":"eA=="}]}`,
		`"response":{"throttleTimeMs":0,"errorCode":0,"_unknownTaggedFields":[{"tag":100,"data":"//4="}]}`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nlacks %s", got, want)
		}
	}
	validate(t, strictSchema(t), got)
	if got := printed(t, Options{Format: NDJSON, Exact: true}, e); strings.Contains(got, "_unknown") {
		t.Errorf("exact: %s", got)
	}
}

// failing is a writer that takes some bytes and then no more.
type failing struct{ left int }

func (f *failing) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errors.New("closed")
	}
	return len(b), nil
}

func TestTheFirstErrorStays(t *testing.T) {
	w := &failing{left: 2 * pieceSize}
	p := New(w, Options{Format: NDJSON})
	e := heartbeat(t, 0)
	for range 4 * pieceSize / 300 {
		p.Exchange(e)
	}
	left := w.left
	if p.Err() == nil {
		t.Fatal("no error")
	}
	p.Exchange(e)
	if err := p.Close(); err == nil || err != p.Err() || w.left != left {
		t.Errorf("closes with %v, after %v", err, p.Err())
	}
}

func TestNothingIsAllocatedPerExchange(t *testing.T) {
	for _, e := range []*decode.Exchange{heartbeat(t, 27), produce(t, records.Batch{Magic: 2})} {
		for _, format := range []Format{JSON, NDJSON} {
			p := New(discard{}, Options{Format: format})
			for range 1000 {
				p.Exchange(e)
			}
			if n := testing.AllocsPerRun(1000, func() { p.Exchange(e) }); n != 0 {
				t.Errorf("%v allocations", n)
			}
		}
	}
}

// discard is a writer that keeps nothing.
type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

// Whatever bytes a peer sends, what is printed is one line of valid JSON.
func FuzzNDJSON(f *testing.F) {
	for _, api := range codec.APIs() {
		for _, d := range []codec.Direction{codec.Request, codec.Response} {
			if l, err := api.Layout(d, api.Versions(d).Max()); err == nil {
				f.Add(api.Key, byte(d), l.Version, synthetic(l, builder{elements: 1}).Body.Bytes)
			}
		}
	}
	f.Fuzz(func(t *testing.T, key int16, direction byte, version int16, body []byte) {
		api := codec.APIByKey(key)
		if api == nil {
			return
		}
		l, err := api.Layout(codec.Direction(direction&1), version)
		if err != nil {
			return
		}
		e := exchangeOf(t, decode.Message{Seen: true, Layout: l, Body: codec.Body{Bytes: body}})
		if got := printed(t, Options{Format: NDJSON}, e); !json.Valid([]byte(got)) || strings.Contains(got, "\n") {
			t.Errorf("%s: %s", l, got)
		}
	})
}

func BenchmarkNDJSON(b *testing.B) {
	for name, e := range map[string]*decode.Exchange{"Heartbeat": heartbeat(b, 0), "Produce": produce(b, records.Batch{Magic: 2, Valid: true})} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(printed(b, Options{Format: NDJSON}, e))))
			b.ReportAllocs()
			p := New(discard{}, Options{Format: NDJSON})
			for b.Loop() {
				p.Exchange(e)
			}
		})
	}
}

// A topic's name, learned from one exchange, stands beside its id in the next.
func TestTopicNames(t *testing.T) {
	id := [16]byte{1, 2, 3}
	metadata := anExchange(build(t, "Metadata", codec.Request, 12, nil), build(t, "Metadata", codec.Response, 12, map[string][]any{
		"topics": {1}, "topics[].name": {"orders"}, "topics[].topicId": {id}}))
	unknown := [16]byte{9}
	fetch := anExchange(build(t, "Fetch", codec.Request, 13, map[string][]any{"topics": {2}, "topics[].topicId": {id, unknown}}),
		build(t, "Fetch", codec.Response, 13, nil))
	see := func(p Printer) {
		stream := decode.New(p, decode.Options{}).Open(decode.Start{Number: 1, A: aConnection().Client, B: aConnection().Server, SawSYN: true})
		for i, e := range []*decode.Exchange{metadata, fetch} {
			h := e.Header()
			request := []byte{0, byte(h.APIKey), 0, byte(h.APIVersion), 0, 0, 0, byte(i), 0, 1, 'c', 0}
			stream.Data(0, int64(i), frame(append(request, e.Request.Body.Bytes...)))
			stream.Data(1, int64(i), frame(append([]byte{0, 0, 0, byte(i), 0}, e.Response.Body.Bytes...)))
		}
		stream.Close(9, "closed")
	}
	got := told(t, Options{Format: NDJSON}, see)
	for _, want := range []string{
		`"topics":[{"topicId":"AQIDAAAAAAAAAAAAAAAAAA","topicName":"orders","partitions":[]},{"topicId":"CQAAAAAAAAAAAAAAAAAAAA","partitions":[]}]`,
		`"name":"orders","topicId":"AQIDAAAAAAAAAAAAAAAAAA","topicName":"orders","isInternal":false`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nlacks %s", got, want)
		}
	}
	for line := range strings.Lines(got) {
		validate(t, strictSchema(t), line)
	}
	if got := told(t, Options{Format: NDJSON, Exact: true}, see); strings.Contains(got, "topicName") {
		t.Errorf("exact: %s", got)
	}
}

// frame puts a size before a message.
func frame(b []byte) []byte { return append([]byte{0, 0, byte(len(b) >> 8), byte(len(b))}, b...) }

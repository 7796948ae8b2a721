package formats

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
	"github.com/kdump/kdump/decode"
)

// aRecord is a record to be written: nil is null.
type aRecord struct {
	key, value []byte
	headers    []string // keys and values
}

func appendSized(dst, b []byte) []byte {
	if b == nil {
		return binary.AppendVarint(dst, -1)
	}
	return append(binary.AppendVarint(dst, int64(len(b))), b...)
}

// batch2 writes a batch of magic 2 with base offset 100.
func batch2(t testing.TB, attributes byte, list ...aRecord) []byte {
	t.Helper()
	var all []byte
	for i, r := range list {
		b := binary.AppendVarint([]byte{0}, int64(i))
		b = binary.AppendVarint(b, int64(i))
		b = appendSized(appendSized(b, r.key), r.value)
		b = binary.AppendVarint(b, int64(len(r.headers)/2))
		for _, h := range r.headers {
			b = appendSized(b, []byte(h))
		}
		all = append(binary.AppendVarint(all, int64(len(b))), b...)
	}
	if attributes&7 == byte(records.Gzip) {
		all = packed(t, all)
	}
	b := make([]byte, 61, 61+len(all))
	binary.BigEndian.PutUint64(b, 100)
	binary.BigEndian.PutUint32(b[8:], uint32(49+len(all)))
	b[16], b[22] = 2, attributes
	binary.BigEndian.PutUint32(b[23:], uint32(len(list)-1))
	binary.BigEndian.PutUint64(b[27:], 1000)
	binary.BigEndian.PutUint64(b[35:], 2000)
	for i := 43; i < 57; i++ {
		b[i] = 0xff // no producer, no sequence
	}
	binary.BigEndian.PutUint32(b[57:], uint32(len(list)))
	b = append(b, all...)
	binary.BigEndian.PutUint32(b[17:], crc32.Checksum(b[21:], crc32.MakeTable(crc32.Castagnoli)))
	return b
}

// message0 writes a message of magic 0 or 1.
func message0(magic, attributes byte, key, value string) []byte {
	b := make([]byte, 18, 64)
	b[7] = 9
	b[16], b[17] = magic, attributes
	if magic == 1 {
		b = binary.BigEndian.AppendUint64(b, 5000)
	}
	b = append(binary.BigEndian.AppendUint32(b, uint32(len(key))), key...)
	b = append(binary.BigEndian.AppendUint32(b, uint32(len(value))), value...)
	binary.BigEndian.PutUint32(b[8:], uint32(len(b)-12))
	binary.BigEndian.PutUint32(b[12:], crc32.ChecksumIEEE(b[16:]))
	return b
}

func packed(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// aDamagedSet is a compressed message with two inside, the second of which has
// a wrong checksum.
func aDamagedSet(t testing.TB, magic byte) []byte {
	t.Helper()
	good, bad := message0(magic, 0, "k", "good"), message0(magic, 0, "k", "damaged")
	bad[12]++
	return message0(magic, byte(records.Gzip), "", string(packed(t, append(good, bad...))))
}

// produced puts records into a Produce request to a topic.
func produced(t testing.TB, topic string, field []byte) *decode.Exchange {
	t.Helper()
	e := produce(t)
	request := &e.Request
	at := request.Body.Cuts[0].At
	bytes := append(bytes.Clone(request.Body.Bytes[:at-2]), binary.AppendUvarint(nil, uint64(len(field)+1))...)
	bytes = append(append(bytes, field...), request.Body.Bytes[at:]...)
	request.Body = codec.Body{Bytes: []byte(strings.Replace(string(bytes), "\x07orders", string(rune(len(topic)+1))+topic, 1))}
	request.Batches = nil
	return e
}

var recordTests = []struct {
	name  string
	opt   Options
	topic string
	field func(testing.TB) []byte
	want  []string
}{
	{"text, null, bytes, headers", Options{Records: Full}, "orders", func(t testing.TB) []byte {
		return batch2(t, 0, aRecord{[]byte("k1"), []byte("a \"v\""), []string{"trace", "abc", "n", "\xff"}}, aRecord{nil, []byte{}, nil}, aRecord{[]byte{0xff}, nil, nil})
	}, []string{`"count":3,`, `"isvalid":true,"records":[` +
		`{"offset":100,"timestamp":1000,"key":"k1","value":"a \"v\"","headers":[{"key":"trace","value":"abc"},{"key":"n","valueBase64":"/w=="}]},` +
		`{"offset":101,"timestamp":1001,"key":null,"value":"","headers":[]},` +
		`{"offset":102,"timestamp":1002,"keyBase64":"/w==","value":null,"headers":[]}]}]`}},
	{"keys alone", Options{Records: Keys}, "orders", func(t testing.TB) []byte {
		return batch2(t, 0, aRecord{[]byte("k1"), []byte("v"), nil})
	}, []string{`"records":[{"offset":100,"timestamp":1000,"key":"k1","headers":[]}]}]`}},
	{"batches alone", Options{}, "orders", func(t testing.TB) []byte { return batch2(t, 0, aRecord{nil, []byte("v"), nil}) },
		[]string{`"isvalid":true}]`}},
	{"exact", Options{Records: Full, Exact: true}, "orders", func(t testing.TB) []byte { return batch2(t, 0, aRecord{}) },
		[]string{`"recordsSizeInBytes":68`}},
	{"compressed, by the broker's time", Options{Records: Full}, "orders", func(t testing.TB) []byte {
		return batch2(t, 0x09, aRecord{nil, []byte("v"), nil})
	}, []string{`"compresscodec":"gzip"`, `"records":[{"offset":100,"timestamp":2000,"key":null,"value":"v","headers":[]}]}]`}},
	{"a bomb", Options{Records: Full, MaxInflate: 1000}, "orders", func(t testing.TB) []byte {
		return batch2(t, 1, aRecord{nil, make([]byte, 5000), nil})
	}, []string{`"isvalid":true,"records":[],"error":"it inflates to more than 1000 bytes, the limit"}]`}},
	{"a count below 0", Options{Records: Full}, "orders", func(t testing.TB) []byte {
		b := batch2(t, 0, aRecord{})
		binary.BigEndian.PutUint32(b[57:], 1<<32-3)
		return b
	}, []string{`"baseOffset":100,"lastOffset":100,"count":-3,`, `"records":[],"error":"a count of -3 records"}]`}},
	{"a wrong checksum", Options{Records: Full}, "orders", func(t testing.TB) []byte {
		b := batch2(t, 0, aRecord{nil, []byte("v"), nil})
		b[len(b)-2]++
		return b
	}, []string{`"isvalid":false,"records":[{"offset":100,"timestamp":1000,"key":null,"value":"w","headers":[]}]}]`}},
	{"fewer than announced", Options{Records: Full}, "orders", func(t testing.TB) []byte {
		b := batch2(t, 0, aRecord{nil, []byte("v"), nil})
		b[60] = 2
		return b
	}, []string{`"value":"v","headers":[]}],"error":"record 1 `}},
	{"two batches and a part of one", Options{Records: Full}, "orders", func(t testing.TB) []byte {
		b := batch2(t, 0, aRecord{nil, []byte("v"), nil})
		return append(append(bytes.Clone(b), b...), b[:30]...)
	}, []string{`}]},{"baseOffset":100`, `},{"partial":true,"size":69,"available":30}]`}},
	{"a schema's id", Options{Records: Full}, "orders", func(t testing.TB) []byte {
		return batch2(t, 0, aRecord{[]byte("\x00\x00\x00\x00\x07key"), []byte("\x00\x00\x00\x01\x00v"), nil}, aRecord{nil, []byte("\x00\x00\x00\x01\x00v\x00\x00"), nil})
	}, []string{`"key":"\u0000\u0000\u0000\u0000\u0007key","value":"\u0000\u0000\u0000\u0001\u0000v","valueSchemaId":256`, `"value":"\u0000\u0000\u0000\u0001\u0000v\u0000\u0000","headers"`}},
	{"commit", Options{Records: Keys}, "orders", func(t testing.TB) []byte {
		return batch2(t, 0x30, aRecord{[]byte{0, 0, 0, 1}, []byte{0, 0, 0, 0, 0, 7}, nil})
	}, []string{`"records":[{"offset":100,"timestamp":1000,"control":{"type":"COMMIT","version":0,"coordinatorEpoch":7},"headers":[]}]}]`}},
	{"a control record newer than known", Options{Records: Full}, "orders", func(t testing.TB) []byte {
		return batch2(t, 0x20, aRecord{[]byte{0, 5, 0, 0}, []byte{0, 9, 0, 0, 0, 7, 1, 2}, nil}, aRecord{[]byte{0, 0, 0, 77}, nil, nil}, aRecord{nil, nil, nil}, aRecord{[]byte{0, 0, 0, 2}, nil, nil})
	}, []string{`"control":{"type":"ABORT","version":9,"coordinatorEpoch":7}`, `"control":{"type":"UNKNOWN","typeId":77}`,
		`"control":{"type":"UNKNOWN","error":"the key is too short"}`, `"control":{"type":"LEADER_CHANGE","error":"the value cannot be read"}`}},
	{"leader change, KRaft version", Options{Records: Full}, "orders", func(t testing.TB) []byte {
		return batch2(t, 0x20, aRecord{[]byte{0, 0, 0, 2}, []byte{0, 0, 0, 0, 0, 3, 1, 1, 0}, nil}, aRecord{[]byte{0, 0, 0, 5}, []byte{0, 0, 0, 1, 0}, nil})
	}, []string{`"control":{"type":"LEADER_CHANGE","version":0,"leaderId":3,"voters":[],"grantingVoters":[]}`,
		`"control":{"type":"KRAFT_VERSION","version":0,"kRaftVersion":1}`}},
	{"a committed offset", Options{Records: Full}, "__consumer_offsets", func(t testing.TB) []byte {
		key := []byte("\x00\x01\x00\x01g\x00\x01t\x00\x00\x00\x02")
		return batch2(t, 0, aRecord{key, []byte("\x00\x03\x00\x00\x00\x00\x00\x00\x00\x0a\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"), nil}, aRecord{key, nil, nil}, aRecord{[]byte("other"), []byte("x"), nil})
	}, []string{`"key":{"type":"OffsetCommitKey","version":1,"data":{"group":"g","topic":"t","partition":2}},` +
		`"value":{"type":"OffsetCommitValue","version":3,"data":{"offset":10,"leaderEpoch":1,"metadata":"","commitTimestamp":1}},"headers":[]}`,
		`"partition":2}},"value":null,"headers":[]}`, `"key":"other","value":"<withheld>"`, // of a record that is not known
		`"problems":[{"side":"request","path":"topicData[0].partitionData[0].records","offset":`,
		`"message":"cannot be read as what it should hold: record 102: __consumer_offsets has no record that is known by the number 28532"}]`}},
	{"what an assignor adds, of a member that speaks the old protocol", Options{Records: Full}, "__consumer_offsets", func(t testing.TB) []byte {
		const subscription = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x07"
		value := "\x00\x00" + "\x00\x00\x01\x01\x01\x00\x00\x00\x00\x00\x01" + "\x01\x00\x2a\x01\x00\x00\x00\x01\x02" +
			"\x13cooperative-sticky" + "\x0f" + subscription + "\x00" + "\x00"
		return batch2(t, 0, aRecord{[]byte("\x00\x05\x00\x01g\x00\x01m"), []byte(value), nil})
	}, []string{`"userData":{"type":"CooperativeStickyAssignorUserData","version":0,"data":{"generation":7}}`}},
	{"what Streams calls its topologies", Options{Records: Full}, "__consumer_offsets", func(t testing.TB) []byte {
		const info = "\x00\x00\x00\x0a\x00\x00\x00\x0a" + "\x00\x00\x00\x02" +
			"\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x05\x00t\x00\xe9\xd8\x3d\xde\x00\xd8\x3d" +
			"\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00" +
			"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
		assignment := "\x00\x00\x00\x00\x00\x00\x00\x00\x00" + string(rune(len(info))) + info
		value := "\x00\x00" + "\x00\x08consumer\x00\x00\x00\x01\x00\x06stream\xff\xff" + "\x00\x00\x00\x01" +
			"\x00\x01m\x00\x01c\x00\x01h\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00" + string(rune(len(assignment))) + assignment
		return batch2(t, 0, aRecord{[]byte("\x00\x02\x00\x01g"), []byte(value), nil})
	}, []string{`"activeTasks":[{"topicGroupId":0,"partition":1,"namedTopology":"té😀�"},{"topicGroupId":0,"partition":2,"namedTopology":""}]`}},
	{"a secret in the metadata log", Options{Records: Full}, "__cluster_metadata", func(t testing.TB) []byte {
		scram := "\x01\x0b\x00" + "\x02a\x01\x05salt\x07stored\x07server\x00\x00\x10\x00\x00"
		tagged := scram[:len(scram)-1] + "\x01\x07\x03new"
		return batch2(t, 0, aRecord{nil, []byte(scram), nil}, aRecord{nil, []byte(tagged), nil})
	}, []string{`"value":{"type":"UserScramCredentialRecord","version":0,"data":{"name":"a","mechanism":1,"salt":"<withheld>","storedKey":"<withheld>","serverKey":"<withheld>","iterations":4096}}`,
		`"iterations":4096,"_unknownTaggedFields":[{"tag":7,"data":"<withheld>"}]}`}},
	{"what is not known of a record that has no secrets", Options{Records: Full}, "__cluster_metadata", func(t testing.TB) []byte {
		return batch2(t, 0, aRecord{nil, []byte("\x01\x14\x00" + "\x01\x07\x03new"), nil})
	}, []string{`{"type":"NoOpRecord","version":0,"data":{"_unknownTaggedFields":[{"tag":7,"data":"bmV3"}]}}`}},
	{"a secret that cannot be read", Options{Records: Full}, "__cluster_metadata", func(t testing.TB) []byte {
		const scram = "\x02a\x01\x05salt\x07stored\x07server\x00\x00\x10\x00\x00"
		return batch2(t, 0, aRecord{nil, []byte("\x01\x0b\x01" + scram), nil}, aRecord{nil, []byte("\x01\x0b\x00" + scram[:20]), nil},
			aRecord{nil, []byte("\x01\x0b\x00" + scram + "trail"), nil}, aRecord{nil, []byte("\x01\x02\x7fmine"), nil})
	}, []string{`{"offset":100,"timestamp":1000,"key":null,"value":"<withheld>","headers":[]},{"offset":101,"timestamp":1001,"key":null,"value":"<withheld>","headers":[]}`,
		`"iterations":4096},"trailing":"<withheld>"}`, `"value":"\u0001\u0002`,
		`"message":"cannot be read as what it should hold: record 100: UserScramCredentialRecord v1 is newer than the newest known, v0"}]`}},
	{"such a secret, asked for", Options{Records: Full, ShowSecrets: true}, "__cluster_metadata", func(t testing.TB) []byte {
		const scram = "\x02a\x01\x05salt\x07stored\x07server\x00\x00\x10\x00\x00"
		return batch2(t, 0, aRecord{nil, []byte("\x01\x0b\x01" + scram), nil}, aRecord{nil, []byte("\x01\x0b\x00" + scram + "trail"), nil},
			aRecord{nil, []byte("\x01\x0b\x00" + scram[:len(scram)-1] + "\x01\x07\x03new"), nil})
	}, []string{`salt`, `stored`, `"trailing":"747261696c"`, `{"tag":7,"data":"bmV3"}`}},
	{"magic 0 and 1 have no more than their format", Options{Records: Full}, "orders", func(testing.TB) []byte {
		return append(message0(0, 0, "k", "v"), message0(1, 0, "k", "v")...)
	}, []string{
		`"records":[{"baseOffset":9,"lastOffset":9,"count":1,"size":28,"magic":0,"compresscodec":"none","crc":535615242,"isvalid":true,` +
			`"records":[{"offset":9,"key":"k","value":"v"}]}`,
		`{"baseOffset":9,"lastOffset":9,"count":1,"timestampType":"CreateTime","maxTimestamp":5000,"size":36,"magic":1,"compresscodec":"none","crc":3090111096,"isvalid":true,` +
			`"records":[{"offset":9,"timestamp":5000,"key":"k","value":"v"}]}]`}},
	{"a damaged message inside a compressed one", Options{Records: Full}, "orders", func(t testing.TB) []byte {
		return append(aDamagedSet(t, 0), aDamagedSet(t, 1)...)
	}, []string{`"isvalid":true,"records":[{"offset":9,"key":"k","value":"good"},{"offset":9,"isvalid":false,"key":"k","value":"damaged"}]},`,
		`"isvalid":true,"records":[{"offset":9,"timestamp":5000,"key":"k","value":"good"},{"offset":9,"timestamp":5000,"isvalid":false,"key":"k","value":"damaged"}]}]`}},
	{"the same by keys alone", Options{Records: Keys}, "orders", func(t testing.TB) []byte { return aDamagedSet(t, 1) },
		[]string{`{"offset":9,"timestamp":5000,"key":"k"},{"offset":9,"timestamp":5000,"isvalid":false,"key":"k"}]}]`}},
	{"no batch", Options{Records: Full}, "orders", func(testing.TB) []byte { return make([]byte, 30) },
		[]string{`"records":[{"error":"a size of 0 bytes`}},
}

func TestRecords(t *testing.T) {
	for _, test := range recordTests {
		t.Run(test.name, func(t *testing.T) {
			opt := test.opt
			opt.Format = NDJSON
			got := printed(t, opt, produced(t, test.topic, test.field(t)))
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("%s\nlacks %s", got, want)
				}
			}
			validate(t, strictSchema(t), got)
		})
	}
}

// The messages inside bytes stand in their place, but under --exact.
func TestPayloads(t *testing.T) {
	subscription := "\x00\x01\x00\x00\x00\x01\x00\x01t\xff\xff\xff\xff\x00\x00\x00\x00"
	join := anExchange(build(t, "JoinGroup", codec.Request, 5, map[string][]any{"groupId": {"g"}, "protocolType": {"consumer"},
		"protocols": {2}, "protocols[].name": {"range", "mine"}, "protocols[].metadata": {subscription, "\x00"}}),
		build(t, "JoinGroup", codec.Response, 5, nil))
	const want = `"metadata":{"type":"ConsumerProtocolSubscription","version":1,"data":{"topics":["t"],"userData":null,"ownedPartitions":[]}}},` +
		`{"name":"mine","metadata":"AA=="}`
	got := printed(t, Options{Format: NDJSON}, join)
	if !strings.Contains(got, want) {
		t.Errorf("%s\nlacks %s", got, want)
	}
	validate(t, strictSchema(t), got)
	if got := printed(t, Options{Format: NDJSON, Exact: true}, join); !strings.Contains(got, `"metadata":"AAEAAAABAAF0/////wAAAAA="`) {
		t.Errorf("exact: %s", got)
	}
}

// Bytes that are text stand in payloads as such.
func TestTextInPayload(t *testing.T) {
	p := payloads{protocol: codec.Protocol{Name: []byte("stream")}}
	raw := "\x00\x00\x00\x02" + strings.Repeat("\x00", 16) + strings.Repeat("\x00", 8) + "\x00\x00\x00\x04h:80"
	got, ok := p.appendField(nil, codec.SubscriptionUserData, []byte(raw))
	const want = `{"type":"SubscriptionInfoData","version":2,"data":{"version":2,"processId":"AAAAAAAAAAAAAAAAAAAAAA","prevTasks":[],` +
		`"standbyTasks":[],"userEndPoint":"h:80"}}`
	if !ok || string(got) != want {
		t.Errorf("%t, %s", ok, got)
	}
}

func TestSaslTokens(t *testing.T) {
	for _, test := range []struct {
		mechanism string
		server    bool
		token     string
		want      string
	}{
		{"PLAIN", false, "other\x00alice\x00pw", `"user":"alice","authorizationId":"other"}`},
		{"PLAIN", false, "\x00alice\x00p\x00w", `"user":"alice"}`},
		{"PLAIN", false, "alice", `"tokenSizeBytes":5}`},
		{"SCRAM-SHA-256", false, "n,a=x=2Cy,n=al=3Dice,r=nonce,tokenauth=true", `"user":"al=ice","authorizationId":"x,y","delegationToken":true,"nonceSizeBytes":5}`},
		{"SCRAM-SHA-256", true, "r=nonceserver,s=c2FsdA==,i=4096", `"nonceSizeBytes":11,"saltSizeBytes":4,"iterations":4096}`},
		{"SCRAM-SHA-256", false, "c=biws,r=nonceserver,p=cHJvb2Y=", `"nonceSizeBytes":11,"proofSizeBytes":5}`},
		{"SCRAM-SHA-256", true, "v=c2ln", `"signatureSizeBytes":3}`},
		{"SCRAM-SHA-256", true, "e=invalid-proof", `"error":"invalid-proof"}`},
		{"SCRAM-SHA-256", false, "no such thing", `"tokenSizeBytes":13}`},
		{"OAUTHBEARER", false, "n,a=bob,\x01auth=Bearer abc.def.\x01\x01", `"authorizationId":"bob","tokenSizeBytes":8}`},
		{"SCRAM-SHA-512", false, "n,,n=a,r=nonce,trace=s3cret,x=s3cret", `"user":"a","extensions":["trace"],"nonceSizeBytes":5}`},
		{"SCRAM-SHA-512", false, "trace=s3cret", `"tokenSizeBytes":12}`},
		{"OAUTHBEARER", false, "n,,\x01auth=Bearer abc\x01cluster=s3cret\x01no-name=s3cret\x01\x01", `"extensions":["cluster"],"tokenSizeBytes":3}`},
		{"OAUTHBEARER", false, "n,,\x01cluster=s3cret\x01\x01", `"tokenSizeBytes":20}`},
		{"OAUTHBEARER", false, "\x01", `"tokenSizeBytes":1}`},
		{"OAUTHBEARER", true, `{"status":"invalid_token","scope":"s"}`, `"error":"invalid_token"}`},
		{"OAUTHBEARER", true, `{"status":1}`, `"tokenSizeBytes":12}`},
		{"GSSAPI", false, "\x05\x04\x04\xff\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" + "\x01\x00\x00\x00al" + "sum", `"user":"al"}`},
		{"GSSAPI", false, "\x05\x04\x04\xff\x00\x03\x00\x04\x00\x00\x00\x00\x00\x00\x00\x01" + "lsum" + "\x01\x00\x00\x00a", `"user":"al"}`},
		{"GSSAPI", false, "\x05\x04\x06\xff\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" + "\x01\x00\x00\x00al" + "sum", `"tokenSizeBytes":25}`},
		{"GSSAPI", false, "\x05\x04\x04\xff\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" + "\x01\x00\x00\x00" + "sum", `"tokenSizeBytes":23}`},
		{"GSSAPI", false, "`\x82", `"tokenSizeBytes":2}`},
	} {
		token := decode.ReadSaslToken(test.mechanism, test.server, []byte(test.token))
		want := `{"mechanism":"` + test.mechanism + `",` + test.want
		if got := string(appendSaslToken(nil, &token)); got != want {
			t.Errorf("%q: %s, want %s", test.token, got, want)
		}
	}
}

// What is told of a SASL message is JSON, whatever it is, and never its secret.
func FuzzSaslToken(f *testing.F) {
	f.Add("SCRAM-SHA-256", true, []byte("r=nonceserver,s=c2FsdA==,i=4096"), "password")
	f.Add("GSSAPI", false, []byte("\x05\x04\x04\xff\x00\x03\x00\x04\x00\x00\x00\x00\x00\x00\x00\x01lsum\x01\x00\x00\x00a"), "pass,word=")
	f.Add("OAUTHBEARER", false, []byte("n,a=bob,\x01auth=Bearer abc.def.\x01cluster=c\x01\x01"), "abc.eyJzdWIiOiJib2IifQ.def")
	f.Fuzz(func(t *testing.T, mechanism string, server bool, token []byte, secret string) {
		shown := func(mechanism string, server bool, token []byte) string {
			told := decode.ReadSaslToken(mechanism, server, token)
			shown := appendSaslToken(nil, &told)
			if !json.Valid(shown) {
				t.Errorf("%s %q: %s", mechanism, token, shown)
			}
			return string(shown)
		}
		shown(mechanism, server, token)
		if strings.ContainsAny(secret, "\x00\x01") {
			return // it would end there
		}
		secret = "~~~" + secret // as which nothing else is shown
		inBase64 := base64.StdEncoding.EncodeToString([]byte(secret))
		for mechanism, form := range map[string]string{
			"PLAIN": "\x00alice\x00" + secret, "SCRAM-SHA-256": "c=biws,r=nonce,p=" + inBase64, "SCRAM-SHA-512": "v=" + inBase64,
			"OAUTHBEARER": "n,,\x01auth=Bearer " + secret + "\x01\x01",
		} {
			got := shown(mechanism, mechanism == "SCRAM-SHA-512", []byte(form))
			if strings.Contains(got, secret) || strings.Contains(got, inBase64) {
				t.Errorf("%s shows its secret %q: %s", mechanism, secret, got)
			}
		}
	})
}

// Once the rooms are as large as needed, printing records allocates nothing:
// plain or compressed ones, with headers, and those of internal topics.
func TestNothingIsAllocatedPerRecord(t *testing.T) {
	plain := make([]aRecord, 100)
	committed := make([]aRecord, 100)
	for i := range plain {
		plain[i] = aRecord{[]byte("key"), []byte("\x00\x00\x00\x00\x07value"), []string{"trace", "abc", "bytes", "\xff"}}
		committed[i] = aRecord{[]byte("\x00\x01\x00\x01g\x00\x01t\x00\x00\x00\x02"),
			[]byte("\x00\x03\x00\x00\x00\x00\x00\x00\x00\x0a\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"), nil}
	}
	for name, e := range map[string]*decode.Exchange{
		"plain": produced(t, "orders", batch2(t, 0, plain...)), "gzip": produced(t, "orders", batch2(t, 1, plain...)),
		"internal": produced(t, "__consumer_offsets", batch2(t, 0, committed...)),
		"magic 1":  produced(t, "orders", aDamagedSet(t, 1)),
	} {
		for _, format := range []Format{JSON, NDJSON} {
			p := New(discard{}, Options{Format: format, Records: Full})
			for range 100 {
				p.Exchange(e)
			}
			if n := testing.AllocsPerRun(100, func() { p.Exchange(e) }); n != 0 {
				t.Errorf("%s: %v allocations for 100 records", name, n)
			}
		}
	}
}

// Bytes are those of the records field.
func BenchmarkRecords(b *testing.B) {
	for _, size := range []int{100, 1000} {
		list := make([]aRecord, 100_000/size)
		for i := range list {
			list[i] = aRecord{[]byte("key-000123"), []byte(strings.Repeat("some text, as of logs; ", size/23+1)[:size]), nil}
		}
		field := batch2(b, 0, list...)
		e := produced(b, "orders", field)
		b.Run(map[int]string{100: "100 B", 1000: "1000 B"}[size], func(b *testing.B) {
			b.SetBytes(int64(len(field)))
			b.ReportAllocs()
			p := New(discard{}, Options{Format: NDJSON, Records: Full})
			for b.Loop() {
				p.Exchange(e)
			}
		})
	}
}

// Of records that were kept as they came, those before a hole are shown.
func TestKeptRecords(t *testing.T) {
	one := batch2(t, 1, aRecord{[]byte("k"), []byte("v"), nil})
	for _, test := range []struct {
		name string
		kept []byte
		stop []records.Batch
		want string
	}{
		{"whole", slices.Concat(one, one), nil, `"value":"v","headers":[]}]},{"baseOffset":100,`},
		{"a hole", slices.Concat(one, one[:30]), []records.Batch{{Err: "7 bytes are missing", Available: 50}},
			`"value":"v","headers":[]}]},{"partial":true,"size":` + strconv.Itoa(len(one)) + `,"available":30},{"error":"7 bytes are missing","size":50}]`},
		{"a hole at once", nil, []records.Batch{{Err: "7 bytes are missing", Available: 50}}, `"records":[{"error":"7 bytes are missing","size":50}]`},
	} {
		e := produce(t)
		e.Request.Batches = [][]records.Batch{test.stop}
		e.Request.Records = [][]byte{test.kept}
		e.Request.Body.Cuts[0].Size = len(test.kept) + 50
		got := printed(t, Options{Format: NDJSON, Records: Full}, e)
		if !strings.Contains(got, test.want) {
			t.Errorf("%s: %s\nlacks %s", test.name, got, test.want)
		}
		validate(t, strictSchema(t), got)
		text := printed(t, Options{Records: Full}, e)
		if n := strings.Count(text, `"k": "v"`); n != bytes.Count(test.kept, one) {
			t.Errorf("%s: %d records in %s", test.name, n, text)
		}
		if strings.Contains(text, "7 bytes are missing") != (test.stop != nil) {
			t.Errorf("%s: what is missing is not told of, or is: %s", test.name, text)
		}
	}
}

// snapshotPart is an exchange with a part of a snapshot, in which are found the
// batches that part says, if any.
func snapshotPart(t testing.TB, raw []byte, part *decode.Part) *decode.Exchange {
	t.Helper()
	snapshot := build(t, "FetchSnapshot", codec.Response, 0, map[string][]any{"topics": {1}, "topics[].name": {"__cluster_metadata"},
		"topics[].partitions": {1}, "topics[].partitions[].unalignedRecords": {[]records.Batch{{Size: len(raw)}}}})
	at := snapshot.Body.Cuts[0].At
	snapshot.Body = codec.Body{Bytes: append(append(bytes.Clone(snapshot.Body.Bytes[:at]), raw...), snapshot.Body.Bytes[at:]...)}
	snapshot.Batches = nil
	if part != nil {
		part.End = at + len(raw)
		snapshot.Parts = []decode.Part{*part}
	}
	return exchangeOf(t, snapshot)
}

// A part of a snapshot shows the batches that end in it.
func TestSnapshotPart(t *testing.T) {
	one := batch2(t, 0, aRecord{nil, []byte("\x01\x14\x00\x00"), nil})
	wrong := bytes.Clone(one)
	wrong[len(wrong)-2]++
	const (
		begin   = `"unalignedRecords":[`
		header  = `{"baseOffset":100,`
		record  = `"records":[{"offset":100,"timestamp":1000,"key":null,"value":{"type":"NoOpRecord","version":0,"data":{}},"headers":[]}]}`
		valid   = `"isvalid":true,` + record
		damaged = `"isvalid":false,"records":[{`
		partial = `{"partial":true,"size":72,"available":40}]`
	)
	for _, test := range []struct {
		name string
		raw  []byte
		part *decode.Part
		json []string
		text []string
		bad  bool
	}{
		{"the first", slices.Concat(wrong, one, one[:40]), &decode.Part{Bytes: slices.Concat(wrong, one, one[:40])},
			[]string{begin + header, damaged, valid, partial}, []string{"- offsets 100, 1 record", "- partial batch, 40 B of 72 B"}, true},
		{"going on", slices.Concat(one[20:], one, one[:40]), &decode.Part{Bytes: slices.Concat(one, one, one[:40]), Earlier: 20},
			[]string{begin + header, `"isvalid":true,"earlierBytes":20,` + record + `,` + header, valid, partial},
			[]string{"72 B, CreateTime 2000, leader epoch 0, 20 B of it in earlier parts\n", "- partial batch, 40 B of 72 B"}, false},
		{"going on, damaged", wrong[20:], &decode.Part{Bytes: wrong, Earlier: 20},
			[]string{begin + header, `"isvalid":false,"earlierBytes":20,"records":[{`}, []string{"20 B of it in earlier parts\n"}, true},
		{"the middle of a batch", one[5:40], &decode.Part{Before: 35},
			[]string{begin + `{"partial":true,"available":35}]`}, []string{"records 35 B", "unalignedRecords: 35 B"}, false},
		{"behind a batch of which nothing is known", slices.Concat(one[20:], one, one[:40]), &decode.Part{Bytes: slices.Concat(one, one[:40]), Before: 52},
			[]string{begin + `{"partial":true,"available":52},` + header, valid, partial},
			[]string{"- partial batch, 52 B\n", `null: {"type":"NoOpRecord"`}, false},
		{"within a batch", one[20:], nil,
			[]string{begin + `{"partial":true,"available":52}]`}, []string{"unalignedRecords: 52 B"}, false},
	} {
		e := snapshotPart(t, test.raw, test.part)
		got := printed(t, Options{Format: NDJSON, Records: Full}, e)
		validate(t, strictSchema(t), got)
		text := printed(t, Options{Verbose: true, Records: Full}, e)
		for _, want := range test.json {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %s\nlacks %s", test.name, got, want)
			}
		}
		for _, want := range test.text {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %s\nlacks %q", test.name, text, want)
			}
		}
		if strings.Contains(text, "bad-batches") != test.bad {
			t.Errorf("%s: bad batches in %s", test.name, text)
		}
		headers := printed(t, Options{Format: NDJSON}, e)
		validate(t, strictSchema(t), headers)
		if strings.Contains(headers, `"records":[`) || strings.Contains(headers, `"earlierBytes"`) != strings.Contains(got, `"earlierBytes"`) {
			t.Errorf("%s: the headers alone are %s", test.name, headers)
		}
	}
}

// Whatever bytes a records field holds, what is printed is one line of JSON
// that fits the schema.
func FuzzRecords(f *testing.F) {
	f.Add("orders", batch2(f, 0, aRecord{[]byte("k"), []byte("v"), []string{"h", "v"}}))
	f.Add("orders", batch2(f, 0x21, aRecord{[]byte{0, 0, 0, 1}, []byte{0, 0, 0, 0, 0, 7}, nil}))
	f.Add("__consumer_offsets", batch2(f, 1, aRecord{[]byte("\x00\x02\x00\x01g"), []byte("\x00\x00"), nil}))
	f.Add("orders", append(message0(0, 0, "k", "v"), message0(1, 2, "k", "v")...))
	schema := strictSchema(f)
	const around = `{"type":"request","time":"2026-11-22T13:53:01.000542Z","client":"10.0.0.7:1","server":"10.0.0.2:2","connection":"10.0.0.2:2-10.0.0.7:1-3",` +
		`"requestHeader":{"requestApiKey":0,"requestApiVersion":0,"correlationId":0},"requestSizeBytes":1,"unanswered":"acks=0","request":{"records":`
	f.Fuzz(func(t *testing.T, topic string, field []byte) {
		if len(topic) > 100 || len(field) > 1<<16 {
			return
		}
		var out bytes.Buffer
		p := newJSON(&output{w: &out}, Options{Format: NDJSON, Records: Full, MaxInflate: 1 << 20})
		rest := p.values.records.appendBatches(nil, &batchReader{rest: field}, codec.InternalTopicByName(topic))
		got := append(out.Bytes(), rest...)
		if bytes.IndexByte(got, '\n') >= 0 {
			t.Errorf("%s", got)
		}
		validate(t, schema, around+string(got)+"}}")
	})
}

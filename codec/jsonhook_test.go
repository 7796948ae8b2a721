package codec_test

import (
	"testing"

	"github.com/kdump/kdump/codec"
)

// spilling is a hook that writes out what there is in records fields.
type spilling struct{ out []byte }

func (s *spilling) AppendValue(dst []byte, _ *codec.Walker, op *codec.Op, raw []byte) ([]byte, bool) {
	if op.Kind != codec.Records {
		return dst, false
	}
	s.out = append(s.out, dst...)
	return codec.AppendJSONBytes(dst[:0], raw), true
}

func (s *spilling) AppendTag(dst []byte, _ *codec.Walker, _ []byte) ([]byte, bool) { return dst, false }

// Where a hook writes out what is there, what it writes and what is returned
// are the message.
func TestJSONHookWritesOut(t *testing.T) {
	for _, test := range []struct {
		api       string
		direction codec.Direction
		versions  []int16
		json      string
	}{
		{"Produce", codec.Request, []int16{3, 9}, `{"transactionalId":null,"acks":1,"timeoutMs":2,"topicData":[` +
			`{"name":"a","partitionData":[{"index":0,"records":"AQI="},{"index":1,"records":"Aw=="}]},` +
			`{"name":"b","partitionData":[{"index":0,"records":null}]},{"name":"c","partitionData":[{"index":7,"records":""}]}]}`},
		{"Fetch", codec.Response, []int16{11, 12}, `{"throttleTimeMs":0,"errorCode":0,"sessionId":0,"responses":[{"topic":"a","partitions":[` +
			`{"partitionIndex":0,"errorCode":0,"highWatermark":1,"lastStableOffset":1,"logStartOffset":0,"abortedTransactions":[],` +
			`"preferredReadReplica":-1,"records":"AQI="}]}]}`},
	} {
		for _, version := range test.versions {
			layout, err := codec.APIByName(test.api).Layout(test.direction, version)
			if err != nil {
				t.Fatal(err)
			}
			tree, err := codec.ParseJSON(layout, []byte(test.json))
			if err != nil {
				t.Fatal(err)
			}
			body, err := codec.AppendMessage(nil, tree)
			if err != nil {
				t.Fatal(err)
			}
			var hook spilling
			rest, err := (&codec.JSON{Hook: &hook}).Append(nil, layout, codec.Body{Bytes: body})
			if got := string(hook.out) + string(rest); err != nil || got != test.json {
				t.Errorf("%s: %v\n%s, want\n%s", layout, err, got, test.json)
			}
		}
	}
}

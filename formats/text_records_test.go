package formats

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/decode"
)

func TestRecordLines(t *testing.T) {
	for _, test := range []struct {
		name  string
		opt   Options
		topic string
		field []byte
		want  []string
	}{
		{"full", Options{Records: Full}, "orders",
			batch2(t, 0, aRecord{[]byte("k"), []byte("a \x1b[31m"), []string{"h", "\xff"}}, aRecord{nil, []byte("\x00\x00\x00\x00\x07x"), nil}),
			[]string{"              - offsets 100-101, 2 records,", "\n                100 @1000 \"k\": \"a \\x1b[31m\" {\"h\": 1 B ff}\n",
				"\n                101 @1001 null: schema 7 \"\\x00\\x00\\x00\\x00\\x07x\"\n"}},
		{"keys", Options{Records: Keys}, "orders", batch2(t, 0, aRecord{[]byte("k"), []byte("v"), nil}), []string{"\n                100 @1000 \"k\"\n"}},
		{"long", Options{Records: Full}, "orders", batch2(t, 0, aRecord{nil, []byte(strings.Repeat("ä", 2000)), nil}),
			[]string{strings.Repeat("ä", 500) + "\"...\n"}},
		{"commit", Options{Records: Full}, "orders", batch2(t, 0x20, aRecord{[]byte{0, 0, 0, 1}, []byte{0, 0, 0, 0, 0, 7}, nil}),
			[]string{`100 @1000 {"type":"COMMIT","version":0,"coordinatorEpoch":7}`}},
		{"cut", Options{Records: Full}, "orders", batch2(t, 0, aRecord{nil, []byte("v"), nil})[:65], []string{"partial batch, 65 B of 69 B"}},
		{"a bomb", Options{Records: Full, MaxInflate: 100}, "orders", batch2(t, 1, aRecord{nil, make([]byte, 500), nil}),
			[]string{"cannot be read: it inflates to more than 100 bytes, the limit\n"}},
		{"internal", Options{Records: Full}, "__transaction_state", batch2(t, 0, aRecord{[]byte("\x00\x00\x00\x01t"), nil, nil}),
			[]string{`{"type":"TransactionLogKey","version":0,"data":{"transactionalId":"t"}}: null`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, test.opt.Verbose = range []bool{true, false} {
				got := printed(t, test.opt, produced(t, test.topic, test.field)) + "\n"
				for _, want := range test.want {
					if !strings.Contains(got, want) {
						t.Errorf("%s\nlacks %q", got, want)
					}
				}
			}
		})
	}
}

// Without -v nothing but records stands below a line.
func TestRecordsAloneBelowTheLine(t *testing.T) {
	got := printed(t, Options{Records: Full}, produced(t, "orders", batch2(t, 0, aRecord{[]byte("k"), []byte("v"), nil})))
	_, below, _ := strings.Cut(got, "\n")
	const want = `    topicData:
      - name: "orders"
        partitionData:
          - index: 2
            records:
              - offsets 100, 1 record, 70 B, CreateTime 2000, leader epoch 0
                100 @1000 "k": "v"`
	if diff := cmp.Diff(want, below); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, e := range []*decode.Exchange{
		produced(t, "orders", nil),
		anExchange(build(t, "Heartbeat", codec.Request, 0, nil), build(t, "Heartbeat", codec.Response, 0, nil)),
	} {
		if got := printed(t, Options{Records: Full}, e); strings.Contains(got, "\n") {
			t.Errorf("more than a line:\n%s", got)
		}
	}
}

func TestPayloadInTree(t *testing.T) {
	e := anExchange(build(t, "SyncGroup", codec.Request, 5, fields{"protocolType": {"consumer"}, "assignments": {1},
		"assignments[].assignment": {"\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff"}}), build(t, "SyncGroup", codec.Response, 5, fields{"assignment": {"?"}}))
	got := printed(t, Options{Verbose: true}, e)
	for _, want := range []string{
		`assignment: {"type":"ConsumerProtocolAssignment","version":0,"data":{"assignedPartitions":[],"userData":null}}`, "assignment: 1 B 3f"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nlacks %s", got, want)
		}
	}
}

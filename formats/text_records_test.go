package formats

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
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
		{"long headers", Options{Records: Full}, "orders",
			batch2(t, 0, aRecord{nil, []byte(strings.Repeat("v", 1000)), []string{strings.Repeat("k", 101), strings.Repeat("ä", 51), strings.Repeat("k", 100), "\xff"}}),
			[]string{` {"` + strings.Repeat("k", 100) + `"...: "` + strings.Repeat("ä", 50) + `"..., "` + strings.Repeat("k", 100) + "\": 1 B ff}\n",
				`"` + strings.Repeat("v", 1000) + `" {`}},
		{"commit", Options{Records: Full}, "orders", batch2(t, 0x20, aRecord{[]byte{0, 0, 0, 1}, []byte{0, 0, 0, 0, 0, 7}, nil}),
			[]string{`100 @1000 {"type":"COMMIT","version":0,"coordinatorEpoch":7}`}},
		{"cut", Options{Records: Full}, "orders", batch2(t, 0, aRecord{nil, []byte("v"), nil})[:65], []string{"partial batch, 65 B of 69 B"}},
		{"a bomb", Options{Records: Full, MaxInflate: 100}, "orders", batch2(t, 1, aRecord{nil, make([]byte, 500), nil}),
			[]string{"cannot be read: it inflates to more than 100 bytes, the limit\n"}},
		{"damaged", Options{Records: Full}, "orders", aDamagedSet(t, 1),
			[]string{"\n                9 @5000 \"k\": \"good\"\n                9 @5000 wrong CRC \"k\": \"damaged\"\n"}},
		{"damaged, in colour", Options{Records: Full, Color: true}, "orders", aDamagedSet(t, 0), []string{"9 \x1b[31;1mwrong CRC\x1b["}},
		{"internal", Options{Records: Full}, "__transaction_state", batch2(t, 0, aRecord{[]byte("\x00\x00\x00\x01t"), nil, nil}),
			[]string{`{"type":"TransactionLogKey","version":0,"data":{"transactionalId":"t"}}: null`}},
		{"a secret that cannot be read", Options{Records: Full}, "__cluster_metadata",
			batch2(t, 0, aRecord{nil, []byte("\x01\x0b\x01\x02a\x01\x05salt"), nil}, aRecord{nil, []byte("\x01\x02\x7f"), nil}),
			[]string{"100 @1000 null: <withheld> (cannot be read: UserScramCredentialRecord v1 is newer than the newest known, v0)\n",
				"101 @1001 null: \"\\x01\\x02\\x7f\" (cannot be read: TopicRecord v127 is newer"}},
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

// What a batch says of itself is said whole, be it as it may.
func TestBatchLines(t *testing.T) {
	usual := records.Batch{Magic: 2, BaseOffset: 5, LastOffset: 9, Count: 5, Size: 100, ProducerID: -1, PartitionLeaderEpoch: -1,
		BaseTimestamp: 7, MaxTimestamp: 8, Header: true, Valid: true}
	with := func(change func(*records.Batch)) records.Batch {
		b := usual
		change(&b)
		return b
	}
	for _, test := range []struct {
		batch records.Batch
		want  string
	}{
		{usual, "- offsets 5-9, 5 records, 100 B, CreateTime 8\n"},
		{with(func(b *records.Batch) { b.BaseOffset, b.LastOffset, b.Count = 0, -4, -3 }), "- offsets 0 to -4, -3 records, 100 B, CreateTime 8\n"},
		{with(func(b *records.Batch) { b.Attributes = 0x45 }), "- offsets 5-9, 5 records, 100 B, codec 5, CreateTime 8, delete horizon 7\n"},
		{with(func(b *records.Batch) { b.Attributes = 4; b.Valid = false }), "- offsets 5-9, 5 records, 100 B, zstd, CreateTime 8, wrong CRC\n"},
	} {
		if got := printed(t, Options{Verbose: true}, produce(t, test.batch)); !strings.Contains(got, test.want) {
			t.Errorf("%s\nlacks %s", got, test.want)
		}
	}
	if got := printed(t, Options{}, produce(t, with(func(b *records.Batch) { b.Attributes = 5 }))); !strings.Contains(got, "5 records 500 B codec 5") {
		t.Error(got)
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
		"assignments[].assignment": {"\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff"}}), build(t, "SyncGroup", codec.Response, 5, fields{"protocolType": {"consumer"}, "assignment": {"?"}}))
	got := printed(t, Options{Verbose: true}, e)
	for _, want := range []string{
		`assignment: {"type":"ConsumerProtocolAssignment","version":0,"data":{"assignedPartitions":[],"userData":null}}`, "assignment: 1 B 3f (cannot be read: ConsumerProtocolAssignment ends within its version)"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nlacks %s", got, want)
		}
	}
}

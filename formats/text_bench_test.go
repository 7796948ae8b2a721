package formats

import (
	"io"
	"testing"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
	"github.com/kdump/kdump/decode"
)

// fetchOf makes a Fetch of n partitions, all with records.
func fetchOf(b testing.TB, n int) *decode.Exchange {
	indexes, sets := make([]any, n), make([]any, n)
	for i := range n {
		indexes[i], sets[i] = i, []records.Batch{tenRecords}
	}
	return anExchange(
		build(b, "Fetch", codec.Request, 12, fields{"topics": {1}, "topics[].topic": {"orders"}, "topics[].partitions": {n},
			"topics[].partitions[].partition": indexes}),
		build(b, "Fetch", codec.Response, 12, fields{"responses": {1}, "responses[].topic": {"orders"}, "responses[].partitions": {n},
			"responses[].partitions[].partitionIndex": indexes, "responses[].partitions[].records": sets}))
}

func BenchmarkText(b *testing.B) {
	produce := anExchange(
		build(b, "Produce", codec.Request, 9, fields{"topicData": {1}, "topicData[].name": {"orders"}, "topicData[].partitionData": {1},
			"topicData[].partitionData[].records": {[]records.Batch{tenRecords}}}),
		build(b, "Produce", codec.Response, 9, fields{"responses": {1}, "responses[].name": {"orders"}, "responses[].partitionResponses": {1}}))
	heartbeat := anExchange(
		build(b, "Heartbeat", codec.Request, 4, fields{"groupId": {"billing"}, "memberId": {"billing-1"}}),
		build(b, "Heartbeat", codec.Response, 4, nil))
	exchanges := []struct {
		name string
		*decode.Exchange
	}{{"Heartbeat", heartbeat}, {"Produce", produce}, {"Fetch1", fetchOf(b, 1)}, {"Fetch100", fetchOf(b, 100)}}
	for _, opt := range []struct {
		name string
		Options
	}{{"Line", Options{}}, {"Colour", Options{Color: true}}, {"Tree", Options{Verbose: true}}} {
		for _, e := range exchanges {
			b.Run(opt.name+"/"+e.name, func(b *testing.B) {
				p := New(io.Discard, opt.Options)
				b.ReportAllocs()
				for b.Loop() {
					p.Exchange(e.Exchange)
				}
			})
		}
	}
}

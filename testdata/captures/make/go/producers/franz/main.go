// Franz produces the records of lists.sh by franz-go, with each codec and in a transaction, and consumes them again. Arguments: the broker, the
// records, the list to write.
package main

import (
	"context"
	"log"
	"os"
	"time"

	"github.com/kdump/kdump/testdata/captures/make/go/producers"
	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

func run(broker, records, written string) error {
	list, err := producers.Open(records, "github.com/twmb/franz-go", "")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	seed := kgo.SeedBrokers(broker)
	for _, c := range []struct {
		topic, codec string
		options      []kgo.Opt
	}{
		{"kgo-none", "none", []kgo.Opt{kgo.ProducerBatchCompression(kgo.NoCompression())}},
		{"kgo-gzip", "gzip", []kgo.Opt{kgo.ProducerBatchCompression(kgo.GzipCompression())}},
		{"kgo-snappy", "snappy", []kgo.Opt{kgo.ProducerBatchCompression(kgo.SnappyCompression())}},
		{"kgo-lz4", "lz4", []kgo.Opt{kgo.ProducerBatchCompression(kgo.Lz4Compression())}},
		{"kgo-zstd", "zstd", []kgo.Opt{kgo.ProducerBatchCompression(kgo.ZstdCompression())}},
		{"kgo-transaction", "none", []kgo.Opt{kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.TransactionalID("franz-producers")}},
	} {
		client, err := kgo.NewClient(append(c.options, seed, kgo.DefaultProduceTopic(c.topic), kgo.AllowAutoTopicCreation(), kgo.ProducerLinger(20*time.Millisecond))...)
		if err != nil {
			return err
		}
		if err := produce(ctx, client, list, c.codec, len(c.options) > 1); err != nil {
			return err
		}
		client.Close()
	}
	client, err := kgo.NewClient(seed, kgo.ConsumeTopics(list.Topics()...), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	defer client.Close()
	for list.Missing() > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		for _, r := range fetches.Records() {
			headers := []producers.Header{}
			for _, h := range r.Headers {
				headers = append(headers, producers.Header(h))
			}
			got := producers.Record{Key: r.Key, Value: r.Value, Headers: headers, Timestamp: new(r.Timestamp.UnixMilli())}
			if err := list.Take(r.Topic, r.Partition, r.Offset, got); err != nil {
				return err
			}
		}
	}
	return list.Write(written)
}

func produce(ctx context.Context, client *kgo.Client, list *producers.List, codec string, transaction bool) error {
	if transaction {
		if err := client.BeginTransaction(); err != nil {
			return err
		}
	}
	var batch []*kgo.Record
	handed := map[*kgo.Record]producers.Record{}
	for _, r := range list.Records(codec) {
		var headers []kgo.RecordHeader
		for _, h := range r.Headers {
			headers = append(headers, kgo.RecordHeader(h))
		}
		record := &kgo.Record{Key: r.Key, Value: r.Value, Headers: headers, Timestamp: time.UnixMilli(*r.Timestamp)}
		batch, handed[record] = append(batch, record), r
	}
	for _, result := range client.ProduceSync(ctx, batch...) {
		if result.Err != nil {
			return result.Err
		}
		list.Add(result.Record.Topic, result.Record.Partition, result.Record.Offset, handed[result.Record])
	}
	if transaction {
		return client.EndTransaction(ctx, kgo.TryCommit)
	}
	return nil
}

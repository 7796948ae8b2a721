// Quickstart creates a topic, produces to it and consumes from it in a group.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(broker string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	const topic, records = "orders", 30

	client, err := kgo.NewClient(
		kgo.SeedBrokers(broker),
		kgo.ClientID("orders-service"),
		kgo.ConsumerGroup("billing"),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchMaxWait(500*time.Millisecond),
		kgo.DisableAutoCommit(),
	)
	if err != nil {
		return err
	}
	defer client.Close()

	if _, err := kadm.NewClient(client).CreateTopic(ctx, 2, 1, nil, topic); err != nil {
		return fmt.Errorf("create %s: %w", topic, err)
	}
	for i := range records {
		record := &kgo.Record{Topic: topic, Key: fmt.Appendf(nil, "customer-%d", i%7), Value: fmt.Appendf(nil, `{"order":%d,"amount":%d}`, i, i*31%97)}
		if i%10 < 9 {
			client.Produce(ctx, record, nil)
		} else if err := client.ProduceSync(ctx, record).FirstErr(); err != nil {
			return fmt.Errorf("produce to %s: %w", topic, err)
		}
	}
	if err := client.Flush(ctx); err != nil {
		return fmt.Errorf("flush: %w", err)
	}
	for consumed := 0; consumed < records; {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("consume %s: %w", topic, err)
		}
		consumed += fetches.NumRecords()
		if err := client.CommitUncommittedOffsets(ctx); err != nil {
			return fmt.Errorf("commit %s: %w", topic, err)
		}
	}
	return client.LeaveGroupContext(ctx)
}

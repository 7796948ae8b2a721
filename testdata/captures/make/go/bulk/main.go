// Bulk produces a number of megabytes to a topic, in records of about 1 KB, and consumes them again.
package main

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	topic     = "bulk"
	valueSize = 1000
	// pace is how many records go out before a pause: tcpdump has to keep up.
	pace      = 2000
	paceSleep = 20 * time.Millisecond
)

func main() {
	megabytes, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatalf("megabytes: %v", err)
	}
	if err := run(os.Args[1], megabytes*1_000_000/valueSize); err != nil {
		log.Fatal(err)
	}
}

func run(broker string, records int) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()

	producer, err := kgo.NewClient(
		kgo.SeedBrokers(broker),
		kgo.ClientID("bulk-producer"),
		kgo.DefaultProduceTopic(topic),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ProducerLinger(5*time.Millisecond),
	)
	if err != nil {
		return err
	}
	defer producer.Close()
	if _, err := kadm.NewClient(producer).CreateTopic(ctx, 6, 1, nil, topic); err != nil {
		return fmt.Errorf("create %s: %w", topic, err)
	}

	consumer, err := kgo.NewClient(
		kgo.SeedBrokers(broker),
		kgo.ClientID("bulk-consumer"),
		kgo.ConsumerGroup("bulk-group"),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)
	if err != nil {
		return err
	}
	defer consumer.Close()

	var consumed error
	var wait sync.WaitGroup
	wait.Go(func() { consumed = consume(ctx, consumer, records) })
	if err := produce(ctx, producer, records); err != nil {
		return fmt.Errorf("produce: %w", err)
	}
	wait.Wait()
	if consumed != nil {
		return fmt.Errorf("consume: %w", consumed)
	}
	return nil
}

func produce(ctx context.Context, client *kgo.Client, records int) error {
	random := rand.New(rand.NewPCG(1, 2))
	var mu sync.Mutex
	var failed error
	for i := range records {
		value := make([]byte, valueSize-100+random.IntN(200))
		for j := range value {
			value[j] = 'a' + byte(random.IntN(26))
		}
		client.Produce(ctx, &kgo.Record{Key: strconv.AppendInt(nil, int64(i), 10), Value: value}, func(_ *kgo.Record, err error) {
			if err != nil {
				mu.Lock()
				failed = err
				mu.Unlock()
			}
		})
		if i%pace == pace-1 {
			time.Sleep(paceSleep)
		}
	}
	if err := client.Flush(ctx); err != nil {
		return err
	}
	mu.Lock()
	defer mu.Unlock()
	return failed
}

func consume(ctx context.Context, client *kgo.Client, records int) error {
	for got := 0; got < records; {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		got += fetches.NumRecords()
	}
	return client.CommitUncommittedOffsets(ctx)
}

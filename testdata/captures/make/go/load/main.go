// Load produces and consumes as fast as it can for a number of seconds, in batches and one small record at a time, and says
// how much that was and what processor time it took.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	topic      = "load"
	partitions = 4
	// singles is how many producers wait for each record before they send the next.
	singles = 8
)

func main() {
	seconds, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatalf("seconds: %v", err)
	}
	if err := run(os.Args[1], time.Duration(seconds)*time.Second); err != nil {
		log.Fatal(err)
	}
}

func run(broker string, duration time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), duration)
	defer cancel()
	seed := kgo.SeedBrokers(broker)
	admin, err := kgo.NewClient(seed)
	if err != nil {
		return err
	}
	defer admin.Close()
	if answer, err := kadm.NewClient(admin).CreateTopic(ctx, partitions, 1, nil, topic); err != nil && answer.ErrMessage == "" {
		return fmt.Errorf("create %s: %w", topic, err)
	}

	var produced, consumed, requests atomic.Int64
	var wait sync.WaitGroup
	start := func(work func(*kgo.Client), options ...kgo.Opt) error {
		client, err := kgo.NewClient(append(options, seed, kgo.DefaultProduceTopic(topic))...)
		if err != nil {
			return err
		}
		wait.Go(func() {
			defer client.Close()
			work(client)
		})
		return nil
	}
	bulk := func(client *kgo.Client) {
		value := make([]byte, 1000)
		for ctx.Err() == nil {
			client.Produce(ctx, &kgo.Record{Value: value}, func(_ *kgo.Record, err error) {
				if err == nil {
					produced.Add(1)
				}
			})
		}
	}
	single := func(client *kgo.Client) {
		for ctx.Err() == nil {
			if client.ProduceSync(ctx, kgo.StringRecord("one small record")).FirstErr() == nil {
				produced.Add(1)
				requests.Add(1)
			}
		}
	}
	consume := func(client *kgo.Client) {
		for ctx.Err() == nil {
			consumed.Add(int64(client.PollFetches(ctx).NumRecords()))
		}
	}
	if err := start(bulk, kgo.ClientID("bulk"), kgo.ProducerBatchCompression(kgo.NoCompression())); err != nil {
		return err
	}
	for range singles {
		if err := start(single, kgo.ClientID("single"), kgo.ProducerLinger(0)); err != nil {
			return err
		}
	}
	for range 2 {
		if err := start(consume, kgo.ClientID("consumer"), kgo.ConsumerGroup("load"), kgo.ConsumeTopics(topic)); err != nil {
			return err
		}
	}
	wait.Wait()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return err
	}
	cpu := time.Duration(used.Utime.Nano() + used.Stime.Nano())
	fmt.Printf("%d produced, %d of them one at a time, %d consumed; %.1f s of processor time\n", produced.Load(), requests.Load(), consumed.Load(), cpu.Seconds())
	return nil
}

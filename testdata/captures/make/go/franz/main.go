// Franz exercises franz-go: its producer, group consumer, transactions and admin client.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"
)

func main() {
	broker, release := os.Args[1], os.Args[2]
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for _, step := range []struct {
		name string
		run  func(context.Context, string, ...kgo.Opt) error
	}{{"admin", admin}, {"produce", produce}, {"consume", consume}, {"transact", transact}} {
		if err := step.run(ctx, broker, kgo.ClientID("franz-"+step.name), kgo.MaxVersions(kversion.FromString(release))); err != nil {
			log.Fatalf("%s: %v", step.name, err)
		}
	}
}

func open(broker string, opts []kgo.Opt, more ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append(append([]kgo.Opt{kgo.SeedBrokers(broker)}, opts...), more...)...)
}

func admin(ctx context.Context, broker string, opts ...kgo.Opt) error {
	client, err := open(broker, opts)
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	if _, err := admin.CreateTopics(ctx, 2, 1, map[string]*string{"retention.ms": kadm.StringPtr("3600000")}, "franz-orders", "franz-results"); err != nil {
		return err
	}
	if _, err := admin.CreateTopic(ctx, 1, 1, nil, "franz-orders"); !errors.Is(err, kerr.TopicAlreadyExists) {
		return fmt.Errorf("creating a topic twice: %w", err)
	}
	if _, err := admin.ListTopics(ctx); err != nil {
		return err
	}
	if _, err := admin.DescribeTopicConfigs(ctx, "franz-orders"); err != nil {
		return err
	}
	if _, err := admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms", Value: kadm.StringPtr("7200000")}}, "franz-orders"); err != nil {
		return err
	}
	if _, err := admin.ListEndOffsets(ctx, "franz-orders"); err != nil {
		return err
	}
	if _, err := admin.ListOffsetsAfterMilli(ctx, 1763819581000, "franz-orders"); err != nil {
		return err
	}
	if _, err := admin.DescribeAllLogDirs(ctx, nil); err != nil {
		return err
	}
	if _, err := admin.UpdatePartitions(ctx, 4, "franz-results"); err != nil {
		return err
	}
	_, err = admin.BrokerMetadata(ctx)
	return err
}

func produce(ctx context.Context, broker string, opts ...kgo.Opt) error {
	codecs := []kgo.CompressionCodec{kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()}
	for i, codec := range codecs {
		for _, acks := range []kgo.Acks{kgo.NoAck(), kgo.LeaderAck(), kgo.AllISRAcks()} {
			more := []kgo.Opt{kgo.ProducerBatchCompression(codec), kgo.RequiredAcks(acks), kgo.DefaultProduceTopic("franz-orders")}
			if acks != kgo.AllISRAcks() {
				more = append(more, kgo.DisableIdempotentWrite())
			}
			client, err := open(broker, opts, more...)
			if err != nil {
				return err
			}
			for j := range 10 {
				client.Produce(ctx, &kgo.Record{
					Key:     fmt.Appendf(nil, "key-%d", j),
					Value:   fmt.Appendf(nil, "value %d of codec %d, compressible, compressible, compressible", j, i),
					Headers: []kgo.RecordHeader{{Key: "trace", Value: []byte("t")}},
				}, nil)
			}
			err = client.ProduceSync(ctx, &kgo.Record{Value: make([]byte, 5000)}).FirstErr()
			client.Close()
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func consume(ctx context.Context, broker string, opts ...kgo.Opt) error {
	for _, balancer := range []kgo.GroupBalancer{kgo.CooperativeStickyBalancer(), kgo.RoundRobinBalancer(), kgo.RangeBalancer()} {
		group := "franz-" + balancer.ProtocolName()
		client, err := open(broker, opts,
			kgo.ConsumerGroup(group), kgo.Balancers(balancer), kgo.ConsumeTopics("franz-orders"), kgo.InstanceID("franz-1"),
			kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.HeartbeatInterval(200*time.Millisecond), kgo.FetchMaxWait(300*time.Millisecond))
		if err != nil {
			return err
		}
		for got := 0; got < 100; {
			fetches := client.PollFetches(ctx)
			if err := fetches.Err(); err != nil {
				return err
			}
			got += fetches.NumRecords()
		}
		time.Sleep(500 * time.Millisecond)
		admin := kadm.NewClient(client)
		if _, err := admin.DescribeGroups(ctx, group); err != nil {
			return err
		}
		if err := client.CommitUncommittedOffsets(ctx); err != nil {
			return err
		}
		if _, err := admin.FetchOffsets(ctx, group); err != nil {
			return err
		}
		if err := client.LeaveGroupContext(ctx); err != nil {
			return err
		}
		client.Close()
	}
	return nil
}

func transact(ctx context.Context, broker string, opts ...kgo.Opt) error {
	session, err := kgo.NewGroupTransactSession(append([]kgo.Opt{
		kgo.SeedBrokers(broker), kgo.TransactionalID("franz-tx"), kgo.ConsumerGroup("franz-tx-group"), kgo.ConsumeTopics("franz-orders"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.RequireStableFetchOffsets(),
	}, opts...)...)
	if err != nil {
		return err
	}
	defer session.Close()
	for _, end := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort} {
		if err := session.Begin(); err != nil {
			return err
		}
		if err := session.ProduceSync(ctx, &kgo.Record{Topic: "franz-results", Value: []byte("result")}).FirstErr(); err != nil {
			return err
		}
		if err := session.PollFetches(ctx).Err(); end == kgo.TryCommit && err != nil {
			return err
		}
		if _, err := session.End(ctx, end); err != nil {
			return err
		}
	}
	return nil
}

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
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

func main() {
	release := os.Args[2]
	run := &exercise{broker: os.Args[1], versions: kversion.FromString(release), topic: "franz-" + release}
	if run.versions == nil {
		log.Fatalf("%s is no Kafka release that franz-go knows", release)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for _, step := range []struct {
		name  string
		needs kmsg.Key
		run   func(context.Context, ...kgo.Opt) error
	}{
		{"admin", kmsg.IncrementalAlterConfigs, run.admin},
		{"produce", kmsg.Produce, run.produce},
		{"consume", kmsg.JoinGroup, run.consume},
		{"transact", kmsg.IncrementalAlterConfigs, run.transact},
	} {
		if !run.versions.HasKey(step.needs.Int16()) {
			continue
		}
		if err := step.run(ctx, kgo.ClientID("franz-"+step.name)); err != nil {
			log.Fatalf("%s at %s: %v", step.name, release, err)
		}
	}
}

// exercise is one run of all steps, with the API versions of one Kafka release at most.
type exercise struct {
	broker   string
	versions *kversion.Versions
	topic    string
}

func (e *exercise) open(opts []kgo.Opt, more ...kgo.Opt) (*kgo.Client, error) {
	opts = append([]kgo.Opt{kgo.SeedBrokers(e.broker), kgo.MaxVersions(e.versions), kgo.AllowAutoTopicCreation()}, opts...)
	return kgo.NewClient(append(opts, more...)...)
}

func (e *exercise) admin(ctx context.Context, opts ...kgo.Opt) error {
	client, err := e.open(opts)
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	if _, err := admin.CreateTopics(ctx, 2, 1, map[string]*string{"retention.ms": kadm.StringPtr("3600000")}, e.topic, e.topic+"-results"); err != nil {
		return err
	}
	if _, err := admin.CreateTopic(ctx, 1, 1, nil, e.topic); !errors.Is(err, kerr.TopicAlreadyExists) {
		return fmt.Errorf("creating a topic twice: %w", err)
	}
	if _, err := admin.ListTopics(ctx); err != nil {
		return err
	}
	if _, err := admin.DescribeTopicConfigs(ctx, e.topic); err != nil {
		return err
	}
	if _, err := admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms", Value: kadm.StringPtr("7200000")}}, e.topic); err != nil {
		return err
	}
	if _, err := admin.ListEndOffsets(ctx, e.topic); err != nil {
		return err
	}
	if _, err := admin.ListOffsetsAfterMilli(ctx, 1763819581000, e.topic); err != nil {
		return err
	}
	if _, err := admin.DescribeAllLogDirs(ctx, nil); err != nil {
		return err
	}
	if _, err := admin.UpdatePartitions(ctx, 4, e.topic+"-results"); err != nil {
		return err
	}
	_, err = admin.BrokerMetadata(ctx)
	return err
}

func (e *exercise) produce(ctx context.Context, opts ...kgo.Opt) error {
	codecs := []kgo.CompressionCodec{kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()}
	for i, codec := range codecs {
		for _, acks := range []kgo.Acks{kgo.NoAck(), kgo.LeaderAck(), kgo.AllISRAcks()} {
			more := []kgo.Opt{kgo.ProducerBatchCompression(codec), kgo.RequiredAcks(acks), kgo.DefaultProduceTopic(e.topic)}
			if acks != kgo.AllISRAcks() || !e.versions.HasKey(kmsg.InitProducerID.Int16()) {
				more = append(more, kgo.DisableIdempotentWrite())
			}
			client, err := e.open(opts, more...)
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

func (e *exercise) consume(ctx context.Context, opts ...kgo.Opt) error {
	for _, balancer := range []kgo.GroupBalancer{kgo.CooperativeStickyBalancer(), kgo.RoundRobinBalancer(), kgo.RangeBalancer()} {
		group := e.topic + "-" + balancer.ProtocolName()
		client, err := e.open(opts,
			kgo.ConsumerGroup(group), kgo.Balancers(balancer), kgo.ConsumeTopics(e.topic), kgo.InstanceID("franz-1"),
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

func (e *exercise) transact(ctx context.Context, opts ...kgo.Opt) error {
	session, err := kgo.NewGroupTransactSession(append([]kgo.Opt{
		kgo.SeedBrokers(e.broker), kgo.MaxVersions(e.versions), kgo.TransactionalID(e.topic + "-tx"), kgo.ConsumerGroup(e.topic + "-tx-group"), kgo.ConsumeTopics(e.topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
	}, opts...)...)
	if err != nil {
		return err
	}
	defer session.Close()
	for _, end := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort} {
		if err := session.Begin(); err != nil {
			return err
		}
		if err := session.ProduceSync(ctx, &kgo.Record{Topic: e.topic + "-results", Value: []byte("result")}).FirstErr(); err != nil {
			return err
		}
		// There is something to consume the first time only.
		if end == kgo.TryCommit {
			if err := session.PollFetches(ctx).Err(); err != nil {
				return err
			}
		}
		if _, err := session.End(ctx, end); err != nil {
			return err
		}
	}
	return nil
}

// Sarama exercises sarama at the protocol release that it is told: its producers, group consumer and admin client.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
)

func main() {
	broker := os.Args[1]
	version, err := sarama.ParseKafkaVersion(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	config := sarama.NewConfig()
	config.Version = version
	config.Producer.Return.Successes = true
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Group.Heartbeat.Interval = 200 * time.Millisecond
	topic := "sarama-" + version.String()
	for _, step := range []struct {
		name string
		run  func(string, string, sarama.Config) error
	}{{"admin", admin}, {"produce", produce}, {"transact", transact}, {"consume", consume}} {
		config.ClientID = "sarama-" + step.name
		if err := step.run(broker, topic, *config); err != nil {
			log.Fatalf("%s at %s: %v", step.name, version, err)
		}
	}
}

func admin(broker, topic string, config sarama.Config) error {
	if !config.Version.IsAtLeast(sarama.V0_10_1_0) {
		return metadata(broker, topic, config)
	}
	admin, err := sarama.NewClusterAdmin([]string{broker}, &config)
	if err != nil {
		return err
	}
	defer admin.Close()
	if err := admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: 1}, false); err != nil {
		return err
	}
	if err := admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: 1}, false); !errors.Is(err, sarama.ErrTopicAlreadyExists) {
		return fmt.Errorf("creating a topic twice: %w", err)
	}
	if err := metadata(broker, topic, config); err != nil {
		return err
	}
	if _, _, err := admin.DescribeCluster(); err != nil {
		return err
	}
	if _, err := admin.ListConsumerGroups(); err != nil {
		return err
	}
	if !config.Version.IsAtLeast(sarama.V2_0_0_0) {
		return nil
	}
	if _, err := admin.DescribeConfigs([]*sarama.ConfigResource{{Type: sarama.TopicResource, Name: topic}}, sarama.DescribeConfigsOptions{IncludeSynonyms: true}); err != nil {
		return err
	}
	retention := "3600000"
	if err := admin.AlterConfig(sarama.TopicResource, topic, map[string]*string{"retention.ms": &retention}, false); err != nil {
		return err
	}
	if err := admin.CreatePartitions(topic, 3, nil, false); err != nil {
		return err
	}
	_, err = admin.DescribeLogDirs([]int32{1})
	return err
}

// metadata asks for the topic until the broker has it, which before 0.10.1 is the only way to create one.
func metadata(broker, topic string, config sarama.Config) error {
	client, err := sarama.NewClient([]string{broker}, &config)
	if err != nil {
		return err
	}
	defer client.Close()
	for range 20 {
		if _, err = client.Partitions(topic); err == nil {
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	return err
}

func produce(broker, topic string, config sarama.Config) error {
	codecs := []sarama.CompressionCodec{sarama.CompressionNone, sarama.CompressionGZIP, sarama.CompressionSnappy}
	if config.Version.IsAtLeast(sarama.V0_10_0_0) {
		codecs = append(codecs, sarama.CompressionLZ4)
	}
	if config.Version.IsAtLeast(sarama.V2_1_0_0) {
		codecs = append(codecs, sarama.CompressionZSTD)
	}
	for _, codec := range codecs {
		for _, acks := range []sarama.RequiredAcks{sarama.NoResponse, sarama.WaitForLocal, sarama.WaitForAll} {
			config.Producer.Compression = codec
			config.Producer.RequiredAcks = acks
			producer, err := sarama.NewSyncProducer([]string{broker}, &config)
			if err != nil {
				return err
			}
			var messages []*sarama.ProducerMessage
			for i := range 12 {
				messages = append(messages, &sarama.ProducerMessage{Topic: topic, Key: sarama.StringEncoder(fmt.Sprint("key-", i)),
					Value: sarama.StringEncoder(fmt.Sprint("value, compressible, compressible, compressible ", i))})
			}
			err = producer.SendMessages(messages)
			producer.Close()
			if err != nil {
				return fmt.Errorf("%v, acks %d: %w", codec, acks, err)
			}
		}
	}
	return nil
}

func transact(broker, topic string, config sarama.Config) error {
	if !config.Version.IsAtLeast(sarama.V0_11_0_0) {
		return nil
	}
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Transaction.ID = topic + "-tx"
	config.Net.MaxOpenRequests = 1
	producer, err := sarama.NewSyncProducer([]string{broker}, &config)
	if err != nil {
		return err
	}
	defer producer.Close()
	for _, end := range []func() error{producer.CommitTxn, producer.AbortTxn} {
		if err := producer.BeginTxn(); err != nil {
			return err
		}
		if _, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder("in a transaction")}); err != nil {
			return err
		}
		if err := end(); err != nil {
			return err
		}
	}
	return nil
}

func consume(broker, topic string, config sarama.Config) error {
	if !config.Version.IsAtLeast(sarama.V0_10_2_0) {
		return consumePartition(broker, topic, config)
	}
	group, err := sarama.NewConsumerGroup([]string{broker}, topic+"-group", &config)
	if err != nil {
		return err
	}
	defer group.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	reader := &reader{enough: cancel}
	reader.wanted.Store(80)
	if err := group.Consume(ctx, []string{topic}, reader); err != nil {
		return err
	}
	if missing := reader.wanted.Load(); missing > 0 {
		return fmt.Errorf("%d records missing", missing)
	}
	return nil
}

// consumePartition reads without a group.
func consumePartition(broker, topic string, config sarama.Config) error {
	consumer, err := sarama.NewConsumer([]string{broker}, &config)
	if err != nil {
		return err
	}
	defer consumer.Close()
	partition, err := consumer.ConsumePartition(topic, 0, sarama.OffsetOldest)
	if err != nil {
		return err
	}
	defer partition.Close()
	for range 20 {
		select {
		case <-partition.Messages():
		case <-time.After(30 * time.Second):
			return errors.New("no record came in 30 s")
		}
	}
	return nil
}

// reader is a group member that ends when it has read enough of all its partitions together.
type reader struct {
	wanted atomic.Int64
	enough context.CancelFunc
}

func (r *reader) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (r *reader) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (r *reader) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		session.MarkMessage(message, "read")
		if r.wanted.Add(-1) == 0 {
			session.Commit()
			r.enough()
		}
	}
	return nil
}

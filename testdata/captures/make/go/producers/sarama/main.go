// Sarama produces the records of lists.sh by sarama, with each codec and in a transaction, and consumes them again. Arguments: the broker, the
// records, the list to write, and the release whose protocol it is to use: 0.8 to 0.10 have older message formats.
package main

import (
	"fmt"
	"log"
	"os"
	"time"

	"github.com/IBM/sarama"
	"github.com/kdump/kdump/testdata/captures/make/go/producers"
)

func main() {
	version, err := sarama.ParseKafkaVersion(os.Args[4])
	if err != nil {
		log.Fatal(err)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], version); err != nil {
		log.Fatalf("%s: %v", version, err)
	}
}

func run(broker, records, written string, version sarama.KafkaVersion) error {
	list, err := producers.Open(records, "github.com/IBM/sarama", "as "+version.String())
	if err != nil {
		return err
	}
	for _, c := range []struct {
		codec sarama.CompressionCodec
		since sarama.KafkaVersion
		id    string
	}{
		{sarama.CompressionNone, sarama.V0_8_2_0, ""},
		{sarama.CompressionGZIP, sarama.V0_8_2_0, ""},
		{sarama.CompressionSnappy, sarama.V0_8_2_0, ""},
		{sarama.CompressionLZ4, sarama.V0_10_0_0, ""},
		{sarama.CompressionZSTD, sarama.V2_1_0_0, ""},
		{sarama.CompressionNone, sarama.V0_11_0_0, "sarama-producers"},
	} {
		if !version.IsAtLeast(c.since) {
			continue
		}
		config := configFor(version)
		config.Producer.Compression = c.codec
		topic := fmt.Sprintf("sarama-%s-%s", version, c.codec)
		if c.id != "" {
			topic = fmt.Sprintf("sarama-%s-transaction", version)
			config.Producer.Transaction.ID = c.id
			config.Producer.Idempotent = true
			config.Net.MaxOpenRequests = 1
		}
		if err := produce(broker, config, topic, c.codec.String(), list); err != nil {
			return fmt.Errorf("%s: %w", topic, err)
		}
	}
	if err := consume(broker, configFor(version), list); err != nil {
		return err
	}
	return list.Write(written)
}

func configFor(version sarama.KafkaVersion) *sarama.Config {
	config := sarama.NewConfig()
	config.Version = version
	config.ApiVersionsRequest = version.IsAtLeast(sarama.V0_10_0_0) // older brokers hang up on it
	config.ClientID = "sarama-producers"
	config.Metadata.Retry.Max = 40 // until the broker has created the topic
	config.Producer.Retry.Max = 40 // until the partition's leader knows that it is
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Producer.Flush.Frequency = 20 * time.Millisecond
	return config
}

// expressed is what the version's message format can say of a record.
func expressed(r producers.Record, version sarama.KafkaVersion) producers.Record {
	if !version.IsAtLeast(sarama.V0_11_0_0) {
		r.Headers = nil
	}
	if !version.IsAtLeast(sarama.V0_10_0_0) {
		r.Timestamp = nil
	}
	return r
}

func produce(broker string, config *sarama.Config, topic, codec string, list *producers.List) error {
	producer, err := sarama.NewSyncProducer([]string{broker}, config)
	if err != nil {
		return err
	}
	defer producer.Close()
	if producer.IsTransactional() {
		if err := producer.BeginTxn(); err != nil {
			return err
		}
	}
	var messages []*sarama.ProducerMessage
	for _, r := range list.Records(codec) {
		r = expressed(r, config.Version)
		m := &sarama.ProducerMessage{Topic: topic, Metadata: r}
		if r.Key != nil {
			m.Key = sarama.ByteEncoder(r.Key)
		}
		if r.Value != nil {
			m.Value = sarama.ByteEncoder(r.Value)
		}
		for _, h := range r.Headers {
			m.Headers = append(m.Headers, sarama.RecordHeader{Key: []byte(h.Key), Value: h.Value})
		}
		if r.Timestamp != nil {
			m.Timestamp = time.UnixMilli(*r.Timestamp)
		}
		messages = append(messages, m)
	}
	if err := producer.SendMessages(messages); err != nil {
		return err
	}
	for _, m := range messages {
		list.Add(m.Topic, m.Partition, m.Offset, m.Metadata.(producers.Record))
	}
	if producer.IsTransactional() {
		return producer.CommitTxn()
	}
	return nil
}

func consume(broker string, config *sarama.Config, list *producers.List) error {
	consumer, err := sarama.NewConsumer([]string{broker}, config)
	if err != nil {
		return err
	}
	defer consumer.Close()
	messages := make(chan *sarama.ConsumerMessage)
	for _, topic := range list.Topics() {
		for partition := range int32(2) {
			of, err := consumer.ConsumePartition(topic, partition, sarama.OffsetOldest)
			if err != nil {
				return err
			}
			defer of.Close()
			go func() {
				for m := range of.Messages() {
					messages <- m
				}
			}()
		}
	}
	for list.Missing() > 0 {
		select {
		case m := <-messages:
			headers := []producers.Header{}
			for _, h := range m.Headers {
				headers = append(headers, producers.Header{Key: string(h.Key), Value: h.Value})
			}
			got := producers.Record{Key: m.Key, Value: m.Value, Headers: headers, Timestamp: new(m.Timestamp.UnixMilli())}
			if err := list.Take(m.Topic, m.Partition, m.Offset, expressed(got, config.Version)); err != nil {
				return err
			}
		case <-time.After(time.Minute):
			return fmt.Errorf("no record came in a minute; %d are missing", list.Missing())
		}
	}
	return nil
}

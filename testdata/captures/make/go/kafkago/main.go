// Kafkago exercises segmentio/kafka-go, which sends an empty client id unless told otherwise.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/compress"
)

const topic = "kafkago-orders"

func main() {
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(broker string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	connection, err := kafka.DialContext(ctx, "tcp", broker)
	if err != nil {
		return err
	}
	defer connection.Close()
	if err := connection.CreateTopics(kafka.TopicConfig{Topic: topic, NumPartitions: 2, ReplicationFactor: 1}); err != nil {
		return fmt.Errorf("create %s: %w", topic, err)
	}
	for _, codec := range []compress.Compression{compress.None, compress.Gzip, compress.Snappy, compress.Lz4, compress.Zstd} {
		for _, acks := range []kafka.RequiredAcks{kafka.RequireNone, kafka.RequireOne, kafka.RequireAll} {
			writer := &kafka.Writer{Addr: kafka.TCP(broker), Topic: topic, Compression: codec, RequiredAcks: acks, BatchTimeout: 10 * time.Millisecond}
			if err := writer.WriteMessages(ctx, messages()...); err != nil {
				return fmt.Errorf("write %v, acks %v: %w", codec, acks, err)
			}
			if err := writer.Close(); err != nil {
				return err
			}
		}
	}
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{broker}, GroupID: "kafkago-group", Topic: topic, StartOffset: kafka.FirstOffset, MaxWait: 300 * time.Millisecond, HeartbeatInterval: 300 * time.Millisecond})
	defer reader.Close()
	for range 100 {
		if _, err := reader.ReadMessage(ctx); err != nil {
			return fmt.Errorf("read: %w", err)
		}
	}
	return nil
}

func messages() []kafka.Message {
	var all []kafka.Message
	for i := range 10 {
		all = append(all, kafka.Message{Key: fmt.Appendf(nil, "key-%d", i), Value: fmt.Appendf(nil, "value %d, compressible, compressible, compressible", i)})
	}
	return all
}

// Kafkago produces the records of lists.sh by segmentio/kafka-go, with each codec, and consumes them again. It has no transactions. Arguments:
// the broker, the records, the list to write.
package main

import (
	"context"
	"log"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/kdump/kdump/testdata/captures/make/go/producers"
	"github.com/segmentio/kafka-go"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

func run(broker, records, written string) error {
	list, err := producers.Open(records, "github.com/segmentio/kafka-go", "")
	if err != nil {
		return err
	}
	list.Told = told
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	codecs := map[string]kafka.Compression{"none": 0, "gzip": kafka.Gzip, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd}
	names := slices.Sorted(maps.Keys(codecs))
	if err := create(ctx, broker, names); err != nil {
		return err
	}
	for _, name := range names {
		if err := produce(ctx, broker, codecs[name], name, list); err != nil {
			return err
		}
	}
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{broker}, GroupID: "kafkago-producers", GroupTopics: list.Topics(), StartOffset: kafka.FirstOffset})
	defer reader.Close()
	for list.Missing() > 0 {
		m, err := reader.FetchMessage(ctx) // does not commit each
		if err != nil {
			return err
		}
		if err := list.Take(m.Topic, int32(m.Partition), m.Offset, recordOf(m)); err != nil {
			return err
		}
	}
	return list.Write(written)
}

func topicOf(codec string) string { return "kafkago-" + codec }

// create creates the topics: the writer does not wait until the broker has done so.
func create(ctx context.Context, broker string, codecs []string) error {
	connection, err := kafka.DialContext(ctx, "tcp", broker)
	if err != nil {
		return err
	}
	defer connection.Close()
	var topics []kafka.TopicConfig
	for _, codec := range codecs {
		topics = append(topics, kafka.TopicConfig{Topic: topicOf(codec), NumPartitions: 2, ReplicationFactor: 1})
	}
	return connection.CreateTopics(topics...)
}

func produce(ctx context.Context, broker string, codec kafka.Compression, name string, list *producers.List) error {
	writer := &kafka.Writer{Addr: kafka.TCP(broker), Topic: topicOf(name), Compression: codec, RequiredAcks: kafka.RequireAll,
		BatchTimeout: 20 * time.Millisecond,
		Completion: func(messages []kafka.Message, err error) {
			for _, m := range messages {
				if err == nil {
					list.Add(m.Topic, int32(m.Partition), m.Offset, m.WriterData.(producers.Record))
				}
			}
		}}
	var messages []kafka.Message
	for _, r := range list.Records(name) {
		// For 0 the library takes a time of its own, and does not tell which.
		r.Timestamp = new(max(*r.Timestamp, 1))
		var headers []kafka.Header
		for _, h := range r.Headers {
			headers = append(headers, kafka.Header(h))
		}
		messages = append(messages, kafka.Message{Key: r.Key, Value: r.Value, Headers: headers, Time: time.UnixMilli(*r.Timestamp), WriterData: r})
	}
	if err := writer.WriteMessages(ctx, messages...); err != nil {
		return err
	}
	return writer.Close()
}

func recordOf(m kafka.Message) producers.Record {
	headers := []producers.Header{}
	for _, h := range m.Headers {
		headers = append(headers, producers.Header(h))
	}
	return producers.Record{Key: m.Key, Value: m.Value, Headers: headers, Timestamp: new(m.Time.UnixMilli())}
}

// told is what the library's Reader tells of a record: nil where there are no bytes, be they null or empty.
func told(r producers.Record) producers.Record {
	unlessEmpty := func(b []byte) []byte {
		if len(b) == 0 {
			return nil
		}
		return b
	}
	r.Key, r.Value = unlessEmpty(r.Key), unlessEmpty(r.Value)
	headers := []producers.Header{}
	for _, h := range r.Headers {
		headers = append(headers, producers.Header{Key: h.Key, Value: unlessEmpty(h.Value)})
	}
	r.Headers = headers
	return r
}

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.*;
import org.apache.kafka.common.serialization.StringSerializer;

/** Producers of every kind: all codecs and acks, idempotent, transactional with commits, aborts and a fenced one. Argument: the broker. */
public final class ProducerTour {
    public static void main(String[] args) throws Exception {
        String broker = args[0];
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            for (String acks : List.of("0", "1", "all")) {
                plain(broker, codec, acks);
            }
        }
        errors(broker);
        transactions(broker);
    }

    private static KafkaProducer<String, String> producer(String broker, String clientId, Map<String, ?> settings) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", broker);
        properties.put("client.id", clientId);
        properties.put("key.serializer", StringSerializer.class.getName());
        properties.put("value.serializer", StringSerializer.class.getName());
        properties.put("linger.ms", "20");
        properties.putAll(settings);
        return new KafkaProducer<>(properties);
    }

    private static void plain(String broker, String codec, String acks) throws Exception {
        Steps.succeeds("produce with " + codec + " and acks=" + acks, () -> {
            try (KafkaProducer<String, String> producer = producer(broker, "producer-" + codec + "-" + acks,
                    Map.of("compression.type", codec, "acks", acks, "enable.idempotence", acks.equals("all")))) {
                Future<RecordMetadata> last = null;
                for (int i = 0; i < 12; i++) {
                    ProducerRecord<String, String> record = new ProducerRecord<>("orders", i % 3, i % 4 == 0 ? null : "customer-" + i, i % 5 == 4 ? null : "{\"order\":" + i + ",\"by\":\"" + codec + "\"}");
                    record.headers().add("trace", ("t-" + i).getBytes(StandardCharsets.UTF_8)).add("empty", null);
                    last = producer.send(record);
                }
                producer.send(new ProducerRecord<>("payments", 1, "large", "0123456789abcdef".repeat(400)));
                producer.send(new ProducerRecord<>("log-append-time", "k", "v"));
                producer.flush();
                return last.get();
            }
        });
    }

    private static void errors(String broker) throws Exception {
        try (KafkaProducer<String, String> producer = producer(broker, "producer-errors", Map.of("max.block.ms", 1000, "enable.idempotence", false))) {
            Steps.fails(TimeoutException.class, "produce to a topic that is not there", () -> producer.send(new ProducerRecord<>("no-such-topic", "v")).get());
            Steps.fails(RecordTooLargeException.class, "produce a record that is too large for the topic",
                    () -> producer.send(new ProducerRecord<>("small-messages", "0123456789abcdef".repeat(300))).get());
            Steps.fails(InvalidTimestampException.class, "produce with a timestamp far ahead",
                    () -> producer.send(new ProducerRecord<>("small-messages", 0, System.currentTimeMillis() + 1000L * 86400 * 30, "k", "v")).get());
            Steps.fails(org.apache.kafka.common.InvalidRecordException.class, "produce without a key to a compacted topic", () -> producer.send(new ProducerRecord<>("defaults", "v")).get());
        }
    }

    private static void transactions(String broker) throws Exception {
        try (KafkaProducer<String, String> producer = producer(broker, "transactional", Map.of("transactional.id", "billing-tx"))) {
            Steps.succeeds("initialise transactions", () -> { producer.initTransactions(); return null; });
            Steps.succeeds("commit a transaction", () -> {
                producer.beginTransaction();
                producer.send(new ProducerRecord<>("orders", 0, "committed", "yes"));
                producer.send(new ProducerRecord<>("payments", 0, "committed", "yes"));
                producer.sendOffsetsToTransaction(Map.of(new TopicPartition("orders", 0), new OffsetAndMetadata(3, "by transaction")), new ConsumerGroupMetadata("billing-eos"));
                producer.commitTransaction();
                return null;
            });
            Steps.succeeds("abort a transaction", () -> {
                producer.beginTransaction();
                producer.send(new ProducerRecord<>("orders", 1, "aborted", "yes")).get();
                producer.abortTransaction();
                return null;
            });
            Steps.succeeds("fence it", () -> {
                producer.beginTransaction();
                producer.send(new ProducerRecord<>("orders", 2, "fenced", "yes")).get();
                try (KafkaProducer<String, String> other = producer(broker, "transactional-2", Map.of("transactional.id", "billing-tx"))) {
                    other.initTransactions();
                }
                return null;
            });
            Steps.fails(ProducerFencedException.class, "commit as the fenced one", () -> { producer.commitTransaction(); return null; });
        }
        Steps.fails(org.apache.kafka.common.KafkaException.class, "ask for too long a transaction", () -> {
            try (KafkaProducer<String, String> producer = producer(broker, "transactional-3", Map.of("transactional.id", "long-tx", "transaction.timeout.ms", 1000 * 86400))) {
                producer.initTransactions();
                return null;
            }
        });
    }
}

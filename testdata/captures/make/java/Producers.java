import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Produces the records of lists.sh, with each codec and in a transaction, and consumes them again. Arguments: the broker, the records, the list to write. */
public final class Producers {
    record Header(String key, byte[] value) {}

    record Input(byte[] key, byte[] value, List<Header> headers, long timestamp, List<String> only) {}

    record Sent(Input record, Future<RecordMetadata> place) {}

    /** A record at its place, as the list has it. */
    record Line(byte[] value, byte[] key, List<Header> headers, long timestamp, String topic, int partition, long offset, String client) {}

    private static final ObjectMapper JSON = new ObjectMapper();

    private final String broker, version;
    private final List<Input> records;
    private final Set<String> topics = new LinkedHashSet<>(), lines = new LinkedHashSet<>();

    private Producers(String broker, List<Input> records) throws IOException {
        this.broker = broker;
        this.records = records;
        Properties release = new Properties();
        // The class that reads it has another name in each release.
        try (InputStream in = KafkaProducer.class.getResourceAsStream("/kafka/kafka-version.properties")) {
            release.load(in);
        }
        version = release.getProperty("version");
    }

    public static void main(String[] args) throws Exception {
        ObjectReader reader = JSON.readerFor(Input.class);
        try (MappingIterator<Input> records = reader.readValues(new File(args[1]))) {
            Producers producers = new Producers(args[0], records.readAll());
            for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
                Steps.succeeds("produce with " + codec, () -> producers.produce(codec, codec, Map.of()));
            }
            Steps.succeeds("produce in a transaction", () -> producers.produce("transaction", "none", Map.of("transactional.id", "producers-" + producers.version)));
            Steps.succeeds("consume", producers::consume);
            Files.write(Path.of(args[2]), producers.lines);
        }
    }

    private Properties properties(Map<String, ?> more) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", broker);
        properties.put("client.id", "producers");
        properties.putAll(more);
        return properties;
    }

    private Void produce(String name, String codec, Map<String, String> transaction) throws Exception {
        Properties properties = properties(transaction);
        properties.put("compression.type", codec);
        properties.put("linger.ms", "20");
        String topic = "java-" + version + "-" + name;
        topics.add(topic);
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            if (!transaction.isEmpty()) {
                producer.initTransactions();
                producer.beginTransaction();
            }
            List<Sent> sent = new ArrayList<>();
            for (Input r : records) {
                if (r.only() != null && !r.only().contains(codec)) continue;
                ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, null, r.timestamp(), r.key(), r.value());
                r.headers().forEach(h -> record.headers().add(new RecordHeader(h.key(), h.value())));
                sent.add(new Sent(r, producer.send(record)));
            }
            for (Sent s : sent) {
                Input r = s.record();
                RecordMetadata place = s.place().get();
                lines.add(line(new Line(r.value(), r.key(), r.headers(), r.timestamp(), place.topic(), place.partition(), place.offset(), client())));
            }
            if (!transaction.isEmpty()) producer.commitTransaction();
        }
        return null;
    }

    /** Reads the topics to their ends: each record must be one of those produced, and none may be missing. */
    private Void consume() throws Exception {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(properties(Map.of()), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            topics.forEach(topic -> consumer.partitionsFor(topic).forEach(p -> partitions.add(new TopicPartition(topic, p.partition()))));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            Set<String> missing = new LinkedHashSet<>(lines);
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
                for (ConsumerRecord<byte[], byte[]> r : consumer.poll(Duration.ofMillis(300))) {
                    String line = line(new Line(r.value(), r.key(), headers(r.headers()), r.timestamp(), r.topic(), r.partition(), r.offset(), client()));
                    if (!missing.remove(line)) throw new IllegalStateException("consumed, and not produced: " + line);
                }
            }
            if (!missing.isEmpty()) throw new IllegalStateException(missing.size() + " records were not consumed: " + missing.iterator().next());
        }
        return null;
    }

    private String client() {
        return "Java client " + version;
    }

    private static List<Header> headers(Headers headers) {
        List<Header> list = new ArrayList<>();
        headers.forEach(h -> list.add(new Header(h.key(), h.value())));
        return list;
    }

    private static String line(Line line) throws Exception {
        return JSON.writeValueAsString(line);
    }
}

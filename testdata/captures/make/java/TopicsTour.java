import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.share.ShareCoordinatorRecordSerde;
import org.apache.kafka.coordinator.transaction.TransactionCoordinatorRecordSerde;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.serialization.BytesApiMessageSerde;
import org.apache.kafka.server.log.remote.metadata.storage.generated.MetadataJsonConverters;
import org.apache.kafka.server.log.remote.metadata.storage.generated.MetadataRecordType;

/**
 * Topics whose records are more than what a client once sent: compacted ones, values framed for a schema registry, and Kafka's internal
 * topics, after groups, transactions and tiered storage have worked with them. Arguments: the broker, and a file that gets what
 * Kafka's own classes make of each record of the internal topics, one JSON object a line.
 */
public final class TopicsTour {
    private static final String OFFSETS = "__consumer_offsets", TRANSACTIONS = "__transaction_state", SHARES = "__share_group_state", REMOTE = "__remote_log_metadata";

    private final String broker;
    private final Admin admin;

    private TopicsTour(String broker, Admin admin) {
        this.broker = broker;
        this.admin = admin;
    }

    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(properties(args[0], Map.of())); PrintStream out = new PrintStream(args[1], StandardCharsets.UTF_8)) {
            TopicsTour tour = new TopicsTour(args[0], admin);
            Steps.succeeds("compact a topic", tour::compacted);
            Steps.succeeds("frame values for a schema registry", tour::framed);
            Steps.succeeds("commit offsets in groups of each kind", tour::groups);
            Steps.succeeds("commit and abort transactions", tour::transactions);
            Steps.succeeds("tier a topic", tour::tiered);
            Steps.succeeds("read the internal topics", () -> tour.internal(out));
        }
    }

    private static Properties properties(String broker, Map<String, Object> more) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", broker);
        properties.put("client.id", "topics-tour");
        properties.putAll(more);
        return properties;
    }

    private KafkaProducer<byte[], byte[]> producer(Map<String, Object> more) {
        return new KafkaProducer<>(properties(broker, more), new ByteArraySerializer(), new ByteArraySerializer());
    }

    private KafkaConsumer<byte[], byte[]> consumer(Map<String, Object> more) {
        return new KafkaConsumer<>(properties(broker, more), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private void create(String topic, Map<String, String> configs) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1).configs(configs))).all().get();
    }

    private static byte[] bytes(String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    /** Sends a batch of records, one for each key from the first to the last. */
    private static void batch(KafkaProducer<byte[], byte[]> producer, String topic, int first, int last, String value) {
        for (int i = first; i <= last; i++) {
            producer.send(new ProducerRecord<>(topic, bytes("key-" + i), bytes(value)));
        }
        producer.flush();
    }

    /** Reads a topic from its beginning to its end. */
    private List<ConsumerRecord<byte[], byte[]>> read(String topic) throws Exception {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(Map.of("auto.offset.reset", "earliest", "exclude.internal.topics", false, "allow.auto.create.topics", false))) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream().map(p -> new TopicPartition(topic, p.partition())).toList();
            consumer.assign(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
        }
        return records;
    }

    /**
     * Of three batches of a first producer, the first goes altogether, of the second some records stay, and the third stays without
     * records, since it is that producer's last; deletions stay with a delete horizon.
     */
    private Void compacted() throws Exception {
        create("compacted", Map.of("cleanup.policy", "compact", "segment.ms", "1000", "min.cleanable.dirty.ratio", "0.01"));
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("linger.ms", 100, "compression.type", "lz4"))) {
            batch(producer, "compacted", 0, 9, "first");
            batch(producer, "compacted", 0, 9, "second");
            batch(producer, "compacted", 2, 5, "third");
        }
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("linger.ms", 100))) {
            batch(producer, "compacted", 2, 5, "fourth");
            batch(producer, "compacted", 0, 1, null);
            Thread.sleep(1500);
            batch(producer, "compacted", 10, 10, "in a segment of its own");
        }
        Steps.awaits("the log cleaner", () -> read("compacted").size() == 11);
        Map<String, String> latest = new HashMap<>();
        read("compacted").forEach(r -> latest.put(new String(r.key(), StandardCharsets.UTF_8), r.value() == null ? null : new String(r.value(), StandardCharsets.UTF_8)));
        Map<String, String> expected = new HashMap<>();
        for (int i = 0; i <= 10; i++) {
            expected.put("key-" + i, i < 2 ? null : i < 6 ? "fourth" : i < 10 ? "second" : "in a segment of its own");
        }
        if (!latest.equals(expected)) throw new IllegalStateException(latest + " is left");
        return null;
    }

    /** Keys and values as the serializers of schema registries write them: a zero, the schema's id, the data (here as Avro has a record of a string and an int). */
    private Void framed() throws Exception {
        create("framed", Map.of());
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("linger.ms", 100, "compression.type", "gzip"))) {
            for (int i = 0; i < 20; i++) {
                byte[] name = bytes("order " + i);
                ByteBuffer key = ByteBuffer.allocate(6 + name.length).put((byte) 0).putInt(100001).put((byte) (2 * name.length)).put(name);
                ByteBuffer value = ByteBuffer.allocate(7 + name.length).put((byte) 0).putInt(100002 + i % 2).put((byte) (2 * name.length)).put(name).put((byte) (2 * i));
                producer.send(new ProducerRecord<>("framed", key.array(), value.array()));
            }
        }
        if (read("framed").size() != 20) throw new IllegalStateException("records are missing");
        return null;
    }

    private Void groups() throws Exception {
        for (String protocol : List.of("classic", "consumer")) {
            try (KafkaConsumer<byte[], byte[]> consumer = consumer(Map.of("group.id", protocol + "-group", "group.protocol", protocol, "auto.offset.reset", "earliest"))) {
                consumer.subscribe(Set.of("framed"));
                Steps.awaits("a member's records", () -> !consumer.poll(Duration.ofMillis(300)).isEmpty());
                consumer.commitSync(Map.of(new TopicPartition("framed", 0), new OffsetAndMetadata(7, java.util.Optional.of(0), "up to seven")));
            }
        }
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(Map.of("group.id", "pattern-group", "group.protocol", "consumer"))) {
            consumer.subscribe(new SubscriptionPattern("fram.*"));
            Steps.awaits("an assignment", () -> !consumer.poll(Duration.ofMillis(300)).isEmpty() || !consumer.assignment().isEmpty());
        }
        admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, "sharers"),
                List.of(new AlterConfigOp(new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET)))).all().get();
        try (KafkaShareConsumer<byte[], byte[]> consumer = new KafkaShareConsumer<>(properties(broker, Map.of("group.id", "sharers")), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(Set.of("framed"));
            Steps.awaits("a share", () -> !consumer.poll(Duration.ofMillis(300)).isEmpty());
            consumer.commitSync();
        }
        admin.deleteConsumerGroupOffsets("classic-group", Set.of(new TopicPartition("framed", 0))).all().get();
        admin.deleteConsumerGroups(List.of("consumer-group")).all().get();
        return null;
    }

    private Void transactions() throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("transactional.id", "payments-tx"))) {
            producer.initTransactions();
            producer.beginTransaction();
            batch(producer, "framed", 1, 3, "committed");
            producer.sendOffsetsToTransaction(Map.of(new TopicPartition("framed", 0), new OffsetAndMetadata(9)), new ConsumerGroupMetadata("transactional-group"));
            producer.commitTransaction();
            producer.beginTransaction();
            batch(producer, "framed", 4, 5, "aborted");
            producer.abortTransaction();
        }
        return null;
    }

    private Void tiered() throws Exception {
        create("tiered", Map.of("remote.storage.enable", "true", "segment.ms", "1000", "local.retention.ms", "1000", "retention.ms", "3600000"));
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            for (int i = 0; i < 3; i++) {
                batch(producer, "tiered", i, i, "tiered");
                Thread.sleep(1200);
            }
        }
        // Two records of metadata for the copying of each segment, the last of which is closed as old, and two for its deletion.
        Steps.awaits("three segments' metadata", () -> read(REMOTE).size() >= 6);
        admin.deleteTopics(List.of("tiered")).all().get();
        Steps.awaits("the metadata of their deletion", () -> read(REMOTE).size() >= 12);
        return null;
    }

    private Void internal(PrintStream out) throws Exception {
        CoordinatorRecordSerde groups = new GroupCoordinatorRecordSerde(), transactions = new TransactionCoordinatorRecordSerde(), shares = new ShareCoordinatorRecordSerde();
        BytesApiMessageSerde remote = new BytesApiMessageSerde() {
            @Override
            public ApiMessage apiMessageFor(short key) {
                return MetadataRecordType.fromId(key).newMetadataRecord();
            }
        };
        for (ConsumerRecord<byte[], byte[]> r : read(OFFSETS)) {
            CoordinatorRecord record = record(groups, r);
            print(out, r, org.apache.kafka.coordinator.group.generated.CoordinatorRecordJsonConverters.writeRecordKeyAsJson(record.key()), record.key(), record.value(),
                    value -> org.apache.kafka.coordinator.group.generated.CoordinatorRecordJsonConverters.writeRecordValueAsJson(value.message(), value.version()));
        }
        for (ConsumerRecord<byte[], byte[]> r : read(TRANSACTIONS)) {
            CoordinatorRecord record = record(transactions, r);
            print(out, r, org.apache.kafka.coordinator.transaction.generated.CoordinatorRecordJsonConverters.writeRecordKeyAsJson(record.key()), record.key(), record.value(),
                    value -> org.apache.kafka.coordinator.transaction.generated.CoordinatorRecordJsonConverters.writeRecordValueAsJson(value.message(), value.version()));
        }
        for (ConsumerRecord<byte[], byte[]> r : read(SHARES)) {
            CoordinatorRecord record = record(shares, r);
            print(out, r, org.apache.kafka.coordinator.share.generated.CoordinatorRecordJsonConverters.writeRecordKeyAsJson(record.key()), record.key(), record.value(),
                    value -> org.apache.kafka.coordinator.share.generated.CoordinatorRecordJsonConverters.writeRecordValueAsJson(value.message(), value.version()));
        }
        for (ConsumerRecord<byte[], byte[]> r : read(REMOTE)) {
            print(out, r, null, null, remote.deserialize(r.value()), value -> MetadataJsonConverters.writeJson(value.message(), value.version()));
        }
        return null;
    }

    private static CoordinatorRecord record(CoordinatorRecordSerde serde, ConsumerRecord<byte[], byte[]> r) {
        return serde.deserialize(ByteBuffer.wrap(r.key()), r.value() == null ? null : ByteBuffer.wrap(r.value()));
    }

    /** What Kafka's converter makes of a value. */
    private interface Converter {
        Object json(ApiMessageAndVersion value);
    }

    private static void print(PrintStream out, ConsumerRecord<byte[], byte[]> r, Object keyJson, ApiMessage key, ApiMessageAndVersion value, Converter converter) {
        String keyText = key == null ? "null" : message(key, "", keyJson);
        String valueText = value == null ? "null" : message(value.message(), "\"version\":" + value.version() + ",", converter.json(value));
        out.println("{\"topic\":\"" + r.topic() + "\",\"partition\":" + r.partition() + ",\"offset\":" + r.offset() + ",\"key\":" + keyText + ",\"value\":" + valueText + "}");
    }

    private static String message(ApiMessage message, String version, Object json) {
        return "{\"type\":\"" + message.getClass().getSimpleName() + "\"," + version + "\"data\":" + json + "}";
    }
}

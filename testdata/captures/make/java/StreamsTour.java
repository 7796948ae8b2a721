import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.Stores;

/** A Streams application that counts orders, of two instances. Arguments: the broker, the state directory, and the protocols, "classic" and "streams", of which the latter is there. */
public final class StreamsTour {
    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", args[0]);
        try (Admin admin = Admin.create(properties)) {
            Steps.succeeds("create topics", () -> admin.createTopics(List.of(new NewTopic("orders", 2, (short) 1), new NewTopic("counts", 2, (short) 1))).all().get());
            try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
                for (int i = 0; i < 40; i++) producer.send(new ProducerRecord<>("orders", "customer-" + i % 5, "order " + i));
            }
            for (String protocol : List.of(args).subList(2, args.length)) count(admin, args[0], args[1], protocol);
            String group = "counter-streams";
            TopicPartition orders = new TopicPartition("orders", 0);
            Steps.succeeds("list its offsets", () -> admin.listStreamsGroupOffsets(Map.of(group, new ListStreamsGroupOffsetsSpec())).all().get());
            Steps.succeeds("alter its offsets", () -> admin.alterStreamsGroupOffsets(group, Map.of(orders, new OffsetAndMetadata(1))).all().get());
            Steps.succeeds("delete its offsets", () -> admin.deleteStreamsGroupOffsets(group, Set.of(orders)).all().get());
            Steps.succeeds("delete it", () -> admin.deleteStreamsGroups(List.of(group)).all().get());
        }
    }

    private static void count(Admin admin, String broker, String state, String protocol) throws Exception {
        String application = "counter-" + protocol;
        try (KafkaStreams one = start(broker, application, state + "/1", protocol); KafkaStreams two = start(broker, application, state + "/2", protocol)) {
            Steps.succeeds("count by " + protocol, () -> {
                for (int i = 0; one.state() != KafkaStreams.State.RUNNING || two.state() != KafkaStreams.State.RUNNING; i++) {
                    if (i == 300) throw new IllegalStateException(one.state() + ", " + two.state());
                    Thread.sleep(100);
                }
                Thread.sleep(3000);
                return null;
            });
            if (protocol.equals("streams")) {
                Steps.succeeds("describe the streams group", () -> admin.describeStreamsGroups(List.of(application)).all().get());
                Steps.fails(GroupNotEmptyException.class, "delete it while it has members", () -> admin.deleteStreamsGroups(List.of(application)).all().get());
            } else {
                Steps.succeeds("describe the classic group", () -> admin.describeClassicGroups(List.of(application)).all().get());
            }
            one.close(Duration.ofSeconds(20));
            Thread.sleep(1000);
        }
    }

    private static KafkaStreams start(String broker, String application, String state, String protocol) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", broker);
        properties.put("application.id", application);
        properties.put("client.id", application + state.substring(state.lastIndexOf('/')).replace('/', '-'));
        properties.put("group.protocol", protocol);
        properties.put("state.dir", state);
        properties.put("processing.guarantee", "exactly_once_v2");
        properties.put("commit.interval.ms", 500);
        properties.put("num.stream.threads", 1);
        properties.put("num.standby.replicas", protocol.equals("classic") ? 1 : 0);
        properties.put("default.key.serde", Serdes.StringSerde.class.getName());
        properties.put("default.value.serde", Serdes.StringSerde.class.getName());
        StreamsBuilder builder = new StreamsBuilder();
        builder.<String, String>stream("orders")
                .groupBy((customer, order) -> customer.substring(customer.length() - 1))
                .count(Materialized.<String, Long>as(Stores.inMemoryKeyValueStore("counts")).withKeySerde(Serdes.String()).withValueSerde(Serdes.Long()))
                .toStream()
                .to("counts", Produced.with(Serdes.String(), Serdes.Long()));
        KafkaStreams streams = new KafkaStreams(builder.build(), properties);
        streams.start();
        return streams;
    }
}

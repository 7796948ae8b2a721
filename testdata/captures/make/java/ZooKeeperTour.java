import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;

/** What sets the controller of a ZooKeeper cluster of brokers 1 and 2 in motion. Arguments: the brokers, and "before" or "after" one was away. */
public final class ZooKeeperTour {
    private static final TopicPartition ORDERS_0 = new TopicPartition("orders", 0);

    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", args[0]);
        properties.put("client.id", "zookeeper-tour-" + args[1]);
        try (Admin admin = Admin.create(properties)) {
            if (args[1].equals("before")) {
                Steps.succeeds("create topics", () -> admin.createTopics(List.of(new NewTopic("orders", 4, (short) 2), new NewTopic("short-lived", 2, (short) 2))).all().get());
                Steps.awaits("topics with all their replicas", () -> admin.describeTopics(List.of("orders", "short-lived")).allTopicNames().get().values().stream()
                        .allMatch(topic -> topic.partitions().stream().allMatch(p -> p.isr().size() == 2)));
                produce(properties);
                Steps.succeeds("move a partition to one broker", () -> admin.alterPartitionReassignments(Map.of(ORDERS_0, Optional.of(new NewPartitionReassignment(List.of(2))))).all().get());
                // A topic with a partition on the move takes no more partitions.
                Steps.awaits("the partition to have moved", () -> admin.listPartitionReassignments().reassignments().get().isEmpty());
                Steps.succeeds("delete a topic", () -> admin.deleteTopics(List.of("short-lived")).all().get());
                Steps.succeeds("create partitions", () -> admin.createPartitions(Map.of("orders", NewPartitions.increaseTo(5))).all().get());
            } else {
                Steps.awaits("broker 2 to follow again", () -> admin.describeTopics(List.of("orders")).allTopicNames().get().get("orders").partitions().stream()
                        .allMatch(p -> p.isr().size() == p.replicas().size()));
                Steps.succeeds("elect preferred leaders", () -> admin.electLeaders(ElectionType.PREFERRED, null).partitions().get());
                produce(properties);
            }
        }
    }

    private static void produce(Properties common) throws Exception {
        Properties properties = (Properties) common.clone();
        properties.put("transactional.id", "zookeeper-tx");
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            Steps.succeeds("produce in a transaction", () -> {
                producer.initTransactions();
                producer.beginTransaction();
                for (int i = 0; i < 20; i++) producer.send(new ProducerRecord<>("orders", i % 4, "key-" + i, "value " + i));
                producer.commitTransaction();
                return null;
            });
        }
    }
}

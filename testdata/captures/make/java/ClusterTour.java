import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.acl.*;
import org.apache.kafka.common.quota.*;
import org.apache.kafka.common.resource.*;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Traffic for a cluster of brokers 1, 2 and 3, in three acts around the loss of one of them. Arguments: the brokers, and "before",
 * "during" or "after".
 */
public final class ClusterTour {
    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", args[0]);
        properties.put("client.id", "cluster-tour-" + args[1]);
        try (Admin admin = Admin.create(properties)) {
            switch (args[1]) {
                case "before" -> {
                    Steps.succeeds("create topics", () -> admin.createTopics(List.of(
                            new NewTopic("orders", 6, (short) 3).configs(Map.of("min.insync.replicas", "2")),
                            new NewTopic("payments", Map.of(0, List.of(1, 2), 1, List.of(2, 3))))).all().get());
                    Steps.awaits("topics with all their replicas", () -> partitions(admin).allMatch(p -> p.isr().size() == p.replicas().size()));
                    produce(properties, 30);
                    consume(properties, 30);
                    // The metadata then has records of these.
                    Steps.succeeds("create a user", () -> admin.alterUserScramCredentials(List.of(
                            new UserScramCredentialUpsertion("alice", new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 8192), "kdump-secret-alice"),
                            new UserScramCredentialUpsertion("bob", new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), "kdump-secret-bob"))).all().get());
                    Steps.succeeds("delete a user", () -> admin.alterUserScramCredentials(List.of(new UserScramCredentialDeletion("bob", ScramMechanism.SCRAM_SHA_256))).all().get());
                    Steps.succeeds("let it read", () -> admin.createAcls(List.of(new AclBinding(
                            new ResourcePattern(ResourceType.TOPIC, "ord", PatternType.PREFIXED),
                            new AccessControlEntry("User:alice", "*", AclOperation.READ, AclPermissionType.ALLOW)))).all().get());
                    Steps.succeeds("give it a quota", () -> admin.alterClientQuotas(List.of(new ClientQuotaAlteration(
                            new ClientQuotaEntity(Map.of(ClientQuotaEntity.USER, "alice")), List.of(new ClientQuotaAlteration.Op("producer_byte_rate", 1e6))))).all().get());
                    Steps.succeeds("reassign", () -> admin.alterPartitionReassignments(Map.of(
                            new TopicPartition("payments", 0), Optional.of(new NewPartitionReassignment(List.of(3, 1))))).all().get());
                    Steps.succeeds("list reassignments", () -> admin.listPartitionReassignments().reassignments().get());
                    Steps.succeeds("describe the quorum", () -> admin.describeMetadataQuorum().quorumInfo().get());
                }
                case "during" -> {
                    Steps.awaits("node 3 to be missed", () -> partitions(admin).noneMatch(p -> p.leader() == null || p.leader().id() == 3 || p.isr().stream().anyMatch(n -> n.id() == 3)));
                    produce(properties, 30);
                    consume(properties, 60);
                    Steps.succeeds("describe topics", () -> admin.describeTopics(List.of("orders", "payments")).allTopicNames().get());
                    Steps.succeeds("alter configs", () -> admin.incrementalAlterConfigs(Map.of(
                            new org.apache.kafka.common.config.ConfigResource(org.apache.kafka.common.config.ConfigResource.Type.TOPIC, "orders"),
                            List.of(new AlterConfigOp(new ConfigEntry("retention.ms", "3600000"), AlterConfigOp.OpType.SET)))).all().get());
                }
                case "after" -> {
                    Steps.awaits("all four brokers", () -> admin.describeCluster().nodes().get().size() == 4);
                    Steps.awaits("node 3 to follow again", () -> partitions(admin).allMatch(p -> p.isr().size() == p.replicas().size()));
                    Steps.succeeds("elect preferred leaders", () -> admin.electLeaders(ElectionType.PREFERRED, null).partitions().get());
                    TopicPartition moved = new TopicPartition("payments", 1);
                    Steps.succeeds("reassign to broker 4", () -> admin.alterPartitionReassignments(Map.of(moved, Optional.of(new NewPartitionReassignment(List.of(4, 2))))).all().get());
                    Steps.awaits("the partition to have moved", () -> admin.listPartitionReassignments().reassignments().get().isEmpty());
                    Steps.succeeds("elect broker 4", () -> admin.electLeaders(ElectionType.PREFERRED, Set.of(moved)).partitions().get());
                    produce(properties, 30);
                    consume(properties, 90);
                    try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
                        Steps.succeeds("produce to broker 4", () -> producer.send(new ProducerRecord<>(moved.topic(), moved.partition(), "k", "v")).get());
                    }
                    Steps.succeeds("delete a topic", () -> admin.deleteTopics(List.of("payments")).all().get());
                    System.out.println("quorum leader: " + admin.describeMetadataQuorum().quorumInfo().get().leaderId());
                }
                default -> throw new IllegalArgumentException(args[1]);
            }
        }
    }

    private static Stream<TopicPartitionInfo> partitions(Admin admin) throws Exception {
        return admin.describeTopics(List.of("orders", "payments")).allTopicNames().get().values().stream().flatMap(topic -> topic.partitions().stream());
    }

    private static void produce(Properties common, int records) throws Exception {
        Properties properties = (Properties) common.clone();
        properties.put("transactional.id", "cluster-tx");
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            Steps.succeeds("produce in a transaction", () -> {
                producer.initTransactions();
                producer.beginTransaction();
                for (int i = 0; i < records; i++) producer.send(new ProducerRecord<>("orders", i % 6, "key-" + i, "value " + i));
                producer.commitTransaction();
                return null;
            });
        }
    }

    private static void consume(Properties common, int records) throws Exception {
        Properties properties = (Properties) common.clone();
        properties.put("auto.offset.reset", "earliest");
        properties.put("isolation.level", "read_committed");
        properties.put("enable.auto.commit", false);
        properties.put("group.id", "orders-group-" + records);
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(Set.of("orders"));
            Steps.succeeds("consume", () -> {
                int count = 0;
                for (int i = 0; count < records; i++) {
                    if (i == 100) throw new IllegalStateException(count + " records of " + records + " came");
                    count += consumer.poll(java.time.Duration.ofMillis(300)).count();
                }
                consumer.commitSync();
                return count;
            });
        }
    }
}

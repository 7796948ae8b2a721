import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.*;
import org.apache.kafka.common.serialization.StringDeserializer;

/** What 4.x has beyond 3.9: share groups, group configs, subscriptions by the broker's regular expressions. Argument: the broker. */
public final class ShareTour {
    private static final TopicPartition ORDERS_0 = new TopicPartition("orders", 0);

    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", args[0]);
        properties.put("client.id", "share-tour");
        try (Admin admin = Admin.create(properties)) {
            Steps.succeeds("set a share group's configs", () -> admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, "sharers"),
                    List.of(new AlterConfigOp(new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET)))).all().get());
            share(admin, args[0], Map.of("share.acknowledgement.mode", "explicit"));
            share(admin, args[0], Map.of());
            shareGroups(admin);
            consumerGroup(admin, args[0]);
            Steps.succeeds("list config resources", () -> admin.listConfigResources(Set.of(), new ListConfigResourcesOptions()).all().get());
            Steps.succeeds("list groups of all types", () -> admin.listGroups(new ListGroupsOptions().withTypes(Set.of(
                    org.apache.kafka.common.GroupType.SHARE, org.apache.kafka.common.GroupType.CONSUMER, org.apache.kafka.common.GroupType.CLASSIC))).all().get());
        }
        properties.remove("bootstrap.servers");
        properties.put("bootstrap.controllers", args[1]);
        try (Admin admin = Admin.create(properties)) {
            Steps.succeeds("describe the cluster to the controller", () -> admin.describeCluster(new DescribeClusterOptions()).nodes().get());
            Steps.succeeds("describe the quorum to the controller", () -> admin.describeMetadataQuorum().quorumInfo().get());
            Steps.fails(ApiException.class, "add a voter where voters are fixed", () -> admin.addRaftVoter(5, org.apache.kafka.common.Uuid.fromString("AAAAAAAAAAAAAAAAAAAABg"),
                    Set.of(new RaftVoterEndpoint("CONTROLLER", "127.0.0.1", 9094))).all().get());
            Steps.fails(ApiException.class, "unregister a controller that is not there", () -> admin.unregisterController(77).all().get());
            Steps.fails(ApiException.class, "remove a voter where voters are fixed", () -> admin.removeRaftVoter(5, org.apache.kafka.common.Uuid.fromString("AAAAAAAAAAAAAAAAAAAABg")).all().get());
        }
    }

    private static Properties consumer(String broker, String clientId, String group) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", broker);
        properties.put("client.id", clientId);
        properties.put("group.id", group);
        return properties;
    }

    private static void share(Admin admin, String broker, Map<String, String> settings) throws Exception {
        Properties properties = consumer(broker, "sharer", "sharers");
        properties.putAll(settings);
        boolean explicit = !settings.isEmpty();
        try (KafkaShareConsumer<String, String> consumer = new KafkaShareConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of("orders"));
            int[] count = {0};
            Steps.succeeds("share " + settings, () -> {
                for (int i = 0; i < 40 && (explicit ? count[0] < 20 : count[0] < 1); i++) {
                    for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(500))) {
                        if (explicit) consumer.acknowledge(record, AcknowledgeType.values()[count[0] % 4 == 3 ? 1 : count[0] % 3]);
                        count[0]++;
                    }
                    if (i % 2 == 0) consumer.commitSync();
                }
                if (count[0] == 0) throw new IllegalStateException("no records came");
                return count[0];
            });
            Steps.succeeds("describe a share group with a member", () -> admin.describeShareGroups(List.of("sharers")).all().get());
            Steps.fails(GroupNotEmptyException.class, "delete a share group with a member", () -> admin.deleteShareGroups(List.of("sharers")).all().get());
        }
    }

    private static void shareGroups(Admin admin) throws Exception {
        Steps.succeeds("list a share group's offsets", () -> admin.listShareGroupOffsets(Map.of("sharers", new ListShareGroupOffsetsSpec())).all().get());
        Steps.succeeds("alter a share group's offsets", () -> admin.alterShareGroupOffsets("sharers", Map.of(ORDERS_0, 2L)).all().get());
        Steps.succeeds("delete a share group's offsets", () -> admin.deleteShareGroupOffsets("sharers", Set.of("orders")).all().get());
        Steps.succeeds("delete a share group", () -> admin.deleteShareGroups(List.of("sharers")).all().get());
        Steps.fails(GroupIdNotFoundException.class, "describe a share group that is not there", () -> admin.describeShareGroups(List.of("no-such-group")).all().get());
    }

    private static void consumerGroup(Admin admin, String broker) throws Exception {
        Properties properties = consumer(broker, "by-broker-pattern", "broker-pattern-group");
        properties.put("group.protocol", "consumer");
        properties.put("client.rack", "rack-7");
        properties.put("auto.offset.reset", "by_duration:PT1H");
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(new SubscriptionPattern("orders|pay.*"));
            Steps.awaits("partitions by the broker's pattern", () -> {
                consumer.poll(Duration.ofMillis(200));
                return !consumer.assignment().isEmpty();
            });
            Steps.succeeds("poll by the broker's pattern", () -> consumer.poll(Duration.ofMillis(500)).count());
            Steps.succeeds("describe a consumer group with a member", () -> admin.describeConsumerGroups(List.of("broker-pattern-group")).all().get());
            Steps.fails(GroupNotEmptyException.class, "delete a consumer group with a member", () -> admin.deleteConsumerGroups(List.of("broker-pattern-group")).all().get());
        }
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(new SubscriptionPattern("(orders"));
            Steps.fails(InvalidRegularExpression.class, "subscribe by an invalid pattern", () -> {
                for (int i = 0; i < 100; i++) consumer.poll(Duration.ofMillis(200));
                return null;
            });
        }
    }
}

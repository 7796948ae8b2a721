import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.*;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** What an operator asks about groups, producers and transactions, after the other programs ran. Arguments: the broker, and a group to begin with. */
public final class GroupTour {
    private static final TopicPartition ORDERS_0 = new TopicPartition("orders", 0);

    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", args[0]);
        properties.put("client.id", "group-tour");
        try (Admin admin = Admin.create(properties)) {
            groups(admin, args[0], args[1]);
            transactions(admin, args[0]);
            Steps.succeeds("delete records", () -> admin.deleteRecords(Map.of(ORDERS_0, RecordsToDelete.beforeOffset(3))).all().get());
        }
    }

    private static void groups(Admin admin, String broker, String group) throws Exception {
        Steps.succeeds("list groups", () -> admin.listConsumerGroups().all().get());
        Steps.succeeds("describe a group", () -> admin.describeConsumerGroups(List.of(group), new DescribeConsumerGroupsOptions().includeAuthorizedOperations(true)).all().get());
        Steps.succeeds("list a group's offsets", () -> admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get());
        Steps.succeeds("list two groups' offsets", () -> admin.listConsumerGroupOffsets(Map.of(
                group, new ListConsumerGroupOffsetsSpec(), "billing-eos", new ListConsumerGroupOffsetsSpec().topicPartitions(List.of(ORDERS_0)))).all().get());
        Steps.succeeds("alter a group's offsets", () -> admin.alterConsumerGroupOffsets(group, Map.of(ORDERS_0, new OffsetAndMetadata(1, "rewound"))).all().get());
        Steps.succeeds("delete a group's offsets", () -> admin.deleteConsumerGroupOffsets(group, Set.of(ORDERS_0)).all().get());

        Properties live = new Properties();
        live.put("bootstrap.servers", broker);
        live.put("client.id", "live-member");
        live.put(ConsumerConfig.GROUP_ID_CONFIG, "live-group");
        live.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, "live-1");
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(live, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of("orders"));
            Steps.awaits("partitions", () -> {
                consumer.poll(java.time.Duration.ofMillis(200));
                return !consumer.assignment().isEmpty();
            });
            Steps.succeeds("describe a group with a member", () -> admin.describeConsumerGroups(List.of("live-group")).all().get());
            Steps.fails(GroupNotEmptyException.class, "delete a group with a member", () -> admin.deleteConsumerGroups(List.of("live-group")).all().get());
            Steps.fails(GroupSubscribedToTopicException.class, "delete offsets of a subscribed topic",
                    () -> admin.deleteConsumerGroupOffsets("live-group", Set.of(ORDERS_0)).partitionResult(ORDERS_0).get());
            Steps.fails(UnknownMemberIdException.class, "remove a member that is not there", () -> admin.removeMembersFromConsumerGroup("live-group",
                    new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("live-2")))).memberResult(new MemberToRemove("live-2")).get());
            RemoveMembersFromConsumerGroupOptions remove = new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("live-1")));
            remove.reason("it must go");
            Steps.succeeds("remove a member", () -> admin.removeMembersFromConsumerGroup("live-group", remove).all().get());
        }
        Steps.succeeds("delete a group", () -> admin.deleteConsumerGroups(List.of(group)).all().get());
        Steps.fails(GroupIdNotFoundException.class, "delete a group that is not there", () -> admin.deleteConsumerGroups(List.of("no-such-group")).all().get());
    }

    private static void transactions(Admin admin, String broker) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", broker);
        properties.put("client.id", "open-transaction");
        properties.put("transactional.id", "open-tx");
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("orders", 0, "k", "open")).get();
            Steps.succeeds("list transactions", () -> admin.listTransactions(new ListTransactionsOptions().filterStates(Set.of(TransactionState.ONGOING))).all().get());
            Steps.succeeds("describe transactions", () -> admin.describeTransactions(List.of("open-tx", "billing-tx")).all().get());
            Steps.fails(TransactionalIdNotFoundException.class, "describe a transaction that is not there", () -> admin.describeTransactions(List.of("no-such-tx")).all().get());
            List<ProducerState> states = Steps.succeeds("describe producers", () -> admin.describeProducers(List.of(ORDERS_0)).all().get()).get(ORDERS_0).activeProducers();
            ProducerState open = states.stream().filter(s -> s.currentTransactionStartOffset().isPresent()).findFirst().orElseThrow();
            Steps.succeeds("abort the transaction", () -> admin.abortTransaction(new AbortTransactionSpec(ORDERS_0, open.producerId(),
                    (short) open.producerEpoch(), open.coordinatorEpoch().orElse(0))).all().get());
            Steps.succeeds("fence producers", () -> admin.fenceProducers(List.of("open-tx", "billing-tx")).all().get());
            producer.close(java.time.Duration.ZERO);
        }
    }
}

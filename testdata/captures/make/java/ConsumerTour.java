import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.*;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Consumers of every kind: by hand, in groups that rebalance, static members, regular expressions, read committed. Arguments: the
 * broker, and the group protocols to use ("classic", "consumer").
 */
public final class ConsumerTour {
    private static final Duration POLL = Duration.ofMillis(300);

    public static void main(String[] args) throws Exception {
        String broker = args[0];
        byHand(broker);
        errors(broker);
        for (String protocol : List.of(args).subList(1, args.length)) {
            boolean classic = protocol.equals("classic");
            Map<String, String> group = Map.of("group.protocol", protocol);
            if (classic) {
                rebalances(broker, "range-group", Map.of("partition.assignment.strategy", RangeAssignor.class.getName()));
                rebalances(broker, "sticky-group", Map.of("partition.assignment.strategy", CooperativeStickyAssignor.class.getName()));
                rebalances(broker, "eager-sticky-group", Map.of("partition.assignment.strategy", StickyAssignor.class.getName()));
            } else {
                rebalances(broker, "uniform-group", Map.of("group.protocol", "consumer", "group.remote.assignor", "uniform"));
                rebalances(broker, "remote-range-group", Map.of("group.protocol", "consumer", "group.remote.assignor", "range"));
            }
            staticMember(broker, protocol + "-static-group", group);
            pattern(broker, protocol + "-pattern-group", group);
            offsets(broker, protocol + "-offsets-group", group);
        }
    }

    private static KafkaConsumer<String, String> consumer(String broker, String clientId, Map<String, ?> settings) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", broker);
        properties.put("client.id", clientId);
        properties.put("key.deserializer", StringDeserializer.class.getName());
        properties.put("value.deserializer", StringDeserializer.class.getName());
        properties.put("auto.offset.reset", "earliest");
        properties.put("fetch.max.wait.ms", "200");
        properties.put("metadata.max.age.ms", "1000");
        properties.putAll(settings);
        if (!"consumer".equals(settings.get("group.protocol"))) properties.put("heartbeat.interval.ms", "200");
        return new KafkaConsumer<>(properties);
    }

    private static void byHand(String broker) throws Exception {
        try (KafkaConsumer<String, String> consumer = consumer(broker, "by-hand", Map.of("isolation.level", "read_committed", "enable.auto.commit", false))) {
            List<TopicPartition> partitions = List.of(new TopicPartition("orders", 0), new TopicPartition("orders", 1), new TopicPartition("payments", 0), new TopicPartition("payments", 1));
            Steps.succeeds("list topics", () -> consumer.listTopics());
            Steps.succeeds("beginning offsets", () -> consumer.beginningOffsets(partitions));
            Steps.succeeds("end offsets", () -> consumer.endOffsets(partitions));
            Steps.succeeds("offsets for times", () -> consumer.offsetsForTimes(Map.of(partitions.get(0), 1763819581000L, partitions.get(2), Long.MAX_VALUE / 2)));
            consumer.assign(partitions);
            Steps.succeeds("poll read committed", () -> poll(consumer, 30));
            consumer.assign(partitions.subList(0, 3));
            Steps.succeeds("poll after a partition was removed", () -> poll(consumer, 0));
            consumer.pause(partitions.subList(0, 1));
            consumer.seekToBeginning(partitions.subList(1, 3));
            Steps.succeeds("poll with a partition paused", () -> poll(consumer, 1));
        }
    }

    private static void errors(String broker) throws Exception {
        try (KafkaConsumer<String, String> consumer = consumer(broker, "errors", Map.of("auto.offset.reset", "none", "allow.auto.create.topics", false, "enable.auto.commit", false))) {
            consumer.assign(List.of(new TopicPartition("orders", 0)));
            consumer.seek(new TopicPartition("orders", 0), 1_000_000);
            Steps.fails(org.apache.kafka.clients.consumer.OffsetOutOfRangeException.class, "poll beyond the end", () -> {
                for (int i = 0; i < 100; i++) consumer.poll(POLL);
                return null;
            });
            consumer.assign(List.of(new TopicPartition("no-such-topic", 0)));
            consumer.seek(new TopicPartition("no-such-topic", 0), 0);
            Steps.succeeds("poll a topic that is not there", () -> poll(consumer, 0));
            Steps.fails(InvalidTopicException.class, "subscribe to a topic with an invalid name", () -> {
                try (KafkaConsumer<String, String> other = consumer(broker, "errors-2", Map.of("group.id", "errors"))) {
                    other.subscribe(List.of("not/a/topic"));
                    return poll(other, 1);
                }
            });
        }
        Steps.fails(InvalidGroupIdException.class, "commit without a group", () -> {
            try (KafkaConsumer<String, String> consumer = consumer(broker, "errors-3", Map.of())) {
                consumer.assign(List.of(new TopicPartition("orders", 0)));
                consumer.commitSync(Map.of(new TopicPartition("orders", 0), new OffsetAndMetadata(1)));
                return null;
            }
        });
    }

    /** Polls until that many records came, and at least three times. */
    private static int poll(KafkaConsumer<String, String> consumer, int records) {
        int count = 0;
        for (int i = 0; i < 3 || count < records; i++) {
            if (i == 100) throw new IllegalStateException(count + " records of " + records + " came");
            count += consumer.poll(POLL).count();
        }
        return count;
    }

    /** Three members come one after another and leave again. */
    private static void rebalances(String broker, String group, Map<String, ?> settings) throws Exception {
        System.out.println("rebalance " + group);
        ExecutorService members = Executors.newCachedThreadPool();
        List<Future<?>> ends = new ArrayList<>();
        AtomicInteger leaving = new AtomicInteger(3);
        for (int i = 0; i < 3; i++) {
            int number = i;
            AtomicInteger polls = new AtomicInteger();
            ends.add(members.submit(() -> {
                try (KafkaConsumer<String, String> consumer = consumer(broker, group + "-" + number, with(settings, group))) {
                    consumer.subscribe(List.of("orders", "payments"));
                    while (leaving.get() > number) {
                        consumer.poll(POLL);
                        polls.incrementAndGet();
                    }
                }
            }));
            while (polls.get() < 4 && !ends.get(i).isDone()) Thread.sleep(50);
        }
        Thread.sleep(1000);
        for (int i = 2; i >= 0; i--) {
            leaving.set(i);
            Steps.succeeds("member " + i + " leaves", ends.get(i)::get);
            if (i > 0) Thread.sleep(1500);
        }
        members.shutdown();
    }

    private static Map<String, Object> with(Map<String, ?> settings, String group) {
        Map<String, Object> all = new java.util.HashMap<>(settings);
        all.put("group.id", group);
        return all;
    }

    private static void staticMember(String broker, String group, Map<String, ?> settings) throws Exception {
        Map<String, Object> own = with(settings, group);
        own.put("group.instance.id", "instance-1");
        for (int i = 0; i < 2; i++) {
            try (KafkaConsumer<String, String> consumer = consumer(broker, "static-1", own)) {
                consumer.subscribe(Set.of("orders"));
                Steps.succeeds("poll as a static member", () -> poll(consumer, 0));
                consumer.commitSync();
            }
        }
    }

    private static void pattern(String broker, String group, Map<String, ?> settings) throws Exception {
        try (KafkaConsumer<String, String> consumer = consumer(broker, "pattern", with(settings, group))) {
            consumer.subscribe(Pattern.compile("(orders|pay.*)"));
            Steps.succeeds("poll by a pattern", () -> poll(consumer, 10));
            consumer.enforceRebalance("to see one");
            Steps.succeeds("poll again", () -> poll(consumer, 0));
        }
    }

    private static void offsets(String broker, String group, Map<String, ?> settings) throws Exception {
        Map<String, Object> own = with(settings, group);
        own.put("enable.auto.commit", "false");
        TopicPartition orders = new TopicPartition("orders", 0);
        try (KafkaConsumer<String, String> consumer = consumer(broker, "offsets", own)) {
            consumer.subscribe(List.of("orders"));
            Steps.succeeds("poll", () -> poll(consumer, 1));
            Steps.succeeds("commit with metadata", () -> {
                consumer.commitSync(Map.of(orders, new OffsetAndMetadata(2, java.util.Optional.of(0), "half way")));
                return null;
            });
            consumer.commitAsync();
            Steps.succeeds("committed", () -> consumer.committed(Set.of(orders, new TopicPartition("orders", 1))));
            Steps.succeeds("lag", () -> consumer.currentLag(orders));
        }
        if (!"consumer".equals(settings.get("group.protocol"))) {
            own.put("session.timeout.ms", 1000);
            Steps.fails(InvalidSessionTimeoutException.class, "join with too short a session", () -> {
                try (KafkaConsumer<String, String> consumer = consumer(broker, "short-session", own)) {
                    consumer.subscribe(List.of("orders"));
                    return poll(consumer, 1);
                }
            });
        }
    }
}

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerProtocolAssignment;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.message.DefaultPrincipalData;
import org.apache.kafka.common.metadata.MetadataRecordType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder;
import org.apache.kafka.connect.runtime.distributed.ConnectProtocol;
import org.apache.kafka.connect.runtime.distributed.ExtendedAssignment;
import org.apache.kafka.connect.runtime.distributed.ExtendedWorkerState;
import org.apache.kafka.connect.runtime.distributed.IncrementalCooperativeConnectProtocol;
import org.apache.kafka.connect.util.ConnectorTaskId;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.share.ShareCoordinatorRecordSerde;
import org.apache.kafka.coordinator.transaction.TransactionCoordinatorRecordSerde;
import org.apache.kafka.metadata.MetadataRecordSerde;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.log.remote.metadata.storage.serialization.RemoteLogMetadataSerde;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentId;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadataUpdate;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentState;
import org.apache.kafka.server.log.remote.storage.RemotePartitionDeleteMetadata;
import org.apache.kafka.server.log.remote.storage.RemotePartitionDeleteState;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.assignment.ProcessId;
import org.apache.kafka.streams.processor.internals.assignment.AssignmentInfo;
import org.apache.kafka.streams.processor.internals.assignment.SubscriptionInfo;
import org.apache.kafka.streams.state.HostInfo;

/**
 * Writes messages into bytes by the serializers that Kafka has for each place. It runs from source with the jars of Kafka 4.4.0,
 * and of Streams and Connect, on the class path (see the script run beside it).
 *
 *   Payloads SEED COUNT    prints COUNT messages of each kind and version
 *
 * A line has "is", what the field that holds the bytes is, or the "topic" whose record's "key" and value they are, the "type" and
 * "version" of the message, the bytes in base64 ("body"), and its fields in "json".
 */
public class Payloads {
    static final ObjectMapper MAPPER = new ObjectMapper();
    static Random random;
    static PrintStream out;

    public static void main(String[] args) throws Exception {
        random = new Random(Long.parseLong(args[0]));
        out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (int i = 0; i < Integer.parseInt(args[1]); i++) {
            consumers();
            connect();
            for (int version = 1; version <= 11; version++) {
                streams(version);
            }
            KafkaPrincipal principal = new KafkaPrincipal("User", name(), random.nextBoolean());
            byte[] body = new DefaultKafkaPrincipalBuilder(null, null).serialize(principal);
            say(line("kafkaPrincipal", null, "DefaultPrincipalData", 0, body), json(new DefaultPrincipalData().setType("User")
                .setName(principal.getName()).setTokenAuthenticated(principal.tokenAuthenticated()), 0));
            remoteLog();
        }
        coordinator("__consumer_offsets", new GroupCoordinatorRecordSerde(), "group");
        coordinator("__transaction_state", new TransactionCoordinatorRecordSerde(), "transaction");
        coordinator("__share_group_state", new ShareCoordinatorRecordSerde(), "share");
        metadata();
        out.flush();
    }

    static void consumers() throws Exception {
        List<TopicPartition> owned = partitions();
        List<String> topics = new ArrayList<>();
        owned.forEach(p -> topics.add(p.topic()));
        ByteBuffer userData = random.nextBoolean() ? null : ByteBuffer.wrap(new byte[]{1, 2});
        Subscription subscription = new Subscription(topics, userData, owned, random.nextInt(10), random.nextBoolean() ? Optional.empty() : Optional.of("r"));
        Assignment assignment = new Assignment(owned, userData);
        for (short version = 0; version <= 3; version++) {
            byte[] body = bytes(ConsumerProtocol.serializeSubscription(subscription, version));
            say(line("groupSubscription", "consumer", "ConsumerProtocolSubscription", version, body),
                json(new ConsumerProtocolSubscription(behind(body), version), version));
            body = bytes(ConsumerProtocol.serializeAssignment(assignment, version));
            say(line("groupAssignment", "consumer", "ConsumerProtocolAssignment", version, body),
                json(new ConsumerProtocolAssignment(behind(body), version), version));
        }
    }

    /** The bytes behind the version. */
    static ByteBufferAccessor behind(byte[] body) {
        return new ByteBufferAccessor(ByteBuffer.wrap(body, 2, body.length - 2));
    }

    static void connect() throws Exception {
        String url = "http://" + name() + "/";
        long offset = random.nextInt(100) - 1;
        List<String> connectors = List.of(name());
        List<ConnectorTaskId> tasks = List.of(new ConnectorTaskId(name(), 0), new ConnectorTaskId(name(), random.nextInt(9)));
        ConnectProtocol.Assignment eager = new ConnectProtocol.Assignment((short) random.nextInt(2), name(), url, offset, connectors, tasks);
        ObjectNode state = MAPPER.createObjectNode().put("url", url).put("configOffset", offset);
        say(line("groupSubscription", "connect", "ConnectMetadata", 0,
            bytes(ConnectProtocol.serializeMetadata(new ConnectProtocol.WorkerState(url, offset)))), state);
        say(line("groupAssignment", "connect", "ConnectAssignment", 0, bytes(ConnectProtocol.serializeAssignment(eager))), assignment(eager));
        for (short version = 1; version <= 2; version++) {
            ExtendedAssignment given = new ExtendedAssignment(version, (short) 0, name(), url, offset, connectors, tasks, connectors, tasks, random.nextInt(100));
            boolean sessioned = version == 2;
            byte[] body = bytes(IncrementalCooperativeConnectProtocol.serializeMetadata(new ExtendedWorkerState(url, offset, given), sessioned));
            ObjectNode inner = assignment(given);
            inner.set("revoked", tasks(given.revokedConnectors(), given.revokedTasks()));
            inner.put("delay", given.delay());
            ObjectNode worker = state.deepCopy();
            worker.put("allocation", Base64.getEncoder().encodeToString(bytes(IncrementalCooperativeConnectProtocol.serializeAssignment(given, sessioned))));
            say(line("groupSubscription", "connect", "ConnectMetadata", version, body), worker);
            body = bytes(IncrementalCooperativeConnectProtocol.serializeAssignment(given, sessioned));
            say(line("groupAssignment", "connect", "ConnectAssignment", version, body), inner);
        }
    }

    static ObjectNode assignment(ConnectProtocol.Assignment a) {
        ObjectNode o = MAPPER.createObjectNode().put("error", a.error()).put("leader", a.leader()).put("leaderUrl", a.leaderUrl())
            .put("configOffset", a.offset());
        o.set("assignment", tasks(a.connectors(), a.tasks()));
        return o;
    }

    /** By connector, in no order that counts: the test sorts them. */
    static JsonNode tasks(Collection<String> connectors, Collection<ConnectorTaskId> tasks) {
        Map<String, List<Integer>> all = new HashMap<>();
        connectors.forEach(c -> all.computeIfAbsent(c, n -> new ArrayList<>()).add(-1));
        tasks.forEach(t -> all.computeIfAbsent(t.connector(), n -> new ArrayList<>()).add(t.task()));
        var list = MAPPER.createArrayNode();
        all.forEach((name, ids) -> list.addObject().put("connector", name).set("tasks", MAPPER.valueToTree(ids)));
        return list;
    }

    static void streams(int version) throws Exception {
        List<TaskId> active = List.of(new TaskId(1, 2), new TaskId(0, random.nextInt(9)));
        Map<TaskId, Set<TopicPartition>> standby = Map.of(new TaskId(3, 4), new HashSet<>(partitions()));
        Map<HostInfo, Set<TopicPartition>> hosts = Map.of(new HostInfo(name(), 80), new HashSet<>(partitions()), new HostInfo("other", 81), Set.of());
        AssignmentInfo info = new AssignmentInfo(version, 11, active, standby, hosts, hosts, random.nextInt(3));
        info.setNextRebalanceTime(random.nextLong());
        ObjectNode o = MAPPER.createObjectNode().put("version", version);
        o.put("active", active.toString()).put("standby", standby.keySet().toString());
        if (version >= 2) {
            o.put("hosts", hosts.size());
        }
        if (version >= 4) {
            o.put("errorCode", info.errCode());
        }
        if (version >= 7) {
            o.put("nextRebalanceMs", info.nextRebalanceMs());
        }
        say(line("assignmentUserData", null, "StreamsAssignmentInfo", version, bytes(info.encode())), o);
        SubscriptionInfo subscription = new SubscriptionInfo(version, 11, new ProcessId(new UUID(1, 2)), version >= 2 ? "host:80" : null,
            Map.of(new TaskId(1, 2), 5L), (byte) 1, 0, Map.of("k", "v"));
        say(line("subscriptionUserData", null, "SubscriptionInfoData", version, bytes(subscription.encode())), MAPPER.createObjectNode().put("version", version));
    }

    static void remoteLog() throws Exception {
        TopicIdPartition partition = new TopicIdPartition(new Uuid(1, random.nextInt()), new TopicPartition(name(), random.nextInt(9)));
        RemoteLogMetadataSerde serde = new RemoteLogMetadataSerde();
        RemoteLogSegmentId id = new RemoteLogSegmentId(partition, new Uuid(2, random.nextInt()));
        framed("__remote_log_metadata", "RemotePartitionDeleteMetadataRecord",
            serde.serialize(new RemotePartitionDeleteMetadata(partition, RemotePartitionDeleteState.DELETE_PARTITION_MARKED, 5, 1)));
        framed("__remote_log_metadata", "RemoteLogSegmentMetadataRecord",
            serde.serialize(new RemoteLogSegmentMetadata(id, 1, 9, 7, 1, 8, 100, Map.of(0, 1L))));
        framed("__remote_log_metadata", "RemoteLogSegmentMetadataUpdateRecord",
            serde.serialize(new RemoteLogSegmentMetadataUpdate(id, 4, Optional.empty(), RemoteLogSegmentState.COPY_SEGMENT_FINISHED, 1)));
    }

    /** What a framed record of one byte's version and number holds, read by the generated class. */
    static void framed(String topic, String type, byte[] body) throws Exception {
        Message message = (Message) Class.forName("org.apache.kafka.server.log.remote.metadata.storage.generated." + type).getDeclaredConstructor().newInstance();
        message.read(new ByteBufferAccessor(ByteBuffer.wrap(body, 3, body.length - 3)), body[2]);
        ObjectNode line = line(null, null, type, body[2], body);
        say(line.put("topic", topic), json(message, body[2]));
    }

    static void metadata() throws Exception {
        for (MetadataRecordType type : MetadataRecordType.values()) {
            ApiMessage message = type.newMetadataRecord();
            for (short version = message.lowestSupportedVersion(); version <= message.highestSupportedVersion(); version++) {
                ApiMessageAndVersion record = new ApiMessageAndVersion(message, version);
                ObjectSerializationCache cache = new ObjectSerializationCache();
                MetadataRecordSerde serde = new MetadataRecordSerde();
                ByteBuffer body = ByteBuffer.allocate(serde.recordSize(record, cache));
                serde.write(record, cache, new ByteBufferAccessor(body));
                say(line(null, null, message.getClass().getSimpleName(), version, body.array()).put("topic", "__cluster_metadata"), json(message, version));
            }
        }
    }

    static void coordinator(String topic, CoordinatorRecordSerde serde, String room) throws Exception {
        Class<?> types = Class.forName("org.apache.kafka.coordinator." + room + ".generated.CoordinatorRecordType");
        for (Object type : types.getEnumConstants()) {
            ApiMessage key = (ApiMessage) types.getMethod("newRecordKey").invoke(type);
            ApiMessage value = (ApiMessage) types.getMethod("newRecordValue").invoke(type);
            for (short version = value.lowestSupportedVersion(); version <= value.highestSupportedVersion(); version++) {
                CoordinatorRecord record = CoordinatorRecord.record(key, new ApiMessageAndVersion(value, version));
                ObjectNode line = line(null, null, value.getClass().getSimpleName(), version, serde.serializeValue(record)).put("topic", topic);
                line.put("key", serde.serializeKey(record)).put("keyType", key.getClass().getSimpleName());
                line.set("keyJson", json(key, 0));
                say(line, json(value, version));
            }
        }
    }

    static ObjectNode line(String is, String protocolType, String type, int version, byte[] body) {
        return MAPPER.createObjectNode().put("is", is).put("protocolType", protocolType).put("type", type).put("version", version).put("body", body);
    }

    static void say(ObjectNode line, JsonNode json) throws Exception {
        line.set("json", json);
        out.println(MAPPER.writeValueAsString(line));
    }

    static JsonNode json(Message message, int version) throws Exception {
        Class<?> converter = Class.forName(message.getClass().getName() + "JsonConverter");
        return (JsonNode) converter.getMethod("write", message.getClass(), short.class).invoke(null, message, (short) version);
    }

    static List<TopicPartition> partitions() {
        List<TopicPartition> list = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            list.add(new TopicPartition(name(), random.nextInt(9)));
        }
        return list;
    }

    static String name() {
        return "n" + random.nextInt(5);
    }

    static byte[] bytes(ByteBuffer b) {
        byte[] bytes = new byte[b.remaining()];
        b.duplicate().get(bytes);
        return bytes;
    }
}

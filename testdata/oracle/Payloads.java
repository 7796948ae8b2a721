import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
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
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerProtocolAssignment;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.message.DefaultPrincipalData;
import org.apache.kafka.common.message.KRaftVersionRecord;
import org.apache.kafka.common.message.LeaderChangeMessage;
import org.apache.kafka.common.message.SnapshotFooterRecord;
import org.apache.kafka.common.message.SnapshotHeaderRecord;
import org.apache.kafka.common.message.VotersRecord;
import org.apache.kafka.common.metadata.MetadataRecordType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.ControlRecordUtils;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
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
import org.apache.kafka.server.common.serialization.BytesApiMessageSerde;
import org.apache.kafka.server.log.remote.metadata.storage.RemoteLogSegmentMetadataSnapshot;
import org.apache.kafka.server.log.remote.metadata.storage.serialization.RemoteLogMetadataSerde;
import org.apache.kafka.server.log.remote.metadata.storage.serialization.RemoteLogSegmentMetadataSnapshotTransform;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentId;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadataUpdate;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentState;
import org.apache.kafka.server.log.remote.storage.RemotePartitionDeleteMetadata;
import org.apache.kafka.server.log.remote.storage.RemotePartitionDeleteState;
import org.apache.kafka.streams.internals.generated.SubscriptionInfoData;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.assignment.ProcessId;
import org.apache.kafka.streams.processor.internals.Task;
import org.apache.kafka.streams.processor.internals.assignment.AssignmentInfo;
import org.apache.kafka.streams.processor.internals.assignment.SubscriptionInfo;
import org.apache.kafka.streams.state.HostInfo;

/**
 * Writes messages into bytes by the serializers that Kafka has for each place. It runs with the jars of Kafka 4.4.0,
 * and of Streams and Connect, on the class path (see the script run beside it).
 *
 *   Payloads SEED COUNT    prints COUNT messages of each kind and version
 *
 * A line has "is", what the field that holds the bytes is, with the group's "protocolType" or "assignor" where that decides; or the
 * "topic" whose record's "key" and value they are; or the type of the "control" record. Then the "type" and "version" of the message,
 * the bytes in base64 ("body"), how many of them Kafka does not read ("rest"), its fields in "json", and what members of groups said
 * in it ("inside").
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
            sticky();
            for (int version = 1; version <= 11; version++) {
                streams(version);
            }
            controls();
            KafkaPrincipal principal = new KafkaPrincipal("User", name(), random.nextBoolean());
            byte[] body = new DefaultKafkaPrincipalBuilder(null, null).serialize(principal);
            say(line("kafkaPrincipal", null, "DefaultPrincipalData", 0, body), json(new DefaultPrincipalData().setType("User")
                .setName(principal.getName()).setTokenAuthenticated(principal.tokenAuthenticated()), 0));
            remoteLog();
            coordinator("__consumer_offsets", new GroupCoordinatorRecordSerde(), "group", i);
            coordinator("__transaction_state", new TransactionCoordinatorRecordSerde(), "transaction", i);
            coordinator("__share_group_state", new ShareCoordinatorRecordSerde(), "share", i);
            metadata(i);
        }
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
        byte[] known = bytes(ConsumerProtocol.serializeSubscription(subscription, (short) 3));
        byte[] body = newer(known);
        same(ConsumerProtocol.deserializeSubscription(ByteBuffer.wrap(known)), ConsumerProtocol.deserializeSubscription(ByteBuffer.wrap(body)));
        say(line("groupSubscription", "consumer", "ConsumerProtocolSubscription", body[1], body).put("rest", body.length - known.length),
            json(new ConsumerProtocolSubscription(behind(known), (short) 3), 3));
        known = bytes(ConsumerProtocol.serializeAssignment(assignment, (short) 3));
        body = newer(known);
        same(ConsumerProtocol.deserializeAssignment(ByteBuffer.wrap(known)), ConsumerProtocol.deserializeAssignment(ByteBuffer.wrap(body)));
        say(line("groupAssignment", "consumer", "ConsumerProtocolAssignment", body[1], body).put("rest", body.length - known.length),
            json(new ConsumerProtocolAssignment(behind(known), (short) 3), 3));
    }

    /** Kafka reads a version that it does not know as the newest that it knows. */
    static void same(Object known, Object newer) {
        if (!known.toString().equals(newer.toString())) {
            throw new IllegalStateException(known + " is not " + newer);
        }
    }

    /** The bytes behind the version. */
    static ByteBufferAccessor behind(byte[] body) {
        return new ByteBufferAccessor(ByteBuffer.wrap(body, 2, body.length - 2));
    }

    static void connect() throws Exception {
        String url = "http://" + name() + "/";
        long offset = random.nextInt(100) - 1;
        List<String> connectors = random.nextInt(3) == 0 ? List.of() : List.of(name());
        List<ConnectorTaskId> tasks = random.nextInt(3) == 0 ? List.of()
            : List.of(new ConnectorTaskId(name(), 0), new ConnectorTaskId(name(), random.nextInt(9)));
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
            ObjectNode idle = state.deepCopy();
            idle.putNull("allocation");
            say(line("groupSubscription", "connect", "ConnectMetadata", version, bytes(IncrementalCooperativeConnectProtocol.serializeMetadata(
                new ExtendedWorkerState(url, offset, null), sessioned))), idle);
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

    /** What the assignors themselves put into a subscription after an assignment, and the form that StickyAssignor still reads of old. */
    static void sticky() throws Exception {
        List<TopicPartition> had = partitions();
        @SuppressWarnings("removal")
        ConsumerGroupMetadata group = new ConsumerGroupMetadata("g", random.nextInt(), "m", Optional.empty());
        StickyAssignor sticky = new StickyAssignor();
        sticky.onAssignment(new Assignment(had), group);
        assigned("sticky", "StickyAssignorUserData", 1, bytes(sticky.subscriptionUserData(Set.of())), schema(StickyAssignor.class, "STICKY_ASSIGNOR_USER_DATA_V1"));
        Schema old = schema(StickyAssignor.class, "STICKY_ASSIGNOR_USER_DATA_V0");
        Struct struct = new Struct(old);
        List<Struct> topics = new ArrayList<>();
        for (TopicPartition p : had) {
            topics.add(struct.instance("previous_assignment").set("topic", p.topic()).set("partitions", new Object[]{p.partition()}));
        }
        ByteBuffer body = ByteBuffer.allocate(100);
        struct.set("previous_assignment", topics.toArray()).writeTo(body);
        assigned("sticky", "StickyAssignorUserData", 0, bytes(body.flip()), old);
        CooperativeStickyAssignor cooperative = new CooperativeStickyAssignor();
        cooperative.onAssignment(new Assignment(had), group);
        assigned("cooperative-sticky", "CooperativeStickyAssignorUserData", 0, bytes(cooperative.subscriptionUserData(Set.of())),
            schema(CooperativeStickyAssignor.class, "COOPERATIVE_STICKY_ASSIGNOR_USER_DATA_V0"));
    }

    static void assigned(String assignor, String type, int version, byte[] body, Schema schema) throws Exception {
        say(line("subscriptionUserData", null, type, version, body).put("assignor", assignor), json(schema.read(ByteBuffer.wrap(body))));
    }

    static Schema schema(Class<?> type, String name) throws Exception {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return (Schema) field.get(null);
    }

    /** The fields of a struct, as a JsonConverter would print them. */
    static JsonNode json(Object value) {
        if (value instanceof Struct struct) {
            ObjectNode o = MAPPER.createObjectNode();
            for (BoundField field : struct.schema().fields()) {
                o.set(camel(field.def.name), json(struct.get(field)));
            }
            return o;
        } else if (value instanceof Object[] array) {
            var list = MAPPER.createArrayNode();
            for (Object element : array) {
                list.add(json(element));
            }
            return list;
        } else if (value instanceof ByteBuffer buffer) {
            return MAPPER.valueToTree(bytes(buffer));
        } else if (value instanceof Uuid uuid) {
            return MAPPER.valueToTree(uuid.toString());
        }
        return MAPPER.valueToTree(value);
    }

    static String camel(String name) {
        return Pattern.compile("_(.)").matcher(name).replaceAll(m -> m.group(1).toUpperCase());
    }

    static void streams(int version) throws Exception {
        boolean named = version >= 10 && random.nextBoolean();
        List<TaskId> active = new ArrayList<>();
        Map<TaskId, Set<TopicPartition>> standby = new HashMap<>();
        Map<TaskId, Long> offsets = new HashMap<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            active.add(task(named));
            standby.put(task(named), new HashSet<>(partitions()));
            offsets.put(task(named), random.nextInt(4) == 0 ? Task.LATEST_OFFSET : random.nextLong() >>> 1);
        }
        AssignmentInfo info = new AssignmentInfo(version, version + random.nextInt(2), active, standby, hosts(), hosts(), random.nextInt(3));
        info.setNextRebalanceTime(random.nextLong());
        byte[] body = bytes(info.encode());
        say(line("assignmentUserData", null, "StreamsAssignmentInfo", version, body).put("assignor", "stream"),
            json(AssignmentInfo.decode(ByteBuffer.wrap(body)), version));

        SubscriptionInfo subscription = new SubscriptionInfo(version, 11, new ProcessId(new UUID(random.nextLong(), random.nextLong())),
            version >= 2 && random.nextBoolean() ? name() + ":80" : null, offsets, (byte) random.nextInt(), random.nextInt(3), Map.of(name(), name()));
        body = bytes(subscription.encode());
        say(line("subscriptionUserData", null, "SubscriptionInfoData", version, body).put("assignor", "stream"),
            json(((Schema) SubscriptionInfoData.class.getField("SCHEMA_" + version).get(null)).read(ByteBuffer.wrap(body))));
    }

    static TaskId task(boolean named) {
        return new TaskId(random.nextInt(9), random.nextInt(9), named ? "top\u00e9\ud83d\ude00" + name() : null);
    }

    static Map<HostInfo, Set<TopicPartition>> hosts() {
        return Map.of(new HostInfo(name(), 80), new HashSet<>(partitions()), new HostInfo("other", random.nextInt(70000)), Set.of());
    }

    /** What an assignment says to Kafka, where the wire has indexes and lists; the test makes the same of what it reads. */
    static JsonNode json(AssignmentInfo info, int version) {
        ObjectNode o = MAPPER.createObjectNode().put("version", version);
        if (version >= 3) {
            o.put("commonlySupportedVersion", info.commonlySupportedVersion());
        }
        o.set("active", MAPPER.valueToTree(info.activeTasks().stream().map(TaskId::toString).toList()));
        o.set("standby", byName(info.standbyTasks()));
        if (version >= 2) {
            o.set("hosts", byName(info.partitionsByHost()));
        }
        if (version >= 6) {
            o.set("standbyHosts", byName(info.standbyPartitionByHost()));
        }
        if (version >= 4) {
            o.put("errorCode", info.errCode());
        }
        if (version >= 7) {
            o.put("nextRebalanceMs", info.nextRebalanceMs());
        }
        return o;
    }

    static JsonNode byName(Map<?, Set<TopicPartition>> partitions) {
        ObjectNode o = MAPPER.createObjectNode();
        partitions.forEach((of, list) -> o.set(of instanceof HostInfo host ? host.host() + ":" + host.port() : of.toString(),
            MAPPER.valueToTree(list.stream().map(TopicPartition::toString).sorted().toList())));
        return o;
    }

    /** Control records: as this release writes them, newer and longer ones, and one that it does not know. */
    static void controls() throws Exception {
        for (ControlRecordType type : List.of(ControlRecordType.ABORT, ControlRecordType.COMMIT)) {
            byte[] body = bytes(new EndTransactionMarker(type, random.nextInt()).serializeValue());
            marker(type, body);
            marker(type, newer(body));
        }
        LeaderChangeMessage leader = new LeaderChangeMessage().setLeaderId(random.nextInt());
        VotersRecord voters = new VotersRecord();
        for (int i = random.nextInt(4); i > 0; i--) {
            leader.voters().add(new LeaderChangeMessage.Voter().setVoterId(i));
            leader.grantingVoters().add(new LeaderChangeMessage.Voter().setVoterId(random.nextInt()));
            VotersRecord.Voter voter = new VotersRecord.Voter().setVoterId(i).setVoterDirectoryId(new Uuid(random.nextLong(), i));
            voter.endpoints().add(new VotersRecord.Endpoint().setName(name()).setHost(name()).setPort(random.nextInt(65536)));
            voter.kRaftVersionFeature().setMaxSupportedVersion((short) random.nextInt(3));
            voters.voters().add(voter);
        }
        control(ControlRecordType.LEADER_CHANGE, leader);
        control(ControlRecordType.SNAPSHOT_HEADER, new SnapshotHeaderRecord().setLastContainedLogTimestamp(random.nextLong()));
        control(ControlRecordType.SNAPSHOT_FOOTER, new SnapshotFooterRecord());
        control(ControlRecordType.KRAFT_VERSION, new KRaftVersionRecord().setKRaftVersion((short) random.nextInt(3)));
        control(ControlRecordType.KRAFT_VOTERS, voters);
        short unknown = (short) (7 + random.nextInt(30000));
        ByteBuffer key = ByteBuffer.allocate(4).putShort((short) 0).putShort(unknown).flip();
        say(line(null, null, "", 0, new byte[]{0, 0}).put("control", ControlRecordType.parse(key.duplicate()).name()).put("key", bytes(key)), null);
    }

    /** The same with a version in front that is not known yet, and with bytes behind. */
    static byte[] newer(byte[] body) {
        byte[] longer = Arrays.copyOf(body, body.length + 1 + random.nextInt(4));
        longer[1] = (byte) (10 + random.nextInt(100));
        return longer;
    }

    /** What the end of a transaction says. */
    static void marker(ControlRecordType type, byte[] body) throws Exception {
        Method reader = EndTransactionMarker.class.getDeclaredMethod("deserializeValue", ControlRecordType.class, ByteBuffer.class);
        reader.setAccessible(true);
        EndTransactionMarker marker = (EndTransactionMarker) reader.invoke(null, type, ByteBuffer.wrap(body));
        say(line(null, null, "EndTxnMarker", body[1], body).put("control", marker.controlType().name()).put("key", bytes(type.recordKey()))
            .put("rest", body.length - marker.serializeValue().remaining()), MAPPER.createObjectNode().put("coordinatorEpoch", marker.coordinatorEpoch()));
    }

    static void control(ControlRecordType type, ApiMessage message) throws Exception {
        byte[] body = bytes(MessageUtil.toByteBufferAccessor(message, (short) 0).buffer());
        for (byte[] value : List.of(body, newer(body))) {
            Method reader = ControlRecordUtils.class.getMethod("deserialize" + message.getClass().getSimpleName(), ByteBuffer.class);
            Message read = (Message) reader.invoke(null, ByteBuffer.wrap(value));
            say(line(null, null, message.getClass().getSimpleName(), 0, value).put("control", ControlRecordType.parse(type.recordKey()).name())
                .put("key", bytes(type.recordKey())).put("rest", value.length - body.length), json(read, 0));
        }
    }

    static void remoteLog() throws Exception {
        TopicIdPartition partition = new TopicIdPartition(new Uuid(1, random.nextInt()), new TopicPartition(name(), random.nextInt(9)));
        RemoteLogMetadataSerde serde = new RemoteLogMetadataSerde();
        RemoteLogSegmentId id = new RemoteLogSegmentId(partition, new Uuid(2, random.nextInt()));
        framed("__remote_log_metadata", "RemotePartitionDeleteMetadataRecord",
            serde.serialize(new RemotePartitionDeleteMetadata(partition, RemotePartitionDeleteState.DELETE_PARTITION_MARKED, 5, 1)));
        RemoteLogSegmentMetadata segment = new RemoteLogSegmentMetadata(id, random.nextInt(9), 9, 7, random.nextInt(9), 8, 100, Map.of(0, 1L));
        framed("__remote_log_metadata", "RemoteLogSegmentMetadataRecord", serde.serialize(segment));
        framed("__remote_log_metadata", "RemoteLogSegmentMetadataSnapshotRecord", new BytesApiMessageSerde() {
            @Override
            public ApiMessage apiMessageFor(short type) {
                throw new IllegalStateException("this one only writes");
            }
        }.serialize(new RemoteLogSegmentMetadataSnapshotTransform().toApiMessageAndVersion(RemoteLogSegmentMetadataSnapshot.create(segment))));
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

    static void metadata(int number) throws Exception {
        for (MetadataRecordType type : MetadataRecordType.values()) {
            ApiMessage kind = type.newMetadataRecord();
            for (short version = kind.lowestSupportedVersion(); version <= kind.highestSupportedVersion(); version++) {
                ApiMessage message = new RecordMaker(random.nextLong(), number).like(kind, version);
                ApiMessageAndVersion record = new ApiMessageAndVersion(message, version);
                ObjectSerializationCache cache = new ObjectSerializationCache();
                MetadataRecordSerde serde = new MetadataRecordSerde();
                ByteBuffer body = ByteBuffer.allocate(serde.recordSize(record, cache));
                serde.write(record, cache, new ByteBufferAccessor(body));
                say(line(null, null, message.getClass().getSimpleName(), version, body.array()).put("topic", "__cluster_metadata"), json(message, version));
            }
        }
    }

    static void coordinator(String topic, CoordinatorRecordSerde serde, String room, int number) throws Exception {
        Class<?> types = Class.forName("org.apache.kafka.coordinator." + room + ".generated.CoordinatorRecordType");
        for (Object type : types.getEnumConstants()) {
            ApiMessage kind = (ApiMessage) types.getMethod("newRecordValue").invoke(type);
            for (short version = kind.lowestSupportedVersion(); version <= kind.highestSupportedVersion(); version++) {
                RecordMaker maker = new RecordMaker(random.nextLong(), number);
                ApiMessage key = maker.like((ApiMessage) types.getMethod("newRecordKey").invoke(type), (short) 0);
                ApiMessage value = maker.like(kind, version);
                CoordinatorRecord record = CoordinatorRecord.record(key, new ApiMessageAndVersion(value, version));
                ObjectNode line = line(null, null, value.getClass().getSimpleName(), version, serde.serializeValue(record)).put("topic", topic);
                line.put("key", serde.serializeKey(record)).put("keyType", key.getClass().getSimpleName());
                line.set("keyJson", json(key, 0));
                line.set("inside", maker.inside);
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
        return RecordMaker.json(message, (short) version);
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

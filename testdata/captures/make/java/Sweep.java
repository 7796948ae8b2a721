import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * One request of every API in every version that each listener says it speaks, written by the schemas of the release on the class
 * path, all arrays with one element. What comes back must be the right response, to its last byte; it may well be an error. Arguments:
 * the cluster's id, and the listeners, each host:port; a version that an earlier listener has answered is not asked of a later one.
 */
public final class Sweep {
    /** A version of an API. */
    private record Request(ApiKeys api, short version) {}

    private final Map<String, Object> values;
    private final String host;
    private final int port;
    private Socket socket;
    private int correlation;

    private Sweep(String listener, Map<String, Object> values) {
        this.host = listener.substring(0, listener.lastIndexOf(':'));
        this.port = Integer.parseInt(listener.substring(listener.lastIndexOf(':') + 1));
        this.values = values;
    }

    public static void main(String[] args) throws Exception {
        Set<Request> done = new HashSet<>();
        Set<String> refused = new TreeSet<>();
        Map<String, Object> values = values(args[0], prepare(args[1]));
        for (String listener : List.of(args).subList(1, args.length)) {
            new Sweep(listener, values).run(done, refused);
        }
        System.out.println(done.size() + " versions of APIs answered; closed the connection on " + refused);
        // With ZooKeeper, a broker says that it speaks Envelope, and does not.
        if (!refused.isEmpty() && !refused.equals(Set.of("Envelope v0"))) {
            throw new IllegalStateException("not answered: " + refused);
        }
    }

    /** Makes what the requests are about: a topic, an offset committed for a group, a transactional producer. Returns the topic's id. */
    private static Uuid prepare(String broker) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", broker);
        try (Admin admin = Admin.create(properties)) {
            Uuid topicId = admin.createTopics(List.of(new NewTopic("orders", 2, (short) 1))).topicId("orders").get();
            admin.alterConsumerGroupOffsets("billing", Map.of(new TopicPartition("orders", 0), new OffsetAndMetadata(0))).all().get();
            properties.put("transactional.id", "sweep-tx");
            try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
                producer.initTransactions();
            }
            return topicId;
        }
    }

    private void run(Set<Request> done, Set<String> refused) throws Exception {
        ApiVersionsResponseData advertised = new ApiVersionsResponseData(new ByteBufferAccessor(ask(new Request(ApiKeys.API_VERSIONS, (short) 3))), (short) 3);
        if (advertised.errorCode() != 0) {
            throw new IllegalStateException("the broker does not say what it speaks: " + advertised);
        }
        for (ApiVersion range : advertised.apiKeys()) {
            ApiKeys api = ApiKeys.forId(range.apiKey());
            // 4.x claims old versions of Produce that it does not speak.
            short lowest = (short) Math.max(range.minVersion(), api.messageType.lowestSupportedVersion());
            for (short version = lowest; version <= range.maxVersion(); version++) {
                Request request = new Request(api, version);
                if (done.contains(request)) {
                    continue;
                }
                try {
                    check(request, ask(request));
                    done.add(request);
                } catch (IOException e) {
                    refused.add(api.name + " v" + version);
                    close();
                }
            }
            close(); // each API has a connection of its own
        }
    }

    private void close() throws IOException {
        if (socket != null) {
            socket.close();
            socket = null;
        }
    }

    /** Sends a request, and returns what came back behind the response's header. */
    private ByteBuffer ask(Request request) throws IOException {
        if (socket == null) {
            socket = new Socket(host, port);
            socket.setSoTimeout(20_000);
            socket.setTcpNoDelay(true);
        }
        RequestHeader header = new RequestHeader(request.api, request.version, "sweep", ++correlation);
        ByteBuffer head = bytes(header.data(), header.headerVersion()), body = body(request);
        ByteBuffer frame = ByteBuffer.allocate(4 + head.remaining() + body.remaining());
        frame.putInt(frame.capacity() - 4).put(head).put(body);
        socket.getOutputStream().write(frame.array());

        DataInputStream in = new DataInputStream(socket.getInputStream());
        ByteBuffer response = ByteBuffer.wrap(in.readNBytes(in.readInt()));
        if (response.getInt() != correlation) {
            throw new IllegalStateException("the response to another request than " + request);
        }
        if (request.api.responseHeaderVersion(request.version) > 0) {
            new TaggedFields(Map.of()).read(response);
        }
        return response;
    }

    /** Reads a response with the release's own class. */
    private static void check(Request request, ByteBuffer response) {
        ApiMessage message = request.api.messageType.newResponse();
        message.read(new ByteBufferAccessor(response), request.version);
        if (response.hasRemaining()) {
            throw new IllegalStateException(response.remaining() + " bytes more than the response to " + request);
        }
        System.out.println(request.api.name + " v" + request.version + ": " + message);
    }

    private ByteBuffer body(Request request) {
        if (request.api == ApiKeys.DESCRIBE_TOPIC_PARTITIONS) { // 3.9.2's schema does not know that the cursor may be null
            return bytes(new DescribeTopicPartitionsRequestData().setTopics(List.of(new DescribeTopicPartitionsRequestData.TopicRequest().setName("orders"))), request.version);
        }
        Schema schema = request.api.messageType.requestSchemas()[request.version];
        Struct struct = (Struct) value(request, "", "", schema);
        ByteBuffer bytes = ByteBuffer.allocate(schema.sizeOf(struct));
        schema.write(bytes, struct);
        return bytes.flip();
    }

    private static ByteBuffer bytes(Message message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(buffer), cache, version);
        return buffer.flip();
    }

    /** What a field is given: what values() says of it, else something plain of its type. */
    private Object value(Request request, String parent, String name, Type type) {
        for (String key : List.of(request.api.name + "." + parent + "." + name, request.api.name + "." + name, parent + "." + name, name)) {
            if (values.containsKey(key)) {
                return fit(values.get(key), request, type);
            }
        }
        if (request.api == ApiKeys.PRODUCE && name.equals("records")) {
            return type.read(records(request.version, type.toString().startsWith("COMPACT")));
        }
        if (type instanceof TaggedFields) {
            return new TreeMap<>();
        }
        if (type.isArray()) {
            return new Object[] {value(request, parent, name, type.arrayElementType().get())};
        }
        if (type instanceof Schema schema) {
            Struct struct = new Struct(schema);
            for (BoundField field : schema.fields()) {
                struct.set(field, value(request, name, field.def.name, field.def.type));
            }
            return struct;
        }
        if (type.isNullable()) {
            return null;
        }
        return switch (type.toString()) {
            case "BOOLEAN" -> false;
            case "FLOAT64" -> 1000.0;
            case "UUID" -> new Uuid(0, 1);
            case "STRING", "COMPACT_STRING" -> "sweep-" + name.replace('_', '-');
            case "BYTES", "COMPACT_BYTES" -> ByteBuffer.wrap(name.getBytes(StandardCharsets.UTF_8));
            default -> fit(0, request, type);
        };
    }

    /** A value of the table in the form of a field's type. */
    private Object fit(Object value, Request request, Type type) {
        if (value == null) {
            return null;
        }
        if (type.isArray()) {
            return value instanceof Object[] array ? array : new Object[] {fit(value, request, type.arrayElementType().get())};
        }
        if (value instanceof String text) {
            return text.replace("{version}", String.valueOf(request.version));
        }
        if (value instanceof ByteBuffer buffer) {
            return buffer.duplicate();
        }
        if (!(value instanceof Number number)) {
            return value;
        }
        return switch (type.toString()) {
            case "INT8" -> number.byteValue();
            case "INT16" -> number.shortValue();
            case "UINT16", "INT32" -> number.intValue();
            case "UINT32", "INT64" -> number.longValue();
            default -> value;
        };
    }

    /** One record in the oldest format that a version of Produce takes, as the field has it: behind its length. */
    private static ByteBuffer records(short version, boolean compact) {
        byte[] value = "swept".getBytes(StandardCharsets.UTF_8);
        int magic = Math.max(0, Math.min(2, version - 1));
        ByteBuffer set = ByteBuffer.allocate(120);
        Checksum sum;
        int covered;
        if (magic == 2) {
            set.putLong(0).putInt(0).putInt(-1).put((byte) magic).putInt(0);
            covered = set.position();
            set.putShort((short) 0).putInt(0).putLong(1763819581000L).putLong(1763819581000L).putLong(-1).putShort((short) -1).putInt(-1).putInt(1);
            set.put((byte) (2 * (6 + value.length))).put(new byte[] {0, 0, 0, 1, (byte) (2 * value.length)}).put(value).put((byte) 0);
            sum = new CRC32C();
        } else {
            set.putLong(0).putInt(0).putInt(0);
            covered = set.position();
            set.put((byte) magic).put((byte) 0);
            if (magic == 1) {
                set.putLong(1763819581000L);
            }
            set.putInt(-1).putInt(value.length).put(value);
            sum = new CRC32();
        }
        set.flip().putInt(8, set.limit() - 12);
        sum.update(set.slice(covered, set.limit() - covered));
        set.putInt(covered - 4, (int) sum.getValue());
        ByteBuffer field = ByteBuffer.allocate(4 + set.limit());
        if (compact) {
            field.put((byte) (set.limit() + 1));
        } else {
            field.putInt(set.limit());
        }
        return field.put(set).flip();
    }

    /** The table of fields that need a certain value; a key is the field's name, if need be with that of its array or its API in front. */
    private static Map<String, Object> values(String clusterId, Uuid topicId) {
        Object[] none = {};
        String member = new Uuid(1, 1).toString();
        Map<String, Object> values = new HashMap<>();
        for (Object[] entry : new Object[][] {
            {"cluster_id", clusterId}, {"topic_id", topicId}, {"name", "orders"}, {"topic", "orders"}, {"topic_name", "orders"},
            {"topic_names", "gone"}, {"subscribed_topic_names", "orders"}, {"subscribed_topic_regex", null}, {"controller_id", 9}, {"broker_id", 9},
            {"current_leader_epoch", -1}, {"replica_id", -1}, {"session_epoch", -1}, {"timestamp", -1},
            {"max_num_offsets", 1}, {"max_wait_ms", 100}, {"max_bytes", 1 << 20}, {"partition_max_bytes", 1 << 20}, {"max_records", 10}, {"batch_size", 10},
            {"timeout_ms", 1000}, {"timeout", 1000}, {"session_timeout_ms", 6000}, {"rebalance_timeout_ms", 1000}, {"transaction_timeout_ms", 60000},
            {"group_id", "billing"}, {"member_id", ""}, {"generation_id", -1}, {"generation_id_or_member_epoch", -1}, {"committed_offset", 1},
            {"committed_metadata", "swept"}, {"retention_time_ms", -1}, {"principal", "User:alice"}, {"host", "127.0.0.1"}, {"port", 9099},
            {"producer_id", 1000}, {"transactional_id", "sweep-tx"}, {"resource_name", "orders"}, {"resource_type", 2}, {"cursor", null},

            {"Produce.transactional_id", null}, {"Produce.acks", 1},
            {"Metadata.topic_id", Uuid.ZERO_UUID}, {"CreateTopics.topics.name", "created-{version}"}, {"CreateTopics.num_partitions", 1},
            {"CreateTopics.replication_factor", 1}, {"CreateTopics.assignments", none}, {"configs.name", "retention.ms"}, {"configs.value", "3600000"},
            {"DeleteTopics.name", "gone"}, {"DeleteTopics.topics.topic_id", Uuid.ZERO_UUID}, {"CreatePartitions.count", 3}, {"CreatePartitions.assignments", null},
            {"JoinGroup.group_id", "joined-{version}"}, {"JoinGroup.protocol_type", "consumer"}, {"JoinGroup.name", "range"},
            {"JoinGroup.metadata", ConsumerProtocol.serializeSubscription(new Subscription(List.of("orders")))},
            {"SyncGroup.assignment", ConsumerProtocol.serializeAssignment(new Assignment(List.of(new TopicPartition("orders", 0))))},
            {"FindCoordinator.key", "billing"}, {"coordinator_keys", "billing"}, {"configuration_keys", "retention.ms"},
            {"resource_type_filter", 1}, {"pattern_type_filter", 1}, {"DescribeAcls.operation", 1}, {"DescribeAcls.permission_type", 1},
            {"DeleteAcls.operation", 1}, {"DeleteAcls.permission_type", 1}, {"CreateAcls.operation", 3}, {"CreateAcls.permission_type", 3},
            {"resource_pattern_type", 3}, {"entity_type", "user"}, {"entity_name", "alice"}, {"DescribeClientQuotas.match", "alice"},
            {"AlterClientQuotas.key", "producer_byte_rate"}, {"AlterUserScramCredentials.name", "alice"}, {"DescribeUserScramCredentials.name", "alice"},
            {"AlterUserScramCredentials.mechanism", 1}, {"iterations", 4096}, {"SaslHandshake.mechanism", "PLAIN"}, {"feature", "metadata.version"}, {"max_version_level", 1},
            {"DescribeQuorum.topic_name", "__cluster_metadata"}, {"Vote.topic_name", "__cluster_metadata"}, {"BeginQuorumEpoch.topic_name", "__cluster_metadata"},
            {"EndQuorumEpoch.topic_name", "__cluster_metadata"}, {"FetchSnapshot.name", "__cluster_metadata"}, {"listeners.name", "PLAINTEXT"},
            {"features.name", "metadata.version"}, {"features.max_supported_version", 30}, {"resource_types", 16}, {"state_filters", "Ongoing"},
            {"states_filter", "Stable"}, {"types_filter", "classic"}, {"endpoint_type", 1}, {"metrics", ByteBuffer.allocate(0)},
            {"ApiVersions.node_id", 1}, {"deletions.name", "bob"}, {"DescribeGroups.groups", "joined-3"}, {"transactional_ids", "sweep-tx"}, {"FetchSnapshot.replica_id", 9},
            {"ConsumerGroupHeartbeat.group_id", "consumers"}, {"ConsumerGroupHeartbeat.member_id", member}, {"ConsumerGroupDescribe.group_ids", "consumers"},
            {"ConsumerGroupHeartbeat.topic_partitions", none}, {"ShareGroupHeartbeat.group_id", "sharers"}, {"ShareGroupHeartbeat.member_id", member},
            {"ShareGroupDescribe.group_ids", "sharers"}, {"ShareFetch.group_id", "sharers"}, {"ShareFetch.member_id", member},
            {"ShareFetch.acknowledgement_batches", none}, {"forgotten_topics_data", none}, {"ShareAcknowledge.group_id", "sharers"}, {"ShareAcknowledge.member_id", member},
            {"StreamsGroupHeartbeat.group_id", "streams"}, {"StreamsGroupHeartbeat.member_id", member}, {"StreamsGroupDescribe.group_ids", "streams"},
            {"StreamsGroupHeartbeat.source_topics", "orders"}, {"source_topic_regex", none}, {"repartition_sink_topics", none}, {"repartition_source_topics", none},
            {"state_changelog_topics", none}, {"copartition_groups", none}, {"active_tasks", none}, {"standby_tasks", none}, {"warmup_tasks", none},
        }) {
            values.put((String) entry[0], entry[1]);
        }
        return values;
    }
}

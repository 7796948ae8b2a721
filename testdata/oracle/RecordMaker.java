import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ConsumerProtocolAssignment;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.types.Schema;

/**
 * Makes random records of the internal topics. What groups keep of their members is written by the consumers' own serializer; the
 * messages that are so inside a record are in inside, in the order in which they stand there. Of the fourth record of a kind no
 * array is empty.
 */
class RecordMaker extends Maker {
    final ArrayNode inside = new ObjectMapper().createArrayNode();

    RecordMaker(long seed, int number) {
        super(seed, number);
    }

    /** Another one of a kind. */
    ApiMessage like(ApiMessage kind, short version) throws Exception {
        return message(kind.getClass(), ((Schema[]) kind.getClass().getField("SCHEMAS").get(null))[version]);
    }

    @Override
    protected int elements() {
        return style == 3 ? 1 + random.nextInt(3) : super.elements();
    }

    @Override
    protected Object instead(Message message, String field) throws Exception {
        return switch (message.getClass().getSimpleName() + " " + field) {
            case "GroupMetadataValue protocol_type" -> "consumer";
            case "MemberMetadata subscription", "ClassicProtocol metadata" -> subscription();
            case "MemberMetadata assignment" -> assignment();
            default -> null;
        };
    }

    private byte[] subscription() throws Exception {
        List<String> topics = new ArrayList<>();
        List<TopicPartition> owned = partitions();
        owned.forEach(p -> topics.add(p.topic()));
        short version = (short) random.nextInt(4);
        ByteBuffer body = ConsumerProtocol.serializeSubscription(new Subscription(topics, userData(), owned, random.nextInt(10),
            random.nextBoolean() ? Optional.empty() : Optional.of("r")), version);
        return inside(new ConsumerProtocolSubscription(), version, body);
    }

    private byte[] assignment() throws Exception {
        short version = (short) random.nextInt(4);
        return inside(new ConsumerProtocolAssignment(), version, ConsumerProtocol.serializeAssignment(new Assignment(partitions(), userData()), version));
    }

    private List<TopicPartition> partitions() {
        List<TopicPartition> list = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            list.add(new TopicPartition("n" + random.nextInt(5), random.nextInt(9)));
        }
        return list;
    }

    private ByteBuffer userData() {
        return random.nextBoolean() ? null : ByteBuffer.wrap(new byte[]{1, 2});
    }

    /** Notes what stands behind the version, and returns the whole. */
    private byte[] inside(Message message, short version, ByteBuffer whole) throws Exception {
        byte[] bytes = new byte[whole.remaining()];
        whole.get(bytes);
        message.read(new ByteBufferAccessor(ByteBuffer.wrap(bytes, 2, bytes.length - 2)), version);
        inside.addObject().put("type", message.getClass().getSimpleName()).put("version", version).put("body", bytes).set("json", json(message, version));
        return bytes;
    }

    /** What Kafka's converter prints of a message. */
    static JsonNode json(Message message, short version) throws Exception {
        Class<?> converter = Class.forName(message.getClass().getName() + "JsonConverter");
        return (JsonNode) converter.getMethod("write", message.getClass(), short.class).invoke(null, message, version);
    }
}

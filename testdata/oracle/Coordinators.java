import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.TreeSet;
import java.util.jar.JarFile;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;

/**
 * Writes the records of the coordinators' topics as Kafka 3.9.2 does, where the version of a key says which record it is. Payloads.java
 * does it for 4.4.0, whose lines these are like. It runs with the jars of Kafka 3.9.2 on the class path.
 *
 *   Coordinators SEED COUNT    prints COUNT records of each kind and of each version of key and value
 */
public class Coordinators {
    static final ObjectMapper MAPPER = new ObjectMapper();
    static Random random;
    static PrintStream out;

    public static void main(String[] args) throws Exception {
        random = new Random(Long.parseLong(args[0]));
        out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (int i = 0; i < Integer.parseInt(args[1]); i++) {
            topic("__consumer_offsets", Class.forName("org.apache.kafka.coordinator.group.generated.OffsetCommitKey"), i);
            topic("__transaction_state", Class.forName("org.apache.kafka.coordinator.transaction.generated.TransactionLogKey"), i);
        }
        out.flush();
    }

    /** All pairs of key and value that stand beside one key. */
    static void topic(String topic, Class<?> one, int number) throws Exception {
        TreeSet<String> keys = new TreeSet<>();
        try (JarFile jar = new JarFile(Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI()).toFile())) {
            jar.stream().map(e -> e.getName().replace('/', '.')).filter(n -> n.startsWith(one.getPackageName()) && n.endsWith("Key.class"))
                .forEach(n -> keys.add(n.substring(0, n.length() - ".class".length())));
        }
        for (String name : keys) {
            ApiMessage key = make(name);
            ApiMessage value = make(name.replaceAll("Key$", "Value"));
            if (name.endsWith(".ShareGroupMetadataKey")) {
                continue; // a preview, laid out anew in 4.0 under the same version
            }
            for (short k = key.lowestSupportedVersion(); k <= key.highestSupportedVersion(); k++) {
                for (short v = value.lowestSupportedVersion(); v <= value.highestSupportedVersion(); v++) {
                    if (name.endsWith(".OffsetCommitKey") && k == 0 && v > 0) {
                        continue; // which nobody wrote: later versions of the value came with the second number
                    }
                    RecordMaker maker = new RecordMaker(random.nextLong(), number);
                    ObjectNode line = record(topic, maker.like(key, k), k, maker.like(value, v), v);
                    line.set("inside", maker.inside);
                    out.println(MAPPER.writeValueAsString(line));
                }
            }
        }
    }

    static ObjectNode record(String topic, ApiMessage key, short keyVersion, ApiMessage value, short version) throws Exception {
        // Since 4.0 the first number of an offset's key is a record with a name of its own.
        String prefix = keyVersion == 0 && key.getClass().getSimpleName().equals("OffsetCommitKey") ? "Legacy" : "";
        ObjectNode line = MAPPER.createObjectNode().put("topic", topic).put("type", prefix + value.getClass().getSimpleName()).put("version", version)
            .put("body", MessageUtil.toVersionPrefixedBytes(version, value)).put("key", MessageUtil.toVersionPrefixedBytes(keyVersion, key))
            .put("keyType", prefix + key.getClass().getSimpleName());
        line.set("keyJson", RecordMaker.json(key, keyVersion));
        line.set("json", RecordMaker.json(value, version));
        return line;
    }

    static ApiMessage make(String type) throws Exception {
        return (ApiMessage) Class.forName(type).getDeclaredConstructor().newInstance();
    }
}

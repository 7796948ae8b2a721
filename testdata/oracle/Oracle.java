import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.JarFile;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.Schema;

/**
 * Says what Kafka's own generated classes make of messages. It runs with the jars of one release of Kafka on the
 * class path (see the script run beside it).
 *
 *   Oracle write SEED COUNT [EARLIER]   prints COUNT random messages of every API, version and direction, header and internal
 *                                       record that the release has, but for those of which the file EARLIER has any
 *   Oracle read                         reads lines and prints for each what Kafka reads from its bytes
 *
 * A line names a message, has its bytes in hex and the JSON that Kafka's JsonConverter prints of them, and "jsonSizes", its form
 * without records, where that is another. kafka-streams has no converter; there is no "json" then. A line that read prints has
 * "body" (what Kafka writes of the message; empty for a line with "odd"), "left" (how many bytes it did not read), and the JSON; or "error".
 */
public class Oracle {
    public static void main(String[] args) throws Exception {
        Map<String, Kind> kinds = Kind.all();
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        if (args[0].equals("read")) {
            read(kinds, out);
        } else {
            write(kinds, Long.parseLong(args[1]), Integer.parseInt(args[2]), args.length > 3 ? Path.of(args[3]) : null, out);
        }
        out.flush();
    }

    static void write(Map<String, Kind> kinds, long seed, int count, Path earlier, PrintStream out) throws Exception {
        Set<String> done = new HashSet<>();
        if (earlier != null) {
            Files.readAllLines(earlier).forEach(line -> done.add(line.substring(0, line.indexOf(",\"body\""))));
        }
        for (Kind kind : kinds.values()) {
            for (short version = kind.lowest(); version <= kind.highest(); version++) {
                String label = kind.label(version);
                for (int i = 0; i < count && !done.contains(label); i++) {
                    Message message = new Maker(seed * 1_000_003 + (label + i).hashCode(), i).message(kind.messages, kind.schema(version));
                    byte[] bytes = kind.write(message, version);
                    out.println(label + ",\"body\":\"" + HexFormat.of().formatHex(bytes) + "\"" + kind.json(bytes, version) + "}");
                }
            }
        }
    }

    static void read(Map<String, Kind> kinds, PrintStream out) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String text = in.readLine(); text != null; text = in.readLine()) {
            JsonNode line = mapper.readTree(text);
            try {
                Kind kind = kinds.get(line.get("type").asText() + line.path("apiKey").asText() + line.path("record").asText());
                short version = (short) line.get("apiVersion").asInt();
                if (kind == null || version < kind.lowest() || version > kind.highest()) {
                    throw new IllegalArgumentException("this release has no such message");
                }
                byte[] bytes = HexFormat.of().parseHex(line.get("body").asText());
                ByteBuffer buffer = ByteBuffer.wrap(bytes);
                Message message = kind.read(buffer, version);
                String body = "";
                if (!line.path("odd").asBoolean()) { // of tagged fields in disorder Kafka cannot write what it has read
                    body = HexFormat.of().formatHex(kind.write(message, version));
                }
                out.println("{\"body\":\"" + body + "\",\"left\":" + buffer.remaining() + kind.json(bytes, version) + "}");
            } catch (Exception e) {
                Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
                out.println("{\"error\":" + mapper.writeValueAsString(String.valueOf(cause)) + "}");
            }
        }
    }

    /** One kind of message: a direction of an API, a header or an internal record. */
    record Kind(String type, String name, Class<? extends Message> messages) {
        /** All that the class path has, by type and name. */
        static Map<String, Kind> all() throws Exception {
            Map<String, Kind> kinds = new TreeMap<>();
            for (ApiMessageType api : ApiMessageType.values()) {
                if (api.lowestSupportedVersion() > api.highestSupportedVersion(true)) { // 4.x remembers the names of what it dropped
                    continue;
                }
                String key = String.valueOf(api.apiKey());
                kinds.put("request" + key, new Kind("request", key, api.newRequest().getClass()));
                kinds.put("response" + key, new Kind("response", key, api.newResponse().getClass()));
            }
            for (String jar : System.getProperty("java.class.path").split(":")) {
                if (Path.of(jar).getFileName().toString().startsWith("kafka-")) {
                    addRecords(jar, kinds);
                }
            }
            return kinds;
        }

        private static void addRecords(String jar, Map<String, Kind> kinds) throws Exception {
            Set<String> files = new HashSet<>();
            new JarFile(jar).stream().forEach(e -> files.add(e.getName()));
            for (String file : files) {
                String path = file.replace(".class", "");
                String name = path.substring(path.lastIndexOf('/') + 1);
                boolean generated = files.contains(path + "JsonConverter.class") || name.equals("SubscriptionInfoData");
                if (!generated || name.endsWith("RequestData") || name.endsWith("ResponseData")) {
                    continue;
                }
                Class<? extends Message> messages = Class.forName(path.replace('/', '.')).asSubclass(Message.class);
                if (name.endsWith("HeaderData")) {
                    String type = name.startsWith("Request") ? "requestHeader" : "responseHeader";
                    kinds.put(type, new Kind(type, "", messages));
                } else {
                    kinds.put("record" + name, new Kind("record", name, messages));
                }
            }
        }

        short lowest() throws Exception {
            return messages.getField("LOWEST_SUPPORTED_VERSION").getShort(null);
        }

        short highest() throws Exception {
            return messages.getField("HIGHEST_SUPPORTED_VERSION").getShort(null);
        }

        Schema schema(short version) throws Exception {
            return ((Schema[]) messages.getField("SCHEMAS").get(null))[version];
        }

        /** The beginning of a line about a message of this kind. */
        String label(short version) {
            String what = switch (type) {
                case "request", "response" -> "\"apiKey\":" + name + ",";
                case "record" -> "\"record\":\"" + name + "\",";
                default -> "";
            };
            return "{" + what + "\"apiVersion\":" + version + ",\"type\":\"" + type + "\"";
        }

        byte[] write(Message message, short version) {
            ObjectSerializationCache cache = new ObjectSerializationCache();
            ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
            message.write(new ByteBufferAccessor(buffer), cache, version);
            if (buffer.hasRemaining()) {
                throw new IllegalStateException("Kafka wrote less than it had measured");
            }
            return buffer.array();
        }

        Message read(ByteBuffer buffer, short version) throws Exception {
            Message message = messages.getDeclaredConstructor().newInstance();
            message.read(new ByteBufferAccessor(buffer), version);
            return message;
        }

        /** What Kafka's converter prints of bytes, as fields of a line. */
        String json(byte[] bytes, short version) throws Exception {
            if (name.equals("SubscriptionInfoData")) {
                return "";
            }
            Class<?> converter = Class.forName(messages.getName() + "JsonConverter");
            Method write = converter.getMethod("write", messages, short.class, boolean.class);
            Object full = write.invoke(null, read(ByteBuffer.wrap(bytes), version), version, true);
            Object sizes = write.invoke(null, read(ByteBuffer.wrap(bytes), version), version, false);
            return ",\"json\":" + full + (sizes.equals(full) ? "" : ",\"jsonSizes\":" + sizes);
        }
    }
}

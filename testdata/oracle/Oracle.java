import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.JarFile;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;

/**
 * Says what Kafka's own generated classes make of messages. It runs from source with the jars of one release of Kafka on the
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

    /** Makes one random message. */
    static class Maker {
        private static final String[] TEXTS = {"", "a", "orders", "日本語", "a\"b\\c/d<e>", "\u0000\u0001\b\t\n\f\r\u001f\u007f", "😀🎉", "é\u2028\ufffd", "-Infinity"};
        private static final int[] LENGTHS = {126, 127, 128, 300, 16382, 16383, 16384};
        private static final double[] DOUBLES = {0, -0.0, 1, -1.5, 0.001, 0.00099, 1e7, 9999999.5, 1e21, 123456789.125, Double.MIN_VALUE, Double.MAX_VALUE,
            Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
        private static final String[] CODECS = {"none", "gzip", "snappy", "lz4", "zstd"};

        private final Random random;
        private final int style;
        private int budget = 3000; // values still to be made, so that nested arrays end

        /** The first messages of a kind are plain ones: of defaults, of nulls deep down, of nulls, of everything set. The others are random. */
        Maker(long seed, int number) {
            random = new Random(seed);
            style = number;
        }

        private boolean defaults() {
            return style == 0 || style > 3 && random.nextInt(6) == 0;
        }

        private boolean nulls() {
            return style == 1 || style == 2 || style > 3 && random.nextInt(6) == 0;
        }

        private boolean unknownTags() {
            return style == 3 || style > 3 && random.nextInt(4) == 0;
        }

        <T extends Message> T message(Class<T> type, Schema schema) throws Exception {
            T message = type.getDeclaredConstructor().newInstance();
            for (BoundField field : schema.fields()) {
                if (field.def.type instanceof TaggedFields tags) {
                    for (org.apache.kafka.common.protocol.types.Field tag : tags(tags).values()) {
                        set(message, tag.name, tag.type);
                    }
                    addUnknownTags(message);
                } else {
                    set(message, field.def.name, field.def.type);
                }
            }
            return message;
        }

        @SuppressWarnings("unchecked")
        private static Map<Integer, org.apache.kafka.common.protocol.types.Field> tags(TaggedFields type) throws Exception {
            Field fields = TaggedFields.class.getDeclaredField("fields"); // has no accessor in 3.9
            fields.setAccessible(true);
            return (Map<Integer, org.apache.kafka.common.protocol.types.Field>) fields.get(type);
        }

        private void addUnknownTags(Message message) {
            long tag = 100; // above all that Kafka knows
            for (int i = 0; i < 3 && tag <= Integer.MAX_VALUE && unknownTags(); i++) {
                message.unknownTaggedFields().add(new RawTaggedField((int) tag, bytes(random.nextInt(5))));
                tag += random.nextInt(8) == 0 ? Integer.MAX_VALUE - 101 : 1 + random.nextInt(20000);
            }
        }

        private void set(Message message, String field, org.apache.kafka.common.protocol.types.Type type) throws Exception {
            boolean required = type.toString().endsWith("RECORDS") && !type.isNullable(); // Kafka's default is null even so
            if (defaults() && !required) {
                return;
            }
            for (Method method : message.getClass().getMethods()) {
                if (method.getName().equalsIgnoreCase("set" + field.replace("_", ""))) {
                    method.invoke(message, value(type, method.getGenericParameterTypes()[0]));
                    return;
                }
            }
            throw new IllegalStateException(message.getClass() + " has no setter for " + field);
        }

        private Object value(org.apache.kafka.common.protocol.types.Type type, Type java) throws Exception {
            budget--;
            boolean nested = type instanceof Schema || type.isArray() && type.arrayElementType().get() instanceof Schema;
            if (type.isNullable() && nulls() && !(style == 1 && nested)) {
                return null;
            }
            if (type.isArray()) {
                return array(type.arrayElementType().get(), java);
            }
            if (type instanceof Schema schema) {
                return message(((Class<?>) java).asSubclass(Message.class), schema);
            }
            String name = type.toString();
            if (name.endsWith("STRING")) {
                return text();
            }
            if (name.endsWith("RECORDS")) {
                return records((Class<?>) java);
            }
            if (name.endsWith("BYTES")) {
                byte[] bytes = bytes(length());
                return java == ByteBuffer.class ? ByteBuffer.wrap(bytes) : bytes;
            }
            return switch (name) {
                case "BOOLEAN" -> random.nextBoolean();
                case "INT8" -> (byte) integer(Byte.MIN_VALUE, Byte.MAX_VALUE);
                case "INT16" -> (short) integer(Short.MIN_VALUE, Short.MAX_VALUE);
                case "UINT16" -> (int) integer(0, 0xffff);
                case "INT32" -> (int) integer(Integer.MIN_VALUE, Integer.MAX_VALUE);
                case "UINT32" -> integer(0, 0xffffffffL);
                case "INT64" -> integer(Long.MIN_VALUE, Long.MAX_VALUE);
                case "FLOAT64" -> random.nextInt(3) > 0 ? DOUBLES[random.nextInt(DOUBLES.length)] : number();
                case "UUID" -> random.nextInt(4) == 0 ? Uuid.ZERO_UUID : new Uuid(random.nextLong(), random.nextLong());
                default -> throw new IllegalStateException("no values for " + name);
            };
        }

        private long integer(long low, long high) {
            switch (random.nextInt(6)) {
                case 0: return low;
                case 1: return high;
                case 2: return low < 0 ? -1 : 1;
                case 3: return random.nextInt(100);
                default: return low + Math.floorMod(random.nextLong(), high - low <= 0 ? Long.MAX_VALUE : high - low);
            }
        }

        /** Any number, or the one NaN that JSON tells of. */
        private double number() {
            double number = Double.longBitsToDouble(random.nextLong());
            return Double.isNaN(number) ? Double.NaN : number;
        }

        private String text() {
            int length = length();
            return random.nextInt(3) > 0 || length > 1000 && random.nextInt(4) > 0 ? TEXTS[random.nextInt(TEXTS.length)] : "x".repeat(length);
        }

        private int length() {
            return random.nextInt(12) == 0 && budget > 0 ? LENGTHS[random.nextInt(LENGTHS.length)] : random.nextInt(12);
        }

        /** Random bytes; long ones repeat, so that they pack well. */
        private byte[] bytes(int length) {
            byte[] bytes = new byte[length];
            byte[] start = new byte[Math.min(length, 16)];
            random.nextBytes(start);
            for (int i = 0; i < length; i++) {
                bytes[i] = start[i % start.length];
            }
            return bytes;
        }

        @SuppressWarnings("unchecked")
        private Object array(org.apache.kafka.common.protocol.types.Type element, Type java) throws Exception {
            Collection<Object> list = new ArrayList<>();
            Type inner;
            if (java instanceof ParameterizedType parameterized) {
                inner = parameterized.getActualTypeArguments()[0];
            } else { // a collection with keys, which extends one of its element
                list = (Collection<Object>) ((Class<?>) java).getDeclaredConstructor().newInstance();
                inner = ((ParameterizedType) ((Class<?>) java).getGenericSuperclass()).getActualTypeArguments()[0];
            }
            int size = style == 1 || style == 2 ? 1 : random.nextInt(4);
            if (!(element instanceof Schema) && random.nextInt(30) == 0 && budget > 1000) {
                size = 126 + random.nextInt(3);
            }
            for (int i = 0; i < size && budget > 0; i++) {
                list.add(value(element, inner));
            }
            return list;
        }

        /** A batch of records; nothing of it matters to the messages around it but that it is one. */
        private Object records(Class<?> base) throws Exception {
            String folder = base.getPackageName(); // it moved between releases
            Class<?> memory = Class.forName(folder + ".MemoryRecords");
            Class<?> simple = Class.forName(folder + ".SimpleRecord");
            Object records = Array.newInstance(simple, 1 + random.nextInt(3));
            for (int i = 0; i < Array.getLength(records); i++) {
                Array.set(records, i, simple.getConstructor(long.class, byte[].class, byte[].class).newInstance(
                    1763819581000L + random.nextInt(1000), nulls() ? null : bytes(random.nextInt(9)), bytes(length())));
            }
            Compression codec = Compression.of(CODECS[random.nextInt(CODECS.length)]).build();
            return memory.getMethod("withRecords", Compression.class, records.getClass()).invoke(null, codec, records);
        }
    }
}

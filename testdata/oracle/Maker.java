import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;

/** Makes one random message of a class that Kafka generated. */
class Maker {
    private static final String[] TEXTS = {"", "a", "orders", "日本語", "a\"b\\c/d<e>", "\u0000\u0001\b\t\n\f\r\u001f\u007f", "😀🎉", "é\u2028\ufffd", "-Infinity"};
    private static final int[] LENGTHS = {126, 127, 128, 300, 16382, 16383, 16384};
    private static final double[] DOUBLES = {0, -0.0, 1, -1.5, 0.001, 0.00099, 1e7, 9999999.5, 1e21, 123456789.125, Double.MIN_VALUE, Double.MAX_VALUE,
        Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
    private static final String[] CODECS = {"none", "gzip", "snappy", "lz4", "zstd"};

    protected final Random random;
    protected final int style;
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
                Object instead = instead(message, field);
                method.invoke(message, instead != null ? instead : value(type, method.getGenericParameterTypes()[0]));
                return;
            }
        }
        throw new IllegalStateException(message.getClass() + " has no setter for " + field);
    }

    /** What a field is to hold where random values would mean nothing, else null. */
    protected Object instead(Message message, String field) throws Exception {
        return null;
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
        int size = style == 1 || style == 2 ? 1 : elements();
        if (!(element instanceof Schema) && random.nextInt(30) == 0 && budget > 1000) {
            size = 126 + random.nextInt(3);
        }
        for (int i = 0; i < size && budget > 0; i++) {
            list.add(value(element, inner));
        }
        return list;
    }

    protected int elements() {
        return random.nextInt(4);
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

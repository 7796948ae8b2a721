import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import net.jpountz.xxhash.XXHashFactory;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.message.KRaftVersionRecord;
import org.apache.kafka.common.message.LeaderChangeMessage;
import org.apache.kafka.common.message.SnapshotFooterRecord;
import org.apache.kafka.common.message.SnapshotHeaderRecord;
import org.apache.kafka.common.message.VotersRecord;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.apache.kafka.common.utils.internals.ByteUtils;
import org.xerial.snappy.Snappy;

/**
 * Says what Kafka's own readers find in record batches. It runs with the jars of Kafka 4.4.0 on the class path (see the
 * script run beside it).
 *
 *   Batches SEED COUNT    prints COUNT records fields of each magic, compression and shape, written by Kafka, some then damaged
 *
 * A line has "shape", the bytes in base64 and what Kafka reads of them: its batches with their records, and "error", where it
 * stops at one: of a batch, or of the whole field.
 */
public class Batches {
    static final ObjectMapper MAPPER = new ObjectMapper();
    static final TimestampType[] TYPES = {TimestampType.CREATE_TIME, TimestampType.LOG_APPEND_TIME};
    static final long NOW = 1_763_819_581_000L;

    public static void main(String[] args) throws Exception {
        Random random = new Random(Long.parseLong(args[0]));
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        int count = Integer.parseInt(args[1]);
        for (byte magic = 0; magic <= 2; magic++) {
            for (CompressionType type : CompressionType.values()) {
                for (int i = 0; i < count && (magic == 2 || type != CompressionType.ZSTD); i++) {
                    String shape = "magic " + magic + " " + type.name;
                    byte[] field = field(random, magic, type);
                    say(out, shape, field);
                    say(out, shape + " cut", Arrays.copyOf(field, random.nextInt(field.length + 1)));
                    say(out, shape + " damaged", damaged(random, field));
                    say(out, shape + " count", recounted(random, field));
                    if (magic < 2 && type != CompressionType.NONE) {
                        say(out, shape + " wrapper offset", reoffset(random, field));
                        say(out, shape + " nested", wrapped(random, magic, type, field));
                        say(out, shape + " damaged inside", damagedInside(random, magic, type));
                    }
                }
            }
        }
        for (int i = 0; i < count; i++) {
            for (byte[] field : controls(random)) {
                say(out, "control", field);
            }
            say(out, "empty", empty(random));
        }
        for (int i = 0; i < count; i += 4) {
            for (byte magic = 0; magic <= 2; magic++) {
                for (Form form : FORMS) {
                    if (magic == 2 || form.type != CompressionType.ZSTD) { // which messages are refused for, whatever it looks like
                        say(out, "magic " + magic + " " + form.name, formed(random, magic, form));
                        say(out, "magic " + magic + " " + form.name + " cut", formed(random, magic, form.cut(random)));
                    }
                }
            }
            say(out, "magic 1 zstd", wrapper(random, (byte) 1, CompressionType.ZSTD,
                compressed(CompressionType.ZSTD, (byte) 2, field(random, (byte) 1, CompressionType.NONE))));
            say(out, "negative sizes", batchOf(random, CompressionType.NONE, negativeSizes(random)));
            say(out, "negative sizes", messageOfNegativeSizes(random));
            say(out, "high attributes", highAttributes(random));
        }
        for (int i = 0; i < count; i += 4) {
            say(out, "magic 2 zstd of the highest level", formed(random, (byte) 2, HIGHEST));
        }
        out.flush();
    }

    /** Several batches. */
    static byte[] field(Random random, byte magic, CompressionType type) {
        ByteBufferOutputStream out = new ByteBufferOutputStream(1 << 10);
        long offset = random.nextInt(3) == 0 ? 0 : random.nextLong() >>> (2 + random.nextInt(60));
        for (int i = random.nextInt(3); i >= 0; i--) {
            offset = batch(random, magic, type, offset, out);
        }
        return bytes(out.buffer());
    }

    static long batch(Random random, byte magic, CompressionType type, long offset, ByteBufferOutputStream out) {
        boolean idempotent = magic == 2 && random.nextBoolean();
        TimestampType times = magic == 0 ? TimestampType.NO_TIMESTAMP_TYPE : TYPES[random.nextInt(2)];
        long horizon = magic == 2 && random.nextInt(4) == 0 ? NOW + random.nextInt(1000) : RecordBatch.NO_TIMESTAMP;
        ByteBufferOutputStream room = new ByteBufferOutputStream(1 << 10);
        MemoryRecordsBuilder builder = new MemoryRecordsBuilder(room, magic, Compression.of(type).build(), times, offset,
            NOW + random.nextInt(100), idempotent ? random.nextInt(1000) : -1L, idempotent ? (short) random.nextInt(9) : -1,
            idempotent ? random.nextInt(2) == 0 ? Integer.MAX_VALUE - 1 : random.nextInt(100) : -1,
            idempotent && random.nextBoolean(), false, random.nextInt(5) - 1, 1 << 20, horizon);
        for (int i = random.nextInt(5); i >= 0; i--) {
            long time = magic == 0 ? RecordBatch.NO_TIMESTAMP : random.nextInt(9) == 0 ? random.nextLong() >>> 1 : NOW - random.nextInt(1 << 20);
            Header[] headers = magic < 2 ? Record.EMPTY_HEADERS : headers(random);
            builder.appendWithOffset(offset, time, content(random), content(random), headers);
            offset += 1 + (random.nextInt(4) == 0 ? random.nextInt(300) : 0);
        }
        out.write(bytes(builder.build().buffer()), 0, builder.build().sizeInBytes());
        return offset;
    }

    static Header[] headers(Random random) {
        Header[] headers = new Header[random.nextInt(3)];
        for (int i = 0; i < headers.length; i++) {
            headers[i] = new RecordHeader("h" + random.nextInt(3), content(random));
        }
        return headers;
    }

    static byte[] content(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> null;
            case 1 -> new byte[0];
            case 2 -> new byte[random.nextInt(400)];
            case 3 -> {
                byte[] b = new byte[random.nextInt(300)];
                random.nextBytes(b);
                yield b;
            }
            default -> ("text " + random.nextInt(1000) + " äöü \"quoted\"").getBytes(StandardCharsets.UTF_8);
        };
    }

    static byte[] damaged(Random random, byte[] field) {
        byte[] b = field.clone();
        for (int i = random.nextInt(3); i >= 0; i--) {
            b[random.nextInt(4) == 0 ? random.nextInt(Math.min(b.length, 61)) : random.nextInt(b.length)] = (byte) random.nextInt(256);
        }
        return b;
    }

    /** Another number of records than there are. */
    static byte[] recounted(Random random, byte[] field) {
        byte[] b = field.clone();
        if (b[16] == 2) {
            int[] counts = {-1, 0, 1, 2, 7, 1 << 20};
            ByteBuffer.wrap(b).putInt(57, counts[random.nextInt(counts.length)]);
        }
        return b;
    }

    static byte[] reoffset(Random random, byte[] field) {
        byte[] b = field.clone();
        long[] offsets = {0, 1, 2, 1000, -1};
        ByteBuffer.wrap(b).putLong(0, offsets[random.nextInt(offsets.length)]);
        return b;
    }

    /** Messages of any kind inside a compressed one, which Kafka itself never writes. */
    static byte[] wrapped(Random random, byte magic, CompressionType type, byte[] inner) throws Exception {
        if (random.nextBoolean()) {
            inner = field(random, (byte) random.nextInt(3), CompressionType.NONE);
        }
        return wrapper(random, magic, type, compressed(type, magic,
            random.nextInt(3) == 0 ? Arrays.copyOf(inner, random.nextInt(inner.length)) : inner));
    }

    /** Messages inside a compressed one, some with a checksum that is not that of their bytes. */
    static byte[] damagedInside(Random random, byte magic, CompressionType type) throws Exception {
        ByteBufferOutputStream out = new ByteBufferOutputStream(1 << 10);
        batch(random, magic, CompressionType.NONE, random.nextInt(100), out);
        ByteBuffer set = ByteBuffer.wrap(bytes(out.buffer()));
        for (int at = 0, size; at < set.capacity(); at += size) {
            size = 12 + set.getInt(at + 8);
            if (random.nextBoolean()) { // of the checksum, or what is last: of the value or of its size
                int of = at + (random.nextBoolean() ? 12 + random.nextInt(4) : size - 1);
                set.put(of, (byte) (set.get(of) ^ 1 << random.nextInt(8)));
            }
        }
        return wrapper(random, magic, type, compressed(type, magic, set.array()));
    }

    static byte[] compressed(CompressionType type, byte magic, byte[] plain) throws Exception {
        return compressed(Compression.of(type).build(), magic, plain);
    }

    static byte[] compressed(Compression compression, byte magic, byte[] plain) throws Exception {
        ByteBufferOutputStream out = new ByteBufferOutputStream(1 << 10);
        try (var stream = compression.wrapForOutput(out, magic)) {
            stream.write(plain, 0, plain.length);
        }
        return bytes(out.buffer());
    }

    /** A compressed message with that value. */
    static byte[] wrapper(Random random, byte magic, CompressionType type, byte[] value) {
        int head = magic == 0 ? 18 : 26;
        ByteBuffer b = ByteBuffer.allocate(head + 8 + value.length);
        b.putLong(random.nextInt(2000)).putInt(b.capacity() - 12).putInt(0).put(magic).put((byte) (type.id | (random.nextInt(2) * 8 * magic)));
        if (magic > 0) {
            b.putLong(NOW);
        }
        b.putInt(-1).putInt(value.length).put(value);
        return checked(b.array(), 12, 16, new CRC32());
    }

    /** With the checksum of what is from there on. */
    static byte[] checked(byte[] b, int at, int from, Checksum checksum) {
        checksum.update(b, from, b.length - from);
        ByteBuffer.wrap(b).putInt(at, (int) checksum.getValue());
        return b;
    }

    interface Packer {
        byte[] pack(byte[] plain) throws Exception;
    }

    /** A form that compressed bytes may have, though Kafka itself does not write it. */
    record Form(String name, CompressionType type, Packer packer) {
        /** The same cut short, mostly close to its end. */
        Form cut(Random random) {
            return new Form(name, type, plain -> {
                byte[] packed = packer.pack(plain);
                int least = random.nextInt(4) == 0 ? 0 : Math.max(0, packed.length - 16);
                return Arrays.copyOf(packed, least + random.nextInt(packed.length - least));
            });
        }
    }

    static final byte[] JUNK = {7, 7, 7};
    /** More than zstd-jni reads at once. */
    static final byte[] LONG_SKIPPED = Arrays.copyOf(new byte[]{0x50, 0x2a, 0x4d, 0x18, 0, 0, 3}, 8 + (3 << 16));
    static final byte[] SKIPPED = {0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 7, 7, 7};

    static final List<Form> FORMS = List.of(
        new Form("gzip in two members", CompressionType.GZIP, plain -> inTwo(CompressionType.GZIP, plain, new byte[0])),
        new Form("gzip and an empty member", CompressionType.GZIP, plain -> andAnEmptyOne(CompressionType.GZIP, plain)),
        new Form("gzip and more", CompressionType.GZIP, plain -> joined(compressed(CompressionType.GZIP, (byte) 2, plain), JUNK)),
        new Form("raw snappy", CompressionType.SNAPPY, Snappy::compress),
        new Form("snappy in two streams", CompressionType.SNAPPY, plain -> inTwo(CompressionType.SNAPPY, plain, new byte[0])),
        new Form("snappy and an empty stream", CompressionType.SNAPPY, plain -> andAnEmptyOne(CompressionType.SNAPPY, plain)),
        new Form("zstd", CompressionType.ZSTD, plain -> compressed(CompressionType.ZSTD, (byte) 2, plain)),
        new Form("zstd and an empty frame", CompressionType.ZSTD, plain -> andAnEmptyOne(CompressionType.ZSTD, plain)),
        new Form("zstd with a checksum", CompressionType.ZSTD, Batches::zstdWithChecksum),
        new Form("zstd and an empty frame with a checksum", CompressionType.ZSTD,
            plain -> joined(compressed(CompressionType.ZSTD, (byte) 2, plain), zstdWithChecksum(new byte[0]))),
        new Form("zstd and a skippable frame", CompressionType.ZSTD, plain -> joined(compressed(CompressionType.ZSTD, (byte) 2, plain), SKIPPED)),
        new Form("zstd and a long skippable frame", CompressionType.ZSTD,
            plain -> joined(joined(compressed(CompressionType.ZSTD, (byte) 2, plain), LONG_SKIPPED), SKIPPED)),
        new Form("zstd and more", CompressionType.ZSTD, plain -> joined(compressed(CompressionType.ZSTD, (byte) 2, plain), JUNK)),
        new Form("zstd and as much as a frame's magic", CompressionType.ZSTD,
            plain -> joined(compressed(CompressionType.ZSTD, (byte) 2, plain), joined(JUNK, JUNK))),
        new Form("zstd in two frames", CompressionType.ZSTD, plain -> inTwo(CompressionType.ZSTD, plain, new byte[0])),
        new Form("zstd with a skippable frame", CompressionType.ZSTD, plain -> inTwo(CompressionType.ZSTD, plain, SKIPPED)),
        new Form("zstd with its size", CompressionType.ZSTD, Zstd::compress),
        new Form("lz4 and an empty frame", CompressionType.LZ4, plain -> andAnEmptyOne(CompressionType.LZ4, plain)),
        new Form("lz4 and more", CompressionType.LZ4, plain -> joined(lz4(plain, 0, 0, 0, 0), JUNK)),
        new Form("lz4 in two frames", CompressionType.LZ4, plain -> inTwo(CompressionType.LZ4, plain, new byte[0])),
        new Form("lz4 with its size", CompressionType.LZ4, plain -> lz4(plain, 0x08, 8, 0, 0)),
        new Form("lz4 with a wrong checksum of its content", CompressionType.LZ4, plain -> lz4(plain, 0x04, 0, 4, 0)),
        new Form("lz4 with a wrong checksum of its header", CompressionType.LZ4, plain -> lz4(plain, 0, 0, 0, 1)),
        new Form("lz4 with dependent blocks", CompressionType.LZ4, plain -> lz4(plain, 0x20, 0, 0, 0)));

    /** It announces the largest window that Kafka's readers take, however little there is. */
    static final Form HIGHEST = new Form("", CompressionType.ZSTD,
        plain -> compressed(Compression.zstd().level(CompressionType.ZSTD.maxLevel()).build(), (byte) 2, plain));

    static byte[] inTwo(CompressionType type, byte[] plain, byte[] between) throws Exception {
        int half = plain.length / 2;
        return joined(joined(compressed(type, (byte) 2, Arrays.copyOf(plain, half)), between),
            compressed(type, (byte) 2, Arrays.copyOfRange(plain, half, plain.length)));
    }

    static byte[] andAnEmptyOne(CompressionType type, byte[] plain) throws Exception {
        return joined(compressed(type, (byte) 2, plain), compressed(type, (byte) 2, new byte[0]));
    }

    static byte[] zstdWithChecksum(byte[] plain) {
        try (ZstdCompressCtx context = new ZstdCompressCtx()) {
            return context.setChecksum(true).setContentSize(false).compress(plain);
        }
    }

    static byte[] joined(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    /** An LZ4 frame with other flags, with bytes behind its descriptor and its end, and a header checksum that is so much off. */
    static byte[] lz4(byte[] plain, int otherFlags, int content, int tail, int off) throws Exception {
        byte[] frame = compressed(CompressionType.LZ4, (byte) 2, plain);
        ByteBuffer b = ByteBuffer.allocate(frame.length + content + tail);
        b.put(frame, 0, 4).put((byte) (frame[4] ^ otherFlags)).put(frame[5]);
        if (content > 0) {
            b.putLong(Long.reverseBytes(plain.length));
        }
        int hash = XXHashFactory.fastestJavaInstance().hash32().hash(b.array(), 4, b.position() - 4, 0);
        return b.put((byte) ((hash >> 8) + off)).put(frame, 7, frame.length - 7).array();
    }

    static byte[] formed(Random random, byte magic, Form form) throws Exception {
        if (magic < 2) {
            return wrapper(random, magic, form.type, form.packer.pack(field(random, magic, CompressionType.NONE)));
        }
        ByteBufferOutputStream out = new ByteBufferOutputStream(1 << 10);
        batch(random, magic, CompressionType.NONE, random.nextInt(1000), out);
        byte[] plain = bytes(out.buffer());
        byte[] records = form.packer.pack(Arrays.copyOfRange(plain, HEADER, plain.length));
        return withRecords(plain, form.type, records);
    }

    static final int HEADER = DefaultRecordBatch.RECORD_BATCH_OVERHEAD;

    /** A batch with other records. */
    static byte[] withRecords(byte[] batch, CompressionType type, byte[] records) {
        ByteBuffer b = ByteBuffer.allocate(HEADER + records.length);
        b.put(batch, 0, HEADER).put(records).putInt(8, b.capacity() - 12).putShort(21, (short) (b.getShort(21) | type.id));
        return checked(b.array(), 17, 21, new CRC32C());
    }

    /** A batch of one record. */
    static byte[] batchOf(Random random, CompressionType type, byte[] record) {
        byte[] header = empty(random);
        ByteBuffer.wrap(header).putInt(57, 1);
        return withRecords(header, type, record);
    }

    /** A record in which sizes are negative: of key, value, a header's value, now and then of its key. */
    static byte[] negativeSizes(Random random) {
        ByteBuffer body = ByteBuffer.allocate(100);
        body.put((byte) 0);
        ByteUtils.writeVarlong(random.nextLong(), body);
        ByteUtils.writeVarint(random.nextInt(9), body);
        ByteUtils.writeVarint(negative(random), body);
        ByteUtils.writeVarint(negative(random), body);
        ByteUtils.writeVarint(1, body);
        if (random.nextInt(3) == 0) {
            ByteUtils.writeVarint(negative(random), body);
        } else {
            ByteUtils.writeVarint(1, body);
            body.put((byte) 'h');
        }
        ByteUtils.writeVarint(negative(random), body);
        ByteBuffer record = ByteBuffer.allocate(110);
        ByteUtils.writeVarint(body.position(), record);
        return Arrays.copyOf(record.put(body.flip()).array(), record.position());
    }

    static int negative(Random random) {
        return random.nextBoolean() ? -1 : random.nextInt() | Integer.MIN_VALUE;
    }

    static byte[] messageOfNegativeSizes(Random random) {
        ByteBuffer b = ByteBuffer.allocate(34);
        b.putLong(5).putInt(b.capacity() - 12).putInt(0).put((byte) 1).put((byte) 0).putLong(NOW);
        return checked(b.putInt(negative(random)).putInt(negative(random)).array(), 12, 16, new CRC32());
    }

    /** The upper byte of the attributes is not used. */
    static byte[] highAttributes(Random random) {
        ByteBufferOutputStream out = new ByteBufferOutputStream(1 << 10);
        batch(random, (byte) 2, CompressionType.GZIP, 0, out);
        byte[] b = bytes(out.buffer());
        b[21] = (byte) (1 + random.nextInt(255));
        return checked(b, 17, 21, new CRC32C());
    }

    static List<byte[]> controls(Random random) {
        List<byte[]> fields = new ArrayList<>();
        int epoch = random.nextInt(100);
        for (ControlRecordType type : new ControlRecordType[]{ControlRecordType.ABORT, ControlRecordType.COMMIT}) {
            fields.add(bytes(MemoryRecords.withEndTransactionMarker(random.nextInt(1000), NOW, epoch, 7, (short) 1,
                new EndTransactionMarker(type, epoch)).buffer()));
        }
        fields.add(bytes(MemoryRecords.withLeaderChangeMessage(5, NOW, epoch, ByteBuffer.allocate(1 << 10), new LeaderChangeMessage()
            .setLeaderId(epoch).setVoters(List.of(new LeaderChangeMessage.Voter().setVoterId(1), new LeaderChangeMessage.Voter().setVoterId(2)))).buffer()));
        fields.add(bytes(MemoryRecords.withSnapshotHeaderRecord(0, NOW, epoch, ByteBuffer.allocate(1 << 10),
            new SnapshotHeaderRecord().setLastContainedLogTimestamp(NOW + epoch)).buffer()));
        fields.add(bytes(MemoryRecords.withSnapshotFooterRecord(9, NOW, epoch, ByteBuffer.allocate(1 << 10), new SnapshotFooterRecord()).buffer()));
        fields.add(bytes(MemoryRecords.withKRaftVersionRecord(9, NOW, epoch, ByteBuffer.allocate(1 << 10),
            new KRaftVersionRecord().setKRaftVersion((short) 1)).buffer()));
        fields.add(bytes(MemoryRecords.withVotersRecord(9, NOW, epoch, ByteBuffer.allocate(1 << 10), new VotersRecord().setVoters(List.of(
            new VotersRecord.Voter().setVoterId(epoch).setVoterDirectoryId(new Uuid(1, epoch))))).buffer()));
        return fields;
    }

    /** What compaction leaves of a batch. */
    static byte[] empty(Random random) {
        ByteBuffer b = ByteBuffer.allocate(DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
        long base = random.nextInt(1000);
        DefaultRecordBatch.writeEmptyHeader(b, (byte) 2, 5, (short) 1, random.nextInt(9), base, base + random.nextInt(9), 3,
            TYPES[random.nextInt(2)], NOW, random.nextBoolean(), random.nextBoolean());
        return b.array();
    }

    static void say(PrintStream out, String shape, byte[] field) throws Exception {
        ObjectNode line = MAPPER.createObjectNode();
        line.put("shape", shape).put("body", Base64.getEncoder().encodeToString(field));
        ArrayNode batches = line.putArray("batches");
        try {
            for (MutableRecordBatch batch : MemoryRecords.readableRecords(ByteBuffer.wrap(field)).batches()) {
                ObjectNode o = MAPPER.createObjectNode();
                read(batch, o); // which fails where the batch is smaller than its header
                batches.add(o);
            }
        } catch (Exception | Error e) {
            line.put("error", String.valueOf(e));
        }
        out.println(MAPPER.writeValueAsString(line));
    }

    static void read(RecordBatch batch, ObjectNode o) {
        o.put("size", batch.sizeInBytes()).put("magic", batch.magic()).put("isvalid", valid(batch));
        o.put("lastOffset", batch.lastOffset()).put("producerId", batch.producerId()).put("producerEpoch", batch.producerEpoch());
        o.put("baseSequence", batch.baseSequence()).put("lastSequence", batch.lastSequence());
        o.put("partitionLeaderEpoch", batch.partitionLeaderEpoch()).put("maxTimestamp", batch.maxTimestamp());
        o.put("isTransactional", batch.isTransactional()).put("isControl", batch.isControlBatch());
        o.put("timestampType", batch.timestampType().toString());
        batch.deleteHorizonMs().ifPresent(ms -> o.put("deleteHorizonMs", ms));
        ArrayNode records = o.putArray("records");
        try {
            if (batch.isCompressed() && batch.countOrNull() != null && batch.countOrNull() > 1 << 20) {
                o.put("error", "not asked: Kafka makes room for " + batch.countOrNull() + " records");
                return;
            }
            for (Iterator<Record> it = batch.iterator(); it.hasNext(); ) {
                records.add(record(it.next()));
            }
        } catch (Exception | Error e) {
            o.put("error", String.valueOf(e));
        }
    }

    static boolean valid(RecordBatch batch) {
        try {
            return batch.isValid();
        } catch (RuntimeException e) {
            return false;
        }
    }

    static ObjectNode record(Record record) {
        ObjectNode o = MAPPER.createObjectNode();
        o.put("offset", record.offset()).put("timestamp", record.timestamp());
        o.put("key", text(record.key())).put("value", text(record.value()));
        try {
            record.ensureValid();
        } catch (CorruptRecordException e) {
            o.put("isvalid", false);
        }
        ArrayNode headers = o.putArray("headers");
        for (Header h : record.headers()) {
            headers.add(h.key()).add(text(h.value() == null ? null : ByteBuffer.wrap(h.value())));
        }
        return o;
    }

    static String text(ByteBuffer b) {
        return b == null ? null : Base64.getEncoder().encodeToString(bytes(b));
    }

    static byte[] bytes(ByteBuffer b) {
        ByteBuffer copy = b.duplicate();
        if (copy.position() > 0 && copy.limit() == copy.capacity()) {
            copy.flip(); // as a stream leaves it
        }
        byte[] bytes = new byte[copy.remaining()];
        copy.get(bytes);
        return bytes;
    }
}

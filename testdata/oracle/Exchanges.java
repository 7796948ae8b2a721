import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivilegedExceptionAction;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import javax.security.auth.Subject;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.PasswordCallback;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.Configuration;
import javax.security.auth.login.LoginContext;
import javax.security.sasl.AuthorizeCallback;
import javax.security.sasl.Sasl;
import javax.security.sasl.SaslClient;
import javax.security.sasl.SaslServer;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.clients.consumer.internals.AbstractPartitionAssignor;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.message.GetTelemetrySubscriptionsResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.PushTelemetryRequestData;
import org.apache.kafka.common.message.PushTelemetryResponseData;
import org.apache.kafka.common.message.SaslAuthenticateRequestData;
import org.apache.kafka.common.message.SaslAuthenticateResponseData;
import org.apache.kafka.common.message.SaslHandshakeRequestData;
import org.apache.kafka.common.message.SaslHandshakeResponseData;
import org.apache.kafka.common.metrics.KafkaMetricsContext;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.metrics.stats.Avg;
import org.apache.kafka.common.metrics.stats.CumulativeSum;
import org.apache.kafka.common.metrics.stats.Max;
import org.apache.kafka.common.metrics.stats.WindowedCount;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.EnvelopeRequest;
import org.apache.kafka.common.requests.EnvelopeResponse;
import org.apache.kafka.common.requests.GetTelemetrySubscriptionsResponse;
import org.apache.kafka.common.requests.PushTelemetryRequest;
import org.apache.kafka.common.requests.PushTelemetryResponse;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SaslExtensions;
import org.apache.kafka.common.security.auth.SaslExtensionsCallback;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerExtensionsValidatorCallback;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerTokenCallback;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;
import org.apache.kafka.common.security.oauthbearer.internals.OAuthBearerClientInitialResponse;
import org.apache.kafka.common.security.oauthbearer.internals.OAuthBearerSaslClient;
import org.apache.kafka.common.security.oauthbearer.internals.OAuthBearerSaslServer;
import org.apache.kafka.common.security.oauthbearer.internals.unsecured.OAuthBearerUnsecuredJws;
import org.apache.kafka.common.security.plain.PlainAuthenticateCallback;
import org.apache.kafka.common.security.plain.internals.PlainSaslServer;
import org.apache.kafka.common.security.scram.ScramCredential;
import org.apache.kafka.common.security.scram.ScramCredentialCallback;
import org.apache.kafka.common.security.scram.ScramExtensionsCallback;
import org.apache.kafka.common.security.scram.internals.ScramFormatter;
import org.apache.kafka.common.security.scram.internals.ScramMechanism;
import org.apache.kafka.common.security.scram.internals.ScramMessages;
import org.apache.kafka.common.security.scram.internals.ScramSaslClient;
import org.apache.kafka.common.security.scram.internals.ScramSaslServer;
import org.apache.kafka.common.security.token.delegation.internals.DelegationTokenCredentialCallback;
import org.apache.kafka.common.telemetry.internals.ClientTelemetryReporter;
import org.apache.kafka.common.telemetry.internals.ClientTelemetrySender;
import org.apache.kafka.common.telemetry.internals.ClientTelemetryUtils;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.shaded.com.google.protobuf.ByteString;
import org.apache.kafka.shaded.com.google.protobuf.Descriptors;
import org.apache.kafka.shaded.com.google.protobuf.Descriptors.FieldDescriptor;
import org.apache.kafka.shaded.io.opentelemetry.proto.metrics.v1.MetricsData;
import org.apache.kerby.kerberos.kerb.server.SimpleKdcServer;

/**
 * Writes what clients and brokers say to each other where Kafka's own code puts more than a message into bytes: logins of each SASL
 * mechanism, metrics that clients push, requests that are forwarded, and members of groups. It runs with the jars of Kafka
 * 4.4.0 and of Kerby, a Kerberos in Java, on the class path (see the script run beside it).
 *
 *   Exchanges SEED COUNT    prints COUNT connections of each kind
 *
 * A line is a connection: its "frames" in turn, the client's first, with their sizes in front and in base64; for each exchange in
 * "want" what must be printed of it, by path; and in "secrets" texts of which nothing may be printed.
 */
public class Exchanges {
    static final ObjectMapper MAPPER = new ObjectMapper();
    static Random random;
    static PrintStream out;

    public static void main(String[] args) throws Exception {
        random = new Random(Long.parseLong(args[0]));
        out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (int i = 0; i < Integer.parseInt(args[1]); i++) {
            for (short version = Login.RAW; version <= 2; version++) {
                plain(version);
                scram(version, ScramMechanism.SCRAM_SHA_256, false, true);
                scram(version, ScramMechanism.SCRAM_SHA_512, true, true);
                scram(version, ScramMechanism.SCRAM_SHA_512, false, false);
                bearer(version, true);
                bearer(version, false);
            }
            for (short version = Login.UNASKED; version <= 2; version++) {
                kerberos(version);
            }
            for (CompressionType type : CompressionType.values()) {
                telemetry(type);
            }
            groups();
        }
        for (ApiKeys key : ApiKeys.values()) {
            if (key.forwardable) {
                envelopes(key);
            }
        }
        out.flush();
        Kdc.server.stop();
    }

    /** What is said on one connection. */
    static class Connection {
        final ObjectNode line = MAPPER.createObjectNode();
        final ArrayNode frames = line.putArray("frames");
        final ArrayNode want = line.putArray("want");
        final ArrayNode secrets = line.putArray("secrets");
        int correlationId;

        Connection(String name) {
            line.put("name", name);
        }

        void frame(byte[] body) {
            frames.add(ByteBuffer.allocate(4 + body.length).putInt(body.length).put(body).array());
        }

        /** A request and its response; the caller says what is wanted of them. */
        ObjectNode exchange(AbstractRequest request, Message response) {
            RequestHeader header = new RequestHeader(request.apiKey(), request.version(), "client", correlationId++);
            frame(bytes(request.serializeWithHeader(header)));
            var answer = header.toResponseHeader();
            frame(bytes(RequestUtils.serialize(answer.data(), answer.headerVersion(), response, request.version())));
            return want.addObject();
        }

        void done() throws Exception {
            out.println(MAPPER.writeValueAsString(line));
        }
    }

    /** A login: in frames of SaslAuthenticate of a version, in raw ones, or in raw ones without a handshake before, as in Kafka 0.9. */
    static class Login extends Connection {
        static final short RAW = -1;
        static final short UNASKED = -2;
        final short version;
        final String mechanism;

        Login(short version, String mechanism) throws Exception {
            super(mechanism + (version == UNASKED ? ", unasked" : version == RAW ? ", raw" : ", SaslAuthenticate v" + version));
            this.version = version;
            this.mechanism = mechanism;
            if (version == UNASKED) {
                return;
            }
            var handshake = new SaslHandshakeRequestData().setMechanism(mechanism);
            exchange(request(ApiKeys.SASL_HANDSHAKE, (short) (version < 0 ? 0 : 1), handshake),
                new SaslHandshakeResponseData().setMechanisms(List.of(mechanism))).put("request.mechanism", mechanism);
        }

        /** Tokens of both sides; of a side that tells nothing, null is what it tells. */
        void tokens(byte[] client, ObjectNode told, byte[] server, ObjectNode answered) throws Exception {
            ObjectNode wanted;
            if (version < 0) {
                frame(client);
                frame(server);
                wanted = want.addObject().put("type", "sasl");
            } else {
                wanted = exchange(request(ApiKeys.SASL_AUTHENTICATE, version, new SaslAuthenticateRequestData().setAuthBytes(client)),
                    new SaslAuthenticateResponseData().setAuthBytes(server));
            }
            wanted.put("mechanism", mechanism);
            wanted.set("request.sasl", told);
            wanted.set("response.sasl", answered);
        }

        /** The first exchange behind a login shows who it is. */
        void end(String principal) throws Exception {
            exchange(request(ApiKeys.LIST_GROUPS, (short) 4, null), ApiKeys.LIST_GROUPS.messageType.newResponse())
                .put("principal", principal == null ? null : "User:" + principal).put("securityProtocol", "SASL_PLAINTEXT");
            done();
        }
    }

    static ObjectNode told(String mechanism) {
        return MAPPER.createObjectNode().put("mechanism", mechanism);
    }

    static AbstractRequest request(ApiKeys key, short version, ApiMessage message) {
        ApiMessage m = message == null ? key.messageType.newRequest() : message;
        return AbstractRequest.parseRequest(key, version, MessageUtil.toByteBufferAccessor(m, version)).request;
    }

    static void plain(short version) throws Exception {
        String user = name();
        String authorizationId = random.nextBoolean() ? user : null;
        String password = secret();
        Login login = new Login(version, "PLAIN");
        login.secrets.add(password);
        SaslClient client = Sasl.createSaslClient(new String[]{"PLAIN"}, authorizationId, "kafka", "localhost", Map.of(), callbacks -> {
            for (Callback callback : callbacks) {
                if (callback instanceof NameCallback name) {
                    name.setName(user);
                } else if (callback instanceof PasswordCallback pass) {
                    pass.setPassword(password.toCharArray());
                }
            }
        });
        byte[] token = client.evaluateChallenge(new byte[0]);
        SaslServer server = new PlainSaslServer(handler(callback -> {
            if (callback instanceof PlainAuthenticateCallback plain) {
                plain.authenticated(Arrays.equals(plain.password(), password.toCharArray()));
            }
        }));
        byte[] answer = server.evaluateResponse(token);
        ObjectNode told = told("PLAIN").put("user", server.getAuthorizationID());
        if (authorizationId != null) {
            told.put("authorizationId", authorizationId);
        }
        login.tokens(token, told, answer, null);
        login.end(server.getAuthorizationID());
    }

    static void scram(short version, ScramMechanism mechanism, boolean delegation, boolean right) throws Exception {
        String name = name() + ",=" + random.nextInt(3);
        String password = secret();
        ScramFormatter formatter = new ScramFormatter(mechanism);
        ScramCredential credential = formatter.generateCredential(password, 4096 + random.nextInt(9));
        SaslClient client = new ScramSaslClient(mechanism, handler(callback -> {
            if (callback instanceof NameCallback n) {
                n.setName(name);
            } else if (callback instanceof PasswordCallback pass) {
                pass.setPassword((right ? password : "wrong").toCharArray());
            } else if (callback instanceof ScramExtensionsCallback extensions && delegation) {
                extensions.extensions(Map.of("tokenauth", "true"));
            }
        }));
        SaslServer server = new ScramSaslServer(mechanism, Map.of(), handler(callback -> {
            if (callback instanceof DelegationTokenCredentialCallback token) {
                token.scramCredential(credential);
                token.tokenOwner("owner");
                token.tokenExpiryTimestamp(Long.MAX_VALUE);
            } else if (callback instanceof ScramCredentialCallback c) {
                c.scramCredential(credential);
            }
        }));
        Login login = new Login(version, mechanism.mechanismName());
        byte[] hello = client.evaluateChallenge(new byte[0]);
        byte[] challenge = server.evaluateResponse(hello);
        var first = new ScramMessages.ClientFirstMessage(hello);
        ObjectNode told = told(mechanism.mechanismName()).put("user", ScramFormatter.username(first.saslName()));
        if (first.extensions().tokenAuthenticated()) {
            told.put("delegationToken", true);
        }
        var second = new ScramMessages.ServerFirstMessage(challenge);
        login.tokens(hello, told.put("nonceSizeBytes", first.nonce().length()), challenge, told(mechanism.mechanismName())
            .put("nonceSizeBytes", second.nonce().length()).put("saltSizeBytes", second.salt().length).put("iterations", second.iterations()));
        login.secrets.add(Base64.getEncoder().encodeToString(second.salt()));

        byte[] proof = client.evaluateChallenge(challenge);
        var third = new ScramMessages.ClientFinalMessage(proof);
        login.secrets.add(Base64.getEncoder().encodeToString(third.proof()));
        told = told(mechanism.mechanismName()).put("nonceSizeBytes", third.nonce().length()).put("proofSizeBytes", third.proof().length);
        if (!right) {
            byte[] error = new ScramMessages.ServerFinalMessage("invalid-proof", null).toBytes();
            login.tokens(proof, told, error, told(mechanism.mechanismName()).put("error", new ScramMessages.ServerFinalMessage(error).error()));
            login.done();
            return;
        }
        byte[] last = server.evaluateResponse(proof);
        client.evaluateChallenge(last);
        var fourth = new ScramMessages.ServerFinalMessage(last);
        login.secrets.add(Base64.getEncoder().encodeToString(fourth.serverSignature()));
        login.tokens(proof, told, last, told(mechanism.mechanismName()).put("signatureSizeBytes", fourth.serverSignature().length));
        login.end(delegation ? null : server.getAuthorizationID());
    }

    /** An unsecured token, with extensions; of one that is refused the client has to say that it heard so. */
    static void bearer(short version, boolean right) throws Exception {
        String user = name();
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        String claims = "{\"sub\":\"" + user + "\",\"iat\":1,\"exp\":99999999999,\"jti\":\"" + secret() + "\"}";
        var token = new OAuthBearerUnsecuredJws(base64.encodeToString("{\"alg\":\"none\"}".getBytes()) + "."
            + base64.encodeToString(claims.getBytes()) + ".", "sub", "scope");
        Map<String, String> extensions = random.nextBoolean() ? Map.of() : Map.of("logicalCluster", secret());
        SaslClient client = new OAuthBearerSaslClient(handler(callback -> {
            if (callback instanceof OAuthBearerTokenCallback c) {
                c.token(token);
            } else if (callback instanceof SaslExtensionsCallback c) {
                c.extensions(new SaslExtensions(extensions));
            }
        }));
        SaslServer server = new OAuthBearerSaslServer(handler(callback -> {
            if (callback instanceof OAuthBearerValidatorCallback c) {
                if (right) {
                    c.token(token);
                } else {
                    c.error("invalid_token", random.nextBoolean() ? null : "some", null);
                }
            } else if (callback instanceof OAuthBearerExtensionsValidatorCallback c) {
                c.inputExtensions().map().keySet().forEach(c::valid);
            }
        }));
        Login login = new Login(version, "OAUTHBEARER");
        login.secrets.add(token.value());
        byte[] hello = client.evaluateChallenge(new byte[0]);
        byte[] answer = server.evaluateResponse(hello);
        var said = new OAuthBearerClientInitialResponse(hello);
        ObjectNode told = told("OAUTHBEARER");
        if (!said.extensions().map().isEmpty()) {
            told.set("extensions", MAPPER.valueToTree(said.extensions().map().keySet()));
            said.extensions().map().values().forEach(login.secrets::add);
        }
        told.put("tokenSizeBytes", said.tokenValue().length());
        if (right) {
            login.tokens(hello, told, answer, null);
            login.end(server.getAuthorizationID());
            return;
        }
        String status = MAPPER.readTree(answer).get("status").asText();
        login.tokens(hello, told, answer, told("OAUTHBEARER").put("error", status));
        login.done();
    }

    /** A Kerberos of its own, with a user and a broker. */
    static class Kdc {
        static final Path FOLDER;
        static final SimpleKdcServer server;
        static final Subject user;
        static final Subject broker;

        static {
            try {
                FOLDER = Files.createTempDirectory("kdc");
                FOLDER.toFile().deleteOnExit();
                server = new SimpleKdcServer();
                try (ServerSocket any = new ServerSocket(0)) {
                    server.setKdcTcpPort(any.getLocalPort());
                }
                server.setKdcRealm("EXAMPLE.COM");
                server.setKdcHost("localhost");
                server.setAllowUdp(false);
                server.setWorkDir(FOLDER.toFile());
                server.init();
                server.start();
                Path config = Files.writeString(FOLDER.resolve("krb5.conf"), "[libdefaults]\n default_realm = EXAMPLE.COM\n udp_preference_limit = 1\n"
                    + " dns_lookup_kdc = false\n[realms]\n EXAMPLE.COM = {\n  kdc = localhost:" + server.getKdcSetting().getKdcTcpPort() + "\n }\n");
                System.setProperty("java.security.krb5.conf", config.toString());
                user = login(name() + "@EXAMPLE.COM", true);
                broker = login("kafka/localhost@EXAMPLE.COM", false);
                try (var files = Files.list(FOLDER)) {
                    files.forEach(f -> f.toFile().deleteOnExit());
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        static Subject login(String principal, boolean initiator) throws Exception {
            server.createPrincipal(principal, secret());
            File keys = FOLDER.resolve(initiator ? "user.keys" : "broker.keys").toFile();
            server.exportPrincipal(principal, keys);
            Map<String, String> options = Map.of("principal", principal, "useKeyTab", "true", "keyTab", keys.toString(), "storeKey", "true",
                "doNotPrompt", "true", "isInitiator", String.valueOf(initiator));
            LoginContext context = new LoginContext("x", new Subject(), null, new Configuration() {
                public AppConfigurationEntry[] getAppConfigurationEntry(String name) {
                    return new AppConfigurationEntry[]{new AppConfigurationEntry("com.sun.security.auth.module.Krb5LoginModule",
                        AppConfigurationEntry.LoginModuleControlFlag.REQUIRED, options)};
                }
            });
            context.login();
            return context.getSubject();
        }
    }

    /** GSSAPI is Java's own, asked as Kafka asks it: the client acts as whom it logged in as. */
    static void kerberos(short version) throws Exception {
        Login login = new Login(version, "GSSAPI");
        String user = Kdc.user.getPrincipals().iterator().next().getName();
        SaslClient client = Subject.doAs(Kdc.user, (PrivilegedExceptionAction<SaslClient>) () ->
            Sasl.createSaslClient(new String[]{"GSSAPI"}, user, "kafka", "localhost", Map.of(), null));
        SaslServer server = Subject.doAs(Kdc.broker, (PrivilegedExceptionAction<SaslServer>) () ->
            Sasl.createSaslServer("GSSAPI", "kafka", "localhost", Map.of(), handler(callback -> {
                if (callback instanceof AuthorizeCallback authorize) {
                    authorize.setAuthorized(true);
                }
            })));
        byte[] heard = new byte[0];
        while (!server.isComplete()) {
            byte[] challenge = heard;
            byte[] said = Subject.doAs(Kdc.user, (PrivilegedExceptionAction<byte[]>) () -> client.evaluateChallenge(challenge));
            byte[] answer = Subject.doAs(Kdc.broker, (PrivilegedExceptionAction<byte[]>) () -> server.evaluateResponse(said));
            heard = answer == null ? new byte[0] : answer;
            if (said.length > 0) {
                login.secrets.add(Base64.getEncoder().encodeToString(said));
            }
            login.tokens(said, server.isComplete() ? told("GSSAPI").put("user", server.getAuthorizationID()) : sized(said), heard, sized(heard));
        }
        login.end(null);
    }

    static ObjectNode sized(byte[] token) {
        return token.length == 0 ? null : told("GSSAPI").put("tokenSizeBytes", token.length);
    }

    interface Answer {
        void to(Callback callback) throws Exception;
    }

    static AuthenticateCallbackHandler handler(Answer answer) {
        return new AuthenticateCallbackHandler() {
            public void configure(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) { }

            public void close() { }

            public void handle(Callback[] callbacks) {
                for (Callback callback : callbacks) {
                    try {
                        answer.to(callback);
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        };
    }

    /** A client's metrics as its reporter pushes them, twice, and others, read back by the classes that Kafka brings along. */
    static void telemetry(CompressionType type) throws Exception {
        ClientTelemetryReporter reporter = new ClientTelemetryReporter(Time.SYSTEM);
        reporter.configure(Map.of(CommonClientConfigs.CLIENT_ID_CONFIG, "client", CommonClientConfigs.CLIENT_RACK_CONFIG, name()));
        Metrics metrics = new Metrics(new MetricConfig(), List.of(reporter), Time.SYSTEM, new KafkaMetricsContext("kafka.producer"));
        Sensor sensor = metrics.sensor("s");
        Map<String, String> tags = Map.of("topic", name() + "é\"");
        sensor.add(metrics.metricName("sent-total", "producer-metrics", "", tags), new CumulativeSum());
        sensor.add(metrics.metricName("sent-avg", "producer-metrics", "", tags), new Avg());
        sensor.add(metrics.metricName("sent-max", "producer-metrics"), new Max());
        sensor.add(metrics.metricName("sent-count", "producer-topic-metrics"), new WindowedCount());
        ClientTelemetrySender sender = reporter.telemetrySender();
        sender.createRequest();
        sender.handleResponse(new GetTelemetrySubscriptionsResponse(new GetTelemetrySubscriptionsResponseData().setClientInstanceId(Uuid.randomUuid())
            .setAcceptedCompressionTypes(List.of(type.id)).setPushIntervalMs(1000).setTelemetryMaxBytes(1 << 20)
            .setDeltaTemporality(random.nextBoolean()).setRequestedMetrics(List.of(""))));
        Connection connection = new Connection("PushTelemetry, " + type);
        for (int i = 0; i < 2; i++) {
            sensor.record(random.nextInt(1000));
            sensor.record(random.nextGaussian() * 1e9);
            var request = (PushTelemetryRequest) sender.createRequest().orElseThrow().build();
            PushTelemetryRequestData data = request.data();
            if (data.compressionType() != type.id) {
                throw new IllegalStateException(type + " became " + data.compressionType());
            }
            pushed(connection, data);
            sender.handleResponse(new PushTelemetryResponse(new PushTelemetryResponseData()));
        }
        metrics.close();
        MetricsData.Builder other = MetricsData.newBuilder();
        fill(other, 0);
        pushed(connection, new PushTelemetryRequestData().setCompressionType(type.id).setMetrics(ClientTelemetryUtils.compress(other.build(), type)));
        connection.done();
    }

    static void pushed(Connection connection, PushTelemetryRequestData data) throws Exception {
        CompressionType type = CompressionType.forId(data.compressionType());
        MetricsData read = MetricsData.parseFrom(ClientTelemetryUtils.decompress(data.metrics().duplicate(), type, 1 << 20));
        ObjectNode wanted = MAPPER.createObjectNode().put("type", "MetricsData");
        wanted.set("data", json(read));
        connection.exchange(new PushTelemetryRequest(data, (short) 0), new PushTelemetryResponseData()).set("request.metrics", wanted);
    }

    /** Sets fields to anything that a client of another make might send. */
    static void fill(org.apache.kafka.shaded.com.google.protobuf.Message.Builder message, int depth) {
        for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
            boolean inner = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
            if (inner && depth == 9) {
                continue;
            }
            if (!field.isRepeated()) {
                if (random.nextInt(3) > 0) {
                    message.setField(field, any(message, field, depth));
                }
                continue;
            }
            for (int i = random.nextInt(depth < 5 ? 3 : 2); i >= (depth < 5 ? 0 : 1); i--) {
                message.addRepeatedField(field, any(message, field, depth));
            }
        }
    }

    static Object any(org.apache.kafka.shaded.com.google.protobuf.Message.Builder message, FieldDescriptor field, int depth) {
        double[] doubles = {0, -1.5, 1e300, Double.MIN_VALUE, Double.NaN, Double.NEGATIVE_INFINITY, random.nextGaussian()};
        return switch (field.getJavaType()) {
            case INT -> random.nextInt();
            case LONG -> random.nextInt(3) == 0 ? 0L : random.nextLong();
            case DOUBLE -> doubles[random.nextInt(doubles.length)];
            case FLOAT -> random.nextFloat();
            case BOOLEAN -> random.nextBoolean();
            case STRING -> random.nextInt(4) == 0 ? "" : name() + "\u0000<\"\\/\u2028\ud83d\ude00";
            case BYTE_STRING -> ByteString.copyFrom(new byte[]{(byte) random.nextInt(), -1, 0});
            case ENUM -> field.getEnumType().findValueByNumberCreatingIfUnknown(random.nextInt(4));
            case MESSAGE -> {
                var inner = message.newBuilderForField(field);
                fill(inner, depth + 1);
                yield inner.build();
            }
        };
    }

    /** A message in the JSON form of protobuf 3. */
    static JsonNode json(org.apache.kafka.shaded.com.google.protobuf.Message message) {
        ObjectNode o = MAPPER.createObjectNode();
        for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
            o.set(field.getKey().getJsonName(), json(field.getKey(), field.getValue()));
        }
        return o;
    }

    static JsonNode json(FieldDescriptor field, Object value) {
        if (value instanceof List<?> list) {
            ArrayNode array = MAPPER.createArrayNode();
            list.forEach(element -> array.add(json(field, element)));
            return array;
        } else if (value instanceof org.apache.kafka.shaded.com.google.protobuf.Message message) {
            return json(message);
        } else if (value instanceof Descriptors.EnumValueDescriptor e) {
            return e.getIndex() < 0 ? MAPPER.valueToTree(e.getNumber()) : MAPPER.valueToTree(e.getName());
        } else if (value instanceof ByteString bytes) {
            return MAPPER.valueToTree(bytes.toByteArray());
        } else if (value instanceof Long number) {
            boolean unsigned = field.getType() == FieldDescriptor.Type.FIXED64 || field.getType() == FieldDescriptor.Type.UINT64;
            return MAPPER.valueToTree(unsigned ? Long.toUnsignedString(number) : number.toString());
        } else if (value instanceof Integer number && (field.getType() == FieldDescriptor.Type.FIXED32 || field.getType() == FieldDescriptor.Type.UINT32)) {
            return MAPPER.valueToTree(Integer.toUnsignedLong(number));
        } else if (value instanceof Double number && (number.isNaN() || number.isInfinite())) {
            return MAPPER.valueToTree(number.toString());
        }
        return MAPPER.valueToTree(value);
    }

    /** Requests of all versions that brokers forward, as the classes that do it wrap them and their answers. */
    static void envelopes(ApiKeys key) throws Exception {
        Connection connection = new Connection("Envelope of " + key);
        for (short version : key.allVersions()) {
            AbstractRequest inner = request(key, version, null);
            RequestHeader header = new RequestHeader(key, version, random.nextInt(4) == 0 ? null : name(), random.nextInt());
            KafkaPrincipal principal = new KafkaPrincipal("User", name());
            var builder = new DefaultKafkaPrincipalBuilder(null, null);
            InetAddress client = InetAddress.getByAddress(new byte[]{10, 0, 0, (byte) random.nextInt()});
            var context = new RequestContext(header, "c", client, Optional.empty(), principal, new ListenerName("L"), SecurityProtocol.PLAINTEXT,
                ClientInformation.EMPTY, true, Optional.of(builder));
            AbstractResponse answer = inner.getErrorResponse(random.nextInt(100), new NotControllerException(name()));
            var envelope = new EnvelopeRequest.Builder(inner.serializeWithHeader(header), builder.serialize(principal), client.getAddress()).build();
            ObjectNode wanted = connection.exchange(envelope, new EnvelopeResponse(context.buildResponseEnvelopePayload(answer), Errors.NONE).data());
            wanted.put("forwarded.requestHeader.requestApiKey", key.id).put("forwarded.requestHeader.requestApiVersion", version)
                .put("forwarded.requestHeader.correlationId", header.correlationId()).put("forwarded.requestHeader.clientId", header.clientId());
            wanted.set("forwarded.request", json(inner.data(), version));
            wanted.set("forwarded.response", json(answer.data(), version));
            wanted.put("request.requestPrincipal.data.name", principal.getName());
        }
        connection.done();
    }

    static JsonNode json(Message message, short version) throws Exception {
        Class<?> converter = Class.forName(message.getClass().getName() + "JsonConverter");
        return (JsonNode) converter.getMethod("write", message.getClass(), short.class).invoke(null, message, version);
    }

    /** A member that offers both sticky assignors. */
    static void groups() throws Exception {
        String topic = name();
        int partition = random.nextInt(9);
        int generation = random.nextInt(99);
        Connection connection = new Connection("JoinGroup, sticky");
        JoinGroupRequestData join = new JoinGroupRequestData().setGroupId("g").setProtocolType("consumer");
        ArrayNode wanted = MAPPER.createArrayNode();
        for (AbstractPartitionAssignor assignor : List.of(new StickyAssignor(), new CooperativeStickyAssignor())) {
            @SuppressWarnings("removal")
            var group = new ConsumerGroupMetadata("g", generation, "m", Optional.empty());
            assignor.onAssignment(new Assignment(List.of(new TopicPartition(topic, partition))), group);
            byte[] subscription = bytes(ConsumerProtocol.serializeSubscription(
                new Subscription(List.of(topic), assignor.subscriptionUserData(Set.of(topic))), (short) 1));
            join.protocols().add(new JoinGroupRequestData.JoinGroupRequestProtocol().setName(assignor.name()).setMetadata(subscription));
            ObjectNode userData = MAPPER.createObjectNode();
            boolean sticky = assignor instanceof StickyAssignor;
            if (sticky) {
                userData.putArray("previousAssignment").addObject().put("topic", topic).putArray("partitions").add(partition);
            }
            userData.put("generation", generation);
            ObjectNode data = MAPPER.createObjectNode();
            data.putArray("topics").add(topic);
            data.set("userData", payload(sticky ? "StickyAssignorUserData" : "CooperativeStickyAssignorUserData", sticky ? 1 : 0, userData));
            data.putArray("ownedPartitions");
            wanted.addObject().put("name", assignor.name()).set("metadata", payload("ConsumerProtocolSubscription", 1, data));
        }
        connection.exchange(request(ApiKeys.JOIN_GROUP, (short) 7, join), ApiKeys.JOIN_GROUP.messageType.newResponse()).set("request.protocols", wanted);
        connection.done();
    }

    static ObjectNode payload(String type, int version, ObjectNode data) {
        ObjectNode o = MAPPER.createObjectNode().put("type", type).put("version", version);
        o.set("data", data);
        return o;
    }

    static String name() {
        return "n" + random.nextInt(1000);
    }

    /** A text that stands nowhere else. */
    static String secret() {
        return "hush" + Long.toString(random.nextLong() >>> 1, 36);
    }

    static byte[] bytes(ByteBuffer b) {
        byte[] bytes = new byte[b.remaining()];
        b.duplicate().get(bytes);
        return bytes;
    }
}

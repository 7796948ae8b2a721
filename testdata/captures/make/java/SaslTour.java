import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.*;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.token.delegation.DelegationToken;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Logins that succeed and fail by every mechanism, delegation tokens, one connection that logs in again, and refusals by ACLs. Arguments: the
 * broker, and its listener that takes PLAIN alone. Every password begins with "kdump-secret-".
 */
public final class SaslTour {
    private static final String PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"%s\" password=\"%s\";";
    private static final String SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"%s\" password=\"%s\";";
    private static final String TOKEN = "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"%s\" password=\"%s\" tokenauth=\"true\";";
    private static final String BEARER = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=\"%s\";";

    public static void main(String[] args) throws Exception {
        String broker = args[0];
        login(broker, "PLAIN", PLAIN.formatted("admin", "kdump-secret-admin"));
        refused(broker, "PLAIN", PLAIN.formatted("admin", "kdump-secret-wrong-1"));
        login(broker, "SCRAM-SHA-256", SCRAM.formatted("alice", "kdump-secret-alice"));
        refused(broker, "SCRAM-SHA-256", SCRAM.formatted("alice", "kdump-secret-wrong-2"));
        login(broker, "SCRAM-SHA-512", SCRAM.formatted("bob", "kdump-secret-bob"));
        refused(broker, "SCRAM-SHA-512", SCRAM.formatted("nobody", "kdump-secret-wrong-3"));
        login(broker, "OAUTHBEARER", BEARER.formatted("carol"));
        unsupported(args[1]);
        admin(broker);
        again(broker);
        unauthorised(broker);
    }

    private static Properties properties(String broker, String clientId, String mechanism, String jaas) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", broker);
        properties.put("client.id", clientId);
        properties.put("security.protocol", "SASL_PLAINTEXT");
        properties.put("sasl.mechanism", mechanism);
        properties.put("sasl.jaas.config", jaas);
        return properties;
    }

    private static void login(String broker, String mechanism, String jaas) throws Exception {
        try (Admin admin = Admin.create(properties(broker, "login-" + mechanism, mechanism, jaas))) {
            Steps.succeeds("log in by " + mechanism, () -> admin.describeCluster().nodes().get());
        }
    }

    private static void refused(String broker, String mechanism, String jaas) throws Exception {
        try (Admin admin = Admin.create(properties(broker, "refused-" + mechanism, mechanism, jaas))) {
            Steps.fails(SaslAuthenticationException.class, "log in wrongly by " + mechanism, () -> admin.describeCluster().nodes().get());
        }
    }

    private static void unsupported(String broker) throws Exception {
        try (Admin admin = Admin.create(properties(broker, "unsupported", "SCRAM-SHA-256", SCRAM.formatted("alice", "kdump-secret-alice")))) {
            Steps.fails(UnsupportedSaslMechanismException.class, "log in by a mechanism that the broker lacks", () -> admin.describeCluster().nodes().get());
        }
    }

    private static void admin(String broker) throws Exception {
        try (Admin admin = Admin.create(properties(broker, "admin", "PLAIN", PLAIN.formatted("admin", "kdump-secret-admin")))) {
            Steps.succeeds("upsert SCRAM credentials", () -> admin.alterUserScramCredentials(List.of(
                    new UserScramCredentialUpsertion("dora", new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 8192), "kdump-secret-dora"))).all().get());
            Steps.succeeds("create a topic", () -> admin.createTopics(List.of(new NewTopic("orders", 2, (short) 1))).all().get());
            DelegationToken token = Steps.succeeds("create a delegation token", () -> admin.createDelegationToken(new CreateDelegationTokenOptions()
                    .renewers(List.of(new KafkaPrincipal("User", "alice"))).maxlifeTimeMs(3_600_000)).delegationToken().get());
            awaitTokens(admin, 1);
            login(broker, "SCRAM-SHA-256", TOKEN.formatted(token.tokenInfo().tokenId(), token.hmacAsBase64String()));
            Steps.succeeds("renew a delegation token", () -> admin.renewDelegationToken(token.hmac()).expiryTimestamp().get());
            Steps.succeeds("expire a delegation token", () -> admin.expireDelegationToken(token.hmac()).expiryTimestamp().get());
            awaitTokens(admin, 0);
            Steps.fails(DelegationTokenNotFoundException.class, "renew it again", () -> admin.renewDelegationToken(token.hmac()).expiryTimestamp().get());
        }
    }

    /** A broker learns of a token, or of its end, a little later than it answers. */
    private static void awaitTokens(Admin admin, int count) throws Exception {
        Steps.succeeds("describe delegation tokens until there are " + count, () -> {
            for (int i = 0; admin.describeDelegationToken().delegationTokens().get().size() != count; i++) {
                if (i == 100) throw new IllegalStateException("never " + count + " tokens");
                Thread.sleep(100);
            }
            return null;
        });
    }

    /** The broker ends a login after connections.max.reauth.ms: the client logs in again on the open connection. */
    private static void again(String broker) throws Exception {
        Properties properties = properties(broker, "again", "SCRAM-SHA-256", SCRAM.formatted("admin", "kdump-secret-admin-scram"));
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            Steps.succeeds("produce for longer than a login lasts", () -> {
                for (int i = 0; i < 16; i++) {
                    producer.send(new ProducerRecord<>("orders", i % 2, "k", "v" + i)).get();
                    Thread.sleep(500);
                }
                return null;
            });
        }
        properties.put("group.id", "orders-group");
        properties.put("auto.offset.reset", "earliest");
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of("orders"));
            int[] count = {0};
            Steps.awaits("all records to come", () -> (count[0] += consumer.poll(Duration.ofMillis(300)).count()) >= 16);
        }
    }

    private static void unauthorised(String broker) throws Exception {
        Properties bob = properties(broker, "unauthorised", "SCRAM-SHA-512", SCRAM.formatted("bob", "kdump-secret-bob"));
        try (Admin admin = Admin.create(bob)) {
            Steps.fails(ClusterAuthorizationException.class, "describe ACLs without the right to", () -> admin.describeAcls(org.apache.kafka.common.acl.AclBindingFilter.ANY).values().get());
            Steps.fails(TopicAuthorizationException.class, "create a topic without the right to", () -> admin.createTopics(List.of(new NewTopic("secret-topic", 1, (short) 1))).all().get());
        }
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(bob, new StringSerializer(), new StringSerializer())) {
            Steps.fails(TopicAuthorizationException.class, "produce without the right to", () -> producer.send(new ProducerRecord<>("orders", "v")).get());
        }
    }
}

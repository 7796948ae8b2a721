import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.*;
import org.apache.kafka.common.quota.*;
import org.apache.kafka.common.resource.*;

/**
 * The admin calls that both 3.9 and 4.x clients have: topics, configs, ACLs, quotas, SCRAM credentials, offsets, replicas,
 * features. Creates the topics that the other programs use. Arguments: the broker, the directory of its second log dir.
 */
public final class AdminTour {
    private static final ConfigResource ORDERS = new ConfigResource(ConfigResource.Type.TOPIC, "orders");
    private static final ConfigResource BROKER = new ConfigResource(ConfigResource.Type.BROKER, "1");
    private static final TopicPartition ORDERS_0 = new TopicPartition("orders", 0);

    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", args[0]);
        properties.put("client.id", "admin-tour");
        try (Admin admin = Admin.create(properties)) {
            cluster(admin);
            topics(admin);
            configs(admin);
            acls(admin);
            quotas(admin);
            credentials(admin);
            partitions(admin, args[1]);
            features(admin);
        }
    }

    private static void cluster(Admin admin) throws Exception {
        Steps.succeeds("describe the cluster", () -> admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true)).nodes().get());
        Steps.succeeds("describe the metadata quorum", () -> admin.describeMetadataQuorum().quorumInfo().get());
        Steps.fails(BrokerIdNotRegisteredException.class, "unregister a broker that is not there", () -> admin.unregisterBroker(77).all().get());
    }

    private static void topics(Admin admin) throws Exception {
        Steps.succeeds("create topics", () -> admin.createTopics(List.of(
                new NewTopic("orders", 3, (short) 1).configs(Map.of("retention.ms", "86400000")),
                new NewTopic("payments", Map.of(0, List.of(1), 1, List.of(1))),
                new NewTopic("small-messages", 1, (short) 1).configs(Map.of("max.message.bytes", "2048", "message.timestamp.after.max.ms", "3600000")),
                new NewTopic("log-append-time", 1, (short) 1).configs(Map.of("message.timestamp.type", "LogAppendTime")),
                new NewTopic("defaults", Optional.empty(), Optional.empty()),
                new NewTopic("short-lived", 1, (short) 1))).all().get());
        Steps.succeeds("validate a topic", () -> admin.createTopics(List.of(new NewTopic("only-validated", 1, (short) 1)), new CreateTopicsOptions().validateOnly(true)).all().get());
        Steps.fails(TopicExistsException.class, "create a topic twice", () -> admin.createTopics(List.of(new NewTopic("orders", 1, (short) 1))).all().get());
        Steps.fails(InvalidConfigurationException.class, "create a topic with an invalid config", () -> admin.createTopics(List.of(
                new NewTopic("invalid-config", 1, (short) 1).configs(Map.of("retention.ms", "soon")))).all().get());
        Steps.fails(InvalidReplicationFactorException.class, "create a topic with too many replicas", () -> admin.createTopics(List.of(new NewTopic("too-many-replicas", 1, (short) 9))).all().get());
        Steps.fails(InvalidTopicException.class, "create a topic with an invalid name", () -> admin.createTopics(List.of(new NewTopic("not/a/topic", 1, (short) 1))).all().get());
        Steps.succeeds("list topics", () -> admin.listTopics(new ListTopicsOptions().listInternal(true)).names().get());
        Map<String, TopicDescription> described = Steps.succeeds("describe topics by name", () -> admin.describeTopics(List.of("orders", "payments"),
                new DescribeTopicsOptions().includeAuthorizedOperations(true)).allTopicNames().get());
        Uuid payments = described.get("payments").topicId();
        Steps.succeeds("describe topics by id", () -> admin.describeTopics(TopicCollection.ofTopicIds(List.of(payments))).allTopicIds().get());
        Steps.fails(UnknownTopicOrPartitionException.class, "describe a topic that is not there", () -> admin.describeTopics(List.of("no-such-topic")).allTopicNames().get());
        Steps.fails(UnknownTopicIdException.class, "describe a topic id that is not there", () -> admin.describeTopics(TopicCollection.ofTopicIds(List.of(Uuid.fromString("AAAAAAAAAAAAAAAAAAAABg")))).allTopicIds().get());
        Steps.succeeds("create partitions", () -> admin.createPartitions(Map.of("defaults", NewPartitions.increaseTo(3))).all().get());
        Steps.fails(InvalidPartitionsException.class, "create fewer partitions", () -> admin.createPartitions(Map.of("orders", NewPartitions.increaseTo(1))).all().get());
        Steps.succeeds("delete a topic", () -> admin.deleteTopics(List.of("short-lived")).all().get());
        Steps.fails(UnknownTopicOrPartitionException.class, "delete a topic that is not there", () -> admin.deleteTopics(List.of("short-lived")).all().get());
        Steps.fails(UnknownTopicIdException.class, "delete a topic id that is not there", () -> admin.deleteTopics(TopicCollection.ofTopicIds(List.of(Uuid.fromString("AAAAAAAAAAAAAAAAAAAABg")))).all().get());
    }

    private static void configs(Admin admin) throws Exception {
        DescribeConfigsOptions everything = new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(false);
        Steps.succeeds("alter topic configs", () -> alter(admin, ORDERS,
                set("retention.ms", "3600000"), delete("segment.bytes")));
        Steps.succeeds("compact a topic", () -> alter(admin, new ConfigResource(ConfigResource.Type.TOPIC, "defaults"), append("cleanup.policy", "compact")));
        Steps.succeeds("alter sensitive broker configs", () -> alter(admin, BROKER,
                set("listener.name.internal.ssl.key.password", "kdump-secret-key-password"), set("log.cleaner.threads", "1")));
        Steps.succeeds("alter the brokers' defaults", () -> alter(admin, new ConfigResource(ConfigResource.Type.BROKER, ""), set("message.max.bytes", "1000000")));
        ConfigResource logger = new ConfigResource(ConfigResource.Type.BROKER_LOGGER, "1");
        Steps.succeeds("alter a broker's logger", () -> alter(admin, logger, set("kafka.request.logger", "DEBUG")));
        ConfigResource clientMetrics = new ConfigResource(ConfigResource.Type.CLIENT_METRICS, "all-clients");
        Steps.succeeds("alter client metrics", () -> alter(admin, clientMetrics,
                set("metrics", "org.apache.kafka.producer.,org.apache.kafka.consumer.coordinator."), set("interval.ms", "1000")));
        Steps.succeeds("describe configs", () -> admin.describeConfigs(List.of(ORDERS, BROKER, logger, clientMetrics), everything).all().get());
        Steps.succeeds("describe configs with their documentation", () -> admin.describeConfigs(
                List.of(new ConfigResource(ConfigResource.Type.TOPIC, "payments")), new DescribeConfigsOptions().includeDocumentation(true)).all().get());
        Steps.fails(InvalidConfigurationException.class, "set an invalid config", () -> alter(admin, ORDERS, set("cleanup.policy", "burn")));
        Steps.fails(UnknownTopicOrPartitionException.class, "describe the configs of a topic that is not there", () -> admin.describeConfigs(
                List.of(new ConfigResource(ConfigResource.Type.TOPIC, "no-such-topic"))).all().get());
        Steps.succeeds("list client metrics resources", () -> admin.listClientMetricsResources().all().get());
    }

    private static Void alter(Admin admin, ConfigResource resource, AlterConfigOp... operations) throws Exception {
        return admin.incrementalAlterConfigs(Map.of(resource, Arrays.asList(operations))).all().get();
    }

    private static AlterConfigOp set(String key, String value) {
        return new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET);
    }

    private static AlterConfigOp append(String key, String value) {
        return new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.APPEND);
    }

    private static AlterConfigOp delete(String key) {
        return new AlterConfigOp(new ConfigEntry(key, null), AlterConfigOp.OpType.DELETE);
    }

    private static void acls(Admin admin) throws Exception {
        Collection<AclBinding> bindings = List.of(
                new AclBinding(new ResourcePattern(ResourceType.TOPIC, "orders", PatternType.LITERAL),
                        new AccessControlEntry("User:alice", "*", AclOperation.READ, AclPermissionType.ALLOW)),
                new AclBinding(new ResourcePattern(ResourceType.GROUP, "billing-", PatternType.PREFIXED),
                        new AccessControlEntry("User:bob", "10.0.0.7", AclOperation.ALL, AclPermissionType.DENY)));
        Steps.succeeds("create ACLs", () -> admin.createAcls(bindings).all().get());
        Steps.succeeds("describe ACLs", () -> admin.describeAcls(AclBindingFilter.ANY).values().get());
        Steps.succeeds("delete ACLs", () -> admin.deleteAcls(List.of(new AclBindingFilter(
                new ResourcePatternFilter(ResourceType.ANY, "orders", PatternType.MATCH), AccessControlEntryFilter.ANY))).all().get());
        Steps.fails(InvalidRequestException.class, "create an ACL on a cluster of another name", () -> admin.createAcls(List.of(
                new AclBinding(new ResourcePattern(ResourceType.CLUSTER, "other", PatternType.LITERAL),
                        new AccessControlEntry("User:alice", "*", AclOperation.ALTER, AclPermissionType.ALLOW)))).all().get());
    }

    private static void quotas(Admin admin) throws Exception {
        ClientQuotaEntity alice = new ClientQuotaEntity(Map.of(ClientQuotaEntity.USER, "alice", ClientQuotaEntity.CLIENT_ID, "billing"));
        ClientQuotaEntity anyUser = new ClientQuotaEntity(java.util.Collections.singletonMap(ClientQuotaEntity.USER, null));
        ClientQuotaEntity address = new ClientQuotaEntity(Map.of(ClientQuotaEntity.IP, "10.0.0.7"));
        Steps.succeeds("alter quotas", () -> admin.alterClientQuotas(List.of(
                new ClientQuotaAlteration(alice, List.of(new ClientQuotaAlteration.Op("producer_byte_rate", 1048576.0), new ClientQuotaAlteration.Op("request_percentage", 12.25))),
                new ClientQuotaAlteration(anyUser, List.of(new ClientQuotaAlteration.Op("consumer_byte_rate", 2e9), new ClientQuotaAlteration.Op("controller_mutation_rate", 100.0))),
                new ClientQuotaAlteration(address, List.of(new ClientQuotaAlteration.Op("connection_creation_rate", 50.0))))).all().get());
        Steps.succeeds("describe quotas", () -> admin.describeClientQuotas(ClientQuotaFilter.all()).entities().get());
        Steps.succeeds("describe the quotas of one user", () -> admin.describeClientQuotas(ClientQuotaFilter.containsOnly(List.of(
                ClientQuotaFilterComponent.ofEntity(ClientQuotaEntity.USER, "alice"), ClientQuotaFilterComponent.ofEntityType(ClientQuotaEntity.CLIENT_ID)))).entities().get());
        Steps.succeeds("remove a quota", () -> admin.alterClientQuotas(List.of(new ClientQuotaAlteration(address, List.of(new ClientQuotaAlteration.Op("connection_creation_rate", null))))).all().get());
        Steps.fails(InvalidRequestException.class, "set a quota that is not there", () -> admin.alterClientQuotas(List.of(
                new ClientQuotaAlteration(alice, List.of(new ClientQuotaAlteration.Op("no_such_quota", 1.0))))).all().get());
    }

    private static void credentials(Admin admin) throws Exception {
        Steps.succeeds("upsert SCRAM credentials", () -> admin.alterUserScramCredentials(List.of(
                new UserScramCredentialUpsertion("alice", new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), "kdump-secret-alice"),
                new UserScramCredentialUpsertion("bob", new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), "kdump-secret-bob"))).all().get());
        Steps.succeeds("describe SCRAM credentials", () -> admin.describeUserScramCredentials().all().get());
        Steps.succeeds("delete a SCRAM credential", () -> admin.alterUserScramCredentials(List.of(new UserScramCredentialDeletion("bob", ScramMechanism.SCRAM_SHA_512))).all().get());
        Steps.fails(ResourceNotFoundException.class, "delete a SCRAM credential that is not there", () -> admin.alterUserScramCredentials(
                List.of(new UserScramCredentialDeletion("carol", ScramMechanism.SCRAM_SHA_256))).all().get());
        Steps.fails(ResourceNotFoundException.class, "describe a SCRAM credential that is not there", () -> admin.describeUserScramCredentials(List.of("carol")).description("carol").get());
        // Tokens are off and the connection is not authenticated: releases differ in what they say first.
        Steps.fails(ApiException.class, "create a delegation token where tokens are off", () -> admin.createDelegationToken().delegationToken().get());
    }

    private static void partitions(Admin admin, String otherLogDir) throws Exception {
        Steps.succeeds("describe log dirs", () -> admin.describeLogDirs(List.of(1)).allDescriptions().get());
        TopicPartitionReplica replica = new TopicPartitionReplica("payments", 0, 1);
        Steps.succeeds("move a replica to the other log dir", () -> admin.alterReplicaLogDirs(Map.of(replica, otherLogDir)).all().get());
        Steps.fails(LogDirNotFoundException.class, "move a replica to a log dir that is not there", () -> admin.alterReplicaLogDirs(Map.of(replica, "/no/such/dir")).all().get());
        Steps.succeeds("describe a replica's log dir", () -> admin.describeReplicaLogDirs(List.of(replica)).all().get());
        Steps.succeeds("list offsets", () -> admin.listOffsets(Map.of(
                ORDERS_0, OffsetSpec.earliest(),
                new TopicPartition("orders", 1), OffsetSpec.latest(),
                new TopicPartition("orders", 2), OffsetSpec.maxTimestamp(),
                new TopicPartition("payments", 0), OffsetSpec.forTimestamp(1763819581000L),
                new TopicPartition("payments", 1), OffsetSpec.earliestLocal(),
                new TopicPartition("defaults", 0), OffsetSpec.latestTiered()), new ListOffsetsOptions(IsolationLevel.READ_COMMITTED)).all().get());
        Steps.succeeds("reassign a partition to where it is", () -> admin.alterPartitionReassignments(Map.of(ORDERS_0, Optional.of(new NewPartitionReassignment(List.of(1))))).all().get());
        Steps.fails(NoReassignmentInProgressException.class, "cancel a reassignment that is not there", () -> admin.alterPartitionReassignments(Map.of(ORDERS_0, Optional.empty())).all().get());
        Steps.fails(InvalidReplicaAssignmentException.class, "reassign to a broker that is not there", () -> admin.alterPartitionReassignments(
                Map.of(ORDERS_0, Optional.of(new NewPartitionReassignment(List.of(9))))).all().get());
        Steps.succeeds("list reassignments", () -> admin.listPartitionReassignments().reassignments().get());
        Steps.fails(ElectionNotNeededException.class, "elect the preferred leader", () -> admin.electLeaders(ElectionType.PREFERRED, Set.of(ORDERS_0)).partitions().get().get(ORDERS_0).map(AdminTour::raise));
        Steps.fails(ElectionNotNeededException.class, "elect any leader", () -> admin.electLeaders(ElectionType.UNCLEAN, Set.of(ORDERS_0)).partitions().get().get(ORDERS_0).map(AdminTour::raise));
        Steps.fails(OffsetOutOfRangeException.class, "delete records beyond the end", () -> admin.deleteRecords(Map.of(new TopicPartition("payments", 1), RecordsToDelete.beforeOffset(1000))).all().get());
    }

    private static Object raise(Throwable error) {
        throw (RuntimeException) error;
    }

    private static void features(Admin admin) throws Exception {
        // The error code of a refused level differs between releases.
        short level = Steps.succeeds("describe features", () -> admin.describeFeatures().featureMetadata().get()).finalizedFeatures().get("metadata.version").maxVersionLevel();
        Steps.fails(ApiException.class, "downgrade to a feature level that is not there", () -> admin.updateFeatures(
                Map.of("metadata.version", new FeatureUpdate((short) 1, FeatureUpdate.UpgradeType.SAFE_DOWNGRADE)), new UpdateFeaturesOptions().validateOnly(true)).all().get());
        Steps.fails(ApiException.class, "upgrade to a feature level that is not there", () -> admin.updateFeatures(
                Map.of("metadata.version", new FeatureUpdate((short) (level + 100), FeatureUpdate.UpgradeType.UPGRADE)), new UpdateFeaturesOptions().validateOnly(true)).all().get());
    }
}

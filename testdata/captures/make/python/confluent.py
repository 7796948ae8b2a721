"""Exercises confluent-kafka (librdkafka): admin calls, every codec and acks, groups of each protocol, transactions. Arguments: the broker, and the
kinds of groups that it has beside classic ones: "consumer", "share".
"""

import sys
import time

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, ElectionType, KafkaException, Producer, TopicCollection, TopicPartition
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

TOPIC = "confluent-orders"


def settings(broker, client_id, more={}):
    return {"bootstrap.servers": broker, "client.id": client_id, "log_level": 3, **more}


def results(futures):
    return [future.result(60) for future in futures.values()]


def admin(broker, _):
    client = AdminClient(settings(broker, "confluent-admin"))
    topic = ConfigResource(ResourceType.TOPIC, TOPIC)
    results(client.create_topics([NewTopic(TOPIC, 2, 1)]))
    try:
        results(client.create_topics([NewTopic(TOPIC, 2, 1)]))
    except KafkaException:
        pass
    else:
        raise AssertionError("created a topic twice")
    results(client.create_partitions([NewPartitions(TOPIC, 3)]))
    client.list_topics(timeout=60)
    results(client.describe_topics(TopicCollection([TOPIC]), include_authorized_operations=True))
    client.describe_cluster(include_authorized_operations=True).result(60)
    results(client.describe_configs([topic]))
    topic.add_incremental_config(ConfigEntry("retention.ms", "3600000", incremental_operation=AlterConfigOpType.SET))
    results(client.incremental_alter_configs([topic]))
    acl = "User:confluent", "*", AclOperation.READ, AclPermissionType.ALLOW
    results(client.create_acls([AclBinding(ResourceType.TOPIC, TOPIC, ResourcePatternType.LITERAL, *acl)]))
    of_topic = AclBindingFilter(ResourceType.TOPIC, TOPIC, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY)
    client.describe_acls(of_topic).result(60)
    results(client.delete_acls([of_topic]))
    results(client.alter_user_scram_credentials([UserScramCredentialUpsertion("confluent", ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), b"kdump-secret-confluent")]))
    client.describe_user_scram_credentials().result(60)
    client.elect_leaders(ElectionType.PREFERRED, [TopicPartition(TOPIC, 0)]).result(60)


def produce(broker, _):
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        for acks in ("0", "1", "all"):
            choice = {"compression.type": codec, "acks": acks, "linger.ms": 20, "enable.idempotence": acks == "all"}
            producer = Producer(settings(broker, "confluent-producer", choice))
            for i in range(12):
                producer.produce(TOPIC, key=f"key-{i}", value=f"value {i}, compressible, compressible", headers={"trace": b"t-1"})
            assert producer.flush(60) == 0


def transact(broker, _):
    consumer = Consumer(settings(broker, "confluent-tx", {"group.id": "confluent-tx-group"}))
    producer = Producer(settings(broker, "confluent-tx", {"transactional.id": "confluent-tx"}))
    producer.init_transactions(60)
    for end in (producer.commit_transaction, producer.abort_transaction):
        producer.begin_transaction()
        producer.produce(TOPIC, "in a transaction")
        producer.send_offsets_to_transaction([TopicPartition(TOPIC, 0, 1)], consumer.consumer_group_metadata(), 60)
        end(60)
    consumer.close()


def take(consumer, count):
    """Polls until that many records came."""
    end = time.monotonic() + 60
    while count > 0:
        assert time.monotonic() < end, f"{count} records are missing"
        count -= sum(message.error() is None for message in consumer.consume(100, 0.3))


def consume(broker, kinds):
    kinds_of_group = {
        "range": {"partition.assignment.strategy": "range", "heartbeat.interval.ms": 300},
        "cooperative": {"partition.assignment.strategy": "cooperative-sticky", "heartbeat.interval.ms": 300, "group.instance.id": "confluent-1"},
    }
    if "consumer" in kinds:
        kinds_of_group["consumer"] = {"group.protocol": "consumer", "group.remote.assignor": "uniform"}
    for name, choice in kinds_of_group.items():
        own = {"group.id": f"confluent-{name}-group", "auto.offset.reset": "earliest", "isolation.level": "read_committed", **choice}
        consumer = Consumer(settings(broker, f"confluent-{name}", own))
        consumer.subscribe([TOPIC])
        take(consumer, 120)
        partition = TopicPartition(TOPIC, 0)
        consumer.commit(asynchronous=False)
        consumer.committed([partition], 60)
        consumer.get_watermark_offsets(partition, 60)
        consumer.offsets_for_times([TopicPartition(TOPIC, 0, 1763819581000)], 60)
        consumer.close()
    if "share" in kinds:
        share(broker)


def share(broker):
    from confluent_kafka import ShareConsumer

    client = AdminClient(settings(broker, "confluent-admin"))
    group = ConfigResource(ResourceType.GROUP, "confluent-share-group")
    group.add_incremental_config(ConfigEntry("share.auto.offset.reset", "earliest", incremental_operation=AlterConfigOpType.SET))
    results(client.incremental_alter_configs([group]))
    consumer = ShareConsumer(settings(broker, "confluent-share", {"group.id": "confluent-share-group"}))
    consumer.subscribe([TOPIC])
    end, count = time.monotonic() + 60, 0
    while count < 60:
        assert time.monotonic() < end, f"{count} records came"
        count += sum(message.error() is None for message in consumer.poll(0.5))
    consumer.commit_sync()
    consumer.close()


def groups(broker, _):
    client = AdminClient(settings(broker, "confluent-admin"))
    group = "confluent-range-group"
    offset = [TopicPartition(TOPIC, 0, 1)]
    client.list_consumer_groups().result(60)
    results(client.describe_consumer_groups([group], include_authorized_operations=True))
    results(client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]))
    results(client.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, offset)]))
    results(client.list_offsets({TopicPartition(TOPIC, 0): OffsetSpec.latest(), TopicPartition(TOPIC, 1): OffsetSpec.max_timestamp()}))
    results(client.delete_records(offset))
    results(client.delete_consumer_groups([group]))
    results(client.delete_topics([TOPIC]))


if __name__ == "__main__":
    for step in (admin, produce, transact, consume, groups):
        print(step.__name__, flush=True)
        step(sys.argv[1], sys.argv[2:])

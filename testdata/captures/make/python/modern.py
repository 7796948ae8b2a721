"""Exercises kafka-python 3: admin calls, every codec and acks, a group, a transaction. Argument: the broker."""

import sys

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.errors import TopicAlreadyExistsError

TOPIC = "python-orders"


def admin(broker):
    client = KafkaAdminClient(bootstrap_servers=broker, client_id="python-admin")
    client.create_topics([NewTopic(TOPIC, num_partitions=2, replication_factor=1)])
    try:
        client.create_topics([NewTopic(TOPIC, num_partitions=2, replication_factor=1)])
    except TopicAlreadyExistsError:
        pass
    else:
        raise AssertionError("created a topic twice")
    client.list_topics()
    client.describe_topics([TOPIC])
    client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, TOPIC)])
    client.close()


def produce(broker):
    for codec in (None, "gzip", "snappy", "lz4", "zstd"):
        for acks in (0, 1, "all"):
            producer = KafkaProducer(
                bootstrap_servers=broker,
                client_id="python-producer",
                compression_type=codec,
                acks=acks,
                enable_idempotence=acks == "all",
                linger_ms=20,
            )
            for i in range(12):
                producer.send(TOPIC, key=b"key-%d" % i, value=b"value %d, compressible, compressible" % i, headers=[("trace", b"t-1")])
            producer.flush(30)
            producer.close()


def transact(broker):
    producer = KafkaProducer(bootstrap_servers=broker, client_id="python-tx", transactional_id="python-tx")
    producer.init_transactions()
    for end in (producer.commit_transaction, producer.abort_transaction):
        producer.begin_transaction()
        producer.send(TOPIC, b"in a transaction").get(30)
        end()
    producer.close()


def consume(broker):
    consumer = KafkaConsumer(
        TOPIC,
        bootstrap_servers=broker,
        client_id="python-consumer",
        group_id="python-group",
        auto_offset_reset="earliest",
        heartbeat_interval_ms=300,
        consumer_timeout_ms=30000,
    )
    for _, _record in zip(range(120), consumer):
        pass
    consumer.commit()
    partition = TopicPartition(TOPIC, 0)
    consumer.committed(partition)
    consumer.end_offsets([partition])
    consumer.offsets_for_times({partition: 1763819581000})
    consumer.close()

    client = KafkaAdminClient(bootstrap_servers=broker, client_id="python-admin")
    client.list_groups()
    client.close()


if __name__ == "__main__":
    for step in (admin, produce, transact, consume):
        print(step.__name__, flush=True)
        step(sys.argv[1])

"""Exercises aiokafka: admin calls, every codec and acks, groups, transactions. Argument: the broker."""

import asyncio
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import TopicAlreadyExistsError

TOPIC = "aio-orders"


async def admin(broker):
    client = AIOKafkaAdminClient(bootstrap_servers=broker, client_id="aio-admin")
    await client.start()
    await client.create_topics([NewTopic(TOPIC, 2, 1)])
    answer = await client.create_topics([NewTopic(TOPIC, 2, 1)])
    assert answer.topic_errors[0][1] == TopicAlreadyExistsError.errno, answer
    await client.create_partitions({TOPIC: NewPartitions(3)})
    await client.list_topics()
    await client.describe_topics([TOPIC])
    await client.describe_cluster()
    await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, TOPIC)], include_synonyms=True)
    await client.close()


async def produce(broker):
    for codec in (None, "gzip", "snappy", "lz4", "zstd"):
        for acks in (0, 1, "all"):
            settings = {"compression_type": codec, "acks": acks, "linger_ms": 20, "enable_idempotence": acks == "all"}
            producer = AIOKafkaProducer(bootstrap_servers=broker, client_id="aio-producer", **settings)
            await producer.start()
            for i in range(12):
                await producer.send(TOPIC, key=b"key-%d" % i, value=b"value %d, compressible, compressible" % i, headers=[("trace", b"t-1")])
            await producer.stop()


async def transact(broker):
    producer = AIOKafkaProducer(bootstrap_servers=broker, client_id="aio-tx", transactional_id="aio-tx")
    await producer.start()
    for end in (producer.commit_transaction, producer.abort_transaction):
        await producer.begin_transaction()
        await producer.send_and_wait(TOPIC, b"in a transaction")
        await producer.send_offsets_to_transaction({TopicPartition(TOPIC, 0): 1}, "aio-tx-group")
        await end()
    await producer.stop()


async def consume(broker):
    for name, assignor in {"range": RangePartitionAssignor, "sticky": StickyPartitionAssignor}.items():
        consumer = AIOKafkaConsumer(
            TOPIC,
            bootstrap_servers=broker,
            client_id=f"aio-{name}",
            group_id=f"aio-{name}-group",
            partition_assignment_strategy=(assignor,),
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            heartbeat_interval_ms=300,
        )
        await consumer.start()
        for _ in range(120):
            await asyncio.wait_for(consumer.getone(), 60)
        await consumer.commit()
        partition = TopicPartition(TOPIC, 0)
        await consumer.committed(partition)
        await consumer.end_offsets([partition])
        await consumer.offsets_for_times({partition: 1763819581000})
        await consumer.stop()


async def groups(broker):
    client = AIOKafkaAdminClient(bootstrap_servers=broker, client_id="aio-admin")
    await client.start()
    await client.list_consumer_groups()
    await client.describe_consumer_groups(["aio-range-group"])
    await client.list_consumer_group_offsets("aio-range-group")
    await client.delete_records({TopicPartition(TOPIC, 0): RecordsToDelete(before_offset=1)})
    await client.delete_topics([TOPIC])
    await client.close()


if __name__ == "__main__":
    for step in (admin, produce, transact, consume, groups):
        print(step.__name__, flush=True)
        asyncio.run(step(sys.argv[1]))

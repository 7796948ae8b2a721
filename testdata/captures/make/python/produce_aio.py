"""Produces the records of lists.sh by aiokafka, with each codec and in a transaction, and consumes them again. Arguments: the broker, the
records, the list to write.
"""

import asyncio
import logging
import sys

import aiokafka
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from produced import List, Record, records


async def produce(broker, path, listed, topic, codec, **transaction):
    producer = AIOKafkaProducer(bootstrap_servers=broker, client_id="aio-producers", compression_type=codec, linger_ms=20, **transaction)
    await producer.start()
    if transaction:
        await producer.begin_transaction()
    sent = []
    for record in records(path, codec or "none"):
        # The library refuses a record without both.
        if (record.key, record.value) != (None, None):
            future = await producer.send(topic, record.value, record.key, timestamp_ms=record.timestamp, headers=record.headers)
            sent.append((future, record))
    for future, record in sent:
        place = await asyncio.wait_for(future, 60)
        listed.add(place.topic, place.partition, place.offset, record)
    if transaction:
        await producer.commit_transaction()
    await producer.stop()


async def consume(broker, listed):
    consumer = AIOKafkaConsumer(bootstrap_servers=broker, client_id="aio-producers", auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([TopicPartition(topic, partition) for topic in listed.topics() for partition in range(2)])
    while listed.missing():
        r = await asyncio.wait_for(consumer.getone(), 60)
        listed.take(r.topic, r.partition, r.offset, Record(r.key, r.value, r.headers, r.timestamp))
    await consumer.stop()


async def main(broker, path, out):
    listed = List(f"aiokafka {aiokafka.__version__}")
    for codec in (None, "gzip", "snappy", "lz4", "zstd"):
        await produce(broker, path, listed, f"aiokafka-{codec or 'none'}", codec)
    await produce(broker, path, listed, "aiokafka-transaction", None, transactional_id="aio-producers")
    await consume(broker, listed)
    listed.write(out)


if __name__ == "__main__":
    # It would log that topics are not there yet.
    logging.disable()
    asyncio.run(main(*sys.argv[1:]))

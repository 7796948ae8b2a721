"""Produces the records of lists.sh by confluent-kafka (librdkafka), with each codec and in a transaction, and consumes them again. Arguments: the
broker, the records, the list to write.
"""

import sys
import time

import confluent_kafka
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from produced import List, Record, records


def produce(broker, path, listed, topic, codec, transaction={}):
    producer = Producer({"bootstrap.servers": broker, "client.id": "confluent-producers", "compression.type": codec, "linger.ms": 20, **transaction})
    if transaction:
        producer.init_transactions(60)
        producer.begin_transaction()

    def delivered(record):
        def report(error, message):
            assert error is None, error
            # To the library a time of 0 is none, and it takes its own.
            timestamp = record.timestamp or message.timestamp()[1]
            listed.add(message.topic(), message.partition(), message.offset(), record._replace(timestamp=timestamp))

        return report

    for record in records(path, codec):
        producer.produce(topic, record.value, record.key, on_delivery=delivered(record), timestamp=record.timestamp, headers=record.headers)
    assert producer.flush(60) == 0
    if transaction:
        producer.commit_transaction(60)


def consume(broker, listed):
    consumer = Consumer({"bootstrap.servers": broker, "client.id": "confluent-producers", "group.id": "confluent-producers", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for topic in listed.topics() for partition in range(2)])
    end = time.monotonic() + 60
    while listed.missing() and time.monotonic() < end:
        for m in consumer.consume(100, 0.3):
            assert m.error() is None, m.error()
            listed.take(m.topic(), m.partition(), m.offset(), Record(m.key(), m.value(), m.headers() or [], m.timestamp()[1]))
    consumer.close()


def main(broker, path, out):
    listed = List(f"confluent-kafka {confluent_kafka.__version__} (librdkafka {confluent_kafka.libversion()[0]})")
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        produce(broker, path, listed, f"confluent-{codec}", codec)
    produce(broker, path, listed, "confluent-transaction", "none", {"transactional.id": "confluent-producers"})
    consume(broker, listed)
    listed.write(out)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Exercises kafka-python 1.4.7 with the API versions of an old broker release. Arguments: the broker, the release (0.9, 0.10.1...)."""

import sys

from kafka import KafkaConsumer, KafkaProducer, TopicPartition


def produce(broker, release, topic):
    for codec in (None, "gzip", "snappy", "lz4"):
        if codec == "lz4" and release < (0, 8, 2):
            continue
        for acks in (0, 1, "all"):
            producer = KafkaProducer(
                bootstrap_servers=broker, client_id="python-1.4.7", api_version=release, compression_type=codec, acks=acks, linger_ms=20
            )
            for i in range(12):
                producer.send(topic, key=b"key-%d" % i, value=b"value %d, compressible, compressible" % i)
            producer.flush(30)
            producer.close()


def consume(broker, release, topic):
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=broker,
        client_id="python-1.4.7",
        api_version=release,
        group_id=topic + "-group",
        auto_offset_reset="earliest",
        consumer_timeout_ms=30000,
        # 0.9 of the protocol has no time to rebalance apart from this.
        session_timeout_ms=10000,
        heartbeat_interval_ms=300,
    )
    for _, _record in zip(range(60), consumer):
        pass
    if release > (0, 8, 0):
        consumer.commit()
    consumer.end_offsets([TopicPartition(topic, 0)])
    consumer.close()


if __name__ == "__main__":
    broker, text = sys.argv[1:]
    release = tuple(int(part) for part in text.split("."))
    for step in (produce, consume):
        print(step.__name__, text, flush=True)
        step(broker, release, "python-" + text)

"""Produces the records of lists.sh by kafka-python, with each codec, and consumes them again. Arguments: the broker, the records, the list to
write, and for 1.4.7 the release whose API versions and message format it is to use.
"""

import sys

import kafka
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from produced import List, Record, records


class Client:
    def __init__(self, broker, path, release=None):
        self.path = path
        self.name = f"kafka-python {kafka.__version__}" + (f" as {release}" if release else "")
        self.format = tuple(map(int, release.split("."))) if release else (0, 11)
        self.list = List(self.name)
        self.settings = {"bootstrap_servers": broker, "client_id": self.name.replace("kafka-", "").replace(" ", "-")}
        if release:
            self.settings["api_version"] = self.format

    def expressed(self, record):
        """What the library and the message format can say of a record: headers have values, there are none before 0.11, and no times before 0.10."""
        headers = [(key, value) for key, value in record.headers if value is not None]
        return record._replace(headers=headers if self.format >= (0, 11) else None, timestamp=record.timestamp if self.format >= (0, 10) else None)

    def produce(self, name, codec, **transaction):
        # A broker may be told that it leads a partition of a new topic after its clients are. 1.4.7 does not try again by itself.
        producer = KafkaProducer(compression_type=codec, linger_ms=20, retries=100, **self.settings, **transaction)
        if transaction:
            producer.init_transactions()
            producer.begin_transaction()
        topic, sent = self.name.replace(" ", "-") + "-" + name, []
        for record in map(self.expressed, records(self.path, codec or "none")):
            # The library refuses a record without both.
            if (record.key, record.value) != (None, None):
                future = producer.send(topic, record.value, record.key, record.headers, timestamp_ms=record.timestamp)
                sent.append((future, record))
        producer.flush(60)
        if transaction:
            producer.commit_transaction()
        for future, record in sent:
            place = future.get(60)
            self.list.add(place.topic, place.partition, place.offset, record)
        producer.close()

    def consume(self):
        consumer = KafkaConsumer(auto_offset_reset="earliest", consumer_timeout_ms=30000, **self.settings)
        consumer.assign([TopicPartition(topic, partition) for topic in self.list.topics() for partition in range(2)])
        for r in consumer:
            headers = list(r.headers) if self.format >= (0, 11) else None
            self.list.take(r.topic, r.partition, r.offset, Record(r.key, r.value, headers, r.timestamp))
            if not self.list.missing():
                break
        consumer.close()


def main(broker, path, out, *release):
    client = Client(broker, path, *release)
    for codec in (None, "gzip", "snappy", "lz4", "zstd")[: 4 if release else 5]:
        client.produce(codec or "none", codec)
    if not release:
        client.produce("transaction", None, transactional_id="python-producers")
    client.consume()
    client.list.write(out)


if __name__ == "__main__":
    main(*sys.argv[1:])

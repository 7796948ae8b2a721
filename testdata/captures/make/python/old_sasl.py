"""Logs in with kafka-python 1.4.7: SaslHandshake version 0, then PLAIN tokens without any Kafka header. Argument: the broker.

With a wrong password it would try for ever: rawsasl shows that.
"""

import sys

from kafka import KafkaConsumer, KafkaProducer


def settings(broker):
    return {
        "bootstrap_servers": broker,
        "client_id": "python-1.4.7",
        "api_version": (0, 10, 1),
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": "admin",
        "sasl_plain_password": "kdump-secret-admin",
    }


if __name__ == "__main__":
    producer = KafkaProducer(**settings(sys.argv[1]))
    for i in range(10):
        producer.send("old-orders", b"value %d" % i)
    producer.flush(30)
    producer.close()
    consumer = KafkaConsumer("old-orders", auto_offset_reset="earliest", consumer_timeout_ms=30000, **settings(sys.argv[1]))
    for _, _record in zip(range(10), consumer):
        pass
    consumer.close()

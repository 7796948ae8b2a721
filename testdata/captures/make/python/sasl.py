"""Logs in with kafka-python 3. Arguments: the broker, the mechanism, the user, the password."""

import sys

from kafka.admin import KafkaAdminClient

if __name__ == "__main__":
    broker, mechanism, user, password = sys.argv[1:]
    client = KafkaAdminClient(
        bootstrap_servers=broker,
        client_id="python-sasl",
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism=mechanism,
        sasl_plain_username=user,
        sasl_plain_password=password,
    )
    client.list_topics()
    client.close()

"""What the Python clients of lists.sh share: the records that they produce, and the list of those that the broker took."""

import base64
import collections
import json

# Key and value are bytes or None, headers are pairs of a name and bytes or None. What a message format does not have is None.
Record = collections.namedtuple("Record", "key value headers timestamp")


def decoded(text):
    return None if text is None else base64.b64decode(text)


def encoded(data):
    return None if data is None else base64.b64encode(data).decode()


def records(path, codec):
    """The records of a topic that is produced with that codec."""
    with open(path) as lines:
        for r in map(json.loads, lines):
            if codec in r.get("only", [codec]):
                yield Record(decoded(r["key"]), decoded(r["value"]), [(h["key"], decoded(h["value"])) for h in r["headers"]], r["timestamp"])


class List:
    """The records that a client handed to its library, at the places that its library said they got, as lines; and those that it consumed."""

    def __init__(self, client):
        self.client, self.produced, self.consumed = client, set(), set()

    def _line(self, topic, partition, offset, record):
        headers = None if record.headers is None else [{"key": key, "value": encoded(value)} for key, value in record.headers]
        content = {"value": encoded(record.value), "key": encoded(record.key), "headers": headers, "timestamp": record.timestamp}
        return json.dumps({**content, "topic": topic, "partition": partition, "offset": offset, "client": self.client}) + "\n"

    def add(self, topic, partition, offset, record):
        self.produced.add(self._line(topic, partition, offset, record))

    def topics(self):
        return sorted({json.loads(line)["topic"] for line in self.produced})

    def take(self, topic, partition, offset, record):
        """Takes a record that was consumed, which must be one of those produced, for the first time."""
        line = self._line(topic, partition, offset, record)
        assert line in self.produced and line not in self.consumed, f"consumed, and not produced: {line}"
        self.consumed.add(line)

    def missing(self):
        return len(self.produced) - len(self.consumed)

    def write(self, path):
        assert self.produced and not self.missing(), f"{self.missing()} of {len(self.produced)} records were not consumed"
        with open(path, "w") as out:
            out.writelines(self.produced)

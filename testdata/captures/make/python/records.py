"""Makes the records that each client of lists.sh produces, on standard output, one JSON object a line. Arguments: the seed, the size of the
value that does not compress, and about that of the one that does.

    {"key", "value": base64 or null, "headers": [{"key", "value": base64 or null}], "timestamp": ms}

A record that not every topic gets has, under "only", the codecs of those that do.
"""

import base64
import itertools
import json
import random
import struct
import sys

WORDS = "order payment refund Kafka broker customer-7 a the 42 0.5 true null NaN <a&b> C:\\new".split(" ")
# From two bytes a character to four.
SCRIPTS = ((0xA1, 0x250), (0x370, 0x590), (0x900, 0x980), (0x3040, 0x3100), (0x4E00, 0x9FA6), (0x1F600, 0x1F650))
# What programs that escape, split or decode text may stumble over.
ODD = '\0 \b \t \n \r \x1b \x1f \x7f \x85 \xa0 \u2028 \u2029 \ufeff \ufffd \ufffe \U0010ffff " \\ \\u0000 \' </script>'.split(" ")
NOT_UTF8 = b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"ok \xfe"


def null():
    return None


def empty():
    return b""


def ascii_text():
    return " ".join(random.choices(WORDS, k=random.randint(1, 3))).encode()


def unicode_text():
    return "".join(chr(random.randrange(*random.choice(SCRIPTS))) for _ in range(random.randint(1, 5))).encode()


def escaped():
    """JSON, but for the control characters that are in it as they are."""
    odd = random.choices(ODD, k=random.randint(1, 4))
    return (json.dumps(odd) + '{"a":"' + "".join(odd) + '"}').encode()


def binary():
    return random.choice(NOT_UTF8) + random.randbytes(random.randint(0, 7)) + random.choice((b"", b"\0", b"\xe2\x82"))


def number():
    return struct.pack(">q", random.randrange(100000))


def framed():
    """Begins with a schema's id, as a schema registry's clients have it."""
    return struct.pack(">bI", 0, random.choice((1, 100001, 2**31 - 1))) + random.choice((ascii_text, binary))()


KINDS = null, empty, ascii_text, unicode_text, escaped, binary, number, framed


def encoded(data):
    return None if data is None else base64.b64encode(data).decode()


def headers():
    (count,) = random.choices(range(6), (6, 3, 2, 1, 1, 1))
    # Some names come more than once.
    names = random.choices(("trace", "x", "", "größe", "\u540d\u524d", 'quo"te'), k=count)
    return [{"key": name, "value": encoded(random.choice(KINDS)())} for name in names]


def timestamp():
    """From 1970 to 2100, in no order, and about what 31 and 32 bits hold."""
    return random.choice((0, 1, 2**31 - 1, 2**31, 2**32 + 1, random.randrange(2**31), 1763819581000, 1763819581000 + random.randrange(10**6), 4102444800000))


def record(key, value, **more):
    return {"key": encoded(key), "value": encoded(value), "headers": headers(), "timestamp": timestamp(), **more}


def main(seed, random_size, text_size):
    random.seed(seed)
    records = [record(key(), value()) for key, value in itertools.product(KINDS, KINDS) for _ in range(2)]
    records.append(record(b"random", b"\xff" + random.randbytes(random_size - 1), only=["gzip"]))
    # What cuts it into pieces cuts characters too, most times.
    sentence = "この文は何度でも繰り返す。é\n".encode()
    text = b"x" * random.randrange(3) + sentence * (text_size // len(sentence))
    records.append(record(b"text", text, only=["gzip", "snappy", "lz4", "zstd"]))
    records.append(record(b"no text", b"\xff" + text, only=["zstd"]))
    random.shuffle(records)
    for r in records:
        print(json.dumps(r))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))

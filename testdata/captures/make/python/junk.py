"""Speaks protocols that are nearly Kafka: what they send is framed, numbered or filled as Kafka's messages are, and is none of them."""

import random
import socket
import struct
import threading

RANDOM = random.Random(1)


def framed(body):
    return struct.pack(">i", len(body)) + body


def numbered(n):
    """A length, a correlation id, and text: the answer repeats the id."""
    body = struct.pack(">i", n) + b"remote call %d" % n
    return framed(body), framed(body)


def typed(n):
    """A length, two small numbers where Kafka has API key and version, a correlation id, and what is no message of that API."""
    body = struct.pack(">hhi", n % 20, n % 3, n) + RANDOM.randbytes(RANDOM.randrange(20, 60))
    return framed(body), framed(struct.pack(">i", n) + RANDOM.randbytes(30))


def named(n):
    """The same with a name where Kafka has the client id, which makes the header Kafka's own."""
    body = struct.pack(">hhih", 1 + n % 3, 1, n, 6) + b"client" + RANDOM.randbytes(RANDOM.randrange(20, 60))
    return framed(body), framed(struct.pack(">i", n) + RANDOM.randbytes(30))


def junk(_):
    """A length, and random bytes."""
    return framed(RANDOM.randbytes(RANDOM.randrange(1, 300))), framed(RANDOM.randbytes(RANDOM.randrange(1, 300)))


def noise(_):
    return RANDOM.randbytes(2000), RANDOM.randbytes(2000)


def zeros(_):
    return bytes(2000), bytes(2000)


def ones(_):
    return b"\x00\x00\x00\x01" * 300, b"\x00\x00\x00\x01" * 300


def exactly(connection, size):
    while size > 0:
        size -= len(connection.recv(size))


def talk(port, protocol, rounds):
    exchanges = [protocol(n) for n in range(rounds)]
    listener = socket.create_server(("127.0.0.1", port))

    def answer():
        server, _ = listener.accept()
        for question, reply in exchanges:
            exactly(server, len(question))
            server.sendall(reply)
        server.close()

    thread = threading.Thread(target=answer)
    thread.start()
    client = socket.create_connection(("127.0.0.1", port))
    for question, reply in exchanges:
        client.sendall(question)
        exactly(client, len(reply))
    client.close()
    thread.join()


for number, protocol in enumerate([numbered, typed, named, junk, noise, zeros, ones]):
    talk(7001 + number, protocol, 60 if protocol not in (noise, zeros, ones) else 10)

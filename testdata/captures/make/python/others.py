"""A client of a protocol that is not Kafka, and, where Debian has none, the server too: others.py PROTOCOL"""

import sys


def amqp():
    import pika

    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1"))
    channel = connection.channel()
    channel.queue_declare("orders")
    for n in range(100):
        channel.basic_publish("", "orders", b"order %d" % n)
    for _ in range(100):
        method, _, _ = channel.basic_get("orders")
        channel.basic_ack(method.delivery_tag)
    connection.close()


def streams():
    import asyncio

    from rstream import AMQPMessage, Consumer, ConsumerOffsetSpecification, OffsetType, Producer

    at = {"host": "127.0.0.1", "port": 5552, "username": "guest", "password": "guest"}

    async def run():
        async with Producer(**at) as producer:
            for stream in "clicks", "payments":
                await producer.create_stream(stream)
            for n in range(100):
                await producer.send_wait("clicks", AMQPMessage(body=b"click %d" % n))
            await producer.send_batch("payments", [AMQPMessage(body=b"payment %d" % n) for n in range(100)])
        consumer, taken, done = Consumer(**at), [], asyncio.Event()

        def take(message, _):
            taken.append(message)
            if len(taken) == 100:
                done.set()

        await consumer.start()
        await consumer.subscribe("clicks", take, offset_specification=ConsumerOffsetSpecification(OffsetType.FIRST, None))
        await asyncio.wait_for(done.wait(), 20)
        await consumer.store_offset("clicks", "billing", 50)
        await consumer.query_offset("clicks", "billing")
        await consumer.delete_stream("payments")
        await consumer.close()

    asyncio.run(run())


def nats():
    import asyncio

    import nats

    async def run():
        client = await nats.connect("nats://127.0.0.1:4222")
        subscription = await client.subscribe("orders.*")
        for n in range(100):
            await client.publish(f"orders.{n}", b"order %d" % n)
        for _ in range(100):
            await subscription.next_msg()
        await client.close()

    asyncio.run(run())


def zookeeper():
    from kazoo.client import KazooClient

    client = KazooClient("127.0.0.1:2181")
    client.start()
    for n in range(100):
        client.create(f"/brokers/topics/orders-{n}", b'{"version":2,"partitions":{"0":[1]}}', makepath=True)
    for n in range(100):
        client.get(f"/brokers/topics/orders-{n}")
    client.get_children("/brokers/topics")
    client.stop()


def grpc():
    from concurrent import futures

    import grpc

    class Echo(grpc.GenericRpcHandler):
        def service(self, call):
            return grpc.unary_unary_rpc_method_handler(lambda request, _: request[::-1])

    server = grpc.server(futures.ThreadPoolExecutor(2), handlers=(Echo(),))
    server.add_insecure_port("127.0.0.1:50051")
    server.start()
    with grpc.insecure_channel("127.0.0.1:50051") as channel:
        call = channel.unary_unary("/shop.Orders/Place")
        for n in range(100):
            call(b"\x08\x01\x12\x05order" * n)
    server.stop(None)


globals()[sys.argv[1]]()

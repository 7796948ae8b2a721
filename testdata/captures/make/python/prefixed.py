"""A client of a protocol whose messages, like Kafka's, lie behind their length, and, where need be, the server too: prefixed.py PROTOCOL"""

import sys
import threading


def mongodb():
    from pymongo import MongoClient
    from pymongo.errors import OperationFailure

    with MongoClient("127.0.0.1", 27017, serverSelectionTimeoutMS=20000) as client:
        orders = client.shop.orders
        for n in range(100):
            orders.insert_one({"_id": n, "text": f"order {n}"})
        orders.insert_many({"_id": 1000 + n, "items": list(range(n))} for n in range(100))
        assert orders.count_documents({"_id": {"$gte": 1000}}) == 100
        assert len(list(orders.find().sort("_id").batch_size(20))) == 200
        try:
            client.shop.command("noSuchCommand")
        except OperationFailure:
            pass


def cassandra():
    from cassandra.cluster import Cluster, ExecutionProfile, EXEC_PROFILE_DEFAULT
    from cassandra.policies import RoundRobinPolicy

    for version, compression in (4, False), (4, "lz4"), (5, False), (5, "lz4"):
        profile = ExecutionProfile(load_balancing_policy=RoundRobinPolicy(), request_timeout=30)
        cluster = Cluster(["127.0.0.1"], protocol_version=version, compression=compression, execution_profiles={EXEC_PROFILE_DEFAULT: profile})
        session = cluster.connect()
        session.execute("CREATE KEYSPACE IF NOT EXISTS shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
        session.execute("CREATE TABLE IF NOT EXISTS shop.orders (id int PRIMARY KEY, text text)")
        insert = session.prepare("INSERT INTO shop.orders (id, text) VALUES (?, ?)")
        for n in range(50):
            session.execute(insert, (n, f"order {n} " * 20))
        assert len(list(session.execute("SELECT * FROM shop.orders"))) == 50
        cluster.shutdown()


def memcached():
    import bmemcached

    client = bmemcached.Client(["127.0.0.1:11211"])
    for n in range(100):
        assert client.set(f"order-{n}", f"order {n}" * n)
    assert len(client.get_multi([f"order-{n}" for n in range(100)])) == 100
    client.disconnect_all()


def redis():
    import redis

    client = redis.Redis("127.0.0.1", 6379, protocol=3)
    for n in range(100):
        client.hset(f"order:{n}", mapping={"text": f"order {n}", "amount": n})
    assert len(client.hgetall("order:7")) == 2
    with client.pubsub() as subscription:
        subscription.subscribe("orders")
        for n in range(20):
            client.publish("orders", f"order {n}")
        while subscription.get_message(timeout=1):
            pass


def ldap():
    import ldap3

    server = ldap3.Server("127.0.0.1", 3389)
    with ldap3.Connection(server, "cn=admin,dc=example", "secret", auto_bind=True) as connection:
        connection.add("dc=example", ["domain"], {"dc": "example"})
        for n in range(50):
            assert connection.add(f"cn=order {n},dc=example", ["device"], {"serialNumber": str(n)}), connection.result
        assert connection.search("dc=example", "(objectClass=device)", attributes=["*"])


def thrift():
    from thrift import Thrift
    from thrift.protocol import TBinaryProtocol, TCompactProtocol
    from thrift.server import TServer
    from thrift.transport import TSocket, TTransport

    def send(protocol, kind, number, text):
        protocol.writeMessageBegin("place", kind, number)
        protocol.writeStructBegin("arguments")
        protocol.writeFieldBegin("text", Thrift.TType.STRING, 1)
        protocol.writeString(text)
        protocol.writeFieldEnd()
        protocol.writeFieldStop()
        protocol.writeStructEnd()
        protocol.writeMessageEnd()
        protocol.trans.flush()

    def receive(protocol):
        _, _, number = protocol.readMessageBegin()
        protocol.readStructBegin()
        protocol.readFieldBegin()
        text = protocol.readString()
        protocol.readFieldEnd()
        protocol.readFieldBegin()
        protocol.readStructEnd()
        protocol.readMessageEnd()
        return number, text

    class Echo:
        def process(self, iprot, oprot):
            send(oprot, Thrift.TMessageType.REPLY, *receive(iprot))

        def on_message_begin(self, _):
            pass

    for port, protocols in (9090, TBinaryProtocol.TBinaryProtocolFactory()), (9095, TCompactProtocol.TCompactProtocolFactory()):
        socket = TSocket.TServerSocket("127.0.0.1", port)
        server = TServer.TThreadedServer(Echo(), socket, TTransport.TFramedTransportFactory(), protocols, daemon=True)
        threading.Thread(target=server.serve, daemon=True).start()
        transport = TTransport.TFramedTransport(TSocket.TSocket("127.0.0.1", port))
        for _ in range(100):
            try:
                transport.open()
                break
            except TTransport.TTransportException:
                threading.Event().wait(0.05)
        protocol = protocols.getProtocol(transport)
        for n in range(100):
            send(protocol, Thrift.TMessageType.CALL, n, f"order {n}" * n)
            assert receive(protocol) == (n, f"order {n}" * n)
        transport.close()


def smb():
    import os
    import tempfile

    from impacket.smbconnection import SMBConnection
    from impacket.smbserver import SimpleSMBServer

    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "numbers.txt"), "w") as f:
            f.writelines(f"{n}\n" for n in range(3000))
        server = SimpleSMBServer("127.0.0.1", 4450)
        server.addShare("SHOP", folder)
        server.setSMB2Support(True)
        threading.Thread(target=server.start, daemon=True).start()
        client = SMBConnection("*SMBSERVER", "127.0.0.1", sess_port=4450)
        client.login("", "")
        assert any(entry.get_longname() == "numbers.txt" for entry in client.listPath("SHOP", "*"))
        pieces = []
        client.getFile("SHOP", "numbers.txt", pieces.append)
        assert b"2999" in b"".join(pieces)
        client.logoff()
        client.close()


def zeromq():
    import zmq

    context = zmq.Context()
    server, client = context.socket(zmq.REP), context.socket(zmq.REQ)
    server.bind("tcp://127.0.0.1:5555")
    client.connect("tcp://127.0.0.1:5555")
    for n in range(100):
        client.send_multipart([b"orders", b"order %d" % n * n])
        server.send_multipart(server.recv_multipart())
        client.recv_multipart()
    context.destroy()


def http():
    """Bodies that are framed and numbered, each in a packet of its own."""
    import http.client
    import http.server

    class Echo(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 8088), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    connection = http.client.HTTPConnection("127.0.0.1", 8088)
    for n in range(50):
        message = n.to_bytes(4, "big") + b'{"order": %d}' % n
        connection.request("POST", "/", len(message).to_bytes(4, "big") + message)
        connection.getresponse().read()
    connection.close()
    server.shutdown()


globals()[sys.argv[1]]()

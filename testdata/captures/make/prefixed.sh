#!/usr/bin/env bash
# Real servers and clients of more protocols that are not Kafka, most of them with messages behind their length, as Kafka's (prefixed):
# MongoDB, Cassandra (native protocol 4 and 5, plain and lz4), ActiveMQ (OpenWire, AMQP 1.0), RocketMQ, Thrift, LDAP, SMB2, memcached
# (binary), Redis (RESP3), ZeroMQ; and HTTP whose bodies are framed and numbered. MongoDB's server is mongo-java-server, SMB2's impacket's.
. "$(dirname "$0")/scenario.sh"
begin prefixed "$@"
export RUNLEVEL=1 # or Debian starts what it installs
PATH=$PATH:/usr/sbin
for pair in memcached:memcached redis-server:redis-server slapd:slapd; do
    require "${pair%:*}" "${pair#*:}"
done
python=$(packages prefixed pymongo==4.12.1 cassandra-driver==3.30.1 lz4==4.4.5 python-binary-memcached==0.31.4 redis==8.1.0 ldap3==2.9.1 \
    thrift==0.25.0 impacket==0.13.1 pyzmq==27.3.0)

# speak PROTOCOL: a client of python/prefixed.py.
speak() { client "$python" "$make_dir/python/prefixed.py" "$1"; }

# program SET CLASS: compiles a Java program and runs it.
program() { tour "$(compile "$1" "$2.java")" "$2"; }

mongodb=$(compile mongodb MongoDB.java)
cassandra=$(classpath cassandra)
for dir in data commitlog saved_caches hints cdc_raw; do mkdir -p "$work/cassandra/$dir"; done
cat >"$work/cassandra.yaml" <<END
cluster_name: kdump
num_tokens: 1
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
commitlog_sync: periodic
commitlog_sync_period: 10000ms
data_file_directories: [$work/cassandra/data]
commitlog_directory: $work/cassandra/commitlog
saved_caches_directory: $work/cassandra/saved_caches
hints_directory: $work/cassandra/hints
cdc_raw_directory: $work/cassandra/cdc_raw
seed_provider: [{class_name: org.apache.cassandra.locator.SimpleSeedProvider, parameters: [{seeds: 127.0.0.1}]}]
listen_address: 127.0.0.1
rpc_address: 127.0.0.1
start_native_transport: true
endpoint_snitch: SimpleSnitch
END
opens=()
for package in java.base/{java.io,java.lang,java.lang.module,java.lang.ref,java.lang.reflect,java.math,java.net,java.nio,java.util} \
    java.base/{java.util.concurrent,java.util.concurrent.atomic,jdk.internal.{loader,math,module,ref,reflect,util.jar},sun.nio.ch} \
    java.management.rmi/javax.management.remote.rmi java.management/com.sun.jmx.remote.security java.rmi/{java.rmi.server,sun.rmi.{registry,server,transport,transport.tcp}} \
    java.sql/java.sql jdk.management/com.sun.management.internal; do
    opens+=(--add-opens "$package=ALL-UNNAMED" --add-exports "$package=ALL-UNNAMED")
done
cat >"$work/slapd.conf" <<END
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile $work/slapd.pid
database mdb
directory $work/slapd
suffix dc=example
rootdn cn=admin,dc=example
rootpw secret
END
mkdir "$work/slapd"

capture "$work/prefixed.pcap" tcp

serve 9042 java -XX:+UseSerialGC -Xmx512m "${opens[@]}" -Djdk.attach.allowAttachSelf=true "-Dcassandra.config=file://$work/cassandra.yaml" \
    "-Dcassandra.storagedir=$work/cassandra" "-Dlogback.configurationFile=$make_dir/config/logback.xml" -cp "$cassandra" org.apache.cassandra.service.CassandraDaemon
speak cassandra
serve 27017 java -XX:+UseSerialGC -Xmx128m -cp "$mongodb" MongoDB
speak mongodb
program activemq ActiveMQ
program rocketmq RocketMQ
serve 3389 slapd -d 0 -h ldap://127.0.0.1:3389 -f "$work/slapd.conf"
serve 11211 memcached -u root -l 127.0.0.1
serve 6379 redis-server --bind 127.0.0.1 --save '' --dir "$work"
for protocol in ldap memcached redis thrift smb zeromq http; do speak $protocol; done

stop "${servers[@]}"
end_captures
gzip -9nc "$work/prefixed.pcap" >"$out/prefixed.pcap.gz"

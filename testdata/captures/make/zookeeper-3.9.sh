#!/usr/bin/env bash
# Two 3.9.2 brokers that keep their metadata in ZooKeeper, with the requests of that time: LeaderAndIsr, UpdateMetadata, StopReplica,
# ControlledShutdown, AlterPartition to a broker, offsets in ZooKeeper. ZooKeeper's own port is in the capture as well: it is not Kafka.
. "$(dirname "$0")/scenario.sh"
begin zookeeper-3.9 "$@"

tours=$(compile kafka-3.9.2 Steps.java ZooKeeperTour.java)
old_python=$(virtualenv kafka-python==1.4.7)

# properties NODE
properties() {
    local port=$((8992 + 100 * $1))
    cat <<END
broker.id=$1
listeners=PLAINTEXT://127.0.0.1:$port
advertised.listeners=PLAINTEXT://127.0.0.1:$port
zookeeper.connect=127.0.0.1:2181
log.dirs=$work/data-$1
num.partitions=2
default.replication.factor=2
offsets.topic.replication.factor=2
offsets.topic.num.partitions=2
transaction.state.log.replication.factor=2
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
group.initial.rebalance.delay.ms=200
controlled.shutdown.enable=true
END
}

capture "$work/zookeeper-3.9.pcap" 'tcp port 9092 or tcp port 9192 or tcp port 2181'
zookeeper 3.9.2

pids=()
for node in 1 2; do
    properties $node >"$work/$node.properties"
    broker 3.9.2 "$work/$node.properties" "$work/requests-$node.log"
    pids[node]=$broker_pid
done
tour "$tours" ZooKeeperTour 127.0.0.1:9092,127.0.0.1:9192 before
client "$old_python" "$make_dir/python/old.py" 127.0.0.1:9092 0.8.1

stop "${pids[2]}"
mv "$work/2.properties.log" "$work/2.first.log"
broker 3.9.2 "$work/2.properties" "$work/requests-2.log"
pids[2]=$broker_pid
tour "$tours" ZooKeeperTour 127.0.0.1:9092,127.0.0.1:9192 after
stop "${pids[1]}"
stop "${pids[2]}"
stop "$zookeeper_pid"
end_captures

gzip -9nc "$work/zookeeper-3.9.pcap" >"$out/zookeeper-3.9.pcap.gz"
for node in 1 2; do keep_requests "$work/requests-$node.log" "zookeeper-3.9.broker$node"; done

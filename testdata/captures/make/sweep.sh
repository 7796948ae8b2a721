#!/usr/bin/env bash
# Every version of every API that brokers of 4.4.0 and 3.9.2 say they speak, by one small request each: to the broker's and the
# controller's port (sweep-4.4, sweep-3.9), and to a 3.9.2 broker that keeps its metadata in ZooKeeper (sweep-zookeeper-3.9).
# Together, these are all versions there are.
. "$(dirname "$0")/scenario.sh"
begin sweep "$@"

# sweep RELEASE NAME LISTENER...: sweeps the listeners of a broker, while it serves.
sweep() {
    local release=$1 name=$2
    shift 2
    tour "$(compile "kafka-$release" Sweep.java)" Sweep "$cluster_id" "$@"
    tail -1 "$work/Sweep.log"
}

# kraft RELEASE NAME
kraft() {
    rm -rf "$work/data"
    {
        kraft_properties
        echo unstable.api.versions.enable=true
        echo authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
        echo super.users=User:ANONYMOUS
        [ "$1" != 3.9.2 ] || echo group.coordinator.rebalance.protocols=classic,consumer,share
    } >"$work/$2.properties"
    format "$1" "$work/$2.properties"
    capture "$work/$2.pcap" 'tcp port 9092 or tcp port 9093'
    broker "$1" "$work/$2.properties" "$work/$2.log"
    sweep "$1" "$2" 127.0.0.1:9092 127.0.0.1:9093
    keep "$2"
}

# keep NAME: ends the broker and the capture, and keeps what there is.
keep() {
    stop "$broker_pid"
    end_captures
    gzip -9nc "$work/$1.pcap" >"$out/$1.pcap.gz"
    keep_requests "$work/$1.log" "$1"
}

kraft 4.4.0 sweep-4.4
kraft 3.9.2 sweep-3.9

cat >"$work/sweep-zookeeper-3.9.properties" <<END
broker.id=1
listeners=PLAINTEXT://127.0.0.1:9092
advertised.listeners=PLAINTEXT://127.0.0.1:9092
zookeeper.connect=127.0.0.1:2181
log.dirs=$work/data-zookeeper
offsets.topic.replication.factor=1
offsets.topic.num.partitions=2
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
group.initial.rebalance.delay.ms=200
unstable.api.versions.enable=true
END
capture "$work/sweep-zookeeper-3.9.pcap" 'tcp port 9092'
zookeeper 3.9.2
broker 3.9.2 "$work/sweep-zookeeper-3.9.properties" "$work/sweep-zookeeper-3.9.log"
sweep 3.9.2 sweep-zookeeper-3.9 127.0.0.1:9092
keep sweep-zookeeper-3.9
stop "$zookeeper_pid"

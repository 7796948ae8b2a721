#!/usr/bin/env bash
# Brokers of 0.8.2.2 to 2.0.1, two of each release, with the command line tools of their release as clients: message formats 0, 1 and 2 and the
# versions of LeaderAndIsr, UpdateMetadata, StopReplica and ControlledShutdown of the time. Their request logs are text, not JSON. Then two clients that
# list what they produce, as in producers.sh, since brokers store it in forms of their own: 0.8 and 0.9 compress each message set again.
. "$(dirname "$0")/scenario.sh"
begin old-brokers "$@"
. "$make_dir/lists.sh"

# Smaller than in producers.sh, since each record passes here three times: to a broker, to the other one, and to a client.
list_records 2000 30000

# Some of these releases log requests at this level only.
requests_level=TRACE
brokers=127.0.0.1:9092,127.0.0.1:9192

# properties RELEASE NODE: as in producers.sh, records of any time are kept, and their times divide no segments; 0.8 knows of no times. A release passes
# over the settings that it does not know.
properties() {
    local port=$((8992 + 100 * $2))
    cat <<END
broker.id=$2
zookeeper.connect=127.0.0.1:2181
log.dirs=$work/data-$1-$2
num.partitions=2
default.replication.factor=2
offsets.topic.replication.factor=2
offsets.topic.num.partitions=2
transaction.state.log.replication.factor=2
transaction.state.log.min.isr=2
transaction.state.log.num.partitions=2
controlled.shutdown.enable=true
delete.topic.enable=true
END
    if [ "$1" = 0.8.2.2 ]; then
        printf '%s\n' "port=$port" host.name=127.0.0.1 advertised.host.name=127.0.0.1
    else
        printf '%s\n' "listeners=PLAINTEXT://127.0.0.1:$port" log.retention.ms=-1 log.roll.ms=9223372036854775807
    fi
}

# tool CLASS ARGUMENT...: a command line tool of the release.
tool() {
    java_with "$release" -Xmx128m -Dkdump.requests=/dev/null -Dkdump.level=WARN
    client "${java_command[@]}" "$@" >>"$work/tools-$release.log" 2>&1 ||
        { cat "$work/tools-$release.log" >&2; return 1; }
}

# consume OPTION...: with the consumer of the release; the one of 0.8 reads through ZooKeeper.
consume() {
    case $release in
    0.8.* | 0.9.*) tool kafka.tools.ConsoleConsumer --zookeeper 127.0.0.1:2181 "$@" ;;
    *) tool kafka.tools.ConsoleConsumer --bootstrap-server $brokers "$@" ;;
    esac
}

exercise() {
    local codec
    tool kafka.admin.TopicCommand --zookeeper 127.0.0.1:2181 --create --topic orders --partitions 2 --replication-factor 2
    tool kafka.admin.TopicCommand --zookeeper 127.0.0.1:2181 --create --topic short-lived --partitions 2 --replication-factor 2
    for codec in none gzip snappy lz4; do
        seq -f "value %g in $codec" 1 30 | tool kafka.tools.ConsoleProducer --broker-list $brokers --topic orders --request-required-acks -1 --compression-codec $codec
    done
    consume --topic orders --from-beginning --max-messages 120
    if [ "$release" = 0.9.0.1 ]; then
        tool kafka.tools.ConsoleConsumer --new-consumer --bootstrap-server $brokers --topic orders --from-beginning --max-messages 120
    fi
    tool kafka.admin.TopicCommand --zookeeper 127.0.0.1:2181 --delete --topic short-lived
    list_sarama "$release"
    list_old_kafka_python "$release"
}

# exercise_release RELEASE: two brokers of that release, and all of the above.
exercise_release() {
    release=$1
    local node pids=()
    rm -rf "$work/zookeeper"
    capture "$work/broker-$1.pcap" 'tcp port 9092 or tcp port 9192'
    zookeeper "$1"
    for node in 1 2; do
        properties "$1" $node >"$work/$1-$node.properties"
        broker "$1" "$work/$1-$node.properties" "$work/$1-$node.requests"
        pids[node]=$broker_pid
    done
    exercise
    stop "${pids[2]}"
    stop "${pids[1]}"
    stop "$zookeeper_pid"
    end_captures
    gzip -9nc "$work/broker-$1.pcap" >"$out/broker-$1.pcap.gz"
    keep_lists "broker-$1"
    for node in 1 2; do keep_requests "$work/$1-$node.requests" "broker-$1.broker$node"; done
}

for each in 0.8.2.2 0.9.0.1 0.10.2.2 1.1.1 2.0.1; do exercise_release $each; done

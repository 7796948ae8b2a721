#!/usr/bin/env bash
# Three nodes, each broker and controller, of 4.4.0 and then of 3.9.2, and what passes between them: elections, replica fetches, heartbeats,
# forwarded requests. Node 3 is killed and started again; a fourth, which is a broker alone, fetches its metadata over the wire, from 4.4.0
# a snapshot in parts that cut batches; the quorum's leader resigns.
. "$(dirname "$0")/scenario.sh"
begin cluster "$@"

brokers=127.0.0.1:9092,127.0.0.1:9192,127.0.0.1:9292
controllers=127.0.0.1:9093,127.0.0.1:9193,127.0.0.1:9293
voters=1@127.0.0.1:9093:kdumpDirectoryOfNode1A,2@127.0.0.1:9193:kdumpDirectoryOfNode2A,3@127.0.0.1:9293:kdumpDirectoryOfNode3A

# properties NODE: its ports are 9092 and 9093, and a hundred higher for each further node.
properties() {
    local port=$((8992 + 100 * $1))
    local roles=broker,controller listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
    if [ "$1" = 4 ]; then
        roles=broker
        listeners=PLAINTEXT://127.0.0.1:$port
    fi
    kraft_properties | grep -vE '^(controller.quorum.voters|log.cleaner.enable)='
    cat <<END
process.roles=$roles
node.id=$1
controller.quorum.bootstrap.servers=$controllers
listeners=$listeners
advertised.listeners=$listeners
log.dirs=$nodes/data-$1
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
replica.fetch.wait.max.ms=1000
broker.heartbeat.interval.ms=1000
broker.session.timeout.ms=4000
replica.lag.time.max.ms=4000
controller.quorum.fetch.timeout.ms=3000
controller.quorum.election.timeout.ms=1500
metadata.log.max.record.bytes.between.snapshots=3000
controller.quorum.fetch.snapshot.max.bytes=700
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
metadata.max.idle.interval.ms=1000
END
}

# serves NODE: whether it serves.
serves() { grep -q 'Kafka Server started' "$nodes/$1.properties.log"; }

# gone PID...: whether one of them has ended.
gone() {
    local each
    for each in "$@"; do ! kill -0 "$each" || continue; return 0; done
    return 1
}

# cluster RELEASE NAME
cluster() {
    local release=$1 name=$2 tours node leader each
    local pids=()
    nodes=$work/$name
    mkdir "$nodes"
    tours=$(compile "kafka-$release" Steps.java ClusterTour.java)
    for node in 1 2 3; do
        properties $node >"$nodes/$node.properties"
        format "$release" "$nodes/$node.properties" --initial-controllers "$voters"
    done
    properties 4 >"$nodes/4.properties"
    format "$release" "$nodes/4.properties" --no-initial-controllers

    capture "$work/$name.pcap" 'tcp portrange 9092-9393'
    for node in 1 2 3; do
        launch "$release" "$nodes/$node.properties" "$nodes/requests-$node.log"
        pids[node]=$broker_pid
    done
    for node in 1 2 3; do await 180 "node $node to start" serves $node; done
    tour "$tours" ClusterTour $brokers before

    kill -9 "${pids[3]}"
    wait "${pids[3]}" 2>/dev/null || true
    tour "$tours" ClusterTour $brokers during
    mv "$nodes/3.properties.log" "$nodes/3.first.log"
    # It comes back with its controller on another port, which it has to tell the others (UpdateRaftVoter).
    sed -i 's/CONTROLLER:\/\/127.0.0.1:9293/CONTROLLER:\/\/127.0.0.1:9294/g' "$nodes/3.properties"
    for node in 3 4; do
        broker "$release" "$nodes/$node.properties" "$nodes/requests-$node.log"
        pids[node]=$broker_pid
    done
    tour "$tours" ClusterTour $brokers after
    # The quorum's leader goes while the others can elect another: it resigns (EndQuorumEpoch). The last node to leave cannot say so, for
    # want of a quorum: it is killed.
    stop "${pids[4]}"
    leader=$(sed -n 's/^quorum leader: //p' "$work/ClusterTour.log")
    stop "${pids[leader]}"
    unset "pids[leader]" "pids[4]"
    kill "${pids[@]}"
    await 30 "one of the last two nodes to end" gone "${pids[@]}" || true
    for each in "${pids[@]}"; do
        kill -9 "$each" 2>/dev/null || true
        wait "$each" 2>/dev/null || true
    done
    end_captures

    gzip -9nc "$work/$name.pcap" >"$out/$name.pcap.gz"
    for node in 1 2 3 4; do keep_requests "$nodes/requests-$node.log" "$name.broker$node"; done
}

cluster 4.4.0 cluster-4.4
cluster 3.9.2 cluster-3.9

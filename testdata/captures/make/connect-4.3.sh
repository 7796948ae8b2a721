#!/usr/bin/env bash
# Kafka Connect 4.3.1 against a 4.4.0 broker: two workers share two file connectors, by each of Connect's group protocols.
. "$(dirname "$0")/scenario.sh"
begin connect-4.3 "$@"
require curl curl
jars=$(classpath kafka-connect-4.3.1)

# worker NUMBER PROTOCOL: starts one; its REST port is 8080 and its number.
worker() {
    cat >"$work/worker-$1.properties" <<END
bootstrap.servers=127.0.0.1:9092
group.id=connect-$2
client.id=worker-$1
connect.protocol=$2
listeners=http://127.0.0.1:808$1
key.converter=org.apache.kafka.connect.json.JsonConverter
value.converter=org.apache.kafka.connect.json.JsonConverter
config.storage.topic=connect-$2-configs
offset.storage.topic=connect-$2-offsets
status.storage.topic=connect-$2-status
config.storage.replication.factor=1
offset.storage.replication.factor=1
offset.storage.partitions=2
status.storage.replication.factor=1
status.storage.partitions=1
offset.flush.interval.ms=1000
scheduled.rebalance.max.delay.ms=1000
plugin.discovery=only_scan
END
    background "$work/worker-$1-$2.log" java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx160m -cp "$jars" \
        "-Dlog4j2.configurationFile=$make_dir/config/log4j2.xml" -Dkdump.requests=/dev/null -Dkdump.level=WARN \
        org.apache.kafka.connect.cli.ConnectDistributed "$work/worker-$1.properties"
    await 180 "worker $1 to start" within curl -sf -m 5 -o /dev/null "http://127.0.0.1:808$1/connectors"
}

# connector NAME CLASS SETTING...: asks the first worker to run it.
connector() {
    local settings
    settings=$(printf ', %s' "${@:3}")
    within curl -sf -m 60 -o /dev/null -X PUT -H 'Content-Type: application/json' "http://127.0.0.1:8081/connectors/$1/config" \
        -d "{\"connector.class\": \"org.apache.kafka.connect.file.$2\", \"tasks.max\": \"1\"$settings}"
}

# running NAME [WORKER]: whether its task runs, at that worker.
running() { within curl -sf -m 5 "http://127.0.0.1:8081/connectors/$1/status" | grep -q "\"tasks\":\[{\"id\":0,\"state\":\"RUNNING\",\"worker_id\":\"127.0.0.1:808${2:-}"; }

exercise() {
    local protocol first second
    seq -f 'line %g' 1 50 >"$work/lines.txt"
    for protocol in sessioned compatible eager; do
        worker 1 $protocol
        first=$pid
        worker 2 $protocol
        second=$pid
        connector "source-$protocol" FileStreamSourceConnector "\"file\": \"$work/lines.txt\"" "\"topic\": \"lines-$protocol\""
        connector "sink-$protocol" FileStreamSinkConnector "\"file\": \"$work/sink-$protocol.txt\"" "\"topics\": \"lines-$protocol\""
        await 60 "the source to run" running "source-$protocol"
        await 60 "the sink to run" running "sink-$protocol"
        await 60 "the lines to arrive" grep -q 'line 50' "$work/sink-$protocol.txt"
        stop "$second"
        await 60 "the source to run at the worker that is left" running "source-$protocol" 1
        await 60 "the sink to run at the worker that is left" running "sink-$protocol" 1
        stop "$first"
    done
}

against 4.4.0 connect-4.3 exercise

#!/usr/bin/env bash
# Topics whose records a 4.4.0 broker has written or changed: a compacted one, those of the coordinators and of tiered storage, read by a
# consumer; and values framed for a schema registry. What Kafka's own classes make of the internal topics' records is kept beside the
# capture, as topics-4.4.records.jsonl.gz.
. "$(dirname "$0")/scenario.sh"
begin topics-4.4 "$@"

tours=$(compile kafka-4.4.0 Steps.java TopicsTour.java TieredStorage.java)
streams=$(compile kafka-streams-4.3.1 Steps.java StreamsTour.java)
kraft_properties | grep -v '^log.cleaner.enable=' >"$work/server.properties"
cat >>"$work/server.properties" <<END
log.cleaner.backoff.ms=500
log.retention.check.interval.ms=500
log.initial.task.delay.ms=500
remote.log.storage.system.enable=true
remote.log.storage.manager.class.name=TieredStorage
remote.log.metadata.manager.listener.name=PLAINTEXT
remote.log.manager.task.interval.ms=500
rlmm.config.remote.log.metadata.topic.num.partitions=2
rlmm.config.remote.log.metadata.topic.replication.factor=1
group.streams.initial.rebalance.delay.ms=500
group.streams.heartbeat.interval.ms=500
group.streams.min.heartbeat.interval.ms=500
END
extra_classes=$work/classes-kafka-4.4.0
format 4.4.0 "$work/server.properties"

capture "$work/topics-4.4.pcap" 'tcp port 9092'
broker 4.4.0 "$work/server.properties" "$work/requests.log"
tour "$streams" StreamsTour 127.0.0.1:9092 "$work/streams" streams
tour "$tours" TopicsTour 127.0.0.1:9092 "$work/records.jsonl"
stop "$broker_pid"
end_captures

gzip -9nc "$work/topics-4.4.pcap" >"$out/topics-4.4.pcap.gz"
gzip -9nc "$work/records.jsonl" >"$out/topics-4.4.records.jsonl.gz"
grep -v '"listener":"CONTROLLER"' "$work/requests.log" >"$work/clients.log"
keep_requests "$work/clients.log" topics-4.4

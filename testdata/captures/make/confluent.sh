#!/usr/bin/env bash
# confluent-kafka 2.16.1 (librdkafka 2.16.0) against both brokers, with groups of every protocol that they have in common, and metrics pushed
# by clients. Of consumer groups 3.9.2 has the first version alone, which this client does not speak.
. "$(dirname "$0")/scenario.sh"
begin confluent "$@"
python=$(packages confluent-kafka==2.16.1 confluent-kafka==2.16.1)

# exercise KIND...: with the kinds of groups that there are beside classic ones.
exercise() {
    tour "$tours" MetricsTour 127.0.0.1:9092
    client "$python" "$make_dir/python/confluent.py" 127.0.0.1:9092 "$@"
}

extra_properties='
num.partitions=2
metric.reporters=TelemetryReceiver
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
group.consumer.heartbeat.interval.ms=500
group.consumer.min.heartbeat.interval.ms=500'
tours=$(compile kafka-3.9.2 Steps.java MetricsTour.java TelemetryReceiver.java)
extra_classes=$work/classes-kafka-3.9.2
against 3.9.2 confluent-3.9 exercise

extra_properties+='
group.share.heartbeat.interval.ms=500
group.share.min.heartbeat.interval.ms=500'
tours=$(compile kafka-4.4.0 Steps.java MetricsTour.java TelemetryReceiver.java)
extra_classes=$work/classes-kafka-4.4.0
against 4.4.0 confluent-4.4 exercise consumer share

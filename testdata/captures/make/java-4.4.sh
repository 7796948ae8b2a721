#!/usr/bin/env bash
# The Java client 4.4.0 and a 4.4.0 broker: admin calls, producers, consumers, share consumers, metrics pushed by clients.
. "$(dirname "$0")/scenario.sh"
begin java-4.4 "$@"

tours=$(compile kafka-4.4.0 Steps.java AdminTour.java ProducerTour.java ConsumerTour.java ShareTour.java GroupTour.java TelemetryReceiver.java)
kraft_properties >"$work/server.properties"
cat >>"$work/server.properties" <<END
log.dirs=$work/data,$work/more-data
auto.create.topics.enable=false
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
metric.reporters=TelemetryReceiver
group.consumer.heartbeat.interval.ms=500
group.consumer.min.heartbeat.interval.ms=500
group.share.heartbeat.interval.ms=500
group.share.min.heartbeat.interval.ms=500
END
extra_classes=$work/classes-kafka-4.4.0
format 4.4.0 "$work/server.properties"

capture "$work/java-4.4.pcap" 'tcp port 9092 or tcp port 9093'
broker 4.4.0 "$work/server.properties" "$work/requests.log"
tour "$tours" AdminTour 127.0.0.1:9092 "$work/more-data"
tour "$tours" ProducerTour 127.0.0.1:9092
tour "$tours" ConsumerTour 127.0.0.1:9092 classic consumer
tour "$tours" ShareTour 127.0.0.1:9092 127.0.0.1:9093
tour "$tours" GroupTour 127.0.0.1:9092 classic-offsets-group
stop "$broker_pid"
end_captures

gzip -9nc "$work/java-4.4.pcap" >"$out/java-4.4.pcap.gz"
keep_requests "$work/requests.log" java-4.4

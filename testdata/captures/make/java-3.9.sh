#!/usr/bin/env bash
# The Java client 3.9.2 and a 3.9.2 broker; then a 4.4.0 client on the same broker, which meets error 35 on each connection.
. "$(dirname "$0")/scenario.sh"
begin java-3.9 "$@"

programs=(Steps.java AdminTour.java ProducerTour.java ConsumerTour.java GroupTour.java TelemetryReceiver.java)
tours=$(compile kafka-3.9.2 "${programs[@]}" LegacyTour.java)
newer=$(compile kafka-4.4.0 "${programs[@]}")
kraft_properties >"$work/server.properties"
cat >>"$work/server.properties" <<END
log.dirs=$work/data,$work/more-data
auto.create.topics.enable=false
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
metric.reporters=TelemetryReceiver
group.coordinator.rebalance.protocols=classic,consumer
group.consumer.heartbeat.interval.ms=500
group.consumer.min.heartbeat.interval.ms=500
END
extra_classes=$work/classes-kafka-3.9.2
format 3.9.2 "$work/server.properties"

capture "$work/java-3.9.pcap" 'tcp port 9092 or tcp port 9093'
broker 3.9.2 "$work/server.properties" "$work/requests.log"
tour "$tours" AdminTour 127.0.0.1:9092 "$work/more-data"
tour "$tours" ProducerTour 127.0.0.1:9092
tour "$tours" ConsumerTour 127.0.0.1:9092 classic consumer
tour "$tours" GroupTour 127.0.0.1:9092 classic-offsets-group
tour "$tours" LegacyTour 127.0.0.1:9092
tour "$newer" ProducerTour 127.0.0.1:9092
tour "$newer" ConsumerTour 127.0.0.1:9092 classic
tour "$newer" GroupTour 127.0.0.1:9092 classic-offsets-group
stop "$broker_pid"
end_captures

gzip -9nc "$work/java-3.9.pcap" >"$out/java-3.9.pcap.gz"
keep_requests "$work/requests.log" java-3.9

#!/usr/bin/env bash
# Kafka Streams 4.3.1 against a 4.4.0 broker: an application of two instances, as a classic group and as a streams group.
. "$(dirname "$0")/scenario.sh"
begin streams-4.3 "$@"

tours=$(compile kafka-streams-4.3.1 Steps.java StreamsTour.java)
extra_properties='
group.streams.initial.rebalance.delay.ms=500
group.streams.heartbeat.interval.ms=500
group.streams.min.heartbeat.interval.ms=500'
against 4.4.0 streams-4.3 tour "$tours" StreamsTour 127.0.0.1:9092 "$work/streams" classic streams

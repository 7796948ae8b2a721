#!/usr/bin/env bash
# Go's clients: franz-go and sarama, each with the API versions of one Kafka release after another, and kafka-go.
. "$(dirname "$0")/scenario.sh"
begin go-clients "$@"
(cd "$make_dir/go" && go build -o "$work/" ./franz ./sarama ./kafkago)

# exercise FRANZ-RELEASES SARAMA-RELEASES
exercise() {
    local release
    for release in $1; do client "$work/franz" 127.0.0.1:9092 "$release"; done
    for release in $2; do client "$work/sarama" 127.0.0.1:9092 "$release"; done
    client "$work/kafkago" 127.0.0.1:9092
}

extra_properties='num.partitions=2'
against 4.4.0 go-4.4 exercise '2.3 2.8 3.5 4.0' '2.1.0 2.6.0 3.6.0 4.0.0'
against 3.9.2 go-3.9 exercise '0.10.0 0.10.2 0.11.0 1.1 2.1 2.4 2.6 3.0 3.8' '0.8.2.0 0.9.0.0 0.10.0.0 0.10.2.0 0.11.0.0 1.0.0 1.1.0 2.0.0 2.3.0 2.4.0 2.8.0 3.3.0'

#!/usr/bin/env bash
# kcat (librdkafka) against a 4.4.0 broker, then against 3.9.2; there also as a client of the time before ApiVersions, which
# takes a fixed set of API versions from the broker release it is told.
. "$(dirname "$0")/scenario.sh"
begin kcat "$@"
require kcat kcat

run() { client kcat -b 127.0.0.1:9092 "$@"; }

# exercise OPTION...: on $topic, each of $codecs with each of acks, consuming, metadata, and what the client can of $abilities: groups,
# offsets for times, headers.
exercise() {
    local codec acks header=()
    [[ $abilities != *headers* ]] || header=(-H trace=t-1)
    for codec in $codecs; do
        for acks in 0 1 -1; do
            seq 1 20 | sed "s/.*/key-&:value & in $codec/" |
                run "$@" -P -t "$topic" -K: -z "$codec" -X "acks=$acks" "${header[@]}"
        done
    done
    head -c 6000 /dev/zero | tr '\0' x | run "$@" -P -t "$topic" -p 0 -D '\n'
    run "$@" -L >/dev/null
    run "$@" -L -t no-such-topic >/dev/null || true
    run "$@" -C -t "$topic" -o beginning -e -q | grep -c 'value 20 in' >/dev/null
    run "$@" -C -t "$topic" -p 0 -o -5 -c 5 -q >/dev/null
    if [[ $abilities == *groups* ]]; then
        run "$@" -X auto.offset.reset=earliest -X heartbeat.interval.ms=200 -G kcat-group "$topic" -c 100 -q >/dev/null
        run "$@" -X auto.offset.reset=earliest -X partition.assignment.strategy=cooperative-sticky -G kcat-cooperative-group '^ord.*' -c 50 -q >/dev/null
    fi
    [[ $abilities != *times* ]] || run "$@" -Q -t "$topic:0:1763819581000" >/dev/null
}

modern() {
    topic=orders codecs='none gzip snappy lz4 zstd' abilities='groups times headers' exercise
    echo once | run -P -t orders -X enable.idempotence=true
}

old() {
    modern
    topic=orders-0.9 codecs='none gzip snappy lz4' abilities=groups exercise -X api.version.request=false -X broker.version.fallback=0.9.0.1
    topic=orders-0.8 codecs='none gzip snappy' abilities='' exercise -X api.version.request=false -X broker.version.fallback=0.8.2
}

extra_properties=num.partitions=2
against 4.4.0 kcat-4.4 modern
against 3.9.2 kcat-3.9 old

#!/usr/bin/env bash
# aiokafka 0.14.0 against both brokers.
. "$(dirname "$0")/scenario.sh"
begin aiokafka "$@"
python=$(packages aiokafka==0.14.0 aiokafka==0.14.0 cramjam)

exercise() {
    client "$python" "$make_dir/python/aio.py" 127.0.0.1:9092
}

extra_properties='num.partitions=2'
against 4.4.0 aiokafka-4.4 exercise
against 3.9.2 aiokafka-3.9 exercise

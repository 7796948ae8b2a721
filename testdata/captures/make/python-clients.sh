#!/usr/bin/env bash
# kafka-python 3.0.12 against both brokers, and 1.4.7 with the API versions of old releases against 3.9.2.
. "$(dirname "$0")/scenario.sh"
begin python-clients "$@"
modern=$(virtualenv kafka-python==3.0.12)
old=$(virtualenv kafka-python==1.4.7)

exercise() {
    client "$modern" "$make_dir/python/modern.py" 127.0.0.1:9092
}

exercise_old() {
    local release
    exercise
    # 0.8.1 is left out: it keeps offsets in ZooKeeper, which KRaft refuses.
    for release in 0.8.0 0.8.2 0.9 0.10 0.10.1 0.11 1.0.0; do
        client "$old" "$make_dir/python/old.py" 127.0.0.1:9092 "$release"
    done
}

extra_properties='num.partitions=2'
against 4.4.0 python-4.4 exercise
against 3.9.2 python-3.9 exercise_old

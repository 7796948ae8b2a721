#!/usr/bin/env bash
# The same records, of every kind there is, from each client with each of its codecs, to both brokers. Each client lists what it handed to its
# library, at the places that its library says the records got, and consumes them again. The lists are kept beside the capture.
. "$(dirname "$0")/scenario.sh"
begin producers "$@"
. "$make_dir/lists.sh"

java_4=$(compile kafka-4.4.0 Steps.java Producers.java)
java_3=$(compile kafka-3.9.2 Steps.java Producers.java)
kafka_python=$(virtualenv kafka-python==3.0.12)
aiokafka=$(packages aiokafka==0.14.0 aiokafka==0.14.0 cramjam)
confluent=$(packages confluent-kafka==2.16.1 confluent-kafka==2.16.1)
export NODE_PATH=$cache/node-codecs/node_modules
once "$cache/node-codecs" npm install --silent --prefix "$cache/node-codecs.partial" kafkajs@2.2.4 kafkajs-snappy@1.1.0

# Random bytes do not compress, and a capture that is kept is to be small.
random_size=5000
[ -z "${KDUMP_LIVE:-}" ] || random_size=20000
list_records "$random_size" 100000

exercise() {
    tour "$java_4" Producers "${from[@]}" "$lists/java-4.4.0"
    tour "$java_3" Producers "${from[@]}" "$lists/java-3.9.2"
    client "$work/franz" "${from[@]}" "$lists/franz"
    list_sarama 3.3.0
    client "$work/kafkago" "${from[@]}" "$lists/kafkago"
    client "$kafka_python" "$make_dir/python/produce_kafka_python.py" "${from[@]}" "$lists/kafka-python"
    client "$aiokafka" "$make_dir/python/produce_aio.py" "${from[@]}" "$lists/aiokafka"
    client "$confluent" "$make_dir/python/produce_confluent.py" "${from[@]}" "$lists/confluent"
    client node "$make_dir/node/produce.js" "${from[@]}" "$lists/kafkajs"
}

# Message formats 0 and 1, which 4.x has no more.
exercise_old() {
    local release
    exercise
    for release in 0.8.2.0 0.10.0.0; do list_sarama "$release"; done
    for release in 0.8.2 0.10; do list_old_kafka_python "$release"; done
}

# Records of any time are taken, and kept, and their times divide no segments.
extra_properties='
num.partitions=2
log.message.timestamp.after.max.ms=9223372036854775807
log.retention.ms=-1
log.roll.ms=9223372036854775807'
against 4.4.0 producers-4.4 exercise
keep_lists producers-4.4
against 3.9.2 producers-3.9 exercise_old
keep_lists producers-3.9

# What scenarios share whose clients list the records that they hand to their libraries, at the places that the libraries say the records got, and
# consume them again. Sourced once the scenario has begun:
#
#     begin producers "$@"
#     . "$make_dir/lists.sh"
#     list_records 5000 100000
#
# KDUMP_SEED=7 in the environment has a script produce the records that another run with that seed had.

# Nothing is to be left beside the module that the Python programs share.
export PYTHONDONTWRITEBYTECODE=1
lists=$work/lists

# list_records RANDOM TEXT: makes the records, with a value of RANDOM bytes that do not compress, and one of about TEXT bytes that do. What each
# program is told of them, and of the broker, is then in the array from.
list_records() {
    local seed=${KDUMP_SEED:-$RANDOM}
    echo "seed $seed"
    python3 "$make_dir/python/records.py" "$seed" "$1" "$2" >"$work/records.jsonl"
    from=(127.0.0.1:9092 "$work/records.jsonl")
    mkdir "$lists"
    (cd "$make_dir/go" && go build -o "$work/" ./producers/...)
    old_kafka_python=$(virtualenv kafka-python==1.4.7)
}

# list_sarama RELEASE: sarama, with the protocol of that release.
list_sarama() { client "$work/sarama" "${from[@]}" "$lists/sarama-$1" "$1"; }

# list_old_kafka_python RELEASE: kafka-python 1.4.7, with the protocol of that release.
list_old_kafka_python() { client "$old_kafka_python" "$make_dir/python/produce_kafka_python.py" "${from[@]}" "$lists/kafka-python-$1" "$1"; }

# keep_lists NAME: sorted, which brings the same record from different clients together, so that they take little room.
keep_lists() {
    LC_ALL=C sort "$lists"/* | gzip -9n >"$out/$1.produced.jsonl.gz"
    rm "$lists"/*
}

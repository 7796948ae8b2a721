#!/usr/bin/env bash
# A capture for benchmarks, not a committed one: records of 1 KB produced and consumed, in packets of 1500 bytes.
#
#     big.sh [DIRECTORY [MEGABYTES]]     writes DIRECTORY/big.pcap, of about MEGABYTES (440)
. "$(dirname "$0")/scenario.sh"
begin big "${1:-/tmp/big}"

(cd "$make_dir/go" && go build -o "$work/" ./bulk)
kraft_properties >"$work/server.properties"
format 4.4.0 "$work/server.properties"

capture "$out/big.pcap" 'tcp port 9092'
broker 4.4.0 "$work/server.properties" /dev/null
# Every record passes twice; headers of packets and Kafka are 5 of 100 bytes.
within "$work/bulk" 127.0.0.1:9092 $((${2:-440} * 95 / 200))
stop "$broker_pid"
end_captures

#!/usr/bin/env bash
# The capture that the README begins with: franz-go creates a topic, produces to it and consumes from it in a group.
. "$(dirname "$0")/scenario.sh"
begin quickstart "$@"

kraft_properties >"$work/server.properties"
format 4.4.0 "$work/server.properties"
(cd "$make_dir/go" && go build -o "$work/" ./quickstart)

capture "$work/quickstart.pcap" 'tcp port 9092'
broker 4.4.0 "$work/server.properties" "$work/requests.log"
client "$work/quickstart" 127.0.0.1:9092
stop "$broker_pid"
end_captures

cp "$work/quickstart.pcap" "$out/"
# The controller's port is not in this capture.
grep '"listener":"PLAINTEXT"' "$work/requests.log" >"$work/clients.log"
keep_requests "$work/clients.log" quickstart

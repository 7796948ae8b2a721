#!/usr/bin/env bash
# One small exchange seen in every way that a capture is made: between two hosts on an Ethernet (ethernet; nanoseconds; snaplen, cut to 96 bytes a
# packet; cooked-v1 and cooked-v2, Linux cooked; two-interfaces, a pcapng that also
# holds the controller's port, as Linux cooked; rawip, ethernet without its link layer), then the same over IPv6,
# and over loopback as every machine has it, with packets of up to 64 KB.
. "$(dirname "$0")/scenario.sh"
begin links "$@"
require kcat kcat
require dumpcap wireshark-common
(cd "$make_dir/go" && go build -o "$work/" ./quickstart)

# pair: a second namespace, on a veth pair with the first. The broker's side is 10.0.0.2 and fd00::2, the client's 10.0.0.7 and fd00::7.
pair() {
    local broker_ns=$ns
    namespace "$ns-client"
    client_ns=$ns
    ns=$broker_ns
    ip link add eth0 netns "$ns" type veth peer name eth0 netns "$client_ns"
    address "$ns" 2
    address "$client_ns" 7
}

# address NAMESPACE NUMBER
address() {
    ip -n "$1" address add "10.0.0.$2/24" dev eth0
    ip -n "$1" address add "fd00::$2/64" dev eth0 nodad
    ip -n "$1" link set eth0 mtu 1500 up
    ip netns exec "$1" ethtool -K eth0 tso off gso off gro off tx off rx off >/dev/null
}

# serve NAME HOST: a new broker at that address; its requests go to NAME.log.
serve() {
    rm -rf "$work/data"
    kraft_properties | sed "s|PLAINTEXT://127.0.0.1|PLAINTEXT://$2|g" >"$work/$1.properties"
    format 4.4.0 "$work/$1.properties"
    broker 4.4.0 "$work/$1.properties" "$work/$1.log"
}

# exchange NAMESPACE HOST: small messages, and some that span packets.
exchange() {
    ip netns exec "$1" "$work/quickstart" "$2:9092"
    for i in 1 2 3; do seq -f "$i %g" 1 3000; done | ip netns exec "$1" kcat -b "$2:9092" -P -t lines -D '\n' -X linger.ms=100
    ip netns exec "$1" kcat -b "$2:9092" -C -t lines -o beginning -e -q >/dev/null
}

# keep NAME REQUESTS: a capture, and the requests that came from outside the broker.
keep() {
    gzip -9nc "$work/$1.pcap" >"$out/$1.pcap.gz"
    grep '"listener":"PLAINTEXT"' "$work/$2.log" >"$work/$2.clients.log"
    keep_requests "$work/$2.clients.log" "$1"
}

pair
port='tcp port 9092'
capture "$work/ethernet.pcap" "$port" -i eth0
capture "$work/nanoseconds.pcap" "$port" -i eth0 --time-stamp-precision nano
capture "$work/snaplen.pcap" "$port" -i eth0 -s 96
capture "$work/cooked-v1.pcap" "$port" -i any -y LINUX_SLL
capture "$work/cooked-v2.pcap" "$port" -i any -y LINUX_SLL2
background "$work/dumpcap.log" dumpcap -i eth0 -f "$port" -i any -f 'tcp port 9093' -w "$work/two-interfaces.pcapng"
dumpcap_pid=$pid
sleep 2
serve two-hosts 10.0.0.2
exchange "$client_ns" 10.0.0.2
stop "$broker_pid"
end_captures
kill -INT "$dumpcap_pid"
wait "$dumpcap_pid"
[ "$(grep -c 'Packets received/dropped on interface.*/0 (pcap' "$work/dumpcap.log")" = 2 ]
for name in ethernet nanoseconds snaplen cooked-v1 cooked-v2; do keep "$name" two-hosts; done
editcap -F pcap -C 14 -L -T rawip "$work/ethernet.pcap" "$work/rawip.pcap"
keep rawip two-hosts
gzip -9nc "$work/two-interfaces.pcapng" >"$out/two-interfaces.pcapng.gz"
keep_requests "$work/two-hosts.log" two-interfaces

capture "$work/ipv6.pcap" "$port" -i eth0
serve ipv6 '[fd00::2]'
exchange "$client_ns" '[fd00::2]'
stop "$broker_pid"
end_captures
keep ipv6 ipv6

ip -n "$ns" link set lo mtu 65536
within ethtool -K lo tso on gso on gro on 2>/dev/null
capture "$work/loopback.pcap" "$port"
serve loopback 127.0.0.1
exchange "$ns" 127.0.0.1
stop "$broker_pid"
end_captures
keep loopback loopback

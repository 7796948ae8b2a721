#!/usr/bin/env bash
# What is not Kafka in clear: HTTP between curl and Python's server (no-kafka), and kcat speaking TLS to a 4.4.0 broker (tls).
. "$(dirname "$0")/scenario.sh"
begin other "$@"
require curl curl
require kcat kcat

mkdir "$work/site"
seq 1 5000 >"$work/site/numbers.txt"
capture "$work/no-kafka.pcap" 'tcp port 8000'
background "$work/http.log" python3 -m http.server 8000 --bind 127.0.0.1 --directory "$work/site"
await 10 "the HTTP server" within curl -s -o /dev/null http://127.0.0.1:8000/
for path in numbers.txt no-such-file; do within curl -s -o /dev/null "http://127.0.0.1:8000/$path"; done
stop "$pid"
end_captures
cp "$work/no-kafka.pcap" "$out/"

keytool -genkeypair -alias broker -keyalg EC -dname CN=broker -ext SAN=ip:127.0.0.1 -validity 3650 -storetype PKCS12 \
    -keystore "$work/broker.p12" -storepass kdump-secret-keystore 2>/dev/null
keytool -exportcert -rfc -alias broker -keystore "$work/broker.p12" -storepass kdump-secret-keystore >"$work/broker.pem" 2>/dev/null

exercise() {
    seq 1 100 | client kcat -b 127.0.0.1:9092 -X security.protocol=ssl -X "ssl.ca.location=$work/broker.pem" -P -t orders
    client kcat -b 127.0.0.1:9092 -X security.protocol=ssl -X "ssl.ca.location=$work/broker.pem" -C -t orders -o beginning -e -q >/dev/null
}

extra_properties="
listeners=SSL://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093
advertised.listeners=SSL://127.0.0.1:9092
inter.broker.listener.name=SSL
listener.security.protocol.map=SSL:SSL,CONTROLLER:PLAINTEXT
ssl.keystore.location=$work/broker.p12
ssl.keystore.password=kdump-secret-keystore
ssl.truststore.location=$work/broker.p12
ssl.truststore.password=kdump-secret-keystore"
against 4.4.0 tls exercise

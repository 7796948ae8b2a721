#!/usr/bin/env bash
# Makes all captures anew, some 22 minutes' work, as root on a Debian machine with Java 17, Maven, Python, Node and Go.
#
#     all.sh [OUTDIR]     (default: in place of the committed ones)
set -euo pipefail
cd "$(dirname "$0")"
for scenario in quickstart java-4.4 java-3.9 kcat go-clients python-clients confluent aiokafka node-clients producers streams-4.3 connect-4.3 sasl cluster zookeeper-3.9 sweep topics-4.4 old-brokers links other others prefixed; do
    echo "$scenario"
    "./$scenario.sh" "$@"
done

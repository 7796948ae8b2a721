#!/usr/bin/env bash
# kafkajs 2.2.4 against both brokers.
. "$(dirname "$0")/scenario.sh"
begin node-clients "$@"
export NODE_PATH=$cache/node/node_modules
once "$cache/node" npm install --silent --prefix "$cache/node.partial" kafkajs@2.2.4

exercise() {
    client node "$make_dir/node/exercise.js" 127.0.0.1:9092
}

against 4.4.0 node-4.4 exercise
against 3.9.2 node-3.9 exercise

package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/kdump/kdump/cmd/kdump/internal/impair"
)

// notKafka names the captures of protocols that are not Kafka and, by the
// port of its server, each protocol in them. Further ports are in there.
var notKafka = map[string]map[uint16]string{
	"no-kafka.pcap": {8000: "HTTP/1.1"},
	"others.pcap.gz": {
		8080: "HTTP/1.1", 8081: "HTTP/2", 6379: "Redis", 5432: "PostgreSQL", 3306: "MariaDB", 1883: "MQTT", 5672: "AMQP 0.9.1", 5552: "RabbitMQ Streams",
		4222: "NATS", 2181: "ZooKeeper", 50051: "gRPC", 2222: "SSH", 53: "DNS",
	},
	"prefixed.pcap.gz": {
		9042: "Cassandra", 27017: "MongoDB", 61616: "OpenWire", 5673: "AMQP 1.0", 10911: "RocketMQ", 3389: "LDAP", 11211: "memcached",
		6379: "Redis (RESP3)", 9090: "Thrift", 9095: "Thrift (compact)", 4450: "SMB2", 5555: "ZeroMQ", 8088: "HTTP, framed bodies",
	},
}

// TestNotKafka reads captures of other protocols, from their beginning and
// from many places on: no line may come of them.
func TestNotKafka(t *testing.T) {
	for name, protocols := range notKafka {
		t.Run(name, func(t *testing.T) {
			trace, err := impair.Read("../../testdata/captures/" + name)
			if err != nil {
				t.Fatal(err)
			}
			connections, sent := map[uint16]int{}, map[uint16]int{}
			for _, talk := range trace.Talks {
				for _, end := range talk.Ends {
					connections[end.Port()]++
					sent[end.Port()] += len(talk.Sent[0]) + len(talk.Sent[1])
				}
			}
			const starts = 100
			lines := map[uint16]int{}
			for i := range starts {
				from := i * len(trace.Packets) / starts
				rest := impair.Trace{Packets: trace.Packets[from:], Talks: trace.Talks}
				for line := range bytes.Lines(kdumpReads(t, rest.Pcap(impair.Links[0], false))) {
					t.Errorf("read from packet %d on: %.300s", from, line)
					for port := range protocols {
						if strings.Contains(string(line), fmt.Sprintf(`:%d"`, port)) {
							lines[port]++
						}
					}
				}
			}
			for port, protocol := range protocols {
				t.Logf("%-25s %5d  %3d connections, %7d bytes, read from %d places on: %d lines", protocol, port, connections[port], sent[port], starts, lines[port])
				if sent[port] == 0 {
					t.Errorf("%s, port %d: nothing captured", protocol, port)
				}
			}
		})
	}
}

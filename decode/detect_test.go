package decode

import (
	"crypto/tls"
	"encoding/binary"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDetection(t *testing.T) {
	ask := func(id int32) []byte { return request(12, 0, id, heartbeat) }
	answer := func(id int32) []byte { return response(id, heartbeatAnswer) }
	const (
		passed   = "; passed over to where the next message begins: "
		midway   = "the capture does not have the connection's beginning" + passed
		asked    = `Heartbeat v0 request 31@%s #1 "me":000567726f75700000000100066d656d626572`
		answered = "Heartbeat v0 response 6"
	)
	heartbeats := func(at, answeredAt string) string {
		return "whole | " + strings.Replace(asked, "%s", at, 1) + " | " + answered + "@" + answeredAt + " #1:0000"
	}
	swapped := joined()
	swapped.A, swapped.B = swapped.B, swapped.A
	tests := []struct {
		name  string
		opt   Options
		start Start
		steps []step
		want  []string
		stats Stats
	}{
		{"joined at a message", Options{}, joined(), []step{client(ask(1)), server(answer(1)), closed("closed")},
			[]string{heartbeats("1-1", "2-2")}, Stats{Kafka: 1}},
		{"joined when the server speaks", Options{}, swapped, []step{client(answer(7)), server(ask(1)), client(answer(1)), closed("closed")},
			[]string{"response | ? 6@1-1 #7: !its request was not seen head 000000070000", heartbeats("2-2", "3-3")}, Stats{Kafka: 1}},
		{"joined at a response that reads as a Produce request", Options{}, swapped,
			[]step{client(response(5, make([]byte, 18))), server(ask(6)), client(answer(6)), closed("closed")},
			[]string{"response | ? 22@1-1 #5: !its request was not seen head " + hex(response(5, make([]byte, 18))[4:]), strings.ReplaceAll(heartbeats("2-2", "3-3"), "#1", "#6")}, Stats{Kafka: 1}},
		{"joined within a response", Options{}, joined(), []step{server(answer(7)[3:]), client(ask(1)), server(answer(1)), closed("closed")},
			[]string{"undecoded server 7@1 " + midway + hex(answer(7)[3:]), heartbeats("2-2", "3-3")}, Stats{Kafka: 1}},
		{"joined within a request", Options{}, joined(), []step{client(ask(1)[9:]), client(ask(1)), server(answer(1)), closed("closed")},
			[]string{"undecoded client 26@1 " + midway + hex(ask(1)[9:]), heartbeats("2-2", "3-3")}, Stats{Kafka: 1}},
		{"joined within a request that is followed by another in the same piece", Options{}, joined(),
			[]step{client(ask(1)[9:], ask(2)), server(answer(2)), closed("closed")},
			[]string{"undecoded client 26@1 " + midway + hex(ask(1)[9:]), strings.ReplaceAll(heartbeats("1-1", "2-2"), "#1", "#2")}, Stats{Kafka: 1}},
		{"joined at what reads as a Produce request but for its topic's name", Options{}, joined(),
			[]step{client(request(0, 0, 1, int16(1), int32(1000), int32(1), "\x00\x01", int32(1), int32(0), int32(161), batch(3, 100))), closed("closed")}, nil, Stats{Other: 1}},
		{"joined at a Produce request", Options{}, joined(),
			[]step{client(request(0, 0, 1, int16(1), int32(1000), int32(1), "t", int32(1), int32(0), int32(161), batch(3, 100))), closed("closed")},
			[]string{`request | Produce v0 request 198@1-1 #1 "me":0001000003e8000000010001740000000100000000` + "000000a1 records@25=161(161 of 161, 3, valid true) {connection closed}"}, Stats{Kafka: 1}},
		{"joined HTTP that carries requests", Options{}, joined(),
			[]step{server([]byte("HTTP/1.1 200 OK\r\nContent-Length: 35\r\n\r\n")), server(ask(1)), closed("closed")}, nil, Stats{Other: 1}},
		{"joined HTTP that is asked with requests", Options{}, joined(),
			[]step{client([]byte("POST /frames?to=kafka HTTP/1.1\r\nContent-Length: 35\r\n\r\n"), ask(1)), client(ask(1)), closed("closed")}, nil, Stats{Other: 1}},
		{"a port that is known", Options{Ports: []uint16{9092}}, fresh, []step{client(request(999, 1, 1)), closed("closed")},
			[]string{`request | ? 12@1-1 #1 "me": !API key 999 is not known head 03e700010000000100026d65 {connection closed} {PLAINTEXT} {User:ANONYMOUS}`}, Stats{Kafka: 1}},
		{"a port that is known, joined", Options{Ports: []uint16{9092}}, swapped, []step{client(answer(7)), server(ask(1)), client(answer(1)), closed("closed")},
			[]string{"response | ? 6@1-1 #7: !its request was not seen head 000000070000", heartbeats("2-2", "3-3")}, Stats{Kafka: 1}},
		{"a newer version", Options{}, fresh, []step{client(request(12, 8, 1)), closed("closed")}, nil, Stats{Other: 1}},
		{"a version of ApiVersions that is not known, with something else in its body", Options{}, fresh, []step{client(flexible(18, 9, 1, "?")), closed("closed")}, nil, Stats{Other: 1}},
		{"a newer version of another API", Options{}, fresh, []step{client(request(17, 3, 1)), closed("closed")}, nil, Stats{Other: 1}},
		{"a Produce request of nothing", Options{}, fresh, []step{client(framed(make([]byte, 20))), closed("closed")}, nil, Stats{Other: 1}},
		{"a SASL handshake without a mechanism", Options{}, fresh, []step{client(framed(int16(17), int16(1), int32(1), int32(0))), closed("closed")}, nil, Stats{Other: 1}},
		{"a member of no group", Options{}, joined(), []step{client(request(13, 1, 1, int32(0))), closed("closed")}, nil, Stats{Other: 1}},
		{"nothing", Options{}, fresh, []step{closed("closed")}, nil, Stats{}},
		{"half a message", Options{}, fresh, []step{client(ask(1)[:30]), closed("closed")}, nil, Stats{Other: 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got transcript
			d := New(&got, test.opt)
			play(d, test.start, 1<<20, test.steps...)
			if diff := cmp.Diff(test.want, got.lines); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if d.Stats() != test.stats {
				t.Errorf("got %+v, want %+v", d.Stats(), test.stats)
			}
			if d.held != 0 {
				t.Errorf("%d bytes are held when all is closed", d.held)
			}
		})
	}
}

// foreign is how connections of other protocols begin, as their
// specifications have it, the server's side behind the client's.
func foreign() map[string][2][]byte {
	be, le := binary.BigEndian, binary.LittleEndian
	zookeeper := framed(int32(0), int64(0), int32(30000), int64(0), int32(16), make([]byte, 16), int8(0))
	for xid := int32(1); xid < 200; xid++ {
		path := "/brokers/topics/orders"
		zookeeper = append(zookeeper, framed(xid, int32(4), int32(len(path)), []byte(path), int8(0))...)
	}
	zookeeperAnswer := framed(int32(0), int32(30000), int64(1<<56), int32(16), make([]byte, 16), int8(0))
	for xid := int32(1); xid < 200; xid++ {
		zookeeperAnswer = append(zookeeperAnswer, framed(xid, int64(xid), int32(0), int32(5), []byte("hello"), make([]byte, 68))...)
	}
	postgres := framed(int32(196608-0), []byte("user\x00postgres\x00database\x00shop\x00\x00"))
	be.PutUint32(postgres, uint32(len(postgres)))
	mongo := le.AppendUint32(nil, 58)
	mongo = append(mongo, le.AppendUint32(nil, 1)...)
	mongo = append(mongo, make([]byte, 50)...)
	dns := append([]byte{0, 29, 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}, "\x07example\x03com\x00\x00\x01\x00\x01"...)
	random := make([]byte, 1<<16)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	junk := []byte{}
	for id := int32(1); id < 500; id++ {
		junk = append(junk, framed(id, random[:id])...)
	}
	return map[string][2][]byte{
		"HTTP":              {[]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), []byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")},
		"HTTP/2":            {[]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64"), []byte("\x00\x00\x00\x04\x01\x00\x00\x00\x00")},
		"Redis":             {[]byte("*2\r\n$3\r\nGET\r\n$1\r\na\r\n"), []byte("$-1\r\n")},
		"ZooKeeper":         {zookeeper, zookeeperAnswer},
		"PostgreSQL":        {postgres, []byte("R\x00\x00\x00\x08\x00\x00\x00\x00")},
		"PostgreSQL, TLS":   {be.AppendUint32(be.AppendUint32(nil, 8), 80877103), []byte("N")},
		"SSH":               {[]byte("SSH-2.0-OpenSSH_9.2\r\n"), []byte("SSH-2.0-OpenSSH_9.2\r\n")},
		"MongoDB":           {mongo, mongo},
		"MQTT":              {[]byte("\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04me-1"), []byte("\x20\x02\x00\x00")},
		"AMQP":              {[]byte("AMQP\x00\x00\x09\x01"), []byte("\x01\x00\x00\x00\x00\x00\x10\x00\x0a\x00\x0a")},
		"Cassandra":         {[]byte("\x04\x00\x00\x00\x01\x00\x00\x00\x16\x00\x01\x00\x0bCQL_VERSION\x00\x053.0.0"), []byte("\x84\x00\x00\x00\x02\x00\x00\x00\x00")},
		"DNS":               {dns, dns},
		"zeros":             {make([]byte, 5000), make([]byte, 5000)},
		"random bytes":      {random, random},
		"length and number": {junk, junk},
	}
}

func TestNotKafka(t *testing.T) {
	for name, sides := range foreign() {
		for _, sawSYN := range []bool{true, false} {
			start := fresh
			start.SawSYN = sawSYN
			for _, size := range []int{1, 40, 1448, 1 << 20} {
				var got transcript
				d := New(&got, Options{})
				play(d, start, size, client(sides[0]), server(sides[1]), client(sides[0]), lost(0, 100), client(sides[0]), closed("closed"))
				if got.lines != nil || d.Stats() != (Stats{Other: 1}) {
					t.Errorf("%s, SYN seen: %t, pieces of %d: %+v %q", name, sawSYN, size, d.Stats(), got.lines)
				}
				if d.held != 0 {
					t.Errorf("%s: %d bytes are held when all is closed", name, d.held)
				}
			}
		}
	}
}

// tlsHellos has Go's TLS speak and returns the first bytes of both sides.
func tlsHellos(t *testing.T, name string, protocols []string, highest uint16) (clientHello, serverAnswer []byte) {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	go tls.Client(a, &tls.Config{ServerName: name, NextProtos: protocols, MaxVersion: highest, InsecureSkipVerify: true}).Handshake()
	b.SetDeadline(time.Now().Add(10 * time.Second))
	buf := make([]byte, 1<<14)
	n, err := b.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	// A server that chooses TLS 1.2 answers in this form (RFC 5246, 7.4.1.3).
	body := append([]byte{3, 3}, make([]byte, 32)...)
	body = append(body, 0, 0xc0, 0x2f, 0)
	hello := append([]byte{2, 0, 0, byte(len(body))}, body...)
	return buf[:n], append([]byte{22, 3, 3, 0, byte(len(hello))}, hello...)
}

func TestTLS(t *testing.T) {
	hello, answer := tlsHellos(t, "broker-1.example.com", []string{"h2", "http/1.1"}, 0)
	bare, _ := tlsHellos(t, "", nil, tls.VersionTLS12)
	// One that chooses TLS 1.3 says so in an extension (RFC 8446, 4.1.3).
	newer := append([]byte(nil), answer...)
	newer = append(newer, 0, 6, 0, 43, 0, 2, 3, 4)
	newer[4] += 8
	newer[8] += 8
	const ends = "tls 10.0.0.7:40000 > 10.0.0.2:9092 "
	tests := []struct {
		name  string
		opt   Options
		steps []step
		want  []string
	}{
		{"answered", Options{}, []step{client(hello), server(newer), closed("closed")}, []string{ends + `"broker-1.example.com" ["h2" "http/1.1"] TLS 1.3`}},
		{"answered with an older version", Options{}, []step{client(hello), server(answer), closed("closed")}, []string{ends + `"broker-1.example.com" ["h2" "http/1.1"] TLS 1.2`}},
		{"not answered", Options{}, []step{client(hello), closed("closed")}, []string{ends + `"broker-1.example.com" ["h2" "http/1.1"] TLS 1.3`}},
		{"without a name", Options{}, []step{client(bare), closed("closed")}, []string{ends + `"" [] TLS 1.2`}},
		{"on a port that is known", Options{Ports: []uint16{9092}}, []step{client(bare), closed("closed")}, []string{ends + `"" [] TLS 1.2`}},
		{"in two records", Options{}, []step{client(hello[:5:5][:3], []byte{0, 100}, hello[5:105], hello[:3], []byte{byte((len(hello) - 105) >> 8), byte(len(hello) - 105)}, hello[105:]), closed("closed")},
			[]string{ends + `"broker-1.example.com" ["h2" "http/1.1"] TLS 1.3`}},
		{"with a hole", Options{}, []step{client(hello[:60]), lost(0, int64(len(hello)-60)), server(answer), closed("closed")}, []string{ends + `"" [] TLS 1.2`}},
		{"with a hole at its end, on a port that is known", Options{Ports: []uint16{9092}}, []step{client(hello[:len(hello)-1]), lost(0, 1), server(newer), closed("closed")},
			[]string{ends + `"broker-1.example.com" ["h2" "http/1.1"] TLS 1.3`}},
		{"that breaks off", Options{}, []step{client(hello[:60]), closed("closed")}, []string{ends + `"" [] `}},
		{"in the middle", Options{}, []step{client([]byte{23, 3, 3, 0, 2, 1, 2}), closed("closed")}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, size := range []int{1 << 20, 1000, 1} {
				var got transcript
				d := New(&got, test.opt)
				play(d, fresh, size, test.steps...)
				if diff := cmp.Diff(test.want, got.lines); diff != "" {
					t.Errorf("in pieces of %d bytes (-want +got):\n%s", size, diff)
				}
				if d.Stats() != (Stats{TLS: 1}) {
					t.Errorf("in pieces of %d bytes: %+v", size, d.Stats())
				}
			}
		})
	}
}

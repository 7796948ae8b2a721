package decode

import (
	"hash/crc32"
	"strings"
	"testing"
	"time"
)

// batch is a record batch of magic 2 with a right checksum and n bytes of
// records.
func batch(count int32, n int) []byte {
	tail := bytesOf(int16(0), count-1, int64(0), int64(0), int64(-1), int16(-1), int32(-1), count, make([]byte, n))
	b := bytesOf(int64(0), int32(9+len(tail)), int32(0), int8(2), int32(crc32.Checksum(tail, crc32.MakeTable(crc32.Castagnoli))), tail)
	return b
}

// produce is the body of Produce v3 with records for partitions 0, 1...
func produce(acks int16, records ...[]byte) []byte {
	b := bytesOf(int16(-1), acks, int32(1000), int32(1), "t", int32(len(records)))
	for i, r := range records {
		b = append(b, bytesOf(int32(i), int32(len(r)), r)...)
	}
	return b
}

// produceAnswer is the body of a Produce v3 response for one partition.
var produceAnswer = bytesOf(int32(1), "t", int32(1), int32(0), int16(0), int64(5), int64(-1), int32(0))

func TestExchanges(t *testing.T) {
	ask := func(id int32) []byte { return request(12, 0, id, heartbeat) }
	answer := func(id int32) []byte { return response(id, heartbeatAnswer) }
	const (
		asked    = "Heartbeat v0 request 31@1-1 #1 \"me\":000567726f75700000000100066d656d626572"
		answered = "Heartbeat v0 response 6@2-2 #1:0000"
		plain    = " {PLAINTEXT} {User:ANONYMOUS}"
	)
	one := batch(3, 100)
	tests := []struct {
		name  string
		opt   Options
		steps []step
		want  []string
	}{
		{"a request and its response", Options{}, []step{client(ask(1)), server(answer(1))},
			[]string{"whole | " + asked + " | " + answered + plain}},
		{"pipelined", Options{}, []step{client(ask(1), ask(1), ask(7)), server(answer(1)), server(answer(1), answer(7)), closed("closed")},
			[]string{"whole | " + asked + " | " + answered + plain,
				"whole | " + asked + " | Heartbeat v0 response 6@3-3 #1:0000" + plain,
				`whole | Heartbeat v0 request 31@1-1 #7 "me":000567726f75700000000100066d656d626572 | Heartbeat v0 response 6@3-3 #7:0000` + plain}},
		{"over several packets", Options{}, []step{client(ask(1)[:9]), client(ask(1)[9:]), server(answer(1)[:2]), server(answer(1)[2:])},
			[]string{`whole | Heartbeat v0 request 31@1-2 #1 "me":000567726f75700000000100066d656d626572 | Heartbeat v0 response 6@3-4 #1:0000` + plain}},
		{"never answered", Options{}, []step{client(ask(1)), closed("reset")}, []string{"request | " + asked + " {connection reset}" + plain}},
		{"overtaken", Options{}, []step{client(ask(1), ask(2)), server(answer(2))},
			[]string{"request | " + asked + " {a later request was answered}" + plain,
				`whole | Heartbeat v0 request 31@1-1 #2 "me":000567726f75700000000100066d656d626572 | Heartbeat v0 response 6@2-2 #2:0000` + plain}},
		{"answered too late", Options{AnswerTime: time.Second}, []step{client(ask(1)), after(1001, server(answer(1)))},
			[]string{"request | " + asked + " {no response within 1s}" + plain,
				"response | ? 6@1003-1003 #1: !its request was not seen head 000000010000" + plain}},
		{"two of one id, of which the first is not answered", Options{}, []step{client(ask(1), request(0, 3, 1, produce(1, one))), server(response(1, produceAnswer))},
			[]string{"request | " + asked + " {a later request was answered}" + plain,
				`whole | Produce v3 request 200@1-1 #1 "me":ffff0001000003e8000000010001740000000100000000` + "000000a1" +
					" records@27=161(161 of 161, 3, valid true) | Produce v3 response 41@2-2 #1:00000001000174000000010000000000000000000000000005ffffffffffffffff00000000" + plain}},
		{"a response to nothing", Options{}, []step{client(ask(1)), server(answer(9), answer(1))},
			[]string{"response | ? 6@2-2 #9: !its request was not seen head 000000090000" + plain, "whole | " + asked + " | " + answered + plain}},
		{"cut off within a message", Options{}, []step{client(ask(1)), server(answer(1)[:9]), closed("reset")},
			[]string{"whole | " + asked + " | Heartbeat v0 response 6@2-2 #1:00 !connection reset before the message's end: 1 bytes from offset 1 on" + plain}},
		{"cut off within a size", Options{}, []step{client(ask(1)), server(answer(1)[:3]), closed("closed")},
			[]string{"undecoded server 3@2 connection closed within the size of a frame: 000000", "request | " + asked + " {connection closed}" + plain}},

		{"no acknowledgement wanted", Options{}, []step{client(request(0, 3, 1, produce(0, nil)), ask(1)), server(answer(1))},
			[]string{`request | Produce v3 request 39@1-1 #1 "me":ffff0000000003e8000000010001740000000100000000` + "00000000 {acks=0}" + plain,
				"whole | " + asked + " | " + answered + plain}},
		{"records", Options{Checksum: true}, []step{client(request(0, 3, 1, produce(1, one, nil, join(one, one[:70])))), server(response(1, produceAnswer))},
			[]string{`whole | Produce v3 request 447@1-1 #1 "me":ffff0001000003e800000001000174000000030000000000000` + "0a10000000100000000" + "00000002000000e7" +
				" records@27=161(161 of 161, 3, valid true) records@43=231(161 of 161, 3, valid true)(70 of 161, 3, valid false)" +
				" | Produce v3 response 41@2-2 #1:00000001000174000000010000000000000000000000000005ffffffffffffffff00000000" + plain}},
		{"records kept", Options{KeepRecords: true}, []step{client(ask(1), request(0, 3, 1, produce(0, one[:61])))},
			[]string{`request | Produce v3 request 100@1-1 #1 "me":ffff0000000003e8000000010001740000000100000000` + "0000003d records@27=61:" + hex(one[:61]) + " {acks=0}" + plain}},
		{"records that go on beyond the message", Options{}, []step{client(ask(1), framed(int16(0), int16(3), int32(1), "me",
			bytesOf(int16(-1), int16(0), int32(1000), int32(1), "t", int32(1), int32(0), int32(999), one))), closed("closed")},
			[]string{`request | Produce v3 request 200@1-1 #1 "me":ffff0000000003e80000000100017400000001000000000000` + "03e7 records@27=161(161 of 161, 3, valid true) {acks=0}" + plain, "request | " + asked + " {connection closed}" + plain}},

		{"a version that the broker does not know", Options{}, []step{client(flexible(18, 9, 1, compact("kgo"), compact("1"), int8(0), int32(-1), int8(0), "?")), server(response(1, oldAnswer)), closed("closed")},
			[]string{`whole | ? 28@1-1 #1 "me": !ApiVersions request v9 is newer than the newest known, v5 head 001200090000000100026d6500046b676f023100ffffffff0000013f` +
				" | ApiVersions v0 response 16@2-2 #1:002300000001001200000004"}},
		{"a version that the broker refuses", Options{}, []step{client(flexible(18, 3, 1, software("kgo", "1"))), server(response(1, oldAnswer)), closed("closed")},
			[]string{`whole | ApiVersions v3 request 20@1-1 #1 "me":046b676f023100 | ApiVersions v0 response 16@2-2 #1:002300000001001200000004 {kgo 1}`}},
		{"who the client is", Options{}, []step{client(flexible(18, 3, 1, software("kgo", "1"))), server(response(1, softwareAnswer)), client(ask(1)), closed("end of capture")},
			[]string{`whole | ApiVersions v3 request 20@1-1 #1 "me":046b676f023100 | ApiVersions v3 response 12@2-2 #1:0000010000000000 {kgo 1}`,
				`request | Heartbeat v0 request 31@3-3 #1 "me":000567726f75700000000100066d656d626572 {end of capture}` + plain + " {kgo 1}"}},

		{"an unknown API", Options{}, []step{client(ask(1), request(999, 0, 2, int8(1))), server(answer(1), response(2, int8(7)), answer(3))},
			[]string{"whole | " + asked + " | " + answered + plain,
				`whole | ? 13@1-1 #2 "me": !API key 999 is not known head 03e7000000000002` + "00026d6501 | ? 5@2-2 #2: !API key 999 is not known head 0000000207" + plain,
				"response | ? 6@2-2 #3: !its request was not seen head 000000030000" + plain}},
		{"an unknown API, much of it", Options{}, []step{client(ask(1)), client(request(999, 0, 2, make([]byte, 2000))), closed("closed")},
			[]string{"request | " + asked + " {connection closed}" + plain,
				`request | ? 2012@2-2 #2 "me": !API key 999 is not known head 03e7000000000002` + "00026d65" + hex(make([]byte, 52)) + " {connection closed}" + plain}},
		{"a header that cannot be read", Options{}, []step{client(ask(1), framed(int16(12), int16(0), int32(2), int16(99), int8(1)), framed(int32(7)), ask(3)), closed("closed")},
			[]string{"undecoded client 15@1 the request's header ends within its client id: needs 99 bytes, has 1 at offset 10: 000c000000000002006301",
				"undecoded client 8@1 the request's header ends: needs 8 bytes, has 4 at offset 0: 00000007",
				"request | " + asked + " {connection closed}" + plain,
				`request | Heartbeat v0 request 31@1-1 #3 "me":000567726f75700000000100066d656d626572 {connection closed}` + plain}},
		{"a size that is none", Options{}, []step{client(ask(1), bytesOf(int32(-5), int8(9)), ask(2)), closed("closed")},
			[]string{"undecoded client 5@1 the size of a frame is -5; passed over to where the next message begins: fffffffb09",
				"request | " + asked + " {connection closed}" + plain,
				`request | Heartbeat v0 request 31@1-1 #2 "me":000567726f75700000000100066d656d626572 {connection closed}` + plain}},
		{"a body that is too large", Options{MaxBody: 20}, []step{client(ask(1)), closed("closed")},
			[]string{`request | Heartbeat v0 request 31@1-1 #1 "me":000567726f757000 !only the first 20 bytes are kept of a message {connection closed}` + plain}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { check(t, test.opt, fresh, test.want, test.steps...) })
	}
}

func hex(b []byte) string {
	const digits = "0123456789abcdef"
	s := make([]byte, 0, 2*len(b))
	for _, c := range b {
		s = append(s, digits[c>>4], digits[c&15])
	}
	return string(s)
}

func TestGaps(t *testing.T) {
	ask := func(id int32) []byte { return request(12, 0, id, heartbeat) }
	answer := func(id int32) []byte { return response(id, heartbeatAnswer) }
	one := batch(3, 100)
	made := request(0, 3, 1, produce(1, one, one))
	const (
		asked    = "Heartbeat v0 request 31@1-1 #1 \"me\":000567726f75700000000100066d656d626572"
		answered = "Heartbeat v0 response 6"
		plain    = " {PLAINTEXT} {User:ANONYMOUS}"
	)
	tests := []struct {
		name  string
		start Start
		steps []step
		want  []string
	}{
		{"within a body", fresh, []step{client(ask(1)[:20]), lost(0, 3), client(ask(1)[23:], ask(2)), server(answer(1), answer(2))},
			[]string{"gap client 3@2 lost",
				`whole | Heartbeat v0 request 31@1-3 #1 "me":00056772 !3 bytes are missing at offset 4 | ` + answered + "@4-4 #1:0000" + plain,
				`whole | Heartbeat v0 request 31@3-3 #2 "me":000567726f75700000000100066d656d626572 | ` + answered + "@4-4 #2:0000" + plain}},
		{"to the end of a body", fresh, []step{client(ask(1)[:20]), lost(0, 15), client(ask(2)), server(answer(1), answer(2))},
			[]string{"gap client 15@2 lost",
				`whole | Heartbeat v0 request 31@1-2 #1 "me":00056772 !15 bytes are missing at offset 4 | ` + answered + "@4-4 #1:0000" + plain,
				`whole | Heartbeat v0 request 31@3-3 #2 "me":000567726f75700000000100066d656d626572 | ` + answered + "@4-4 #2:0000" + plain}},
		{"beyond the end of a body", fresh, []step{client(ask(1)), server(answer(1)), client(ask(1)[:20]), lost(0, 18), client(ask(2)[3:], ask(3)), server(answer(1), answer(2), answer(3))},
			[]string{"whole | " + asked + " | " + answered + "@2-2 #1:0000" + plain,
				"gap client 18@4 lost",
				"undecoded client 32@5 bytes before it are missing; passed over to where the next message begins: " + hex(ask(2)[3:]),
				`whole | Heartbeat v0 request 31@3-3 #1 "me":00056772 !the rest of the message is missing: 15 bytes from offset 4 on | ` + answered + "@6-6 #1:0000" + plain,
				"response | ? 6@6-6 #2: !its request was not seen head 000000020000" + plain,
				`whole | Heartbeat v0 request 31@5-5 #3 "me":000567726f75700000000100066d656d626572 | ` + answered + "@6-6 #3:0000" + plain}},
		{"of unknown size", fresh, []step{client(ask(1)), server(answer(1)[:9]), {dir: 1, gap: -1, reason: "lost"}, client(ask(2)), server(answer(2)), closed("closed")},
			[]string{"gap server -1@3 lost",
				"whole | " + asked + " | " + answered + "@2-2 #1:00 !the rest of the message is missing: 1 bytes from offset 1 on" + plain,
				`whole | Heartbeat v0 request 31@4-4 #2 "me":000567726f75700000000100066d656d626572 | ` + answered + "@5-5 #2:0000" + plain}},
		{"within a header", fresh, []step{client(ask(1), ask(2)[:10]), lost(0, 3), client(ask(2)[13:]), server(answer(1))},
			[]string{"gap client 3@2 lost",
				"undecoded client 35@1 the request's header ends: needs 8 bytes, has 6 at offset 0: 000c00000000",
				"whole | " + asked + " | " + answered + "@4-4 #1:0000" + plain}},
		{"within records", fresh, []step{client(made[:100]), lost(0, 10), client(made[110:]), server(response(1, produceAnswer))},
			[]string{"gap client 10@2 lost",
				`whole | Produce v3 request 369@1-3 #1 "me":ffff0001000003e800000001000174000000020000000000000` + "0a100000001000000a1" +
					" records@27=161(57 of 161, 0, valid false)(104 10 bytes are missing) records@35=161(161 of 161, 3, valid true) !10 bytes are missing at offset 84" +
					" | Produce v3 response 41@4-4 #1:00000001000174000000010000000000000000000000000005ffffffffffffffff00000000" + plain}},
		{"from records on", fresh, []step{client(made[:100]), lost(0, 150), client(made[250:]), server(response(1, produceAnswer))},
			[]string{"gap client 150@2 lost",
				`whole | Produce v3 request 369@1-3 #1 "me":ffff0001000003e800000001000174000000020000000000000` + "0a1" +
					" records@27=161(57 of 161, 0, valid false)(104 104 bytes are missing) !150 bytes are missing at offset 84" +
					" | Produce v3 response 41@4-4 #1:00000001000174000000010000000000000000000000000005ffffffffffffffff00000000" + plain}},
		{"in the very first message", fresh, []step{client(ask(1)[:24]), lost(0, 11), server(answer(1))},
			[]string{"gap client 11@2 lost",
				`whole | Heartbeat v0 request 31@1-2 #1 "me":000567726f757000 !11 bytes are missing at offset 8 | ` + answered + "@3-3 #1:0000" + plain}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			opt := Options{Checksum: true}
			check(t, opt, test.start, test.want, test.steps...)
		})
	}
}

// Of records that are kept, what came before a hole stays, and what is behind
// it in other fields; and of those that are too many, the first ones.
func TestKeptRecords(t *testing.T) {
	one := batch(3, 100)
	made, long := request(0, 3, 1, produce(1, one, one)), batch(3, 1512)
	const (
		before = `whole | Produce v3 request 369@1-`
		body   = ` #1 "me":ffff0001000003e800000001000174000000020000000000000`
		after  = " | Produce v3 response 41@"
		answer = " #1:00000001000174000000010000000000000000000000000005ffffffffffffffff00000000 {PLAINTEXT} {User:ANONYMOUS}"
		second = "0a100000001000000a1"
	)
	for _, test := range []struct {
		name  string
		opt   Options
		steps []step
		want  []string
	}{
		{"whole", Options{}, []step{client(made), server(response(1, produceAnswer))},
			[]string{before + "1" + body + second + " records@27=161:" + hex(one) + " records@35=161:" + hex(one) + after + "2-2" + answer}},
		{"a hole within records", Options{}, []step{client(made[:100]), lost(0, 10), client(made[110:]), server(response(1, produceAnswer))},
			[]string{"gap client 10@2 lost",
				before + "3" + body + second + " records@27=161:" + hex(one[:57]) + "(104 10 bytes are missing) records@35=161:" + hex(one) +
					" !10 bytes are missing at offset 84" + after + "4-4" + answer}},
		{"a hole from records on", Options{}, []step{client(made[:100]), lost(0, 150), client(made[250:]), server(response(1, produceAnswer))},
			[]string{"gap client 150@2 lost",
				before + "3" + body + "0a1 records@27=161:" + hex(one[:57]) + "(104 104 bytes are missing) !150 bytes are missing at offset 84" +
					after + "4-4" + answer}},
		{"an end within records", Options{}, []step{client(made[:100]), closed("reset")},
			[]string{`request | Produce v3 request 369@1-1` + body + "0a1 records@27=57:" + hex(one[:57]) +
				" !connection reset before the message's end: 273 bytes from offset 84 on {connection reset} {PLAINTEXT} {User:ANONYMOUS}"}},
		{"too many", Options{MaxBody: 2000}, []step{client(request(0, 3, 1, produce(1, long, long))), server(response(1, produceAnswer))},
			[]string{`whole | Produce v3 request 3193@1-` + "1" + body[:len(body)-1] + "06250000000100000625 records@27=1573:" + hex(long) + " records@35=1573:" + hex(long[:2000-1573-47]) +
				"(1193 only the first 2000 bytes are kept of a message)" + after + "2-2" + answer}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.opt.KeepRecords = true
			check(t, test.opt, fresh, test.want, test.steps...)
		})
	}
}

// TestAdvance has time pass without bytes.
func TestAdvance(t *testing.T) {
	var got transcript
	d := New(&got, Options{AnswerTime: time.Second})
	play(d, fresh, 100, client(request(12, 0, 1, heartbeat)), server(response(1, heartbeatAnswer)), client(request(12, 0, 2, heartbeat)))
	before := len(got.lines)
	d.Advance(3e6 + int64(time.Second))
	if len(got.lines) != before {
		t.Errorf("told too early: %q", got.lines)
	}
	d.Advance(3e6 + int64(time.Second) + 1)
	if lines := got.lines[before:]; len(lines) != 1 || !strings.Contains(lines[0], "#2") || !strings.Contains(lines[0], "{no response within 1s}") {
		t.Errorf("got %q, want that the second request got no response", lines)
	}
}

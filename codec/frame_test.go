package codec

import (
	"strings"
	"testing"
)

func TestRequestFrames(t *testing.T) {
	tests := []struct {
		name    string
		frame   string // with its size
		version int16  // of the header
		client  string
		path    string // something in the body
		want    int64
	}{
		{"Heartbeat v0", "\x00\x00\x00\x18" + "\x00\x0c\x00\x00\x00\x00\x00\x07\x00\x02me" + "\x00\x01g\x00\x00\x00\x05\x00\x03mem", 1, "me", "generationId", 5},
		{"Heartbeat v4", "\x00\x00\x00\x19" + "\x00\x0c\x00\x04\x00\x00\x00\x07\x00\x02me\x00" + "\x02g\x00\x00\x00\x05\x04mem\x00\x00", 2, "me", "generationId", 5},
		{"no client id", "\x00\x00\x00\x0e" + "\x00\x12\x00\x02\x00\x00\x00\x07\xff\xff" + "rest", 1, "", "", 0},
		{"ControlledShutdown v0", "\x00\x00\x00\x0c" + "\x00\x07\x00\x00\x00\x00\x00\x07" + "\x00\x00\x00\x03", 0, "", "brokerId", 3},
		{"an unknown tag in the header", "\x00\x00\x00\x11" + "\x00\x12\x00\x04\x00\x00\x00\x07\x00\x00\x01\x64\x01x" + "\x01\x01\x00", 2, "", "clientSoftwareName", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			frame, rest, err := CutFrame([]byte(test.frame + "next"))
			if err != nil || string(rest) != "next" {
				t.Fatalf("cut: %v, %q left over", err, rest)
			}
			header, body, err := DecodeRequest(frame)
			if err != nil {
				t.Fatal(err)
			}
			if header.Layout().Version != test.version || header.Lookup("clientId").Text() != test.client || header.Lookup("correlationId").Int() != 7 {
				t.Errorf("%s: client %q, correlation id %d", header.Layout(), header.Lookup("clientId").Text(), header.Lookup("correlationId").Int())
			}
			if got := body.Lookup(test.path).Int(); got != test.want {
				t.Errorf("%s is %d, want %d", test.path, got, test.want)
			}
			again, err := AppendFrame([]byte("before"), header, body)
			if err != nil || string(again) != "before"+test.frame {
				t.Errorf("written back: %v\ngot  %x\nwant %x", err, again, "before"+test.frame)
			}
		})
	}
}

func TestResponseFrames(t *testing.T) {
	tests := []struct {
		api     string
		version int16
		frame   string
		headers int16
	}{
		{"Heartbeat", 0, "\x00\x00\x00\x07" + "\x00\x1b", 0},
		{"Heartbeat", 4, "\x00\x00\x00\x07\x00" + "\x00\x00\x00\x00\x00\x1b\x00", 1},
		{"ApiVersions", 3, "\x00\x00\x00\x07" + "\x00\x1b\x01\x00\x00\x00\x00\x00", 0},
	}
	for _, test := range tests {
		header, body, err := DecodeResponse([]byte(test.frame), APIByName(test.api), test.version)
		if err != nil {
			t.Error(err)
			continue
		}
		if header.Layout().Version != test.headers || header.Lookup("correlationId").Int() != 7 || body.Lookup("errorCode").Int() != 27 {
			t.Errorf("%s: %s, correlation id %d, error %d", body.Layout(), header.Layout(), header.Lookup("correlationId").Int(), body.Lookup("errorCode").Int())
		}
		if again, err := AppendFrame(nil, header, body); err != nil || string(again[4:]) != test.frame {
			t.Errorf("written back: %v\ngot  %x\nwant %x", err, again[4:], test.frame)
		}
	}
}

func TestFramesThatAreNone(t *testing.T) {
	decode := func(frame string) error { _, _, err := DecodeRequest([]byte(frame)); return err }
	cut := func(b string) error { _, _, err := CutFrame([]byte(b)); return err }
	const fetch12 = "\x00\x01\x00\x0c\x00\x00\x00\x07\xff\xff"
	request := func(tags string) error { _, err := ReadRequestHeader([]byte(fetch12 + tags)); return err }
	response := func(tags string) error { _, err := ReadResponseHeader([]byte("\x00\x00\x00\x07"+tags), 1); return err }
	tests := []struct {
		err  error
		want string
	}{
		{cut("\x00\x00"), "the frame ends before its size: needs 4 bytes, has 2"},
		{cut("\x00\x00\x00\x05abc"), "the frame ends: needs 5 bytes, has 3"},
		{cut("\xff\xff\xff\xff"), "a frame's size below 0"},
		{request(""), "the header ends before its tags: needs 1 byte, has 0 at offset 10"},
		{request("\x81\x80"), "the header ends before its tags: needs 3 bytes, has 2 at offset 10"},
		{request("\x01"), "the header ends within its tags: needs 1 byte, has 0 at offset 11"},
		{request("\x01\x00\x80"), "the header ends within its tags: needs 2 bytes, has 1 at offset 12"},
		{request("\x01\x00\x05abc"), "the header ends within its tags: needs 5 bytes, has 3 at offset 13"},
		{request("\xff\xff\xff\xff\xff\xff"), "a varint longer than five bytes at offset 10"},
		{request("\x01\xff\xff\xff\xff\xff\xff"), "a varint longer than five bytes at offset 11"},
		{response("\x01\x00\xff\xff\xff\xff\xff"), "a varint longer than five bytes at offset 6"},
		{response("\x80"), "the header ends before its tags: needs 2 bytes, has 1 at offset 4"},
		{decode("\x00\x01"), "the request's header ends: needs 8 bytes, has 2"},
		{decode("\x00\x01\x00\x0c\x00\x00\x00\x07\x00\x09"), "RequestHeader v2: clientId: the message ends: needs 9 bytes, has 0 at offset 10"},
		{decode("\x03\xe8\x00\x00\x00\x00\x00\x07\xff\xff"), "requestApiKey: no API is known by this key"},
		{decode("\x00\x01\x00\x63\x00\x00\x00\x07\xff\xff\x00"), "Fetch request v99 is newer than the newest known, v18"},
		{decode("\x00\x0c\x00\x00\x00\x00\x00\x07\xff\xff\x00\x05g"), "Heartbeat v0 request: groupId: the message ends: needs 5 bytes, has 1 at offset 2"},
	}
	for _, test := range tests {
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) {
			t.Errorf("got %v, want an error with: %s", test.err, test.want)
		}
	}
}

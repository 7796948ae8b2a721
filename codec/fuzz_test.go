package codec

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

// allLayouts lists every layout there is, so that a number can choose one.
func allLayouts(t testing.TB) (list []*Layout) {
	everyLayout(t, func(_ testing.TB, _ *definition, l *Layout) { list = append(list, l) })
	return list
}

// seed calls add with some messages of Kafka's own of every kind.
func seed(f *testing.F, list []*Layout, add func(layout uint16, l *Layout, body []byte)) {
	index := map[string]uint16{}
	for i, l := range list {
		index[l.String()] = uint16(i)
	}
	known, seen := layouts{}, map[*Layout]int{}
	eachLine(f, openCorpus(f), func(o *oracleLine, body []byte) {
		l := known.of(f, o)
		if seen[l]++; len(body) < 1000 && (seen[l] == 3 || seen[l] == 9) {
			add(index[l.String()], l, body)
		}
	})
}

// fuzzMessages fuzzes what a check makes of messages of all layouts.
func fuzzMessages(f *testing.F, check func(t *testing.T, l *Layout, body []byte)) {
	list := allLayouts(f)
	seed(f, list, func(layout uint16, _ *Layout, body []byte) { f.Add(layout, body) })
	f.Fuzz(func(t *testing.T, layout uint16, body []byte) { check(t, list[int(layout)%len(list)], body) })
}

// Whatever is read into a tree is written back the same, and its JSON is read
// back to the same JSON.
func FuzzTree(f *testing.F) {
	fuzzMessages(f, func(t *testing.T, l *Layout, body []byte) {
		tree, err := Decode(l, body)
		if err != nil {
			return
		}
		got, err := AppendMessage(nil, tree)
		if err != nil || !bytes.Equal(got, body) {
			t.Fatalf("%s: %v\ngot  %x\nwant %x", l, err, got, body)
		}
		checkJSONRoundTrip(t, l, body)
	})
}

// checkJSONRoundTrip prints a message, reads it back and prints it again.
func checkJSONRoundTrip(t *testing.T, l *Layout, body []byte) {
	t.Helper()
	j := JSON{Records: RecordsBase64, UnknownTags: true}
	text, err := j.Append(nil, l, Body{Bytes: body})
	if err != nil {
		t.Fatalf("%x: read into a tree and not printed: %v", body, err)
	}
	tree, err := ParseJSON(l, text)
	if err != nil {
		// U+FFFD takes more bytes than what it stands for may have had.
		if e := err.(*Error); bytes.Contains(text, []byte("\uFFFD")) && len(e.Reason) > 11 && e.Reason[:11] == "a string of" {
			return
		}
		t.Fatalf("%x: %s: %v", body, text, err)
	}
	again, err := AppendMessage(nil, tree)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := j.Append(nil, l, Body{Bytes: again}); err != nil || !bytes.Equal(back, text) {
		t.Fatalf("%s: %x: %v\nprinted            %s\nread back, printed %s", l, body, err, text, back)
	}
}

// What is read from JSON can be written, read and printed again.
func FuzzParseJSON(f *testing.F) {
	list := allLayouts(f)
	j := JSON{Records: RecordsBase64, UnknownTags: true}
	seed(f, list, func(layout uint16, l *Layout, body []byte) {
		text, err := j.Append(nil, l, Body{Bytes: body})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(layout, text)
	})
	f.Fuzz(func(t *testing.T, layout uint16, text []byte) {
		l := list[int(layout)%len(list)]
		tree, err := ParseJSON(l, text)
		if err != nil {
			return
		}
		body, err := AppendMessage(nil, tree)
		if err != nil {
			t.Fatal(err)
		}
		checkJSONRoundTrip(t, l, body)
	})
}

// The headers are read as their layouts have them.
func FuzzHeaders(f *testing.F) {
	request, response := HeaderByName("RequestHeader"), HeaderByName("ResponseHeader")
	seed(f, allLayouts(f), func(_ uint16, l *Layout, body []byte) {
		if !l.IsAPI && (l.Name == request.Name || l.Name == response.Name) {
			f.Add(body)
		}
	})
	f.Fuzz(func(t *testing.T, frame []byte) {
		h, err := ReadRequestHeader(frame)
		if len(frame) >= fixedHeader {
			checkHeader(t, request, h.Version, frame, h.Size, err)
			checkHeaderTags(t, request, h.Version, frame, h.Tags)
		}
		for version := range int16(2) {
			h, err := ReadResponseHeader(frame, version)
			checkHeader(t, response, version, frame, h.Size, err)
			checkHeaderTags(t, response, version, frame, h.Tags)
		}
		if text := AppendJSONTags(nil, frame); !json.Valid(text) {
			t.Errorf("%x: %s", frame, text)
		}
	})
}

// checkHeaderTags compares the JSON of a header's tags, nil where it has none,
// with what stands in that of the whole header.
func checkHeaderTags(t *testing.T, api *API, version int16, frame, tags []byte) {
	t.Helper()
	if len(tags) < 2 {
		return
	}
	l, _ := api.Layout(Request, version)
	text, err := (&JSON{UnknownTags: true}).Append(nil, l, Body{Bytes: frame})
	if want := "," + strconv.Quote(unknownTagsKey) + ":" + string(AppendJSONTags(nil, tags)) + "}"; err != nil || tags[0] != 0x80 && !strings.HasSuffix(string(text), want) {
		t.Errorf("%s: %x: %v: %s does not end in %s", l, frame, err, text, want)
	}
}

func checkHeader(t *testing.T, api *API, version int16, frame []byte, size int, fault error) {
	t.Helper()
	l, err := api.Layout(Request, version)
	if err != nil {
		t.Fatal(err)
	}
	var w Walker
	err = w.Walk(l, Body{Bytes: frame}, nobody{})
	if (err == nil) != (fault == nil) || err == nil && w.Offset() != size {
		t.Errorf("%s: %x: the header ends at %d, %v; by its layout at %d, %v", l, frame, size, fault, w.Offset(), err)
	}
}

// A frame that is read is written back the same.
func FuzzFrames(f *testing.F) {
	heads := map[int16]string{0: "\x00\x00\x00\x07", 1: "\x00\x00\x00\x07\x00\x01c", 2: "\x00\x00\x00\x07\x00\x01c\x00"}
	seed(f, allLayouts(f), func(_ uint16, l *Layout, body []byte) {
		if l.IsAPI && l.Direction == Request {
			start := []byte{0, 0, 0, 0, byte(l.Key >> 8), byte(l.Key), byte(l.Version >> 8), byte(l.Version)}
			frame := append(append(start, heads[APIByKey(l.Key).RequestHeaderVersion(l.Version)]...), body...)
			binary.BigEndian.PutUint32(frame, uint32(len(frame)-framePrefix))
			if _, _, err := DecodeRequest(frame[framePrefix:]); err != nil {
				f.Fatalf("%s: %v", l, err)
			}
			f.Add(frame)
		}
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, rest, err := CutFrame(b)
		if err != nil {
			return
		}
		header, body, err := DecodeRequest(frame)
		if err != nil {
			return
		}
		again, err := AppendFrame(nil, header, body)
		if err != nil || !bytes.Equal(again, b[:len(b)-len(rest)]) {
			t.Errorf("%v\ngot  %x\nwant %x", err, again, b)
		}
		// The same bytes may as well be a response.
		header, body, err = DecodeResponse(frame, APIByKey(body.Layout().Key), body.Layout().Version)
		if err != nil {
			return
		}
		again, err = AppendFrame(nil, header, body)
		if err != nil || !bytes.Equal(again[framePrefix:], frame) {
			t.Errorf("as a response: %v\ngot  %x\nwant %x", err, again[framePrefix:], frame)
		}
	})
}

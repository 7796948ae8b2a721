package main

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"

	"github.com/kdump/kdump/codec"
)

// checkDump holds a dump against the bytes that it was made of: each is shown
// once, at its place.
func checkDump(t *testing.T, layout *codec.Layout, body []byte) {
	t.Helper()
	var out bytes.Buffer
	err := dump(&out, layout, body)
	if marked := strings.Contains(out.String(), "^^"); err != nil && !marked {
		t.Fatalf("%x: the dump does not say: %v\n%s", body, err, out.String())
	}
	at := 0
	for i, row := range strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n") {
		switch {
		case i == 0 || len(row) >= 10 && row[8:10] == "^^":
			continue
		case strings.HasPrefix(row, "        and "):
			n, err := strconv.Atoi(strings.Fields(row)[1])
			if err != nil {
				t.Fatal(err)
			}
			at += n
			continue
		}
		offset, shown := parseRow(t, row)
		if offset != at || !bytes.HasPrefix(body[at:], shown) {
			t.Fatalf("%x: at %d:\n%s", body, at, out.String())
		}
		at += len(shown)
	}
	if at != len(body) {
		t.Fatalf("%x: shows %d of %d bytes\n%s", body, at, len(body), out.String())
	}
}

func parseRow(t *testing.T, row string) (offset int, shown []byte) {
	t.Helper()
	offset, err := strconv.Atoi(strings.TrimSpace(row[:6]))
	if err != nil {
		t.Fatalf("%v: %s", err, row)
	}
	digits := row[8:min(len(row), 8+3*rowBytes-1)]
	shown, err = hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
	if err != nil {
		t.Fatalf("%v: %s", err, row)
	}
	return offset, shown
}

// Every message of Kafka's, whole, cut short and with bytes left over, is
// shown to its last byte.
func TestDumpShowsAllBytes(t *testing.T) {
	var known layouts
	shown := 0
	for i, text := range bytes.Split(bytes.TrimSuffix(corpus(t), []byte("\n")), []byte("\n")) {
		in, layout, err := known.parse(text)
		if err != nil {
			t.Fatal(err)
		}
		body, err := hex.DecodeString(*in.Body)
		if err != nil {
			t.Fatal(err)
		}
		if len(body) > 2000 {
			continue
		}
		shown++
		checkDump(t, layout, body)
		checkDump(t, layout, append(body, 1, 2, 3))
		checkDump(t, layout, body[:i%(len(body)+1)])
	}
	t.Logf("%d messages", shown)
}

func FuzzDump(f *testing.F) {
	f.Add(int16(1), int16(12), false, []byte("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x02\x00\x02\x02a\x65\x00"))
	f.Add(int16(12), int16(4), false, []byte("\x83\x80\x00g1\x00\x00\x00\x07\x03m1\x00\x02\x65\x01\x00\x64\x80\x00"))
	f.Add(int16(88), int16(0), true, []byte{0, 0, 0, 0, 0, 0, 1, 1, 1})
	f.Add(int16(0), int16(3), false, []byte("\xff\xff\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01t\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x1d"+
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x11\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\x00\x00\x00\x03abc"))
	f.Fuzz(func(t *testing.T, key, version int16, response bool, body []byte) {
		api, direction := codec.APIByKey(key), codec.Request
		if response {
			direction = codec.Response
		}
		if api == nil {
			return
		}
		if layout, err := api.Layout(direction, version); err == nil {
			checkDump(t, layout, body)
		}
	})
}

package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// listedRecord is a record that a client handed to its library, at the place
// that its library told it of. What the message format it was sent in does not
// have, headers or a time, is nil.
type listedRecord struct {
	Client    string
	Topic     string
	Partition int
	Offset    int64
	Key       []byte
	Value     []byte
	Headers   []listedHeader
	Timestamp *int64
}

type listedHeader struct {
	Key   string
	Value []byte
}

// listedCounts is how many of the records that a client listed are shown as
// they were listed.
type listedCounts struct{ listed, produced, fetched int }

// listing is what the lists of a capture must have for the test to be one.
type listing struct {
	clients int   // at least
	magics  []int // message formats that records are fetched in, all of them
}

// listings are the captures that clients' lists are beside.
var listings = map[string]listing{
	"producers-4.4":   {9, []int{2}},
	"producers-3.9":   {13, []int{0, 1, 2}},
	"broker-0.8.2.2":  {2, []int{0}},
	"broker-0.9.0.1":  {2, []int{0}},
	"broker-0.10.2.2": {2, []int{1}},
	"broker-1.1.1":    {2, []int{2}},
	"broker-2.0.1":    {2, []int{2}},
}

// TestShownIsProduced holds the records that kdump shows against the lists that
// the clients themselves kept (testdata/captures/make/lists.sh): each is shown
// as it was listed where it was produced and where it was fetched, and no others
// are shown in these topics.
func TestShownIsProduced(t *testing.T) {
	const suffix = ".produced.jsonl.gz"
	for _, name := range slices.Sorted(maps.Keys(listings)) {
		capture := filepath.Join(capturesFolder(), name+".pcap.gz")
		t.Run(filepath.Base(capture), func(t *testing.T) {
			if os.Getenv("KDUMP_CAPTURES") != "" && !isFile(capture) {
				t.Skip("it was not made")
			}
			holdAgainstLists(t, capture, listings[name], readLists(t, strings.TrimSuffix(capture, ".pcap.gz")+suffix))
		})
	}
	lists, err := filepath.Glob(filepath.Join(capturesFolder(), "*"+suffix))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range lists {
		if _, ok := listings[strings.TrimSuffix(filepath.Base(file), suffix)]; !ok {
			t.Errorf("nothing is held against %s", file)
		}
	}
}

// readLists gives the records of all clients' lists, by place.
func readLists(t *testing.T, file string) map[string]listedRecord {
	t.Helper()
	listed := map[string]listedRecord{}
	for line := range bytes.Lines(unzip(t, file)) {
		var r listedRecord
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		where := place(&shownTopic{Name: r.Topic}, r.Partition, r.Offset)
		if _, twice := listed[where]; twice {
			t.Fatalf("%s is listed twice", where)
		}
		listed[where] = r
	}
	return listed
}

func holdAgainstLists(t *testing.T, capture string, of listing, listed map[string]listedRecord) {
	topics, counts := map[string]bool{}, map[string]*listedCounts{}
	for _, want := range listed {
		topics[want.Topic] = true
		if counts[want.Client] == nil {
			counts[want.Client] = new(listedCounts)
		}
		counts[want.Client].listed++
	}
	sent, fetched, magics := map[string]produced{}, map[string]bool{}, map[int]bool{}
	for _, e := range exchangesOf(t, capture) {
		switch e.Header.Name {
		case "PRODUCE":
			noteProduced(t, sent, &e)
		case "FETCH":
			eachFetched(&e, topics, func(where string, r produced) {
				if holdListed(t, where, "Fetch", listed, r) && !fetched[where] {
					fetched[where], magics[r.magic] = true, true
					counts[listed[where].Client].fetched++
				}
			})
		}
	}
	for where, r := range sent {
		if topic, _, _ := strings.Cut(where, "["); topics[topic] && holdListed(t, where, "Produce", listed, r) {
			counts[listed[where].Client].produced++
		}
	}
	for _, client := range slices.Sorted(maps.Keys(counts)) {
		n := counts[client]
		t.Logf("%s: of %d records %d are shown in Produce and %d in Fetch as they were listed", client, n.listed, n.produced, n.fetched)
		if n.produced != n.listed || n.fetched != n.listed {
			t.Errorf("%s: that is not all", client)
		}
		if n.listed < 300 {
			t.Errorf("%s: too few records are listed", client)
		}
	}
	if len(counts) < of.clients {
		t.Errorf("%d clients have lists: too few", len(counts))
	}
	if got := slices.Sorted(maps.Keys(magics)); !slices.Equal(got, of.magics) {
		t.Errorf("fetched in the message formats %v, want %v", got, of.magics)
	}
}

// eachFetched calls a function with each record that was fetched from the
// topics, apart from control records.
func eachFetched(e *shownExchange, topics map[string]bool, use func(where string, r produced)) {
	for i := range e.Response.Responses {
		topic := &e.Response.Responses[i]
		for _, p := range topic.Partitions {
			for _, b := range p.Records {
				for _, r := range b.Records {
					if topics[topic.id()] && !b.Control {
						use(place(topic, p.PartitionIndex, r.Offset), produced{r, b.Magic, b.TimestampType != "CreateTime"})
					}
				}
			}
		}
	}
}

// holdListed holds a record that is shown at a place against what is listed
// there, and reports whether they are equal. A client consumes in the message
// format that it produces in, whatever the broker keeps them in.
func holdListed(t *testing.T, where, api string, listed map[string]listedRecord, r produced) bool {
	t.Helper()
	want, ok := listed[where]
	if !ok {
		t.Errorf("%s: shown in %s, and in no list", where, api)
		return false
	}
	got, err := r.listed()
	if err != nil {
		t.Errorf("%s in %s: %v", where, api, err)
		return false
	}
	got.Client, got.Topic, got.Partition, got.Offset = want.Client, want.Topic, want.Partition, want.Offset
	diff := diffOf(want, got)
	if r.magic > 0 && r.byBroker {
		diff += "the time is not the client's"
	}
	if diff != "" {
		t.Errorf("%s in %s: -%s +kdump\n%.2000s", where, api, want.Client, diff)
	}
	return diff == ""
}

// listed is a shown record without its place, in bytes as it was sent.
func (r *shownRecord) listed() (listedRecord, error) {
	key, err1 := bytesShown(r.Key, r.KeyBase64)
	value, err2 := bytesShown(r.Value, r.ValueBase64)
	if err := errors.Join(err1, err2); err != nil || r.Headers == nil {
		return listedRecord{Key: key, Value: value, Timestamp: r.Timestamp}, err
	}
	var shown []shownRecord // headers have the same names
	if err := json.Unmarshal(r.Headers, &shown); err != nil {
		return listedRecord{}, err
	}
	headers := make([]listedHeader, len(shown))
	for i, h := range shown {
		name, err1 := bytesShown(h.Key, h.KeyBase64)
		value, err2 := bytesShown(h.Value, h.ValueBase64)
		if err := errors.Join(err1, err2); err != nil {
			return listedRecord{}, err
		}
		headers[i] = listedHeader{string(name), value}
	}
	return listedRecord{Key: key, Value: value, Headers: headers, Timestamp: r.Timestamp}, nil
}

// bytesShown gives the bytes of a member that is text, or null, or, under
// another name, the base64 of what is no text.
func bytesShown(text json.RawMessage, inBase64 string) ([]byte, error) {
	if text == nil {
		b, err := base64.StdEncoding.DecodeString(inBase64)
		if err == nil && utf8.Valid(b) {
			err = fmt.Errorf("%q is text, and shown in base64, or not shown", b)
		}
		return b, err
	}
	var s *string
	if err := json.Unmarshal(text, &s); err != nil || s == nil {
		return nil, err
	}
	if inBase64 != "" {
		return nil, fmt.Errorf("%q is shown in base64 as well", *s)
	}
	return []byte(*s), nil
}

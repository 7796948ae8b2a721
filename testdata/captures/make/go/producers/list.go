// Package producers is what Go's clients of lists.sh share: the records that they produce, and the list of those that the broker took.
package producers

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
)

// Header is a header of a record. A null value is nil.
type Header struct {
	Key   string `json:"key"`
	Value []byte `json:"value"`
}

// Record is a record to produce. Null, and what a message format does not have, is nil.
type Record struct {
	Value     []byte   `json:"value"`
	Key       []byte   `json:"key"`
	Headers   []Header `json:"headers"`
	Timestamp *int64   `json:"timestamp"` // in ms
	Only      []string `json:"only,omitempty"`
}

// place is where the broker has put a record, and who has produced it there.
type place struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Client    string `json:"client"`
}

// List has the records that a client handed to its library, at the places that its library said they got.
type List struct {
	// Told, unless nil, is what the client's consumer tells of a record, where that is not all.
	Told func(Record) Record

	client  string
	input   []Record
	lock    sync.Mutex
	topics  map[string]bool
	lines   []string
	missing map[string]bool // lines that were not consumed yet, of what the consumer tells
}

// Open reads the records. module is the path of the client's module, as is what the client is to pass for, or "".
func Open(file, module, as string) (*List, error) {
	l := &List{client: strings.TrimSpace(version(module) + " " + as), topics: map[string]bool{}, missing: map[string]bool{}}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for d := json.NewDecoder(f); d.More(); {
		var r Record
		if err := d.Decode(&r); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		l.input = append(l.input, r)
	}
	return l, nil
}

func version(module string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == module {
				return module[strings.LastIndex(module, "/")+1:] + " " + strings.TrimPrefix(m.Version, "v")
			}
		}
	}
	return module
}

// Records gives the records of a topic that is produced with that codec.
func (l *List) Records(codec string) []Record {
	var of []Record
	for _, r := range l.input {
		if r.Only == nil || slices.Contains(r.Only, codec) {
			r.Only = nil
			of = append(of, r)
		}
	}
	return of
}

func (l *List) line(topic string, partition int32, offset int64, r Record) string {
	text, err := json.Marshal(struct {
		Record
		place
	}{r, place{topic, partition, offset, l.client}})
	if err != nil {
		panic(err) // nothing in it can fail
	}
	return string(text)
}

func (l *List) told(r Record) Record {
	if l.Told == nil {
		return r
	}
	return l.Told(r)
}

// Add notes a record that the broker took.
func (l *List) Add(topic string, partition int32, offset int64, r Record) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.topics[topic] = true
	l.lines = append(l.lines, l.line(topic, partition, offset, r))
	l.missing[l.line(topic, partition, offset, l.told(r))] = true
}

// Topics gives the topics of what the broker took.
func (l *List) Topics() []string {
	var names []string
	for name := range l.topics {
		names = append(names, name)
	}
	return names
}

// Take takes a record that was consumed, which must be one of those produced, for the first time.
func (l *List) Take(topic string, partition int32, offset int64, r Record) error {
	line := l.line(topic, partition, offset, l.told(r))
	if !l.missing[line] {
		return fmt.Errorf("consumed, and not produced: %s", line)
	}
	delete(l.missing, line)
	return nil
}

// Missing tells how many records were produced and not consumed yet.
func (l *List) Missing() int { return len(l.missing) }

// Write writes the list, when all of it was consumed.
func (l *List) Write(file string) error {
	if len(l.lines) == 0 || l.Missing() > 0 {
		return fmt.Errorf("%d of %d records were not consumed", l.Missing(), len(l.lines))
	}
	return os.WriteFile(file, []byte(strings.Join(l.lines, "\n")+"\n"), 0o666)
}

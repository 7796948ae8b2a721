package codec

import (
	"encoding/binary"
	"strings"
	"sync/atomic"
)

// InternalTopic is one of the topics in which brokers keep their own state.
type InternalTopic struct {
	Name string

	framed  bool
	records []string
	loaded  atomic.Pointer[[]topicRecord] // made of records when first needed
}

// topicRecord is one kind of record in an internal topic. Framed ones have no
// key.
type topicRecord struct {
	number     int16
	key, value schema
}

// InternalTopicByName returns the internal topic of that name, nil where it is
// none whose records are known.
func InternalTopicByName[T string | []byte](name T) *InternalTopic {
	if len(name) < 2 || name[0] != '_' || name[1] != '_' {
		return nil
	}
	for _, t := range topics() {
		if t.Name == string(name) {
			return t
		}
	}
	return nil
}

// loadedTopics is made when first needed.
var loadedTopics atomic.Pointer[[]*InternalTopic]

func topics() []*InternalTopic {
	if list := loadedTopics.Load(); list != nil {
		return *list
	}
	list := loadTopics()
	loadedTopics.CompareAndSwap(nil, &list)
	return *loadedTopics.Load()
}

// loadTopics reads the file definitions/topics.
func loadTopics() []*InternalTopic {
	text, _ := files.ReadFile("definitions/topics")
	var topics []*InternalTopic
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] == "#" {
			continue
		}
		topics = append(topics, &InternalTopic{Name: words[0], framed: words[1] == "framed", records: words[2:]})
	}
	return topics
}

// kinds returns the kinds of records in the topic. To know their numbers, it
// reads the definitions of all that have one.
func (t *InternalTopic) kinds() []topicRecord {
	if kinds := t.loaded.Load(); kinds != nil {
		return *kinds
	}
	kinds := make([]topicRecord, len(t.records))
	for i, name := range t.records {
		kinds[i].name("record/"+name, t.framed)
	}
	t.loaded.CompareAndSwap(nil, &kinds)
	return *t.loaded.Load()
}

func (k *topicRecord) name(file string, framed bool) {
	if framed {
		k.value.file = file
		k.number = k.value.record().Key
		return
	}
	k.key.file, k.value.file = file+"Key", file+"Value"
	if k.number = k.key.record().Key; k.number < 0 {
		// Up to 3.9 the version of a key says which record it is.
		k.number = k.key.newest()
	}
}

func (t *InternalTopic) kind(number int64) *topicRecord {
	kinds := t.kinds()
	for i := range kinds {
		if int64(kinds[i].number) == number {
			return &kinds[i]
		}
	}
	return nil
}

// ReadKey reads the key of a record of an internal topic; ok is false where it
// is none that is known.
func (r *PayloadReader) ReadKey(t *InternalTopic, key []byte) (p Payload, ok bool) {
	k := t.kindOfKey(key)
	if k == nil {
		return Payload{}, false
	}
	return r.readBody(&k.key, k.key.newest(), key[2:])
}

func (t *InternalTopic) kindOfKey(key []byte) *topicRecord {
	if t.framed || len(key) < 2 {
		return nil
	}
	return t.kind(int64(int16(binary.BigEndian.Uint16(key))))
}

// ReadValue likewise reads the value of a record that has the given key.
func (r *PayloadReader) ReadValue(t *InternalTopic, key, value []byte) (p Payload, ok bool) {
	if t.framed {
		return r.readFramed(t, value)
	}
	k := t.kindOfKey(key)
	if k == nil {
		return Payload{}, false
	}
	return r.read16(&k.value, value)
}

// readFramed reads a record of the metadata log and its like (Kafka's
// AbstractApiMessageSerde).
func (r *PayloadReader) readFramed(t *InternalTopic, value []byte) (Payload, bool) {
	var head [3]uint32 // the frame's version, the record's number and version
	for i := range head {
		v, n := Uvarint(value)
		if n <= 0 {
			return Payload{}, false
		}
		head[i], value = v, value[n:]
	}
	k := t.kind(int64(head[1]))
	if k == nil || head[0] != 1 || head[2] > maxVersion {
		return Payload{}, false
	}
	return r.readBody(&k.value, int16(head[2]), value)
}

package codec

import (
	"encoding/binary"
	"strings"
)

// InternalTopic is one of the topics in which brokers keep their own state.
type InternalTopic struct {
	Name string

	framed bool
	kinds  []topicRecord
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
	topics := payloads().topics
	for i := range topics {
		if topics[i].Name == string(name) {
			return &topics[i]
		}
	}
	return nil
}

// loadTopics reads the file definitions/topics.
func loadTopics() []InternalTopic {
	text, _ := files.ReadFile("definitions/topics")
	var topics []InternalTopic
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] == "#" {
			continue
		}
		t := InternalTopic{Name: words[0], framed: words[1] == "framed"}
		for _, name := range words[2:] {
			t.add(name)
		}
		topics = append(topics, t)
	}
	return topics
}

func (t *InternalTopic) add(name string) {
	if t.framed {
		value := schemaOf("record/" + name)
		t.kinds = append(t.kinds, topicRecord{number: value.record.Key, value: value})
		return
	}
	key, value := schemaOf("record/"+name+"Key"), schemaOf("record/"+name+"Value")
	number := key.record.Key
	if number < 0 {
		// Up to 3.9 the version of a key says which record it is.
		number = key.newest
	}
	t.kinds = append(t.kinds, topicRecord{number, key, value})
}

func (t *InternalTopic) kind(number int64) *topicRecord {
	for i := range t.kinds {
		if int64(t.kinds[i].number) == number {
			return &t.kinds[i]
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
	return r.readBody(&k.key, k.key.newest, key[2:])
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

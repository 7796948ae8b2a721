package codec

import (
	"encoding/binary"
	"errors"
	"math"
	"strconv"
)

// InternalTopic is one of the topics in which brokers keep their own state.
type InternalTopic struct {
	Name string

	framed  bool
	records []string
	loaded  lazy[[]topicRecord] // made of records
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

var loadedTopics lazy[[]*InternalTopic]

func topics() []*InternalTopic {
	return *loadedTopics.get(func() *[]*InternalTopic {
		list := loadTopics()
		return &list
	})
}

// loadTopics reads the file definitions/topics.
func loadTopics() []*InternalTopic {
	var list []*InternalTopic
	for _, words := range linesOf("definitions/topics") {
		list = append(list, &InternalTopic{Name: words[0], framed: words[1] == "framed", records: words[2:]})
	}
	return list
}

// kinds returns the kinds of records in the topic. To know their numbers, it
// reads the definitions of all that have one.
func (t *InternalTopic) kinds() []topicRecord {
	return *t.loaded.get(func() *[]topicRecord {
		kinds := make([]topicRecord, len(t.records))
		for i, name := range t.records {
			kinds[i].name("record/"+name, t.framed)
		}
		return &kinds
	})
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

func (t *InternalTopic) kind(number int64) (*topicRecord, error) {
	kinds := t.kinds()
	for i := range kinds {
		if int64(kinds[i].number) == number {
			return &kinds[i], nil
		}
	}
	return nil, errors.New(t.Name + " has no record that is known by the number " + strconv.FormatInt(number, 10))
}

// MayHide reports whether the value of a record that has the given key, and
// that could not be read, may hold a secret: where it says which record it is,
// whether that one has any, else whether one of the topic has.
func (t *InternalTopic) MayHide(key, value []byte) bool {
	if k, err := t.kindOf(key, value); err == nil {
		return k.hasSecrets()
	}
	kinds := t.kinds()
	for i := range kinds {
		if kinds[i].hasSecrets() {
			return true
		}
	}
	return false
}

func (t *InternalTopic) kindOf(key, value []byte) (*topicRecord, error) {
	if !t.framed {
		return t.kindOfKey(key)
	}
	k, _, _, err := t.frame(value)
	return k, err
}

func (k *topicRecord) hasSecrets() bool {
	l, err := k.value.record().Layout(Request, k.value.newest())
	return err != nil || l.Ops[0].Has(Secret)
}

// ReadKey reads the key of a record of an internal topic; ok is false where it
// is none that is known. Records of topics that frame their values have none.
// The version is the number that the key begins with, which says which record
// it is: Kafka up to 3.9 calls that the key's version, later its type.
func (r *PayloadReader) ReadKey(t *InternalTopic, key []byte) (p Payload, ok bool) {
	if t.framed {
		return Payload{}, false
	}
	k, err := t.kindOfKey(key)
	if err != nil {
		return Payload{Err: err}, false
	}
	p, err = r.readBody(&k.key, k.key.newest(), key[2:])
	p.Version = int16(binary.BigEndian.Uint16(key))
	return found(p, err)
}

func (t *InternalTopic) kindOfKey(key []byte) (*topicRecord, error) {
	if len(key) < 2 {
		return nil, errors.New("the key has no number that says which record it is")
	}
	return t.kind(int64(int16(binary.BigEndian.Uint16(key))))
}

// ReadValue likewise reads the value of a record that has the given key.
func (r *PayloadReader) ReadValue(t *InternalTopic, key, value []byte) (p Payload, ok bool) {
	if t.framed {
		return found(r.readFramed(t, value))
	}
	k, err := t.kindOfKey(key)
	if err != nil {
		return Payload{Err: err}, false
	}
	return found(r.readVersioned(&k.value, value))
}

// readFramed reads a record of the metadata log and its like.
func (r *PayloadReader) readFramed(t *InternalTopic, value []byte) (Payload, error) {
	k, version, body, err := t.frame(value)
	if err != nil {
		return Payload{}, err
	}
	return r.readBody(&k.value, version, body)
}

// frame reads what stands in front of a record (Kafka's
// AbstractApiMessageSerde).
func (t *InternalTopic) frame(value []byte) (k *topicRecord, version int16, body []byte, err error) {
	var head [3]uint32 // the frame's version, the record's number and version
	for i := range head {
		v, n := Uvarint(value)
		if n <= 0 {
			return nil, 0, nil, errors.New("the value ends within its frame")
		}
		head[i], value = v, value[n:]
	}
	if head[0] != 1 {
		return nil, 0, nil, errors.New("the value's frame is of a version that is not known")
	}
	k, err = t.kind(int64(head[1]))
	return k, int16(min(head[2], math.MaxInt16)), value, err
}

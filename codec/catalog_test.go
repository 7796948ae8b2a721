package codec

import "testing"

// anew has the catalog be as in a process that just began, until the test
// ends.
func anew(t testing.TB) {
	before, topics := loaded.Swap(nil), loadedTopics.Swap(nil)
	payloads, controls := loadedPayloads.Swap(nil), loadedControls.Swap(nil)
	t.Cleanup(func() {
		loaded.Store(before)
		loadedTopics.Store(topics)
		loadedPayloads.Store(payloads)
		loadedControls.Store(controls)
	})
}

// Who decodes one message pays for the definition of its API and no other.
func TestOnlyWhatIsNeededIsLoaded(t *testing.T) {
	anew(t)
	const fetch = 1
	l, err := APIByKey(fetch).Layout(Response, 12)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range APIs() {
		if got := a.definition.Load() != nil; got != (a.Key == fetch) {
			t.Errorf("the definition of %s is loaded: %v", a.Name, got)
		}
	}
	api := APIByKey(fetch)
	for d := range api.layouts {
		for version := range api.layouts[d] {
			if l2 := api.layouts[d][version].Load(); l2 != nil && l2 != l {
				t.Errorf("the layout of %s is made", l2)
			}
		}
	}
}

// Who reads a message inside bytes pays for the definition of that alone, and
// who reads a record of an internal topic for those that say which one it is.
func TestOnlyThePayloadsThatComeUpAreLoaded(t *testing.T) {
	anew(t)
	var all []*schema
	for _, k := range payloadKinds() {
		all = append(all, &k.schema)
	}
	for _, k := range controlKinds() {
		all = append(all, &k.schema)
	}
	var r PayloadReader
	if _, ok := r.Read(GroupSubscription, Protocol{Type: []byte("consumer")}, unhex(t, "0000 00000000 ffffffff")); !ok {
		t.Error("it is no subscription")
	}
	for _, s := range all {
		if got := s.loaded.Load() != nil; got != (s == all[0]) {
			t.Errorf("%s is loaded: %t", s.file, got)
		}
	}
	if loadedTopics.Load() != nil {
		t.Error("the topics are loaded")
	}
	transactions := InternalTopicByName("__transaction_state")
	if _, ok := r.ReadKey(transactions, unhex(t, "0000 0001 74")); !ok {
		t.Error("it is no key")
	}
	for _, topic := range topics() {
		if got := topic.loaded.Load() != nil; got != (topic == transactions) {
			t.Errorf("%s is loaded: %t", topic.Name, got)
		}
	}
	if kinds := transactions.kinds(); kinds[0].value.loaded.Load() != nil {
		t.Error("the value is loaded")
	}
}

// BenchmarkFirstMessage is what a process pays for its first message.
func BenchmarkFirstMessage(b *testing.B) {
	anew(b)
	body := make([]byte, 12)
	body[10] = 1 // no topics
	b.ReportAllocs()
	for b.Loop() {
		loaded.Store(nil)
		l, err := APIByKey(1).Layout(Response, 12)
		if err != nil {
			b.Fatal(err)
		}
		var j JSON
		if _, err := j.Append(nil, l, Body{Bytes: body}); err != nil {
			b.Fatal(err)
		}
	}
}

package codec

import "testing"

// anew has the catalog be as in a process that just began, until the test
// ends.
func anew(t testing.TB) {
	before := loaded.Swap(nil)
	t.Cleanup(func() { loaded.Store(before) })
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

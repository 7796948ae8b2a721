package codec

import "testing"

func TestErrorByName(t *testing.T) {
	for code := int16(-1); code < 137; code++ {
		name := ErrorName(code)
		if got, ok := ErrorByName(name); !ok || got != code {
			t.Errorf("%s is code %d, %v; want %d", name, got, ok, code)
		}
	}
	if got, ok := ErrorByName("not_leader_or_follower"); !ok || got != 6 {
		t.Errorf("in small letters: %d, %v", got, ok)
	}
	if got, ok := ErrorByName(""); ok {
		t.Errorf("no name is error %d", got)
	}
}

package codec

import (
	"math"
	"testing"
)

func TestErrorName(t *testing.T) {
	for code, want := range map[int16]string{-1: "UNKNOWN_SERVER_ERROR", 0: "NONE", 6: "NOT_LEADER_OR_FOLLOWER", 35: "UNSUPPORTED_VERSION",
		-2: "", math.MaxInt16: "", math.MinInt16: ""} {
		if got := ErrorName(code); got != want {
			t.Errorf("%d: got %q, want %q", code, got, want)
		}
	}
}

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

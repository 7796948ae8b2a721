package formats

import (
	"testing"
	"time"
)

func TestTimes(t *testing.T) {
	for _, at := range []string{
		"2026-11-22T13:53:01.000542999Z", "1970-01-01T00:00:00.000000000Z", "1969-12-31T23:59:59.999999999Z", "2000-02-29T12:00:00.100000000Z",
		"2100-03-01T00:00:00.000000001Z", "2024-12-31T23:59:59.999999999Z", "1700-01-01T00:00:00.000001000Z", "2262-01-01T00:00:00.000000000Z",
	} {
		parsed, err := time.Parse(time.RFC3339Nano, at)
		if err != nil {
			t.Fatal(err)
		}
		ns := parsed.UnixNano()
		got := string(appendClock(append(appendDate(nil, ns), 'T'), ns, true)) + "Z"
		if got != at {
			t.Errorf("got %s, want %s", got, at)
		}
		if got, want := string(appendClock(nil, ns, false)), at[11:26]; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Every day of the years that a time in nanoseconds can have.
func TestDates(t *testing.T) {
	from, to := time.Date(1677, 9, 22, 0, 0, 0, 0, time.UTC), time.Date(2262, 4, 11, 0, 0, 0, 0, time.UTC)
	for d := from; d.Before(to); d = d.AddDate(0, 0, 1) {
		if got, want := string(appendDate(nil, d.UnixNano())), d.Format(time.DateOnly); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
}

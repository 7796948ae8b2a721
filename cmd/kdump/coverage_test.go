package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kdump/kdump/codec"
)

// triple is a version of an API in one direction.
type triple struct {
	key, number string
	direction   codec.Direction
}

// triplesSeen counts the messages of each version that were read to their end.
type triplesSeen map[triple]int

func (s triplesSeen) note(t *testing.T, ndjson string) {
	for m := range messages(t, strings.NewReader(ndjson), "") {
		for _, m := range []*message{m, m.Forwarded} {
			if m == nil || m.Header == nil || m.Problems != nil {
				continue
			}
			key, number := fmt.Sprint(m.Header["requestApiKey"]), fmt.Sprint(m.Header["requestApiVersion"])
			if m.Request != nil {
				s[triple{key, number, codec.Request}]++
			}
			if m.Response != nil {
				s[triple{key, number, codec.Response}]++
			}
		}
	}
}

// compareWithAll calls a function with each version that was not seen, and says
// how many were, and of which APIs none was.
func (s triplesSeen) compareWithAll(missing func(name string, v triple)) string {
	versions, seen, keys := 0, 0, 0
	var never []string
	for _, api := range codec.APIs() {
		before := seen
		for number := range versionsOf(api) {
			for _, direction := range []codec.Direction{codec.Request, codec.Response} {
				versions++
				if v := (triple{fmt.Sprint(api.Key), fmt.Sprint(number), direction}); s[v] > 0 {
					seen++
				} else {
					missing(api.Name, v)
				}
			}
		}
		if seen > before {
			keys++
		} else {
			never = append(never, fmt.Sprint(api.Key, " ", api.Name))
		}
	}
	if never == nil {
		never = []string{"none"}
	}
	return fmt.Sprintf("%d of %d triples of API, version and direction; %d of %d API keys; never seen: %s\n",
		seen, versions, keys, len(codec.APIs()), strings.Join(never, ", "))
}

// TestEveryVersionCaptured holds the captures to hold every version of every
// API there is, request and response, as a client and a broker sent them, and
// kdump to read each to its end.
//
// Of captures that KDUMP_CAPTURES names it says which versions kdump live has
// shown, and leaves that among them as versions.txt.
func TestEveryVersionCaptured(t *testing.T) {
	if os.Getenv("KDUMP_CAPTURES") != "" {
		reportLiveVersions(t)
		return
	}
	seen := triplesSeen{}
	for _, capture := range captures(t) {
		out, _ := kdumpRead(t, "-f", "ndjson", "--exact", capture)
		seen.note(t, out)
	}
	t.Log(seen.compareWithAll(func(name string, v triple) { t.Errorf("no capture has %s v%s, %v", name, v.number, v.direction) }))
}

// reportLiveVersions tells what clients and brokers of themselves say to one
// another from what they say when asked in every version there is (Sweep.java).
func reportLiveVersions(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(capturesFolder(), "*.ndjson"))
	if err != nil || len(files) == 0 {
		t.Skip("nothing was shown live in ", capturesFolder())
	}
	ofThemselves, all := triplesSeen{}, triplesSeen{}
	for _, file := range files {
		shown := readLive(t, file)
		all.note(t, shown)
		if !strings.HasPrefix(filepath.Base(file), "sweep-") {
			ofThemselves.note(t, shown)
		}
	}
	ignore := func(string, triple) {}
	leave(t, "versions.txt", "Seen live, but for the sweep: "+ofThemselves.compareWithAll(ignore)+"Seen live: "+all.compareWithAll(ignore))
}

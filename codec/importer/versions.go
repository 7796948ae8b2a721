package main

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// versions is a set of message versions, bit n standing for version n. It is
// not codec.Versions, since package codec embeds the files that this program
// writes: they must be writable while codec cannot be built.
type versions uint64

const maxVersion = 63

// parseVersions reads a set as Kafka's definitions and ours state it: "3",
// "0-3", "12+", "none", and several joined by commas.
func parseVersions(s string) (versions, error) {
	if s == "none" {
		return 0, nil
	}
	var set versions
	for _, span := range strings.Split(s, ",") {
		low, high, isRange := strings.Cut(span, "-")
		if before, open := strings.CutSuffix(span, "+"); open {
			low, high = before, strconv.Itoa(maxVersion)
		} else if !isRange {
			high = low
		}
		from, err1 := strconv.ParseUint(low, 10, 6)
		to, err2 := strconv.ParseUint(high, 10, 6)
		if err1 != nil || err2 != nil || to < from {
			return 0, fmt.Errorf("%q is no set of versions: want 3, 0-3, 12+ or none", s)
		}
		set |= versionRange(int(from), int(to))
	}
	return set, nil
}

func versionRange(from, to int) versions {
	return ^versions(0) << from & (^versions(0) >> (maxVersion - to))
}

func (v versions) has(version int) bool { return v>>version&1 == 1 }

func (v versions) max() int { return bits.Len64(uint64(v)) - 1 }

// all yields the versions of the set, ascending.
func (v versions) all(yield func(version int) bool) {
	for ; v != 0; v &= v - 1 {
		if !yield(bits.TrailingZeros64(uint64(v))) {
			return
		}
	}
}

// String gives the set as ranges joined by commas, without open ends.
func (v versions) String() string { return v.within(-1) }

// within gives the set as ranges joined by commas. A range that ends at newest
// is left open ("12+"), so that its line stays as it is when a version is added.
func (v versions) within(newest int) string {
	if v == 0 {
		return "none"
	}
	var spans []string
	for from := 0; from <= maxVersion; from++ {
		if !v.has(from) {
			continue
		}
		to := from
		for to < maxVersion && v.has(to+1) {
			to++
		}
		span := strconv.Itoa(from)
		switch {
		case to == newest:
			span += "+"
		case to > from:
			span += "-" + strconv.Itoa(to)
		}
		spans = append(spans, span)
		from = to
	}
	return strings.Join(spans, ",")
}

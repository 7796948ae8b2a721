package codec

import (
	"errors"
	"math/bits"
	"strconv"
	"strings"
)

// Versions is a set of API versions, bit n standing for version n. Versions
// above 63 cannot be expressed; Kafka's highest is below 20.
type Versions uint64

const maxVersion = 63

// Has reports whether version is in the set.
func (v Versions) Has(version int16) bool {
	return version >= 0 && version <= maxVersion && v>>uint(version)&1 == 1
}

// Min returns the lowest version of the set, -1 where the set is empty.
func (v Versions) Min() int16 {
	if v == 0 {
		return -1
	}
	return int16(bits.TrailingZeros64(uint64(v)))
}

// Max returns the highest version of the set, -1 where the set is empty.
func (v Versions) Max() int16 { return int16(bits.Len64(uint64(v))) - 1 }

// String gives the set as ranges joined by commas: "0-3,5", or "none".
func (v Versions) String() string {
	if v == 0 {
		return "none"
	}
	var b []byte
	for from := int16(0); from <= maxVersion; from++ {
		if !v.Has(from) {
			continue
		}
		to := from
		for v.Has(to + 1) {
			to++
		}
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(from), 10)
		if to > from {
			b = append(b, '-')
			b = strconv.AppendInt(b, int64(to), 10)
		}
		from = to
	}
	return string(b)
}

// ParseVersions reads a set as a definition states it: single versions,
// ranges and one open end, joined by commas ("0-3,5", "12+"), or "none".
func ParseVersions(s string) (Versions, error) {
	if s == "none" {
		return 0, nil
	}
	var v Versions
	for _, part := range strings.Split(s, ",") {
		from, to, err := parseRange(part)
		if err != nil {
			return 0, err
		}
		v |= ^Versions(0) << from & (^Versions(0) >> (maxVersion - to))
	}
	return v, nil
}

func parseRange(s string) (from, to uint64, err error) {
	low, high, isRange := strings.Cut(s, "-")
	open := !isRange && strings.HasSuffix(low, "+")
	if open {
		low = low[:len(low)-1]
	}
	from, err = strconv.ParseUint(low, 10, 6)
	to = from
	switch {
	case err != nil:
	case open:
		to = maxVersion
	case isRange:
		to, err = strconv.ParseUint(high, 10, 6)
	}
	if err != nil || to < from {
		return 0, 0, errors.New("not a set of versions: " + s)
	}
	return from, to, nil
}

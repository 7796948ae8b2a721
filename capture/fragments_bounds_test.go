package capture

import (
	"bytes"
	"net/netip"
	"testing"
)

// TestFragmentBounds has one packet after another of which a fragment is
// lost: what is kept of them stays small.
func TestFragmentBounds(t *testing.T) {
	var f fragments
	for i := range 1_000_000 {
		d := datagram{bytes: make([]byte, i%100), length: 100, packet: &packet{time: int64(i)}}
		key := fragmentKey{src: netip.IPv4Unspecified(), id: uint32(i / 3)}
		if _, o := f.add(d, key, i%5*104, true); o != isFragment {
			t.Fatalf("fragment %d: %d", i, o)
		}
		if f.held > maxFragmentBytes || len(f.packets) > maxFragmentBytes/fragmentCost {
			t.Fatalf("%d bytes of %d packets are held", f.held, len(f.packets))
		}
	}
	if f.missing() != 1_000_000 {
		t.Errorf("%d fragments are counted as missing others", f.missing())
	}
	f.expire(1_000_000 + fragmentTime)
	if f.held != 0 || f.waiting != 0 || f.oldest != nil || f.newest != nil || len(f.packets) != 0 {
		t.Errorf("after their time: %d bytes, %d fragments, %d packets", f.held, f.waiting, len(f.packets))
	}
}

// TestFragmentFlood has one packet come in more fragments than are kept.
func TestFragmentFlood(t *testing.T) {
	var f fragments
	for range 100_000 {
		f.add(datagram{bytes: make([]byte, 8), length: 8, packet: &packet{}}, fragmentKey{}, 8, true)
	}
	if f.waiting != maxFragments || f.missing() != 100_000 {
		t.Errorf("%d wait, %d are missing others", f.waiting, f.missing())
	}
}

// TestFragmentsInAnyOrder has a packet come in many fragments, each of them
// twice, the second time with other bytes.
func TestFragmentsInAnyOrder(t *testing.T) {
	const size, n = 128, maxFragments / 2
	for _, test := range []struct {
		name  string
		which func(i int) int // of the i-th fragment to come
	}{
		{"in order", func(i int) int { return i }},
		{"backwards", func(i int) int { return n - 1 - i }},
		{"the last first", func(i int) int { return (i + n - 1) % n }},
		{"scattered", func(i int) int { return (i*89 + n - 1) % n }},
	} {
		t.Run(test.name, func(t *testing.T) {
			var f fragments
			for i := range n {
				which := test.which(i)
				for again := range 2 {
					d := datagram{bytes: bytes.Repeat([]byte{byte(which + again)}, size), length: size, packet: &packet{}}
					d, o := f.add(d, fragmentKey{}, which*size, which < n-1)
					if whole := i == n-1 && again == 0; whole != (o == isTCP) {
						t.Fatalf("fragment %d: %d", i, o)
					} else if whole {
						check(t, d.bytes, size)
						return
					}
				}
			}
		})
	}
}

// check has b be bytes of value 0, 1 and so on, size of each.
func check(t *testing.T, b []byte, size int) {
	t.Helper()
	for i, got := range b {
		if got != byte(i/size) {
			t.Fatalf("byte %d is %d", i, got)
		}
	}
}

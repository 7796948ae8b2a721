package capture

import (
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

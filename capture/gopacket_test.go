package capture

import (
	"bytes"
	"io"
	"io/fs"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// TestAgainstGopacket reads every capture in testdata and holds each segment
// against what gopacket's layers make of the same frame.
func TestAgainstGopacket(t *testing.T) {
	read := 0
	err := filepath.WalkDir("../testdata/captures", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.Contains(filepath.Base(path), ".pcap") {
			return err
		}
		read++
		t.Run(filepath.Base(path), func(t *testing.T) { compareWithGopacket(t, path) })
		return nil
	})
	if err != nil || read == 0 {
		t.Fatalf("%d captures read, error %v", read, err)
	}
}

func compareWithGopacket(t *testing.T, path string) {
	r := Open([]string{path}, nil)
	defer r.Close()
	if err := r.open(); err != nil {
		t.Fatal(err)
	}
	var s Segment
	for n := 1; ; n++ {
		err := r.packets.next(&r.pk)
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		found := dissect(&r.pk, &s) == isTCP
		p := gopacket.NewPacket(r.pk.frame, layers.LinkType(r.pk.link), gopacket.NoCopy)
		tcp, ok := p.TransportLayer().(*layers.TCP)
		if ok != found {
			t.Fatalf("packet %d: TCP %v, gopacket says %v: %v", n, found, ok, p)
		}
		if !found {
			continue
		}
		src, _ := netip.AddrFromSlice(p.NetworkLayer().NetworkFlow().Src().Raw())
		dst, _ := netip.AddrFromSlice(p.NetworkLayer().NetworkFlow().Dst().Raw())
		if s.Src != netip.AddrPortFrom(src, uint16(tcp.SrcPort)) || s.Dst != netip.AddrPortFrom(dst, uint16(tcp.DstPort)) ||
			s.Seq != tcp.Seq || s.Ack != tcp.Ack || s.Flags != tcp.Contents[13] ||
			!bytes.Equal(s.Payload, tcp.Payload) {
			t.Fatalf("packet %d: %+v, gopacket says %v", n, s, p)
		}
	}
}

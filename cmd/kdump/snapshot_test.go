package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// snapshotExchange is a FetchSnapshot exchange, for which Kafka's brokers take
// one partition.
type snapshotExchange struct {
	Connection string
	Response   struct {
		Topics []struct {
			Partitions []struct {
				ErrorCode  int
				SnapshotID struct{ EndOffset, Epoch int64 }
				Size       int
				Position   int
				Records    []snapshotBatch `json:"unalignedRecords"`
			}
		}
	}
}

type snapshotBatch struct {
	Partial      bool
	Error        string
	BaseOffset   int64
	LastOffset   int64
	Count        int
	Size         int
	EarlierBytes int
	IsValid      bool
	Records      []struct {
		Control struct{ Type string }
		Value   struct{ Type string }
	}
}

// The batches of a snapshot that came in several parts are all of it: they are
// as long as it, follow one another from the header record to the footer, and
// each has a right checksum.
func TestSnapshotsInParts(t *testing.T) {
	whole, shared := 0, 0
	for _, capture := range captures(t) {
		out, _ := kdumpRead(t, "-f", "ndjson", "--records", "full", "--api", "FetchSnapshot", capture)
		snapshots := map[string][]snapshotBatch{}
		sizes := map[string]int{}
		for line := range strings.Lines(out) {
			if !strings.HasPrefix(line, `{"type":"exchange"`) {
				continue
			}
			var e snapshotExchange
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatalf("%s: %v in %s", capture, err, line)
			}
			for _, topic := range e.Response.Topics {
				for _, p := range topic.Partitions {
					if p.ErrorCode == 0 {
						snapshots[e.Connection] = append(snapshots[e.Connection], p.Records...)
						sizes[e.Connection] = p.Size
					}
				}
			}
		}
		for connection, batches := range snapshots {
			whole++
			shared += checkSnapshot(t, filepath.Base(capture)+" "+connection, batches, sizes[connection])
		}
	}
	if whole == 0 && os.Getenv("KDUMP_CAPTURES") != "" {
		t.Skip("no snapshot was captured")
	}
	if shared == 0 {
		t.Errorf("%d snapshots, and %d batches in several parts: too few", whole, shared)
	}
	t.Logf("%d snapshots, %d batches in several parts", whole, shared)
}

// checkSnapshot returns how many batches came in several parts.
func checkSnapshot(t *testing.T, where string, entries []snapshotBatch, size int) (shared int) {
	t.Helper()
	next, types := int64(0), ""
	for _, b := range entries {
		if b.Partial || b.Error != "" {
			continue // it is shown as a whole in a later part
		}
		if b.EarlierBytes > 0 {
			shared++
		}
		if !b.IsValid || b.BaseOffset != next || b.Count != len(b.Records) {
			t.Errorf("%s: offsets from %d to %d behind %d, %d of %d records, valid: %v", where, b.BaseOffset, b.LastOffset, next-1, len(b.Records), b.Count, b.IsValid)
		}
		next = b.LastOffset + 1
		size -= b.Size
		for _, r := range b.Records {
			types += " " + r.Control.Type + r.Value.Type
		}
	}
	if size != 0 {
		t.Errorf("%s: %d bytes of the snapshot are not shown", where, size)
	}
	if !strings.HasPrefix(types, " SNAPSHOT_HEADER ") || !strings.HasSuffix(types, " SNAPSHOT_FOOTER") || !strings.Contains(types, "FeatureLevelRecord") {
		t.Errorf("%s: records of the types%s", where, types)
	}
	return shared
}

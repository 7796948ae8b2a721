package main

import (
	"fmt"
	"io/fs"
	"math/bits"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const definitions = "../definitions"

// jars names the folder that testdata/kafka/pom.xml's jars were fetched into.
func jars(t *testing.T) string {
	folder := os.Getenv("KDUMP_KAFKA_JARS")
	if folder == "" {
		t.Skip("KDUMP_KAFKA_JARS is not set: it names the folder (absolute) with the jars of testdata/kafka/pom.xml")
	}
	return folder
}

// pinned reads the releases in the jars.
func pinned(t *testing.T) []release {
	releases, err := readReleases([]string{jars(t)})
	if err != nil {
		t.Fatal(err)
	}
	return releases
}

func TestDefinitionsAreWhatTheImporterMakes(t *testing.T) {
	want, err := importFrom([]string{jars(t)}, os.DirFS(definitions))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, filesThere(t)); diff != "" {
		t.Errorf("definitions differ from what the importer makes (-made +there):\n%s", diff)
	}
}

func TestErrorsAreKafkas(t *testing.T) {
	folder := jars(t)
	java := exec.Command("java", "-cp",
		filepath.Join(folder, "kafka-clients-4.4.0.jar")+string(os.PathListSeparator)+filepath.Join(folder, "slf4j-api-1.7.36.jar"),
		"../../testdata/kafka/Errors.java")
	var said strings.Builder
	java.Stderr = &said
	want, err := java.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	got, err := os.ReadFile(filepath.Join(definitions, "errors"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("definitions/errors differs from Kafka's class (-class +file):\n%s", diff)
	}
}

// TestEveryVersionIsAsInItsRelease reads the files as they lie there and holds
// each version of each against the release that it was taken from.
func TestEveryVersionIsAsInItsRelease(t *testing.T) {
	releases := pinned(t)
	if err := rename(releases, kafkaDifferences.renamed); err != nil {
		t.Fatal(err)
	}
	sections := map[string]*section{}
	keys, triples := 0, 0
	for name, text := range filesThere(t) {
		d, err := parseDefinition(string(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i := range d.sections {
			s := &d.sections[i]
			sections[d.subject()+" "+s.name] = s
			if strings.HasPrefix(name, "api/") {
				triples += bits.OnesCount64(uint64(s.versions))
			}
		}
		if strings.HasPrefix(name, "api/") {
			keys++
		}
	}
	held := map[string]int{}
	seen := map[string]versions{}
	both := 0
	for _, r := range slices.Backward(releases) {
		for _, m := range r.messages {
			for version := range m.versions.all {
				if m.section() != "value" {
					held[r.name]++
				}
				if seen[m.id()].has(version) {
					if m.section() != "value" {
						both++
					}
					continue
				}
				if err := sections[m.id()].holds(m, version); err != nil {
					t.Errorf("%s version %d, in release %s: %v", m.id(), version, r.name, err)
				}
			}
			seen[m.id()] |= m.versions
		}
	}
	got := map[string]int{"keys": keys, "3.9.2": held["3.9.2"], "4.4.0": held["4.4.0"], "both": both, "union": triples}
	want := map[string]int{"keys": 95, "3.9.2": 646, "4.4.0": 618, "both": 528, "union": 736}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("API keys and (key, version, direction) triples (-want +got):\n%s", diff)
	}
}

// filesThere gives the definition files as they lie there, by their paths.
func filesThere(t *testing.T) map[string][]byte {
	all := map[string][]byte{}
	names, err := fs.Glob(os.DirFS(definitions), "*/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if filepath.Dir(name) == byHand {
			continue
		}
		if all[name], err = os.ReadFile(filepath.Join(definitions, name)); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestReleasesDifferAsKnown lists what Kafka changed, without a new version
// number, in versions that two of the pinned releases hold.
func TestReleasesDifferAsKnown(t *testing.T) {
	releases := pinned(t)
	var changed []string
	for _, d := range disagreements(releases) {
		changed = append(changed, fmt.Sprintf("%s %d", d.message, d.version))
	}
	slices.Sort(changed)
	wantChanged := []string{
		"api/028 request 3", "api/028 request 4", // in names
		"api/052 request 0", "api/052 request 1", // in names
		"api/074 response 0", // in names
		"api/087 response 0",
		"record/ShareGroupMetadataValue value 0",
	}
	if diff := cmp.Diff(wantChanged, changed); diff != "" {
		t.Errorf("changed layouts (-want +got):\n%s", diff)
	}
	wantTagged := []string{
		"record/ConsumerGroupCurrentMemberAssignmentValue value 0",
		"record/ConsumerGroupMetadataValue value 0",
		"record/ConsumerGroupTargetAssignmentMetadataValue value 0",
		"record/OffsetCommitValue value 4",
		"record/RemoteLogSegmentMetadataRecord value 0",
		"record/RemoteLogSegmentMetadataSnapshotRecord value 0",
		"record/TransactionLogValue value 1",
	}
	if diff := cmp.Diff(wantTagged, tagged(releases)); diff != "" {
		t.Errorf("tags that joined (-want +got):\n%s", diff)
	}
}

// tagged lists the versions that gained tags, and nothing else, from one release to another.
func tagged(releases []release) []string {
	var out []string
	for i, older := range releases {
		for _, newer := range releases[i+1:] {
			for _, was := range older.messages {
				for _, is := range newer.messages {
					if is.id() != was.id() {
						continue
					}
					for version := range (was.versions & is.versions).all {
						all := layout(is.fields, version)
						if disagree(was, is, version) == "" && difference(layout(was.fields, version), all) != "" {
							out = append(out, fmt.Sprintf("%s %d", was.id(), version))
						}
					}
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

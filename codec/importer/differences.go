package main

import (
	"fmt"
	"slices"
	"strings"
)

// differences says in what releases may differ on versions that both hold.
type differences struct {
	renamed  []renamed
	accepted []accepted
}

// renamed is a field that a newer release calls otherwise, without a change on
// the wire. The newest name holds for all versions.
type renamed struct {
	message string // such as "api/074 response"
	path    string // such as "topics.name", once those above it in the list are renamed
	to      string
}

// accepted is a version that a newer release laid out anew.
type accepted struct {
	message string
	version int
	reason  string
}

// kafkaDifferences are those between the pinned releases, 3.9.2 and 4.4.0.
var kafkaDifferences = differences{
	renamed: []renamed{
		{"api/028 request", "generationId", "generationIdOrMemberEpoch"},
		{"api/052 request", "topics.partitions.candidateEpoch", "replicaEpoch"},
		{"api/052 request", "topics.partitions.candidateId", "replicaId"},
		{"api/052 request", "topics.partitions.candidateDirectoryId", "replicaDirectoryId"},
		{"api/074 response", "clientMetricsResources.name", "resourceName"},
		{"api/074 response", "clientMetricsResources", "configResources"},
	},
	accepted: []accepted{
		{"api/087 response", 0, "a preview in 3.9; leaderEpoch came before it was released"},
		{"record/ShareGroupMetadataValue value", 0, "a preview in 3.9; metadataHash came before it was released"},
	},
}

// rename gives old fields their new names. It fails when such a field is nowhere.
func rename(releases []release, names []renamed) error {
	for _, r := range names {
		found := false
		for _, release := range releases {
			for _, m := range release.messages {
				found = m.id() == r.message && r.apply(m.fields, "") || found
			}
		}
		if !found {
			return fmt.Errorf("%s: no release has a field %s that could be called %s", r.message, r.path, r.to)
		}
	}
	return nil
}

func (r renamed) apply(fields []field, above string) bool {
	for i := range fields {
		f := &fields[i]
		path := above + f.name
		if path == r.path {
			f.name = r.to
			return true
		}
		if strings.HasPrefix(r.path, path+".") {
			return r.apply(f.fields, path+".")
		}
	}
	return false
}

// disagreement is a version that two releases hold with different layouts.
type disagreement struct {
	message      string
	version      int
	older, newer string // releases
	text         string
}

// disagreements holds every two releases against each other.
func disagreements(releases []release) []disagreement {
	var out []disagreement
	for i, older := range releases {
		for _, newer := range releases[i+1:] {
			for _, was := range older.messages {
				at := slices.IndexFunc(newer.messages, func(m *message) bool { return m.id() == was.id() })
				if at < 0 {
					continue
				}
				is := newer.messages[at]
				for version := range (was.versions & is.versions).all {
					if text := disagree(was, is, version); text != "" {
						out = append(out, disagreement{was.id(), version, older.name, newer.name, text})
					}
				}
			}
		}
	}
	return out
}

// disagree says in what two releases' layouts of a version differ. That the
// newer one added tags is nothing: a tag may join a version that is out already.
func disagree(was, is *message, version int) string {
	if was.flexible.has(version) != is.flexible.has(version) {
		return "flexible in one only"
	}
	older := layout(was.fields, version)
	return difference(older, withoutNewTags(layout(is.fields, version), older))
}

// refuse returns an error for a disagreement that is not accepted, and for one
// that is accepted and is not there.
func refuse(found []disagreement, list []accepted) error {
	for _, d := range found {
		if !slices.ContainsFunc(list, func(a accepted) bool { return a.message == d.message && a.version == d.version }) {
			return fmt.Errorf("%s: version %d differs between releases %s and %s: %s", d.message, d.version, d.older, d.newer, d.text)
		}
	}
	for _, a := range list {
		if !slices.ContainsFunc(found, func(d disagreement) bool { return a.message == d.message && a.version == d.version }) {
			return fmt.Errorf("%s: version %d is said to differ between releases (%s) and does not", a.message, a.version, a.reason)
		}
	}
	return nil
}

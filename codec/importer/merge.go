package main

import (
	"fmt"
	"slices"
	"strings"
)

// definition is one file: an API, a header or an internal record in every
// version that a release ever held.
type definition struct {
	name     string
	key      int
	kind     string // "" for an API, else as in message
	releases []heldVersions
	unstable versions
	sections []section
	comments []string
}

// heldVersions says which versions a release holds, of an API those of the request.
type heldVersions struct {
	release  string
	versions versions
}

// section is one direction of an API, or the one layout of a header or record.
type section struct {
	name     string // request, response or value
	versions versions
	flexible versions
	fields   []field
	comments []string
}

// subject names what a message belongs to whatever its name: an API by its
// key, since names change (key 74), all else by its name, since a record's
// key and type came late.
func (m *message) subject() string {
	switch m.kind {
	case "request", "response":
		return fmt.Sprintf("api/%03d", m.key)
	case "header":
		return "header/" + m.name
	}
	return "record/" + m.name
}

func (m *message) section() string {
	if m.kind == "request" || m.kind == "response" {
		return m.kind
	}
	return "value"
}

func (m *message) id() string { return m.subject() + " " + m.section() }

// path is the definition's file, below the folder of definitions.
func (d *definition) path() string {
	switch d.kind {
	case "":
		return fmt.Sprintf("api/%03d-%s", d.key, d.name)
	case "header":
		return "header/" + d.name
	}
	return "record/" + d.name
}

// merge makes the definitions out of the releases, given from the oldest to
// the newest: of every version, the newest release that holds it is believed.
func merge(releases []release, known differences) ([]*definition, error) {
	if err := rename(releases, known.renamed); err != nil {
		return nil, err
	}
	if err := refuse(disagreements(releases), known.accepted); err != nil {
		return nil, err
	}
	definitions := map[string]*definition{}
	for _, r := range slices.Backward(releases) {
		for _, m := range r.messages {
			if m.versions == 0 {
				continue
			}
			d := definitions[m.subject()]
			if d == nil {
				d = &definition{name: m.name, key: m.key, kind: m.kind}
				definitions[m.subject()] = d
			}
			d.add(r.name, m)
		}
	}
	var all []*definition
	for _, d := range definitions {
		if d.kind == "request" || d.kind == "response" {
			d.kind = ""
		}
		slices.SortFunc(d.sections, func(a, b section) int { return strings.Compare(a.name, b.name) })
		slices.Reverse(d.releases)
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b *definition) int { return strings.Compare(a.path(), b.path()) })
	return all, check(all, releases)
}

// add takes those versions of a message that no newer release holds.
func (d *definition) add(release string, m *message) {
	i := slices.IndexFunc(d.sections, func(s section) bool { return s.name == m.section() })
	if i < 0 {
		d.sections = append(d.sections, section{name: m.section()})
		i = len(d.sections) - 1
	}
	s := &d.sections[i]
	won := m.versions &^ s.versions
	s.versions |= won
	s.flexible |= m.flexible & won
	s.fields = mergeFields(s.fields, m.fields, won)
	if m.kind == "response" {
		return
	}
	d.releases = append(d.releases, heldVersions{release, m.versions})
	if newest := m.versions.max(); m.unstable && won.has(newest) {
		d.unstable |= versionRange(newest, newest)
	}
}

// mergeFields adds the won versions of an older release's fields. A field that
// the newer one has too becomes one with it; one that it lacks goes behind
// the field that it followed.
func mergeFields(fields, older []field, won versions) []field {
	at := 0
	for i := range older {
		f := &older[i]
		same := slices.IndexFunc(fields, f.mergeable)
		if same < 0 {
			if f.versions&won != 0 {
				fields = slices.Insert(fields, at, f.only(won))
				at++
			}
			continue
		}
		into := &fields[same]
		into.versions |= f.versions & won
		into.nullable |= f.nullable & won
		if into.tagged == 0 {
			into.tag = f.tag
		}
		into.tagged |= f.tagged & won
		if into.meaning == "" {
			into.meaning = f.meaning
		}
		into.fields = mergeFields(into.fields, f.fields, won)
		at = same + 1
	}
	return fields
}

// mergeable reports whether two fields can stand on one line.
func (f *field) mergeable(other field) bool {
	return f.name == other.name && f.typeName() == other.typeName() && f.deflt == other.deflt && f.rigid == other.rigid &&
		(f.tag == other.tag || f.tagged == 0 || other.tagged == 0)
}

// only gives a copy of the field cut to a set of versions.
func (f *field) only(set versions) field {
	out := *f
	out.versions &= set
	out.nullable &= set
	out.tagged &= set
	out.fields = nil
	for i := range f.fields {
		if f.fields[i].versions&set != 0 {
			out.fields = append(out.fields, f.fields[i].only(set))
		}
	}
	return out
}

// check reads every definition back from its text and holds each version's
// layout against that of the release it comes from.
func check(definitions []*definition, releases []release) error {
	sections := map[string]*section{}
	for _, d := range definitions {
		read, err := parseDefinition(string(d.text()))
		if err != nil {
			return fmt.Errorf("%s, as written: %w", d.path(), err)
		}
		subject := d.path()
		if d.kind == "" {
			subject = fmt.Sprintf("api/%03d", d.key)
		}
		for i := range read.sections {
			sections[subject+" "+read.sections[i].name] = &read.sections[i]
		}
	}
	done := map[string]versions{}
	for _, r := range slices.Backward(releases) {
		for _, m := range r.messages {
			won := m.versions &^ done[m.id()]
			done[m.id()] |= won
			s := sections[m.id()]
			if won != 0 && s == nil {
				return fmt.Errorf("%s: is not in any definition", m.id())
			}
			var err error
			won.each(func(version int) {
				if err == nil {
					err = s.holds(m, version)
				}
			})
			if err != nil {
				return fmt.Errorf("%s: release %s: %w", m.id(), r.name, err)
			}
		}
	}
	for id, s := range sections {
		if s.versions != done[id] {
			return fmt.Errorf("%s: has the versions %v, the releases %v", id, s.versions, done[id])
		}
	}
	return nil
}

// holds returns an error unless the section says of one version what the message says.
func (s *section) holds(m *message, version int) error {
	if s.flexible.has(version) != m.flexible.has(version) {
		return fmt.Errorf("version %d: flexible in one only", version)
	}
	if d := difference(layout(m.fields, version), layout(s.fields, version)); d != "" {
		return fmt.Errorf("version %d: %s", version, d)
	}
	return nil
}

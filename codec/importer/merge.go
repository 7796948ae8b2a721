package main

import (
	"slices"
	"strings"
)

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
				d = &definition{name: m.name, key: m.key, kind: m.definitionKind()}
				definitions[m.subject()] = d
			}
			d.add(r.name, m)
		}
	}
	var all []*definition
	for _, d := range definitions {
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

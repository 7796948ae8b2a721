package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// slot is one field of one version, in all that matters to whoever reads it.
type slot struct {
	path   string
	tagged bool
	text   string
}

// layout gives the fields of one version in the order of the definition.
func layout(fields []field, version int) []slot { return appendLayout(nil, fields, version, "") }

func appendLayout(out []slot, fields []field, version int, path string) []slot {
	for i := range fields {
		f := &fields[i]
		if !f.versions.has(version) {
			continue
		}
		s := slot{path: path + f.name, tagged: f.tagged.has(version)}
		text := []string{s.path, f.typeName()}
		if f.nullable.has(version) {
			text[1] += "?"
		}
		if s.tagged {
			text = append(text, fmt.Sprint("tag ", f.tag))
		}
		if f.rigid {
			text = append(text, "flexible none")
		}
		if f.deflt != "" {
			text = append(text, "default "+f.deflt)
		}
		s.text = strings.Join(text, " ")
		out = appendLayout(append(out, s), f.fields, version, s.path+".")
	}
	return out
}

// difference says where two layouts part, "" where they are equal.
func difference(want, got []slot) string {
	for i := range max(len(want), len(got)) {
		w, g := "nothing", "nothing"
		if i < len(want) {
			w = want[i].text
		}
		if i < len(got) {
			g = got[i].text
		}
		if w != g {
			return fmt.Sprintf("%s against %s", w, g)
		}
	}
	return ""
}

// withoutNewTags leaves out the tagged fields that the older layout does not
// have, with all that is in them. A tag may join a released version.
func withoutNewTags(layout, older []slot) []slot {
	known := map[string]bool{}
	for _, s := range older {
		known[s.path] = true
	}
	var out []slot
	inside := "\x00"
	for _, s := range layout {
		if strings.HasPrefix(s.path, inside) {
			continue
		}
		if s.tagged && !known[s.path] {
			inside = s.path + "."
			continue
		}
		out = append(out, s)
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
		for i := range read.sections {
			sections[read.subject()+" "+read.sections[i].name] = &read.sections[i]
		}
	}
	done := map[string]versions{}
	for _, r := range slices.Backward(releases) {
		for _, m := range r.messages {
			won := m.versions &^ done[m.id()]
			done[m.id()] |= won
			for version := range won.all {
				if err := sections[m.id()].holds(m, version); err != nil {
					return fmt.Errorf("%s version %d of release %s: %w", m.id(), version, r.name, err)
				}
			}
		}
	}
	for id, s := range sections {
		if s.versions != done[id] {
			return fmt.Errorf("%s has the versions %v, the releases have %v", id, s.versions, done[id])
		}
	}
	return nil
}

// holds returns an error unless the section says of a version what the message says.
func (s *section) holds(m *message, version int) error {
	if s == nil {
		return errors.New("is in no definition")
	}
	if s.flexible.has(version) != m.flexible.has(version) {
		return errors.New("flexible in one only")
	}
	if d := difference(layout(m.fields, version), layout(s.fields, version)); d != "" {
		return errors.New(d)
	}
	return nil
}

package main

import (
	"fmt"
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

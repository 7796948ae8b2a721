package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/kdump/kdump/codec"
)

// change is what a version has otherwise than the one before.
type change struct {
	Version   int16    `json:"version"`
	Flexible  bool     `json:"flexible"`
	Releases  []string `json:"releases"` // that speak it
	Direction string   `json:"direction,omitempty"`
	Changes   []string `json:"changes"`
}

// showChanges shows what changed from version to version.
func showChanges(api *codec.API, isJSON bool) (func(io.Writer), error) {
	var changes []change
	var before [2]*codec.Layout
	for v := range versionsOf(api) {
		for _, d := range directionsOf(api) {
			l, err := api.Layout(d, v)
			if err != nil {
				return nil, err
			}
			c := change{Version: v, Flexible: l.Flexible, Releases: releasesWith(api, v), Changes: changesOf(before[d], l)}
			if l.IsAPI {
				c.Direction = d.String()
			}
			changes = append(changes, c)
			before[d] = l
		}
	}
	isAPI := before[codec.Request].IsAPI
	return func(w io.Writer) {
		if isJSON {
			for i := range changes {
				printJSON(w, &changes[i])
			}
			return
		}
		printTitle(w, newListed(api, isAPI, newestMajor()), api.Releases())
		printChanges(w, changes)
	}, nil
}

func releasesWith(api *codec.API, version int16) []string {
	names := []string{}
	for _, r := range api.Releases() {
		if r.Versions.Has(version) {
			names = append(names, r.Name)
		}
	}
	return names
}

func printTitle(w io.Writer, l listed, releases []codec.Release) {
	fmt.Fprint(w, l.Name)
	switch {
	case l.EnumName != "":
		fmt.Fprintf(w, ", API key %d, in Kafka's request log %s", l.Key, l.EnumName)
	case l.Key >= 0:
		fmt.Fprintf(w, ", type %d", l.Key)
	}
	fmt.Fprintf(w, "\n\nversions  %s, flexible %s\n", l.Versions, l.Flexible)
	for _, r := range releases {
		fmt.Fprintf(w, "in %-6s %s\n", r.Name, r.Versions)
	}
	if l.Dropped {
		fmt.Fprintf(w, "dropped by %s\n", l.droppedBy)
	}
	if l.Unstable != "" {
		fmt.Fprintf(w, "unstable  %s\n", l.Unstable)
	}
	fmt.Fprintln(w)
}

// printChanges prints the changes of each version; of one without any, that.
func printChanges(w io.Writer, changes []change) {
	var t table
	said := int16(-1)
	for i := range changes {
		c := &changes[i]
		for j, text := range c.Changes {
			version, direction := "", ""
			if c.Version != said {
				version = fmt.Sprintf("v%d", c.Version)
			}
			if j == 0 {
				direction = c.Direction
			}
			t.row(version, direction, text)
			said = c.Version
		}
		if last := i+1 == len(changes) || changes[i+1].Version != c.Version; last && c.Version != said {
			t.row(fmt.Sprintf("v%d", c.Version), "", "as before")
		}
	}
	t.print(w)
}

// changesOf says what changed from one version of a message to a later one:
// "+" for fields that came, "-" for those that went, "~" for others. Of a
// struct that came or went the fields stand in braces.
func changesOf(before, after *codec.Layout) []string {
	changes := []string{}
	if before == nil {
		if len(after.Ops) == 1 {
			changes = append(changes, "no fields")
		}
		return appendFields(changes, after, &after.Ops[0], "+ ")
	}
	if after.Flexible != before.Flexible {
		changes = append(changes, "~ flexible: compact lengths, tagged fields")
	}
	old := byPath(before)
	known := byPath(after)
	for i := int32(1); i < int32(len(before.Ops)); {
		op := &before.Ops[i]
		if i++; op.Name != "" && known[fieldPath(before, op)] == nil {
			changes = append(changes, "- "+fieldPath(before, op))
			i = op.End
		}
	}
	for i := int32(1); i < int32(len(after.Ops)); {
		op := &after.Ops[i]
		i++
		if op.Name == "" {
			continue
		}
		path := fieldPath(after, op)
		was := old[path]
		if was == nil {
			changes = append(changes, "+ "+path+"  "+outline(after, op))
			i = op.End
			continue
		}
		if then, now := attributes(before, was), attributes(after, op); then != now {
			changes = append(changes, fmt.Sprintf("~ %s  %s, was %s", path, now, then))
		}
	}
	return changes
}

// byPath finds fields by where they stand.
func byPath(l *codec.Layout) map[string]*codec.Op {
	fields := map[string]*codec.Op{}
	for i := range l.Ops {
		if op := &l.Ops[i]; op.Name != "" {
			fields[fieldPath(l, op)] = op
		}
	}
	return fields
}

func appendFields(lines []string, l *codec.Layout, op *codec.Op, mark string) []string {
	for i := op.At + 1; i < op.End; i = l.Ops[i].End {
		lines = append(lines, mark+l.Ops[i].Name+"  "+outline(l, &l.Ops[i]))
	}
	return lines
}

// attributes gives a field's type, tag and default.
func attributes(l *codec.Layout, op *codec.Op) string {
	text := nullableType(l, op)
	if op.Tagged {
		text += fmt.Sprintf(", tag %d", op.Tag)
	}
	if op.Default != "" {
		text += ", default " + op.Default
	}
	return text
}

// outline gives a field's attributes and the names of the fields inside it.
func outline(l *codec.Layout, op *codec.Op) string {
	return attributes(l, op) + strings.TrimRight(" "+braces(l, op), " ")
}

func braces(l *codec.Layout, op *codec.Op) string {
	if op.Kind == codec.Array {
		op = &l.Ops[op.At+1]
	}
	if op.Kind != codec.Struct {
		return ""
	}
	var names []string
	for i := op.At + 1; i < op.End; i = l.Ops[i].End {
		name := l.Ops[i].Name
		if inner := braces(l, &l.Ops[i]); inner != "" {
			name += " " + inner
		}
		names = append(names, name)
	}
	return "{" + strings.Join(names, ", ") + "}"
}

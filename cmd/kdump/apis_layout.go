package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/kdump/kdump/codec"
)

// directionsOf gives the directions that an API has layouts of: a header or a
// record has only the first.
func directionsOf(api *codec.API) []codec.Direction {
	if api.Versions(codec.Response) == 0 {
		return []codec.Direction{codec.Request}
	}
	return []codec.Direction{codec.Request, codec.Response}
}

// showLayouts shows all fields of one version.
func showLayouts(api *codec.API, version int64, isJSON bool) (func(io.Writer), error) {
	var layouts []*codec.Layout
	for _, d := range directionsOf(api) {
		l, err := layoutOf(api, d, version, nil)
		if err != nil {
			return nil, err
		}
		layouts = append(layouts, l)
	}
	return func(w io.Writer) {
		for _, l := range layouts {
			if isJSON {
				printFields(w, l)
				continue
			}
			printLayout(w, api, l)
		}
		if !isJSON {
			printLegend(w, layouts)
		}
	}, nil
}

// field is one field of a layout as JSON.
type field struct {
	Message  string `json:"message"`
	Path     string `json:"path"`
	Type     string `json:"type"`
	Compact  bool   `json:"compact"`
	Nullable bool   `json:"nullable"`
	Tag      *int   `json:"tag,omitempty"`
	Default  string `json:"default,omitempty"`
	Meaning  string `json:"meaning,omitempty"`
}

func printFields(w io.Writer, l *codec.Layout) {
	for i := range l.Ops {
		op := &l.Ops[i]
		if op.Name == "" {
			continue
		}
		f := field{Message: l.String(), Path: fieldPath(l, op), Type: bareType(l, op), Compact: isCompact(op), Nullable: op.Nullable,
			Default: op.Default, Meaning: meaning(l, op)}
		if op.Tagged {
			tag := int(op.Tag)
			f.Tag = &tag
		}
		printJSON(w, &f)
	}
}

// fieldPath gives where a field stands in every message: "topics[].name".
func fieldPath(l *codec.Layout, op *codec.Op) string {
	if op.Parent < 0 {
		return ""
	}
	outer := fieldPath(l, &l.Ops[op.Parent])
	switch {
	case op.Name == "":
		return outer + "[]"
	case outer == "":
		return op.Name
	}
	return outer + "." + op.Name
}

// printLayout prints the fields of one layout in the order of the wire, those
// inside others further in.
func printLayout(w io.Writer, api *codec.API, l *codec.Layout) {
	fmt.Fprint(w, l)
	if l.IsAPI {
		header := "request header v" + strconv.Itoa(int(api.RequestHeaderVersion(l.Version)))
		if l.Direction == codec.Response {
			header = "response header v" + strconv.Itoa(int(api.ResponseHeaderVersion(l.Version)))
		}
		fmt.Fprintf(w, ", API key %d, behind %s", l.Key, header)
	}
	fmt.Fprintf(w, ", in %s\n\n", strings.Join(releasesWith(api, l.Version), ", "))
	t := layoutTable{layout: l}
	t.row("  field", "bytes", "type", "default", "meaning")
	t.fields(&l.Ops[0], "  ")
	if len(t.rows) == 1 {
		t.rows[0] = []string{"  no fields"}
	}
	t.print(w)
	fmt.Fprintln(w)
}

// layoutTable has a row for each field of a layout.
type layoutTable struct {
	table
	layout *codec.Layout
}

// fields adds what is in a struct.
func (t *layoutTable) fields(op *codec.Op, indent string) {
	ops := t.layout.Ops
	for i := op.At + 1; i < op.End; i = ops[i].End {
		if !ops[i].Tagged {
			t.field(&ops[i], indent+ops[i].Name, indent+"  ")
		}
	}
	if !op.Flexible {
		return
	}
	t.row(indent+"tagged fields", "v")
	for _, tagged := range taggedFields(ops, op) {
		t.field(tagged, fmt.Sprintf("%s  tag %d: %s", indent, tagged.Tag, tagged.Name), indent+"    ")
	}
}

// taggedFields gives the tagged fields of a struct by their numbers.
func taggedFields(ops []codec.Op, op *codec.Op) []*codec.Op {
	var tagged []*codec.Op
	for i := op.At + 1; i < op.End; i = ops[i].End {
		if ops[i].Tagged {
			tagged = append(tagged, &ops[i])
		}
	}
	slices.SortFunc(tagged, func(a, b *codec.Op) int { return cmp.Compare(a.Tag, b.Tag) })
	return tagged
}

func (t *layoutTable) field(op *codec.Op, name, inside string) {
	t.row(name, bytesText(op), nullableType(t.layout, op), op.Default, meaning(t.layout, op))
	if op.Kind == codec.Array {
		op = &t.layout.Ops[op.At+1]
	}
	if op.Kind == codec.Struct {
		t.fields(op, inside)
	}
}

// bytesText says how many bytes a field has; see printLegend.
func bytesText(op *codec.Op) string {
	prefix := "4"
	switch {
	case op.Compact:
		prefix = "v"
	case op.Kind == codec.String:
		prefix = "2"
	}
	switch {
	case op.Kind == codec.Struct:
		return presenceText(op)
	case op.Kind == codec.Array:
		prefix += "*n"
	case op.Width > 0:
		prefix = strconv.Itoa(int(op.Width))
	default:
		prefix += "+n"
	}
	if op.Tagged {
		return "v v " + prefix
	}
	return prefix
}

// presenceText gives the bytes in front of a struct.
func presenceText(op *codec.Op) string {
	switch {
	case op.Tagged && op.Nullable:
		return "v v v?"
	case op.Tagged:
		return "v v"
	case op.Nullable:
		return "1?"
	}
	return ""
}

// legend explains what stands in the column of bytes.
var legend = []struct{ token, text string }{
	{"2+n", "a length n in 2 bytes (-1: null), then so many bytes"},
	{"4+n", "a length n in 4 bytes (-1: null), then so many bytes"},
	{"4*n", "the number n of elements in 4 bytes (-1: null), then each"},
	{"v+n", "n+1 as a varint (0: null), then n bytes"},
	{"v*n", "n+1 as a varint (0: null), then n elements"},
	{"1?", "a byte: 1 where the struct is there, -1 where it is null"},
	{"v?", "a varint: 1 where the struct is there, 0 where it is null"},
	{"v", "a varint: how many tagged fields follow, also where none is known; v v before each: its tag and its size"},
}

// printLegend explains what the layouts have in the column of bytes.
func printLegend(w io.Writer, layouts []*codec.Layout) {
	used := map[string]bool{}
	for _, l := range layouts {
		used["v"] = used["v"] || l.Flexible
		for i := range l.Ops {
			for _, token := range strings.Fields(bytesText(&l.Ops[i])) {
				used[token] = true
			}
		}
	}
	for _, entry := range legend {
		if used[entry.token] {
			fmt.Fprintf(w, "%-3s  %s\n", entry.token, entry.text)
		}
	}
}

func isCompact(op *codec.Op) bool {
	return op.Compact && op.Width == 0 && op.Kind != codec.Struct
}

// bareType gives a field's type without what is said of null: "[]struct".
func bareType(l *codec.Layout, op *codec.Op) string {
	if op.Kind == codec.Array {
		return "[]" + l.Ops[op.At+1].Kind.String()
	}
	return op.Kind.String()
}

// nullableType gives a field's type as definitions write it: "[]struct?".
func nullableType(l *codec.Layout, op *codec.Op) string {
	if op.Nullable {
		return bareType(l, op) + "?"
	}
	return bareType(l, op)
}

// meaning gives what a field stands for, and on what that depends.
func meaning(l *codec.Layout, op *codec.Op) string {
	text := op.Is.String()
	switch op.Relation {
	case codec.When:
		text += " when " + l.Ops[op.Sibling].Name
	case codec.By:
		text += " by " + l.Ops[op.Sibling].Name
	}
	return strings.TrimSpace(text)
}

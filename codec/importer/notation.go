package main

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// text gives the definition in the notation that definitions/README describes.
func (d *definition) text() []byte {
	var b bytes.Buffer
	writeComments(&b, d.comments, 0)
	key := "-"
	if d.key >= 0 {
		key = strconv.Itoa(d.key)
	}
	fmt.Fprintln(&b, strings.TrimSpace(d.name+" "+key+" "+d.kind))
	for _, held := range d.releases {
		fmt.Fprintf(&b, "in %s %v\n", held.release, held.versions)
	}
	if d.unstable != 0 {
		fmt.Fprintf(&b, "unstable %v\n", d.unstable)
	}
	for i := range d.sections {
		s := &d.sections[i]
		writeComments(&b, s.comments, 0)
		fmt.Fprintf(&b, "%s %v, flexible %s\n", s.name, s.versions, s.flexible.within(s.versions.max()))
		w := fieldWriter{&b, s.versions.max(), columns{}}
		w.columns.fit(s.fields, s.versions, w.newest, 1)
		w.write(s.fields, s.versions, 1)
	}
	return b.Bytes()
}

const indentation = "    "

func writeComments(b *bytes.Buffer, comments []string, depth int) {
	for _, c := range comments {
		b.WriteString(strings.Repeat(indentation, depth) + c + "\n")
	}
}

// columns are the widths of a section's first columns, so that they align.
type columns struct{ name, kind, versions int }

func (c *columns) fit(fields []field, around versions, newest, depth int) {
	for i := range fields {
		f := &fields[i]
		c.name = max(c.name, len(indentation)*depth+len(f.name))
		c.kind = max(c.kind, len(f.typeColumn()))
		c.versions = max(c.versions, len(f.versionsColumn(around, newest)))
		c.fit(f.fields, f.versions, newest, depth+1)
	}
}

func (f *field) typeColumn() string {
	if f.nullable != 0 && f.nullable == f.versions {
		return f.typeName() + "?"
	}
	return f.typeName()
}

func (f *field) versionsColumn(around versions, newest int) string {
	if f.versions == around {
		return ""
	}
	return f.versions.within(newest)
}

type fieldWriter struct {
	*bytes.Buffer
	newest  int
	columns columns
}

func (w *fieldWriter) write(fields []field, around versions, depth int) {
	for i := range fields {
		f := &fields[i]
		writeComments(w.Buffer, f.comments, depth)
		line := fmt.Sprintf("%-*s  %-*s", w.columns.name, strings.Repeat(indentation, depth)+f.name, w.columns.kind, f.typeColumn())
		if w.columns.versions > 0 {
			line += fmt.Sprintf("  %-*s", w.columns.versions, f.versionsColumn(around, w.newest))
		}
		line += "  " + strings.Join(f.attributes(w.newest), ", ")
		w.WriteString(strings.TrimRight(line, " ") + "\n")
		w.write(f.fields, f.versions, depth+1)
	}
}

func (f *field) attributes(newest int) []string {
	var out []string
	switch f.tagged {
	case 0:
	case f.versions:
		out = append(out, fmt.Sprint("tag ", f.tag))
	default:
		out = append(out, fmt.Sprintf("tag %d %s", f.tag, f.tagged.within(newest)))
	}
	if f.nullable != 0 && f.nullable != f.versions {
		out = append(out, "nullable "+f.nullable.within(newest))
	}
	if f.rigid {
		out = append(out, "flexible none")
	}
	if f.deflt != "" {
		out = append(out, "default "+f.deflt)
	}
	if f.meaning != "" {
		out = append(out, "is "+f.meaning)
	}
	return out
}

// parseDefinition reads what text writes. It checks no more than it must to
// understand a line; package codec checks the files.
func parseDefinition(text string) (*definition, error) {
	d := &definition{key: -1}
	var comments []string
	var open []level
	for number, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		content := strings.TrimLeft(line, " ")
		if strings.HasPrefix(content, "#") {
			comments = append(comments, content)
			continue
		}
		depth := (len(line) - len(content)) / len(indentation)
		var err error
		switch {
		case depth > len(open)-1 && depth > 0:
			err = errors.New("nothing above it that a line so far in could belong to")
		case depth > 0:
			open, err = parseField(content, open[:depth+1], comments)
		case d.name == "":
			d.comments = comments
			err = d.parseTitle(content)
		default:
			open, err = d.parseHead(content, comments)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w: %s", number+1, err, content)
		}
		comments = nil
	}
	if comments != nil {
		return nil, errors.New("a comment stands above the line it is about, and here is none")
	}
	return d, nil
}

func (d *definition) parseTitle(line string) (err error) {
	words := strings.Fields(line)
	if len(words) < 2 {
		return errors.New("want a name and a key")
	}
	d.name = words[0]
	if words[1] != "-" {
		d.key, err = strconv.Atoi(words[1])
	}
	if len(words) > 2 {
		d.kind = words[2]
	}
	return err
}

// level is a list that lines of one depth belong to, and the versions around it.
type level struct {
	fields   *[]field
	versions versions
}

// parseHead reads a line that is not indented, and gives the levels that the
// next lines may belong to. The level 0 is that of such lines and has no list.
func (d *definition) parseHead(line string, comments []string) ([]level, error) {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "in", "unstable":
		if comments != nil {
			return nil, errors.New("a comment stands above the first line, a section or a field")
		}
	}
	switch word {
	case "in":
		release, set, _ := strings.Cut(rest, " ")
		held, err := parseVersions(set)
		d.releases = append(d.releases, heldVersions{release, held})
		return nil, err
	case "unstable":
		var err error
		d.unstable, err = parseVersions(rest)
		return nil, err
	case "request", "response", "value":
		set, flexible, _ := strings.Cut(rest, ", flexible ")
		all, err1 := parseVersions(set)
		compact, err2 := parseVersions(flexible)
		d.sections = append(d.sections, section{name: word, versions: all, flexible: compact & all, comments: comments})
		return []level{{}, {&d.sections[len(d.sections)-1].fields, all}}, errors.Join(err1, err2)
	}
	return nil, errors.New("want in, unstable, request, response, value or a field")
}

// parseField reads a field's line into the last of the open levels, and gives
// the levels that the next lines may belong to.
func parseField(line string, open []level, comments []string) ([]level, error) {
	into := open[len(open)-1]
	f := field{versions: into.versions, comments: comments}
	name, rest := cutWord(line)
	kind, rest := cutWord(rest)
	if kind == "" {
		return nil, errors.New("want a field's name and type")
	}
	f.name = name
	kind, nullable := strings.CutSuffix(kind, "?")
	f.kind, f.array = strings.CutPrefix(kind, "[]")
	if rest != "" && rest[0] >= '0' && rest[0] <= '9' {
		var set string
		set, rest = cutWord(rest)
		own, err := parseVersions(set)
		if err != nil {
			return nil, err
		}
		if f.versions &= own; f.versions == 0 {
			return nil, errors.New("none of these versions has what is around the field")
		}
	}
	if nullable {
		f.nullable = f.versions
	}
	for rest != "" {
		var attribute string
		attribute, rest = cutAttribute(rest)
		if err := f.parseAttribute(attribute); err != nil {
			return nil, err
		}
	}
	*into.fields = append(*into.fields, f)
	added := &(*into.fields)[len(*into.fields)-1]
	return append(open, level{&added.fields, f.versions}), nil
}

func cutWord(line string) (word, rest string) {
	word, rest, _ = strings.Cut(line, " ")
	return word, strings.TrimLeft(rest, " ")
}

// cutAttribute cuts at the first comma with a space behind it: sets of
// versions have none, and the meaning of a quoted comma stays.
func cutAttribute(list string) (attribute, rest string) {
	if quoted, ok := strings.CutPrefix(list, "default "); ok {
		if prefix, err := strconv.QuotedPrefix(quoted); err == nil {
			return "default " + prefix, strings.TrimPrefix(quoted[len(prefix):], ", ")
		}
	}
	attribute, rest, _ = strings.Cut(list, ", ")
	return attribute, rest
}

func (f *field) parseAttribute(s string) (err error) {
	what, rest, _ := strings.Cut(s, " ")
	switch what {
	case "tag":
		tag, set, some := strings.Cut(rest, " ")
		if f.tag, err = strconv.Atoi(tag); err != nil {
			return err
		}
		f.tagged = f.versions
		if some {
			f.tagged, err = parseVersions(set)
			f.tagged &= f.versions
		}
	case "nullable":
		f.nullable, err = parseVersions(rest)
		f.nullable &= f.versions
	case "flexible":
		f.rigid = true
	case "default":
		f.deflt = rest
	case "is":
		f.meaning = rest
	default:
		err = fmt.Errorf("no such attribute: %s", what)
	}
	return err
}

package codec

import (
	"errors"
	"strconv"
	"strings"
)

// definition is one parsed definition file: what an API, a header or an
// internal record looks like in every version of it that was ever released.
// The notation is described in definitions/README.
type definition struct {
	name     string
	key      int16  // the API key or the record's type, -1 where it has none
	kind     string // "" for an API; else "header", "data", "metadata", "coordinator-key" or "coordinator-value"
	releases []Release
	unstable Versions
	sections [2]*section // by Direction; headers and records have only the first
}

// Release is the span of versions that one release of Apache Kafka holds.
type Release struct {
	Name     string // such as "4.4.0"
	Versions Versions
}

// section is one direction of an API.
type section struct {
	versions Versions
	flexible Versions
	fields   []field
}

// field is one line of a definition.
type field struct {
	name     string
	kind     Kind // of an array: of its elements
	array    bool
	versions Versions
	nullable Versions
	tagged   Versions
	tag      uint32
	rigid    bool   // lengths are never compact, whatever the message's version says
	deflt    string // as the definition writes it, "" where it is the type's own
	is       Meaning
	relation Relation
	sibling  string // the field that the meaning depends on
	fields   []field
}

// parseDefinition reads the text of one definition file.
func parseDefinition(text string) (*definition, error) {
	p := parser{def: &definition{key: -1}}
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		p.line++
		if err := p.parseLine(line); err != nil {
			return nil, errors.New("definition " + p.def.name + ", line " + strconv.Itoa(p.line) + ": " + err.Error())
		}
	}
	return p.def, nil
}

type parser struct {
	def  *definition
	line int
	// open holds, per level of indentation, the list that a line of that
	// level goes to and the versions of the struct around it.
	open []level
}

type level struct {
	fields   *[]field
	versions Versions
}

func (p *parser) parseLine(line string) error {
	trimmed := strings.TrimSpace(line)
	indent := len(line) - len(strings.TrimLeft(line, " "))
	switch {
	case trimmed == "" || trimmed[0] == '#':
		return nil
	case indent > 0:
		return p.parseField(indent/4, trimmed)
	case p.def.name == "":
		return p.parseTitle(trimmed)
	}
	word, rest, _ := strings.Cut(trimmed, " ")
	switch word {
	case "in":
		release, versions, _ := strings.Cut(rest, " ")
		v, err := ParseVersions(versions)
		p.def.releases = append(p.def.releases, Release{release, v})
		return err
	case "unstable":
		var err error
		p.def.unstable, err = ParseVersions(rest)
		return err
	case "request", "value":
		return p.parseSection(Request, rest)
	case "response":
		return p.parseSection(Response, rest)
	}
	return errors.New("a line begins with in, unstable, request, response, value or a field's indentation, not " + word)
}

func (p *parser) parseTitle(line string) error {
	words := strings.Fields(line)
	if len(words) < 2 {
		return errors.New("the first line is a name and a key")
	}
	p.def.name = words[0]
	if len(words) > 2 {
		p.def.kind = words[2]
	}
	if words[1] == "-" {
		return nil
	}
	key, err := strconv.ParseInt(words[1], 10, 16)
	p.def.key = int16(key)
	return err
}

func (p *parser) parseSection(d Direction, rest string) error {
	versions, flexible, _ := strings.Cut(rest, ", flexible ")
	s := &section{}
	var err error
	if s.versions, err = ParseVersions(versions); err != nil {
		return err
	}
	if s.flexible, err = ParseVersions(flexible); err != nil {
		return err
	}
	p.def.sections[d] = s
	p.open = append(p.open[:0], level{&s.fields, s.versions})
	return nil
}

func (p *parser) parseField(depth int, line string) error {
	if depth < 1 || depth > len(p.open) {
		return errors.New("a field's indentation does not fit the line above")
	}
	at := p.open[depth-1]
	name, rest := word(line)
	f := field{name: name, versions: at.versions}
	kind, rest := word(rest)
	if err := f.parseType(kind); err != nil {
		return err
	}
	if rest != "" && rest[0] >= '0' && rest[0] <= '9' {
		var versions string
		versions, rest = word(rest)
		v, err := ParseVersions(versions)
		if err != nil {
			return err
		}
		f.versions &= v
	}
	for rest != "" {
		var attribute string
		attribute, rest = cutAttribute(rest)
		if err := f.parseAttribute(attribute); err != nil {
			return err
		}
	}
	if strings.HasSuffix(kind, "?") {
		f.nullable = f.versions
	}
	*at.fields = append(*at.fields, f)
	p.open = append(p.open[:depth], level{&(*at.fields)[len(*at.fields)-1].fields, f.versions})
	return nil
}

// word cuts the first word off a line.
func word(line string) (first, rest string) {
	first, rest, _ = strings.Cut(line, " ")
	return first, strings.TrimLeft(rest, " ")
}

// cutAttribute cuts the first attribute off a list joined by commas, minding
// commas in quotes and in sets of versions ("tag 0 1-3,5+").
func cutAttribute(list string) (first, rest string) {
	quoted := false
	for i := 0; i < len(list); i++ {
		switch {
		case list[i] == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(list[i:], ", "):
			return list[:i], strings.TrimLeft(list[i+2:], " ")
		}
	}
	return list, ""
}

func (f *field) parseType(s string) error {
	s = strings.TrimSuffix(s, "?")
	element, array := strings.CutPrefix(s, "[]")
	f.array = array
	for k, name := range kindNames {
		if name == element && k != int(Array) {
			f.kind = Kind(k)
			return nil
		}
	}
	return errors.New("no such type: " + s)
}

func (f *field) parseAttribute(s string) error {
	what, rest, _ := strings.Cut(s, " ")
	var err error
	switch what {
	case "tag":
		tag, versions, some := strings.Cut(rest, " ")
		n, e := strconv.ParseUint(tag, 10, 32)
		f.tag, f.tagged, err = uint32(n), f.versions, e
		if some && err == nil {
			f.tagged, err = ParseVersions(versions)
			f.tagged &= f.versions
		}
	case "nullable":
		f.nullable, err = ParseVersions(rest)
	case "flexible":
		f.rigid = true
		if rest != "none" {
			err = errors.New("a field's flexible is none or not stated")
		}
	case "default":
		f.deflt = rest
	case "is":
		err = f.parseMeaning(rest)
	default:
		err = errors.New("no such attribute: " + s)
	}
	return err
}

func (f *field) parseMeaning(s string) error {
	words := strings.Fields(s)
	if len(words) == 3 {
		f.sibling = words[2]
		switch words[1] {
		case "when":
			f.relation = When
		case "by":
			f.relation = By
		}
	}
	if len(words) != 1 && f.relation == Always {
		return errors.New("a meaning is one word, or: MEANING when SIBLING, MEANING by SIBLING: " + s)
	}
	if f.is = meaningNamed(words[0]); f.is == NoMeaning {
		return errors.New("no such meaning: " + s)
	}
	return nil
}

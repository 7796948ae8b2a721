package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// The types of Kafka's definitions and whether such a value can be null.
var nullableTypes = map[string]bool{
	"bool": false, "int8": false, "int16": false, "uint16": false, "int32": false, "uint32": false, "int64": false,
	"float64": false, "uuid": false, "string": true, "bytes": true, "records": true, "struct": true,
}

// What a definition file of Kafka may say. Every key is listed, so that one that
// is not is an error; those without effect on the layout are read and left.
type kafkaMessage struct {
	APIKey                *int          `json:"apiKey"`
	Type                  string        `json:"type"`
	Name                  string        `json:"name"`
	Listeners             []string      `json:"listeners"`
	ValidVersions         string        `json:"validVersions"`
	DeprecatedVersions    string        `json:"deprecatedVersions"`
	FlexibleVersions      string        `json:"flexibleVersions"`
	LatestVersionUnstable bool          `json:"latestVersionUnstable"`
	CommonStructs         []kafkaStruct `json:"commonStructs"`
	Fields                []kafkaField  `json:"fields"`
}

type kafkaStruct struct {
	Name     string       `json:"name"`
	Versions string       `json:"versions"`
	Fields   []kafkaField `json:"fields"`
}

type kafkaField struct {
	Name             string          `json:"name"`
	Type             string          `json:"type"`
	Versions         string          `json:"versions"`
	NullableVersions string          `json:"nullableVersions"`
	TaggedVersions   string          `json:"taggedVersions"`
	FlexibleVersions string          `json:"flexibleVersions"`
	Tag              json.RawMessage `json:"tag"`
	Default          json.RawMessage `json:"default"`
	EntityType       string          `json:"entityType"`
	About            string          `json:"about"`
	Ignorable        json.RawMessage `json:"ignorable"`
	MapKey           json.RawMessage `json:"mapKey"`
	ZeroCopy         json.RawMessage `json:"zeroCopy"`
	Fields           []kafkaField    `json:"fields"`
}

// readMessage reads one of Kafka's definition files. What it does not know, it
// refuses: a construct passed over would be a wrong layout.
func readMessage(text []byte) (*message, error) {
	decoder := json.NewDecoder(bytes.NewReader(stripComments(text)))
	decoder.DisallowUnknownFields()
	var k kafkaMessage
	if err := decoder.Decode(&k); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("more follows after the definition")
	}
	return k.resolve()
}

func (k *kafkaMessage) resolve() (*message, error) {
	m := &message{name: k.Name, kind: k.Type, key: -1, unstable: k.LatestVersionUnstable}
	if k.APIKey != nil {
		m.key = *k.APIKey
	}
	switch m.kind {
	case "request":
		m.name = strings.TrimSuffix(m.name, "Request")
	case "response":
		m.name = strings.TrimSuffix(m.name, "Response")
	case "header", "data", "metadata", "coordinator-key", "coordinator-value":
	default:
		return nil, fmt.Errorf("type %q is not known", m.kind)
	}
	var err error
	if m.versions, err = parseVersions(k.ValidVersions); err != nil || m.versions == 0 {
		return m, err
	}
	if m.flexible, err = parseVersions(k.FlexibleVersions); err != nil {
		return nil, err
	}
	m.flexible &= m.versions
	r := resolver{structs: map[string]*kafkaStruct{}, flexible: m.flexible}
	for i := range k.CommonStructs {
		r.structs[k.CommonStructs[i].Name] = &k.CommonStructs[i]
	}
	m.fields, err = r.fields(k.Fields, m.versions, nil)
	return m, err
}

// stripComments puts a space in place of // and /* */ comments, which JSON
// does not have.
func stripComments(text []byte) []byte {
	var out []byte
	quoted := false
	for len(text) > 0 {
		keep := 1
		switch {
		case quoted && text[0] == '\\':
			keep = min(2, len(text))
		case text[0] == '"':
			quoted = !quoted
		case quoted:
		case bytes.HasPrefix(text, []byte("//")):
			_, text, _ = bytes.Cut(text, []byte("\n"))
			out = append(out, ' ')
			continue
		case bytes.HasPrefix(text, []byte("/*")):
			_, text, _ = bytes.Cut(text[2:], []byte("*/"))
			out = append(out, ' ')
			continue
		}
		out = append(out, text[:keep]...)
		text = text[keep:]
	}
	return out
}

// resolver turns the fields of one definition file into ours.
type resolver struct {
	structs  map[string]*kafkaStruct
	flexible versions
	open     []string // the structs around the field at hand
}

func (r *resolver) fields(ks []kafkaField, around versions, path []string) ([]field, error) {
	var out []field
	for i := range ks {
		path := append(path, ks[i].Name)
		f, err := r.field(&ks[i], around, path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", strings.Join(path, "."), err)
		}
		if f.versions != 0 {
			out = append(out, *f)
		}
	}
	return out, nil
}

func (r *resolver) field(k *kafkaField, around versions, path []string) (*field, error) {
	if k.Name == "" {
		return nil, errors.New("a field has no name")
	}
	f := &field{name: strings.ToLower(k.Name[:1]) + k.Name[1:], meaning: k.EntityType}
	if err := r.readVersions(f, k, around); err != nil {
		return nil, err
	}
	if err := r.readType(f, k, path); err != nil {
		return nil, err
	}
	if f.nullable != 0 && !f.array && !nullableTypes[f.kind] {
		return nil, fmt.Errorf("%s cannot be null", f.kind)
	}
	switch k.FlexibleVersions {
	case "":
	case "none":
		f.rigid = true
	default:
		return nil, fmt.Errorf("flexibleVersions %q of a field is not known: only none", k.FlexibleVersions)
	}
	var err error
	f.deflt, err = defaultText(k.Default, f)
	return f, err
}

// readVersions reads the sets of versions. A field without versions has those
// in which it is tagged.
func (r *resolver) readVersions(f *field, k *kafkaField, around versions) (err error) {
	all := k.Versions
	if all == "" {
		all = k.TaggedVersions
	}
	if f.versions, err = parseVersions(all); err != nil {
		return err
	}
	f.versions &= around
	if k.NullableVersions != "" {
		if f.nullable, err = parseVersions(k.NullableVersions); err != nil {
			return err
		}
		f.nullable &= f.versions
	}
	if (k.TaggedVersions == "") != (k.Tag == nil) {
		return errors.New("tag and taggedVersions do not come together")
	}
	if k.Tag == nil {
		return nil
	}
	if f.tagged, err = parseVersions(k.TaggedVersions); err != nil {
		return err
	}
	if f.tagged &= f.versions; f.tagged&^r.flexible != 0 {
		return errors.New("tagged in a version that is not flexible")
	}
	if f.tag, err = strconv.Atoi(strings.Trim(string(k.Tag), `"`)); err != nil || f.tag < 0 {
		return fmt.Errorf("tag %s is no number", k.Tag)
	}
	return nil
}

func (r *resolver) readType(f *field, k *kafkaField, path []string) (err error) {
	name, array := strings.CutPrefix(k.Type, "[]")
	f.kind, f.array = name, array
	if _, known := nullableTypes[name]; known && name != "struct" {
		if len(k.Fields) > 0 {
			return fmt.Errorf("%s cannot have fields", name)
		}
		return nil
	}
	f.kind = "struct"
	members, around := k.Fields, f.versions
	if common := r.structs[name]; common != nil {
		if len(members) > 0 {
			return fmt.Errorf("common struct %s with fields of its own", name)
		}
		own, err := parseVersions(common.Versions)
		if err != nil {
			return err
		}
		members, around = common.Fields, around&own
	} else if len(members) == 0 {
		return fmt.Errorf("type %q is not known", k.Type)
	}
	if slices.Contains(r.open, name) {
		return fmt.Errorf("struct %s holds itself", name)
	}
	r.open = append(r.open, name)
	f.fields, err = r.fields(members, around, path)
	r.open = r.open[:len(r.open)-1]
	return err
}

// defaultText gives a default in the notation of the definition files, ""
// where it is the type's own. Kafka quotes most of its defaults; "null" in
// quotes is a null, while a bare null is the same as no default.
func defaultText(raw json.RawMessage, f *field) (string, error) {
	if raw == nil || string(raw) == "null" {
		return "", nil
	}
	text := string(raw)
	if raw[0] == '"' {
		if err := json.Unmarshal(raw, &text); err != nil {
			return "", err
		}
	}
	if text == "null" && (f.array || nullableTypes[f.kind]) {
		if f.nullable == 0 && f.versions != 0 {
			return "", errors.New("the default is null, which it cannot be")
		}
		return "null", nil
	}
	switch {
	case text == "":
		return "", nil
	case f.array:
	case f.kind == "bool":
		value, err := strconv.ParseBool(text)
		if err == nil && !value {
			text = ""
		}
		return text, err
	case strings.Contains(f.kind, "int"):
		return integerText(text, f.kind)
	case f.kind == "float64":
		value, err := strconv.ParseFloat(text, 64)
		if err != nil || value == 0 {
			return "", err
		}
		return strconv.FormatFloat(value, 'g', -1, 64), nil
	case f.kind == "string":
		return strconv.Quote(text), nil
	}
	return "", fmt.Errorf("default %q of %s is not known", text, f.typeName())
}

func integerText(text, kind string) (string, error) {
	value, err := strconv.ParseInt(text, 0, 64)
	if err != nil {
		return "", err
	}
	size, unsigned := strings.CutPrefix(kind, "uint")
	size = strings.TrimPrefix(size, "int")
	width, err := strconv.Atoi(size)
	if err != nil {
		return "", err
	}
	low, high := int64(-1)<<(width-1), int64(1)<<(width-1)-1
	if unsigned {
		low, high = 0, int64(1)<<width-1
	}
	if value < low || value > high {
		return "", fmt.Errorf("default %s does not fit %s", text, kind)
	}
	if value == 0 {
		return "", nil
	}
	return strconv.FormatInt(value, 10), nil
}

package main

import "fmt"

// message is one of Kafka's definition files, resolved: common structs stand
// where they are used, version sets are cut to those of what is around them.
type message struct {
	name     string // without Request or Response
	kind     string // request, response, header, data, metadata, coordinator-key or coordinator-value
	key      int    // the API key or the record's type, -1 where it has none
	versions versions
	flexible versions
	unstable bool // the newest version may still change
	fields   []field
}

// field is one field of a message, or one line of a definition file.
type field struct {
	name     string
	kind     string // of an array: of its elements; "struct" where it has fields
	array    bool
	versions versions
	nullable versions
	tagged   versions
	tag      int
	rigid    bool   // lengths are never compact, whatever the message's version says
	deflt    string // in the notation of the definition files, "" for the type's own
	meaning  string
	fields   []field
	comments []string // that stand above it in the definition file
}

// typeName gives the type as the definition files write it, without "?".
func (f *field) typeName() string {
	if f.array {
		return "[]" + f.kind
	}
	return f.kind
}

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
	d := definition{name: m.name, key: m.key, kind: m.definitionKind()}
	return d.subject()
}

func (m *message) definitionKind() string {
	if m.section() == "value" {
		return m.kind
	}
	return ""
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
	if d.kind == "" {
		return d.subject() + "-" + d.name
	}
	return d.subject()
}

// subject is that of the messages that the definition is made of.
func (d *definition) subject() string {
	switch d.kind {
	case "":
		return fmt.Sprintf("api/%03d", d.key)
	case "header":
		return "header/" + d.name
	case "payload":
		return "payload/" + d.name
	}
	return "record/" + d.name
}

// Package schematest holds lines of NDJSON in tests against the schema that
// package formats publishes.
package schematest

import (
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Schema is the schema, but that it takes no member that it does not name: as
// published it takes those that later versions add.
type Schema struct{ schema *jsonschema.Schema }

// New compiles what formats.Schema returns.
func New(t testing.TB, text string) *Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	closeObjects(doc.(map[string]any)["$defs"])
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return &Schema{s}
}

// closeObjects refuses further members wherever the schema names some.
func closeObjects(v any) {
	switch v := v.(type) {
	case map[string]any:
		_, object := v["properties"].(map[string]any)
		if _, open := v["additionalProperties"]; object && !open {
			v["additionalProperties"] = false
		}
		for _, inner := range v {
			closeObjects(inner)
		}
	case []any:
		for _, inner := range v {
			closeObjects(inner)
		}
	}
}

// Check says what is wrong with a line of NDJSON, nil for nothing.
func (s *Schema) Check(line string) error {
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
	if err != nil {
		return err
	}
	return s.schema.Validate(v)
}

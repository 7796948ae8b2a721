package formats

import (
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/kdump/kdump/codec"
)

// strictSchema compiles the schema so that it takes no member that it does
// not name. The schema as published takes those that later versions add.
func strictSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(Schema()))
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
	return s
}

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

func validate(t testing.TB, s *jsonschema.Schema, line string) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
	if err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%v\n%s", err, line)
	}
}

// The schema must refuse what is wrong, or the other tests hold nothing.
func TestSchemaRefuses(t *testing.T) {
	const head = `"time":"2026-11-22T13:53:01.000542Z","client":"10.0.0.7:53422","server":"10.0.0.2:9092","connection":"10.0.0.2:9092-10.0.0.7:53422-3"`
	s := strictSchema(t)
	validate(t, s, `{"type":"tls",`+head+`}`)
	for _, line := range []string{
		`{}`, `[]`,
		`{"type":"tsl",` + head + `}`,
		`{"type":"tls",` + head + `,"more":1}`,
		`{"type":"gap",` + head + `}`,
		`{"type":"gap",` + head + `,"direction":"request","sizeBytes":-1,"reason":""}`,
		`{"type":"tls",` + strings.Replace(head, ".000542Z", ".000Z", 1) + `}`,
		`{"type":"sasl",` + head + `,"request":{}}`,
		`{"type":"request",` + head + `,"requestHeader":{"requestApiKey":0,"requestApiVersion":0,"correlationId":0},"requestSizeBytes":1,"unanswered":"acks=0","request":{"records":[{"size":1}]}}`,
	} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Errorf("takes %s", line)
		}
	}
}

func TestEveryLayoutFitsTheSchema(t *testing.T) {
	s := strictSchema(t)
	everyLayout(t, func(_ *codec.API, l *codec.Layout) {
		for _, shape := range shapes {
			e := exchangeOf(t, synthetic(l, shape))
			for _, exact := range []bool{false, true} {
				validate(t, s, printed(t, Options{Format: NDJSON, Exact: exact}, e))
			}
		}
	})
}

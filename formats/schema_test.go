package formats

import (
	"strings"
	"testing"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/formats/schematest"
)

func strictSchema(t testing.TB) *schematest.Schema {
	t.Helper()
	return schematest.New(t, Schema())
}

func validate(t testing.TB, s *schematest.Schema, line string) {
	t.Helper()
	if err := s.Check(line); err != nil {
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
		if s.Check(line) == nil {
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

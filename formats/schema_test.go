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
	// of is a request with a batch of a magic that has these members besides.
	of := func(magic, members string) string {
		return `{"type":"request",` + head + `,"requestHeader":{"requestApiKey":0,"requestApiVersion":0,"correlationId":0},"requestSizeBytes":1,"unanswered":"acks=0",` +
			`"request":{"records":[{"lastOffset":1,"size":70,"magic":` + magic + `,"compresscodec":"none","crc":0,"isvalid":true,` + members + `}]}}`
	}
	const of2 = `"baseOffset":1,"count":1,"baseSequence":-1,"lastSequence":-1,"producerId":-1,"producerEpoch":-1,"partitionLeaderEpoch":-1,` +
		`"isTransactional":false,"isControl":false,"deleteHorizonMs":null,"timestampType":"CreateTime","maxTimestamp":1`
	s := strictSchema(t)
	for _, line := range []string{
		`{"type":"tls",` + head + `}`,
		of("0", `"records":[{"offset":1}]`),
		of("1", `"timestampType":"CreateTime","maxTimestamp":1,"records":[{"offset":1,"timestamp":1},{"offset":1,"timestamp":1,"isvalid":false}]`),
		of("2", of2+`,"records":[{"offset":1,"timestamp":1,"headers":[]}]`),
	} {
		validate(t, s, line)
	}
	for _, line := range []string{
		`{}`, `[]`,
		`{"type":"tsl",` + head + `}`,
		`{"type":"tls",` + head + `,"more":1}`,
		`{"type":"gap",` + head + `}`,
		`{"type":"gap",` + head + `,"direction":"request","sizeBytes":-1,"reason":""}`,
		`{"type":"tls",` + strings.Replace(head, ".000542Z", ".000Z", 1) + `}`,
		`{"type":"sasl",` + head + `,"request":{}}`,
		`{"type":"request",` + head + `,"requestHeader":{"requestApiKey":0,"requestApiVersion":0,"correlationId":0},"requestSizeBytes":1,"unanswered":"acks=0","request":{"records":[{"size":1}]}}`,
		of("1", `"timestampType":"CreateTime","maxTimestamp":1,"records":[{"offset":1,"timestamp":1,"isvalid":true}]`),
		of("2", of2+`,"records":[{"offset":1,"timestamp":1,"isvalid":false,"headers":[]}]`),
		of("0", `"timestampType":"CreateTime"`),
		of("0", `"maxTimestamp":1`),
		of("0", `"records":[{"offset":1,"timestamp":1}]`),
		of("0", `"records":[{"offset":1,"headers":[]}]`),
		of("1", `"maxTimestamp":1,"timestampType":"CreateTime","records":[{"offset":1,"timestamp":1,"headers":[]}]`),
		of("1", `"timestampType":"CreateTime","maxTimestamp":1,"records":[{"offset":1}]`),
		of("1", `"timestampType":"CreateTime","maxTimestamp":1,"producerId":1`),
		of("1", `"timestampType":"CreateTime"`),
		of("2", strings.Replace(of2, `"producerId":-1,`, "", 1)),
		of("2", of2+`,"records":[{"offset":1,"headers":[]}]`),
		of("2", of2+`,"records":[{"offset":1,"timestamp":1}]`),
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

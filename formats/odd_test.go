package formats

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kdump/kdump/decode"
)

// oddHeartbeat has a request whose lengths and number of tagged fields are in
// longer varints than they take. It can be read all the same.
func oddHeartbeat(t testing.TB) *decode.Exchange {
	e := heartbeat(t, 0)
	e.Request.Body.Bytes = []byte("\x82\x00g" + "\x00\x00\x00\x05" + "\x82\x00m" + "\x00" + "\x80\x00")
	return e
}

// Of each kind the first is told of, in JSON among the problems.
func TestOdditiesInJSON(t *testing.T) {
	var out bytes.Buffer
	p := New(&out, Options{Format: NDJSON})
	p.Exchange(oddHeartbeat(t))
	p.Exchange(heartbeat(t, 0))
	p.Exchange(oddHeartbeat(t))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	const want = heartbeatRequest + `,"response":{"throttleTimeMs":0,"errorCode":0},"problems":[` +
		`{"side":"request","path":"groupId","offset":0,"message":"the length is not written as Kafka does"},` +
		`{"side":"request","path":"","offset":11,"message":"the number of tagged fields is in a longer varint than it takes"}]}`
	lines := strings.Split(out.String(), "\n")
	for i, line := range lines[:3] {
		if has := strings.HasSuffix(line, want); has != (i != 1) {
			t.Errorf("line %d: %s\nwhich ends so: %v\n%s", i, line, has, want)
		}
	}
}

// In text they are no failures, and stand behind the fields.
func TestOdditiesInText(t *testing.T) {
	e := oddHeartbeat(t)
	if line := lineOf(t, e, Options{}); !strings.HasSuffix(line, "ok\n") {
		t.Error(line)
	}
	var out bytes.Buffer
	p := New(&out, Options{Verbose: true})
	p.Exchange(e)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	_, tree, _ := strings.Cut(out.String(), "\n")
	_, tree, _ = strings.Cut(tree, "\n")
	tree, _, _ = strings.Cut(tree, "  response")
	const want = `    groupId: "g"
    generationId: 5
    memberId: "m"
    groupInstanceId: null
    odd at groupId, offset 0: the length is not written as Kafka does
    odd, offset 11: the number of tagged fields is in a longer varint than it takes
`
	if diff := cmp.Diff(want, tree); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

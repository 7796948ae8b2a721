package decode

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// hiding is a sink that notes of what it is shown in hex whether it may hold a
// secret.
type hiding []string

func (h *hiding) note(what string, mayHide bool) {
	if mayHide {
		what += " hidden"
	}
	*h = append(*h, what)
}

func (h *hiding) Gap(*Gap)               {}
func (h *hiding) TLS(*TLS)               {}
func (h *hiding) Undecoded(u *Undecoded) { h.note("undecoded", u.MayHide) }
func (h *hiding) Exchange(e *Exchange) {
	if e.Request.Head != nil {
		h.note("request", e.Request.MayHide)
	}
	if e.Response.Head != nil {
		h.note("response", e.Response.MayHide)
	}
}

// TestMayHide has bytes that cannot be read: they are hidden where they may be
// of a secret, and only there.
func TestMayHide(t *testing.T) {
	beat, beaten := client(request(12, 0, 1, heartbeat)), server(response(1, heartbeatAnswer))
	rest := server(make([]byte, 40)) // of a response whose beginning is missing
	fetch := client(request(1, 4, 1, int32(-1), int32(500), int32(1), int32(1), int8(0), int32(0)))
	handshake, shaken := client(request(17, 1, 1, "PLAIN")), server(response(1, int16(0), int32(1), "PLAIN"))
	unknown := client(request(999, 1, 7))
	for _, test := range []struct {
		name  string
		start Start
		steps []step
		want  []string
	}{
		{"of responses that hold none", fresh, []step{beat, beaten, beat, lost(1, 10), rest}, []string{"undecoded"}},
		{"of responses with records", fresh, []step{fetch, lost(1, 10), rest}, []string{"undecoded hidden"}},
		{"of a login", fresh, []step{handshake, shaken, beat, lost(1, 10), rest}, []string{"undecoded hidden"}},
		{"behind a login that the capture lacks", joined(), []step{rest, beat, beaten, beat, beaten}, []string{"undecoded hidden"}},
		{"behind a request that is missing", fresh, []step{beat, beaten, lost(0, 35), server(response(9, heartbeatAnswer))}, []string{"response hidden"}},
		{"to a request that never was", fresh, []step{beat, beaten, server(response(9, heartbeatAnswer))}, []string{"response"}},
		{"of a request behind one that is missing", fresh, []step{beat, beaten, lost(0, 35), client(make([]byte, 40)), beat, beaten}, []string{"undecoded hidden"}},
		{"of an API that is not known", fresh, []step{beat, beaten, unknown}, []string{"request"}},
		{"of an API that is not known, before any that is", joined(), []step{handshake, shaken, unknown}, []string{"request hidden"}},
		{"of a frame that is too short", fresh, []step{beat, beaten, client(framed(int32(0)))}, []string{"undecoded"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got hiding
			play(New(&got, Options{}), test.start, 1<<20, append(test.steps, closed("closed"))...)
			if diff := cmp.Diff(test.want, []string(got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

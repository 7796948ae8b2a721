package decode

import (
	"encoding/base64"
	"testing"
)

func token(parts ...any) []byte { return framed(parts...) }

// saslBytes is the body of SaslAuthenticate v0.
func saslBytes(token string) []byte { return bytesOf(int32(len(token)), []byte(token)) }

// saslAnswer is the body of its response.
func saslAnswer(code int16, token string) []byte {
	return bytesOf(code, int16(-1), int32(len(token)), []byte(token))
}

func TestSASL(t *testing.T) {
	handshake := func(version int16, mechanism string) []byte { return request(17, version, 1, mechanism) }
	handshakeAnswer := response(1, int16(0), int32(0))
	ask := request(12, 0, 2, heartbeat)
	jwt := "n,,\x01auth=Bearer " + base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." +
		base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"dave"}`)) + ".\x01\x01"
	kerberos := bytesOf([]byte{0x60, 10, 6, 8, 1, 2, 3, 4, 5, 6, 7, 8})

	tests := []struct {
		name  string
		steps []step
		want  []string
	}{
		{"raw PLAIN", []step{client(handshake(0, "PLAIN")), server(handshakeAnswer), client(token([]byte("\x00alice\x00secret"))), server(token()), client(ask), closed("closed")},
			[]string{
				`whole | SaslHandshake v0 request 19@1-1 #1 "me":0005504c41494e | SaslHandshake v0 response 10@2-2 #1:000000000000 {PLAIN} {SASL_PLAINTEXT}`,
				`sasl | ? 13@3-3 #0 "":00616c69636500736563726574 | ? 0@4-4 #0: {PLAIN} {SASL_PLAINTEXT} {User:alice}`,
				`request | Heartbeat v0 request 31@5-5 #2 "me":000567726f75700000000100066d656d626572 {connection closed} {SASL_PLAINTEXT} {User:alice}`}},
		{"raw PLAIN that fails", []step{client(handshake(0, "PLAIN")), server(handshakeAnswer), client(token([]byte("\x00alice\x00wrong"))), closed("closed")},
			[]string{
				`whole | SaslHandshake v0 request 19@1-1 #1 "me":0005504c41494e | SaslHandshake v0 response 10@2-2 #1:000000000000 {PLAIN} {SASL_PLAINTEXT}`,
				`sasl | ? 12@3-3 #0 "":00616c6963650077726f6e67 {connection closed} {PLAIN} {SASL_PLAINTEXT}`}},
		{"raw SCRAM, a user with a comma", []step{client(handshake(0, "SCRAM-SHA-256")), server(handshakeAnswer),
			client(token([]byte("n,,n=a=2Cb,r=1"))), server(token([]byte("r=12"))), client(token([]byte("c=biws"))), server(token([]byte("v=x"))), client(ask), closed("closed")},
			[]string{
				`whole | SaslHandshake v0 request 27@1-1 #1 "me":000d534352414d2d5348412d323536 | SaslHandshake v0 response 10@2-2 #1:000000000000 {SCRAM-SHA-256} {SASL_PLAINTEXT}`,
				`sasl | ? 14@3-3 #0 "":6e2c2c6e3d613d3243622c723d31 | ? 4@4-4 #0:723d3132 {SCRAM-SHA-256} {SASL_PLAINTEXT}`,
				`sasl | ? 6@5-5 #0 "":633d62697773 | ? 3@6-6 #0:763d78 {SCRAM-SHA-256} {SASL_PLAINTEXT} {User:a,b}`,
				`request | Heartbeat v0 request 31@7-7 #2 "me":000567726f75700000000100066d656d626572 {connection closed} {SASL_PLAINTEXT} {User:a,b}`}},
		{"GSSAPI, whose end only what follows tells", []step{client(handshake(0, "GSSAPI")), server(handshakeAnswer),
			client(token(kerberos)), server(token([]byte{0x60})), client(token()), server(token([]byte{5, 4})), client(token([]byte{5, 4})), server(token()), client(ask), closed("closed")},
			[]string{
				`whole | SaslHandshake v0 request 20@1-1 #1 "me":0006475353415049 | SaslHandshake v0 response 10@2-2 #1:000000000000 {GSSAPI} {SASL_PLAINTEXT}`,
				`sasl | ? 12@3-3 #0 "":600a06080102030405060708 | ? 1@4-4 #0:60 {GSSAPI} {SASL_PLAINTEXT}`,
				`sasl | ? 0@5-5 #0 "": | ? 2@6-6 #0:0504 {GSSAPI} {SASL_PLAINTEXT}`,
				`sasl | ? 2@7-7 #0 "":0504 | ? 0@8-8 #0: {GSSAPI} {SASL_PLAINTEXT}`,
				`request | Heartbeat v0 request 31@9-9 #2 "me":000567726f75700000000100066d656d626572 {connection closed} {SASL_PLAINTEXT}`}},
		{"GSSAPI without a handshake", []step{client(token(kerberos)), server(token([]byte{0x60})), client(ask), closed("closed")},
			[]string{
				`sasl | ? 12@1-1 #0 "":600a06080102030405060708 | ? 1@2-2 #0:60 {GSSAPI} {SASL_PLAINTEXT}`,
				`request | Heartbeat v0 request 31@3-3 #2 "me":000567726f75700000000100066d656d626572 {connection closed} {SASL_PLAINTEXT}`}},
		{"a mechanism that the broker lacks", []step{client(handshake(0, "X")), server(response(1, int16(33), int32(1), "PLAIN")), client(ask), closed("closed")},
			[]string{
				`whole | SaslHandshake v0 request 15@1-1 #1 "me":000158 | SaslHandshake v0 response 17@2-2 #1:0021000000010005504c41494e {X} {SASL_PLAINTEXT}`,
				`request | Heartbeat v0 request 31@3-3 #2 "me":000567726f75700000000100066d656d626572 {connection closed} {SASL_PLAINTEXT}`}},
		{"in SaslAuthenticate, twice", []step{client(handshake(1, "OAUTHBEARER")), server(handshakeAnswer),
			client(request(36, 0, 3, saslBytes(jwt))), server(response(3, saslAnswer(0, ""))),
			client(request(17, 1, 4, "PLAIN")), server(response(4, int16(0), int32(0))),
			client(request(36, 0, 5, saslBytes("\x00erin\x00pw"))), server(response(5, saslAnswer(0, ""))), closed("closed")},
			[]string{
				`whole | SaslHandshake v1 request 25@1-1 #1 "me":000b4f41555448424541524552 | SaslHandshake v1 response 10@2-2 #1:000000000000 {OAUTHBEARER} {SASL_PLAINTEXT}`,
				`whole | SaslAuthenticate v0 request ` + `74@3-3 #3 "me":` + hex(saslBytes(jwt)) + ` | SaslAuthenticate v0 response 12@4-4 #3:0000ffff00000000 {OAUTHBEARER} {SASL_PLAINTEXT} {User:dave}`,
				`whole | SaslHandshake v1 request 19@5-5 #4 "me":0005504c41494e | SaslHandshake v1 response 10@6-6 #4:000000000000 {PLAIN} {SASL_PLAINTEXT} {User:dave}`,
				`whole | SaslAuthenticate v0 request 24@7-7 #5 "me":000000080065` + `72696e007077 | SaslAuthenticate v0 response 12@8-8 #5:0000ffff00000000 {PLAIN} {SASL_PLAINTEXT} {User:erin}`}},
		{"refused in SaslAuthenticate", []step{client(handshake(1, "PLAIN")), server(handshakeAnswer),
			client(request(36, 0, 3, saslBytes("\x00eve\x00x"))), server(response(3, saslAnswer(58, ""))), closed("closed")},
			[]string{
				`whole | SaslHandshake v1 request 19@1-1 #1 "me":0005504c41494e | SaslHandshake v1 response 10@2-2 #1:000000000000 {PLAIN} {SASL_PLAINTEXT}`,
				`whole | SaslAuthenticate v0 request 22@3-3 #3 "me":000000060065766500` + `78 | SaslAuthenticate v0 response 12@4-4 #3:003affff00000000 {PLAIN} {SASL_PLAINTEXT}`}},
		{"refused where no login is wanted", []step{client(handshake(1, "PLAIN")), server(response(1, int16(34), int32(0))),
			client(request(36, 0, 3, saslBytes("\x00eve\x00x"))), server(response(3, saslAnswer(34, ""))), client(ask), closed("closed")},
			[]string{
				`whole | SaslHandshake v1 request 19@1-1 #1 "me":0005504c41494e | SaslHandshake v1 response 10@2-2 #1:002200000000 {PLAIN}`,
				`whole | SaslAuthenticate v0 request 22@3-3 #3 "me":000000060065766500` + `78 | SaslAuthenticate v0 response 12@4-4 #3:0022ffff00000000 {PLAIN}`,
				`request | Heartbeat v0 request 31@5-5 #2 "me":000567726f75700000000100066d656d626572 {connection closed} {PLAINTEXT} {User:ANONYMOUS}`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { check(t, Options{}, fresh, test.want, test.steps...) })
	}
}

func TestUsers(t *testing.T) {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	tests := []struct{ name, mechanism, token, want string }{
		{"PLAIN", "PLAIN", "\x00alice\x00pw", "alice"},
		{"PLAIN with someone to act as", "PLAIN", "root\x00alice\x00pw", "alice"},
		{"PLAIN with a zero byte in the password", "PLAIN", "\x00alice\x00p\x00w", "alice"},
		{"PLAIN without a password", "PLAIN", "\x00alice", ""},
		{"SCRAM", "SCRAM-SHA-512", "n,,n=bob,r=abc", "bob"},
		{"SCRAM with someone to act as", "SCRAM-SHA-512", "n,a=root,n=bob,r=abc", "bob"},
		{"SCRAM with an equals sign", "SCRAM-SHA-512", "n,,n=b=3Db,r=abc", "b=b"},
		{"SCRAM with a delegation token", "SCRAM-SHA-512", "n,,n=tokenid,r=abc,tokenauth=true", ""},
		{"SCRAM, nothing", "SCRAM-SHA-512", "", ""},
		{"a bearer token without signature", "OAUTHBEARER", "n,,\x01auth=Bearer " + part(`{}`) + "." + part(`{"sub":"x"}`) + ".\x01\x01", "x"},
		{"a bearer token with signature", "OAUTHBEARER", "n,,\x01auth=Bearer " + part(`{}`) + "." + part(`{"sub":"x"}`) + ".AAAA\x01\x01", ""},
		{"a bearer token that is none", "OAUTHBEARER", "n,,\x01auth=Bearer ?.?.\x01\x01", ""},
		{"no bearer token", "OAUTHBEARER", "\x01", ""},
		{"a mechanism that hides its users", "GSSAPI", "\x00alice\x00pw", ""},
	}
	for _, test := range tests {
		s := sasl{mechanism: test.mechanism}
		s.clientToken([]byte(test.token))
		if s.user != test.want {
			t.Errorf("%s: got %q, want %q", test.name, s.user, test.want)
		}
	}
}

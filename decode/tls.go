package decode

import "encoding/binary"

// The types of TLS that are looked for (RFC 8446, sections 4 and 5.1, and RFC
// 6066, RFC 7301).
const (
	tlsChangeCipherSpec = 20
	tlsHandshake        = 22
	tlsApplicationData  = 23
	tlsClientHello      = 1
	tlsServerHello      = 2
	tlsServerName       = 0
	tlsALPN             = 16
	tlsVersions         = 43

	tlsRecordHeader    = 5
	tlsHandshakeHeader = 4
	tlsMaxRecord       = 1<<14 + 256
	tlsRandom          = 32
)

// looksLikeTLS judges whether a TLS record begins at b.
func looksLikeTLS(b []byte) verdict {
	switch {
	case len(b) == 0:
		return more
	case b[0] < tlsChangeCipherSpec || b[0] > tlsApplicationData:
		return no
	case len(b) > 1 && b[1] != 3, len(b) > 2 && b[2] > 4:
		return no
	case len(b) < tlsRecordHeader:
		return more
	}
	if size := binary.BigEndian.Uint16(b[3:]); size == 0 || size > tlsMaxRecord {
		return no
	}
	return yes
}

// handshake is the phase of a connection that began with TLS: it waits for
// the version that the server chooses.
type handshake struct {
	stream *Stream
	client int
	hello  TLS
}

func newHandshake(s *Stream, start Start, client int, time int64, hello TLS) *handshake {
	c := &Connection{Number: start.Number, Client: start.A, Server: start.B, Nanoseconds: start.Nanoseconds}
	if client == 1 {
		c.Client, c.Server = c.Server, c.Client
	}
	hello.Connection, hello.Time = c, time
	return &handshake{stream: s, client: client, hello: hello}
}

func (h *handshake) data(dir int, time int64, b []byte) {
	if dir == h.client {
		return
	}
	if version := readServerHello(b); version != "" {
		h.hello.Version = version
	}
	h.end(time, "")
}

func (h *handshake) gap(_ int, time, _ int64, reason string) { h.end(time, reason) }

func (h *handshake) end(int64, string) {
	h.stream.decoder.sink.TLS(&h.hello)
	h.stream.phase = passed{}
}

// tlsReader takes a message apart. It ends early rather than fail.
type tlsReader []byte

func (r *tlsReader) take(n int) tlsReader {
	n = min(n, len(*r))
	b := (*r)[:n]
	*r = (*r)[n:]
	return b
}

// number reads an unsigned number of n bytes.
func (r *tlsReader) number(n int) int {
	v := 0
	for _, b := range r.take(n) {
		v = v<<8 | int(b)
	}
	return v
}

// vector reads what has its length in front, in n bytes.
func (r *tlsReader) vector(n int) tlsReader { return r.take(r.number(n)) }

// handshakeMessage gives the handshake message of a type at the start of b.
func handshakeMessage(b []byte, kind byte) (message tlsReader, v verdict) {
	if len(b) < tlsRecordHeader+tlsHandshakeHeader {
		return nil, more
	}
	if b[0] != tlsHandshake || b[tlsRecordHeader] != kind {
		return nil, no
	}
	size := int(binary.BigEndian.Uint16(b[3:]))
	if len(b) < tlsRecordHeader+size {
		return nil, more
	}
	record := tlsReader(b[tlsRecordHeader+1 : tlsRecordHeader+size])
	return record.vector(3), yes
}

// readClientHello reads the hello that a TLS connection begins with.
func readClientHello(b []byte) (TLS, verdict) {
	var hello TLS
	r, v := handshakeMessage(b, tlsClientHello)
	if v != yes {
		return hello, v
	}
	highest := r.number(2)
	r.take(tlsRandom)
	r.vector(1) // session id
	r.vector(2) // cipher suites
	r.vector(1) // compression methods
	for extensions := r.vector(2); len(extensions) > 0; {
		kind := extensions.number(2)
		content := extensions.vector(2)
		switch kind {
		case tlsServerName:
			hello.ServerName = readServerName(content)
		case tlsALPN:
			for names := content.vector(2); len(names) > 0; {
				hello.ALPN = append(hello.ALPN, string(names.vector(1)))
			}
		case tlsVersions:
			for versions := content.vector(1); len(versions) > 0; {
				if v := versions.number(2); tlsVersion(v) != "" {
					highest = max(highest, v)
				}
			}
		}
	}
	hello.Version = tlsVersion(highest)
	return hello, yes
}

func readServerName(content tlsReader) string {
	names := content.vector(2)
	const hostName = 0
	if names.number(1) != hostName {
		return ""
	}
	return string(names.vector(2))
}

// readServerHello gives the version that a server chose, "" where its hello
// is not at hand.
func readServerHello(b []byte) string {
	r, v := handshakeMessage(b, tlsServerHello)
	if v != yes {
		return ""
	}
	version := r.number(2)
	r.take(tlsRandom)
	r.vector(1) // session id
	r.take(3)   // cipher suite, compression method
	for extensions := r.vector(2); len(extensions) > 0; {
		kind := extensions.number(2)
		content := extensions.vector(2)
		if kind == tlsVersions {
			version = content.number(2)
		}
	}
	return tlsVersion(version)
}

// tlsVersion gives the name of a version, "" for those that are none.
func tlsVersion(v int) string {
	switch v {
	case 0x0300:
		return "SSL 3.0"
	case 0x0301:
		return "TLS 1.0"
	case 0x0302:
		return "TLS 1.1"
	case 0x0303:
		return "TLS 1.2"
	case 0x0304:
		return "TLS 1.3"
	}
	return ""
}

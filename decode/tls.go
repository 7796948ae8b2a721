package decode

import (
	"encoding/binary"
	"slices"
)

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
	maxHelloRecords    = 16 // that a hello is put together of
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

// nextRecordEnd says how many bytes there are when the first of the records in
// b that is not whole is.
func nextRecordEnd(b []byte) int {
	at := 0
	for len(b)-at >= tlsRecordHeader {
		end := at + tlsRecordHeader + int(binary.BigEndian.Uint16(b[at+3:]))
		if end > len(b) {
			return end
		}
		at = end
	}
	return at + tlsRecordHeader
}

// handshake is the phase of a connection that began with TLS: it waits for
// the version that the server chooses.
type handshake struct {
	stream *Stream
	client int
	hello  TLS
	answer []byte // the server's, as long as its hello is not whole
}

// maxServerHello bounds the bytes of a server's that are kept until its hello
// is whole.
const maxServerHello = 4 << 10

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
	answer := b
	if h.answer != nil {
		answer = slices.Concat(h.answer, b)
	}
	version, v := readServerHello(answer)
	if v == more && h.keep(answer) {
		return
	}
	if version != "" {
		h.hello.Version = version
	}
	h.end(time, "")
}

// keep keeps what there is of the server's answer, and reports whether it may.
func (h *handshake) keep(answer []byte) bool {
	d := h.stream.decoder
	n := len(answer) - len(h.answer)
	if len(answer) > maxServerHello || d.held+n > d.opt.MaxHeld {
		return false
	}
	d.held += n
	h.answer = append(h.answer, answer[len(h.answer):]...)
	return true
}

func (h *handshake) gap(dir int, time, _ int64, reason string) {
	if dir != h.client {
		h.end(time, reason)
	}
}

func (h *handshake) end(int64, string) {
	h.stream.decoder.held -= len(h.answer)
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

// handshakeMessage gives the handshake message of a type at the start of b,
// as far as it is there. It may go on in further records.
func handshakeMessage(b []byte, kind byte) (message tlsReader, v verdict) {
	var content []byte
	for records := 0; looksLikeTLS(b) == yes; records++ {
		size := int(binary.BigEndian.Uint16(b[3:]))
		part := b[tlsRecordHeader:min(len(b), tlsRecordHeader+size)]
		if content == nil {
			content = part[:len(part):len(part)]
		} else {
			content = append(content, part...)
		}
		if b[0] != tlsHandshake || len(content) > 0 && content[0] != kind || records == maxHelloRecords {
			return nil, no
		}
		if len(content) >= tlsHandshakeHeader {
			r := tlsReader(content[1:])
			if size := r.number(3); size <= len(r) {
				return r[:size], yes
			}
			message = r
		}
		if len(part) < size {
			return message, more
		}
		b = b[tlsRecordHeader+size:]
	}
	if looksLikeTLS(b) == no {
		return nil, no
	}
	return message, more
}

// readClientHello reads the hello that a TLS connection begins with, as far as
// it is there. Of one that is not whole only what the client says in words is
// known: the highest of the versions that it lists.
func readClientHello(b []byte) (TLS, verdict) {
	var hello TLS
	r, v := handshakeMessage(b, tlsClientHello)
	if v == no {
		return hello, no
	}
	highest := r.number(2)
	if v == more {
		highest = 0
	}
	r.take(tlsRandom)
	r.vector(1) // session id
	r.vector(2) // cipher suites
	r.vector(1) // compression methods
	for r.number(2); len(r) > 0; {
		kind := r.number(2)
		size := r.number(2)
		if size > len(r) {
			break
		}
		switch content := r.take(size); kind {
		case tlsServerName:
			hello.ServerName = readServerName(content)
		case tlsALPN:
			hello.ALPN = readALPN(content)
		case tlsVersions:
			for versions := content.vector(1); len(versions) > 0; {
				if v := versions.number(2); tlsVersion(v) != "" {
					highest = max(highest, v)
				}
			}
		}
	}
	hello.Version = tlsVersion(highest)
	return hello, v
}

// readALPN reads the names of protocols, as many as are noted.
func readALPN(content tlsReader) (names []string) {
	noted := 0
	for list := content.vector(2); len(list) > 0; {
		name := list.vector(1)
		if noted += len(name); noted > maxNoted {
			break
		}
		names = append(names, string(name))
	}
	return names
}

func readServerName(content tlsReader) string {
	names := content.vector(2)
	const hostName = 0
	if names.number(1) != hostName {
		return ""
	}
	return string(noted(names.vector(2)))
}

// readServerHello gives the version that a server chose, "" where its hello
// is not at hand.
func readServerHello(b []byte) (string, verdict) {
	r, v := handshakeMessage(b, tlsServerHello)
	if v != yes {
		return "", v
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
	return tlsVersion(version), yes
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

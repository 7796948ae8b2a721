package decode

import (
	"net/netip"

	"github.com/kdump/kdump/codec"
	"github.com/kdump/kdump/codec/records"
)

// Sink is told of what was seen, in the order in which it completes. What it
// is handed is valid during the call only.
type Sink interface {
	Exchange(*Exchange)
	Gap(*Gap)
	Undecoded(*Undecoded)
	TLS(*TLS)
}

// Connection is one TCP connection that carries Kafka, or is taken to.
type Connection struct {
	Number         int // in order of appearance in the capture, from 1
	Client, Server netip.AddrPort
	Nanoseconds    bool // its times are finer than microseconds

	SecurityProtocol string // as Kafka names it: PLAINTEXT, SASL_PLAINTEXT; "" where not known yet
	Principal        string // such as "User:billing"; "" where not known
	SoftwareName     string // of the client, from ApiVersions, at most 255 bytes of it; "" where not known
	SoftwareVersion  string
	Proxied          *Proxied // nil where no proxy said anything

	// LoggingIn says that no request was seen so far that a broker takes only
	// behind a login, where it wants one: what cannot be read may be a SASL
	// token.
	LoggingIn bool

	fetching fetchSession // as Filter follows it
}

// Proxied is what a proxy says, in front of a connection's own bytes, of the
// connection that it passes on (the PROXY protocol).
type Proxied struct {
	Version        int            // of the PROXY protocol
	Client, Server netip.AddrPort // not valid where the proxy does not say them, the connection being its own
}

// Kind says which parts of an exchange were seen.
type Kind uint8

// The kinds of exchanges.
const (
	Whole        Kind = iota // request and response
	RequestOnly              // acks=0, or never answered
	ResponseOnly             // its request was not seen, or is not certain
	RawSasl                  // tokens without a Kafka header, as SaslHandshake v0 has them follow; bodies are the tokens themselves
)

// Exchange is a request with its response.
type Exchange struct {
	Kind       Kind
	Connection *Connection
	Request    Message
	Response   Message
	// Unanswered says why there is no response: "acks=0", "connection closed",
	// "end of capture", that it may be among what the capture lacks, and the
	// like; "" where there is one.
	Unanswered string
	// Mechanism is the SASL mechanism, where Kind is RawSasl or the connection
	// is authenticating.
	Mechanism string
	// Names knows the topics of the topic ids seen so far.
	Names *Names
	// Forwarded is the exchange inside an Envelope, nil elsewhere.
	Forwarded *Exchange
}

// Header returns the request's header.
func (e *Exchange) Header() *codec.RequestHeader { return &e.Request.RequestHeader }

// Message is one side of an exchange.
type Message struct {
	Seen  bool
	First int64 // time of the packet with its first byte, nanoseconds since the Unix epoch
	Last  int64 // time of the packet with its last byte
	Size  int32 // the frame's size prefix

	RequestHeader  codec.RequestHeader  // of a request
	ResponseHeader codec.ResponseHeader // of a response

	// Layout is that of the body, nil where API or version is not known.
	Layout *codec.Layout
	// Body is what is at hand of the body.
	Body codec.Body
	// Batches are those of the records fields that were cut out of the body:
	// Batches[i] belongs to Body.Cuts[i]. Where Records are kept they are none.
	Batches [][]records.Batch
	// Records are the bytes of those fields, where they are kept: as many as
	// came, where Batches then says why there are no more.
	Records [][]byte
	// Parts are the records fields that are parts of streams, in their order.
	Parts []Part
	// Problem says why the body can not be read, where that was known before
	// it was walked: an unknown version, a hole. nil elsewhere.
	Problem error
	// Head is the first bytes of the frame behind its size prefix, at most 64,
	// kept only where the body can not be shown.
	Head []byte
	// MayHide says that, what was seen of the connection taken together, Head
	// may hold a secret, also where the header is not of an API that has some.
	MayHide bool
}

// Gap is bytes that the capture does not have.
type Gap struct {
	Connection *Connection
	Time       int64
	Response   bool  // which direction: the server's bytes
	Size       int64 // -1 where it cannot be known
	Reason     string
}

// Undecoded is bytes that are no message, or none whose header can be read.
type Undecoded struct {
	Connection *Connection
	Time       int64
	Response   bool
	Size       int64
	Err        string
	Head       []byte // the first bytes, at most 64
	MayHide    bool   // these may hold a secret
}

// TLS is a connection that turned out to be TLS.
type TLS struct {
	Connection *Connection
	Time       int64    // of the packet with the first byte of the client's hello
	ServerName string   // SNI, at most 255 bytes of it; "" where none was sent, or none was seen
	ALPN       []string // protocols offered, at most 255 bytes of them
	Version    string   // such as "TLS 1.3": the one chosen where the server's hello was seen, else the highest offered; "" where neither was
}

// Names knows the names of topic ids, learned from the traffic in packet order.
type Names struct {
	topics map[[16]byte]string
	size   int // bytes that they take
}

// metadataTopicID is the id of the topic in which KRaft keeps its metadata,
// the same in every cluster (Kafka's Uuid.METADATA_TOPIC_ID).
var metadataTopicID = [16]byte{15: 1}

// Topic returns the name of a topic id, "" where it is not known yet.
func (n *Names) Topic(id []byte) string {
	switch {
	case len(id) != 16:
		return ""
	case [16]byte(id) == metadataTopicID:
		return "__cluster_metadata"
	case n == nil:
		return ""
	}
	return n.topics[[16]byte(id)]
}

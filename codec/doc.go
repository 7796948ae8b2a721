// Package codec reads the Kafka protocol: every API, every version that was
// ever released, requests and responses, and the internal records of brokers.
//
// The protocol is data. Each API, header and record is one text file below
// definitions, which states its facts for all versions; definitions/README
// describes the notation. A definition and a version give a [Layout], the flat
// list of that version's fields, made once when first asked for. A [Walker]
// reads bytes by a layout and tells a [Visitor] of each value, without
// allocating. Whatever one wants of a message, its JSON, a summary, the topics
// it names, is a visitor.
//
// The package uses no reflection, goroutines or channels, and imports only
// small packages, so that it also serves in WebAssembly. Nothing that a peer
// sends makes it allocate or loop beyond what the bytes at hand can hold.
package codec

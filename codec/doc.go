// Package codec reads and writes the Kafka protocol: every API, every version
// that was ever released, requests and responses, and the internal records of
// brokers.
//
// The protocol is data. Each API, header and record is one text file below
// definitions, which states its facts for all versions; definitions/README
// describes the notation. A definition and a version give a [Layout], the flat
// list of that version's fields, made once when first asked for. A [Walker]
// reads bytes by a layout and tells a [Visitor] of each value, without
// allocating. Whatever one wants of a message, its JSON, a summary, the topics
// it names, is a visitor.
//
// To change a message, or to write a new one, there is the [Tree]: [Decode],
// [New] and [ParseJSON] make one, [AppendMessage] and [AppendFrame] write it.
// What is not changed is written as it was read, byte for byte, also where
// Kafka itself would have written it otherwise (see [Oddity]).
//
// The examples show the usual tasks: decoding a frame to JSON, walking a
// message for the topics it names ([Walker.Walk]), changing the addresses of
// brokers on their way through a proxy ([AppendMessage]), finding fields by
// what they mean in any message ([Meaning]), and what errors say ([Error]).
//
// The package uses no reflection, goroutines or channels, and imports only
// small packages, so that it also serves in WebAssembly. Nothing that a peer
// sends makes it allocate or loop beyond what the bytes at hand can hold.
package codec

// Package decode turns the bytes of TCP connections into Kafka's messages,
// and requests and responses into exchanges.
//
// It takes addresses, times, bytes and gaps, and knows nothing of packets.
// Bytes are read where they lie; only what must wait is copied. The same
// input always gives the same output, in the order in which things complete.
//
// # How sure it must be
//
// Nothing that is not Kafka may be shown as such, and no response as the answer
// to another's request. Kafka has no mark at its beginning, and the zeros and
// small numbers of its headers stand in many protocols: a header that looks
// right is believed nowhere. What tells more is a body that, read by its
// definition, fills its frame to the last byte; so that is what is asked for,
// and the less is known of where the bytes stand the more is asked for.
//
// A request reads well if its frame is no longer than 256 MiB, the API is known
// and so is the version, the client id is text, no string holds zeros or
// is no UTF-8, no array has more elements than bytes are left, no name is empty
// that clients never leave empty, and the body fills the frame. Where there are
// records, these must begin as batches do, and the rest of them need not be
// there. Of a body whose end is out of reach, 512 bytes must read well.
//
//   - A connection from its beginning. Clients speak first, so that one message
//     tells: the first bytes of the one that sent the SYN must be a request that
//     reads well. Only an ApiVersions, by which every client newer than this
//     program begins, may be of a newer version: it must begin as the newest
//     known does. The first message of GSSAPI tells of clients of Kafka 0.9.
//     What the server says is no sign, and once the client has begun with
//     something else the connection is passed over.
//   - A connection from its middle. Each piece that either side sends is tried
//     as a request. One that has an API key of 0 is no sign without records,
//     since responses begin with small numbers, too. Behind the beginning of a
//     piece, a request must also say whose it is, or another must follow. When
//     1024 pieces of each side were none, the connection is passed over. What
//     begins as HTTP is never Kafka, whatever its bodies hold. A preamble of the
//     PROXY protocol, or one of the ports that the user names, settles it.
//   - The next request behind a gap is one that reads well. One that another gap
//     cuts off is believed if it ends with the missing bytes and has the latest
//     request's client id, or has that and one of the next correlation ids.
//   - The next response behind a gap must have the correlation id of one of the
//     first 64 requests that wait, and read as the answer to it, by its API and
//     version; that is the strongest sign of all. A small one to id 0 is no more
//     than zeros. Any other small one must be a piece of its own, or what is
//     behind it may be the next, or nothing will come there: large ones have the
//     like in their middle. Failing that, a piece that is whole frames to its end
//     is taken for responses, whose requests are not known, if each has a
//     correlation id near the latest request's, or no large one where none was
//     seen.
//   - Where a message may begin whose end is not there yet, messages behind the
//     place are worth more: several in a row, or some that end where the bytes do.
//   - A gap of known size within a message leaves the next one's beginning
//     certain: nothing is searched.
//   - A response answers the first request that waits with its correlation id.
//     If messages were lost since that was sent, it must also read as its answer,
//     and as that of no other request with this id; or both are shown by
//     themselves.
//
// All of it takes a bounded number of looks at each byte: what a search would
// look at beyond that it passes over.
package decode

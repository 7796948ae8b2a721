package codec

import "encoding/binary"

// RequestHeader is what stands before every request. Slices are parts of the
// frame.
type RequestHeader struct {
	APIKey        int16
	APIVersion    int16
	CorrelationID int32
	ClientID      []byte // nil where it is null, or where header version 0 has none
	Version       int16  // of the header itself
	Size          int    // bytes of the header
	Tags          []byte // the tag section of header version 2, its count included
}

// fixedHeader is the part of a request's header that never changed: API key,
// API version and correlation id.
const fixedHeader = 8

// ReadRequestHeader reads the header at the start of a request's frame (its
// size prefix left out). An API or version that is not known is no error: its
// header is read as that of the newest one known, v1 for an unknown API. The
// error is an *Error; APIKey, APIVersion and CorrelationID are read wherever
// they are there.
func ReadRequestHeader(frame []byte) (RequestHeader, error) {
	var h RequestHeader
	if len(frame) < fixedHeader {
		return h, headerError(0, fixedHeader, len(frame), "the request's header ends")
	}
	h.APIKey = int16(binary.BigEndian.Uint16(frame))
	h.APIVersion = int16(binary.BigEndian.Uint16(frame[2:]))
	h.CorrelationID = int32(binary.BigEndian.Uint32(frame[4:]))
	h.Version = requestHeaderVersion(h.APIKey, h.APIVersion)
	h.Size = fixedHeader
	if h.Version == 0 {
		return h, nil
	}
	if err := h.readClientID(frame); err != nil || h.Version < 2 {
		return h, err
	}
	n, fault := tagSection(frame[h.Size:])
	if fault != nil {
		fault.Offset += h.Size
		return h, fault
	}
	h.Tags = frame[h.Size : h.Size+n]
	h.Size += n
	return h, nil
}

func requestHeaderVersion(key, version int16) int16 {
	api := APIByKey(key)
	if api == nil {
		return 1
	}
	if newest := api.Versions(Request).Max(); version > newest {
		version = newest
	}
	return api.RequestHeaderVersion(version)
}

// readClientID reads the client id, which has a length of two bytes in every
// version of the header (RequestHeader.json).
func (h *RequestHeader) readClientID(frame []byte) error {
	b := frame[h.Size:]
	if len(b) < 2 {
		return headerError(h.Size, 2, len(b), "the request's header ends before its client id")
	}
	h.Size += 2
	n := int(int16(binary.BigEndian.Uint16(b)))
	if n < 0 {
		return nil
	}
	if len(b)-2 < n {
		return headerError(h.Size, n, len(b)-2, "the request's header ends within its client id")
	}
	h.ClientID = b[2 : 2+n : 2+n]
	h.Size += n
	return nil
}

// ResponseHeader is what stands before every response.
type ResponseHeader struct {
	CorrelationID int32
	Size          int    // bytes of the header
	Tags          []byte // the tag section of header version 1, its count included
}

// ReadResponseHeader reads the header, of the given version, at the start of
// a response's frame (its size prefix left out). The error is an *Error;
// CorrelationID is read wherever it is there.
func ReadResponseHeader(frame []byte, version int16) (ResponseHeader, error) {
	var h ResponseHeader
	if len(frame) < 4 {
		return h, headerError(0, 4, len(frame), "the response's header ends")
	}
	h.CorrelationID = int32(binary.BigEndian.Uint32(frame))
	h.Size = 4
	if version < 1 {
		return h, nil
	}
	n, fault := tagSection(frame[4:])
	if fault != nil {
		fault.Offset += h.Size
		return h, fault
	}
	h.Tags = frame[4 : 4+n]
	h.Size += n
	return h, nil
}

// tagSection measures the tag section at the start of b.
func tagSection(b []byte) (size int, fault *Error) {
	count, n := Uvarint(b)
	if n <= 0 {
		return 0, varintError(0, n, b, "the header ends before its tags")
	}
	for ; count > 0; count-- {
		_, tag := Uvarint(b[n:])
		if tag <= 0 {
			return 0, varintError(n, tag, b, withinTags)
		}
		length, width := Uvarint(b[n+tag:])
		if width <= 0 {
			return 0, varintError(n+tag, width, b, withinTags)
		}
		n += tag + width
		if int64(length) > int64(len(b)-n) {
			return 0, headerError(n, needed(int64(length)), len(b)-n, withinTags)
		}
		n += int(length)
	}
	return n, nil
}

const withinTags = "the header ends within its tags"

// varintError says why a varint at an offset of b cannot be read, its width
// being what Uvarint has it: whether it is wrong or b ends.
func varintError(offset, width int, b []byte, ends string) *Error {
	have := len(b) - offset
	if width < 0 {
		return headerError(offset, -1, have, longVarint)
	}
	return headerError(offset, have+1, have, ends)
}

func headerError(offset, need, have int, reason string) *Error {
	return &Error{Offset: offset, Need: need, Have: have, Reason: reason}
}

// EnumName gives the API's name in Kafka's request log and in its ApiKeys
// class: LIST_OFFSETS for ListOffsets.
func (a *API) EnumName() string {
	b := make([]byte, 0, len(a.Name)+8)
	for i := 0; i < len(a.Name); i++ {
		c := a.Name[i]
		if c >= 'a' && c <= 'z' {
			b = append(b, c-'a'+'A')
			continue
		}
		if i > 0 {
			b = append(b, '_')
		}
		b = append(b, c)
	}
	return string(b)
}

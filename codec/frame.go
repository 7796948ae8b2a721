package codec

import (
	"encoding/binary"
	"math"
)

// framePrefix is the bytes of a frame's size, an int32 that does not count
// itself.
const framePrefix = 4

// CutFrame cuts the first frame off b and takes its size prefix away. Where b
// does not hold all of it, the error is an *Error that says how many bytes it
// needs.
func CutFrame(b []byte) (frame, rest []byte, err error) {
	if len(b) < framePrefix {
		return nil, b, headerError(0, framePrefix, len(b), "the frame ends before its size")
	}
	size := int32(binary.BigEndian.Uint32(b))
	if size < 0 {
		return nil, b, headerError(0, -1, len(b), "a frame's size below 0")
	}
	if there := len(b) - framePrefix; there < int(size) {
		return nil, b, headerError(framePrefix, int(size), there, "the frame ends")
	}
	end := framePrefix + int(size)
	return b[framePrefix:end:end], b[end:], nil
}

// AppendFrame appends a header and a body behind the size of both.
func AppendFrame(dst []byte, header, body *Tree) ([]byte, error) {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst, err := AppendMessage(dst, header)
	if err == nil {
		dst, err = AppendMessage(dst, body)
	}
	size := len(dst) - start - framePrefix
	if err == nil && size > math.MaxInt32 {
		err = &Error{Layout: body.layout, Offset: -1, Need: -1, Reason: tooMuch}
	}
	if err != nil {
		return dst[:start], err
	}
	binary.BigEndian.PutUint32(dst[start:], uint32(size))
	return dst, nil
}

// RequestHeaderLayout returns the layout of the header before a request.
func (a *API) RequestHeaderLayout(version int16) (*Layout, error) {
	return HeaderByName("RequestHeader").Layout(Request, a.RequestHeaderVersion(version))
}

// ResponseHeaderLayout returns the layout of the header before a response.
func (a *API) ResponseHeaderLayout(version int16) (*Layout, error) {
	return HeaderByName("ResponseHeader").Layout(Request, a.ResponseHeaderVersion(version))
}

// DecodeRequest decodes a request's frame, the size prefix left out. Where it
// returns an error, the trees hold what stands before the fault; a tree that
// was not come to is nil. The offset of an *Error counts from the start of the
// header or of the body, whichever its layout says.
func DecodeRequest(frame []byte) (header, body *Tree, err error) {
	h, err := ReadRequestHeader(frame)
	if len(frame) < fixedHeader {
		return nil, nil, err
	}
	layout, err := HeaderByName("RequestHeader").Layout(Request, h.Version)
	if err != nil {
		return nil, nil, err
	}
	return decodeFrame(frame, layout, APIByKey(h.APIKey), Request, h.APIVersion)
}

// DecodeResponse decodes the frame of a response to a request of that API and
// version, the size prefix left out, as DecodeRequest does. A broker answers
// an ApiVersions request of a version that it does not know in version 0.
func DecodeResponse(frame []byte, api *API, version int16) (header, body *Tree, err error) {
	layout, err := api.ResponseHeaderLayout(version)
	if err != nil {
		return nil, nil, err
	}
	return decodeFrame(frame, layout, api, Response, version)
}

// decodeFrame decodes a header and the body of an API, nil for one that is not
// known.
func decodeFrame(frame []byte, headers *Layout, api *API, d Direction, version int16) (header, body *Tree, err error) {
	if header, err = Decode(headers, frame); err != nil {
		return header, nil, err
	}
	rest := header.Trailing
	header.Trailing = nil
	if api == nil {
		return header, nil, &Error{Layout: headers, Path: "requestApiKey", Need: -1, Have: len(frame), Reason: "no API is known by this key"}
	}
	layout, err := api.Layout(d, version)
	if err != nil {
		return header, nil, err
	}
	body, err = Decode(layout, rest)
	return header, body, err
}

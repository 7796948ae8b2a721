package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kdump/kdump/codec"
)

// line is a line of input to decode --lines and encode --lines.
type line struct {
	APIKey     *int64          `json:"apiKey"`
	Record     string          `json:"record"`
	APIVersion *int64          `json:"apiVersion"`
	Type       string          `json:"type"`
	Body       *string         `json:"body"`
	JSON       json.RawMessage `json:"json"`
	Trailing   string          `json:"trailing"`
}

// eachLine writes, for each line of in, what answer appends for it.
func eachLine(s streams, in io.Reader, answer func(dst, line []byte) []byte) error {
	out := bufio.NewWriterSize(s.out, 64<<10)
	lines := bufio.NewReaderSize(flushBefore{in, out}, 64<<10)
	var text, dst []byte
	for {
		var ended error
		text, ended = readLine(lines, text[:0])
		if ended == nil || len(text) > 0 {
			dst = append(answer(dst[:0], text), '\n')
			out.Write(dst) // its error stays, and comes out of Flush
		}
		if ended == io.EOF {
			return flush(out)
		}
		if ended != nil {
			return ended
		}
	}
}

// flushBefore flushes the output before it waits for more input, so that
// whoever asks through a pipe gets each answer.
type flushBefore struct {
	io.Reader
	out *bufio.Writer
}

func (f flushBefore) Read(b []byte) (int, error) {
	if err := flush(f.out); err != nil {
		return 0, err
	}
	return f.Reader.Read(b)
}

func flush(out *bufio.Writer) error {
	if err := out.Flush(); err != nil {
		return fmt.Errorf("the output cannot be written: %w", err)
	}
	return nil
}

// readLine appends the next line, without its end, however long it is.
func readLine(r *bufio.Reader, dst []byte) ([]byte, error) {
	for {
		piece, err := r.ReadSlice('\n')
		dst = append(dst, piece...)
		if err != bufio.ErrBufferFull {
			return bytes.TrimSuffix(dst, []byte("\n")), err
		}
	}
}

// layouts finds the layouts that lines name. Records are read from their files
// when asked for, so those that came up are kept.
type layouts struct{ records map[string]*codec.API }

// parse reads a line and finds its layout.
func (l *layouts) parse(text []byte) (line, *codec.Layout, error) {
	var in line
	if len(bytes.TrimSpace(text)) == 0 {
		return in, nil, errors.New("the line is empty")
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return in, nil, lineError(err)
	}
	if in.APIVersion == nil {
		return in, nil, errors.New("the line has no apiVersion")
	}
	api, direction, err := l.find(&in)
	layout, err := layoutOf(api, direction, *in.APIVersion, err)
	return in, layout, err
}

// find finds what a line names.
func (l *layouts) find(in *line) (*codec.API, codec.Direction, error) {
	switch in.Type {
	case "request":
		api, err := apiOf(in)
		return api, codec.Request, err
	case "response":
		api, err := apiOf(in)
		return api, codec.Response, err
	case "requestHeader":
		return codec.HeaderByName("RequestHeader"), codec.Request, nil
	case "responseHeader":
		return codec.HeaderByName("ResponseHeader"), codec.Request, nil
	case "record":
		api, err := l.record(in.Record)
		return api, codec.Request, err
	}
	return nil, 0, fmt.Errorf("type is request, response, requestHeader, responseHeader or record, not %q", in.Type)
}

func apiOf(in *line) (*codec.API, error) {
	if in.APIKey == nil {
		return nil, errors.New("the line has no apiKey, which a " + in.Type + " must have")
	}
	if key := int16(*in.APIKey); int64(key) == *in.APIKey {
		if api := codec.APIByKey(key); api != nil {
			return api, nil
		}
	}
	return nil, unknownKey(*in.APIKey)
}

func (l *layouts) record(name string) (*codec.API, error) {
	if known := l.records[name]; known != nil {
		return known, nil
	}
	if name == "" {
		return nil, errors.New("the line has no record, the name of one")
	}
	record, err := findRecord(name)
	if err != nil {
		return nil, err
	}
	if l.records == nil {
		l.records = map[string]*codec.API{}
	}
	l.records[name] = record
	return record, nil
}

// syntaxFault is what is wrong at a place in a line.
type syntaxFault struct {
	error
	offset int
}

// lineError says what is wrong with a line in terms of the line, not of Go.
func lineError(err error) error {
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &kind) && kind.Field == "":
		return fmt.Errorf("the line is not a JSON object but a JSON %s", kind.Value)
	case errors.As(err, &kind):
		return fmt.Errorf("%s cannot be a JSON %s", kind.Field, kind.Value)
	case errors.As(err, &syntax):
		offset := int(syntax.Offset) // behind the byte that is wrong
		if syntax.Error() != "unexpected end of JSON input" {
			offset--
		}
		return syntaxFault{fmt.Errorf("the line is not JSON: %w", err), offset}
	}
	return fmt.Errorf("the line is not JSON: %w", err)
}

// lineDecoder turns lines with bytes into lines with JSON.
type lineDecoder struct {
	layouts
	json    codec.JSON
	body    []byte
	text    []byte
	encoded []byte
}

func newLineDecoder() *lineDecoder {
	return &lineDecoder{json: codec.JSON{Records: codec.RecordsBase64, UnknownTags: true}}
}

func (d *lineDecoder) decode(dst, text []byte) []byte {
	in, layout, err := d.parse(text)
	if err == nil && in.Body == nil {
		err = errors.New("the line has no body, the message's bytes in hex")
	}
	if err == nil {
		d.body, err = appendHex(d.body[:0], "body", *in.Body)
	}
	if err != nil {
		return append(appendError(append(dst, '{'), err), `,"json":{}}`...)
	}
	d.text, err = d.json.Append(d.text[:0], layout, codec.Body{Bytes: d.body})
	dst = append(dst, '{')
	if err != nil {
		dst = append(appendError(dst, err), ',')
	}
	dst = append(dst, `"json":`...)
	dst = append(dst, d.text...)
	if err == nil {
		dst = d.appendBeside(dst, layout)
	}
	return append(dst, '}')
}

// appendBeside appends what the message's JSON does not have.
func (d *lineDecoder) appendBeside(dst []byte, layout *codec.Layout) []byte {
	rest := d.json.Walker.Rest()
	if len(rest) > 0 {
		dst = appendHexMember(dst, `,"trailing":"`, rest)
	}
	if other, differs := d.reencoded(layout, d.text, d.body[:len(d.body)-len(rest)]); differs {
		dst = appendHexMember(dst, `,"reencoded":"`, other)
	}
	return dst
}

// reencoded gives the bytes that a message's JSON makes, and whether they
// differ from those that it was made of. JSON that makes none, for a string
// has become too long where it was not UTF-8, differs with no bytes.
func (d *lineDecoder) reencoded(layout *codec.Layout, text, body []byte) (other []byte, differs bool) {
	tree, err := codec.ParseJSON(layout, text)
	if err != nil {
		return nil, true
	}
	d.encoded, err = codec.AppendMessage(d.encoded[:0], tree)
	return d.encoded, err != nil || !bytes.Equal(d.encoded, body)
}

// lineEncoder turns lines with JSON into lines with bytes.
type lineEncoder struct {
	layouts
	body     []byte
	trailing []byte
}

func newLineEncoder() *lineEncoder { return new(lineEncoder) }

func (e *lineEncoder) encode(dst, text []byte) []byte {
	err := e.message(text)
	dst = append(dst, '{')
	if err != nil {
		dst = appendError(dst, err)
	} else {
		dst = appendHexMember(dst, `"body":"`, e.body)
	}
	return append(dst, '}')
}

// message makes the bytes of a line's message.
func (e *lineEncoder) message(text []byte) error {
	in, layout, err := e.parse(text)
	if err != nil {
		return err
	}
	if in.JSON == nil {
		return errors.New("the line has no json, the message")
	}
	if e.trailing, err = appendHex(e.trailing[:0], "trailing", in.Trailing); err != nil {
		return err
	}
	tree, err := codec.ParseJSON(layout, in.JSON)
	if err != nil {
		return err
	}
	tree.Trailing = e.trailing
	e.body, err = codec.AppendMessage(e.body[:0], tree)
	return err
}

// appendHex appends the bytes of what is called name and was read as
// hexadecimal digits.
func appendHex(dst []byte, name, digits string) ([]byte, error) {
	dst, err := hex.AppendDecode(dst, []byte(digits))
	wrong := strings.TrimLeft(digits, "0123456789abcdefABCDEF")
	switch {
	case wrong != "":
		r, _ := utf8.DecodeRuneInString(wrong)
		return dst, fmt.Errorf("%s is not hexadecimal: it has %q", name, r)
	case err != nil:
		return dst, fmt.Errorf("%s is not hexadecimal: it has %d digits, half a byte too few or too many", name, len(digits))
	}
	return dst, nil
}

func appendHexMember(dst []byte, key string, raw []byte) []byte {
	return append(hex.AppendEncode(append(dst, key...), raw), '"')
}

// appendError appends the member that says why a line came to nothing. The
// path and the offset are those of the fault in the message; of a line that is
// not JSON the offset is that in the line. Elsewhere they say nothing.
func appendError(dst []byte, err error) []byte {
	message, path, offset := err.Error(), "", 0
	var fault *codec.Error
	var syntax syntaxFault
	switch {
	case errors.As(err, &fault):
		message, path, offset = fault.Message(), fault.Path, max(0, fault.Offset)
		if fault.Layout != nil {
			message = fault.Layout.String() + ": " + message
		}
	case errors.As(err, &syntax):
		offset = syntax.offset
	}
	dst = codec.AppendJSONString(append(dst, `"error":{"message":`...), message)
	dst = codec.AppendJSONString(append(dst, `,"path":`...), path)
	dst = strconv.AppendInt(append(dst, `,"offset":`...), int64(offset), 10)
	return append(dst, '}')
}

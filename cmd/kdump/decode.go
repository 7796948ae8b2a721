package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/kdump/kdump/codec"
	"github.com/spf13/cobra"
)

func newDecode(s streams) *cobra.Command {
	var message messageFlags
	var lines, isHex, verbose bool
	cmd := &cobra.Command{
		Use:   "decode [flags] [FILE]",
		Short: "Turn the bytes of one message into JSON, or many",
		Long: `Turn the bytes of one message, without size and header, into JSON on one line,
as Kafka's own JsonConverter classes print it, but that records are there (in
base64), and tagged fields that nobody knows ("_unknownTaggedFields"). Without
FILE, or with "-", standard input is read. Nothing is withheld.

With -v it is a hex dump in place of JSON that says of all bytes what they are:
the offset (decimal), the bytes, the type, the field and its value.

With --lines, each line of input is an object that names a message, and each
line of output is what became of it, in order; a line that cannot be read is an
error in its place, and no failure.

  in   {"apiKey":1,"apiVersion":17,"type":"request","body":"<hex>"}
       "type" is request, response, requestHeader or responseHeader (apiVersion
       is then the header's), or
       {"record":"RegisterBrokerRecord","apiVersion":3,"type":"record","body":"<hex>"}
  out  {"json":{...}}, or
       {"error":{"message":"...","path":"...","offset":0},"json":{what stands before it}}
       (of a line that is not JSON the offset is that in the line; of one that
       names no message that can be read, path, offset and json say nothing)
       "trailing":"<hex>"   beside them: bytes left over behind the message
       "reencoded":"<hex>"  beside them: what encode makes of this JSON, where
                            that differs from body (long varints, explicit
                            defaults of tagged fields, strings not in UTF-8)`,
		Example: `  kdump decode --api Fetch --version 17 --response body.bin
  echo '00 01 67 00 00 00 07 00 01 6d' | kdump decode -v --hex --api Heartbeat --version 1 --request
  kdump decode --record RegisterBrokerRecord --version 3 record.bin
  kdump decode --lines < messages.ndjson`,
		Args: atMostOneFile,
		RunE: func(_ *cobra.Command, files []string) error {
			if lines {
				if message.given() || isHex || verbose {
					return errors.New("--lines goes alone: each line names its message and has its bytes in hex")
				}
				return withInput(s, files, func(in io.Reader) error { return eachLine(s, in, newLineDecoder().decode) })
			}
			layout, err := message.layout()
			if err != nil {
				return err
			}
			return withInput(s, files, func(in io.Reader) error { return decodeMessage(s, in, layout, isHex, verbose) })
		},
	}
	message.register(cmd)
	f := cmd.Flags()
	f.BoolVar(&isHex, "hex", false, "the input is hexadecimal; space, colons, commas and 0x do not matter")
	f.BoolVarP(&verbose, "verbose", "v", false, "a hex dump that says of all bytes what they are")
	f.BoolVar(&lines, "lines", false, "many messages: a JSON object a line in, one a line out")
	return cmd
}

// withInput has run read the named file, or standard input, and says on
// stderr why that failed.
func withInput(s streams, files []string, run func(io.Reader) error) error {
	in := s.in
	if len(files) > 0 && files[0] != "-" {
		f, err := os.Open(files[0])
		if err != nil {
			return report(s, err)
		}
		defer f.Close()
		in = f
	} else if isTerminal(s.in) {
		return errors.New("no FILE, and standard input is a terminal; name a file")
	}
	return report(s, run(in))
}

// report says on stderr why a command failed. That nobody reads its output any
// more is no failure.
func report(s streams, err error) error {
	if err == nil || errors.Is(err, syscall.EPIPE) {
		return nil
	}
	fmt.Fprintln(s.err, "kdump:", err)
	return errInput
}

// decodeMessage shows one message as JSON, or as a dump, up to the first fault.
func decodeMessage(s streams, in io.Reader, layout *codec.Layout, isHex, verbose bool) error {
	body, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	if isHex {
		if body, err = parseHex(body); err != nil {
			return err
		}
	}
	if verbose {
		return dump(s.out, layout, body)
	}
	d := newLineDecoder()
	text, fault := d.json.Append(nil, layout, codec.Body{Bytes: body})
	if _, err := s.out.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("the output cannot be written: %w", err)
	}
	if fault != nil {
		return fault
	}
	rest := d.json.Walker.Rest()
	if len(rest) > 0 {
		fmt.Fprintf(s.err, "kdump: %s left over behind the message: %x\n", count(int64(len(rest)), "byte"), rest)
	}
	if other, differs := d.reencoded(layout, text, body[:len(body)-len(rest)]); differs {
		fmt.Fprintf(s.err, "kdump: this JSON makes other bytes, as Kafka writes them: %x\n", other)
	}
	return nil
}

// parseHex reads hexadecimal digits as people have them in logs and dumps.
func parseHex(text []byte) ([]byte, error) {
	words := strings.FieldsFunc(string(text), func(r rune) bool { return strings.ContainsRune(" \t\r\n:,", r) })
	for i, word := range words {
		words[i] = strings.TrimPrefix(strings.TrimPrefix(word, "0x"), "0X")
	}
	return appendHex(nil, "the input", strings.Join(words, ""))
}

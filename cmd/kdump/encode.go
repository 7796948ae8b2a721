package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/kdump/kdump/codec"
	"github.com/spf13/cobra"
)

func newEncode(s streams) *cobra.Command {
	var message messageFlags
	var lines, isHex bool
	cmd := &cobra.Command{
		Use:   "encode [flags] [FILE]",
		Short: "Turn the JSON of one message into its bytes, or many",
		Long: `Turn the JSON of one message, as decode prints it and Kafka's own JsonConverter
classes take it, into its bytes, without size and header. Every untagged field
of the version must be there; one tagged that is missing or has its default is
not written; a key that the version does not know is passed over. Without FILE,
or with "-", standard input is read.

With --lines, each line of input is an object that names a message as for
decode, with its JSON in place of the body, and each line of output has the
bytes, in order; a line that cannot be written is an error in its place, and no
failure. The offset of an error counts the bytes of the line's "json", or of a
line that is not JSON those of the line.

  in   {"apiKey":1,"apiVersion":17,"type":"request","json":{...}}
       "trailing":"<hex>" beside it: bytes to stand behind the message
  out  {"body":"<hex>"}, or {"error":{"message":"...","path":"...","offset":0}}`,
		Example: `  kdump encode --api Heartbeat --version 4 --request heartbeat.json > body.bin
  kdump decode --api Metadata --version 12 --response body.bin | jq -c '.brokers[].host = "proxy"' |
    kdump encode --api Metadata --version 12 --response > proxied.bin`,
		Args: atMostOneFile,
		RunE: func(_ *cobra.Command, files []string) error {
			if lines {
				if message.given() || isHex {
					return errors.New("--lines goes alone: each line names its message, and bytes come out in hex")
				}
				return withInput(s, files, func(in io.Reader) error { return eachLine(s, in, newLineEncoder().encode) })
			}
			layout, err := message.layout()
			if err != nil {
				return err
			}
			return withInput(s, files, func(in io.Reader) error { return encodeMessage(s, in, layout, isHex) })
		},
	}
	message.register(cmd)
	f := cmd.Flags()
	f.BoolVar(&isHex, "hex", false, "print hexadecimal digits and a line's end in place of the bytes themselves")
	f.BoolVar(&lines, "lines", false, "many messages: a JSON object a line in, one a line out")
	return cmd
}

// encodeMessage writes the bytes of one message.
func encodeMessage(s streams, in io.Reader, layout *codec.Layout, isHex bool) error {
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	tree, err := codec.ParseJSON(layout, text)
	if err != nil {
		return err
	}
	body, err := codec.AppendMessage(nil, tree)
	if err != nil {
		return err
	}
	if isHex {
		body = append(hex.AppendEncode(nil, body), '\n')
	}
	if _, err := s.out.Write(body); err != nil {
		return fmt.Errorf("the output cannot be written: %w", err)
	}
	return nil
}

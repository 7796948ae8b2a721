package main

import (
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/kdump/kdump/capture"
	"github.com/kdump/kdump/formats"
	"github.com/spf13/cobra"
)

func newRead(s streams) *cobra.Command {
	var out output
	var sel selection
	cmd := &cobra.Command{
		Use:   "read [flags] [FILE...]",
		Short: "Read capture files",
		Long: `Read pcap or pcapng files, also gzip or zstd compressed, and show the Kafka
exchanges in them. Without FILE, or with "-", standard input is read. Several
files are one capture, whose connections go on across them (tcpdump -C, -G).`,
		Example: `  kdump read capture.pcap
  kdump read -v --port 9092 capture.pcap.gz | less -R
  kdump read -f ndjson capture.pcap | jq -r '.requestHeader.requestApiKeyName' | sort | uniq -c
  tcpdump -i any -U -w - 'tcp port 9092' | kdump read -`,
		RunE: func(_ *cobra.Command, files []string) error {
			filter, err := sel.filter()
			if err != nil {
				return err
			}
			opt, err := out.options(s.out)
			if err != nil {
				return err
			}
			if len(files) == 0 {
				if isTerminal(s.in) {
					return errors.New("no FILE, and standard input is a terminal; name a capture file")
				}
				files = []string{"-"}
			}
			return read(s, capture.Open(files, s.in), filter, opt)
		},
	}
	out.register(cmd.Flags())
	sel.register(cmd.Flags())
	return cmd
}

// read shows what is in a capture, to its end or until nobody reads the
// output any more.
func read(s streams, source *capture.Reader, f filter, opt formats.Options) error {
	printer := formats.New(s.out, opt)
	p := newPipeline(printer, f)
	bar := newProgress(s, source)
	failed := false
	source.BeforeRead(func() {
		// Whoever follows a pipe sees each exchange before kdump waits for more.
		printer.Flush()
		bar.update()
	})
	for printer.Err() == nil {
		err := p.next(source)
		if err == io.EOF {
			break
		}
		if err != nil {
			failed = true
			bar.hide()
			fmt.Fprintln(s.err, "kdump:", err)
		}
	}
	p.finish()
	printer.Close()
	bar.hide()
	err := printer.Err()
	switch {
	case errors.Is(err, syscall.EPIPE):
		return nil
	case err != nil:
		fmt.Fprintln(s.err, "kdump: the output cannot be written:", err)
		return errInput
	}
	fmt.Fprintln(s.err, "kdump:", p.summary(source.Stats()))
	if failed {
		return errInput
	}
	return nil
}

package main

import (
	"errors"
	"os"
	"os/signal"
	"slices"

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
files are one capture, whose connections go on across them (tcpdump -C, -G).
Times are UTC.`,
		Example: `  kdump read capture.pcap
  kdump read -v --port 9092 capture.pcap.gz | less -R
  kdump read -f ndjson capture.pcap | jq -r '.requestHeader.requestApiKeyName' | sort | uniq -c
  tcpdump -i any -U -w - 'tcp port 9092' | kdump read -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			files := sel.takeErrors(args)
			filter, err := sel.filter(cmd.Flags())
			if err != nil {
				return err
			}
			opt, err := out.options(s.out)
			if err != nil {
				return err
			}
			waiting, err := out.waiting()
			if err != nil {
				return err
			}
			if len(files) == 0 {
				if isTerminal(s.in) {
					return errors.New("no FILE, and standard input is a terminal; name a capture file")
				}
				files = []string{"-"}
			}
			if isPipe(s.in) && slices.Contains(files, "-") {
				defer readOn()()
			}
			source := capture.Open(files, s.in)
			p := newPipeline(source, formats.New(s.out, opt), filter, opt, waiting)
			return p.show(s, newProgress(s, source))
		},
	}
	out.register(cmd)
	sel.register(cmd)
	return cmd
}

// isPipe reports whether a stream is a pipe, which another program writes to.
func isPipe(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeNamedPipe != 0
}

// readOn lets a first Ctrl-C end the other programs of a pipeline only, whose
// last packets are still to be read. A second one ends kdump too. The function
// that it returns undoes it.
func readOn() (undo func()) {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	done := make(chan struct{})
	go func() {
		select {
		case <-interrupts:
		case <-done:
		}
		signal.Stop(interrupts)
	}()
	return func() { close(done) }
}

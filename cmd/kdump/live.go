package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/kdump/kdump/capture"
	"github.com/kdump/kdump/decode"
	"github.com/kdump/kdump/formats"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// capturing is the flags that say what is captured, and for how long.
type capturing struct {
	iface         string
	list          bool
	snapLength    int
	buffer        int
	noPromiscuous bool
	count         int64
	duration      time.Duration

	file      string
	fileSize  int64
	fileTime  int
	fileCount int
}

func (c *capturing) register(f *pflag.FlagSet) {
	f.StringVarP(&c.iface, "interface", "i", "", "`IFACE` to capture from; any: all of them")
	f.BoolVar(&c.list, "list", false, "list the interfaces, and end")
	f.IntVarP(&c.snapLength, "snaplen", "s", 262144, "capture at most `BYTES` of each packet")
	f.IntVarP(&c.buffer, "buffer", "B", 64, "buffer of `MIB` for packets that wait to be read")
	f.BoolVarP(&c.noPromiscuous, "no-promiscuous", "p", false, "leave out packets that are for other machines")
	f.Int64VarP(&c.count, "count", "n", 0, "end after `N` exchanges")
	f.DurationVar(&c.duration, "duration", 0, "end after a `TIME` such as 30s or 5m")
	f.StringVarP(&c.file, "write", "w", "", "save the packets in `FILE` (pcapng; with -i any without link layer and VLAN tags)")
	f.Int64VarP(&c.fileSize, "file-size", "C", 0, "begin the next file after `MB` million bytes: FILE, FILE1, FILE2...")
	f.IntVarP(&c.fileTime, "file-seconds", "G", 0, "begin the next file after `SECONDS`, FILE being a name such as orders-%F-%T.pcapng")
	f.IntVarP(&c.fileCount, "file-count", "W", 0, "with -C, write the first file again after `N`; with -G alone, end after them")
}

// check finds what is wrong with the flags.
func (c *capturing) check() error {
	const maxSnapLength, maxBuffer = 262144, 4096
	switch {
	case c.iface == "":
		return errors.New("name an interface with -i; kdump live --list shows those there are; any is all of them")
	case c.snapLength < 64 || c.snapLength > maxSnapLength:
		return fmt.Errorf("--snaplen is from 64, which holds the headers, to %d, not %d", maxSnapLength, c.snapLength)
	case c.buffer < 1 || c.buffer > maxBuffer:
		return fmt.Errorf("--buffer is from 1 to %d MiB, not %d", maxBuffer, c.buffer)
	case c.count < 0:
		return fmt.Errorf("--count is at least 1, not %d", c.count)
	case c.duration < 0:
		return fmt.Errorf("--duration is a time from now on, not %s", c.duration)
	case c.fileSize < 0 || c.fileTime < 0 || c.fileCount < 0:
		return errors.New("-C, -G and -W are at least 1")
	case c.file == "" && (c.fileSize > 0 || c.fileTime > 0 || c.fileCount > 0):
		return errors.New("-C, -G and -W are about the files of -w, which is missing")
	case c.file == "-":
		return errors.New("-w takes a file: standard output has the exchanges")
	}
	if save := c.save(); save != nil {
		return save.Check()
	}
	return nil
}

// save is where packets are saved, nil for nowhere.
func (c *capturing) save() *capture.SaveOptions {
	if c.file == "" {
		return nil
	}
	return &capture.SaveOptions{
		Path:    c.file,
		Size:    c.fileSize * 1e6,
		Every:   time.Duration(c.fileTime) * time.Second,
		Count:   c.fileCount,
		Program: "kdump " + version(),
	}
}

func newLive(s streams) *cobra.Command {
	var in capturing
	var out output
	var sel selection
	cmd := &cobra.Command{
		Use:   "live -i IFACE [flags]",
		Short: "Capture from a network interface",
		Long: `Capture from a network interface of this machine (Linux), and show the Kafka
exchanges as they happen. Ctrl-C ends it; what was captured until then is shown.

It needs to be root, or to have been allowed to capture once and for all:
  sudo setcap cap_net_raw+ep $(which kdump)`,
		Example: `  kdump live -i any
  kdump live -i eth0 --port 9092 --host 10.0.0.7 -v
  kdump live -i eth0 -w kept.pcapng -C 100 -W 10
  kdump live -i lo -f ndjson --duration 1m | jq -r .requestHeader.clientId | sort | uniq -c`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if extra := sel.takeErrors(args); len(extra) > 0 {
				return fmt.Errorf("live takes flags alone, not %q; kdump read reads files", extra[0])
			}
			if in.list {
				return listInterfaces(s)
			}
			if err := in.check(); err != nil {
				return err
			}
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
			return live(s, in, filter, opt, waiting)
		},
	}
	in.register(cmd.Flags())
	out.register(cmd)
	sel.register(cmd)
	return cmd
}

// live captures until it is told to end.
func live(s streams, in capturing, f filter, opt formats.Options, waiting int) error {
	src, err := capture.OpenLive(capture.LiveOptions{
		Interface:   in.iface,
		Filter:      capture.Filter{Ports: f.ports, Networks: f.networks},
		SnapLength:  in.snapLength,
		Buffer:      in.buffer << 20,
		Promiscuous: !in.noPromiscuous,
		Save:        in.save(),
	})
	if err != nil {
		fmt.Fprintln(s.err, "kdump:", err)
		return errInput
	}
	dropPrivileges(in.fileSize > 0 || in.fileTime > 0)
	lines := newBacklog(s.out, maxBacklog)
	printer := &livePrinter{Printer: formats.New(lines, opt), lines: lines, err: s.err}
	stop := func() {
		src.Stop()
		printer.ending()
	}
	defer stopOnSignal(stop)()
	if in.duration > 0 {
		defer time.AfterFunc(in.duration, stop).Stop()
	}
	p := newPipeline(src, printer, f, opt, waiting)
	p.limit = in.count
	p.room = lines.room
	p.failing = &decode.Filter{Sink: &p.failed, Criteria: decode.Criteria{AnyError: true}}
	src.WhenQuiet(func(time int64) {
		p.advance(time)
		if p.full() { // no packet may come any more
			stop()
		}
	})
	fmt.Fprintf(s.err, "kdump: listening on %s\n", in.iface)
	failed := p.show(s, &losses{streams: s, source: src, printer: printer, counts: &p.counts})
	if err := src.Close(); err != nil {
		fmt.Fprintln(s.err, "kdump:", err)
		return errInput
	}
	return failed
}

// oneSignal is the time within which several signals are one: timeout(1) sends
// it to the process and to its group.
const oneSignal = 200 * time.Millisecond

// stopOnSignal has stop called when the user, or the system, wants kdump to
// end. The second time it ends at once. The function that is returned undoes
// this.
func stopOnSignal(stop func()) func() {
	wanted := []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		wanted = append(wanted, syscall.SIGHUP)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, wanted...)
	go func() {
		if _, ok := <-signals; !ok {
			return
		}
		stop()
		time.Sleep(oneSignal)
		select {
		case <-signals:
		default:
		}
		if again, ok := <-signals; ok {
			os.Exit(exitSignal + int(again.(syscall.Signal)))
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}

// livePrinter prints to a backlog, which it closes.
type livePrinter struct {
	formats.Printer
	lines *backlog
	err   io.Writer

	ends  sync.Once
	tells *time.Timer // that its end takes long
}

// untold is how long nothing is said of output that nobody reads, at the end.
const untold = 2 * time.Second

// Err returns the first error of writing.
func (p *livePrinter) Err() error { return p.lines.failure() }

// ending says that what is still to be printed is all that there is: to wait
// until it is read loses nothing.
func (p *livePrinter) ending() {
	p.ends.Do(func() {
		p.lines.endure()
		p.tells = time.AfterFunc(untold, func() {
			fmt.Fprintln(p.err, "kdump: the rest of the output waits to be read; Ctrl-C gives it up")
		})
	})
}

// Close ends the output and waits until it is written.
func (p *livePrinter) Close() error {
	p.ending()
	defer p.tells.Stop()
	p.Printer.Close()
	return p.lines.close()
}

// losses says on stderr what is lost, when it is lost.
type losses struct {
	streams
	source  *capture.Live
	printer *livePrinter
	counts  *counts
	told    lost
	last    time.Time
}

// lost counts what is lost: packets, times when none could come, and what was
// not printed.
type lost struct{ drops, outages, unshown int64 }

// update says what was lost since it was said last, at most once a second. It
// ends the capture where nobody reads its output any more.
func (l *losses) update() {
	if l.printer.Err() != nil {
		l.source.Stop()
	}
	if l.source.Stopped() {
		l.printer.ending()
	}
	stats := l.source.Stats()
	now := lost{stats.Drops, stats.Outages, l.counts.unshown}
	if now == l.told || time.Since(l.last) < time.Second {
		return
	}
	l.last = time.Now()
	l.say(now.drops-l.told.drops, "packet", "dropped: kdump is not fast enough here; choose less (--port, --host), or let more wait (-B)")
	l.say(now.outages-l.told.outages, "outage", "of the interface: it was down for a moment, and is captured from again")
	l.say(now.unshown-l.told.unshown, "result", "lost: the output is not read fast enough")
	l.told = now
}

func (l *losses) say(n int64, noun, how string) {
	if n > 0 {
		fmt.Fprintf(l.err, "kdump: %s %s\n", count(n, noun), how)
	}
}

// hide says what has not been said yet.
func (l *losses) hide() {
	l.last = time.Time{}
	l.update()
}

// listInterfaces prints the machine's interfaces, with state and addresses.
func listInterfaces(s streams) error {
	all, err := net.Interfaces()
	if err != nil {
		fmt.Fprintln(s.err, "kdump: the interfaces cannot be listed:", err)
		return errInput
	}
	slices.SortFunc(all, func(a, b net.Interface) int { return a.Index - b.Index })
	var t table
	t.row("NAME", "STATE", "ADDRESSES")
	for _, it := range all {
		addresses, _ := it.Addrs()
		var texts []string
		for _, a := range addresses {
			texts = append(texts, a.String())
		}
		t.row(it.Name, state(it.Flags), strings.Join(texts, " "))
	}
	t.row(capture.AnyInterface, "", "all of them")
	var text bytes.Buffer
	t.print(&text)
	_, err = s.out.Write(text.Bytes())
	return report(s, err)
}

// state is what an interface can be said to be doing.
func state(f net.Flags) string {
	switch {
	case f&net.FlagUp == 0:
		return "down"
	case f&net.FlagRunning == 0:
		return "no link"
	}
	return "up"
}

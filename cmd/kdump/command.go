package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// streams is where a command reads from and writes to.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// Exit codes.
const (
	exitDone  = 0
	exitInput = 1 // the input could not be read to its end, or the output not be written
	exitUsage = 2

	exitSignal = 128 // and the signal's number, as shells have it
)

// errInput is returned by a command that has said on stderr why its input or
// output failed.
var errInput = errors.New("input could not be read to its end")

// run runs kdump with the given arguments and returns its exit code.
func run(args []string, s streams) int {
	// A closed pipe is to end kdump quietly through the writer's error, as
	// everywhere else, and not by a signal.
	signal.Ignore(syscall.SIGPIPE)
	root := newRoot(s)
	root.SetArgs(args)
	cmd, err := root.ExecuteC()
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errInput):
		return exitInput
	}
	fmt.Fprintf(s.err, "kdump: %v\nRun '%s --help' for the flags.\n", err, cmd.CommandPath())
	return exitUsage
}

func newRoot(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "kdump",
		Short: "See what Kafka clients and brokers say to each other",
		Long: `kdump reads packet captures and shows the Kafka traffic in them: every request
with its response, at every API version, on any port.`,
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newRead(s), newLive(s), newDecode(s), newEncode(s), newAPIs(s), newVersion(s))
	return root
}

// flagError says what is wrong with a flag's value in terms of the flag, not
// of Go.
func flagError(_ *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	flag, takes := invalid.GetFlag(), ""
	switch flag.Value.Type() {
	case "int", "int64":
		takes = "a number"
	case "duration":
		takes = "a time such as 250ms, 2s or 5m"
	default:
		return err
	}
	return fmt.Errorf("--%s takes %s, not %q", flag.Name, takes, invalid.GetValue())
}

// atMostOneFile is what arguments decode and encode take.
func atMostOneFile(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("%s takes one FILE, not %d", cmd.Name(), len(args))
	}
	return nil
}

// newVersion says what --version says.
func newVersion(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which version of kdump this is",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("version takes no argument, not %q", args[0])
			}
			fmt.Fprintln(s.out, "kdump version", version())
			return nil
		},
	}
}

// version is the module's version, as the Go toolchain stamped it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// isTerminal reports whether a stream is a terminal that a person looks at.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 || os.Getenv("TERM") == "dumb" {
		return false
	}
	// The null device is a character device too.
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}

package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// reading starts kdump reading a pipe, hands it the first half of a capture
// and waits until it has shown something of it.
func reading(t *testing.T) (cmd *exec.Cmd, in io.WriteCloser, rest []byte, out *bufio.Reader) {
	t.Helper()
	capture, err := os.ReadFile("../../testdata/captures/quickstart.pcap")
	if err != nil {
		t.Fatal(err)
	}
	cmd = asKdumpCommand(t, "read", "-f", "ndjson", "-")
	in, err = cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	half := len(capture) / 2
	if _, err := in.Write(capture[:half]); err != nil {
		t.Fatal(err)
	}
	out = bufio.NewReader(stdout)
	if _, err := out.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return cmd, in, capture[half:], out
}

func TestCtrlCWaitsForThePipe(t *testing.T) {
	cmd, in, rest, out := reading(t)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write(rest); err != nil {
		t.Fatal(err)
	}
	in.Close()
	lines, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(lines), "\n"); n != 27 {
		t.Errorf("%d lines behind the first, want 27", n)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestCtrlCTwiceEndsReading(t *testing.T) {
	cmd, in, _, out := reading(t)
	defer in.Close()
	// The first may not be seen yet when the second comes, which is then taken
	// for one with it.
	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, out)
		close(ended)
	}()
	for over := false; !over; {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		select {
		case <-ended:
			over = true
		case <-time.After(10 * time.Millisecond):
		}
	}
	_ = cmd.Wait()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || status.Signal() != syscall.SIGINT {
		t.Errorf("ended by %v", cmd.ProcessState)
	}
}

package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the sessions with what kdump prints now")

// asKdump, set in the environment, has the test binary be kdump, so that
// sessions run it from a shell as a user does.
const asKdump = "KDUMP_TEST_AS_KDUMP"

func TestMain(m *testing.M) {
	if os.Getenv(asKdump) != "" {
		main()
	}
	os.Exit(m.Run())
}

// asKdumpCommand is kdump with these arguments, as a process of its own.
func asKdumpCommand(t *testing.T, args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), asKdump+"=1")
	return cmd
}

// TestSessions runs what reads like a shell session: lines that begin with
// "$ ", each with what a terminal then shows, and "[exit N]" where the command
// fails. Sessions lie beside what they read, in the folders of testdata, and in
// README.md.
//
// go test ./cmd/kdump -run Sessions -update rewrites them.
func TestSessions(t *testing.T) {
	sessions, err := filepath.Glob("../../testdata/*/*.session")
	if err != nil || len(sessions) == 0 {
		t.Fatalf("no sessions: %v", err)
	}
	path := kdumpInPath(t)
	for _, file := range append(sessions, "../../README.md") {
		t.Run(filepath.Base(file), func(t *testing.T) { replay(t, file, path) })
	}
}

// kdumpInPath returns a PATH on which kdump is this test binary.
func kdumpInPath(t *testing.T) string {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(self, filepath.Join(bin, "kdump")); err != nil {
		t.Fatal(err)
	}
	return bin + string(os.PathListSeparator) + os.Getenv("PATH")
}

func replay(t *testing.T, file, path string) {
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var after bytes.Buffer
	commands := 0
	for _, part := range split(string(before)) {
		if part.command != "" && !missing(t, part.command) {
			commands++
			part.output = shell(t, part.command, filepath.Dir(file), path)
		}
		after.WriteString(part.String())
	}
	if commands == 0 {
		t.Errorf("%s has no command", file)
	}
	if *update {
		if err := os.WriteFile(file, after.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(string(before), "\n"), strings.Split(after.String(), "\n")); diff != "" {
		t.Errorf("-%s +what kdump prints:\n%s", filepath.Base(file), diff)
	}
}

// missing reports whether the command needs jq, which is not installed.
func missing(t *testing.T, command string) bool {
	if !strings.Contains(command, "| jq ") {
		return false
	}
	_, err := exec.LookPath("jq")
	if err != nil {
		t.Logf("not run, for jq is not installed: %s", command)
	}
	return err != nil
}

// part is a command with its output, or text around commands.
type part struct {
	text    string
	command string
	output  string
}

func (p part) String() string {
	if p.command == "" {
		return p.text
	}
	return "$ " + p.command + "\n" + p.output
}

// split finds the commands of a session, or those in the console blocks of a
// Markdown page, which begins with a heading. In a session a command's output
// goes on up to an empty line before the next command.
func split(s string) []part {
	var parts []part
	markdown, inBlock := strings.HasPrefix(s, "# "), false
	for line := range strings.Lines(s) {
		last := len(parts) - 1
		switch {
		case markdown && strings.HasPrefix(line, "```"):
			inBlock = strings.HasPrefix(line, "```console")
			parts = append(parts, part{text: line})
		case markdown && !inBlock:
			parts = append(parts, part{text: line})
		case strings.HasPrefix(line, "$ "):
			parts = append(endOutput(parts), part{command: strings.TrimSuffix(line[2:], "\n")})
		case last >= 0 && parts[last].command != "":
			parts[last].output += line
		default:
			parts = append(parts, part{text: line})
		}
	}
	return parts
}

// endOutput takes the empty line in front of a command off the output of the
// one before it.
func endOutput(parts []part) []part {
	if last := len(parts) - 1; last >= 0 && parts[last].command != "" {
		if output, ok := strings.CutSuffix(parts[last].output, "\n"); ok && (output == "" || strings.HasSuffix(output, "\n")) {
			parts[last].output = output
			return append(parts, part{text: "\n"})
		}
	}
	return parts
}

// shell runs a command as a user would and returns what it prints: its output
// first, then what it says on standard error.
func shell(t *testing.T, command, dir, path string) string {
	cmd := exec.Command("bash", "-c", strings.ReplaceAll(command, "go run ./cmd/kdump", "kdump"))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+path, "TMPDIR="+t.TempDir(), asKdump+"=1", "LC_ALL=C")
	var out, talk strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &talk
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		fmt.Fprintf(&talk, "[exit %d]\n", exit.ExitCode())
	case err != nil:
		t.Fatal(err)
	}
	return out.String() + talk.String()
}

// Package oracletest gives tests what Kafka's own classes say, as the programs
// in testdata/oracle have them say it: as it lies there, or made anew.
package oracletest

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Open opens a file of testdata/oracle, which gzip has packed, until the test
// ends.
func Open(t testing.TB, file string) io.Reader {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	lines, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// Jars returns the folder of jars that testdata/oracle/run makes, one folder
// for each release and the folder payloads, and the seed of what is to be made
// anew. That script sets KDUMP_ORACLE and KDUMP_ORACLE_SEED; without them the
// test is skipped.
func Jars(t *testing.T) (folder, seed string) {
	t.Helper()
	folder, seed = os.Getenv("KDUMP_ORACLE"), os.Getenv("KDUMP_ORACLE_SEED")
	if folder == "" {
		t.Skip("needs Java and Kafka's jars: testdata/oracle/run fetches them and runs this test")
	}
	t.Logf("seed %s", seed)
	return folder, seed
}

// Java compiles a program, and what it needs of the folder that it is in, with
// a class path of its own, runs it on input and returns what it prints.
func Java(t *testing.T, input io.Reader, classPath, program string, arguments ...string) []byte {
	t.Helper()
	classes := t.TempDir()
	command(t, nil, "javac", "-nowarn", "-proc:none", "-d", classes, "-cp", classPath, "-sourcepath", filepath.Dir(program), program)
	name := strings.TrimSuffix(filepath.Base(program), ".java")
	return command(t, input, "java", append([]string{"-cp", classes + ":" + classPath, name}, arguments...)...)
}

func command(t *testing.T, input io.Reader, name string, arguments ...string) []byte {
	t.Helper()
	c := exec.Command(name, arguments...)
	var errors bytes.Buffer
	c.Stdin, c.Stderr = input, &errors
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, arguments, err, errors.Bytes())
	}
	return out
}

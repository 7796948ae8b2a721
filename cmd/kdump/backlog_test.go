package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
)

// gatedWriter writes only what it is let.
type gatedWriter struct {
	bytes.Buffer
	open chan struct{} // closed when it is
	err  error
}

func (w *gatedWriter) Write(p []byte) (int, error) {
	<-w.open
	if w.err != nil {
		return 0, w.err
	}
	return w.Buffer.Write(p)
}

func TestBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &gatedWriter{open: make(chan struct{})}
		b := newBacklog(w, 10)
		write := func(s string) {
			if n, err := b.Write([]byte(s)); n != len(s) || err != nil {
				t.Errorf("Write(%q) = %d, %v", s, n, err)
			}
		}
		write("one\n")
		synctest.Wait() // it is being written now, for as long as it takes
		write("two\n")
		write("three\n")
		write("four\nfive\n") // 10 bytes wait already
		if lost := b.lost(); lost != 2 {
			t.Errorf("%d lines are lost, want 2", lost)
		}
		close(w.open)
		synctest.Wait()
		write("a line longer than all that may wait\n")
		b.patient()
		write("six\n") // waits for room
		if err := b.close(); err != nil {
			t.Error(err)
		}
		want := "one two three a line longer than all that may wait six "
		if got := strings.ReplaceAll(w.String(), "\n", " "); got != want {
			t.Errorf("written %q, want %q", got, want)
		}
		if lost := b.lost(); lost != 2 {
			t.Errorf("%d lines are lost, want 2", lost)
		}
	})
}

func TestBacklogFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("disk full")
		w := &gatedWriter{open: make(chan struct{}), err: full}
		b := newBacklog(w, 10)
		b.Write([]byte("one\n"))
		close(w.open)
		synctest.Wait()
		if n, err := b.Write([]byte("two\n")); n != 0 || err != full {
			t.Errorf("Write = %d, %v, want the error of writing", n, err)
		}
		if err := b.close(); err != full {
			t.Errorf("close = %v, want the error of writing", err)
		}
	})
}

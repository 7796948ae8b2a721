package main

import (
	"bytes"
	"io"
	"sync"
	"sync/atomic"
)

// maxBacklog is how many bytes of output may wait for whoever reads it.
const maxBacklog = 16 << 20

// backlog writes in a goroutine of its own, so that a reader who is slow, or
// stops, does not keep packets waiting. What it has no room for is lost, in
// whole writes, and counted.
type backlog struct {
	w     io.Writer
	limit int
	ended chan struct{}
	// failed is whether err is set: it is asked for each packet.
	failed atomic.Bool

	mu      sync.Mutex
	changed sync.Cond // one of the following
	waiting []byte    // to be written
	wait    bool      // for room, instead of losing anything
	closed  bool
	lines   int64 // lost
	err     error // of writing
}

// newBacklog returns a backlog of at most limit bytes that writes to w.
func newBacklog(w io.Writer, limit int) *backlog {
	b := &backlog{w: w, limit: limit, ended: make(chan struct{})}
	b.changed.L = &b.mu
	go b.run()
	return b
}

// run writes what waits, all of it at once, until the backlog is closed.
func (b *backlog) run() {
	defer close(b.ended)
	var writing []byte
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.err == nil {
		for len(b.waiting) == 0 {
			if b.closed {
				return
			}
			b.changed.Wait()
		}
		b.waiting, writing = writing[:0], b.waiting
		b.changed.Broadcast()
		b.mu.Unlock()
		_, err := b.w.Write(writing)
		b.mu.Lock()
		b.err = err
		b.failed.Store(err != nil)
	}
	b.changed.Broadcast()
}

// Write takes what is to be written. The error is that of an earlier write.
// A single write larger than the limit is taken when nothing else waits.
func (b *backlog) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.err == nil && len(b.waiting) > 0 && len(b.waiting)+len(p) > b.limit {
		if !b.wait {
			b.lines += int64(bytes.Count(p, []byte("\n")))
			return len(p), nil
		}
		b.changed.Wait()
	}
	if b.err != nil {
		return 0, b.err
	}
	b.waiting = append(b.waiting, p...)
	b.changed.Broadcast()
	return len(p), nil
}

// patient has Write wait for room from now on.
func (b *backlog) patient() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wait = true
}

// lost returns the number of lines that there was no room for.
func (b *backlog) lost() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lines
}

// failure returns the error of writing.
func (b *backlog) failure() error {
	if !b.failed.Load() {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// close waits until all is written, and returns the error of writing.
func (b *backlog) close() error {
	b.mu.Lock()
	b.closed = true
	b.changed.Broadcast()
	b.mu.Unlock()
	<-b.ended
	return b.failure()
}

package main

import (
	"io"
	"sync"
	"sync/atomic"
)

// maxBacklog is how many bytes of output may wait for whoever reads it before
// more is left out.
const maxBacklog = 16 << 20

// backlog writes in a goroutine of its own, so that a reader who is slow, or
// stops, does not keep packets waiting. It loses nothing of what it is given:
// whoever gives it asks before whether there is room, and leaves out the whole
// of an exchange, which may come in several writes.
type backlog struct {
	w     io.Writer
	limit int // of bytes that wait where there is room
	ended chan struct{}
	// failed is whether err is set: it is asked for each packet.
	failed atomic.Bool

	mu      sync.Mutex
	changed sync.Cond // one of the following
	waiting []byte    // to be written
	endures bool      // there is always room, for those who wait
	closed  bool
	err     error // of writing
}

// newBacklog returns a backlog that writes to w.
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

// room reports whether less waits than the limit.
func (b *backlog) room() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.endures || len(b.waiting) < b.limit
}

// Write takes what is to be written. The error is that of an earlier write.
// It waits where as much again waits as the limit: what was begun while there
// was room may be of any length.
func (b *backlog) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.err == nil && len(b.waiting) > 0 && len(b.waiting)+len(p) > 2*b.limit {
		b.changed.Wait()
	}
	if b.err != nil {
		return 0, b.err
	}
	b.waiting = append(b.waiting, p...)
	b.changed.Broadcast()
	return len(p), nil
}

// endure has nothing left out from now on: it is better to wait.
func (b *backlog) endure() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.endures = true
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

package reassembly

import "math"

// A timer is a place in a queue: that of a connection which may become idle, or
// of a direction in which something waits.
type timer struct {
	prev, next *timer
	queue      *queue // nil while in none
	due        int64  // packet time, in nanoseconds since the Unix epoch
	conn       *conn
	dir        int // where the timer is that of a direction
}

// A queue holds timers that all run equally long, so that they run out in the
// order in which they were added, and nothing need be sorted.
type queue struct {
	head, tail *timer
	delay      int64 // in nanoseconds
	len        int
}

// add puts t at the end of the queue, taking it out of where it was.
func (q *queue) add(t *timer, now int64) {
	t.remove()
	t.queue = q
	t.due = now + q.delay
	if t.due < now {
		t.due = math.MaxInt64
	}
	t.prev = q.tail
	if q.tail == nil {
		q.head = t
	} else {
		q.tail.next = t
	}
	q.tail = t
	q.len++
}

// remove takes t out of its queue, if it is in one.
func (t *timer) remove() {
	q := t.queue
	if q == nil {
		return
	}
	if t.prev == nil {
		q.head = t.next
	} else {
		t.prev.next = t.next
	}
	if t.next == nil {
		q.tail = t.prev
	} else {
		t.next.prev = t.prev
	}
	q.len--
	t.prev, t.next, t.queue = nil, nil, nil
}

// due returns the first timer if it has run out, else nil.
func (q *queue) due(now int64) *timer {
	if q.head == nil || q.head.due > now {
		return nil
	}
	return q.head
}

// next returns when the first timer runs out.
func (q *queue) next() int64 {
	if q.head == nil {
		return math.MaxInt64
	}
	return q.head.due
}

package codec

import "sync/atomic"

// lazy is what is made when first needed. Whoever comes second at the same time
// makes it once more, and no harm is done: all get what came first.
type lazy[T any] struct{ atomic.Pointer[T] }

func (l *lazy[T]) get(make func() *T) *T {
	if v := l.Load(); v != nil {
		return v
	}
	l.CompareAndSwap(nil, make())
	return l.Load()
}

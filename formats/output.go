package formats

import "io"

// output gathers what is printed and writes it in big pieces. Its first error
// stays, so that printing code needs no branches for errors: it appends to
// buf and says with printed that a line or an object is whole.
type output struct {
	w   io.Writer
	buf []byte
	err error
}

// pieceSize is how many bytes are gathered before they are written.
const pieceSize = 64 << 10

// printed writes what was gathered where that is enough.
func (o *output) printed() {
	if len(o.buf) >= pieceSize {
		o.flush()
	}
}

// spill writes what dst, which buf became, has of something that is not whole
// yet, where that is enough, and returns it emptied. What is inflated out of few
// bytes may be long: it must pass through, and not be gathered.
func (o *output) spill(dst []byte) []byte {
	if len(dst) < pieceSize {
		return dst
	}
	o.buf = dst
	o.flush()
	return o.buf
}

func (o *output) flush() error {
	if o.err == nil && len(o.buf) > 0 {
		_, o.err = o.w.Write(o.buf)
	}
	o.buf = o.buf[:0]
	return o.err
}

// pad appends n as decimal digits, at least width of them.
func pad(dst []byte, n, width int) []byte {
	digits := 1
	for rest := n / 10; rest > 0; rest /= 10 {
		digits++
	}
	for ; digits < width; digits++ {
		dst = append(dst, '0')
	}
	start := len(dst)
	for {
		dst = append(dst, byte('0'+n%10))
		if n /= 10; n == 0 {
			break
		}
	}
	for i, j := start, len(dst)-1; i < j; i, j = i+1, j-1 {
		dst[i], dst[j] = dst[j], dst[i]
	}
	return dst
}

const (
	second = int64(1e9)
	day    = 24 * 3600 * second
)

// appendClock appends the UTC time of day of a time in nanoseconds since the
// Unix epoch: "13:53:01.000542", with nine digits where nanoseconds is set.
func appendClock(dst []byte, t int64, nanoseconds bool) []byte {
	t = ((t % day) + day) % day
	seconds := int(t / second)
	dst = pad(dst, seconds/3600, 2)
	dst = append(dst, ':')
	dst = pad(dst, seconds/60%60, 2)
	dst = append(dst, ':')
	dst = pad(dst, seconds%60, 2)
	dst = append(dst, '.')
	if nanoseconds {
		return pad(dst, int(t%second), 9)
	}
	return pad(dst, int(t%second/1000), 6)
}

// appendDate appends the UTC date of a time in nanoseconds since the Unix
// epoch: "2026-11-22".
func appendDate(dst []byte, t int64) []byte {
	days := t / day
	if t%day < 0 {
		days--
	}
	year, month, date := civil(days)
	dst = pad(dst, year, 4)
	dst = append(dst, '-')
	dst = pad(dst, month, 2)
	dst = append(dst, '-')
	return pad(dst, date, 2)
}

// civil gives the date of a day counted from 1970-01-01. It reckons in years
// that begin in March, so that the leap day comes last, in cycles of 400
// years. A time in nanoseconds reaches from 1677 to 2262.
func civil(days int64) (year, month, date int) {
	const cycle = 146097
	n := int(days) + 719468 // days since 0000-03-01
	era, n := n/cycle, n%cycle
	y := (n - n/1460 + n/36524 - n/146096) / 365
	n -= 365*y + y/4 - y/100
	m := (5*n + 2) / 153
	date = n - (153*m+2)/5 + 1
	month = m + 3
	year = era*400 + y
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, date
}

// appendHex appends b as lower-case hex digits.
func appendHex(dst, b []byte) []byte {
	const digits = "0123456789abcdef"
	for _, c := range b {
		dst = append(dst, digits[c>>4], digits[c&15])
	}
	return dst
}

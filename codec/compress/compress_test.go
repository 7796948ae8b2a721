package compress_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"github.com/kdump/kdump/codec/compress"
	"github.com/kdump/kdump/codec/records"
)

// compressed are the bytes in the form that each compression's usual writer
// gives them.
func compressed(t testing.TB, b []byte) map[records.Compression][]byte {
	t.Helper()
	var g, l, z bytes.Buffer
	gzipper, lzer := gzip.NewWriter(&g), lz4.NewWriter(&l)
	stander, err := zstd.NewWriter(&z)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []interface {
		Write([]byte) (int, error)
		Close() error
	}{gzipper, lzer, stander} {
		if _, err := w.Write(b); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return map[records.Compression][]byte{records.None: b, records.Gzip: g.Bytes(), records.Snappy: snappy.Encode(nil, b),
		records.LZ4: l.Bytes(), records.Zstd: z.Bytes()}
}

func TestDecompress(t *testing.T) {
	d := compress.New(0)
	for _, size := range []int{0, 1, 15, 16, 1000, 200_000, 5 << 20} {
		b := []byte(strings.Repeat("kafka wire ", size/11+1)[:size])
		for c, src := range compressed(t, b) {
			got, err := d.Decompress(c, 2, src)
			if err != nil || !bytes.Equal(got, b) {
				t.Errorf("%d bytes, compression %d: %d bytes, %v", size, c, len(got), err)
			}
		}
	}
}

// Several members of gzip, several frames of zstd and several xerial streams
// are one; what is behind an LZ4 frame or a gzip member is left alone.
func TestDecompressSeveral(t *testing.T) {
	one := compressed(t, []byte("one "))
	two := compressed(t, []byte("two"))
	header := []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1}
	xerial := func(block []byte) []byte {
		return append(append(bytes.Clone(header), 0, 0, 0, byte(len(block))), block...)
	}
	for _, test := range []struct {
		c    records.Compression
		src  []byte
		want string
	}{
		{records.Gzip, append(bytes.Clone(one[records.Gzip]), two[records.Gzip]...), "one two"},
		{records.Gzip, append(bytes.Clone(one[records.Gzip]), "behind"...), "one "},
		{records.Zstd, append(bytes.Clone(one[records.Zstd]), two[records.Zstd]...), "one two"},
		{records.Snappy, append(xerial(one[records.Snappy]), xerial(two[records.Snappy])...), "one two"},
		{records.Snappy, append(xerial(one[records.Snappy]), 0, 0), "one "},
		{records.LZ4, append(bytes.Clone(one[records.LZ4]), two[records.LZ4]...), "one "},
	} {
		got, err := compress.New(0).Decompress(test.c, 2, test.src)
		if err != nil || string(got) != test.want {
			t.Errorf("compression %d of %x: %q, %v; want %q", test.c, test.src, got, err, test.want)
		}
	}
}

// What is cut short behind something whole is told of by Java's readers of gzip
// and zstd in some places alone.
func TestDecompressCutShort(t *testing.T) {
	one := compressed(t, []byte("one "))
	empty := compressed(t, nil)
	emptyFrame := []byte{0x28, 0xb5, 0x2f, 0xfd, 4, 0, 1, 0, 0, 0x99, 0xe9, 0xd8, 0x51}
	skipped := append([]byte{0x50, 0x2a, 0x4d, 0x18, 0, 0, 3, 0}, make([]byte, 3<<16)...)
	zstd := one[records.Zstd]
	twice := append(bytes.Clone(zstd), skipped...)
	half := zeros(17, 1)
	half = append(half[:len(half)-4], 2<<3, 0, 0, 'a', 'b', 1<<3, 0, 0) // two bytes, and no more
	for _, test := range []struct {
		name        string
		c           records.Compression
		whole, then []byte
		from        int // so many bytes of then,
		quiet       int // but no more, may follow without an error
		want        string
	}{
		{"a member", records.Gzip, one[records.Gzip], empty[records.Gzip], 0, 18, "one "},
		{"a frame", records.Zstd, zstd, emptyFrame, 0, len(emptyFrame), "one "},
		{"a frame to be skipped", records.Zstd, zstd, skipped[:20], 0, 20, "one "},
		{"a frame with content", records.Zstd, zstd, half, len(half) - 1, len(half), "one ab"},
		{"more than is read at once", records.Zstd, zstd, skipped, 0, 128<<10 + 3 - len(zstd), "one "},
		{"behind what is read at once", records.Zstd, twice, emptyFrame, 0, len(emptyFrame), "one "},
		{"bytes that begin no frame", records.Zstd, zstd, []byte{7, 7}, 0, 0, "one "},
		{"bytes that begin almost as one", records.Zstd, zstd, []byte{0x28, 0xb5, 0x2e, 0xfd}, 0, 2, "one "},
		{"the first frame", records.Zstd, nil, zstd, 1, 0, ""},
	} {
		d := compress.New(0)
		for n := test.from; n < len(test.then); n++ {
			if n > 30 && n < test.quiet-3 || n > test.quiet+30 && n < len(test.then)-3 {
				continue // which takes long
			}
			got, err := d.Decompress(test.c, 2, append(bytes.Clone(test.whole), test.then[:n]...))
			if quiet := n <= test.quiet; quiet != (err == nil) || quiet && string(got) != test.want {
				t.Errorf("%s, %d bytes of it: %q, %v", test.name, n, got, err)
			}
		}
	}
}

// The frame header's checksum counts but in magic 0; blocks that depend on one
// another are refused.
func TestDecompressLZ4(t *testing.T) {
	good := compressed(t, []byte("some text"))[records.LZ4]
	at := 6
	if good[4]&8 != 0 {
		at += 8
	}
	wrong := bytes.Clone(good)
	wrong[at]++
	dependent := bytes.Clone(good)
	dependent[4] &^= 1 << 5
	d := compress.New(0)
	for _, test := range []struct {
		name  string
		magic int8
		src   []byte
		ok    bool
	}{
		{"right", 1, good, true}, {"right", 0, good, true},
		{"wrong checksum", 1, wrong, false}, {"wrong checksum", 2, wrong, false}, {"wrong checksum", 0, wrong, true},
		{"dependent blocks", 0, dependent, false}, {"no end", 2, good[:len(good)-8], false}, {"nothing", 2, nil, false},
		{"half of the content's checksum", 2, good[:len(good)-2], false}, {"none of it", 0, good[:len(good)-4], false},
	} {
		got, err := d.Decompress(records.LZ4, test.magic, test.src)
		if (err == nil) != test.ok || test.ok && string(got) != "some text" {
			t.Errorf("%s, magic %d: %q, %v", test.name, test.magic, got, err)
		}
	}
}

// allocated is how many bytes f allocates, garbage included.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// bounded reports an error where f allocates more than the limit, an eighth and
// a third of it, and what decoders need for themselves. It is all that f
// allocates, garbage included: no collector runs in time to make a bomb
// harmless.
func bounded(t *testing.T, limit uint64, f func()) {
	t.Helper()
	const decoders = 1 << 20
	if used := allocated(f); used > limit+limit/8+limit/3+decoders {
		t.Errorf("%d bytes allocated, where the limit is %d", used, limit)
	}
}

// What inflates beyond the limit ends with an error that says so, in memory
// that the limit bounds.
func TestDecompressLimit(t *testing.T) {
	const limit = 32 << 20
	for _, size := range []int{limit, limit + 1, 2 * limit} {
		for c, src := range compressed(t, make([]byte, size)) {
			if c == records.None {
				continue
			}
			var got []byte
			var err error
			bounded(t, limit, func() { got, err = compress.New(limit).Decompress(c, 2, src) })
			var tooLarge *compress.TooLarge
			if size <= limit && (err != nil || len(got) != size) {
				t.Errorf("%d bytes, compression %d: %d bytes, %v", size, c, len(got), err)
			}
			if size > limit && !errors.As(err, &tooLarge) {
				t.Errorf("%d bytes, compression %d: %d bytes, %v; want *TooLarge", size, c, len(got), err)
			}
		}
	}
}

// A bomb: 10 GiB of zeros in 320 KiB.
func TestDecompressBomb(t *testing.T) {
	bomb := zeros(24, 10<<30/(128<<10))
	var err error
	d := compress.New(0)
	bounded(t, compress.DefaultLimit, func() {
		for range 3 { // which need no room each
			_, err = d.Decompress(records.Zstd, 2, bomb)
		}
	})
	var tooLarge *compress.TooLarge
	if !errors.As(err, &tooLarge) {
		t.Errorf("%d bytes: %v; want *TooLarge", len(bomb), err)
	}
}

// zeros is a zstd frame that announces a window of 1<<log bytes and has so many
// blocks of 128 KiB of zeros, which take four bytes each.
func zeros(log, blocks int) []byte {
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, byte(log-10) << 3}
	for i := range blocks {
		word := uint32(128<<10)<<3 | 1<<1
		if i == blocks-1 {
			word |= 1
		}
		frame = append(frame, byte(word), byte(word>>8), byte(word>>16), 0)
	}
	return frame
}

// A window is what a writer might have needed. One beyond the limit matters no
// more than one below, up to the largest that Kafka takes.
func TestDecompressWindow(t *testing.T) {
	var tooLarge *compress.TooLarge
	for _, log := range []int{17, 20, 24, 27} {
		d := compress.New(1 << 20)
		for _, blocks := range []int{1, 8} {
			if got, err := d.Decompress(records.Zstd, 2, zeros(log, blocks)); err != nil || len(got) != blocks<<17 {
				t.Errorf("%d blocks, a window of 1<<%d: %d bytes, %v", blocks, log, len(got), err)
			}
		}
		// Beyond the limit room is made anew, once.
		bounded(t, 3<<20, func() {
			if _, err := compress.New(1<<20).Decompress(records.Zstd, 2, zeros(log, 10<<13)); !errors.As(err, &tooLarge) {
				t.Errorf("a window of 1<<%d: %v; want *TooLarge", log, err)
			}
		})
	}
	if _, err := compress.New(0).Decompress(records.Zstd, 2, zeros(28, 1)); err == nil || errors.As(err, &tooLarge) {
		t.Errorf("a window of 1<<28: %v", err)
	}
}

// Nothing is made room for anew by calls that fail, whatever the frames announce
// and how many there are, nor where calls that need little come in between.
func TestDecompressAgain(t *testing.T) {
	const limit = 32 << 20
	small := compressed(t, []byte("some text"))[records.Zstd]
	for _, test := range []struct {
		name   string
		frames [][]byte
	}{
		{"no window to speak of", [][]byte{zeros(17, 260)}},
		{"a window beyond the limit", [][]byte{zeros(27, 260)}},
		{"two frames", [][]byte{zeros(17, 200), zeros(17, 200)}},
		{"two frames and such a window", [][]byte{zeros(27, 200), zeros(27, 200)}},
		{"up to the limit and on", [][]byte{zeros(17, 255), zeros(17, 200)}},
		{"to the limit and on", [][]byte{zeros(27, 256), zeros(27, 1)}},
		{"many frames", slices.Repeat([][]byte{zeros(27, 1)}, 300)},
	} {
		src := slices.Concat(test.frames...)
		bounded(t, limit, func() {
			d := compress.New(limit)
			for range 5 {
				var tooLarge *compress.TooLarge
				if got, err := d.Decompress(records.Zstd, 2, src); !errors.As(err, &tooLarge) {
					t.Errorf("%s: %d bytes, %v; want *TooLarge", test.name, len(got), err)
				}
				if _, err := d.Decompress(records.Zstd, 2, small); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// A large room is not kept for ever.
func TestDecompressForgets(t *testing.T) {
	d := compress.New(0)
	call := func(src []byte, times int) func() {
		return func() {
			for range times {
				if _, err := d.Decompress(records.Zstd, 2, src); err != nil {
					t.Error(err)
				}
			}
		}
	}
	small, large := zeros(17, 1), zeros(27, 200)
	const much = 200 << 17
	for _, test := range []struct {
		between int
		anew    bool
	}{{0, true}, {0, false}, {50, false}, {200, true}} {
		call(small, test.between)()
		if n := allocated(call(large, 1)); n > much != test.anew {
			t.Errorf("after %d calls that need little: %d bytes allocated", test.between, n)
		}
	}
}

// A window is needed to look back, as far as to the first byte of what has as
// many as the limit, be that a size of windows or none.
func TestDecompressLooksBack(t *testing.T) {
	for _, limit := range []int{100, 128 << 10, 129 << 10, 1 << 20, 1<<20 + 1, 9_500_000} {
		content := make([]byte, limit)
		part := min(limit/3, 50_000)
		for i, random := 0, rand.New(rand.NewPCG(1, 2)); i < part; i++ {
			content[i] = byte(random.Uint32())
		}
		copy(content[limit-part:], content)
		var out bytes.Buffer
		w, err := zstd.NewWriter(&out, zstd.WithWindowSize(128<<20), zstd.WithEncoderLevel(zstd.SpeedBestCompression))
		if err != nil {
			t.Fatal(err)
		}
		for _, half := range [][]byte{content[:part], content[part:]} { // lest it says how much there is
			if _, err := w.Write(half); err != nil {
				t.Fatal(err)
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if out.Len() > part+part/2+100 {
			t.Fatalf("%d bytes in %d: nothing looks back", limit, out.Len())
		}
		got, err := compress.New(limit).Decompress(records.Zstd, 2, out.Bytes())
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes: %d, %v", limit, len(got), err)
		}
		var tooLarge *compress.TooLarge
		if got, err := compress.New(limit-1).Decompress(records.Zstd, 2, out.Bytes()); !errors.As(err, &tooLarge) {
			t.Errorf("%d bytes, one more than the limit: %d, %v", limit, len(got), err)
		}
	}
}

// A frame that claims more than its blocks can hold gets no room for it, be it
// the first, behind another or behind bytes to be skipped.
func TestDecompressClaim(t *testing.T) {
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 3, 1, 0, 0} // 48 MiB, in one empty block
	skipped := []byte{0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7}
	for _, before := range [][]byte{nil, compressed(t, []byte("some text"))[records.Zstd], skipped} {
		bounded(t, 0, func() {
			got, err := compress.New(0).Decompress(records.Zstd, 2, append(bytes.Clone(before), frame...))
			if err == nil || !strings.Contains(err.Error(), "claims more") {
				t.Errorf("behind %x: %d bytes, %v", before, len(got), err)
			}
		})
	}
}

func FuzzDecompress(f *testing.F) {
	for c, src := range compressed(f, []byte(strings.Repeat("some text ", 20))) {
		f.Add(uint8(c), int8(2), src)
	}
	f.Add(uint8(records.Zstd), int8(2), slices.Concat(zeros(27, 1), zeros(20, 9)))
	f.Add(uint8(records.Zstd), int8(2), slices.Concat(zeros(17, 5), zeros(27, 5)[:20]))
	d := compress.New(1 << 20)
	f.Fuzz(func(t *testing.T, c uint8, magic int8, src []byte) {
		got, err := d.Decompress(records.Compression(c), magic, src)
		if err == nil && c != 0 && len(got) > 1<<20 {
			t.Errorf("%d bytes beyond the limit", len(got))
		}
	})
}

// Records are read wherever a scanner finds whole batches, whatever bytes they
// are, and none lies outside of the field.
func FuzzReader(f *testing.F) {
	for _, c := range []records.Compression{records.None, records.Gzip, records.Snappy, records.LZ4, records.Zstd} {
		f.Add(batch(f, c, 3, 20))
	}
	reader := records.Reader{Decompressor: compress.New(1 << 20)}
	f.Fuzz(func(t *testing.T, field []byte) {
		var scanner records.Scanner
		scanner.Reset(nil, false)
		scanner.Write(field)
		for _, b := range scanner.Close() {
			if b.Err != "" || b.Partial {
				return
			}
			_ = reader.Open(field, &b)
			size := 0
			for r := (records.Record{}); reader.Next(&r); {
				size += len(r.Key) + len(r.Value)
				for h, ok := r.Headers.Next(); ok; h, ok = r.Headers.Next() {
					size += len(h.Key) + len(h.Value)
				}
			}
			if size > 1<<20+len(field) {
				t.Errorf("%d bytes of records", size)
			}
			field = field[b.Size:]
		}
	})
}

package capture

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// scriptedRing hands out what a script says: a packet by its time, or an error.
type scriptedRing struct {
	script []any // time.Duration since begin, error, or func()
	begin  time.Time
	drops  int64
}

func (r *scriptedRing) next(pk *packet) error {
	for len(r.script) > 0 {
		step := r.script[0]
		r.script = r.script[1:]
		switch step := step.(type) {
		case time.Duration:
			pk.time = r.begin.Add(step).UnixNano()
			pk.nanoseconds, pk.link, pk.index = true, linkEthernet, loopbackOfTest()
			tcp := append(ports(53422, 9092), make([]byte, 100)...)
			whole := ethernetFrame(0, etherIPv4, ipv4Packet(protoTCP, 0, 0, "10.0.0.7", "10.0.0.2", tcp...))
			pk.frame, pk.length = whole[:len(whole)-100], len(whole)
			return nil
		case error:
			return step
		case func():
			step()
		}
	}
	return errors.New("the script is over")
}

func (r *scriptedRing) dropped() int64 { return r.drops }
func (r *scriptedRing) close()         {}

func loopbackOfTest() int {
	all, _ := net.Interfaces()
	for _, it := range all {
		if it.Flags&net.FlagLoopback != 0 {
			return it.Index
		}
	}
	return 1
}

// drain reads to the end, and returns what Next gave.
func drain(l *Live) []string {
	var got []string
	for {
		var s Segment
		err := l.Next(&s)
		if err == io.EOF {
			return append(got, "end")
		}
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, fmt.Sprint(s.Src, " ", s.Missing))
	}
}

func TestLive(t *testing.T) {
	const packet = "10.0.0.7:53422 100"
	now := time.Now()
	for _, test := range []struct {
		name   string
		script func(*Live) []any
		want   []string
	}{
		{
			"ends when stopped, after what was captured before",
			func(l *Live) []any {
				return []any{-time.Second, l.Stop, -time.Millisecond, time.Hour, time.Hour}
			},
			[]string{packet, packet, "end"},
		},
		{
			"ends when stopped and quiet, not before all must have come",
			func(l *Live) []any {
				wait := func() { time.Sleep(lateness + time.Millisecond) }
				return []any{l.Stop, errQuiet, -time.Millisecond, wait, errQuiet, time.Hour}
			},
			[]string{packet, "end"},
		},
		{
			"goes on where the interface does",
			func(l *Live) []any { return []any{-time.Second, errOutage, -time.Second, l.Stop, time.Hour} },
			[]string{packet, packet, "end"},
		},
		{
			"ends with what ends the ring",
			func(*Live) []any { return []any{-time.Second, errors.New("eth0: the interface is gone"), -time.Second} },
			[]string{packet, "eth0: the interface is gone", "end"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &scriptedRing{begin: now}
			l := newLive(r)
			r.begin = time.Now()
			r.script = test.script(l)
			if diff := cmp.Diff(test.want, drain(l)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestLiveTells holds when the functions are called that were asked for.
func TestLiveTells(t *testing.T) {
	r := &scriptedRing{begin: time.Now().Add(-time.Hour)}
	l := newLive(r)
	var calls []string
	l.BeforeRead(func() { calls = append(calls, fmt.Sprint("before ", l.Stats().Drops)) })
	l.WhenQuiet(func(now int64) {
		age := time.Since(time.Unix(0, now))
		calls = append(calls, fmt.Sprint("quiet ", age >= lateness && age < time.Minute))
	})
	r.script = []any{
		time.Duration(0),         // the first: a pause
		10 * time.Millisecond,    // too soon for another
		func() { r.drops = 5 },   //
		200 * time.Millisecond,   // busy for long
		errQuiet,                 //
		errors.New("that is it"), //
	}
	drain(l)
	want := []string{"before 0", "before 5", "quiet true", "before 5", "before 5"}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestLiveDropsAfterStop has packets dropped once they are none of the
// capture's any more.
func TestLiveDropsAfterStop(t *testing.T) {
	r := &scriptedRing{begin: time.Now()}
	l := newLive(r)
	var calls []string
	l.BeforeRead(func() { calls = append(calls, fmt.Sprint(l.Stats().Drops, " ", l.Stopped())) })
	r.script = []any{
		-3 * time.Millisecond,  // the first: a pause
		func() { r.drops = 5 }, //
		l.Stop,                 //
		-2 * time.Millisecond,  // the first since: a pause
		func() { r.drops = 9 }, //
		-time.Millisecond,      //
		time.Hour,              // the end
	}
	drain(l)
	if diff := cmp.Diff([]string{"0 false", "5 true", "5 true"}, calls); diff != "" {
		t.Errorf("drops, and whether it is stopped (-want +got):\n%s", diff)
	}
}

// TestSave reads again what was saved.
func TestSave(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.pcapng")
	r := &scriptedRing{begin: time.Unix(1763819581, 123456789), drops: 7}
	r.script = []any{time.Duration(0), time.Duration(1), errors.New("that is it")}
	l := savingLive(t, r, SaveOptions{Path: path, Program: "kdump test"})
	drain(l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	contents, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"kdump test", interfaceName(loopbackOfTest())} {
		if !strings.Contains(string(contents), want) {
			t.Errorf("the file does not name %q", want)
		}
	}
	if drops := littleEndian.uint64(contents[len(contents)-16:]); drops != 7 {
		t.Errorf("%d drops are saved, want 7", drops)
	}
	saved := Open([]string{path}, nil)
	defer saved.Close()
	for _, want := range []int64{1763819581123456789, 1763819581123456790} {
		var s Segment
		if err := saved.Next(&s); err != nil {
			t.Fatal(err)
		}
		if s.Time != want || s.Missing != 100 || s.Dst.String() != "10.0.0.2:9092" {
			t.Errorf("read %+v, want time %d, 100 bytes missing, to 10.0.0.2:9092", s, want)
		}
	}
	if err := saved.Next(new(Segment)); err != io.EOF {
		t.Errorf("the end is %v, want io.EOF", err)
	}
}

func savingLive(t *testing.T, r *scriptedRing, o SaveOptions) *Live {
	t.Helper()
	l := newLive(r)
	var err error
	if l.saver, err = newSaver(o, 262144); err != nil {
		t.Fatal(err)
	}
	return l
}

// TestSaveFiles holds which files there are, and how many packets in each.
func TestSaveFiles(t *testing.T) {
	packets := func(gaps ...time.Duration) []any {
		var script []any
		var at time.Duration
		for _, gap := range gaps {
			at += gap
			script = append(script, at)
		}
		return append(script, errors.New("that is it"))
	}
	for _, test := range []struct {
		name    string
		options SaveOptions
		script  []any
		want    map[string]int64
	}{
		{"one", SaveOptions{Path: "x"}, packets(1, 1, 1), map[string]int64{"x": 3}},
		// The first packet comes with the description of its interface.
		{"by size", SaveOptions{Path: "x", Size: 250}, packets(1, 1, 1, 1, 1), map[string]int64{"x": 2, "x1": 2, "x2": 1}},
		{"by size, in a circle", SaveOptions{Path: "x", Size: 1, Count: 3}, packets(1, 1, 1, 1),
			map[string]int64{"x0": 1, "x1": 1, "x2": 1}},
		{"by size, in a large circle", SaveOptions{Path: "x", Size: 1, Count: 11}, packets(1, 1), map[string]int64{"x00": 0, "x01": 1, "x02": 1}},
		{"by size, one", SaveOptions{Path: "x", Size: 1, Count: 1}, packets(1, 1, 1), map[string]int64{"x": 1}},
		{"by time", SaveOptions{Path: "x-%s", Every: time.Minute}, packets(time.Second, time.Minute, time.Second, time.Minute),
			map[string]int64{"x-BEGIN": 1, "x-BEGIN+61": 2, "x-BEGIN+122": 1}},
		{"by time, counted", SaveOptions{Path: "x-%s", Every: time.Minute, Count: 2}, packets(time.Second, time.Minute, time.Minute, time.Minute),
			map[string]int64{"x-BEGIN": 1, "x-BEGIN+61": 1}},
		{"by time and size", SaveOptions{Path: "x-%s", Every: time.Minute, Size: 250}, packets(time.Second, 1, 1, time.Minute),
			map[string]int64{"x-BEGIN": 2, "x-BEGIN1": 1, "x-BEGIN+61": 1}},
		{"by time and size, in circles", SaveOptions{Path: "x-%s", Every: time.Minute, Size: 1, Count: 2}, packets(time.Second, 1, 1, time.Minute),
			map[string]int64{"x-BEGIN0": 1, "x-BEGIN1": 1, "x-BEGIN+610": 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			test.options.Path = filepath.Join(dir, test.options.Path)
			r := &scriptedRing{script: test.script}
			l := savingLive(t, r, test.options)
			r.begin = l.saver.since
			drain(l)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			got := map[string]int64{}
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			begin := r.begin.Unix()
			for _, e := range entries {
				saved := Open([]string{filepath.Join(dir, e.Name())}, nil)
				readToEnd(t, saved)
				name := e.Name()
				for _, later := range []int64{122, 61} {
					name = strings.Replace(name, fmt.Sprint(begin+later), fmt.Sprintf("BEGIN+%d", later), 1)
				}
				got[strings.Replace(name, fmt.Sprint(begin), "BEGIN", 1)] = saved.Stats().Packets
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

func readToEnd(t *testing.T, r *Reader) {
	t.Helper()
	defer r.Close()
	for {
		var s Segment
		switch err := r.Next(&s); err {
		case nil:
		case io.EOF:
			return
		default:
			t.Fatal(err)
		}
	}
}

// TestSaveFails has the disk full, as far as it can be had: the capture goes on.
func TestSaveFails(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	r := &scriptedRing{begin: time.Now(), script: []any{-time.Hour, errQuiet, -time.Minute, errors.New("that is it")}}
	l := savingLive(t, r, SaveOptions{Path: "/dev/full"})
	got := drain(l)
	want := []string{"10.0.0.7:53422 100", "write /dev/full: no space left on device; no more packets are saved",
		"10.0.0.7:53422 100", "that is it", "end"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestSaveFailsAtTheEnd has it full when the last packets are written.
func TestSaveFailsAtTheEnd(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	const packet, full = "10.0.0.7:53422 100", "write /dev/full: no space left on device; no more packets are saved"
	for _, test := range []struct {
		name string
		end  func(*Live) []any
		want []string
	}{
		{"stopped", func(l *Live) []any { return []any{l.Stop, time.Hour} }, []string{full, "end"}},
		{"stopped and quiet", func(l *Live) []any { return []any{func() { l.stopped.Store(1) }, errQuiet} }, []string{full, "end"}},
		{"the ring ends", func(*Live) []any { return []any{errors.New("that is it")} }, []string{"that is it", full, "end"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &scriptedRing{begin: time.Now()}
			l := savingLive(t, r, SaveOptions{Path: "/dev/full"})
			// No pause comes between these two, the second of which is saved at the end.
			l.paused = r.begin.Add(-time.Minute).UnixNano()
			r.script = append([]any{-time.Minute}, test.end(l)...)
			if diff := cmp.Diff(append([]string{packet}, test.want...), drain(l)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if err := l.Close(); err != nil {
				t.Errorf("Close says it once more: %v", err)
			}
		})
	}
}

// TestSaveEndsTheCapture has a packet come behind the last file.
func TestSaveEndsTheCapture(t *testing.T) {
	const packet = "10.0.0.7:53422 100"
	r := &scriptedRing{begin: time.Now()}
	r.script = []any{time.Second, time.Minute, 2 * time.Minute, 3 * time.Minute}
	l := savingLive(t, r, SaveOptions{Path: filepath.Join(t.TempDir(), "x-%s"), Every: time.Minute, Count: 2})
	l.saver.since = r.begin
	if diff := cmp.Diff([]string{packet, packet, "end"}, drain(l)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !l.Stopped() {
		t.Error("it is not said to be stopped")
	}
}

func TestSaveOptions(t *testing.T) {
	for _, test := range []struct {
		options SaveOptions
		want    string // in the error, "" for none
	}{
		{SaveOptions{Path: "100%"}, ""},
		{SaveOptions{Path: "x", Size: 1, Count: 1}, ""},
		{SaveOptions{Path: "x-%F-%H%M%S", Every: time.Second, Count: 3}, ""},
		{SaveOptions{Path: "100%", Every: time.Second}, "single %"},
		{SaveOptions{Path: "%q", Every: time.Second}, "%q is none"},
		{SaveOptions{Path: "x", Count: 1}, "neither size nor time"},
		{SaveOptions{Path: "x", Count: 1, Size: 1, Every: 1}, ""},
	} {
		err := test.options.Check()
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v, want %q", test.options, err, test.want)
		}
	}
}

func TestFormatTime(t *testing.T) {
	at := time.Date(2026, 11, 2, 3, 4, 5, 0, time.UTC)
	got, err := formatTime("%Y-%m-%d %F %H:%M:%S %T %y %j %b %a %s 100%%", at)
	if want := "2026-11-02 2026-11-02 03:04:05 03:04:05 26 306 Nov Mon 1793588645 100%"; got != want || err != nil {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}

func BenchmarkSavePacket(b *testing.B) {
	pk := packet{time: 1, link: linkEthernet, frame: make([]byte, 1500), length: 1500, index: 1}
	s := &pcapngSection{snapLength: 262144, interfaces: []savedInterface{{index: 1}}}
	var buf []byte
	b.SetBytes(1500)
	b.ReportAllocs()
	for b.Loop() {
		buf = s.packet(buf[:0], &pk)
	}
}

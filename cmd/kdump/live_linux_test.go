package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// wire is a network namespace of the test's own, with a loopback interface and
// a cable, whose packets go in at its end "far" and come out at "near". It
// belongs to the goroutine that made it.
type wire struct {
	t   *testing.T
	far int // a packet socket
}

func newWire(t *testing.T) *wire {
	if os.Getuid() != 0 {
		t.Skip("not run: only root makes network namespaces")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("not run: ip (iproute2) is not installed")
	}
	// The thread ends with the goroutine, since it is not unlocked, and the
	// namespace with the thread.
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Skip("not run: a network namespace cannot be made:", err)
	}
	w := &wire{t: t}
	w.ip("link set lo up")
	w.ip("link add near type veth peer name far")
	for _, end := range []string{"near", "far"} {
		w.ip("link set " + end + " mtu 2000 addrgenmode none up")
	}
	far, err := net.InterfaceByName("far")
	if err != nil {
		t.Fatal(err)
	}
	if w.far, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(w.far) })
	if err := unix.Bind(w.far, &unix.SockaddrLinklayer{Ifindex: far.Index}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *wire) ip(command string) {
	w.t.Helper()
	if out, err := exec.Command("ip", strings.Fields(command)...).CombinedOutput(); err != nil {
		w.t.Fatalf("ip %s: %v: %s", command, err, out)
	}
}

const quickstart = "../../testdata/captures/quickstart.pcap"

// frames makes of a frame what is sent in its place.
type frames func(frame []byte) [][]byte

// tag is the VLAN tag of number 100, of no priority.
var tag = []byte{0x81, 0x00, 0x00, 0x64}

// tagged puts VLAN tags in front of what the frames carry.
func tagged(tags int, inside frames) frames { return behind(bytes.Repeat(tag, tags), inside) }

// behind likewise puts these there.
func behind(tags []byte, inside frames) frames {
	return func(frame []byte) [][]byte {
		all := inside(frame)
		for i, f := range all {
			all[i] = slices.Concat(f[:12], tags, f[12:])
		}
		return all
	}
}

func asIs(frame []byte) [][]byte { return [][]byte{frame} }

const ethernetHeader = 14

// fragmented has IPv4 packets come in fragments, the first of which ends within
// the TCP header's options or behind them.
func fragmented() frames {
	id := uint16(0)
	return func(frame []byte) [][]byte {
		id++
		header := 4 * int(frame[ethernetHeader]&0xf)
		head, payload := frame[:ethernetHeader+header], frame[ethernetHeader+header:]
		var all [][]byte
		for from, size := 0, 24; from < len(payload); from, size = from+size, 512 {
			to := min(from+size, len(payload))
			f := slices.Concat(head, payload[from:to])
			ip := f[ethernetHeader:]
			binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)))
			binary.BigEndian.PutUint16(ip[4:], id)
			offset := uint16(from / 8)
			if to < len(payload) {
				offset |= 0x2000 // more fragments
			}
			binary.BigEndian.PutUint16(ip[6:], offset)
			all = append(all, f)
		}
		return all
	}
}

// version6 makes IPv6 packets of IPv4 ones, between addresses fd00::1, with
// destination options in front of TCP.
func version6(frame []byte) [][]byte {
	const options, tcp = 60, 6
	payload := frame[ethernetHeader+4*int(frame[ethernetHeader]&0xf):]
	address := netip.MustParseAddr("fd00::1").AsSlice()
	return [][]byte{slices.Concat(frame[:12], []byte{0x86, 0xdd},
		[]byte{0x60, 0, 0, 0, byte((len(payload) + 8) >> 8), byte(len(payload) + 8), options, 64}, address, address,
		[]byte{tcp, 0, 1, 4, 0, 0, 0, 0}, payload)}
}

// onHost has the packets be of other connections, from a host to itself.
func onHost(host byte) frames {
	return func(frame []byte) [][]byte {
		f := slices.Clone(frame)
		f[ethernetHeader+15], f[ethernetHeader+19] = host, host
		return [][]byte{f}
	}
}

// replay sends the frames of the quickstart capture, behind VLAN tags.
func (w *wire) replay(tags int) { w.replayAs(tagged(tags, asIs)) }

// replayAs sends what is made of them.
func (w *wire) replayAs(make frames) {
	w.t.Helper()
	contents, err := os.ReadFile(quickstart)
	if err != nil {
		w.t.Fatal(err)
	}
	for b := contents[24:]; len(b) > 0; {
		length := binary.LittleEndian.Uint32(b[8:])
		for _, frame := range make(b[16 : 16+length]) {
			if _, err := unix.Write(w.far, frame); err != nil {
				w.t.Fatal(err)
			}
		}
		b = b[16+length:]
	}
}

// running is a kdump live that runs.
type running struct {
	t        *testing.T
	cmd      *exec.Cmd
	out, err lockedBuffer
}

// live starts kdump live and waits until it listens, or ends.
func (w *wire) live(args ...string) *running {
	w.t.Helper()
	r := &running{t: w.t}
	r.cmd = asKdumpCommand(w.t, append([]string{"live"}, args...)...)
	r.cmd.Stdout, r.cmd.Stderr = &r.out, &r.err
	if err := r.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { r.cmd.Process.Kill() })
	r.await("listening on", &r.err)
	return r
}

// await waits until a text is in the output.
func (r *running) await(text string, in *lockedBuffer) {
	r.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(in.String(), text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("no %q in %q; stderr: %s", text, in, &r.err)
		}
	}
}

// end waits for the end, which must come by itself, and returns the exit code.
func (r *running) end() int {
	r.t.Helper()
	ended := time.AfterFunc(20*time.Second, func() { r.cmd.Process.Kill() })
	defer ended.Stop()
	var exit *exec.ExitError
	if err := r.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		r.t.Fatal(err)
	}
	code := r.cmd.ProcessState.ExitCode()
	if code < 0 {
		r.t.Errorf("%v; stderr: %s", r.cmd.ProcessState, &r.err)
	}
	return code
}

// stop ends it as a user does.
func (r *running) stop(by os.Signal) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(by); err != nil {
		r.t.Fatal(err)
	}
	if code := r.end(); code != exitDone {
		r.t.Errorf("exit code %d: %s", code, &r.err)
	}
}

// lockedBuffer is a buffer that is read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// exchanges reads NDJSON, but for times, which differ each time.
func exchanges(t *testing.T, ndjson string) []map[string]any {
	t.Helper()
	var all []map[string]any
	d := json.NewDecoder(strings.NewReader(ndjson))
	for {
		var one map[string]any
		switch err := d.Decode(&one); err {
		case nil:
		case io.EOF:
			return all
		default:
			t.Fatal(err)
		}
		for _, name := range []string{"time", "totalTimeMs", "serverTimeMs"} {
			delete(one, name)
		}
		all = append(all, one)
	}
}

// TestLiveReplay has a capture pass a wire, and shows what is in the capture.
func TestLiveReplay(t *testing.T) {
	out, _ := kdumpRead(t, "-f", "ndjson", quickstart)
	all := exchanges(t, out)
	all6 := exchanges(t, strings.ReplaceAll(out, "127.0.0.1:", "[fd00::1]:"))
	for _, test := range []struct {
		name   string
		args   []string
		frames frames
		want   []map[string]any
		passes bool // the kernel's filter
	}{
		{"one interface", []string{"-i", "near"}, asIs, all, true},
		{"not promiscuous", []string{"-i", "near", "-p"}, asIs, all, true},
		{"VLAN", []string{"-i", "near", "--port", "9092"}, tagged(1, asIs), all, true},
		{"QinQ", []string{"-i", "near", "--host", "127.0.0.0/8"}, tagged(2, asIs), all, true},
		{"any", []string{"-i", "any"}, asIs, all, true},
		{"any, VLAN", []string{"-i", "any", "--port", "9092"}, tagged(1, asIs), all, true},
		{"any, QinQ", []string{"-i", "any"}, tagged(2, asIs), all, true},
		{"any, QinQ, priority 2 inside", []string{"-i", "any"}, behind([]byte{0x81, 0, 0, 0x64, 0x81, 0, 0x40, 0x64}, asIs), all, true},
		{"any, QinQ, priority 3 inside", []string{"-i", "any"}, behind([]byte{0x88, 0xa8, 0, 0x64, 0x81, 0, 0x60, 0x64}, asIs), all, true},
		{"any, QinQ, an old kind outside", []string{"-i", "any"}, behind([]byte{0x91, 0, 0, 0x64, 0x81, 0, 0, 0x64}, asIs), all, true},
		{"three tags", []string{"-i", "near"}, tagged(3, asIs), all, true},
		{"any, three tags", []string{"-i", "any"}, tagged(3, asIs), all, true},
		{"the port", []string{"-i", "near", "--port", "9092,9093"}, asIs, all, true},
		{"another port", []string{"-i", "near", "--port", "80"}, asIs, nil, false},
		{"another host", []string{"-i", "near", "--host", "10.0.0.1"}, asIs, nil, false},
		{"another port, any", []string{"-i", "any", "--port", "80"}, asIs, nil, false},
		{"another port, VLAN", []string{"-i", "near", "--port", "80"}, tagged(1, asIs), nil, false},
		{"another host, QinQ", []string{"-i", "near", "--host", "10.0.0.1"}, tagged(2, asIs), nil, false},
		{"fragments", []string{"-i", "near", "--port", "9092", "--host", "127.0.0.1"}, fragmented(), all, true},
		{"fragments, any", []string{"-i", "any", "--port", "9092"}, fragmented(), all, true},
		{"fragments, VLAN", []string{"-i", "near", "--port", "9092"}, tagged(1, fragmented()), all, true},
		{"fragments, another port", []string{"-i", "near", "--port", "80"}, fragmented(), nil, true},
		{"IPv6 options", []string{"-i", "near", "--port", "9092", "--host", "fd00::/8"}, version6, all6, true},
		{"IPv6 options, any, VLAN", []string{"-i", "any", "--port", "9092"}, tagged(1, version6), all6, true},
		{"IPv6 options, another host", []string{"-i", "near", "--host", "fd01::1"}, version6, nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWire(t)
			r := w.live(append(test.args, "-f", "ndjson")...)
			w.replayAs(test.frames)
			r.stop(os.Interrupt)
			if diff := cmp.Diff(test.want, exchanges(t, r.out.String())); diff != "" {
				t.Errorf("exchanges (-want +got):\n%s\nstderr: %s", diff, &r.err)
			}
			if none := strings.Contains(r.err.String(), "kdump: 0 packets,"); none == test.passes {
				t.Errorf("the kernel's filter lets them pass: want %t; stderr: %s", test.passes, &r.err)
			}
		})
	}
}

// TestLiveEnds has a live capture end by itself.
func TestLiveEnds(t *testing.T) {
	for _, test := range []struct {
		args []string
		want int // lines
	}{
		{[]string{"-n", "3"}, 3},
		{[]string{"--duration", "2s"}, 28},
	} {
		t.Run(test.args[0], func(t *testing.T) {
			w := newWire(t)
			r := w.live(append(test.args, "-i", "near")...)
			w.replay(0)
			if code := r.end(); code != exitDone {
				t.Errorf("exit code %d: %s", code, &r.err)
			}
			if lines := strings.Count(r.out.String(), "\n"); lines != test.want {
				t.Errorf("%d exchanges are shown, want %d", lines, test.want)
			}
		})
	}
}

// TestLiveEndsInQuiet has nothing more come where the last exchange wanted is
// found: the first of a connection from before waits for what may precede it.
func TestLiveEndsInQuiet(t *testing.T) {
	w := newWire(t)
	client, server := connect(t)
	r := w.live("-i", "lo", "-n", "1")
	ask(t, client, server, 0)
	answer(t, client, server, 0)
	if code := r.end(); code != exitDone {
		t.Errorf("exit code %d: %s", code, &r.err)
	}
	if lines := strings.Count(r.out.String(), "\n"); lines != 1 {
		t.Errorf("%d exchanges are shown, want 1", lines)
	}
}

// TestLivePromiscuous asks the kernel which mode the interface is in.
func TestLivePromiscuous(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-i", "near"}, "promiscuity 1 "},
		{[]string{"-i", "near", "-p"}, "promiscuity 0 "},
	} {
		t.Run(test.want, func(t *testing.T) {
			w := newWire(t)
			r := w.live(test.args...)
			out, err := exec.Command("ip", "-details", "-oneline", "link", "show", "near").Output()
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(out), test.want) {
				t.Errorf("no %q in %s", test.want, out)
			}
			r.stop(os.Interrupt)
		})
	}
}

// TestLiveSave reads again what was saved.
func TestLiveSave(t *testing.T) {
	for _, tags := range []int{0, 1, 2} {
		t.Run(fmt.Sprint("behind tags: ", tags), func(t *testing.T) {
			w := newWire(t)
			path := filepath.Join(t.TempDir(), "x.pcapng")
			r := w.live("-i", "near", "-w", path)
			w.replay(tags)
			r.stop(syscall.SIGTERM)
			read, _ := kdumpRead(t, path)
			if diff := cmp.Diff(r.out.String(), read); diff != "" || read == "" {
				t.Errorf("what was shown and what was saved (-shown +saved):\n%s", diff)
			}
			saved, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			packets := bytes.Count(saved, append(bytes.Repeat(tag, tags), 0x08, 0x00, 0x45))
			if tags == 0 && bytes.Contains(saved, tag) || packets != 134 {
				t.Errorf("%d packets behind %d tags are saved, want 134", packets, tags)
			}
		})
	}
}

// TestLiveLoopback has a client and a server talk on the loopback interface.
func TestLiveLoopback(t *testing.T) {
	for _, iface := range []string{"lo", "any"} {
		t.Run(iface, func(t *testing.T) {
			w := newWire(t)
			path := filepath.Join(t.TempDir(), "x.pcapng")
			r := w.live("-i", iface, "-w", path)
			client, server := connect(t)
			ask(t, client, server, 0)
			answer(t, client, server, 0)
			ask(t, client, server, 1) // and get no answer
			// It is shown when it is there, not when something else comes.
			r.await("ApiVersions v0", &r.out)
			if code := capabilities(t, r.cmd.Process.Pid); code != "" {
				t.Error(code)
			}
			r.stop(os.Interrupt)
			lines := strings.Split(strings.TrimSpace(r.out.String()), "\n")
			if len(lines) != 2 || !strings.HasSuffix(lines[0], "ok") || !strings.Contains(lines[1], "end of capture") {
				t.Errorf("shown: %s\nwant one exchange, and one request that was not answered", &r.out)
			}
			saved, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(saved, []byte{0, 18, 0, 0, 0, 0, 0, 0, 0, 2, 'm', 'e'}); n != 1 {
				t.Errorf("the packet of the first request was captured %d times", n)
			}
		})
	}
}

// ask has the client send ApiVersions v0, and the server read it.
func ask(t *testing.T, client, server net.Conn, id uint16) {
	t.Helper()
	send(t, client, server, []byte{0, 0, 0, 12, 0, 18, 0, 0, 0, 0, byte(id >> 8), byte(id), 0, 2, 'm', 'e'})
}

// answer has the server answer it.
func answer(t *testing.T, client, server net.Conn, id uint16) {
	t.Helper()
	send(t, server, client, []byte{0, 0, 0, 16, 0, 0, byte(id >> 8), byte(id), 0, 0, 0, 0, 0, 1, 0, 18, 0, 0, 0, 3})
}

func send(t *testing.T, from, to net.Conn, b []byte) {
	t.Helper()
	if _, err := from.Write(b); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(to, make([]byte, len(b))); err != nil {
		t.Fatal(err)
	}
}

// connect returns the ends of a connection.
func connect(t *testing.T) (client, server net.Conn) { return connectTo(t, 0) }

// connectTo returns those of one to a port.
func connectTo(t *testing.T, port int) (client, server net.Conn) {
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = net.DialTCP("tcp4", nil, l.Addr().(*net.TCPAddr)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return client, server
}

// capabilities says what a process that should have none has. Only a static
// binary can give them up.
func capabilities(t *testing.T, pid int) string {
	info, _ := debug.ReadBuildInfo()
	if slices.Contains(info.Settings, debug.BuildSetting{Key: "CGO_ENABLED", Value: "1"}) {
		return ""
	}
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(tasks) == 0 {
		return fmt.Sprint("no threads are found: ", err)
	}
	for _, task := range tasks {
		f, err := os.Open(task)
		if err != nil {
			continue // the thread has ended
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if name, value, _ := strings.Cut(lines.Text(), ":\t"); name == "CapEff" && strings.Trim(value, "0") != "" {
				return fmt.Sprintf("%s has capabilities %s", task, value)
			}
		}
	}
	return ""
}

// TestLiveCaller has sudo be used, as far as kdump sees.
func TestLiveCaller(t *testing.T) {
	t.Setenv("SUDO_UID", "65534")
	t.Setenv("SUDO_GID", "65533")
	for _, test := range []struct {
		name     string
		args     []string
		uid, gid string
	}{
		{"one file", []string{"-w"}, "65534", "65533"},
		{"more files", []string{"-C", "1", "-w"}, "0", "0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWire(t)
			r := w.live(append([]string{"-i", "near"}, append(test.args, filepath.Join(t.TempDir(), "x"))...)...)
			tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", r.cmd.Process.Pid))
			if err != nil || len(tasks) == 0 {
				t.Errorf("no threads are found: %v", err)
			}
			for _, task := range tasks {
				status, err := os.ReadFile(task)
				if err != nil {
					continue // the thread has ended
				}
				for name, id := range map[string]string{"Uid": test.uid, "Gid": test.gid} {
					if want := name + ":" + strings.Repeat("\t"+id, 4) + "\n"; !strings.Contains(string(status), want) {
						t.Errorf("no %q in %s", want, status)
					}
				}
			}
			w.replay(0)
			r.stop(os.Interrupt)
			if lines := strings.Count(r.out.String(), "\n"); lines != 28 {
				t.Errorf("%d exchanges are shown, want 28", lines)
			}
		})
	}
}

// TestLiveInterfaceEnds takes the interface away.
func TestLiveInterfaceEnds(t *testing.T) {
	for _, test := range []struct{ command, want string }{
		{"link set near down", "near: the interface went down"},
		{"link delete near", "near: the interface is gone"},
	} {
		t.Run(test.command, func(t *testing.T) {
			w := newWire(t)
			r := w.live("-i", "near")
			w.replay(0)
			w.ip(test.command)
			if code := r.end(); code != exitInput {
				t.Errorf("exit code %d", code)
			}
			for _, want := range []string{test.want, "134 packets"} {
				if !strings.Contains(r.err.String(), want) {
					t.Errorf("no %q on stderr: %s", want, &r.err)
				}
			}
			if lines := strings.Count(r.out.String(), "\n"); lines != 28 {
				t.Errorf("%d exchanges are shown, want 28", lines)
			}
		})
	}
}

// TestLiveOutage has the interface go down and up again while kdump does not
// look.
func TestLiveOutage(t *testing.T) {
	w := newWire(t)
	r := w.live("-i", "near")
	w.replay(0)
	r.await("InitProducerId", &r.out)
	for _, signal := range []os.Signal{syscall.SIGSTOP, syscall.SIGCONT} {
		if err := r.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if signal == syscall.SIGSTOP {
			w.ip("link set near down")
			w.ip("link set near up")
		}
	}
	r.await("1 outage of the interface: it was down for a moment", &r.err)
	lines := func() int { return strings.Count(r.out.String(), "\n") }
	before, host := lines(), byte(1)
	// The other end passes on nothing until it has taken note of it.
	for deadline := time.Now().Add(20 * time.Second); lines() == before; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("nothing is shown behind the outage; stderr: %s", &r.err)
		}
		host++
		w.replayAs(onHost(host))
	}
	r.stop(os.Interrupt)
	if !strings.Contains(r.err.String(), ", 1 outage of the interface") {
		t.Errorf("the closing line does not tell of it: %s", &r.err)
	}
}

// TestLiveSnapLength captures no more of each packet than its headers.
func TestLiveSnapLength(t *testing.T) {
	w := newWire(t)
	path := filepath.Join(t.TempDir(), "x.pcapng")
	r := w.live("-i", "near", "--snaplen", "80", "-w", path)
	w.replay(0)
	r.stop(os.Interrupt)
	if !strings.Contains(r.err.String(), "kdump: 134 packets, 7 connections") || strings.Contains(r.err.String(), "malformed") {
		t.Errorf("stderr: %s", &r.err)
	}
	if !strings.Contains(r.out.String(), "missing: ") {
		t.Errorf("no gaps are shown: %s", &r.out)
	}
	// Each packet takes some 40 bytes besides, and the file 1000.
	if info, err := os.Stat(path); err != nil || info.Size() > 134*120+1000 {
		t.Errorf("the file: %d bytes, %v", info.Size(), err)
	}
}

// TestLiveRotates holds which files there are: a replay takes some 30 kB.
func TestLiveRotates(t *testing.T) {
	for _, test := range []struct {
		args []string
		want []string
	}{
		{[]string{"-C", "1"}, []string{"x", "x1", "x2"}},
		{[]string{"-C", "1", "-W", "2"}, []string{"x0", "x1"}},
		{[]string{"-C", "1", "-W", "1"}, []string{"x"}},
		{[]string{"-C", "1", "-G", "3600", "-W", "3"}, []string{"x0", "x1", "x2"}},
		{[]string{"-G", "3600", "-W", "2"}, []string{"x"}},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			w := newWire(t)
			dir := t.TempDir()
			r := w.live(append(test.args, "-i", "near", "-w", filepath.Join(dir, "x"))...)
			for range 80 {
				w.replay(0)
			}
			r.stop(os.Interrupt)
			files, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, file := range files {
				got = append(got, file.Name())
				if _, talk := kdumpRead(t, filepath.Join(dir, file.Name())); !strings.Contains(talk, " packets, ") {
					t.Errorf("%s: %s", file.Name(), talk)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLiveEndsWithTheLastFile has -W end the capture, as in tcpdump.
func TestLiveEndsWithTheLastFile(t *testing.T) {
	w := newWire(t)
	r := w.live("-i", "near", "-G", "1", "-W", "2", "-w", filepath.Join(t.TempDir(), "x-%s"))
	ended := make(chan int)
	go func() { ended <- r.end() }()
	for {
		w.replay(0)
		select {
		case code := <-ended:
			if code != exitDone {
				t.Errorf("exit code %d: %s", code, &r.err)
			}
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// TestLiveDrops stops kdump while more comes than can wait.
func TestLiveDrops(t *testing.T) {
	w := newWire(t)
	r := w.live("-i", "near", "-B", "1")
	if err := r.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		w.replay(0)
	}
	if err := r.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	r.await("packets dropped: kdump is not fast enough here", &r.err)
	r.stop(os.Interrupt)
	var seen, dropped int
	summary := r.err.String()[strings.LastIndex(r.err.String(), "kdump: "):]
	if _, err := fmt.Sscanf(summary, "kdump: %d packets", &seen); err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(summary, ", ") {
		fmt.Sscanf(part, "%d packets dropped", &dropped)
	}
	if seen == 0 || dropped == 0 || seen+dropped != 200*134 {
		t.Errorf("%d packets seen and %d dropped of %d: %s", seen, dropped, 200*134, summary)
	}
}

// TestLiveGap has a connection go on while kdump is stopped: what was dropped
// is a gap, and what follows is shown.
func TestLiveGap(t *testing.T) {
	w := newWire(t)
	w.ip("link set lo mtu 1500")
	r := w.live("-i", "lo", "-B", "1", "-f", "ndjson")
	client, server := connect(t)
	ask(t, client, server, 0)
	answer(t, client, server, 0)
	r.await(`"correlationId":0,`, &r.out)
	if err := r.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	// A packet takes up some 200 bytes: ten times what there is room for.
	for id := uint16(1); id < 30000; id++ {
		ask(t, client, server, id)
		answer(t, client, server, id)
	}
	if err := r.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	r.await("dropped", &r.err)
	for id := uint16(30000); id < 30010; id++ {
		ask(t, client, server, id)
		answer(t, client, server, id)
	}
	r.await(`"correlationId":30009,`, &r.out)
	r.stop(os.Interrupt)
	types := map[any]int{}
	missing := 0.0
	for _, e := range exchanges(t, r.out.String()) {
		types[e["type"]]++
		if e["type"] == "gap" {
			size, _ := e["sizeBytes"].(float64)
			missing += size
		}
	}
	lost := 30010 - types["exchange"]
	if types["gap"] == 0 || lost < 1000 || missing < float64(lost-10)*16 {
		t.Errorf("shown are %v, lost %d, in gaps of %.0f bytes", types, lost, missing)
	}
}

// TestLiveReaderGone has nobody read the output any more.
func TestLiveReaderGone(t *testing.T) {
	w := newWire(t)
	cmd := asKdumpCommand(t, "live", "-i", "near")
	var stderr lockedBuffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := &running{t: t, cmd: cmd}
	r.await("listening on", &stderr)
	stdout.Close()
	w.replay(0)
	if code := r.end(); code != exitDone {
		t.Errorf("exit code %d: %s", code, &stderr)
	}
}

// TestLiveTimeout has timeout(1) end it, which sends the signal twice.
func TestLiveTimeout(t *testing.T) {
	w := newWire(t)
	r := w.live("-i", "near")
	w.replay(0)
	if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	r.stop(os.Interrupt)
	if lines := strings.Count(r.out.String(), "\n"); lines != 28 {
		t.Errorf("%d exchanges are shown, want 28", lines)
	}
	if want := "kdump: 134 packets, 7 connections (7 Kafka), 28 exchanges (5 with errors)\n"; !strings.HasSuffix(r.err.String(), want) {
		t.Errorf("the closing line is not %q: %s", want, &r.err)
	}
}

// TestLiveReaderStuck has the output be read no further: a first signal waits
// for its reader, a second does not.
func TestLiveReaderStuck(t *testing.T) {
	w := newWire(t)
	cmd := asKdumpCommand(t, "live", "-i", "near", "-v")
	var stderr lockedBuffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdout.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := &running{t: t, cmd: cmd}
	r.await("listening on", &stderr)
	for range 20 { // more than a pipe holds
		w.replay(0)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	r.await("the rest of the output waits to be read", &stderr)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code, want := r.end(), exitSignal+int(syscall.SIGTERM); code != want {
		t.Errorf("exit code %d, want %d; stderr: %s", code, want, &stderr)
	}
}

// TestLiveReaderLate has the output read only after the capture was stopped:
// all that is still pending then is shown.
func TestLiveReaderLate(t *testing.T) {
	newWire(t)
	cmd := asKdumpCommand(t, "live", "-i", "lo", "-B", "128", "--port", "9092", "-f", "ndjson")
	r := &running{t: t, cmd: cmd}
	cmd.Stderr = &r.err
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	r.await("listening on", &r.err)
	client, server := connectTo(t, 9092)
	// More than may wait, twice over.
	const requests, idSize = 1500, 30000
	request := slices.Concat([]byte{0, 0, (idSize + 10) >> 8, (idSize + 10) & 0xff, 0, 18, 0, 0, 0, 0, 0, 0, idSize >> 8, idSize & 0xff}, bytes.Repeat([]byte{'m'}, idSize))
	for range requests {
		send(t, client, server, request)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	r.await("the rest of the output waits to be read", &r.err)
	output, err := io.ReadAll(stdout)
	if err != nil {
		t.Fatal(err)
	}
	if code := r.end(); code != exitDone {
		t.Errorf("exit code %d: %s", code, &r.err)
	}
	if n := bytes.Count(output, []byte(`"unanswered":"`)); n != requests || !strings.Contains(r.err.String(), fmt.Sprintf(", %d requests without response\n", n)) {
		t.Errorf("%d requests are shown, want %d; stderr: %s", n, requests, &r.err)
	}
}

// TestLiveRefused holds what is said where nothing can be captured.
func TestLiveRefused(t *testing.T) {
	unprivileged := func(t *testing.T, args ...string) *exec.Cmd {
		cmd := asKdumpCommand(t, args...)
		setpriv, err := exec.LookPath("setpriv")
		if err != nil {
			t.Skip("not run: setpriv (util-linux) is not installed")
		}
		cmd.Args = append([]string{setpriv, "--inh-caps=-all", "--bounding-set=-all", "--", cmd.Path}, cmd.Args[1:]...)
		cmd.Path = setpriv
		return cmd
	}
	for _, test := range []struct {
		name    string
		command func(*testing.T, ...string) *exec.Cmd
		args    []string
		code    int
		want    string
	}{
		{"no permission", unprivileged, []string{"-i", "lo"}, exitInput, "sudo setcap cap_net_raw+ep "},
		{"no such interface", asKdumpCommand, []string{"-i", "eth9"}, exitInput, "eth9: there is no such interface; there are any, lo, "},
		{"down", asKdumpCommand, []string{"-i", "off"}, exitInput, "off: it is down; bring it up (ip link set off up)"},
		{"no interface", asKdumpCommand, nil, exitUsage, "--list"},
		{"no file can be made", asKdumpCommand, []string{"-i", "lo", "-w", "/nowhere/x"}, exitInput, "/nowhere/x: no such file"},
		{"rotation of nothing", asKdumpCommand, []string{"-i", "lo", "-C", "1"}, exitUsage, "-w, which is missing"},
		{"snaplen", asKdumpCommand, []string{"-i", "lo", "-s", "10"}, exitUsage, "--snaplen is from 64"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWire(t)
			w.ip("link add off type veth peer name off2")
			cmd := test.command(t, append([]string{"live"}, test.args...)...)
			out, _ := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != test.code || !strings.Contains(string(out), test.want) {
				t.Errorf("exit code %d, want %d; %q in: %s", code, test.code, test.want, out)
			}
		})
	}
}

// TestLiveListUnwritten has the list be written nowhere, and to nobody.
func TestLiveListUnwritten(t *testing.T) {
	cmd := asKdumpCommand(t, "live", "--list")
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("not run:", err)
	}
	defer full.Close()
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = full, &stderr
	cmd.Run()
	if code, want := cmd.ProcessState.ExitCode(), "kdump: write /dev/stdout: no space left on device\n"; code != exitInput || stderr.String() != want {
		t.Errorf("exit code %d, %q, want %d, %q", code, &stderr, exitInput, want)
	}
	cmd = asKdumpCommand(t, "live", "--list")
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	defer writer.Close()
	cmd.Stdout = writer
	if out, err := cmd.StderrPipe(); err != nil {
		t.Fatal(err)
	} else if err := cmd.Start(); err != nil {
		t.Fatal(err)
	} else if said, _ := io.ReadAll(out); cmd.Wait() != nil || len(said) > 0 {
		t.Errorf("a closed pipe: %v, %q", cmd.ProcessState, said)
	}
}

// TestLiveList names the interfaces of the namespace.
func TestLiveList(t *testing.T) {
	w := newWire(t)
	w.ip("link set far down")
	want := [][]string{{"NAME", "STATE", "ADDRESSES"}, {"lo", "up", "127.0.0.1/8", "::1/128"}, {"far", "down"}, {"near", "no", "link"}, {"any", "all", "of", "them"}}
	var diff string
	// The kernel takes note of a lost link in its own time.
	for range 50 {
		out, err := asKdumpCommand(t, "live", "--list").Output()
		if err != nil {
			t.Fatal(err)
		}
		var fields [][]string
		for line := range strings.Lines(string(out)) {
			fields = append(fields, strings.Fields(line))
		}
		if len(fields) == len(want) {
			slices.SortFunc(fields[2:4], slices.Compare)
		}
		if diff = cmp.Diff(want, fields); diff == "" {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("-want +got:\n%s", diff)
}

package capture

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// SaveOptions say where a live capture's packets are saved. Files are named as
// tcpdump names them.
type SaveOptions struct {
	// Path is the file's name. Where Every is set it may have conversions of
	// strftime(3), which the time of the file's beginning fills in.
	Path string
	// Size is how many bytes a file has at least before the next is begun: Path
	// with a number behind it. 0: all that comes.
	Size int64
	// Every is the packet time after which the next file is begun. 0: never.
	Every time.Duration
	// Count bounds the files. With Size, the first (of each time, where Every is
	// set too) is written again after the last; with Every alone, the capture
	// ends with the last. 0: there is no bound.
	Count int
	// Program is the name of the program, and its version.
	Program string
}

// Check finds options that contradict each other, and a Path with conversions
// that are not known.
func (o *SaveOptions) Check() error {
	if o.Count > 0 && o.Size == 0 && o.Every == 0 {
		return errors.New("there is one file, and none to be counted, when neither size nor time bounds it")
	}
	if o.Every > 0 {
		if _, err := formatTime(o.Path, time.Now()); err != nil {
			return fmt.Errorf("the file name %s: %w", o.Path, err)
		}
	}
	return nil
}

// saver saves packets in files.
type saver struct {
	SaveOptions
	section pcapngSection
	file    *os.File // nil when no more is saved
	waiting []byte   // to be written
	size    int64    // of the file, with what waits
	drops   int64    // up to the file's beginning

	since   time.Time // when the file, or the first of one time, was begun
	numbers int       // files of that time
	files   int       // of all times
}

// errComplete says that a packet comes behind the last file.
var errComplete = errors.New("the last file is complete")

// saveBuffer is how many bytes are gathered before they are written.
const saveBuffer = 256 << 10

// newSaver opens the first file.
func newSaver(o SaveOptions, snapLength int) (*saver, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	s := &saver{SaveOptions: o}
	s.section = pcapngSection{program: o.Program, snapLength: uint32(snapLength)}
	s.since = time.Now()
	return s, s.open()
}

// open begins the file that is next.
func (s *saver) open() error {
	file, err := os.Create(s.name())
	if err != nil {
		return err
	}
	s.file = file
	s.numbers++
	s.files++
	s.section.interfaces = s.section.interfaces[:0]
	s.waiting = s.section.begin(s.waiting[:0])
	s.size = int64(len(s.waiting))
	return nil
}

// name is that of the next file.
func (s *saver) name() string {
	name := s.Path
	if s.Every > 0 {
		name, _ = formatTime(s.Path, s.since) // checked before
	}
	switch {
	case s.Count == 1, s.numbers == 0 && s.Count == 0, s.Size == 0:
		return name
	case s.Count == 0:
		return name + strconv.Itoa(s.numbers)
	}
	digits := len(strconv.Itoa(s.Count - 1))
	return fmt.Sprintf("%s%0*d", name, digits, s.numbers%s.Count)
}

// save writes a packet, in the next file where it is time for that, or returns
// errComplete. Drops are all until now.
func (s *saver) save(pk *packet, drops int64) error {
	if s.file == nil {
		return nil
	}
	now := time.Unix(0, pk.time)
	switch {
	case s.Every > 0 && now.Sub(s.since) >= s.Every:
		if err := s.end(drops); err != nil {
			return err
		}
		if s.Size == 0 && s.files == s.Count {
			return errComplete
		}
		s.since, s.numbers = now, 0
		if err := s.open(); err != nil {
			return err
		}
	case s.Size > 0 && s.size >= s.Size:
		if err := s.end(drops); err != nil {
			return err
		}
		if err := s.open(); err != nil {
			return err
		}
	}
	before := len(s.waiting)
	s.waiting = s.section.packet(s.waiting, pk)
	s.size += int64(len(s.waiting) - before)
	if len(s.waiting) < saveBuffer {
		return nil
	}
	return s.flush()
}

// flush writes what waits. Nothing is saved any more once that has failed.
func (s *saver) flush() error {
	if s.file == nil || len(s.waiting) == 0 {
		return nil
	}
	_, err := s.file.Write(s.waiting)
	s.waiting = s.waiting[:0]
	if err != nil {
		s.file.Close()
		s.file = nil
	}
	return err
}

// end ends the file.
func (s *saver) end(drops int64) error {
	if s.file == nil {
		return nil
	}
	s.waiting = s.section.end(s.waiting, drops-s.drops)
	s.drops = drops
	if err := s.flush(); err != nil {
		return err
	}
	err := s.file.Close()
	s.file = nil
	return err
}

// formatTime fills a time into those conversions of strftime(3) that make
// names of files.
func formatTime(name string, t time.Time) (string, error) {
	layouts := map[byte]string{'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'H': "15", 'M': "04", 'S': "05", 'j': "002",
		'F': "2006-01-02", 'T': "15:04:05", 'b': "Jan", 'a': "Mon", 'z': "-0700", 'Z': "MST"}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(name, "%")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		if after == "" {
			return "", errors.New("it ends in a single %")
		}
		layout, known := layouts[after[0]]
		switch {
		case known:
			b.WriteString(t.Format(layout))
		case after[0] == 's':
			b.WriteString(strconv.FormatInt(t.Unix(), 10))
		case after[0] == '%':
			b.WriteByte('%')
		default:
			return "", fmt.Errorf("%%%c is none of the conversions known here: %%Y %%m %%d %%H %%M %%S %%F %%T %%s and a few", after[0])
		}
		name = after[1:]
	}
}

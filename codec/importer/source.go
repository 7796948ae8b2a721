package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// release is what one release of Kafka defines.
type release struct {
	name     string // such as "4.4.0"
	messages []*message
}

var (
	jarName        = regexp.MustCompile(`^kafka-[a-z-]+-(\d+\.\d+\.\d+)\.jar$`)
	definitionName = regexp.MustCompile(`(^|/)(message|metadata)/[^/]+\.json$`)
	sourceVersion  = regexp.MustCompile(`(?m)^version=(\d+\.\d+\.\d+)`)
)

// readReleases reads every definition in the jars, or Kafka source trees, that
// lie in the folders, and gives the releases from the oldest to the newest.
func readReleases(folders []string) ([]release, error) {
	byName := map[string]*release{}
	add := func(name string, files fs.FS) error {
		if byName[name] == nil {
			byName[name] = &release{name: name}
		}
		return byName[name].read(files)
	}
	for _, folder := range folders {
		if err := readFolder(folder, add); err != nil {
			return nil, fmt.Errorf("%s: %w", folder, err)
		}
	}
	var all []release
	for _, r := range byName {
		if len(r.messages) > 0 {
			all = append(all, *r)
		}
	}
	slices.SortFunc(all, func(a, b release) int { return compareReleases(a.name, b.name) })
	return all, nil
}

func readFolder(folder string, add func(release string, files fs.FS) error) error {
	if properties, err := os.ReadFile(filepath.Join(folder, "gradle.properties")); err == nil {
		version := sourceVersion.FindSubmatch(properties)
		if version == nil {
			return errors.New("gradle.properties names no version")
		}
		return add(string(version[1]), os.DirFS(folder))
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := jarName.FindStringSubmatch(entry.Name())
		if name == nil {
			continue
		}
		if err := readJar(filepath.Join(folder, entry.Name()), name[1], add); err != nil {
			return fmt.Errorf("%s: %w", entry.Name(), err)
		}
	}
	return nil
}

func readJar(file, release string, add func(release string, files fs.FS) error) error {
	jar, err := zip.OpenReader(file)
	if err != nil {
		return err
	}
	defer jar.Close()
	return add(release, jar)
}

// read adds the definitions of one jar or one source tree.
func (r *release) read(files fs.FS) error {
	return fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !definitionName.MatchString(name) || strings.Contains(name, "src/test/") {
			return err
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		m, err := readMessage(text)
		if err != nil {
			return fmt.Errorf("%s: %w", path.Base(name), err)
		}
		if slices.ContainsFunc(r.messages, func(other *message) bool { return other.id() == m.id() }) {
			return fmt.Errorf("%s: release %s already has this definition from elsewhere", path.Base(name), r.name)
		}
		r.messages = append(r.messages, m)
		return nil
	})
}

// compareReleases orders release names by their numbers.
func compareReleases(a, b string) int {
	numbers := func(name string) (out []int) {
		for _, part := range strings.Split(name, ".") {
			n, _ := strconv.Atoi(part) // only digits, by the patterns above
			out = append(out, n)
		}
		return out
	}
	return slices.Compare(numbers(a), numbers(b))
}

// Importer writes the definition files of package codec out of Kafka's own.
//
//	go run ./codec/importer -o codec/definitions JARDIR...
//
// It reads the message definitions in the jars of several releases of Apache
// Kafka (kafka-clients-4.4.0.jar and the like; testdata/kafka/pom.xml names
// those that the files are made of), or in its source trees, and writes one
// file per API, header and internal record, with all versions that any of the
// releases holds. Where two of them hold the same version, the newer is
// believed, and they must agree but for a short list (differences.go).
//
// What people added to the files stays: comments, and the meanings of fields
// that Kafka's definitions do not tell. Where a line with such a meaning or
// comment has gone from Kafka's definitions, nothing is written.
//
// The one file besides, definitions/errors, is printed by
// testdata/kafka/Errors.java, which asks Kafka's class for its names.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

func main() {
	out := flag.String("o", "codec/definitions", "folder of the definition files")
	flag.Parse()
	if err := run(*out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "importer:", err)
		os.Exit(1)
	}
}

func run(out string, folders []string) error {
	if len(folders) == 0 {
		return errors.New("name the folders with the jars of Kafka")
	}
	files, err := importFrom(folders, os.DirFS(out))
	if err != nil {
		return err
	}
	for name, text := range files {
		name = filepath.Join(out, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(name, text, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// importFrom makes the definition files, by their paths, keeping what people
// added to those that are there.
func importFrom(folders []string, there fs.FS) (map[string][]byte, error) {
	releases, err := readReleases(folders)
	if err != nil {
		return nil, err
	}
	definitions, err := merge(releases, kafkaDifferences)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, d := range definitions {
		if err := d.keepFrom(there); err != nil {
			return nil, err
		}
		files[d.path()] = d.text()
	}
	return files, leftOver(there, files)
}

func (d *definition) keepFrom(there fs.FS) error {
	text, err := fs.ReadFile(there, d.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	was, err := parseDefinition(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", d.path(), err)
	}
	return d.keep(was)
}

// byHand is the folder of what Kafka itself writes down in code alone: people
// write these files.
const byHand = "payload"

// leftOver returns an error for every file that is there and that no release
// defines under this name now.
func leftOver(there fs.FS, files map[string][]byte) error {
	names, err := fs.Glob(there, "*/*")
	if err != nil {
		return err
	}
	var left []error
	for _, name := range names {
		if files[name] == nil && filepath.Dir(name) != byHand {
			left = append(left, fmt.Errorf("%s: no release defines it: remove it, or give it its new name", name))
		}
	}
	return errors.Join(left...)
}

package main

import (
	"bufio"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/kdump/kdump/codec"
)

// Brokers older than 2.7 log requests as text, in one form or another. What
// can be held against kdump's output without parsing those texts is which
// requests were completed: API, version, correlation id and client.
var oldForms = []*regexp.Regexp{
	regexp.MustCompile(`^Completed request:\{api_key=(?<api>\d+),api_version=(?<version>\d+),correlation_id=(?<id>-?\d+),`),
	regexp.MustCompile(`^Completed request:Name: ?(?<api>\w+?)(Request)?; ?Version: ?(?<version>\d+);.*?CorrelationId: ?(?<id>-?\d+);`),
	regexp.MustCompile(`^Completed request:RequestHeader\(apiKey=(?<api>\w+), apiVersion=(?<version>\d+), clientId=.*?, correlationId=(?<id>-?\d+)\)`),
}

var oldClient = regexp.MustCompile(`from (?:client /|connection [\d.]+:\d+-)([\d.]+:\d+)`)

// oldLog holds the lines of an old broker's log against the messages shown.
// It returns how many of them there are, and how many are shown.
func oldLog(t *testing.T, lines *bufio.Scanner, shown map[string]int) (logged, found int) {
	for lines.Scan() {
		line := lines.Text()
		if !strings.HasPrefix(line, "Completed request:") || strings.HasPrefix(line, "Completed request:{\"") {
			continue
		}
		logged++
		key := oldKey(line)
		if key == "" {
			t.Errorf("a line of the log is in no known form: %s", line)
			continue
		}
		if shown[key] == 0 {
			t.Errorf("not shown: %s", line)
			continue
		}
		shown[key]--
		found++
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return logged, found
}

func oldKey(line string) string {
	client := oldClient.FindStringSubmatch(line)
	if client == nil {
		return ""
	}
	for _, form := range oldForms {
		if m := form.FindStringSubmatch(line); m != nil {
			field := func(name string) string { return m[form.SubexpIndex(name)] }
			return fmt.Sprint(apiKey(field("api")), " v", field("version"), " #", field("id"), " ", client[1])
		}
	}
	return ""
}

// apiKey finds the key of an API that a log names by its key or its name.
func apiKey(name string) int16 {
	for _, a := range codec.APIs() {
		if name == fmt.Sprint(a.Key) || name == a.Name || name == a.EnumName() || name == oldNames[a.Name] {
			return a.Key
		}
	}
	return -1
}

// oldNames are the names that classes of old brokers have for requests.
var oldNames = map[string]string{
	"FindCoordinator": "ConsumerMetadata",
	"Metadata":        "TopicMetadata",
	"Produce":         "Producer",
	"ListOffsets":     "Offset",
}

package codec

import (
	"strconv"
	"strings"
)

// errorNames holds the names of Kafka's error codes by code+1 (there is a
// code of -1).
var errorNames lazy[[]string]

// ErrorName returns the name of an error code as Kafka's class Errors has it,
// such as "NOT_LEADER_OR_FOLLOWER" for 6; "" where the code is not known.
func ErrorName(code int16) string {
	names := *errorNames.get(loadErrorNames)
	if at := int(code) + 1; at >= 0 && at < len(names) {
		return names[at]
	}
	return ""
}

// ErrorByName returns the code of the error of a name such as
// "NOT_LEADER_OR_FOLLOWER", whatever the case of its letters, and whether
// there is one.
func ErrorByName(name string) (code int16, ok bool) {
	for i, known := range *errorNames.get(loadErrorNames) {
		if known != "" && strings.EqualFold(known, name) {
			return int16(i - 1), true
		}
	}
	return 0, false
}

func loadErrorNames() *[]string {
	text, _ := files.ReadFile("definitions/errors")
	names := parseErrorNames(string(text))
	return &names
}

// parseErrorNames reads lines of a code and a name.
func parseErrorNames(text string) []string {
	var names []string
	for line := range strings.Lines(text) {
		number, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		code, err := strconv.ParseInt(number, 10, 16)
		if err != nil || code < -1 {
			continue
		}
		for int(code)+1 >= len(names) {
			names = append(names, "")
		}
		names[code+1] = name
	}
	return names
}

package codec

import (
	"embed"
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
)

// The definitions, one file an API, header or record. Their names carry the
// key, so that nothing is read before it is asked for.
//
//go:embed definitions/api definitions/header definitions/record definitions/payload definitions/payloads definitions/controls definitions/topics definitions/errors
var files embed.FS

// API is one of Kafka's APIs. What else has a definition, a header or an
// internal record, is one as well: its versions are those of its Request.
type API struct {
	Key  int16  // -1 where there is none
	Name string // Kafka's name without Request or Response

	file       string
	definition atomic.Pointer[definition]
	layouts    [2][maxVersion + 1]atomic.Pointer[Layout]
}

type catalog struct {
	apis    []*API // by key
	headers [2]*API
}

// loaded is the list of files.
var loaded lazy[catalog]

func load() *catalog { return loaded.get(listFiles) }

func listFiles() *catalog {
	c := &catalog{headers: [2]*API{
		Request:  {Key: -1, Name: "RequestHeader", file: "definitions/header/RequestHeader"},
		Response: {Key: -1, Name: "ResponseHeader", file: "definitions/header/ResponseHeader"},
	}}
	entries, _ := files.ReadDir("definitions/api")
	for _, e := range entries {
		number, name, _ := strings.Cut(e.Name(), "-")
		key, err := strconv.Atoi(number)
		if err != nil {
			continue
		}
		for len(c.apis) <= key {
			c.apis = append(c.apis, nil)
		}
		c.apis[key] = &API{Key: int16(key), Name: name, file: "definitions/api/" + e.Name()}
	}
	return c
}

// APIs returns all known APIs by ascending key.
func APIs() []*API {
	var list []*API
	for _, a := range load().apis {
		if a != nil {
			list = append(list, a)
		}
	}
	return list
}

// APIByKey returns the API of a key, nil where none is known.
func APIByKey(key int16) *API {
	apis := load().apis
	if key < 0 || int(key) >= len(apis) {
		return nil
	}
	return apis[key]
}

// APIByName returns the API of a name such as "Fetch", whatever the case of
// its letters; nil where none is known.
func APIByName(name string) *API {
	for _, a := range load().apis {
		if a != nil && strings.EqualFold(a.Name, name) {
			return a
		}
	}
	return nil
}

func (a *API) load() (*definition, error) {
	if d := a.definition.Load(); d != nil {
		return d, nil
	}
	text, err := files.ReadFile(a.file)
	if err != nil {
		return nil, err
	}
	d, err := parseDefinition(string(text))
	if err != nil {
		return nil, err
	}
	a.definition.CompareAndSwap(nil, d)
	return a.definition.Load(), nil
}

// Versions returns the versions that were ever released of one direction.
func (a *API) Versions(d Direction) Versions {
	def, err := a.load()
	if err != nil || def.sections[d] == nil {
		return 0
	}
	return def.sections[d].versions
}

// Flexible reports whether a version's messages have tag sections and compact
// lengths, and so the newer headers.
func (a *API) Flexible(version int16) bool {
	def, err := a.load()
	return err == nil && def.sections[Request] != nil && def.sections[Request].flexible.Has(version)
}

// Unstable returns the versions that a release holds back unless told otherwise
// (latestVersionUnstable): of each version it is what the newest release says
// that holds it.
func (a *API) Unstable() Versions {
	def, err := a.load()
	if err != nil {
		return 0
	}
	return def.unstable
}

// Releases returns which versions each of the releases holds that the
// definitions were read from, oldest release first.
func (a *API) Releases() []Release {
	def, err := a.load()
	if err != nil {
		return nil
	}
	return def.releases
}

// RequestHeaderVersion returns the version of the header before a request: 2
// where the request is flexible, else 1, but 0 for ControlledShutdown v0
// (ApiMessageTypeGenerator).
func (a *API) RequestHeaderVersion(version int16) int16 {
	switch {
	case a.Key == controlledShutdown && version == 0:
		return 0
	case a.Flexible(version):
		return 2
	}
	return 1
}

// ResponseHeaderVersion returns the version of the header before a response:
// 1 where it is flexible, else 0, but always 0 for ApiVersions, whose reader
// may not know yet what the broker speaks (ApiMessageTypeGenerator).
func (a *API) ResponseHeaderVersion(version int16) int16 {
	if a.Key != apiVersions && a.Flexible(version) {
		return 1
	}
	return 0
}

const (
	controlledShutdown = 7
	apiVersions        = 18
)

// Layout returns the layout of one version. The error says whether the
// version is newer than the newest known.
func (a *API) Layout(d Direction, version int16) (*Layout, error) {
	if version < 0 || version > maxVersion {
		return nil, a.unknownVersion(d, version)
	}
	cached := &a.layouts[d][version]
	if l := cached.Load(); l != nil {
		return l, nil
	}
	def, err := a.load()
	if err != nil {
		return nil, err
	}
	s := def.sections[d]
	if s == nil || !s.versions.Has(version) {
		return nil, a.unknownVersion(d, version)
	}
	l, err := s.resolve(def, d, version)
	if err != nil {
		return nil, err
	}
	cached.CompareAndSwap(nil, l)
	return cached.Load(), nil
}

func (a *API) unknownVersion(d Direction, version int16) error {
	known := a.Versions(d)
	v := strconv.Itoa(int(version))
	name := a.Name
	if a.Versions(Response) != 0 { // a header or a record has but one section
		name += " " + d.String()
	}
	if version > known.Max() {
		return errors.New(name + " v" + v + " is newer than the newest known, v" + strconv.Itoa(int(known.Max())))
	}
	return errors.New(name + " has no v" + v + "; known are " + known.String())
}

// HeaderByName returns RequestHeader or ResponseHeader, nil for other names.
func HeaderByName(name string) *API {
	for _, h := range load().headers {
		if h.Name == name {
			return h
		}
	}
	return nil
}

// RecordByName returns an internal record such as "TransactionLogValue", nil
// where none is known of that name. Each call reads its file anew: keep what
// is needed often.
func RecordByName(name string) *API {
	a, err := loadRecord("record/" + name)
	if err != nil {
		return nil
	}
	return a
}

// RecordNames returns the names of all internal records, in order.
func RecordNames() []string {
	entries, _ := files.ReadDir("definitions/record")
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

package formats

import _ "embed" // for schema.json

//go:embed schema.json
var schema string

// Schema returns a JSON Schema (draft 2020-12) of one object of NDJSON, which
// is also that of one element of JSON's array.
func Schema() string { return schema }

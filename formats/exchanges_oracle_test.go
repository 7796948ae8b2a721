package formats

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kdump/kdump/codec/oracletest"
	"github.com/kdump/kdump/decode"
	"github.com/kdump/kdump/formats/schematest"
)

// oracleConnection is a line of testdata/oracle/Exchanges.java: what Kafka's
// own clients and brokers say to each other, what must be printed of each
// exchange, by path, and what must not.
type oracleConnection struct {
	Name    string           `json:"name"`
	Frames  [][]byte         `json:"frames"`
	Want    []map[string]any `json:"want"`
	Secrets []string         `json:"secrets"`
}

func TestExchangeCorpus(t *testing.T) {
	checkExchanges(t, oracletest.Open(t, "../testdata/oracle/exchanges.jsonl.gz"))
}

// The same of exchanges made anew.
func TestOracleExchanges(t *testing.T) {
	jars, seed := oracletest.Jars(t)
	path := filepath.Join(jars, "4.4.0", "*") + ":" + filepath.Join(jars, "payloads", "*")
	checkExchanges(t, bytes.NewReader(oracletest.Java(t, nil, path, "../testdata/oracle/Exchanges.java", seed, "10")))
}

func checkExchanges(t *testing.T, lines io.Reader) {
	t.Helper()
	schema := strictSchema(t)
	kinds, exchanges := map[string]int{}, 0
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(nil, 1<<22)
	for scanner.Scan() {
		var c oracleConnection
		if err := json.Unmarshal(scanner.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		kinds[c.Name] += len(c.Want)
		exchanges += len(c.Want)
		c.check(t, schema)
		c.checkSecrets(t)
	}
	if scanner.Err() != nil || len(kinds) < 40 {
		t.Errorf("%d kinds: %v", len(kinds), scanner.Err())
	}
	t.Logf("%d exchanges on connections of %d kinds", exchanges, len(kinds))
}

// print decodes the connection and prints it.
func (c *oracleConnection) print(t *testing.T, opt Options) string {
	t.Helper()
	return told(t, opt, func(p Printer) {
		stream := decode.New(p, decode.Options{}).Open(decode.Start{Number: 1, A: aConnection().Client, B: aConnection().Server, SawSYN: true})
		for i, frame := range c.Frames {
			stream.Data(i%2, atTime+int64(i), frame)
		}
		stream.Close(atTime+int64(len(c.Frames)), "closed")
	})
}

func (c *oracleConnection) check(t *testing.T, schema *schematest.Schema) {
	t.Helper()
	text := c.print(t, Options{Format: NDJSON})
	lines := strings.Split(text, "\n")
	if len(lines) != len(c.Want) {
		t.Errorf("%s: %d lines, want %d:\n%s", c.Name, len(lines), len(c.Want), text)
		return
	}
	for i, want := range c.Want {
		validate(t, schema, lines[i])
		var printed map[string]any
		if err := json.Unmarshal([]byte(lines[i]), &printed); err != nil {
			t.Fatalf("%s: %v: %s", c.Name, err, lines[i])
		}
		for path, value := range want {
			if diff := cmp.Diff(value, at(printed, path)); diff != "" {
				t.Errorf("%s, %s: -Kafka +kdump\n%s", c.Name, path, diff)
			}
		}
	}
}

// at returns what stands at a path like "request.sasl", nil for nothing.
func at(object map[string]any, path string) any {
	name, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		return object[name]
	}
	inner, _ := object[name].(map[string]any)
	return at(inner, rest)
}

// checkSecrets looks for the secrets, as they are, in hex and in base64, in
// all that is printed; and that they are found there when they are asked for.
func (c *oracleConnection) checkSecrets(t *testing.T) {
	t.Helper()
	for _, opt := range []Options{{Format: NDJSON, Records: Full}, {Format: NDJSON, Exact: true}, {Format: JSON}, {Format: Text}, {Format: Text, Verbose: true}} {
		text := c.print(t, opt)
		for _, secret := range c.Secrets {
			if tells(text, secret) {
				t.Errorf("%s, %+v: %s is told:\n%s", c.Name, opt, secret, text)
			}
		}
	}
	shown := c.print(t, Options{Format: NDJSON, ShowSecrets: true})
	for _, secret := range c.Secrets {
		if !tells(shown, secret) {
			t.Errorf("%s: %s is not shown where it is asked for:\n%s", c.Name, secret, shown)
		}
	}
}

// tells reports whether a text holds a secret in any form; in base64 it may
// begin in three ways, of which the ends are cut that depend on what is around.
func tells(text, secret string) bool {
	if strings.Contains(text, secret) || strings.Contains(text, hex.EncodeToString([]byte(secret))) {
		return true
	}
	for shift := range 3 {
		whole := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("-", shift) + secret))
		if strings.Contains(text, whole[(shift*8+5)/6:len(whole)-1]) {
			return true
		}
	}
	return false
}

package codec

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// allowed is what this package may import: packages that TinyGo compiles and
// that keep a WebAssembly module small. Not among them are fmt, encoding/json
// and text/template, which bring reflection into every module, nor regexp,
// sort's interfaces, or anything that needs an operating system.
var allowed = []string{
	"embed", "encoding/base64", "encoding/binary", "errors", "hash/crc32", "math", "math/bits",
	"strconv", "strings", "sync/atomic", "unicode/utf8", "github.com/kdump/kdump/codec",
}

// TestFitForWebAssembly holds the package, and records beside it, to that
// list, and to having no goroutines and no channels of its own.
func TestFitForWebAssembly(t *testing.T) {
	for _, folder := range []string{".", "records"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no files in %s: %v", folder, err)
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				checkFile(t, file)
			}
		}
	}
}

func checkFile(t *testing.T, name string) {
	files := token.NewFileSet()
	file, err := goparser.ParseFile(files, name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range file.Imports {
		if path, _ := strconv.Unquote(i.Path.Value); !slices.Contains(allowed, path) {
			t.Errorf("%s imports %s", name, path)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.GoStmt, *ast.ChanType, *ast.SelectStmt:
			t.Errorf("%s: a goroutine or a channel", files.Position(n.Pos()))
		}
		return true
	})
}

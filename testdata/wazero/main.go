// Command wazero runs a WebAssembly program of GOOS=wasip1, so that go test
// can run the codec's tests in WebAssembly:
//
//	GOOS=wasip1 GOARCH=wasm go test -exec /path/to/wazero ./codec
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: wazero PROGRAM.wasm [ARGUMENT...]")
		os.Exit(2)
	}
	err := run(os.Args[1], os.Args[1:])
	var exit *sys.ExitError
	switch {
	case errors.As(err, &exit):
		os.Exit(int(exit.ExitCode()))
	case err != nil:
		fmt.Fprintln(os.Stderr, "wazero:", err)
		os.Exit(1)
	}
}

// run runs a program with the files, the folder and the clock of this one.
func run(program string, args []string) error {
	ctx := context.Background()
	code, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	folder, err := os.Getwd()
	if err != nil {
		return err
	}
	r := wazero.NewRuntime(ctx)
	defer r.Close(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	_, err = r.InstantiateWithConfig(ctx, code, wazero.NewModuleConfig().
		WithArgs(args...).WithEnv("PWD", folder).
		WithStdin(os.Stdin).WithStdout(os.Stdout).WithStderr(os.Stderr).
		WithFSConfig(wazero.NewFSConfig().WithDirMount("/", "/")).
		WithRandSource(rand.Reader).WithSysWalltime().WithSysNanotime().WithSysNanosleep())
	return err
}

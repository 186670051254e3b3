//go:build mage

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"

	"github.com/magefile/mage/mg"
)

// Dev is what those need who change toxgen itself; it works in its own source tree only.
type Dev mg.Namespace

// Test runs the tests.
func (Dev) Test(ctx context.Context) error { return tool(ctx, "go", "test", "./...") }

// Crash kills many updates at random moments, and looks at what that leaves.
func (Dev) Crash(ctx context.Context,
	kills *int, // how many (50)
) error {
	count := 50
	if kills != nil {
		count = *kills
	}
	if err := os.Setenv("TOXGEN_CRASHES", strconv.Itoa(count)); err != nil {
		return err
	}
	return tool(ctx, "go", "test", "-run=^TestCrash$", "-v", "-count=1", "./internal/endtoend")
}

// Bench times the whole matrix against uv and pip on a recorded index, which TOXGEN_INDEX_SLICE names.
func (Dev) Bench(ctx context.Context) error {
	if os.Getenv("TOXGEN_INDEX_SLICE") == "" {
		return mg.Fatal(2, "TOXGEN_INDEX_SLICE has to name a folder with a recorded slice of the index")
	}
	return tool(ctx, "go", "test", "-run=^$", "-bench=^BenchmarkMatrix$", "-benchtime=1x", "-timeout=60m", "./internal/pipeline")
}

// tool runs a command whose output goes where this program's goes.
func tool(ctx context.Context, name string, arguments ...string) error {
	command := exec.CommandContext(ctx, name, arguments...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	return nil
}

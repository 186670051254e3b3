//go:build mage

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/magefile/mage/mg"
)

// Dev is what those need who change toxgen itself; it works in its own source tree only.
type Dev mg.Namespace

// Test runs the tests.
func (Dev) Test(ctx context.Context) error { return tool(ctx, "go", "test", "./...") }

// Lint looks at format, vet with and without the mage tag, staticcheck and the modules, and says all that they find.
func (Dev) Lint(ctx context.Context) error {
	faults := []error{formatted(ctx)}
	for _, command := range []string{"vet ./...", "vet -tags mage ./...", "tool staticcheck ./...", "tool staticcheck -tags mage ./magefiles/...", "mod tidy -diff"} {
		faults = append(faults, tool(ctx, "go", strings.Fields(command)...))
	}
	return errors.Join(faults...)
}

// formatted is an error if gofmt would change files.
func formatted(ctx context.Context) error {
	files, err := output(ctx, "gofmt", "-l", ".")
	if err == nil && files != "" {
		err = fmt.Errorf("gofmt would change\n%s", files)
	}
	return err
}

// fuzzTime is how long each fuzz target runs if nobody says otherwise.
const fuzzTime = time.Minute

// Fuzz runs every fuzz target of the module, one after the other, and says at the end which ones found something.
func (Dev) Fuzz(ctx context.Context,
	time *time.Duration, // how long each of them runs (1m)
) error {
	each := fuzzTime
	if time != nil {
		each = *time
	}
	listed, err := output(ctx, "go", "test", "-list=^Fuzz", "./...")
	if err != nil {
		return err
	}
	var names []string
	var faults []error
	for line := range strings.Lines(listed) { // the names of a package's targets, then `ok`, the package and the time
		fields := strings.Fields(line)
		if len(fields) == 1 {
			names = append(names, fields[0])
			continue
		}
		for _, name := range names {
			// What is interesting would else be made smaller for a minute each.
			faults = append(faults, tool(ctx, "go", "test", "-run=^$", "-fuzz=^"+name+"$", "-fuzztime="+each.String(), "-fuzzminimizetime=1s", fields[1]))
		}
		names = nil
	}
	return errors.Join(faults...)
}

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

// Laws plays generated worlds and looks whether the program keeps its promises in all of them; it prints what breaks one,
// and at the end what happened how often.
func (Dev) Laws(ctx context.Context,
	count *int, // how many worlds (2000)
	seed *int, // the seed of the first (1)
) error {
	for variable, number := range map[string]struct {
		given *int
		usual int
	}{"TOXGEN_LAWS_COUNT": {count, 2000}, "TOXGEN_LAWS_SEED": {seed, 1}} {
		if number.given != nil {
			number.usual = *number.given
		}
		if err := os.Setenv(variable, strconv.Itoa(number.usual)); err != nil {
			return err
		}
	}
	return tool(ctx, "go", "test", "-run=^TestLaws$", "-v", "-count=1", "-timeout=24h", "./internal/laws")
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
	return named(command, command.Run())
}

// output is what a command prints.
func output(ctx context.Context, name string, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, name, arguments...)
	command.Stderr = os.Stderr
	data, err := command.Output()
	return string(data), named(command, err)
}

// named is an error that says which command it is of.
func named(command *exec.Cmd, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	return nil
}

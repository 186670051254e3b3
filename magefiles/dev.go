//go:build mage

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/magefile/mage/mg"
)

// Dev has the targets for those who change toxgen itself. They work only in its own source tree.
type Dev mg.Namespace

// Test runs the tests.
func (Dev) Test(ctx context.Context) error { return tool(ctx, "go", "test", "./...") }

// Lint checks the format, vet with and without the mage tag and for other systems, staticcheck, gosec, known
// vulnerabilities and the modules, and reports everything found.
func (Dev) Lint(ctx context.Context) error {
	faults := []error{formatted(ctx)}
	for _, command := range []string{"vet ./...", "vet -tags mage ./...", "tool staticcheck ./...", "tool staticcheck -tags mage ./magefiles/...",
		"run " + gosec + " -quiet -exclude=" + strings.Join(slices.Sorted(maps.Keys(meant)), ",") + " ./...", "mod tidy -diff"} {
		faults = append(faults, tool(ctx, "go", strings.Fields(command)...))
	}
	for _, system := range []string{"darwin", "windows"} {
		faults = append(faults, run(ctx, []string{"GOOS=" + system}, "go", "vet", "./..."))
	}
	return errors.Join(append(faults, vulnerabilities(ctx))...)
}

// Linters with many dependencies of their own, which must not become those of the program.
const (
	gosec       = "github.com/securego/gosec/v2/cmd/gosec@v2.30.0"
	govulncheck = "golang.org/x/vuln/cmd/govulncheck@v1.9.0"
)

// meant has the rules of gosec whose findings are meant, with the reason.
var meant = map[string]string{
	"G115": "the lengths that are converted were compared with a limit before",
	"G125": "names of projects in URLs are normalised before",
	"G203": "the style and the script of the page are files of the program",
	"G204": "git, tools that say their version, and in tests Python and tox, are run without a shell, and no revision is taken for an option",
	"G301": "the umask decides who may enter a folder",
	"G302": "the umask decides who may read a file",
	"G304": "the user names the files, and fileset keeps to the project's root",
	"G305": "archives are read, and never unpacked",
	"G306": "the umask decides who may read a file",
	"G404": "chance spreads requests, and is no secret",
	"G702": "tests run the Pythons on PATH",
	"G703": "the user names the folder",
	"G705": "only the index for tests writes what it is asked for",
}

// vulnerabilities reports known vulnerabilities in what the program calls. Without access to their database it prints that
// nothing was checked.
func vulnerabilities(ctx context.Context) error {
	found, err := exec.CommandContext(ctx, "go", "run", govulncheck, "./...").CombinedOutput()
	switch {
	case err == nil:
		return nil
	case strings.Contains(string(found), "fetching vulnerabilities"):
		fmt.Fprintf(os.Stderr, "NOT CHECKED: known vulnerabilities, because their database cannot be reached:\n%s", found)
		return nil
	default:
		return fmt.Errorf("known vulnerabilities: %w\n%s", err, found)
	}
}

// formatted returns an error if gofmt would change files.
func formatted(ctx context.Context) error {
	files, err := output(ctx, "gofmt", "-l", ".")
	if err == nil && files != "" {
		err = fmt.Errorf("gofmt would change\n%s", files)
	}
	return err
}

// fuzzTime is the default duration of each fuzz target.
const fuzzTime = time.Minute

// Fuzz runs every fuzz target of the module, one after the other, and reports at the end which ones failed.
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
			// By default, the minimization of each interesting input may take a minute.
			faults = append(faults, tool(ctx, "go", "test", "-run=^$", "-fuzz=^"+name+"$", "-fuzztime="+each.String(), "-fuzzminimizetime=1s", fields[1]))
		}
		names = nil
	}
	return errors.Join(faults...)
}

// Crash kills many updates at random moments, and checks the state after each kill.
func (Dev) Crash(ctx context.Context,
	kills *int, // number of kills (50)
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

// Laws checks invariants of the program in generated worlds. It prints each violation, and at the end how often each
// event happened.
func (Dev) Laws(ctx context.Context,
	count *int, // number of worlds (2000)
	seed *int, // seed of the first world (1)
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

// Bench times the program, against uv and pip and in worlds of several sizes, on a recorded index, which TOXGEN_INDEX_SLICE names.
func (Dev) Bench(ctx context.Context) error {
	if os.Getenv("TOXGEN_INDEX_SLICE") == "" {
		return mg.Fatal(2, "TOXGEN_INDEX_SLICE must name a folder with a recorded slice of the index")
	}
	return tool(ctx, "go", "test", "-run=^$", "-bench=.", "-benchtime=1x", "-timeout=3h", "./internal/bench")
}

// tool runs a command with the standard output and error of this program.
func tool(ctx context.Context, name string, arguments ...string) error {
	return run(ctx, nil, name, arguments...)
}

// run is like tool, with additional environment variables.
func run(ctx context.Context, environment []string, name string, arguments ...string) error {
	command := exec.CommandContext(ctx, name, arguments...)
	command.Env = append(os.Environ(), environment...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	return named(command, command.Run())
}

// output runs a command and returns its standard output.
func output(ctx context.Context, name string, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, name, arguments...)
	command.Stderr = os.Stderr
	data, err := command.Output()
	return string(data), named(command, err)
}

// named returns an error with the command in front, or nil if err is nil.
func named(command *exec.Cmd, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	return nil
}

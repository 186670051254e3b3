//go:build mage

package main

import (
	"embed"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"toxgen/internal/pipeline"
	"toxgen/internal/version"
	"toxgen/magefiles/graph"
)

// sources declare the targets. The code that mage generates knows their names, but offers them nowhere.
//
//go:embed magefile.go dev.go setup/*.go triage/*.go update/*.go
var sources embed.FS

// declaration matches the declaration of a target, with the namespace that it is in.
var declaration = regexp.MustCompile(`(?m)^func (?:\((\w+)\) )?([A-Z]\w*)\(ctx context\.Context`)

// init does what mage does not do before it runs a target: it refuses a first target that is none with those that may be meant, and an
// unknown flag with the exit status of a wrong usage, and it prints the version of toxgen.
func init() {
	call, err := parse(os.Args[1:])
	if err == nil && !call.lists && !call.version {
		err = known(call.target)
	}
	switch {
	case errors.Is(err, flag.ErrHelp): // mage prints it
	case err != nil:
		_ = graph.Refused(err)
		os.Exit(int(pipeline.Usage))
	case call.version:
		if _, err := io.WriteString(pipeline.TheWorld(time.Now()).Stdout, version.Text()); err != nil {
			os.Exit(int(pipeline.Failed))
		}
		os.Exit(int(pipeline.Done))
	}
}

// A call is what a command line asks for.
type call struct {
	// target is the first one, or "" if there is none.
	target         string
	lists, version bool
}

// parse parses a command line as mage does. -version is not a flag of mage's.
func parse(arguments []string) (call, error) {
	var c call
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Bool("v", false, "")
	flags.Bool("h", false, "")
	flags.BoolVar(&c.lists, "l", os.Getenv("MAGEFILE_LIST") != "", "")
	flags.Duration("t", time.Duration(0), "")
	flags.BoolVar(&c.version, "version", false, "")
	if err := flags.Parse(arguments); err != nil {
		return c, pipeline.WrongUsage(err)
	}
	c.target = flags.Arg(0)
	return c, nil
}

// known returns an error if there is no target of a name. An empty name stands for the default target.
func known(target string) error {
	names := targets()
	if target == "" || slices.Contains(names, strings.ToLower(target)) {
		return nil
	}
	return pipeline.NoTarget(target, names)
}

// targets returns the names of the targets, in lower case.
func targets() []string {
	var names []string
	files, err := fs.Glob(sources, "*.go")
	below, errBelow := fs.Glob(sources, "*/*.go")
	if err != nil || errBelow != nil {
		return nil
	}
	for _, file := range slices.Concat(files, below) {
		data, err := sources.ReadFile(file)
		if err != nil {
			return nil
		}
		namespace, _, isBelow := strings.Cut(file, "/")
		for _, m := range declaration.FindAllStringSubmatch(string(data), -1) {
			name := m[2]
			if m[1] != "" {
				name = m[1] + ":" + name
			} else if isBelow {
				name = namespace + ":" + name
			}
			names = append(names, strings.ToLower(name))
		}
	}
	return names
}

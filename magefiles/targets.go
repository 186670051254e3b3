//go:build mage

package main

import (
	"embed"
	"flag"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"toxgen/internal/pipeline"
	"toxgen/magefiles/graph"
)

// sources declare the targets. The code that mage generates knows their names, but offers them nowhere.
//
//go:embed magefile.go dev.go setup/*.go triage/*.go update/*.go
var sources embed.FS

// declaration matches the declaration of a target, with the namespace that it is in.
var declaration = regexp.MustCompile(`(?m)^func (?:\((\w+)\) )?([A-Z]\w*)\(ctx context\.Context`)

// init refuses a first target that is none, before mage does: mage does not say which target may be meant.
func init() {
	name := firstTarget(os.Args[1:])
	if names := targets(); name != "" && !slices.Contains(names, strings.ToLower(name)) {
		_ = graph.Refused(pipeline.NoTarget(name, names))
		os.Exit(int(pipeline.Usage))
	}
}

// firstTarget returns the first target of a command line, or "" if there is none, or if mage would list the targets.
func firstTarget(arguments []string) string {
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Bool("v", false, "")
	flags.Bool("h", false, "")
	list := flags.Bool("l", false, "")
	flags.Duration("t", time.Duration(0), "")
	if err := flags.Parse(arguments); err != nil || *list || os.Getenv("MAGEFILE_LIST") != "" {
		return ""
	}
	return flags.Arg(0)
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

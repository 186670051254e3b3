// Package version knows which build of toxgen this is. `mage build` sets what it knows by the linker: mage compiles files, not a
// package, and so Go records no commit in the binary.
package version

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Package is the import path of this package, by which [NumberVariable] and [CommitVariable] are set.
const Package = "toxgen/internal/version"

// The names of the variables of this package that the linker sets.
const (
	NumberVariable = Package + ".number"
	CommitVariable = Package + ".commit"
)

var (
	// number is the version, such as 1.2.0, as PEP 440 has it.
	number = "(not a release)"
	// commit is the commit that the binary was built from.
	commit = "unknown"
)

// Text returns what `toxgen -version` prints: the version, the commit, and the release of Go with the platform.
func Text() string {
	compiler := runtime.Version()
	if info, ok := debug.ReadBuildInfo(); ok {
		compiler = info.GoVersion
	}
	return fmt.Sprintf("toxgen %s\ncommit %s\n%s %s/%s\n", number, commit, compiler, runtime.GOOS, runtime.GOARCH)
}

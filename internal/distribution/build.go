// Package distribution builds what a release of toxgen consists of: for each platform a static binary, and a Python wheel that holds it,
// and SHA256SUMS with the digests of all of them.
//
// Builds are reproducible: two builds of one commit by one release of Go are equal, byte for byte, wherever they are made. So nothing
// depends on the time, on paths, or on settings of the Go tool that would change what it compiles.
//
// Non-goals: installers, archives of sources, and signatures. The workflow of a release states where the files come from.
package distribution

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"toxgen/internal/git"
	"toxgen/internal/version"
)

// Folder is the folder of the artifacts, in the root of the sources. git ignores it.
const Folder = "dist"

// sums is the name of the file with the digests.
const sums = "SHA256SUMS"

// An artifact is a file of a release.
type artifact struct {
	name string
	data []byte
	mode os.FileMode
}

// Build builds the artifacts for platforms from the sources in root, and writes them into [Folder] in place of those of an earlier
// build. It returns their paths relative to root. doing is called with what it is doing, such as "compiling linux/amd64". The
// error output of the Go tool is written to stderr.
func Build(ctx context.Context, root string, platforms []Platform, doing func(string), stderr io.Writer) ([]string, error) {
	head, err := git.HeadOf(ctx, root)
	if err != nil {
		return nil, err
	}
	number, err := VersionOf(head)
	if err != nil {
		return nil, err
	}
	license, err := os.ReadFile(filepath.Join(root, "LICENSE"))
	if err != nil {
		return nil, err
	}
	var artifacts []artifact
	for _, p := range platforms {
		doing("compiling " + p.String())
		program, err := compile(ctx, root, p, number, head.Commit, stderr)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		name := p.executable(fmt.Sprintf("toxgen-%s-%s-%s", number, p.System, p.Machine))
		wheel, err := wheelOf(p, number, program, license)
		if err != nil {
			return nil, err
		}
		artifacts = append(artifacts, artifact{name, program, 0o777}, wheel)
	}
	return write(root, append(artifacts, artifact{sums, digests(artifacts), 0o666}))
}

// settings are the environment variables of the Go tool that change what it compiles.
var settings = map[string]string{
	"CGO_ENABLED": "0", "GOFLAGS": "-trimpath -buildvcs=false", "GOAMD64": "v1", "GOARM64": "v8.0", "GOEXPERIMENT": "", "GOFIPS140": "off", "GOWORK": "off",
	// mage sets these for what it compiles, but is itself compiled for this machine.
	"GOOS": "", "GOARCH": "",
}

// compile returns the binary for a platform.
func compile(ctx context.Context, root string, p Platform, number, commit string, stderr io.Writer) ([]byte, error) {
	scratch, err := os.MkdirTemp("", "toxgen-build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	// The texts of mage name the program as this file, so its name is the same for all versions and platforms.
	program := filepath.Join(scratch, "toxgen")
	flags := fmt.Sprintf("-s -w -X %s=%s -X %s=%s", version.NumberVariable, number, version.CommitVariable, commit)
	command := exec.CommandContext(ctx, "go", "tool", "mage", "-compile", program, "-goos", p.System, "-goarch", p.Machine, "-ldflags", flags)
	command.Dir, command.Stderr = root, stderr
	command.WaitDelay = time.Second // the compiler that it started may outlive it
	command.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		_, set := settings[name]
		return set
	})
	for name, value := range settings {
		command.Env = append(command.Env, name+"="+value)
	}
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("go tool mage -compile: %w", err)
	}
	return os.ReadFile(program)
}

// digests returns the lines that `sha256sum --check` reads.
func digests(artifacts []artifact) []byte {
	var lines []string
	for _, a := range artifacts {
		lines = append(lines, fmt.Sprintf("%x  %s\n", sha256.Sum256(a.data), a.name))
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[2*sha256.Size:], b[2*sha256.Size:]) })
	return []byte(strings.Join(lines, ""))
}

// write writes the artifacts, removes those of an earlier build, and returns the paths of what it wrote.
func write(root string, artifacts []artifact) ([]string, error) {
	folder := filepath.Join(root, Folder)
	old, err := filepath.Glob(filepath.Join(folder, "toxgen-*"))
	for _, name := range old {
		err = errors.Join(err, os.Remove(name))
	}
	if err := errors.Join(err, os.MkdirAll(folder, 0o777)); err != nil {
		return nil, err
	}
	var names []string
	for _, a := range artifacts {
		if err := os.WriteFile(filepath.Join(folder, a.name), a.data, a.mode); err != nil {
			return nil, err
		}
		names = append(names, Folder+"/"+a.name)
	}
	return names, nil
}

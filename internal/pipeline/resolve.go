package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"toxgen/internal/config"
	"toxgen/internal/fileset"
	"toxgen/internal/finding"
	"toxgen/internal/live"
	"toxgen/internal/python"
	"toxgen/internal/requirements"
	"toxgen/internal/resolve"
)

// usualPlatform is the platform if no toxgen.yaml declares one.
var usualPlatform = python.Platform{System: "linux", Machine: "x86_64", Libc: python.Libc{Family: "glibc", Major: 2, Minor: 28}}

// Resolve resolves a requirements file for one Python and prints the pins, sorted. Of a toxgen.yaml it takes the
// Pythons, the platform, the index and the requirements stated under `metadata:`, and nothing else: no cooldown, holds or
// constraints.
func (w World) Resolve(ctx context.Context, text, file string) Status {
	err := w.resolve(ctx, text, file)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return w.Explain(err)
}

func (w World) resolve(ctx context.Context, text, file string) error {
	c, err := w.configuration()
	if err != nil {
		return err
	}
	target, err := targetFor(c, text)
	if err != nil {
		return err
	}
	list, findings := requirements.Read(disk{}, filepath.ToSlash(file))
	if len(findings) > 0 {
		return findings
	}
	index, err := w.newIndex(c)
	if err != nil {
		return err
	}
	w.meter().Doing("resolving " + file)
	result, err := live.Everything(index, c, target).Universe().Target(target).Resolve(ctx, &resolve.Problem{Roots: roots(list.Requires), Constraints: roots(list.Constraints)})
	if err != nil {
		return finding.List{unresolved(file, err)}
	}
	for _, pin := range result.Pins {
		fmt.Fprintf(w.Stdout, "%s==%s\n", pin.Name, pin.Version)
	}
	return nil
}

// disk is the files that a person names. Their paths are relative to the working directory or absolute.
type disk struct{}

// Read returns the content of a file by its slash-separated path.
func (disk) Read(name string) ([]byte, error) { return os.ReadFile(filepath.FromSlash(name)) }

// roots returns the requirements of files for a resolution. Their origins are `file:line`.
func roots(list []requirements.Requirement) []resolve.Root {
	all := make([]resolve.Root, len(list))
	for i, r := range list {
		all[i] = resolve.Root{Requirement: r.Requirement, Origin: fmt.Sprintf("%s:%d", r.Place.File, r.Place.Line)}
	}
	return all
}

// configuration is the project's, or nil if there is none.
func (w World) configuration() (*config.Config, error) {
	data, err := fileset.Open(w.Root, "").Read(w.Config)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c, findings := config.Parse(w.Config, data)
	if c == nil {
		return nil, findings
	}
	return c, nil
}

// targetFor returns the Python that a text names, with the declared patch release, or a known one if it names none, on the
// platform that its line has.
func targetFor(c *config.Config, text string) (python.Target, error) {
	p, hasPatch, err := python.Parse(text)
	if err != nil {
		return python.Target{}, WrongUsage(err)
	}
	on := func(p python.Version) python.Target { return p.On(usualPlatform) }
	if c != nil {
		on = c.Target
		for _, declared := range c.Interpreters() {
			if !hasPatch && declared.Short() == p.Short() {
				return on(declared), nil
			}
		}
	}
	if !hasPatch {
		patch, known := python.KnownPatch(p.Minor)
		if !known || p.Major != 3 {
			return python.Target{}, WrongUsage(fmt.Errorf("which patch release of Python %s? name it, as in %s.1", p.Short(), p.MinorText()))
		}
		p.Patch = patch
	}
	return on(p), nil
}

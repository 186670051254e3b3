package resolve_test

import (
	"context"
	"fmt"
	"log"

	"toxgen/internal/metadata"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/python"
	"toxgen/internal/resolve"
)

// release is one version of a project, which has one wheel.
type release struct {
	version  string
	requires []string
}

// index is a package index in memory: the releases of each project, by its normalised name.
type index map[string][]release

func (x index) Project(_ context.Context, name string) (*resolve.Project, error) {
	releases, found := x[name]
	if !found {
		return nil, resolve.ErrNoProject
	}
	var files []resolve.File
	for _, r := range releases {
		files = append(files, resolve.File{
			Filename: name + "-" + r.version + "-py3-none-any.whl",
			Version:  pep440.MustParse(r.version),
			Tags:     "py3-none-any",
			Source:   metadata.Metadata{Name: name, Version: r.version, RequiresDist: r.requires},
		})
	}
	return resolve.NewProject(files), nil
}

func (x index) Metadata(_ context.Context, file *resolve.File) (*metadata.Metadata, error) {
	m := file.Source.(metadata.Metadata)
	return &m, nil
}

// The newest Flask requires a Werkzeug that the second root excludes, so an older Flask is chosen. On Linux and
// CPython 3.12 the marker of colorama does not hold.
func Example() {
	packages := index{
		"flask": {
			{"2.3.3", []string{"werkzeug>=2.3.7"}},
			{"2.2.5", []string{"werkzeug>=2.2.2", `colorama; sys_platform == "win32"`}},
			{"1.1.4", []string{"werkzeug>=0.15,<2"}},
		},
		"werkzeug":   {{"2.3.7", []string{"markupsafe"}}, {"2.2.3", []string{"markupsafe"}}, {"1.0.1", nil}},
		"markupsafe": {{"2.1.5", nil}, {"3.0.0rc1", nil}},
	}

	var roots []resolve.Root
	for i, text := range []string{"flask", "werkzeug<2.3"} {
		r, err := pep508.ParseRequirement(text)
		if err != nil {
			log.Fatal(err)
		}
		roots = append(roots, resolve.Root{Requirement: r, Origin: fmt.Sprintf("requirements.txt:%d", i+1)})
	}
	interpreter, _, err := python.Parse("3.12.1")
	if err != nil {
		log.Fatal(err)
	}
	platform := python.Platform{System: "linux", Machine: "x86_64", Libc: python.Libc{Family: "glibc", Major: 2, Minor: 28}}

	target := resolve.NewUniverse(packages, 0).Target(interpreter.On(platform))
	result, err := target.Resolve(context.Background(), &resolve.Problem{Roots: roots})
	if err != nil {
		log.Fatal(err) // a *resolve.Conflict or *resolve.Refusal has a Hint, too
	}
	for _, pin := range result.Pins {
		fmt.Printf("%s==%s\n", pin.Name, pin.Version)
		for _, by := range pin.RequiredBy {
			if by.Name == "" {
				fmt.Printf("  %s is required directly\n", by.Requirement)
			} else {
				fmt.Printf("  %s is required by %s %s\n", by.Requirement, by.Name, by.Version)
			}
		}
	}
	// Output:
	// flask==2.2.5
	//   flask is required directly
	// markupsafe==2.1.5
	//   markupsafe is required by werkzeug 2.2.3
	// werkzeug==2.2.3
	//   werkzeug<2.3 is required directly
	//   werkzeug>=2.2.2 is required by flask 2.2.5
}

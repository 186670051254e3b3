// Package architecture checks which package imports which.
package architecture

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed lists, for each package of the program, the packages of this module and of other modules that it may import
// directly, besides the standard library.
var allowed = map[string]string{
	"pep440":       "",
	"python":       "",
	"foreign":      "",
	"pep508":       "pep440 python",
	"wheel":        "pep440 pep508 python",
	"metadata":     "",
	"memo":         "",
	"finding":      "",
	"registry":     "finding foreign pep440 pep508 python json jsontext",
	"config":       "finding pep440 pep508 python yaml.v3",
	"matrix":       "config finding foreign pep440 python registry wheel",
	"explain":      "config foreign lock matrix pep440 registry resolve",
	"lock":         "config finding foreign matrix metadata pep440 pep508 python registry resolve",
	"snapshot":     "pep440 pypi registry wheel",
	"update":       "config finding foreign lock matrix pep440 pep508 pypi registry report snapshot tox wheel",
	"tox":          "config lock matrix pep440 pep508 python templates ini.v1",
	"workflow":     "config finding foreign matrix templates yaml.v3",
	"resolve":      "finding foreign memo metadata pep440 pep508 python wheel",
	"fileset":      "flock",
	"pypi":         "foreign memo metadata pep440 pep508 wheel backoff jsontext semaphore errgroup",
	"report":       "foreign",
	"concurrent":   "errgroup",
	"live":         "concurrent config foreign lock metadata pep440 pypi registry resolve snapshot update",
	"pipeline":     "concurrent config explain fileset finding foreign live lock matrix pep440 pep508 pypi python registry report resolve snapshot templates tox update workflow actionlint diff",
	"magefiles":    "pipeline update magefiles/graph magefiles/update mg",
	"templates":    "finding",
	"reference":    "config registry templates txtar",
	"vectors":      "",
	"pypitest":     "pypi pep508 wheel json jsontext",
	"endtoend":     "",
	"laws":         "",
	"architecture": "",

	"magefiles/graph":  "pipeline mg",
	"magefiles/update": "magefiles/graph pipeline mg", // mage finds the targets in a package of their own
}

// reserved lists packages of the standard library that only the given packages may import.
var reserved = map[string]string{
	"net/http":     "pypi pypitest",
	"net":          "pypi pypitest",
	"os":           "fileset pypi pypitest pipeline update vectors magefiles",
	"os/exec":      "magefiles", // the targets for developers run the Go tool
	"time":         "config fileset matrix pep440 pipeline pypi pypitest registry report resolve update magefiles magefiles/graph",
	"math/rand":    "",
	"math/rand/v2": "pypi pypitest",
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

// packages returns the packages of this module with the imports of their non-test files, as the go command lists them.
func packages(t *testing.T) []goPackage {
	t.Helper()
	command := exec.Command("go", "list", "-tags", "mage", "-json=ImportPath,Imports", "toxgen/...")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var all []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// short returns the name of a package in the tables.
func short(path string) string {
	path = strings.TrimSuffix(path, "/v5")
	if name, found := strings.CutPrefix(path, "toxgen/magefiles/"); found {
		return "magefiles/" + name
	}
	return path[strings.LastIndexByte(path, '/')+1:]
}

// TestImports checks that every package has a rule and imports only what its rule allows.
func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		name := short(p.ImportPath)
		seen[name] = true
		may, known := allowed[name]
		if !known {
			t.Errorf("package %s has no rule", p.ImportPath)
			continue
		}
		for _, path := range p.Imports {
			standard := !strings.Contains(strings.SplitN(path, "/", 2)[0], ".") && !strings.HasPrefix(path, "toxgen/")
			if only, found := reserved[path]; found && !slices.Contains(strings.Fields(only), name) {
				t.Errorf("package %s imports %s, which only %q may", p.ImportPath, path, only)
			}
			if !standard && !slices.Contains(strings.Fields(may), short(path)) {
				t.Errorf("package %s imports %s, which is not allowed", p.ImportPath, path)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(allowed)) {
		if !seen[name] {
			t.Errorf("there is a rule for %s, but no such package", name)
		}
	}
}

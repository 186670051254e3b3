// Package architecture holds the rules that say which package may know which.
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

// allowed are, for each package of the program, the packages of ours and of others that it may import itself,
// besides the standard library. `testing` packages serve tests only.
var allowed = map[string]string{
	"pep440":       "",
	"python":       "",
	"foreign":      "",
	"pep508":       "pep440 python",
	"wheel":        "pep440 pep508 python",
	"metadata":     "",
	"finding":      "",
	"registry":     "finding foreign pep440 pep508 python json jsontext",
	"config":       "finding pep440 pep508 python yaml.v3",
	"matrix":       "config finding foreign pep440 python registry wheel",
	"tox":          "config matrix pep440 pep508 python ini.v1",
	"workflow":     "config finding foreign matrix templates yaml.v3",
	"resolve":      "finding foreign metadata pep440 pep508 python wheel",
	"fileset":      "flock",
	"pypi":         "foreign metadata pep440 pep508 wheel backoff jsontext semaphore errgroup",
	"report":       "foreign",
	"pipeline":     "config fileset finding foreign matrix metadata pep440 pep508 pypi python registry report resolve templates tox wheel workflow actionlint diff errgroup",
	"magefiles":    "pipeline update mg",
	"update":       "pipeline mg", // targets that mage finds in a package of their own
	"templates":    "finding",
	"reference":    "config registry templates txtar",
	"vectors":      "",
	"pypitest":     "pypi pep508 wheel json jsontext",
	"endtoend":     "",
	"laws":         "",
	"architecture": "",
}

// reserved are packages of the standard library that only these may import.
var reserved = map[string]string{
	"net/http":     "pypi pypitest",
	"net":          "pypi pypitest",
	"os":           "fileset pypi pypitest pipeline vectors magefiles",
	"os/exec":      "magefiles", // what is for developers runs the Go tool
	"time":         "config fileset matrix pep440 pipeline pypi pypitest registry report resolve magefiles update",
	"math/rand":    "",
	"math/rand/v2": "pypi pypitest",
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

// packages asks the go command for ours, with the imports of what is no test.
func packages(t *testing.T) []goPackage {
	t.Helper()
	command := exec.Command("go", "list", "-tags", "mage", "-json=ImportPath,Imports", "toxgen/...")
	var problems bytes.Buffer
	command.Stderr = &problems
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &problems)
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

// short is the name by which the tables know a package.
func short(path string) string {
	path = strings.TrimSuffix(path, "/v5")
	return path[strings.LastIndexByte(path, '/')+1:]
}

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
				t.Errorf("package %s imports %s, which it has no business with", p.ImportPath, path)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(allowed)) {
		if !seen[name] {
			t.Errorf("there is a rule for %s, and no such package", name)
		}
	}
}

// Package architecture checks which package imports which.
package architecture

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// allowed lists, for each package of the program, the packages of this module and of other modules that it may import
// directly, besides the standard library.
var allowed = map[string]string{
	"pep440":       "",
	"python":       "",
	"display":      "",
	"runner":       "",
	"pep508":       "pep440 python",
	"wheel":        "pep440 pep508 python",
	"metadata":     "",
	"configparser": "",
	"initialize":   "config configparser display finding pep440 pep508 project python requirements tox workflow",
	"requirements": "display finding pep508",
	"project":      "configparser finding pep440 pep508 python requirements go-toml unstable", // TOML is read nowhere else
	"memo":         "",
	"git":          "",
	"version":      "",
	"formats":      "",
	"distribution": "git pep440 version",
	"finding":      "display",
	"registry":     "finding pep440 pep508 python json jsontext",
	"similar":      "",
	"config":       "display finding pep440 pep508 python similar version yaml.v3",
	"bisect":       "concurrent display",
	"trial":        "bisect results",
	"setup":        "concurrent python",
	"matrix":       "config display finding pep440 python registry wheel",
	"support":      "config display matrix pep440 registry",
	"explain":      "config display finding lock matrix pep440 pep508 registry resolve similar",
	"lock":         "config display finding matrix metadata pep440 pep508 python registry resolve",
	"snapshot":     "pep440 pypi python registry wheel",
	"update":       "config display finding formats lock matrix pep440 pep508 pypi registry report snapshot tox wheel",
	"tox":          "config configparser display lock matrix pep440 pep508 python templates ini.v1",
	"workflow":     "config display finding matrix python templates yaml.v3",
	"resolve":      "display finding memo metadata pep440 pep508 python wheel",
	"private":      "",
	"fileset":      "concurrent formats private flock",
	"pypi":         "display memo metadata pep440 pep508 private wheel backoff jsontext semaphore errgroup xz",
	"report":       "display formats",
	"triage":       "display formats lock matrix pep440 results",
	"results":      "jsontext",
	"concurrent":   "errgroup",
	"progress":     "display go-runewidth term windows",
	"live":         "concurrent config lock metadata pep440 progress pypi python registry resolve snapshot update",
	"pipeline":     "bisect concurrent config distribution explain fileset display finding formats git initialize live lock matrix pep440 pep508 private progress project pypi python registry report requirements resolve results setup similar snapshot support templates tox trial triage update workflow actionlint diff term",
	"magefiles":    "pipeline update version magefiles/graph magefiles/setup magefiles/triage magefiles/update mg",
	"templates":    "finding",
	"reference":    "config registry templates txtar",
	"vectors":      "",
	"pypitest":     "pypi pep508 wheel json jsontext",
	"sdktest":      "pypitest",
	"endtoend":     "",
	"program":      "mage", // for the tests that run the program
	"laws":         "",
	"messages":     "",
	"bench":        "",
	"architecture": "",

	"magefiles/graph":  "pipeline mg",
	"magefiles/setup":  "magefiles/graph pipeline mg",
	"magefiles/triage": "magefiles/graph pipeline",
	"magefiles/update": "magefiles/graph pipeline mg", // mage finds the targets in a package of their own
}

// reserved lists packages of the standard library that only the given packages may import.
var reserved = map[string]string{
	"net/http":     "pypi pypitest",
	"net":          "pypi pypitest",
	"os":           "fileset git private pypi pypitest pipeline program distribution sdktest setup trial update vectors magefiles magefiles/setup",
	"os/exec":      "distribution git sdktest setup trial magefiles", // only git can read a commit, tox run tests, and tools say their versions; a release and the targets for developers run the Go tool
	"time":         "config distribution fileset git matrix pep440 pipeline progress pypi pypitest registry report resolve sdktest setup snapshot support trial triage update magefiles magefiles/graph magefiles/setup",
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
	path = strings.TrimSuffix(strings.TrimSuffix(path, "/v5"), "/v2")
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

// standardStreams matches what writes to standard output and standard error.
var standardStreams = regexp.MustCompile(`\bos\.Std(out|err)\b|\bfmt\.Print(f|ln)?\(|(?m:^\t+print(ln)?\()|\blog\.(Print|Fatal|Panic)`)

// TestStandardStreams checks that the program prints only through a [display.Writer], which World.Stdout and World.Stderr
// are: no command can forget to escape. The targets for developers pass on what the Go tool prints.
func TestStandardStreams(t *testing.T) {
	places := map[string]int{}
	for _, pattern := range []string{"../*/*.go", "../../magefiles/*.go", "../../magefiles/*/*.go", "../../templates/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if found := standardStreams.FindAll(data, -1); len(found) > 0 {
				places[filepath.ToSlash(file)] = len(found)
			}
		}
	}
	// In world.go one takes workflow commands, one the line of the progress, one is asked how wide it is, and one whether it is a terminal.
	if want := map[string]int{"../pipeline/world.go": 6, "../../magefiles/dev.go": 4}; !maps.Equal(places, want) {
		t.Errorf("got %v, want %v", places, want)
	}
}

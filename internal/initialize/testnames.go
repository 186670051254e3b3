package initialize

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"toxgen/internal/display"
	"toxgen/internal/pep508"
)

// testRoots are the usual names of a folder with tests.
var testRoots = []string{"tests", "test"}

// maximumEntries is how many files and folders are looked at for names of tests, and maximumDepth how deep they may be.
const (
	maximumEntries = 5000
	maximumDepth   = 4
)

// integrationFolders are folders whose parts are named by what they integrate with.
var integrationFolders = []string{"integrations", "integration", "instrumentation", "instrumentations", "contrib", "plugins", "frameworks", "adapters", "backends", "ext"}

var (
	testFile = regexp.MustCompile(`^(?:tests?_(.+)|(.+)_tests?)\.py$`)
	testsEnd = regexp.MustCompile(`_tests?$`)
	// usablePath matches paths that need no quoting in a command.
	usablePath = regexp.MustCompile(`^[A-Za-z0-9_./-]+$`)
)

// tests are the paths of folders and files with tests, by the normalised name of what they may test.
type tests struct {
	root   string
	byName map[string][]string
	// left is how many files and folders may still be looked at; it is negative if there were more.
	left int
}

// readTests looks for tests by their names.
func (r *reader) readTests() {
	r.tests = &tests{byName: map[string][]string{}, left: maximumEntries}
	if r.tests.root = r.findTestRoot(); r.tests.root == "" {
		return
	}
	level := []string{r.tests.root}
	for range maximumDepth {
		var below []string
		for _, folder := range level {
			below = append(below, r.readTestFolder(folder)...)
		}
		level = below
	}
	if r.tests.left < 0 {
		r.leave("%s has more than %d files and folders: the names of the others are not looked at", r.tests.root, maximumEntries)
	}
	r.source("%s/: %s of folders and files with tests", r.tests.root, display.Count(len(r.tests.byName), "name"))
}

// findTestRoot returns the folder with the tests, or "": one of the usual name, or else the only one of that name in a package.
func (r *reader) findTestRoot() string {
	in := func(folder string) (found []string) {
		for _, name := range testRoots {
			root := path.Join(folder, name)
			folders, _ := r.files.Folders(root)
			files, _ := r.files.List(root)
			if len(folders)+len(files) > 0 && usablePath.MatchString(root) {
				found = append(found, root)
			}
		}
		return found
	}
	if found := in("."); len(found) > 0 {
		return found[0]
	}
	var inPackages []string
	for _, above := range []string{".", "src"} {
		folders, _ := r.files.Folders(above)
		for _, folder := range folders {
			if !isHidden(folder) && r.files.Exists(folder+"/__init__.py") {
				inPackages = append(inPackages, in(folder)...)
			}
		}
	}
	if len(inPackages) != 1 {
		return ""
	}
	return inPackages[0]
}

// readTestFolder notes the names of the tests in a folder, and returns the folders in it that may have others.
func (r *reader) readTestFolder(folder string) (below []string) {
	folders, _ := r.files.Folders(folder)
	for _, child := range folders {
		if r.tests.left--; r.tests.left < 0 {
			return below
		}
		if usablePath.MatchString(child) && !isHidden(child) && r.holdsTests(child) {
			r.tests.add(testsEnd.ReplaceAllString(path.Base(child), ""), child)
			below = append(below, child)
		}
	}
	files, _ := r.files.List(folder)
	for _, file := range files {
		if r.tests.left--; r.tests.left < 0 {
			return below
		}
		if m := testFile.FindStringSubmatch(path.Base(file)); m != nil && usablePath.MatchString(file) {
			r.tests.add(cmp.Or(m[1], m[2]), file)
		}
	}
	return below
}

// isHidden reports whether a folder is not for tests by its name.
func isHidden(folder string) bool {
	base := path.Base(folder)
	return base[0] == '.' || base[0] == '_'
}

// holdsTests reports whether a folder has a file of tests, or a folder that may.
func (r *reader) holdsTests(folder string) bool {
	files, _ := r.files.List(folder)
	if slices.ContainsFunc(files, func(f string) bool { return testFile.MatchString(path.Base(f)) || path.Base(f) == "tests.py" }) {
		return true
	}
	folders, _ := r.files.Folders(folder)
	return slices.ContainsFunc(folders, func(f string) bool { return !isHidden(f) })
}

// add adds a path under a name.
func (t *tests) add(name, at string) {
	key := pep508.NormalizeName(name)
	t.byName[key] = append(t.byName[key], at)
}

// of returns the path of the tests with the first of some names that has any, or "": one in a folder of integrations first, then the
// shortest.
func (t *tests) of(keys ...string) string {
	for _, key := range keys {
		if paths := t.byName[key]; len(paths) > 0 {
			return slices.MinFunc(paths, func(a, b string) int {
				return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/")), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
			})
		}
	}
	return ""
}

// rank is 0 for a path directly in a folder of integrations.
func rank(at string) int {
	if slices.Contains(integrationFolders, path.Base(path.Dir(at))) {
		return 0
	}
	return 1
}

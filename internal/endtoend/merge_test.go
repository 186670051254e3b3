package endtoend

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"toxgen/internal/pypitest"
)

// A repository is a git repository with a project.
type repository struct {
	t      *testing.T
	folder string
}

// committed creates a repository of a project, with one commit on its branch main.
func committed(t *testing.T, folder string) repository {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("SKIPPED: git is not installed, so merging two updates is not tested")
	}
	r := repository{t, folder}
	r.git("init", "--quiet")
	r.git("checkout", "--quiet", "-b", "main")
	r.commit("begin")
	return r
}

// try runs git without any configuration, independent of the repository that the tests themselves run in.
func (r repository) try(arguments ...string) (string, error) {
	command := exec.Command("git", arguments...)
	command.Dir = r.folder
	command.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") })
	command.Env = append(command.Env, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
		"GIT_AUTHOR_NAME=Someone", "GIT_AUTHOR_EMAIL=someone@example.org", "GIT_COMMITTER_NAME=Someone", "GIT_COMMITTER_EMAIL=someone@example.org")
	out, err := command.CombinedOutput()
	return string(out), err
}

// git runs git, which has to succeed.
func (r repository) git(arguments ...string) string {
	r.t.Helper()
	out, err := r.try(arguments...)
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
	return out
}

// commit commits all changes.
func (r repository) commit(message string) {
	r.t.Helper()
	r.git("add", "--all")
	r.git("commit", "--quiet", "-m", message)
}

// branch commits the changes of an update of one suite on a branch of its own, and goes back to main.
func (r repository) branch(index *pypitest.Server, suite, date string) {
	r.t.Helper()
	r.git("checkout", "--quiet", "-b", suite)
	online(r.t, r.folder, index, 0, "update", "-only="+suite, "-before="+date)
	green(r.t, r.folder)
	if changed := r.git("status", "--porcelain"); !strings.Contains(changed, " tox.ini\n") {
		r.t.Fatalf("the update of %s changed no pin:\n%s", suite, changed)
	}
	r.commit("update " + suite)
	r.git("checkout", "--quiet", "main")
}

// merge merges a branch, and returns the files that git could not merge.
func (r repository) merge(branch string) (conflicts []string) {
	r.t.Helper()
	out, err := r.try("merge", "--quiet", "--no-edit", branch)
	conflicts = strings.Fields(r.git("diff", "--name-only", "--diff-filter=U"))
	if err != nil && len(conflicts) == 0 {
		r.t.Fatalf("merging %s: %v\n%s", branch, err, out)
	}
	return conflicts
}

// TestWeekMerges checks that git merges branches with updates of different projects without a conflict, and that the
// result is in sync.
func TestWeekMerges(t *testing.T) {
	index := replay(t, pypitest.Options{Core: pypitest.ReplayReal})
	folder := smallProject(t)
	online(t, folder, index, 0, "update", "-before="+early)
	r := committed(t, folder)
	suites := []string{"bottle", "typer", "werkzeug-a", "flask"}
	for _, suite := range suites {
		r.branch(index, suite, late)
	}
	for _, suite := range suites {
		if conflicts := r.merge(suite); len(conflicts) > 0 {
			t.Fatalf("%s conflicts in %v\n%s", suite, conflicts, r.git("diff"))
		}
		green(t, folder)
	}
}

// twins is the configuration of a project with two suites that have a dependency in common.
const twins = `project: {name: some-sdk}
pythons:
  - {version: "3.8", patch: 20}
  - {version: "3.12", patch: 13}
` + around + `groups:
  - {name: Twins, suites: [a, b]}
suites:
  a: {package: alpha, minimum: "1", test-path: tests/a, python: "==3.8"}
  b: {package: beta, minimum: "1", test-path: tests/b, python: "==3.12"}
testenv:
  commands: ["python -m pytest {env:_TESTPATH}"]
`

// day returns noon of a day in January 2021.
func day(n int) time.Time { return time.Date(2021, 1, n, 12, 0, 0, 0, time.UTC) }

// on returns a file that was uploaded on a day.
func on(n int, f pypitest.File) pypitest.File {
	f.Uploaded = day(n)
	return f
}

// twinIndex returns an index with what the twins need: releases of the first day and later ones. The new releases of both
// twins have a dependency that the old ones do not have. The wheels of shared 3.0 for the two Pythons have different
// requirements.
func twinIndex(t *testing.T) *pypitest.Server {
	headers := []string{"Classifier: Programming Language :: Python :: 3.8", "Classifier: Programming Language :: Python :: 3.12", "Requires-Dist: shared"}
	wheel := func(name, version string, more ...string) pypitest.File {
		return pypitest.Wheel(name, version, append(headers, more...)...)
	}
	return pypitest.New(t,
		pypitest.Project{Name: "alpha", Files: []pypitest.File{on(1, wheel("alpha", "1.0")), on(3, wheel("alpha", "1.1", "Requires-Dist: fresh"))}},
		pypitest.Project{Name: "beta", Files: []pypitest.File{on(1, wheel("beta", "1.0")), on(3, wheel("beta", "1.1", "Requires-Dist: fresh"))}},
		pypitest.Project{Name: "fresh", Files: []pypitest.File{on(3, pypitest.Wheel("fresh", "1.0")), on(5, pypitest.Wheel("fresh", "1.1"))}},
		pypitest.Project{Name: "shared", Files: []pypitest.File{
			on(1, pypitest.Wheel("shared", "1.0")), on(3, pypitest.Wheel("shared", "1.1")), on(5, pypitest.Wheel("shared", "2.0")),
			on(7, pypitest.TaggedWheel("shared", "3.0", "cp38-none-any")),
			on(7, pypitest.TaggedWheel("shared", "3.0", "cp312-none-any", "Requires-Dist: fresh"))}},
	)
}

// TestWeekMergesDependency merges two branches that both change a common dependency. Its facts may conflict, and the hint
// of `check` resolves the conflict.
func TestWeekMergesDependency(t *testing.T) {
	const fresh, shared = "registry/fresh.jsonl", "registry/shared.jsonl"
	for _, test := range []struct {
		name string
		// a and b are the days of the two updates.
		a, b int
		// conflicts are the files that git cannot merge.
		conflicts []string
	}{
		{"the same releases", 4, 4, nil},
		{"newer ones on the branch that is merged last", 4, 6, []string{fresh, shared}},
		{"newer ones on the branch that is merged first", 6, 4, []string{fresh, shared}},
		{"one release whose facts differ", 8, 8, []string{shared}},
	} {
		t.Run(test.name, func(t *testing.T) {
			index := twinIndex(t)
			folder := projectOf(t, twins)
			online(t, folder, index, 0, "update", "-before="+day(2).Format(time.RFC3339))
			r := committed(t, folder)
			r.branch(index, "a", day(test.a).Format(time.RFC3339))
			r.branch(index, "b", day(test.b).Format(time.RFC3339))
			if conflicts := r.merge("a"); len(conflicts) > 0 {
				t.Fatalf("the first branch conflicts in %v", conflicts)
			}
			conflicts := r.merge("b")
			if !slices.Equal(conflicts, test.conflicts) {
				t.Fatalf("%v conflict, not %v\n%s", conflicts, test.conflicts, r.git("diff"))
			}
			if len(conflicts) > 0 {
				r.resolve(index, conflicts)
			}
			green(t, folder)
		})
	}
}

// resolve resolves conflicts as the hint of `check` says.
func (r repository) resolve(index *pypitest.Server, conflicts []string) {
	r.t.Helper()
	c := execute(r.t, r.folder, nil, nil, "check")
	for _, name := range conflicts {
		if c.status != 1 || !strings.Contains(c.stderr, name+":") {
			r.t.Fatalf("check: status %d, without %s\n%s", c.status, name, c.stderr)
		}
		removeMarkers(r.t, filepath.Join(r.folder, filepath.FromSlash(name)))
	}
	if !strings.Contains(c.stderr, "hint: keep both sides' lines, remove the markers, and run `toxgen`") {
		r.t.Fatalf("check does not say what to do\n%s", c.stderr)
	}
	online(r.t, r.folder, index, 0)
	if changed := slices.Compact(strings.Fields(r.git("diff", "--name-only"))); !slices.Equal(changed, conflicts) {
		r.t.Errorf("the run changed %v, beyond what was in conflict: %v", changed, conflicts)
	}
}

// removeMarkers removes the conflict markers from a file and keeps the lines of both sides.
func removeMarkers(t *testing.T, name string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var kept strings.Builder
	for line := range strings.Lines(string(data)) {
		if !strings.HasPrefix(line, "<<<<<<<") && !strings.HasPrefix(line, "=======") && !strings.HasPrefix(line, ">>>>>>>") {
			kept.WriteString(line)
		}
	}
	if err := os.WriteFile(name, []byte(kept.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestSectionsMerge merges branches of which some change the sections that people write into tox.ini and all change its pins.
// What git cannot merge, a run resolves as far as one side changed it.
func TestSectionsMerge(t *testing.T) {
	one, other := custom("[flake8]\nmax-line-length = 100\n"), custom("[flake8]\nmax-line-length = 120\n")
	for _, test := range []struct {
		name               string
		base, ours, theirs string
		// want is what the tox.ini ends with, or "" if a person has to merge it.
		want string
	}{
		{"one branch adds them", "", one, "", one},
		{"the other branch adds them", "", "", one, one},
		{"one branch changes them", one, other, one, other},
		{"one branch removes them", one, one, "", "\n"},
		{"both add the same", "", one, one, one},
		{"both add others", "", one, other, ""},
		{"both change them", custom("[flake8]\n"), one, other, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			index := replay(t, pypitest.Options{Core: pypitest.ReplayReal})
			folder := smallProject(t)
			online(t, folder, index, 0, "update", "-before="+early)
			generated := content(t, folder)["tox.ini"]
			put(t, folder, map[string]string{"tox.ini": generated + test.base})
			r := committed(t, folder)
			for suite, sections := range map[string]string{"bottle": test.ours, "typer": test.theirs} {
				put(t, folder, map[string]string{"tox.ini": generated + sections})
				r.branch(index, suite, late)
			}
			r.merge("bottle")
			if conflicts := r.merge("typer"); len(conflicts) > 0 {
				t.Logf("git leaves conflicts in %v", conflicts)
				online(t, folder, index, map[bool]int{true: 1}[test.want == ""])
			}
			if test.want == "" {
				c := execute(t, folder, nil, nil, "check")
				if c.status != 1 || !strings.Contains(c.stderr, "both sides of an unfinished merge changed what is between the marks") {
					t.Errorf("check: status %d\n%s", c.status, c.stderr)
				}
				return
			}
			green(t, folder)
			if text := content(t, folder)["tox.ini"]; !strings.HasSuffix(text, test.want) || strings.Count(text, "[flake8]") != strings.Count(test.want, "[flake8]") {
				t.Errorf("tox.ini ends with\n%s", text[len(text)-200:])
			}
		})
	}
}

package endtoend

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

// A run with exit status 0 leaves the project in sync. The tests below start with a project in sync, change the index or
// the tree, and run a command. Then `check` has no findings, and the same command changes nothing.

// pair is tiny with two Pythons; the suite `other` is tested only on the older one.
var pair = strings.NewReplacer(
	`  - {version: "3.12", patch: 13}`, "  - {version: \"3.12\", patch: 13}\n  - {version: \"3.14\", patch: 4}",
	"test-path: tests/other", `test-path: tests/other, python: "==3.12"`).Replace(tiny)

// settled runs a command, expects exit status 0, and checks that the tree is in sync and that running the command again
// changes nothing.
func (w *week) settled(arguments ...string) result {
	w.Helper()
	r := online(w.T, w.folder, w.index, 0, arguments...)
	w.green("")
	before := content(w.T, w.folder)
	online(w.T, w.folder, w.index, 0, arguments...)
	same(w.T, before, content(w.T, w.folder))
	return r
}

// edit replaces a text in a file, which has to contain it.
func (w *week) edit(file, old, text string) {
	w.Helper()
	data := content(w.T, w.folder)[file]
	if !strings.Contains(data, old) {
		w.Fatalf("%s does not contain %q:\n%s", file, old, data)
	}
	put(w.T, w.folder, map[string]string{file: strings.Replace(data, old, text, 1)})
}

// tagged returns a wheel with the given tags.
func tagged(days int, tags, project, version string, requires ...string) pypitest.File {
	f := wheelOf(project, version, requires...)
	f.Filename = fmt.Sprintf("%s-%s-%s.whl", project, version, tags)
	return aged(days, f)
}

// newPair returns a project of pair in sync. The wheels of lib for the two Pythons have different requirements. The suite
// `other` pins lib, on the older Python only.
func newPair(t *testing.T) *week {
	w := &week{t, pypitest.New(t), projectOf(t, pair)}
	claims := []string{"Classifier: Programming Language :: Python :: 3.12", "Classifier: Programming Language :: Python :: 3.14"}
	w.set("app", aged(30, pypitest.Wheel("app", "1.0", claims...)), aged(30, pypitest.Wheel("app", "2.0", claims...)))
	w.set("other", wheelOf("other", "1.0", "lib"))
	w.set("lib", tagged(30, "cp312-cp312-manylinux_2_17_x86_64", "lib", "1.0", "old"), tagged(30, "cp314-cp314-manylinux_2_17_x86_64", "lib", "1.0", "new"))
	w.set("old", wheelOf("old", "1.0"))
	w.set("new", wheelOf("new", "1.0"))
	w.settled()
	w.has("registry/lib.jsonl", `"requires":["old"]`, true)
	w.has("registry/lib.jsonl", `"requires":["new"]`, false)
	return w
}

// TestFactsOfOneFile starts with a release whose facts are known only for the file of one Python. An update of one suite,
// a new rule or an edit by hand then pins it on another Python too.
func TestFactsOfOneFile(t *testing.T) {
	both := func(w *week) {
		w.has("registry/lib.jsonl", `"requires":["old"]`, true)
		w.has("registry/lib.jsonl", `"requires":["new"]`, true)
		w.has("tox.ini", "new==1.0", true)
	}
	t.Run("update of one suite", func(t *testing.T) {
		w := newPair(t)
		w.set("app", aged(30, pypitest.Wheel("app", "1.0", "Classifier: Programming Language :: Python :: 3.14", "Requires-Dist: lib")))
		w.settled("update", "-only=app", "-upgrade")
		both(w)
	})
	t.Run("new rule", func(t *testing.T) {
		w := newPair(t)
		w.edit("toxgen.yaml", "test-path: tests/app", `test-path: tests/app, requires: [{when: [py3.14], add: [lib]}]`)
		w.settled()
		both(w)
	})
	t.Run("Python added to a suite", func(t *testing.T) {
		w := newPair(t)
		w.set("other", aged(30, pypitest.Wheel("other", "1.0", "Classifier: Programming Language :: Python :: 3.12", "Classifier: Programming Language :: Python :: 3.14", "Requires-Dist: lib")))
		w.edit("toxgen.yaml", `, python: "==3.12"`, "")
		w.settled("update")
		both(w)
	})
	t.Run("pin by hand", func(t *testing.T) {
		w := newPair(t)
		w.edit("toxgen.yaml", "test-path: tests/app", `test-path: tests/app, requires: [{when: "*", add: ["lib>=0.9"]}]`)
		w.set("lib", wheelOf("lib", "0.9"), tagged(30, "cp312-cp312-manylinux_2_17_x86_64", "lib", "1.0", "old"), tagged(30, "cp314-cp314-manylinux_2_17_x86_64", "lib", "1.0", "new"))
		w.settled()
		w.edit("tox.ini", "    {py3.12,py3.14}-app-v1.0: lib==1.0\n", "    py3.12-app-v1.0: lib==1.0\n    py3.14-app-v1.0: lib==0.9\n")
		w.settled()
		w.has("tox.ini", "py3.14-app-v1.0: lib==0.9", true)
	})
	t.Run("Python dropped", func(t *testing.T) {
		w := newPair(t)
		w.edit("toxgen.yaml", "  - {version: \"3.14\", patch: 4}\n", "")
		w.settled()
	})
}

// lateFiles are files that are added to lib 1.5, which has a pure wheel. They require evil.
var lateFiles = map[string]pypitest.File{
	"build tag":           tagged(5, "7-py3-none-any", "lib", "1.5", "evil"),
	"more specific tag":   tagged(5, "py312-none-any", "lib", "1.5", "evil"),
	"set of tags":         tagged(5, "py39.py310.py311.py312.py313.py314-none-any", "lib", "1.5", "evil"),
	"wheel for a Python":  tagged(5, "cp312-cp312-manylinux_2_17_x86_64", "lib", "1.5", "evil"),
	"wheel of the ABI":    tagged(5, "cp39-abi3-manylinux_2_17_x86_64", "lib", "1.5", "evil"),
	"source distribution": aged(5, pypitest.Sdist(pypitest.SdistStatic, "lib", "1.5", "evil")),
}

// TestLateFile adds a file to an old release that is pinned, with requirements that differ from those of its other files.
// The update adopts, for each environment, what pip would install now, and update:apply accepts the hand-over.
func TestLateFile(t *testing.T) {
	for name, late := range lateFiles {
		t.Run(name, func(t *testing.T) {
			w := newWeek(t)
			before := content(t, w.folder)
			w.set("lib", wheelOf("lib", "1.4"), wheelOf("lib", "1.5"), late)
			w.set("evil", wheelOf("evil", "6.6"))
			w.set("other", wheelOf("other", "1.0", "lib"), wheelOf("other", "2.0", "lib"))
			handed := t.TempDir()
			online(t, w.folder, w.index, 0, "update", "-summary="+filepath.Join(handed, "summary.json"))
			w.has("tox.ini", "other-v2.0", true)
			w.has("tox.ini", "evil==6.6", name != "source distribution") // pip takes the wheel
			after := content(t, w.folder)
			w.settled("update")
			same(t, after, content(t, w.folder))
			takeOver(t, before, after, handed)
		})
	}
}

// takeOver applies the result of an update to the files before it, and expects the files after it.
func takeOver(t *testing.T, before, after map[string]string, handed string) {
	t.Helper()
	for path, data := range after {
		if strings.HasPrefix(path, "registry"+string(filepath.Separator)) || path == "tox.ini" || path == "build-constraints.txt" {
			put(t, handed, map[string]string{path: data})
		}
	}
	folder := projectOf(t, "")
	put(t, folder, before)
	if r := execute(t, folder, nil, nil, "update:apply", handed); r.status != 0 {
		t.Fatalf("status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	same(t, after, content(t, folder))
}

// TestLateFileUnresolvable adds a file whose requirement does not exist to an old release. Environments that can use
// another release use it. A static suite that requires exactly this release keeps its line and pins, and everything else
// is updated.
func TestLateFileUnresolvable(t *testing.T) {
	w := newWeek(t)
	w.configure(strings.NewReplacer("groups:", "static:\n  common: {pythons: [py3.12], test-path: tests/common, requires: [{when: \"*\", add: [\"lib==1.5\"]}]}\ngroups:",
		"suites: [app, other]", "suites: [app, other, common]").Replace(tiny))
	w.settled()
	before := content(t, w.folder)
	w.set("lib", wheelOf("lib", "1.4"), wheelOf("lib", "1.5"), tagged(5, "py312-none-any", "lib", "1.5", "nowhere"))
	w.set("other", wheelOf("other", "1.0", "lib"), wheelOf("other", "2.0", "lib"))
	handed := t.TempDir()
	r := online(t, w.folder, w.index, 0, "update", "-summary="+filepath.Join(handed, "summary.json"))
	if !strings.Contains(r.stdout, "lib 1.5 keeps what it had: with its present facts environment py3.12-common cannot be resolved: ") {
		t.Error(r.stdout)
	}
	w.has("tox.ini", "other-v2.0", true)
	w.has("tox.ini", "common: lib==1.5", true)
	takeOver(t, before, content(t, w.folder), handed)
	w.settled("update")
}

// TestReplacedWithoutDigest checks that, if an index that states no digests replaces a file, the result is the same with
// an old cache and with an empty one.
func TestReplacedWithoutDigest(t *testing.T) {
	w := newWeek(t)
	without := func(f pypitest.File) pypitest.File { f.SHA256 = "none"; return f }
	cache := t.TempDir()
	run := func(cache string) map[string]string {
		if r := execute(t, w.folder, against(w.index, cache), nil, "update"); r.status != 0 {
			t.Fatal(r.stdout, r.stderr)
		}
		return content(t, w.folder)
	}
	w.set("lib", without(wheelOf("lib", "1.5")))
	before := run(cache)
	w.set("evil", wheelOf("evil", "6.6"))
	w.set("lib", without(wheelOf("lib", "1.5", "evil")))
	expire(t, cache)
	kept := run(cache)
	w.green("")
	put(t, w.folder, before)
	same(t, run(t.TempDir()), kept)
	w.has("tox.ini", "evil==6.6", true)
}

// expire makes the pages of a cache look old.
func expire(t *testing.T, cache string) {
	t.Helper()
	err := filepath.WalkDir(cache, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if filepath.Base(filepath.Dir(path)) != "pages" {
			return os.Remove(path) // the entries of the log expire with their pages
		}
		past := now.AddDate(-1, 0, 0)
		return os.Chtimes(path, past, past)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestYoungFile checks that no command adopts a file that is younger than the cooldown if its release has an older file.
func TestYoungFile(t *testing.T) {
	young := func(t *testing.T) *week {
		w := newWeek(t)
		w.configure(strings.Replace(tiny, "suites: [app, other]", "suites: [app, other, lib]", 1) + "")
		w.edit("toxgen.yaml", "testenv:", "  lib: {package: lib, minimum: \"1.5\", test-path: tests/lib}\ntestenv:")
		w.settled()
		w.set("lib", wheelOf("lib", "1.4"), wheelOf("lib", "1.5"), aged(0, tagged(0, "99-py3-none-any", "lib", "1.5", "evil")))
		w.set("evil", wheelOf("evil", "6.6"))
		return w
	}
	for _, c := range []struct {
		name  string
		do    func(*week)
		after []string
	}{
		{"update of another suite", func(w *week) {
			w.set("app", wheelOf("app", "1.0", "lib"), wheelOf("app", "2.0", "lib"), wheelOf("app", "3.0", "lib"))
		}, []string{"update", "-only=app"}},
		{"update without the suite", func(w *week) {}, []string{"update", "-skip=lib", "-upgrade"}},
		{"facts lost", func(w *week) { removed(w.T, w.folder, "registry/lib.jsonl") }, nil},
		{"pins lost", func(w *week) { removed(w.T, w.folder, "tox.ini") }, []string{"toxgen"}},
		{"everything lost", func(w *week) {
			removed(w.T, w.folder, "registry/lib.jsonl")
			removed(w.T, w.folder, "tox.ini")
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := young(t)
			c.do(w)
			w.settled(c.after...)
			w.has("tox.ini", "evil", false)
			w.has("tox.ini", "lib==1.5", true)
		})
	}
}

// removed removes a file of a project.
func removed(t *testing.T, folder, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(folder, filepath.FromSlash(name))); err != nil {
		t.Fatal(err)
	}
}

// TestOneSuiteCannotMove has a new release that contradicts a rule of the suite that follows its project. That suite
// passes the release over, and every other suite installs it.
func TestOneSuiteCannotMove(t *testing.T) {
	w := newWeek(t)
	w.configure(strings.NewReplacer("suites: [app, other]", "suites: [app, other, lib]",
		"testenv:", "  lib: {package: lib, minimum: \"1.5\", test-path: tests/lib, requires: [{when: \"*\", add: [\"core<2\"]}]}\ntestenv:").Replace(tiny))
	w.set("core", wheelOf("core", "1.0"), wheelOf("core", "2.0"))
	w.settled()
	before := content(t, w.folder)
	w.set("lib", wheelOf("lib", "1.4"), wheelOf("lib", "1.5"), wheelOf("lib", "1.6", "core>=2"))
	handed := t.TempDir()
	online(t, w.folder, w.index, 0, "update", "-summary="+filepath.Join(handed, "summary.json"))
	w.has("tox.ini", "app-!v1.0: lib==1.6", true)
	w.has("tox.ini", "py3.12-other: lib==1.6", true)
	w.has("tox.ini", "py3.12-lib-v1.6", false)
	w.has("registry/lib.jsonl", `"unresolvable":[{"suite":"lib","python":"3.12","reason":"no release of core meets all that is required of it"`, true)
	w.green(`suite "lib" passes over lib 1.6: on Python 3.12 no release of core meets`)
	takeOver(t, before, content(t, w.folder), handed)
	w.edit("toxgen.yaml", "core<2", "core<3") // the roots change, so the release is tried again
	w.settled()
	w.has("tox.ini", "lib-v1.6", true)
}

// TestConflictMarkers has conflict markers of git in tox.ini. They are reported, and the valid pins of both sides are
// kept.
func TestConflictMarkers(t *testing.T) {
	w := newWeek(t)
	const line = "    py3.12-other: lib==1.5\n"
	w.edit("tox.ini", line, "<<<<<<< HEAD\n    py3.12-other: lib==1.4\n||||||| 1234567\n"+line+"=======\n"+line+">>>>>>> theirs\n")
	before := content(t, w.folder)
	r := execute(t, w.folder, nil, nil, "check")
	if r.status != 3 || !strings.Contains(r.stderr, ": out of sync: a git conflict marker: the valid pins of both sides are kept") || !strings.Contains(r.stderr, "hint: ") {
		t.Errorf("check: status %d\n%s", r.status, r.stderr)
	}
	same(t, before, content(t, w.folder))
	w.set("lib", wheelOf("lib", "1.4"), wheelOf("lib", "1.5"), wheelOf("lib", "1.6")) // nothing may adopt 1.6
	r = online(t, w.folder, w.index, 0)
	if !strings.Contains(r.stderr, ": warning: a git conflict marker") {
		t.Error(r.stderr)
	}
	w.has("tox.ini", "py3.12-other: lib==1.4", true) // our side changed it
	w.has("tox.ini", "app-!v1.0: lib==1.5", true)
	w.settled()
}

// TestUnreadableLock checks that a tox.ini that is not a valid ini file is reported, and that its pins are kept.
func TestUnreadableLock(t *testing.T) {
	w := newWeek(t)
	want := content(t, w.folder)
	w.edit("tox.ini", "[testenv]\n", "[testenv]\nwhat is this\n")
	r := execute(t, w.folder, nil, nil, "check")
	if r.status != 3 || !strings.Contains(r.stderr, "tox.ini:1: out of sync: the file cannot be read: ") {
		t.Errorf("check: status %d\n%s", r.status, r.stderr)
	}
	w.set("lib", wheelOf("lib", "1.4"), wheelOf("lib", "1.5"), wheelOf("lib", "1.6"))
	online(t, w.folder, w.index, 0)
	same(t, want, content(t, w.folder))
}

// TestMetadataMissing checks that releases whose metadata the index does not serve are not adopted, and that everything
// else is updated.
func TestMetadataMissing(t *testing.T) {
	w := newWeek(t)
	w.set("app", wheelOf("app", "1.0", "lib"), wheelOf("app", "2.0", "lib"), wheelOf("app", "3.0", "lib"))
	w.set("other", wheelOf("other", "1.0", "lib"), wheelOf("other", "2.0", "lib"))
	w.set("lib", wheelOf("lib", "1.4"), wheelOf("lib", "1.5"), wheelOf("lib", "1.6"))
	for _, name := range []string{"app/app-3.0", "lib/lib-1.6"} {
		w.index.Fault("/files/"+name+"*", -1, pypitest.Status(404))
	}
	w.update(0, "other: in 2.0; out none", "app 3.0 is not adopted yet: ")
	w.has("registry/app.jsonl", `"3.0"`, false)
	w.has("tox.ini", "lib==1.6", false)
	w.green("")
}

// TestRenamedSuite checks that a suite with a new name keeps its pins.
func TestRenamedSuite(t *testing.T) {
	w := newWeek(t)
	w.edit("tox.ini", "    py3.12-other: lib==1.5\n", "    py3.12-other: lib==1.4\n")
	w.settled()
	w.edit("toxgen.yaml", "suites: [app, other]", "suites: [app, others]")
	w.edit("toxgen.yaml", "  other: {package: other", "  others: {package: other")
	w.settled()
	w.has("tox.ini", "py3.12-others: lib==1.4", true)
	w.has("tox.ini", "app-!v1.0: lib==1.5", true)
}

// TestUnresolvablePick removes a Python, so that a release that cannot be resolved becomes a pick. Following the hint of
// the error fixes it.
func TestUnresolvablePick(t *testing.T) {
	w := &week{t, pypitest.New(t), projectOf(t, strings.Replace(pair, `, python: "==3.12"`, "", 1))}
	claims := []string{"Classifier: Programming Language :: Python :: 3.12", "Classifier: Programming Language :: Python :: 3.14"}
	old := aged(30, pypitest.Wheel("app", "1.0", append(claims, `Requires-Dist: lib<1.5; python_version > "3.12"`)...))
	w.set("app", old, aged(30, pypitest.Wheel("app", "2.0", append(claims, "Requires-Dist: lib")...)))
	w.set("other", aged(30, pypitest.Wheel("other", "1.0", claims...)))
	w.set("lib", wheelOf("lib", "1.4"), wheelOf("lib", "1.5"))
	w.edit("toxgen.yaml", "test-path: tests/app", `test-path: tests/app, requires: [{when: [py3.14], add: ["lib>=1.5"]}], python: [{release: "<2", python: "==3.12"}, {python: ">=3.12"}]`)
	w.settled()
	w.edit("toxgen.yaml", `, python: [{release: "<2", python: "==3.12"}, {python: ">=3.12"}]`, "")
	w.edit("toxgen.yaml", "  - {version: \"3.12\", patch: 13}\n", "")
	r := online(t, w.folder, w.index, 1)
	for _, want := range []string{"toxgen.yaml:18:3: error: environment py3.14-app-v1.0 cannot be resolved: no release of lib meets",
		"hint: change lib>=1.5 (toxgen.yaml:18); or raise `minimum` of the suite (toxgen.yaml:18), or leave the release out: `toxgen hold app '<=1.0'`\n"} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("the message lacks %q:\n%s", want, r.stderr)
		}
	}
	online(t, w.folder, w.index, 0, "hold", "app", "<=1.0")
	w.settled()
}

// TestWheelsForOtherSystems: the classifiers of a release that has a source distribution, and wheels for other systems
// alone, are those of one of these wheels, which has no name in the registry. Updates settle all the same.
func TestWheelsForOtherSystems(t *testing.T) {
	w := newWeek(t)
	sdist := aged(30, pypitest.Sdist(pypitest.SdistStatic, "app", "3.0", "lib"))
	w.set("app", wheelOf("app", "1.0", "lib"), tagged(30, "cp312-cp312-win32", "app", "3.0", "lib"), tagged(30, "cp312-cp312-win_amd64", "app", "3.0", "lib>1"), sdist)
	w.update(0, "app: in 3.0; out 2.0")
	w.green("")
	w.has("registry/app.jsonl", `"sdist":true,"metadata":[{"sha256":"`, true)
	before := content(t, w.folder)
	w.update(0)
	same(t, before, content(t, w.folder))
	w.set("app", wheelOf("app", "1.0", "lib"), tagged(30, "cp312-cp312-macosx_11_0_arm64", "app", "3.0", "lib"), tagged(30, "cp312-cp312-win_amd64", "app", "3.0", "lib>1"), sdist)
	w.update(0)
	w.green("")
}

// TestLineOfTheLockAlone: a release is pinned on two Pythons, and an update finds that it cannot be on one of them any more.
// What was read for that Python on the way is not recorded: the same update again changes nothing.
func TestLineOfTheLockAlone(t *testing.T) {
	w := &week{t, pypitest.New(t), projectOf(t, pair)}
	both := func(version string, requires ...string) pypitest.File {
		f := wheelOf("app", version, requires...)
		f.Metadata = strings.Replace(f.Metadata, "Classifier: Programming Language :: Python :: 3.12\n",
			"Classifier: Programming Language :: Python :: 3.12\nClassifier: Programming Language :: Python :: 3.14\n", 1)
		return f
	}
	sdist := aged(30, pypitest.Sdist(pypitest.SdistStatic, "lib", "1.0"))
	w.set("app", both("1.0", "lib"))
	w.set("other", wheelOf("other", "1.0"))
	w.set("core", wheelOf("core", "1.0"))
	w.set("lib", tagged(30, "cp312-cp312-manylinux_2_17_x86_64", "lib", "1.0"), sdist)
	w.settled()
	w.set("app", both("1.0", "lib"), both("2.0"))
	w.set("lib", tagged(30, "cp312-cp312-manylinux_2_17_x86_64", "lib", "1.0", "core!=1.0"), sdist, aged(30, pypitest.Sdist(pypitest.SdistStatic, "lib", "2.0")))
	w.settled("update")
	w.has("registry/lib.jsonl", "core!=1.0", false)
	w.has("tox.ini", "py3.12-app-v1.0: lib==2.0", true)
	w.has("tox.ini", "py3.14-app-v1.0: lib==1.0", true)
}

// TestFollowedWithoutItsPage: a suite begins to follow a project of which only a pinned release is known, and the project's
// page cannot be had. An update ends, says so, and moves the other suites.
func TestFollowedWithoutItsPage(t *testing.T) {
	w := newWeek(t)
	w.configure(strings.Replace(strings.Replace(tiny, "[app, other]", "[app, other, lib]", 1), "testenv:", "  lib: {package: lib, minimum: \"1.0\", test-path: tests/lib}\ntestenv:", 1))
	w.set("other", wheelOf("other", "1.0", "lib"), wheelOf("other", "2.0", "lib"))
	w.index.Fault("/simple/lib/", 0, pypitest.Status(503, "Retry-After: 0"))
	r := online(t, w.folder, w.index, 1, "update")
	if !strings.Contains(r.stderr, "registry/lib.jsonl: error: ") || !strings.Contains(r.stderr, "the server answered 503") {
		t.Errorf("it says\n%s", r.stderr)
	}
	w.has("registry/other.jsonl", `"2.0"`, true)
}

package setup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/python"
	"toxgen/internal/sdktest"
)

// A standIn is a machine on which programs answer by a table.
type standIn struct {
	system, distribution string
	// answers are what programs print; a program whose answer is empty does not run. inside are the ones that lie in the repository.
	answers map[string]string
	inside  []string
	pyenv   []string
}

func (m standIn) System() string       { return m.system }
func (m standIn) Distribution() string { return m.distribution }
func (m standIn) Pyenv() []string      { return m.pyenv }

func (m standIn) Find(name string) (Program, bool) {
	_, found := m.answers[name]
	return Program{Path: name, Inside: slices.Contains(m.inside, name)}, found
}

func (m standIn) Output(_ context.Context, program string, apart bool, arguments ...string) (string, error) {
	if slices.Contains(m.inside, program) {
		return "", errors.New("a program of the repository was run")
	}
	if apart != slices.Contains([]string{"go", "uv", "tox"}, program) {
		return "", errors.New("it ran in the wrong folder")
	}
	if program == "uv" && arguments[0] == "python" {
		return m.answers["uv python list"], nil
	}
	if m.answers[program] == "" {
		return "", errors.New("exit status 127")
	}
	return m.answers[program], nil
}

// listing is what uv lists.
const listing = `[
{"version": "3.12.13", "variant": "default", "implementation": "cpython", "path": "/python3.12", "url": null},
{"version": "3.14.4", "variant": "default", "implementation": "cpython", "path": null, "url": "https://example.org/a"},
{"version": "3.14.4", "variant": "freethreaded", "implementation": "cpython", "path": null, "url": "https://example.org/b"},
{"version": "3.14.4", "variant": "debug", "implementation": "cpython", "path": "/python3.14d", "url": null},
{"version": "3.11.15", "variant": "default", "implementation": "pypy", "path": "/pypy", "url": null}]`

func TestTools(t *testing.T) {
	all := map[string]string{"go": "go version go1.26.8 linux/amd64", "git": "git version 2.39.5", "python3": "Python 3.11.7", "uv": "uv 0.13.9 (abc)",
		"tox": "4.67.15 from /x\nregistered plugins:\n    tox-uv-1.37.1 at /y", "uv python list": listing}
	for _, test := range []struct {
		name    string
		machine standIn
		needGo  string
		pythons string
		want    []Line
	}{
		{"everything", standIn{answers: all}, "1.26.0", "3.12", []Line{{Name: "go", Text: "1.26.8"}, {Name: "git", Text: "2.39.5"},
			{Name: "python3", Text: "3.11.7"}, {Name: "uv", Text: "0.13.9"}, {Name: "tox", Text: "4.67.15 with tox-uv"}, {Name: "Pythons", Text: "3.12"}}},
		{"nothing on Debian, with sources", standIn{system: "linux", distribution: "ID=raspbian\nID_LIKE=\"debian\"\n"}, "1.26.0", "3.12", []Line{
			{"go", missing, "https://go.dev/doc/install; it compiles toxgen", true},
			{"git", missing, "`sudo apt install git`; for the hook, and for `mage diff`, `mage bisect` and `mage triage`", false},
			{"python3", missing, "`sudo apt install python3`; for tox", false},
			{"uv", missing, "https://docs.astral.sh/uv/getting-started/installation/; it makes environments fast, and gets interpreters", false},
			{"tox", missing, "`pipx install tox`, or with uv `uv tool install tox --with tox-uv`; it runs the tests", false},
			{"Pythons", missing + ": 3.12", "install uv, which has most of them; pyenv builds them, and old ones too: https://github.com/pyenv/pyenv", false}}},
		{"an old Go and a plain tox", standIn{answers: map[string]string{"go": "go version go1.21.3 linux/amd64", "git": "git version 2", "python3": "Python 3.9.1",
			"tox": "4.4.6 from /x"}, system: "darwin"}, "1.26.0", "", []Line{
			{"go", "1.21.3", "go.mod asks for Go 1.26.0: the go command downloads it by itself, unless GOTOOLCHAIN=local is set", false},
			{"git", "of an unknown version: git", "", false}, {"python3", "3.9.1", "", false},
			{"uv", missing, "`brew install uv`; it makes environments fast, and gets interpreters", false},
			{"tox", "4.4.6 without tox-uv, so that virtualenv and pip make the environments", "", false}}},
		{"Windows, where python3 is called python", standIn{system: "windows", answers: map[string]string{"python": "Python 3.13.1", "uv": "uv 0.13.9"}}, "", "", []Line{
			{"git", missing, "`winget install Git.Git`; for the hook, and for `mage diff`, `mage bisect` and `mage triage`", false},
			{"python3", "3.13.1", "", false}, {"uv", "0.13.9", "", false},
			{"tox", missing, "`uv tool install tox --with tox-uv`; it runs the tests", false}}},
		{"programs of the repository are not run", standIn{answers: all, inside: []string{"uv", "tox", "python3", "git"}}, "", "3.12", []Line{
			{"git", "in the repository, so that it is not asked for its version: git", "", false},
			{"python3", "in the repository, so that it is not asked for its version: python3", "", false},
			{"uv", "in the repository, so that it is not asked for its version: uv", "", false},
			{"tox", "in the repository, so that it is not asked for its version: tox", "", false},
			{"Pythons", missing + ": 3.12", "install uv, which has most of them; pyenv builds them, and old ones too: https://github.com/pyenv/pyenv", false}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Tools(t.Context(), test.machine, test.needGo, versions(t, test.pythons))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// versions returns the Pythons of a text.
func versions(t *testing.T, text string) []python.Version {
	t.Helper()
	var all []python.Version
	for field := range strings.FieldsSeq(text) {
		v, _, err := python.Parse(field)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

// TestPythons checks which interpreters count as there.
func TestPythons(t *testing.T) {
	answers := map[string]string{"uv": "uv 0.13.9", "uv python list": listing, "python3.9": "Python 3.9.25", "python3.8": "", // a shim of pyenv that leads nowhere
		"python3.10": "Python 3.9.1", "python3.7": "Python 3.7.17"}
	m := standIn{system: "linux", answers: answers, inside: []string{"python3.7"}, pyenv: []string{"/p/versions/3.8.18/bin", "/p/versions/3.14.1/bin", "/p/versions/pypy3.6/bin"}}
	got := survey{t.Context(), m, installer{}}.pythons(versions(t, "3.6.15 3.7.17 3.8.20 3.9.25 3.10.20 3.11.15 3.12.13 3.14.4t"))
	want := []Line{{Name: "Pythons", Text: "3.9, 3.12"},
		{Name: "Pythons", Text: "in pyenv, but not on the PATH, where tox looks: 3.8", Hint: "append to the PATH /p/versions/3.8.18/bin"},
		{Name: "Pythons", Text: "not found: 3.14t", Hint: "`uv python install 3.14t`; tox with tox-uv lets uv get each when it is first needed"},
		{Name: "Pythons", Text: "not found: 3.6, 3.7, 3.10, 3.11", Hint: "pyenv builds them, and old ones too: https://github.com/pyenv/pyenv"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	m = standIn{system: "windows", answers: map[string]string{"py": "Python 3.14.2"}}
	got = survey{t.Context(), m, installer{}}.pythons(versions(t, "3.14.4"))
	if diff := cmp.Diff([]Line{{Name: "Pythons", Text: "3.14"}}, got); diff != "" {
		t.Errorf("the launcher of Windows: %s", diff)
	}
}

func TestInstallers(t *testing.T) {
	for _, test := range []struct{ system, distribution, want string }{
		{"linux", "NAME=x\nID=debian\n", "`sudo apt install git`"},
		{"linux", "ID=ubuntu\nID_LIKE=debian\n", "`sudo apt install git`"},
		{"linux", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", "`sudo dnf install git`"},
		{"linux", "ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n", "`sudo zypper install git`"},
		{"linux", "ID=manjaro\r\nID_LIKE=arch\r\n", "`sudo pacman -S git`"},
		{"linux", "ID='alpine'", "`sudo apk add git`"},
		{"linux", "ID=nixos\n", "https://git-scm.com/downloads"},
		{"linux", "ID=darwin\n", "https://git-scm.com/downloads"},
		{"linux", "", "https://git-scm.com/downloads"},
		{"darwin", "", "`brew install git`"},
		{"windows", "", "`winget install Git.Git`"},
		{"freebsd", "", "https://git-scm.com/downloads"},
	} {
		if got := installerOf(test.system, test.distribution).hint("git"); got != test.want {
			t.Errorf("%s, %q: %s, want %s", test.system, test.distribution, got, test.want)
		}
	}
}

// TestFind checks where programs are looked for, and which of them belong to the repository.
func TestFind(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("programs have no mode on Windows")
	}
	folder := t.TempDir()
	root := filepath.Join(folder, "project")
	program := func(name string) {
		file := filepath.Join(folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o777), os.WriteFile(file, []byte("#!/bin/sh\npwd\necho $GIT_DIR\n"), 0o777)); err != nil {
			t.Fatal(err)
		}
	}
	program("project/bin/tox")
	program("project/git")
	program("bin/uv")
	program("projects/python3")
	if err := os.Symlink(filepath.Join(root, "git"), filepath.Join(folder, "bin", "git")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
	t.Setenv("GIT_DIR", "x")
	c := Computer{Root: root, Path: strings.Join([]string{"", ".", "bin", filepath.Join(root, "bin"), filepath.Join(folder, "bin"), filepath.Join(folder, "projects")}, string(filepath.ListSeparator))}
	for _, test := range []struct {
		name string
		want Program
	}{
		{"git", Program{filepath.Join(folder, "bin", "git"), true}}, // a link into the repository
		{"tox", Program{filepath.Join(root, "bin", "tox"), true}},
		{"uv", Program{filepath.Join(folder, "bin", "uv"), false}},
		{"python3", Program{filepath.Join(folder, "projects", "python3"), false}},
		{"go", Program{}},
	} {
		if got, found := c.Find(test.name); got != test.want || found != (test.want != Program{}) {
			t.Errorf("%s: %v %v, want %v", test.name, got, found, test.want)
		}
	}
	uv, _ := c.Find("uv")
	if got, err := c.Output(t.Context(), uv.Path, false); err != nil || got != root {
		t.Errorf("in the project: %q %v", got, err)
	}
	got, err := c.Output(t.Context(), uv.Path, true)
	if err != nil || got == root || strings.Contains(got, "\n") {
		t.Errorf("apart: %q %v", got, err)
	}
	if _, err := os.Stat(got); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the empty folder is still there: %v", err)
	}
}

func TestOwnerOf(t *testing.T) {
	script := scriptOf([]Project{{Folder: ".", Program: "/a'b/toxgen"}})
	for _, test := range []struct {
		name, text string
		want       Owner
	}{
		{"no hook", "", Nobody},
		{"as it was set up", script, Toxgen},
		{"of another version", shebang + mark + digestOf("exit 0\n") + "\nexit 0\n", Toxgen},
		{"with other line ends", strings.ReplaceAll(script, "\n", "\r\n"), Toxgen},
		{"with a line more", script + "echo\n", Changed},
		{"with a line before", shebang + "echo\n" + strings.TrimPrefix(script, shebang), Changed},
		{"of others", "#!/bin/sh\ntoxgen check\n", Others},
		{"of others, calling ours", "#!/bin/sh\n" + call + "\n", Others},
	} {
		if got := OwnerOf(test.text); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// setUp returns a hook that checks projects, each with its program.
func setUp(projects ...string) string {
	var all []Project
	for _, p := range projects {
		folder, program, _ := strings.Cut(p, " ")
		all = append(all, Project{Folder: folder, Program: program})
	}
	return scriptOf(all)
}

// TestInstall checks what becomes of the hook and of its copy when a project in the folder python is set up, and when it is set up again.
func TestInstall(t *testing.T) {
	project := Project{Folder: "python", Program: "/toxgen"}
	alone, older := setUp("python /toxgen"), shebang+mark+digestOf("exit 0\n")+"\nexit 0\n"
	newer := setUp("js /toxgen", "python /old")
	newer = shebang + mark + digestOf("new\n"+newer) + "\nnew\n" + newer
	const theirs, calling = "#!/bin/sh\n", "#!/bin/sh\n" + call + "\n"
	for _, test := range []struct{ name, configured, hook, copied, wantHook, wantCopied string }{
		{"no hook", "", "", "", alone, ""},
		{"the same hook", "", alone, "", alone, ""},
		{"another project", "", setUp("js /b"), "", setUp("js /b", "python /toxgen"), ""},
		{"projects on both sides of it", "", setUp("z /z", ". /a"), "", setUp(". /a", "python /toxgen", "z /z"), ""},
		{"another program", "", setUp("js /b", "python /old"), "", setUp("js /b", "python /toxgen"), ""},
		{"the hook of another version", "", older, "", alone, ""},
		{"the hook of another version, with projects", "", newer, "", setUp("js /toxgen", "python /toxgen"), ""},
		{"with other line ends", "", strings.ReplaceAll(setUp("js /b"), "\n", "\r\n"), "", setUp("js /b", "python /toxgen"), ""},
		{"one that was changed", "", setUp("js /b") + "echo\n", "", setUp("js /b") + "echo\n", setUp("js /b", "python /toxgen")},
		{"one of others", "", theirs, "", theirs, alone},
		{"one of others that calls it", "", calling, setUp("js /b"), calling, setUp("js /b", "python /toxgen")},
		{"a copy that is not called any more", "", "", setUp("js /b"), setUp("js /b", "python /toxgen"), setUp("js /b")},
		{"core.hooksPath", "hooks", "", "", "", alone},
		{"core.hooksPath, and the hook of another repository", "hooks", setUp("x /x"), "", setUp("x /x"), alone},
		{"core.hooksPath, and a project", "hooks", "", setUp("js /b"), "", setUp("js /b", "python /toxgen")},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := repositoryWith(t, test.hook, test.copied)
			r.Configured = test.configured
			for range 2 {
				if _, _, err := r.Install(project); err != nil {
					t.Fatal(err)
				}
				compareHooks(t, r, test.wantHook, test.wantCopied)
			}
			runs := test.wantHook == test.hook && Calls(test.hook) || test.configured == "" && OwnerOf(test.wantHook) == Toxgen
			if is, err := r.IsSetUp(project); err != nil || is != runs {
				t.Errorf("it is set up: %v %v, want %v", is, err, runs)
			}
		})
	}
}

// TestRemove checks what becomes of the hook and of its copy when the project in the folder python is removed.
func TestRemove(t *testing.T) {
	const calling = "#!/bin/sh\n" + call + "\n"
	for _, test := range []struct{ name, hook, copied, wantHook, wantCopied, want string }{
		{"nothing", "", "", "", "", ""},
		{"the only one", setUp("python /b"), "", "", "", "removed HOOK"},
		{"one of several", setUp(". /a", "js /a", "python /b"), "", setUp(". /a", "js /a"), "", "HOOK does not check this project any more, but others: ., js"},
		{"another one", setUp("python/js /b"), "", setUp("python/js /b"), "", ""},
		{"the hook of an older version", shebang + mark + digestOf("") + "\n", "", "", "", "removed HOOK"},
		{"one that was changed", setUp("python /b") + "echo\n", "", setUp("python /b") + "echo\n", "", "HOOK was changed since it was set up, and stays: remove it if it is not needed"},
		{"one that was changed, of another project", setUp("js /b") + "echo\n", "", setUp("js /b") + "echo\n", "", ""},
		{"called by others", calling, setUp("python /b"), calling, "", "removed COPY; HOOK is not toxgen's, and stays: remove its line `" + call + "`"},
		{"called by others for others", calling, setUp("python /b", "js /b"), calling, setUp("js /b"), "COPY does not check this project any more, but others: js"},
		{"both", setUp("python /b", "js /b"), setUp("python /b"), setUp("js /b"), "", "removed COPY; HOOK does not check this project any more, but others: js"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := repositoryWith(t, test.hook, test.copied)
			said, err := r.Remove("python")
			got := strings.NewReplacer(r.hook(), "HOOK", r.script(), "COPY").Replace(strings.Join(said, "; "))
			if err != nil || got != test.want {
				t.Errorf("%s %v, want %s", got, err, test.want)
			}
			compareHooks(t, r, test.wantHook, test.wantCopied)
		})
	}
}

// repositoryWith returns a repository with a hook and its copy, of which empty ones are not there.
func repositoryWith(t *testing.T, hook, copied string) Repository {
	t.Helper()
	r := Repository{Hooks: t.TempDir(), Common: t.TempDir()}
	for file, text := range map[string]string{r.hook(): hook, r.script(): copied} {
		if text == "" {
			continue
		}
		if err := write(file, []byte(text), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// compareHooks compares the hook and its copy with texts.
func compareHooks(t *testing.T, r Repository, wantHook, wantCopied string) {
	t.Helper()
	hook, copied, err := r.texts()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantHook, hook); diff != "" {
		t.Errorf("the hook (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantCopied, copied); diff != "" {
		t.Errorf("its copy (-want +got):\n%s", diff)
	}
}

// TestProjectsOf checks that what a hook checks is read as it was written, whatever its names are made of.
func TestProjectsOf(t *testing.T) {
	want := []Project{{Folder: ".", Program: "/toxgen"}, {Folder: "a 'b' $c`d\\\"", Program: "/it's\n here/toxgen"}, {Folder: "b", Sources: true, Go: ""},
		{Folder: "x\ncheck program 'y' '/y'\n", Sources: true, Go: "/usr/local/go/bin"}, {Folder: "x:y", Program: "/:/toxgen"}, {Folder: "é/@PROJECTS@", Program: "/@SETUP@"}}
	if diff := cmp.Diff(want, projectsOf(scriptOf(want))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for name, text := range map[string]string{"nothing": "", "a hook of others": "#!/bin/sh\ncheck program 'a' 'b'\n"} {
		if got := projectsOf(text); got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestInShell(t *testing.T) {
	for name, want := range map[string]string{"/a b/c": "/a b/c", `C:\Program Files\Go\bin`: "/c/Program Files/Go/bin", "/:/x": "/:/x", "": ""} {
		if got := inShell(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestAdvice checks the commands that those who use a manager of hooks write into its files.
func TestAdvice(t *testing.T) {
	for folder, want := range map[string]string{
		".":          `run: toxgen check}`,
		"python":     `run: "sh -c 'cd ./python && toxgen check'"}`,
		"my \"sdk\"": `run: "sh -c 'cd '\\''./my \"sdk\"'\\'' && toxgen check'"}`,
	} {
		if got := Advice("hook", "lefthook", "", Project{Folder: folder}.check()); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", folder, got, want)
		}
	}
}

// TestCompiledAs checks which executables are programs of a hook.
func TestCompiledAs(t *testing.T) {
	for _, folder := range []string{".", "python", "a b"} {
		c := CompiledIn("/sdk/.git/worktrees/x", folder)
		if got, is := CompiledAs(c.path("")); !is || got != c {
			t.Errorf("%s: %v %v, want %v", folder, got, is, c)
		}
	}
	if CompiledIn("/x", "a") == CompiledIn("/x", "b") {
		t.Error("two projects have one program")
	}
	for _, name := range []string{"/usr/bin/toxgen", "/home/me/toxgen/toxgen", "/home/me/hook/toxgen"} {
		if _, is := CompiledAs(name); is {
			t.Errorf("%s is the program of a hook", name)
		}
	}
}

// TestDigest checks which files the program is compiled from.
func TestDigest(t *testing.T) {
	base := fstest.MapFS{"go.mod": {Data: []byte("module toxgen\n\ngo 1.26.0\n")}, "go.sum": {}, "magefiles/a.go": {}, "internal/a/a.go": {}, "templates/a.tmpl": {}, "README.md": {}}
	if got := NeedsGo(base); got != "1.26.0" {
		t.Errorf("it needs Go %q", got)
	}
	if got := NeedsGo(fstest.MapFS{"go.mod": {Data: []byte("module other\n\ngo 1.26.0\n")}}); got != "" {
		t.Errorf("another module needs Go %q", got)
	}
	before, err := Digest(base)
	if err != nil {
		t.Fatal(err)
	}
	for name, counts := range map[string]bool{"go.mod": true, "go.sum": true, "magefiles/a.go": true, "internal/a/new.css": true, "templates/a.tmpl": true,
		"README.md": false, "internal/a/a_test.go": false, "internal/a/testdata/a.go": false, "magefiles/mage_output_file.go": false} {
		changed := fstest.MapFS{name: {Data: []byte("changed")}}
		for other, file := range base {
			if other != name {
				changed[other] = file
			}
		}
		if after, err := Digest(changed); err != nil || (after != before) != counts {
			t.Errorf("%s: the digest changed: %v, want %v (%v)", name, after != before, counts, err)
		}
	}
	delete(base, "internal/a/a.go")
	if after, err := Digest(base); err == nil && after == before {
		t.Error("a file that is gone does not count")
	}
}

// TestAsk checks the answers to a question.
func TestAsk(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, " YES \n": true, "\n": false, "n\n": false, "yess\n": false, "": false, "y": false} {
		var out strings.Builder
		if got := Ask(t.Context(), strings.NewReader(answer), &out, "Really?"); got != want || !strings.HasPrefix(out.String(), "Really? [y/N] ") {
			t.Errorf("%q: %v, want %v; it printed %q", answer, got, want, out.String())
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	silent, _, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if Ask(ctx, silent, &strings.Builder{}, "Really?") {
		t.Error("an interrupt is a yes")
	}
}

// TestRealUV checks that what the real uv lists is understood: it offers interpreters for download without asking anybody.
func TestRealUV(t *testing.T) {
	c := Computer{Root: t.TempDir(), Path: os.Getenv("PATH")}
	if _, found := c.Find("uv"); !found {
		if os.Getenv(sdktest.Required) != "" {
			t.Fatal("uv is not on PATH")
		}
		t.Skip("SKIPPED: uv is not on PATH")
	}
	installed, offered := survey{t.Context(), c, installer{}}.listed()
	for _, name := range []string{"3.12", "3.14", "3.14t"} {
		if !installed[name] && !offered[name] {
			t.Errorf("uv neither has nor offers %s: %v, %v", name, installed, offered)
		}
	}
	if offered["3.14d"] || offered["2.7"] {
		t.Errorf("it offers %v", offered)
	}
}

package git

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A clone is a repository of a test.
type clone struct {
	*testing.T
	folder string
}

// newClone creates an empty repository.
func newClone(t *testing.T) clone {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("SKIPPED: git is not installed, so reading a commit is not tested")
	}
	c := clone{t, t.TempDir()}
	c.git("init", "--quiet")
	return c
}

// git runs git in the repository, without the user's configuration.
func (c clone) git(arguments ...string) string {
	c.Helper()
	command := exec.Command("git", append([]string{"-c", "user.name=S", "-c", "user.email=s@example.org", "-c", "protocol.file.allow=always"}, arguments...)...)
	command.Dir = c.folder
	command.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") }), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
	out, err := command.CombinedOutput()
	if err != nil {
		c.Fatalf("git %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit writes files and commits them.
func (c clone) commit(files map[string]string) {
	c.Helper()
	for name, text := range files {
		c.put(name, text)
	}
	c.git("add", "--all")
	c.git("commit", "--quiet", "-m", "x")
}

// put writes a file.
func (c clone) put(name, text string) {
	c.Helper()
	place := filepath.Join(c.folder, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(place), 0o777), os.WriteFile(place, []byte(text), 0o666)); err != nil {
		c.Fatal(err)
	}
}

// open opens a commit as seen from a folder of the repository.
func (c clone) open(folder, revision string) *Commit {
	c.Helper()
	commit, err := OpenCommit(c.Context(), filepath.Join(c.folder, folder), revision)
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(commit.Close)
	return commit
}

// TestFiles checks what a commit has, whatever lies in the work tree.
func TestFiles(t *testing.T) {
	c := newClone(t)
	if err := os.Symlink("a", filepath.Join(c.folder, "link")); err != nil {
		t.Fatal(err)
	}
	c.commit(map[string]string{"a": "one\r\n", "empty": "", "sub/b c\n\"": "two", "sub/deep/d": strings.Repeat("x", 100_000)})
	c.commit(map[string]string{"a": "newer", "later": ""})
	for _, view := range []struct {
		name, folder string
		files        map[string]string
		root         []string
	}{
		{"the top", "", map[string]string{"a": "one\r\n", "empty": "", "sub/b c\n\"": "two", "sub/deep/d": strings.Repeat("x", 100_000)}, []string{"a", "empty", "link", "sub"}},
		{"a folder", "sub", map[string]string{"b c\n\"": "two", "deep/d": strings.Repeat("x", 100_000)}, []string{"b c\n\"", "deep"}},
	} {
		t.Run(view.name, func(t *testing.T) {
			commit := c.open(view.folder, "HEAD~1")
			if want := c.git("rev-parse", "HEAD~1"); commit.ID != want {
				t.Errorf("the commit is %s, not %s", commit.ID, want)
			}
			for range 2 {
				for name, want := range view.files {
					if got, err := commit.ReadFile(name); err != nil || string(got) != want {
						t.Errorf("%q is %.20q, %v", name, got, err)
					}
				}
			}
			for _, name := range []string{"later", "link", "sub/deep", "deep", "../a", "/a", ""} {
				if got, err := commit.ReadFile(name); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%q is %q, %v", name, got, err)
				}
			}
			entries, err := commit.ReadDir(".")
			var names []string
			for _, e := range entries {
				names = append(names, e.Name())
			}
			if err != nil || !slices.Equal(names, view.root) {
				t.Errorf("the folder has %q, %v", names, err)
			}
		})
	}
	commit := c.open("", "HEAD")
	for name, want := range map[string]fs.FileMode{"a": 0, "link": fs.ModeSymlink, "sub": fs.ModeDir, "sub/deep": fs.ModeDir, ".": fs.ModeDir} {
		if info, err := commit.Lstat(name); err != nil || info.Mode().Type() != want {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

// TestUnknown checks that what names no commit is an error with a hint, and is never taken for an option.
func TestUnknown(t *testing.T) {
	c := newClone(t)
	c.commit(map[string]string{"a": "one"})
	c.git("tag", "of-a-file", c.git("rev-parse", "HEAD:a"))
	c.commit(map[string]string{"a": "two"})
	shallow := clone{t, filepath.Join(t.TempDir(), "shallow")}
	c.git("clone", "--quiet", "--depth=1", "file://"+c.folder, shallow.folder)
	for _, test := range []struct{ name, folder, revision, message, hint string }{
		{"an option", c.folder, "--output=x", `"--output=x" is not a revision`, "name a commit"},
		{"nothing", c.folder, "", `"" is not a revision`, "name a commit"},
		{"two lines", c.folder, "HEAD\nHEAD", `is not a revision`, "name a commit"},
		{"an unknown name", c.folder, "nope", `"nope" is not a commit of this repository`, "`git log --oneline`"},
		{"a range", c.folder, "HEAD~1..HEAD", `is not a commit of this repository`, "`git log --oneline`"},
		{"what is left out", c.folder, "^HEAD", `is not a commit of this repository`, "`git log --oneline`"},
		{"a file", c.folder, "of-a-file", `is not a commit of this repository`, "`git log --oneline`"},
		{"before a shallow clone", shallow.folder, "HEAD~1", `is not a commit of this repository, which is a shallow clone`, "`git fetch --unshallow`"},
		{"no repository", t.TempDir(), "HEAD", "git rev-parse: fatal: not a git repository", "run toxgen in a clone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := OpenCommit(t.Context(), test.folder, test.revision)
			e, ok := errors.AsType[*Error](err)
			if !ok || !strings.Contains(e.Message, test.message) || !strings.Contains(e.Hint, test.hint) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("no git", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		if _, err := OpenCommit(t.Context(), c.folder, "HEAD"); err == nil || !strings.Contains(err.Error(), "git is not on the PATH") {
			t.Errorf("got %v", err)
		}
	})
}

// TestNothingIsStarted checks that nothing that the configuration of a repository names is run, that nothing is written or
// fetched, and that variables do not point to another repository.
func TestNothingIsStarted(t *testing.T) {
	c := newClone(t)
	c.git("config", "uploadpack.allowFilter", "true")
	c.commit(map[string]string{"a": "one\n", "big": "two\n", ".gitattributes": "* filter=evil diff=evil text eol=crlf ident\n"})
	mark := filepath.Join(t.TempDir(), "called")
	evil := filepath.Join(t.TempDir(), "evil")
	if err := os.WriteFile(evil, []byte("#!/bin/sh\necho \"$0 $*\" >>'"+mark+"'\nexit 1\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	partial := clone{t, filepath.Join(t.TempDir(), "partial")}
	c.git("clone", "--quiet", "--no-checkout", "--filter=blob:none", "file://"+c.folder, partial.folder)
	for _, r := range []clone{c, partial} {
		for _, key := range []string{"core.fsmonitor", "core.pager", "core.sshCommand", "core.editor", "core.alternateRefsCommand", "filter.evil.smudge", "filter.evil.clean", "filter.evil.process",
			"diff.evil.textconv", "diff.evil.command", "diff.external", "credential.helper", "uploadpack.packObjectsHook", "pager.cat-file", "pager.ls-tree"} {
			r.git("config", key, evil)
		}
		for _, command := range []string{"rev-parse", "ls-tree", "cat-file"} {
			r.git("config", "alias."+command, "!"+evil)
		}
		for _, hook := range []string{"post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc"} {
			if err := os.WriteFile(filepath.Join(r.folder, ".git", "hooks", hook), []byte("#!/bin/sh\n'"+evil+"' hook\n"), 0o777); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = os.Remove(mark) // setting it up may have called something
	t.Setenv("GIT_DIR", filepath.Join(t.TempDir(), "elsewhere"))
	t.Setenv("GIT_EXTERNAL_DIFF", evil)
	before := filesOf(t, c.folder) + filesOf(t, partial.folder)
	if got, err := c.open("", "HEAD").ReadFile("a"); err != nil || string(got) != "one\n" {
		t.Errorf("the file is %q, %v", got, err)
	}
	commit := partial.open("", "HEAD")
	for range 2 {
		_, err := commit.ReadFile("big")
		if e, ok := errors.AsType[*Error](err); !ok || !strings.Contains(e.Hint, "--refetch") {
			t.Errorf("a file that a partial clone lacks: %v", err)
		}
	}
	if called, err := os.ReadFile(mark); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("called, %v: %s", err, called)
	}
	if after := filesOf(t, c.folder) + filesOf(t, partial.folder); after != before {
		t.Errorf("the repositories were\n%s\nand are\n%s", before, after)
	}
}

// filesOf returns a line for each file of a folder.
func filesOf(t *testing.T, folder string) string {
	t.Helper()
	var b strings.Builder
	if err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			info, err := e.Info()
			if err != nil {
				return err
			}
			b.WriteString(path + " " + info.ModTime().String() + "\n")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// FuzzListing checks that no list of files breaks what holds of folders: each entry is in its folder, and nothing else is.
func FuzzListing(f *testing.F) {
	const id = "0123456789012345678901234567890123456789"
	f.Add("100644 blob " + id + "\ta\x00120000 blob " + id + "\tb/c\x00160000 commit " + id + "\tb/d\x00")
	f.Add("")
	f.Add("100644 blob " + id + "\t/\x00100644 blob " + id + "\t../x\x00100644 blob " + id + "\ta/../../b\x00")
	f.Fuzz(func(t *testing.T, listed string) {
		entries, err := parse([]byte(listed), 2)
		if err != nil {
			return
		}
		for name, e := range entries {
			for _, below := range e.entries {
				if !e.IsDir() || below.Name() == "" {
					t.Errorf("%q has %q", name, below.Name())
				}
			}
		}
	})
}

package git

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

// TestIndex reads what is staged, which is neither what is committed nor what is in the folder.
func TestIndex(t *testing.T) {
	folder := t.TempDir()
	git := func(arguments ...string) {
		t.Helper()
		if _, err := run(t.Context(), folder, append([]string{"-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "core.autocrlf=true"}, arguments...)...); err != nil {
			t.Fatal(err)
		}
	}
	put := func(name, text string) {
		t.Helper()
		file := filepath.Join(folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o777), os.WriteFile(file, []byte(text), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	lists := func(what string, got []string, err error, want ...string) {
		t.Helper()
		slices.Sort(got)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q %v, want %q", what, got, err, want)
		}
	}
	git("init", "-q")
	put("a", "1\r\n")
	put("b c\nd/e", "1")
	put("gone", "1")
	git("add", "-A")
	staged, err := Staged(t.Context(), folder)
	lists("before the first commit", staged, err, "a", "b c\nd/e", "gone")
	git("commit", "-q", "-m", "first")
	put("a", "2\r\n")
	git("add", "a")
	put("a", "3\r\n")
	git("rm", "-q", "gone")
	put("new", "1")
	staged, err = Staged(t.Context(), folder)
	lists("staged", staged, err, "a", "gone")
	unstaged, err := Unstaged(t.Context(), folder)
	lists("unstaged", unstaged, err, "a", "new")
	below, err := Staged(t.Context(), filepath.Join(folder, "b c\nd"))
	lists("staged below a folder", below, err)
	inside, err := OpenIndex(t.Context(), filepath.Join(folder, "b c\nd"))
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close()
	if data, err := inside.ReadFile("e"); err != nil || string(data) != "1" {
		t.Errorf("e, from its folder: %q %v", data, err)
	}
	if _, err := inside.Lstat("a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is beside the folder is there: %v", err)
	}

	reads := func(want string) {
		t.Helper()
		index, err := OpenIndex(t.Context(), folder)
		if err != nil {
			t.Fatal(err)
		}
		defer index.Close()
		if data, err := index.ReadFile("a"); err != nil || string(data) != want {
			t.Errorf("a: %q %v, want %q", data, err, want)
		}
		if data, err := index.ReadFile("b c\nd/e"); err != nil || string(data) != "1" {
			t.Errorf("e: %q %v", data, err)
		}
		if _, err := index.Lstat("gone"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("what was removed is there: %v", err)
		}
	}
	reads("2\n")
	// A hook is told the index of `git commit -a` relative to the folder that it starts in.
	t.Chdir(folder)
	put(".git/other", "")
	data, err := os.ReadFile(filepath.Join(folder, ".git", "index"))
	if err != nil {
		t.Fatal(err)
	}
	put(".git/other", string(data))
	git("add", "a")
	t.Setenv("GIT_DIR", "nowhere")
	reads("3\n")
	t.Setenv("GIT_INDEX_FILE", ".git/other")
	reads("2\n")
}

// TestHooks finds the folder of the hooks.
func TestHooks(t *testing.T) {
	folder := t.TempDir()
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		folder = real
	}
	main, beside := filepath.Join(folder, "main"), filepath.Join(folder, "beside")
	git := func(arguments ...string) {
		t.Helper()
		if _, err := run(t.Context(), folder, append([]string{"-c", "user.name=A", "-c", "user.email=a@example.org"}, arguments...)...); err != nil {
			t.Fatal(err)
		}
	}
	git("init", "-q", main)
	git("-C", main, "commit", "-q", "--allow-empty", "-m", "first")
	git("-C", main, "worktree", "add", "-q", beside)
	check := func(at, wantHooks, wantConfigured, wantDirectory string) {
		t.Helper()
		hooks, configured, err := Hooks(t.Context(), at)
		if err != nil || hooks != wantHooks || configured != wantConfigured {
			t.Errorf("%s: %q %q %v, want %q %q", at, hooks, configured, err, wantHooks, wantConfigured)
		}
		if common, err := CommonFolder(t.Context(), at); err != nil || common != filepath.Join(main, ".git") {
			t.Errorf("%s: %q %v", at, common, err)
		}
		for folder, want := range map[string]string{".": ".", "sub": "sub", "sub/b c\n'": "sub/b c\n'"} {
			if err := os.MkdirAll(filepath.Join(at, folder), 0o777); err != nil {
				t.Fatal(err)
			}
			directory, below, err := Place(t.Context(), filepath.Join(at, folder))
			if err != nil || directory != wantDirectory || below != want {
				t.Errorf("%s, %q: %q %q %v, want %q", at, folder, directory, below, err, wantDirectory)
			}
		}
	}
	ofMain, ofBeside := filepath.Join(main, ".git"), filepath.Join(main, ".git", "worktrees", "beside")
	check(main, filepath.Join(main, ".git", "hooks"), "", ofMain)
	check(beside, filepath.Join(main, ".git", "hooks"), "", ofBeside)
	git("-C", main, "config", "core.hooksPath", ".husky/_")
	check(main, filepath.Join(main, ".husky", "_"), ".husky/_", ofMain)
	check(beside, filepath.Join(beside, ".husky", "_"), ".husky/_", ofBeside)
	if hooks, configured, err := Hooks(t.Context(), filepath.Join(main, "sub")); err != nil || hooks != filepath.Join(main, ".husky", "_") || configured != "../.husky/_" {
		t.Errorf("in a folder: %q %q %v", hooks, configured, err)
	}
}

// TestNoMonitor checks that no command runs the program that core.fsmonitor names.
func TestNoMonitor(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: there is no shell")
	}
	folder, ran := t.TempDir(), filepath.Join(t.TempDir(), "ran")
	monitor := filepath.Join(t.TempDir(), "monitor")
	if err := os.WriteFile(monitor, []byte("#!/bin/sh\necho >"+ran+"\nexit 1\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{{"init", "-q"}, {"-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-q", "--allow-empty", "-m", "first"}, {"config", "core.fsmonitor", monitor}} {
		if _, err := run(t.Context(), folder, arguments...); err != nil {
			t.Fatal(err)
		}
	}
	_, errStaged := Staged(t.Context(), folder)
	_, errUnstaged := Unstaged(t.Context(), folder)
	_, errHead := HeadOf(t.Context(), folder)
	index, errIndex := OpenIndex(t.Context(), folder)
	if err := errors.Join(errStaged, errUnstaged, errHead, errIndex); err != nil {
		t.Fatal(err)
	}
	index.Close()
	if _, err := os.Stat(ran); err == nil {
		t.Error("the program ran")
	}
}

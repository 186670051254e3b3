package setup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A Repository is where git has the hooks of a repository.
type Repository struct {
	// Hooks is the folder in which git looks for hooks. Configured is the value of core.hooksPath if that is why.
	Hooks, Configured string
	// Common is the git directory that all worktrees share.
	Common string
}

// hook returns the path of the pre-commit hook.
func (r Repository) hook() string { return filepath.Join(r.Hooks, "pre-commit") }

// script returns the path of the copy of the hook for hooks of others.
func (r Repository) script() string { return filepath.Join(r.Common, "toxgen", ScriptName) }

// texts returns the text of the hook, and that of its copy for hooks of others.
func (r Repository) texts() (hook, copied string, err error) {
	if hook, err = readIfThere(r.hook()); err == nil {
		copied, err = readIfThere(r.script())
	}
	return hook, copied, err
}

// with returns the hook that checks a project, besides those that the hook and its copy check already.
func (r Repository) with(p Project, hook, copied string) string {
	if r.Configured != "" {
		hook = "" // it may be that of another repository
	}
	projects := []Project{p}
	for _, q := range append(projectsOf(hook), projectsOf(copied)...) {
		if !slices.ContainsFunc(projects, func(known Project) bool { return known.Folder == q.Folder }) {
			projects = append(projects, q)
		}
	}
	return scriptOf(projects)
}

// IsSetUp reports whether git runs a hook of this version that checks a project, or whether a hook of others runs it.
func (r Repository) IsSetUp(p Project) (bool, error) {
	hook, copied, err := r.texts()
	script := r.with(p, hook, copied)
	return r.Configured == "" && hook == script || Calls(hook) && copied == script, err
}

// Install lets the hook check a project, and returns a sentence and what is left to do for a person. A hook that toxgen did not write, or
// that somebody changed, stays as it is, and so does a folder that core.hooksPath names, which may be under version control, or that
// of all repositories of the user.
func (r Repository) Install(p Project) (sentence, left string, err error) {
	hook, copied, err := r.texts()
	if err != nil {
		return "", "", err
	}
	owner, script := OwnerOf(hook), r.with(p, hook, copied)
	if r.Configured == "" && (owner == Nobody || owner == Toxgen) {
		return "the pre-commit hook is set up: " + r.hook(), "", write(r.hook(), []byte(script), 0o777)
	}
	if err := write(r.script(), []byte(script), 0o777); err != nil {
		return "", "", err
	}
	switch {
	case Calls(hook):
		return "the pre-commit hook " + r.hook() + " runs the check: " + r.script(), "", nil
	case owner == Changed:
		return "the pre-commit hook " + r.hook() + " was changed since it was set up, and stays as it is", "delete it to have it set up anew", nil
	case r.Configured != "":
		sentence = "core.hooksPath is " + r.Configured + ", so that the hook was not set up"
	default:
		sentence = "there is a pre-commit hook, which stays as it is: " + r.hook()
	}
	return sentence, Advice(r.hook(), hook, r.Configured, p.check()), nil
}

// Remove removes the project in a folder from what Install wrote, unless somebody changed it, and removes what checks no project any more.
// It removes the programs of the project that hooks run, and returns a sentence about each file.
func (r Repository) Remove(folder string) (said []string, err error) {
	for _, file := range []string{r.script(), r.hook()} {
		sentence, err := r.removeFrom(file, folder)
		if err != nil {
			return said, err
		}
		if sentence != "" {
			said = append(said, sentence)
		}
	}
	folders, err := filepath.Glob(filepath.Join(r.Common, "worktrees", "*"))
	if err != nil {
		return said, err
	}
	for _, programs := range append([]string{r.Common}, folders...) {
		programs = filepath.Join(programs, "toxgen", programFolder(folder))
		if _, err := os.Stat(programs); err != nil {
			continue
		}
		if err := os.RemoveAll(programs); err != nil {
			return said, err
		}
		said = append(said, "removed "+programs)
	}
	return said, nil
}

// removeFrom removes the project in a folder from the hook or its copy, and returns a sentence about that, or "".
func (r Repository) removeFrom(file, folder string) (string, error) {
	text, err := readIfThere(file)
	if err != nil {
		return "", err
	}
	projects := projectsOf(text)
	left := slices.DeleteFunc(slices.Clone(projects), func(p Project) bool { return p.Folder == folder })
	isThere := len(left) < len(projects) || len(projects) == 0 // a hook of an old version names no project
	switch owner := OwnerOf(text); {
	case owner == Toxgen && len(left) == 0:
		return "removed " + file, os.Remove(file)
	case owner == Toxgen && isThere:
		return file + " does not check this project any more, but others: " + foldersOf(left), write(file, []byte(scriptOf(left)), 0o777)
	case owner == Changed && isThere:
		return file + " was changed since it was set up, and stays: remove it if it is not needed", nil
	case !Calls(text):
		return "", nil
	}
	if _, err := os.Stat(r.script()); err == nil {
		return "", nil // it checks other projects
	}
	return file + " is not toxgen's, and stays: remove its line `" + call + "`", nil
}

// foldersOf returns the folders of projects as a list in a sentence.
func foldersOf(projects []Project) string {
	var folders []string
	for _, p := range projects {
		folders = append(folders, p.Folder)
	}
	return strings.Join(folders, ", ")
}

func readIfThere(file string) (string, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(data), err
}

// programFolder returns the name of the folder, beside the state of the checkout, that has the program that the hook runs in the folder of
// a project. Each worktree has its own: their sources differ.
func programFolder(folder string) string {
	if folder == "." {
		return "hook"
	}
	return "hook-" + digestOf(folder)[:16]
}

// A Compiled is the program that the hook runs for a project with the sources of toxgen.
type Compiled struct{ folder string }

// CompiledIn returns the program of the project in a folder of a checkout, which has a git directory.
func CompiledIn(directory, folder string) Compiled {
	return Compiled{filepath.Join(directory, "toxgen", programFolder(folder))}
}

// compiledFolder matches the folder of a program that a hook runs.
var compiledFolder = regexp.MustCompile(`/toxgen/hook(-[0-9a-f]{16})?$`)

// CompiledAs returns the program of a hook that an executable is, and whether it is one.
func CompiledAs(executable string) (Compiled, bool) {
	folder := filepath.Dir(executable)
	return Compiled{folder}, compiledFolder.MatchString(filepath.ToSlash(folder))
}

// path returns the path of the program, with the extension of another program.
func (c Compiled) path(like string) string {
	name := "toxgen"
	if strings.HasSuffix(like, ".exe") {
		name += ".exe"
	}
	return filepath.Join(c.folder, name)
}

// IsOf reports whether the program was compiled from sources with a digest.
func (c Compiled) IsOf(digest, executable string) bool {
	_, err := os.Stat(c.path(executable))
	text, errRead := os.ReadFile(c.digest())
	return err == nil && errRead == nil && string(text) == digest
}

func (c Compiled) digest() string { return filepath.Join(c.folder, "digest") }

// Take makes a copy of an executable the program. It was compiled from sources with a digest.
func (c Compiled) Take(executable, digest string) error {
	data, err := os.ReadFile(executable)
	if err != nil {
		return err
	}
	// Without a digest the program counts as old. So both belong together, whenever this ends.
	if err := os.Remove(c.digest()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := write(c.path(executable), data, 0o777); err != nil {
		return err
	}
	return write(c.digest(), []byte(digest), 0o666)
}

// write writes a file, wholly or not at all, and makes its folder. The umask reduces the mode.
func write(file string, data []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	beside := fmt.Sprintf("%s.%d.new", file, os.Getpid())
	err := os.WriteFile(beside, data, mode)
	if err == nil {
		err = os.Rename(beside, file)
	}
	if err != nil {
		_ = os.Remove(beside)
	}
	return err
}

// Ask asks a question and returns whether the answer is yes. An empty answer, the end of the input and the end of ctx are a no.
func Ask(ctx context.Context, in io.Reader, out io.Writer, question string) bool {
	fmt.Fprint(out, question+" [y/N] ")
	answer := make(chan string, 1)
	go func() {
		line, err := bufio.NewReader(in).ReadString('\n')
		if err != nil {
			line = "" // what was typed before the end of the input was not confirmed
			fmt.Fprintln(out)
		}
		answer <- line
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(out)
		return false
	case line := <-answer:
		return strings.EqualFold(strings.TrimSpace(line), "y") || strings.EqualFold(strings.TrimSpace(line), "yes")
	}
}

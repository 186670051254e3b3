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

// State returns whose the hook of the repository is, and its text.
func (r Repository) State() (Owner, string, error) {
	text, err := readIfThere(r.hook())
	return OwnerOf(text), text, err
}

// IsSetUp reports whether a hook with a text is what git runs, or what a hook of others runs.
func (r Repository) IsSetUp(script string) (bool, error) {
	_, text, err := r.State()
	if err != nil || r.Configured == "" && text == script {
		return text == script, err
	}
	copied, err := readIfThere(r.script())
	return Calls(text) && copied == script, err
}

// Install sets up the hook with a text, and returns a sentence and what is left to do for a person. A hook that toxgen did not write, or
// that somebody changed, stays as it is, and so does a folder that core.hooksPath names, which may be under version control, or that
// of all repositories of the user.
func (r Repository) Install(script, check string) (sentence, left string, err error) {
	owner, text, err := r.State()
	if err != nil {
		return "", "", err
	}
	if r.Configured == "" && (owner == Nobody || owner == Toxgen) {
		return "the pre-commit hook is set up: " + r.hook(), "", write(r.hook(), []byte(script), 0o777)
	}
	if err := write(r.script(), []byte(script), 0o777); err != nil {
		return "", "", err
	}
	switch {
	case Calls(text):
		return "the pre-commit hook " + r.hook() + " runs the check: " + r.script(), "", nil
	case owner == Changed:
		return "the pre-commit hook " + r.hook() + " was changed since it was set up, and stays as it is", "delete it to have it set up anew", nil
	case r.Configured != "":
		sentence = "core.hooksPath is " + r.Configured + ", so that the hook was not set up"
	default:
		sentence = "there is a pre-commit hook, which stays as it is: " + r.hook()
	}
	return sentence, Advice(r.hook(), text, r.Configured, check), nil
}

// Remove removes what Install wrote, unless somebody changed it, and the programs that hooks run. It returns a sentence about each file.
func (r Repository) Remove() (said []string, err error) {
	for _, file := range []string{r.hook(), r.script()} {
		text, err := readIfThere(file)
		if err != nil {
			return said, err
		}
		switch owner := OwnerOf(text); {
		case owner == Toxgen:
			if err := os.Remove(file); err != nil {
				return said, err
			}
			said = append(said, "removed "+file)
		case owner == Changed:
			said = append(said, file+" was changed since it was set up, and stays: remove it if it is not needed")
		case Calls(text):
			said = append(said, file+" is not toxgen's, and stays: remove its line `"+call+"`")
		}
	}
	folders, err := filepath.Glob(filepath.Join(r.Common, "worktrees", "*"))
	if err != nil {
		return said, err
	}
	for _, folder := range append([]string{r.Common}, folders...) {
		folder = filepath.Join(folder, "toxgen", programFolder)
		if _, err := os.Stat(folder); err != nil {
			continue
		}
		if err := os.RemoveAll(folder); err != nil {
			return said, err
		}
		said = append(said, "removed "+folder)
	}
	return said, nil
}

func readIfThere(file string) (string, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(data), err
}

// programFolder is the folder in the state folder that has the program of the hook. Each worktree has its own: their sources differ.
const programFolder = "hook"

// A Compiled is the program that the hook of a repository with the sources of toxgen runs.
type Compiled struct{ folder string }

// CompiledIn returns the program for a state folder.
func CompiledIn(state string) Compiled { return Compiled{filepath.Join(state, programFolder)} }

// path returns the path of the program, with the extension of another program.
func (c Compiled) path(like string) string {
	name := "toxgen"
	if strings.HasSuffix(like, ".exe") {
		name += ".exe"
	}
	return filepath.Join(c.folder, name)
}

// Is reports whether an executable is the program.
func (c Compiled) Is(executable string) bool {
	a, errA := os.Stat(executable)
	b, errB := os.Stat(c.path(executable))
	return errA == nil && errB == nil && os.SameFile(a, b)
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

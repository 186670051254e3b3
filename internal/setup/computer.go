package setup

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// A Computer is the [Machine] that the program runs on.
type Computer struct {
	// Root is the absolute path of the repository.
	Root string
	// Path is the value of PATH.
	Path string
	// Home is the user's home folder, and PyenvRoot the value of PYENV_ROOT. Both may be empty.
	Home, PyenvRoot string
}

// patience is how long a program may take to print its version.
const patience = 20 * time.Second

// System implements [Machine].
func (c Computer) System() string { return runtime.GOOS }

// Distribution implements [Machine].
func (c Computer) Distribution() string {
	data, _ := os.ReadFile("/etc/os-release") // other systems have none
	return string(data)
}

// Find implements [Machine]. A folder of the PATH that is relative is that of whoever wrote the current folder: it is left out.
func (c Computer) Find(name string) (Program, bool) {
	for _, folder := range filepath.SplitList(c.Path) {
		if !filepath.IsAbs(folder) {
			continue
		}
		file, err := exec.LookPath(filepath.Join(folder, name)) // adds .exe on Windows
		if err != nil {
			continue
		}
		return Program{Path: file, Inside: c.holds(file)}, true
	}
	return Program{}, false
}

// holds reports whether a file lies in the repository, or is a link into it.
func (c Computer) holds(file string) bool {
	roots, files := []string{c.Root}, []string{file}
	if real, err := filepath.EvalSymlinks(c.Root); err == nil {
		roots = append(roots, real)
	}
	if real, err := filepath.EvalSymlinks(file); err == nil {
		files = append(files, real)
	}
	for _, root := range roots {
		if slices.ContainsFunc(files, func(file string) bool {
			below, err := filepath.Rel(root, file)
			return err == nil && filepath.IsLocal(below)
		}) {
			return true
		}
	}
	return false
}

// Output implements [Machine]. What git says to a hook is not passed on, and nothing may be downloaded.
func (c Computer) Output(ctx context.Context, program string, apart bool, arguments ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	command := exec.CommandContext(ctx, program, arguments...)
	command.Dir = c.Root
	if apart {
		folder, err := os.MkdirTemp("", "toxgen-setup-")
		if err != nil {
			return "", err
		}
		defer os.RemoveAll(folder)
		command.Dir = folder
	}
	command.WaitDelay = time.Second
	command.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") })
	command.Env = append(command.Env, "GOTOOLCHAIN=local", "UV_OFFLINE=1", "LC_ALL=C")
	out, err := command.Output()
	return strings.TrimSpace(string(out)), err
}

// Pyenv implements [Machine].
func (c Computer) Pyenv() []string {
	roots := []string{c.PyenvRoot}
	if c.Home != "" {
		roots = append(roots, filepath.Join(c.Home, ".pyenv"), filepath.Join(c.Home, ".pyenv", "pyenv-win"))
	}
	var all []string
	for _, root := range roots {
		if root == "" {
			continue
		}
		folders, _ := filepath.Glob(filepath.Join(root, "versions", "*", "bin")) // the error is that of a bad pattern
		all = append(all, folders...)
	}
	slices.Reverse(all) // the newest patch release of a line comes first, but for 10 behind 9
	return slices.Compact(all)
}

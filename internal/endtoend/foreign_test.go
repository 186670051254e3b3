package endtoend

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

// surroundings are what the program finds around a project and has to leave alone: a home and a folder for temporary
// files, both read-only, and a PATH of programs that note that they were called.
type surroundings struct {
	folder, called string
	environment    []string
	before         []string
}

// foreign are programs that could be thought of where environments, repositories and workflows are handled.
var foreign = []string{"actionlint", "bash", "curl", "docker", "env", "git", "go", "gpg", "node", "pip", "pip3", "pyflakes", "python", "python3",
	"sh", "shellcheck", "ssh", "tox", "uv", "uvx", "virtualenv", "wget", "zizmor"}

func surround(t *testing.T) *surroundings {
	t.Helper()
	s := &surroundings{folder: t.TempDir(), called: filepath.Join(t.TempDir(), "called")}
	home, temporary, traps := filepath.Join(s.folder, "home"), filepath.Join(s.folder, "temporary"), filepath.Join(s.folder, "traps")
	if err := os.Mkdir(traps, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range foreign {
		text := fmt.Sprintf("#!/bin/sh\necho %s >>'%s'\n", name, s.called)
		if err := os.WriteFile(filepath.Join(traps, name), []byte(text), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range []string{home, temporary} {
		if err := os.Mkdir(folder, 0o555); err != nil {
			t.Fatal(err)
		}
	}
	s.environment = []string{"HOME=" + home, "XDG_CACHE_HOME=", "XDG_CONFIG_HOME=", "TMPDIR=" + temporary, "PATH=" + traps}
	s.before = listing(t, s.folder)
	return s
}

// listing is all that lies in a folder, with what changes if it is written to.
func listing(t *testing.T, folder string) (lines []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			lines = append(lines, fmt.Sprint(path, info.Mode(), info.Size(), info.ModTime()))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// untouched expects that nothing was written and nobody called.
func (s *surroundings) untouched(t *testing.T) {
	t.Helper()
	if now := listing(t, s.folder); !slices.Equal(s.before, now) {
		t.Errorf("the surroundings were\n%s\nand are\n%s", strings.Join(s.before, "\n"), strings.Join(now, "\n"))
	}
	if names, err := os.ReadFile(s.called); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("called, %v: %s", err, names)
	}
}

// TestTraps springs a trap: they work.
func TestTraps(t *testing.T) {
	s := surround(t)
	s.untouched(t)
	command := exec.Command("/bin/sh", "-c", "git status")
	command.Env = s.environment
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if names, err := os.ReadFile(s.called); err != nil || string(names) != "git\n" {
		t.Errorf("called, %v: %q", err, names)
	}
}

// TestForeignPrograms watches the system calls of a project's runs: the program starts no other, and makes, changes and
// removes files in the project, its state folder and the cache only; a check, none at all.
func TestForeignPrograms(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err == nil {
		err = exec.Command(strace, "-o", os.DevNull, "/bin/true").Run()
	}
	if err != nil {
		t.Skipf("SKIPPED: without strace only the traps of TestSurroundings prove that no other program is called: %v", err)
	}
	index := replay(t, pypitest.Options{Core: pypitest.ReplayReal})
	folder, cache, s := smallProject(t), t.TempDir(), surround(t)
	git := filepath.Join(folder, ".git")
	if err := os.Mkdir(git, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name      string
		arguments []string
		writes    bool
	}{
		{"the first update", []string{"update", "-before=" + early}, true},
		{"the next update", []string{"update", "-before=" + late}, true},
		{"the default graph", nil, true},
		{"check", []string{"check"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.arguments == nil {
				touch(t, filepath.Join(folder, "tox.ini"))
			}
			log := filepath.Join(t.TempDir(), "log")
			r := execute(t, folder, append(against(index, cache), s.environment...), func(c *exec.Cmd) {
				c.Path, c.Args = strace, append([]string{"strace", "-ff", "-o", log, "-y", "-s", "4096", "-e", "trace=%file", program}, test.arguments...)
			}, test.arguments...)
			if r.status != 0 {
				t.Fatalf("status %d\n%s", r.status, r.stderr)
			}
			s.untouched(t)
			started, written := watched(t, log, folder)
			if len(started) != 1 {
				t.Errorf("started %v", started)
			}
			for _, path := range written {
				inside := below(path, folder) && !below(path, git) || below(path, filepath.Join(git, "toxgen")) || below(path, cache)
				if !test.writes || !inside {
					t.Errorf("wrote %s", path)
				}
			}
			if test.writes && !slices.Contains(written, filepath.Join(folder, "tox.ini")) {
				t.Errorf("tox.ini is not among what was written: %v", written)
			}
		})
	}
}

// below says whether a path is a folder's or of something in it.
func below(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+string(filepath.Separator))
}

var (
	systemCall = regexp.MustCompile(`^(\w+)\(`)
	// reading are the system calls on paths that change nothing; those that open are looked at closer.
	reading = regexp.MustCompile(`^(access|faccessat2?|getcwd|l?stat|newfstatat|readlink(at)?|statfs|statx)\(`)
	opening = regexp.MustCompile(`^open(at)?\(.*, O_RDONLY(\|O_(CLOEXEC|DIRECTORY|NOFOLLOW|NONBLOCK|PATH))*\) +=`)
	// quotedPath is a path with, where it may be relative to it, the folder that strace has found.
	quotedPath = regexp.MustCompile(`(?:<([^<>]*)>, )?"((?:[^"\\]|\\.)*)"`)
)

// watched reads the logs of strace, one for each thread: the programs started, the first of them ours, and the paths
// that other system calls than those that only read were given.
func watched(t *testing.T, log, folder string) (started, written []string) {
	t.Helper()
	logs, err := filepath.Glob(log + ".*")
	if err != nil || len(logs) == 0 {
		t.Fatalf("there is no log: %v", err)
	}
	for _, name := range logs {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			switch call := systemCall.FindStringSubmatch(line); {
			case call == nil || reading.MatchString(line) || opening.MatchString(line):
			case strings.HasPrefix(call[1], "exec"):
				started = append(started, line)
			default:
				for _, found := range quotedPath.FindAllStringSubmatch(line, -1) {
					path := found[2]
					if !filepath.IsAbs(path) && found[1] != "" {
						path = filepath.Join(found[1], path)
					} else if !filepath.IsAbs(path) {
						path = filepath.Join(folder, path)
					}
					if path != os.DevNull {
						written = append(written, filepath.Clean(path))
					}
				}
			}
		}
	}
	return started, written
}

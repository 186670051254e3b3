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

// A surroundings is an environment that the program must not change: a home folder and a folder for temporary files, both
// read-only, and a PATH with programs that record that they were called.
type surroundings struct {
	folder, called string
	environment    []string
	before         []string
}

// foreign lists programs that one could expect toxgen to call.
var foreign = []string{"actionlint", "bash", "curl", "docker", "env", "git", "go", "gpg", "node", "pip", "pip3", "pyflakes", "python", "python3",
	"sh", "shellcheck", "ssh", "tox", "uv", "uvx", "virtualenv", "wget", "zizmor"}

// surround creates new surroundings.
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

// listing returns a line for everything in a folder, with the attributes that a write changes.
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

// untouched checks that nothing was written and no program was called.
func (s *surroundings) untouched(t *testing.T) {
	t.Helper()
	if now := listing(t, s.folder); !slices.Equal(s.before, now) {
		t.Errorf("the surroundings were\n%s\nand are\n%s", strings.Join(s.before, "\n"), strings.Join(now, "\n"))
	}
	if names, err := os.ReadFile(s.called); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("called, %v: %s", err, names)
	}
}

// TestTraps checks that a call of a trap is recorded.
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

// TestForeignPrograms checks the system calls of some runs: the program starts no other program, and creates, changes and
// removes only files in the project, its state folder and the cache. A check writes nothing at all.
func TestForeignPrograms(t *testing.T) {
	strace := tracer(t)
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
				t.Errorf("tox.ini is not among the written files: %v", written)
			}
		})
	}
}

// tracer returns the path of strace. It skips the test if strace cannot be used.
func tracer(t *testing.T) string {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err == nil {
		err = exec.Command(strace, "-o", os.DevNull, "/bin/true").Run()
	}
	if err != nil {
		t.Skipf("SKIPPED: without strace only the traps of TestSurroundings check that no other program is called: %v", err)
	}
	return strace
}

// TestForeignProgramsOfDiff checks the system calls of the one command that starts a program: it runs git, which starts
// nothing itself, to read objects, and nothing is written.
func TestForeignProgramsOfDiff(t *testing.T) {
	strace := tracer(t)
	w, _, _ := newHistory(t)
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "log")
	r := execute(t, w.folder, []string{"PATH=" + filepath.Dir(git)}, func(c *exec.Cmd) {
		c.Path, c.Args = strace, []string{"strace", "-ff", "-o", log, "-y", "-s", "4096", "-e", "trace=%file", program, "diff", "HEAD"}
	}, "diff", "HEAD")
	if r.status != 0 {
		t.Fatalf("status %d\n%s", r.status, r.stderr)
	}
	started, written := watched(t, log, w.folder)
	reads := regexp.MustCompile(`"git", "--no-pager", "--no-optional-locks", "--no-replace-objects", "--literal-pathspecs", "-c", "core.fsmonitor=false", "(rev-parse|rev-list|ls-tree|cat-file)", `)
	for _, call := range started {
		if !strings.Contains(call, `"`+program+`"`) && !reads.MatchString(call) {
			t.Errorf("started %s", call)
		}
	}
	if len(started) < 4 || len(written) > 0 {
		t.Errorf("started %d programs, wrote %q", len(started), written)
	}
}

// below reports whether a path is a folder or something in it.
func below(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+string(filepath.Separator))
}

var (
	systemCall = regexp.MustCompile(`^(\w+)\(`)
	// reading matches the system calls on paths that change nothing, and opening the calls that open a file for reading.
	reading = regexp.MustCompile(`^(access|chdir|faccessat2?|getcwd|l?stat|newfstatat|readlink(at)?|statfs|statx)\(`)
	opening = regexp.MustCompile(`^open(at)?\(.*, O_RDONLY(\|O_(CLOEXEC|DIRECTORY|NOFOLLOW|NONBLOCK|PATH))*\) +=`)
	// quotedPath matches a path and, if strace shows it, the folder that it may be relative to.
	quotedPath = regexp.MustCompile(`(?:<([^<>]*)>, )?"((?:[^"\\]|\\.)*)"`)
)

// watched reads the logs of strace, one for each thread. It returns the calls that started programs, including ours, and
// the paths of all system calls that do not only read.
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

//go:build linux

package endtoend

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sys/unix"

	compiler "toxgen/internal/program"
	"toxgen/internal/pypitest"
)

// A terminal is a pseudo-terminal in which the program runs.
type terminal struct {
	master  *os.File
	command *exec.Cmd
	// ended is closed when the program has ended and everything that it printed was read.
	ended chan struct{}

	mu      sync.Mutex
	printed strings.Builder
	// waiting gets what was printed so far each time something is printed.
	waiting chan struct{}
}

// inTerminal starts the program in a terminal, in which its output is one stream.
func inTerminal(t *testing.T, folder string, environment []string, arguments ...string) *terminal {
	t.Helper()
	if err := compiler.ReadSources(); err != nil {
		t.Fatal(err)
	}
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("SKIPPED: there are no pseudo-terminals: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80})
	}
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	modes, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
	if err == nil {
		modes.Lflag |= unix.NOFLSH // otherwise the kernel drops what is printed just after ^C
		err = unix.IoctlSetTermios(int(slave.Fd()), unix.TCSETS, modes)
	}
	if err != nil {
		t.Fatal(err)
	}
	x := &terminal{master: master, command: exec.Command(program, arguments...), ended: make(chan struct{}), waiting: make(chan struct{}, 1)}
	x.command.Dir, x.command.Stdin, x.command.Stdout, x.command.Stderr = folder, slave, slave, slave
	x.command.Env = append(os.Environ(), append([]string{"TERM=xterm", "CI=", "GITHUB_ACTIONS="}, environment...)...)
	x.command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := x.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.command.Process.Kill() }) // if it still runs
	go x.read()
	return x
}

// read reads what the program prints until it has ended, which is an error of the terminal.
func (x *terminal) read() {
	defer close(x.ended)
	buffer := make([]byte, 4096)
	for {
		n, err := x.master.Read(buffer)
		x.mu.Lock()
		x.printed.Write(buffer[:n])
		x.mu.Unlock()
		select {
		case x.waiting <- struct{}{}:
		default:
		}
		if err != nil {
			_ = x.command.Wait() // the test looks at its status
			return
		}
	}
}

// String returns what the program has printed.
func (x *terminal) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.printed.String()
}

// soon is how long something may take that takes a moment.
const soon = 30 * time.Second

// shows waits until the program has printed something.
func (x *terminal) shows(t *testing.T, pattern string) {
	t.Helper()
	late := time.After(soon)
	for !regexp.MustCompile(pattern).MatchString(x.String()) {
		select {
		case <-x.waiting:
		case <-x.ended:
			t.Fatalf("the program ended without %q:\n%q", pattern, x)
		case <-late:
			t.Fatalf("the program does not print %q:\n%q", pattern, x)
		}
	}
}

// end waits until the program has ended, and returns its status and the text that is left on the screen.
func (x *terminal) end(t *testing.T) (status int, text string) {
	t.Helper()
	select {
	case <-x.ended:
	case <-time.After(soon):
		t.Fatalf("the program does not end:\n%q", x)
	}
	return x.command.ProcessState.ExitCode(), standing.ReplaceAllString(strings.ReplaceAll(x.String(), "\r\n", "\n"), "")
}

// standing matches a line that stands, up to where it is erased: it is below the cursor. What mage prints and the echo of ^C stay.
var standing = regexp.MustCompile("(?:\r\x1b\\[J)?\n[^\n]*\x1b\\[A\r|\r\x1b\\[J")

// waitingIndex returns an index with a few projects, which answers some paths only when the returned function is called.
func waitingIndex(t *testing.T, path string) (index *pypitest.Server, answer func()) {
	t.Helper()
	index = pypitest.New(t)
	set := func(name, version string, headers ...string) {
		index.Set(pypitest.Project{Name: name, Files: []pypitest.File{pypitest.Wheel(name, version, headers...)}})
	}
	var on []string
	for _, python := range []string{"3.12", "3.13", "3.14"} {
		on = append(on, "Classifier: Programming Language :: Python :: "+python)
	}
	set("app", "1.0", append(on, "Requires-Dist: lib")...)
	set("lib", "1.0")
	set("hard", "1", append(on, pigeons(index)...)...)
	held := make(chan struct{})
	index.Fault(path, 0, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		select {
		case <-held:
			next.ServeHTTP(w, r)
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	})
	answer = sync.OnceFunc(func() { close(held) })
	t.Cleanup(answer)
	return index, answer
}

// pigeons adds projects to an index, each of which excludes one release of every other, with one release too few. It returns
// requirements of all of them, which have no answer, and take long to be found to have none.
func pigeons(index *pypitest.Server) (requires []string) {
	const count = 11
	for i := range count {
		name := fmt.Sprintf("pigeon-%d", i)
		requires = append(requires, "Requires-Dist: "+name)
		var files []pypitest.File
		for hole := range count - 1 {
			var others []string
			for j := range count {
				if j != i {
					others = append(others, fmt.Sprintf("Requires-Dist: pigeon-%d!=%d", j, hole))
				}
			}
			files = append(files, pypitest.Wheel(name, fmt.Sprint(hole), others...))
		}
		index.Set(pypitest.Project{Name: name, Files: files})
	}
	return requires
}

// waitingProject has one suite, which follows the project app.
const waitingProject = `project: {name: some-sdk}
pythons: [{version: "3.12", patch: 13}, {version: "3.13", patch: 13}, {version: "3.14", patch: 4}]
` + around + `groups: [{name: Web, suites: [app]}]
suites: {app: {package: app, test-path: tests}}
testenv: {commands: [pytest]}
update: {cooldown: 0h}
`

// TestProgress runs the program in a terminal, with an index that answers when the line was seen, and elsewhere. The line is gone at the
// end, and the files and everything else that is printed are the same.
func TestProgress(t *testing.T) {
	plain := projectOf(t, waitingProject)
	index, answer := waitingIndex(t, "/simple/app/")
	answer()
	_, want, _ := strings.Cut(online(t, plain, index, 0, "toxgen").stderr, "\n") // the first line names the index
	details := regexp.MustCompile(`(?m)^(fetched|resolved|Running) .*\n`)        // the last of mage
	for _, test := range []struct {
		name        string
		environment []string
		arguments   []string
		// stands is set if there is a line, and details is what is printed besides.
		stands  bool
		details string
	}{
		{"a terminal", nil, nil, true, ""},
		{"a terminal without colours", []string{"NO_COLOR=1"}, nil, true, ""},
		{"details", nil, []string{"-v"}, true, `(?m)^fetched app in \d+\.\d\d s\n(.*\n)*resolved py3\.12-app-v1\.0 in \d+\.\d\d s\n`},
		{"a terminal of CI", []string{"CI=true"}, nil, false, ""},
		{"a terminal that cannot move its cursor", []string{"TERM=dumb"}, nil, false, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := projectOf(t, waitingProject)
			index, answer := waitingIndex(t, "/simple/app/")
			x := inTerminal(t, folder, append(against(index, t.TempDir()), test.environment...), append(test.arguments, "toxgen")...)
			if test.stands {
				x.shows(t, "\nfetching 0 of 1 project\x1b\\[A\r")
			}
			answer()
			status, text := x.end(t)
			if test.details != "" && !regexp.MustCompile(test.details).MatchString(text) {
				t.Errorf("want details like %q", test.details)
			}
			_, text, _ = strings.Cut(details.ReplaceAllString(text, ""), "\n")
			if status != 0 || text != want {
				t.Errorf("status %d, and printed\n%q\nwant\n%q", status, text, want)
			}
			if raw := x.String(); !test.stands && strings.Contains(raw, "\x1b") {
				t.Errorf("control sequences: %q", raw)
			}
			same(t, content(t, plain), content(t, folder))
		})
	}
}

// interruptions are ways to interrupt a program in a terminal. A program that is forced to end may have no time to say so.
var interruptions = []struct {
	name   string
	to     func(*terminal) error
	forced bool
}{
	{"^C", func(x *terminal) error { return x.types("\x03") }, false},
	{"^C twice", func(x *terminal) error { return x.types("\x03\x03") }, true},
	{"SIGTERM", func(x *terminal) error { return x.command.Process.Signal(syscall.SIGTERM) }, false},
}

// types sends keys to the program.
func (x *terminal) types(keys string) error {
	_, err := x.master.WriteString(keys)
	return err
}

// TestInterrupted interrupts the program while it does each of the things that take time. It ends soon, says so in one line, changes no
// file and leaves nothing.
func TestInterrupted(t *testing.T) {
	const fault = "error: interrupted, while it was "
	for _, test := range []struct {
		name string
		// path is what the index does not answer, and files are additional files of the project.
		path  string
		files map[string]string
		// suite is the project that the suite follows, if it is not app. locked is set if another process writes.
		suite     string
		locked    bool
		arguments []string
		// shows is what the terminal shows at last, and says what is printed.
		shows, says string
	}{
		{name: "fetching a page", path: "/simple/app/", arguments: []string{"fetch"}, shows: "fetching 0 of 1 project", says: fault + "fetching 0 of 1 project: nothing was written"},
		{name: "updating", path: "/simple/app/", arguments: []string{"update"}, shows: "fetching 0 of 1 project", says: fault + "fetching 0 of 1 project: nothing was written"},
		{name: "fetching for a resolution", path: "/simple/lib/", shows: "(resolving|pinning) 0 of 3 environments", says: fault + "(resolving|pinning) 0 of 3 environments: nothing was written"},
		{name: "resolving something hard", suite: "hard", shows: "(resolving|pinning) 0 of 3 environments", says: fault + "(resolving|pinning) 0 of 3 environments: nothing was written"},
		{name: "resolving a file", path: "/simple/app/", files: map[string]string{"r.txt": "app\n"}, arguments: []string{"resolve", "3.12", "r.txt"}, shows: "resolving r.txt", says: fault + "resolving r.txt"},
		{name: "waiting for another process", locked: true, shows: "waiting: another toxgen writes here", says: fault + "waiting for another process"},
	} {
		for _, how := range interruptions {
			t.Run(test.name+"/"+how.name, func(t *testing.T) {
				t.Parallel() // each waits most of the time
				configuration := waitingProject
				if test.suite != "" {
					configuration = strings.ReplaceAll(configuration, "package: app", "package: "+test.suite)
				}
				folder := projectOf(t, configuration)
				put(t, folder, test.files)
				if err := os.MkdirAll(filepath.Join(folder, ".git", "toxgen"), 0o777); err != nil {
					t.Fatal(err)
				}
				if test.locked {
					lock := flock.New(filepath.Join(folder, ".git", "toxgen", "lock"))
					if err := lock.Lock(); err != nil {
						t.Fatal(err)
					}
					defer lock.Unlock()
				}
				index, _ := waitingIndex(t, cmp.Or(test.path, "/nothing"))
				before := tree(t, folder)
				temporary := t.TempDir()
				x := inTerminal(t, folder, append(against(index, t.TempDir()), "TMPDIR="+temporary), test.arguments...)
				x.shows(t, test.shows)
				if err := how.to(x); err != nil {
					t.Fatal(err)
				}
				status, text := x.end(t)
				if status != 1 || !how.forced && !regexp.MustCompile(`(?m)^`+test.says+`$`).MatchString(text) {
					t.Errorf("status %d, want %q\n%q", status, test.says, text)
				}
				if trace := regexp.MustCompile(`goroutine|panic|context|\x1b`); trace.MatchString(text) {
					t.Errorf("printed %q", text)
				}
				same(t, before, tree(t, folder))
				if state, err := os.ReadDir(filepath.Join(folder, ".git", "toxgen")); err != nil || len(state) > 1 || len(state) == 1 && state[0].Name() != "lock" {
					t.Errorf("left: %v, %v", state, err)
				}
				if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
					t.Errorf("left: %v, %v", left, err)
				}
			})
		}
	}
}

// TestInterruptedCommit interrupts updates while they commit: the files are all as before, or all as after.
func TestInterruptedCommit(t *testing.T) {
	c := newCrash(t, nil)
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			r := c.begin(t)
			for name := filepath.Join(r.state(), "draft.json"); !exists(name) && !r.ended(); {
			}
			if err := r.command.Process.Signal(signal); err != nil && !r.ended() {
				t.Fatal(err)
			}
			<-r.done
			want := c.after
			if status := r.command.ProcessState.ExitCode(); status == 1 {
				want = c.before
			} else if status != 0 {
				t.Errorf("status %d", status)
			}
			same(t, want, tree(t, r.folder))
			if left := c.left(r, tree(t, r.folder)); left != nothing {
				t.Errorf("left: %s", left)
			}
		})
	}
}

package endtoend

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	compiler "toxgen/internal/program"
)

// terminal returns both ends of a new pseudo-terminal.
func terminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("SKIPPED: there are no pseudo-terminals: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	var unlock, number uint32
	for request, value := range map[uintptr]*uint32{syscall.TIOCSPTLCK: &unlock, syscall.TIOCGPTN: &number} {
		if _, _, fault := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), request, uintptr(unsafe.Pointer(value))); fault != 0 {
			t.Fatal(fault)
		}
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}

// TestSetupAsks checks that setup asks on a terminal, and what the answers do.
func TestSetupAsks(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("SKIPPED: git is not on PATH")
	}
	if err := compiler.ReadSources(); err != nil {
		t.Fatal(err)
	}
	folder := copyOf(t, project)
	if out, err := exec.Command("git", "init", "-q", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const question = "Check the matrix before each commit, by a git hook?"
	for _, test := range []struct {
		name, typed, ci string
		asks, want      bool
		flags           []string
	}{
		{name: "in CI", ci: "true"},
		{name: "not if it is known", flags: []string{"-hook=no"}},
		{name: "return is the default, a no", typed: "\n", asks: true},
		{name: "no", typed: "n\n", asks: true},
		{name: "the end of the input", typed: "\x04", asks: true},
		{name: "an interrupt", typed: "\x03", asks: true},
		{name: "yes", typed: "y\n", asks: true, want: true},
		{name: "not if it is set up", want: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			master, slave := terminal(t)
			command := exec.Command(program, append([]string{"setup"}, test.flags...)...)
			command.Dir, command.Stdin, command.Stdout, command.Stderr = folder, slave, slave, slave
			command.Env = append(os.Environ(), "TOXGEN_OFFLINE=1", "TOXGEN_CACHE="+filepath.Join(t.TempDir(), "cache"), "GITHUB_ACTIONS=", "CI="+test.ci)
			command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			slave.Close()
			hung := time.AfterFunc(time.Minute, func() { _ = command.Process.Kill() })
			defer hung.Stop()
			var said bytes.Buffer
			asked := false
			for buffer := make([]byte, 1024); ; {
				n, err := master.Read(buffer)
				said.Write(buffer[:n])
				if !asked && strings.Contains(said.String(), question) && strings.Contains(said.String(), "[y/N] ") {
					asked = true
					if _, err := master.WriteString(test.typed); err != nil {
						t.Fatal(err)
					}
				}
				if err != nil {
					break // the program closed its end
				}
			}
			_ = command.Wait() // mage ends an interrupted program with a status of its own
			_, err := os.Stat(filepath.Join(folder, ".git", "hooks", "pre-commit"))
			if asked != test.asks || (err == nil) != test.want {
				t.Errorf("asked: %v, want %v; set up: %v, want %v\n%s", asked, test.asks, err == nil, test.want, said.String())
			}
		})
	}
}

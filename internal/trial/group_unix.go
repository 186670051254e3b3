//go:build unix

package trial

import (
	"os/exec"
	"syscall"
)

// own lets a command have a process group of its own, which is interrupted when its context ends.
func own(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGINT) }
}

// end kills what is left of the processes of a command.
func end(command *exec.Cmd) {
	if command.Process != nil {
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) // there may be none left
	}
}

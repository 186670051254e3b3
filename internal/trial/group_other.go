//go:build !unix

package trial

import "os/exec"

// own changes nothing: a command whose context ends is killed.
func own(*exec.Cmd) {}

// end does nothing.
func end(*exec.Cmd) {}

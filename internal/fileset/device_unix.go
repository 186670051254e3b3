//go:build unix

package fileset

import (
	"os"
	"syscall"
)

// sameDevice says whether a file can be moved from one folder to the other in one step.
func sameDevice(a, b string) bool {
	one, errOne := os.Stat(a)
	two, errTwo := os.Stat(b)
	if errOne != nil || errTwo != nil {
		return false
	}
	statOne, okOne := one.Sys().(*syscall.Stat_t)
	statTwo, okTwo := two.Sys().(*syscall.Stat_t)
	return okOne && okTwo && statOne.Dev == statTwo.Dev
}

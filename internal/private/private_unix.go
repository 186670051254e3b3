//go:build unix

package private

import (
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// root may do everything anyway.
const root = 0

var user = os.Geteuid()

// hasModes reports whether the modes of files say who may write to them.
const hasModes = true

// withoutWaiting makes opening a file fail if it is a link, and not wait if it is a pipe.
const withoutWaiting = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// ownedBy reports whether a file belongs to one of some users.
func ownedBy(info fs.FileInfo, users ...int) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && slices.Contains(users, int(stat.Uid))
}

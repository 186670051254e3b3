//go:build !unix

package private

import "io/fs"

// root and user are the same: files have no owners.
const root, user = 0, 0

// hasModes reports whether the modes of files say who may write to them.
const hasModes = false

// withoutWaiting is not needed.
const withoutWaiting = 0

// ownedBy reports whether a file belongs to one of some users.
func ownedBy(fs.FileInfo, ...int) bool { return true }

// Package private opens and makes what only the user can have written: files whose content is trusted, and the folders
// that hold them.
//
// A folder is private if it belongs to the user, is no link, and no other user can write to it; and if no other user but
// root can put another folder in its place, which means that the folder that holds it belongs to the user or to root, and
// that not everybody may rename what it holds. Folders further up are not looked at. A file is private if it is a regular
// file of the user. Opening one never waits, whatever lies in its place.
//
// On systems whose files have no owner and no mode, every folder counts as private, and so does every regular file.
//
// Errors name the path and the cure. Non-goals: access control lists, and other processes of the same user.
package private

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The permissions of what this package makes, and those that other users must not have.
const (
	folderMode  fs.FileMode = 0o700
	fileMode    fs.FileMode = 0o600
	othersWrite fs.FileMode = 0o022
	allWrite    fs.FileMode = 0o002
)

// Folder makes a private folder unless it exists, with the folders above it. It returns an error if the folder exists and
// is not private.
func Folder(name string) error {
	above := filepath.Dir(name)
	if err := os.MkdirAll(above, folderMode); err != nil {
		return err
	}
	if err := Check(name); err != nil {
		return err
	}
	if err := os.Mkdir(name, folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return Check(name) // another user may have made it first
}

// Check returns an error if a folder exists and is not private.
func Check(name string) error {
	above, err := os.Stat(filepath.Dir(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	switch mode := above.Mode(); {
	case !ownedBy(above, user, root):
		return fmt.Errorf("%s belongs to another user: name a folder of your own in its place", filepath.Dir(name))
	case hasModes && mode&allWrite != 0 && mode&fs.ModeSticky == 0:
		return fmt.Errorf("everybody can replace what lies in %s: `chmod o-w` or `chmod +t` it", filepath.Dir(name))
	}
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder: remove it", name)
	case !ownedBy(info, user):
		return fmt.Errorf("%s belongs to another user: it must be removed, or be made yours", name)
	case hasModes && info.Mode()&othersWrite != 0:
		return fmt.Errorf("other users can write to %s: look at what lies there and `chmod go-w` it, or remove it", name)
	}
	return nil
}

// IsUsers reports whether a folder exists and belongs to the user.
func IsUsers(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir() && ownedBy(info, user)
}

// ErrNotPrivate is the error for something that is no private file.
var ErrNotPrivate = errors.New("not a regular file of the user")

// Open opens a private file like [os.OpenFile]. A file that it makes can be read by the user alone. The error is
// [ErrNotPrivate] if the file is not private.
func Open(name string, flag int) (*os.File, error) {
	if info, err := os.Lstat(name); err == nil && !isPrivate(info) {
		return nil, notPrivate(name)
	}
	file, err := os.OpenFile(name, flag|withoutWaiting, fileMode)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat() // another file may have taken the place since
	if err == nil && !isPrivate(info) {
		err = notPrivate(name)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func isPrivate(info fs.FileInfo) bool { return info.Mode().IsRegular() && ownedBy(info, user) }

func notPrivate(name string) error { return fmt.Errorf("%s is %w: remove it", name, ErrNotPrivate) }

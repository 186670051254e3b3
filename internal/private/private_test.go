//go:build unix

package private

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// another is a user who is not the one that runs the tests.
const another = 4242

// give makes a file or folder another user's. Only root can do that.
func give(t *testing.T, name string) {
	t.Helper()
	if os.Geteuid() != root {
		t.Skip("SKIPPED: only root can give files away")
	}
	if err := os.Lchown(name, another, another); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// Each row makes a folder, or something in its place, and states the error for it, without the path.
func TestFolder(t *testing.T) {
	mode := func(mode fs.FileMode) func(*testing.T, string) {
		return func(t *testing.T, name string) { must(t, os.Mkdir(name, 0o700), os.Chmod(name, mode)) }
	}
	above := func(mode fs.FileMode) func(*testing.T, string) {
		return func(t *testing.T, name string) { must(t, os.Chmod(filepath.Dir(name), mode)) }
	}
	tests := []struct {
		name string
		make func(t *testing.T, name string)
		want string
	}{
		{"not there", func(*testing.T, string) {}, ""},
		{"nothing above it", func(t *testing.T, name string) { must(t, os.Remove(filepath.Dir(name))) }, ""},
		{"of the user", mode(0o700), ""},
		{"readable for others", mode(0o755), ""},
		{"writable for a group", mode(0o770), "other users can write to it: look at what lies there and `chmod go-w` it, or remove it"},
		{"writable for everybody", mode(0o777 | fs.ModeSticky), "other users can write to it: look at what lies there and `chmod go-w` it, or remove it"},
		{"of another user", func(t *testing.T, name string) { mode(0o700)(t, name); give(t, name) },
			"it belongs to another user: it must be removed, or be made yours"},
		{"a file", func(t *testing.T, name string) { must(t, os.WriteFile(name, nil, 0o600)) }, "it is not a folder: remove it"},
		{"a link", func(t *testing.T, name string) { must(t, os.Symlink(t.TempDir(), name)) }, "it is not a folder: remove it"},
		{"a link to nothing", func(t *testing.T, name string) { must(t, os.Symlink("nowhere", name)) }, "it is not a folder: remove it"},
		{"a pipe", func(t *testing.T, name string) { must(t, syscall.Mkfifo(name, 0o600)) }, "it is not a folder: remove it"},
		{"in a folder for all", above(0o777 | fs.ModeSticky), ""},
		{"in a folder of a group", above(0o775), ""},
		{"in a folder that everybody may change", above(0o777), "everybody can replace what lies in the folder above: `chmod o-w` or `chmod +t` it"},
		{"in another user's folder", func(t *testing.T, name string) { give(t, filepath.Dir(name)) },
			"the folder above belongs to another user: name a folder of your own in its place"},
		{"of the user, in another user's folder", func(t *testing.T, name string) { mode(0o700)(t, name); give(t, filepath.Dir(name)) },
			"the folder above belongs to another user: name a folder of your own in its place"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "above", "folder")
			must(t, os.Mkdir(filepath.Dir(name), 0o755))
			test.make(t, name)
			before, _ := os.Lstat(name)
			see := func(err error) string {
				if err == nil {
					return ""
				}
				return strings.ReplaceAll(strings.ReplaceAll(err.Error(), name, "it"), filepath.Dir(name), "the folder above")
			}
			if got := see(Check(name)); got != test.want {
				t.Errorf("Check: got %q, want %q", got, test.want)
			}
			if after, _ := os.Lstat(name); before == nil && after != nil {
				t.Error("Check made a folder")
			}
			if got := see(Folder(name)); got != test.want {
				t.Errorf("Folder: got %q, want %q", got, test.want)
			}
			if info, err := os.Lstat(name); test.want == "" && (err != nil || before == nil && info.Mode() != fs.ModeDir|0o700) {
				t.Errorf("the folder is %v, %v", info, err)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	folder := t.TempDir()
	name := func(base string) string { return filepath.Join(folder, base) }
	must(t, os.WriteFile(name("file"), []byte("old"), 0o644), os.WriteFile(name("other"), []byte("old"), 0o644), os.Mkdir(name("folder"), 0o700),
		os.Symlink("file", name("link")), os.Symlink("nothing", name("loose")), syscall.Mkfifo(name("pipe"), 0o600), os.Symlink(os.DevNull, name("device")))
	if os.Geteuid() == root {
		must(t, os.Chown(name("other"), another, another))
	}
	for _, base := range []string{"folder", "link", "loose", "pipe", "device", "other"} {
		if base == "other" && os.Geteuid() != root {
			continue
		}
		for _, flag := range []int{os.O_RDONLY, os.O_WRONLY | os.O_CREATE | os.O_TRUNC, os.O_WRONLY | os.O_CREATE | os.O_APPEND} {
			if file, err := Open(name(base), flag); err == nil || err.Error() != name(base)+" is not a regular file of the user: remove it" {
				t.Errorf("%s: got %v, %v", base, file, err)
			}
		}
	}
	for _, base := range []string{"file", "other"} {
		if data, err := os.ReadFile(name(base)); err != nil || string(data) != "old" {
			t.Errorf("%s holds %q, %v", base, data, err)
		}
	}
	if _, err := Open(name("nothing"), os.O_RDONLY); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing: %v", err)
	}
	file, err := Open(name("new"), os.O_RDWR|os.O_CREATE)
	must(t, err)
	defer file.Close()
	_, err = io.WriteString(file, "new")
	must(t, err)
	data, err := os.ReadFile(name("new"))
	if info, failed := file.Stat(); err != nil || failed != nil || string(data) != "new" || info.Mode() != 0o600 {
		t.Errorf("new holds %q: %v, %v, %v", data, info, err, failed)
	}
}

func TestIsUsers(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	for name, want := range map[string]bool{folder: true, file: false, filepath.Join(folder, "nothing"): false} {
		if got := IsUsers(name); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
	given := filepath.Join(folder, "given")
	must(t, os.Mkdir(given, 0o700))
	if give(t, given); IsUsers(given) {
		t.Error("another user's folder is the user's")
	}
}

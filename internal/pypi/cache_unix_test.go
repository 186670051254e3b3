//go:build unix

package pypi

import (
	"os"
	"syscall"
	"testing"
)

// What lies in the place of an entry and is no file of the cache is neither used nor waited for, and the cache works again
// unless it cannot be removed.
func TestNoEntries(t *testing.T) {
	for name, put := range map[string]func(name string) error{
		"folder":      func(name string) error { return os.Mkdir(name, 0o700) },
		"full folder": func(name string) error { return os.MkdirAll(name+"/below", 0o700) },
		"pipe":        func(name string) error { return syscall.Mkfifo(name, 0o600) },
		"link":        func(name string) error { return os.Symlink(os.DevNull, name) },
		"loose link":  func(name string) error { return os.Symlink("nowhere", name) },
		"too large":   func(name string) error { return os.WriteFile(name, nil, 0o600) },
		"of another": func(name string) error {
			if err := os.WriteFile(name, nil, 0o666); err != nil || os.Geteuid() != 0 {
				return err
			}
			return os.Chown(name, 4242, 4242)
		},
	} {
		t.Run(name, func(t *testing.T) {
			index := answering(t)
			folder := t.TempDir()
			want := answers(t, index, folder)
			for _, entry := range entries(t, folder) {
				if err := os.Remove(entry); err != nil {
					t.Fatal(err)
				}
				if err := put(entry); err != nil {
					t.Fatal(err)
				}
				if name == "too large" {
					if err := os.Truncate(entry, 1<<40); err != nil {
						t.Fatal(err)
					}
				}
			}
			for range 2 {
				index.Reset()
				if got := answers(t, index, folder); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			}
			if got := len(index.Requests()); got != 0 && name != "full folder" {
				t.Errorf("%d requests in the end, want none", got)
			}
		})
	}
}

//go:build unix && !darwin

package pipeline

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Where answers are cached, and where the state of a project outside git lies, by what there is.
func TestFolders(t *testing.T) {
	base := t.TempDir()
	for _, folder := range []string{"home", "user/.cache/toxgen", "caches", "given/.cache"} {
		if err := os.MkdirAll(filepath.Join(base, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(base, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	isRoot := os.Geteuid() == 0
	if isRoot {
		if err := os.Chown(filepath.Join(base, "given/.cache"), 4242, 4242); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name, home, caches, named, want string
	}{
		{"home", "home", "", "", "home/.cache/toxgen"},
		{"used before", "user", "", "", "user/.cache/toxgen"},
		{"folder for caches", "nowhere", "caches", "", "caches/toxgen"},
		{"folder for caches to be made", "nowhere", "home/caches", "", "home/caches/toxgen"},
		{"no folder for caches", "home", "nowhere/caches", "", ""},
		{"no home", "nowhere", "", "", ""},
		{"home is a file", "file", "", "", ""},
		{"of another user", "given", "", "", ""},
		{"named", "nowhere", "", "named", "named"},
		{"named in spite of a home", "home", "caches", "named", "named"},
	}
	place := func(name string) string {
		if name == "" {
			return ""
		}
		return filepath.Join(base, name)
	}
	t.Setenv("TMPDIR", place("temporary"))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.name == "of another user" && !isRoot {
				t.Skip("SKIPPED: only root can give a folder to another user")
			}
			t.Setenv("HOME", place(test.home))
			t.Setenv("XDG_CACHE_HOME", place(test.caches))
			t.Setenv("TOXGEN_CACHE", place(test.named))
			w := TheWorld(time.Time{})
			state := filepath.Join(place(test.want), "checkouts")
			if test.want == "" {
				state = filepath.Join(place("temporary"), fmt.Sprint("toxgen-", os.Geteuid()))
			}
			if w.Cache != place(test.want) || w.State != state || (w.NoCache != "") != (test.want == "") {
				t.Errorf("the cache is %q (%s) and the state %q, want %q and %q", w.Cache, w.NoCache, w.State, place(test.want), state)
			}
		})
	}
}

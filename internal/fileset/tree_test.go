//go:build unix

package fileset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// project creates a folder with files. `name/` is a folder and `name -> target` a symbolic link.
func project(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		link, target, isLink := strings.Cut(name, " -> ")
		place := filepath.Join(root, link)
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		switch {
		case isLink:
			err = os.Symlink(target, place)
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(place, 0o755)
		default:
			err = os.WriteFile(place, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// snapshot returns the files below a folder, in the form that project takes.
func snapshot(t testing.TB, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	if err := filepath.WalkDir(root, func(place string, e fs.DirEntry, err error) error {
		if err != nil || place == root {
			return err
		}
		name, _ := filepath.Rel(root, place)
		switch {
		case e.IsDir():
			if entries, err := os.ReadDir(place); err != nil || len(entries) > 0 {
				return err
			}
			files[name+"/"] = ""
		case e.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(place)
			if err != nil {
				return err
			}
			files[name+" -> "+target] = ""
		case e.Type().IsRegular():
			data, err := os.ReadFile(place)
			if err != nil {
				return err
			}
			files[name] = string(data)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return files
}

func equal(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestRead(t *testing.T) {
	root := project(t, map[string]string{"a": "on disk", "empty": "", "folder/b": "below", "to-file -> a": "", "to-folder -> folder": "", "loop -> loop": ""})
	if err := syscall.Mkfifo(filepath.Join(root, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	tree := Open(root, t.TempDir())
	tree.Write("written", []byte("by the run"))
	tree.Write("nothing", nil)
	tree.Write("folder/b", []byte("over it"))
	tree.Write("gone", []byte("x"))
	tree.Remove("gone")
	const missing = "file does not exist"
	for _, c := range []struct{ name, want, fault string }{
		{"a", "on disk", ""},
		{"empty", "", ""},
		{"written", "by the run", ""},
		{"nothing", "", ""},
		{"folder/b", "over it", ""},
		{"gone", "", missing},
		{"none", "", missing},
		{"none/below", "", missing},
		{"folder", "", "folder is a folder, not a file"},
		{"a/below", "", "a is a file, not a folder"},
		{"to-file", "", "to-file is a symbolic link: toxgen reads and writes plain files only"},
		{"to-folder/b", "", "to-folder is a symbolic link: toxgen reads and writes plain files only"},
		{"loop", "", "loop is a symbolic link: toxgen reads and writes plain files only"},
		{"pipe", "", "pipe is not a regular file"},
		{"../a", "", `"../a" is not a path below the project's root`},
		{"folder/../a", "", `"folder/../a" is not a path below the project's root`},
		{"./a", "", `"./a" is not a path below the project's root`},
		{"/etc/passwd", "", `"/etc/passwd" is not a path below the project's root`},
		{".", "", `"." is not a path below the project's root`},
		{"", "", `"" is not a path below the project's root`},
		{"a\x00b", "", `"a\x00b" is not a path below the project's root`},
	} {
		t.Run(c.name, func(t *testing.T) {
			data, err := tree.Read(c.name)
			if c.fault == missing {
				if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), c.name) {
					t.Errorf("got %q, %v", data, err)
				}
				return
			}
			if string(data) != c.want || (err == nil) != (c.fault == "") || err != nil && err.Error() != c.fault {
				t.Errorf("got %q, %v, want %q, %q", data, err, c.want, c.fault)
			}
		})
	}
}

// TestReadOnce checks that a run sees a file as it was when the run first read it.
func TestReadOnce(t *testing.T) {
	root := project(t, map[string]string{"a": "first"})
	tree := Open(root, t.TempDir())
	for _, name := range []string{"a", "b"} {
		_, _ = tree.Read(name)
		if err := os.WriteFile(filepath.Join(root, name), []byte("second"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if data, err := tree.Read("a"); string(data) != "first" {
		t.Errorf("a: got %q, %v", data, err)
	}
	if data, err := tree.Read("b"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("b: got %q, %v", data, err)
	}
}

func TestList(t *testing.T) {
	root := project(t, map[string]string{
		"top": "", "registry/b.jsonl": "", "registry/a.jsonl": "", "registry/folder/c.jsonl": "", "registry/link -> b.jsonl": "", "linked -> registry": "",
	})
	tree := Open(root, t.TempDir())
	tree.Write("registry/new.jsonl", []byte("x"))
	tree.Write("registry/a.jsonl", []byte("changed"))
	tree.Write("registry/folder/d.jsonl", []byte("x"))
	tree.Write("fresh/e", []byte("x"))
	tree.Write("registry/never", []byte("x"))
	tree.Remove("registry/never")
	tree.Remove("registry/b.jsonl")
	for _, c := range []struct {
		folder string
		want   []string
		fault  string
	}{
		{"registry", []string{"registry/a.jsonl", "registry/link", "registry/new.jsonl"}, ""},
		{"registry/folder", []string{"registry/folder/c.jsonl", "registry/folder/d.jsonl"}, ""},
		{"fresh", []string{"fresh/e"}, ""},
		{"none", nil, ""},
		{".", []string{"linked", "top"}, ""},
		{"top", nil, "top is a file, not a folder"},
		{"linked", nil, "linked is a symbolic link: toxgen reads and writes plain files only"},
		{"..", nil, `".." is not a path below the project's root`},
		{"registry/", nil, `"registry/" is not a path below the project's root`},
	} {
		t.Run(c.folder, func(t *testing.T) {
			got, err := tree.List(c.folder)
			equal(t, "names", c.want, got)
			if fmt.Sprint(err) != c.fault && (err != nil || c.fault != "") {
				t.Errorf("got %v, want %q", err, c.fault)
			}
		})
	}
}

func TestChanges(t *testing.T) {
	root := project(t, map[string]string{"same": "1", "changed": "1", "removed": "1", "emptied": "1", "empty": ""})
	tree := Open(root, t.TempDir())
	tree.Write("same", []byte("1"))
	tree.Write("changed", []byte("2"))
	tree.Remove("removed")
	tree.Remove("never/there")
	tree.Write("emptied", nil)
	tree.Write("empty", nil)
	tree.Write("new/file", []byte("1"))
	tree.Write("new/empty", nil)
	got, err := tree.Changes()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "changes", []Change{
		{"changed", []byte("1"), []byte("2")},
		{"emptied", []byte("1"), []byte{}},
		{"new/empty", nil, []byte{}},
		{"new/file", nil, []byte("1")},
		{"removed", []byte("1"), nil},
	}, got)
	equal(t, "disk", map[string]string{"same": "1", "changed": "1", "removed": "1", "emptied": "1", "empty": ""}, snapshot(t, root))
}

// TestChangesFaults checks that every path that cannot be compared is reported.
func TestChangesFaults(t *testing.T) {
	tree := Open(project(t, map[string]string{"folder/a": "1", "link -> folder/a": ""}), t.TempDir())
	for _, name := range []string{"folder", "link", "../out", "folder/a/below"} {
		tree.Write(name, []byte("x"))
	}
	_, err := tree.Changes()
	equal(t, "faults", `"../out" is not a path below the project's root
folder is a folder, not a file
folder/a is a file, not a folder
link is a symbolic link: toxgen reads and writes plain files only`, fmt.Sprint(err))
}

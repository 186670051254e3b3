package results

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// TestCommit reads the commit that results are of: a full name or nothing.
func TestCommit(t *testing.T) {
	sha1, sha256 := strings.Repeat("0a", 20), strings.Repeat("0b", 32)
	for _, test := range []struct {
		name, want string
		file       *fstest.MapFile
	}{
		{"SHA-1", sha1, &fstest.MapFile{Data: []byte(sha1 + "\n")}},
		{"SHA-256, without a line end", sha256, &fstest.MapFile{Data: []byte(sha256)}},
		{"SHA-256", sha256, &fstest.MapFile{Data: []byte(sha256 + "\n")}},
		{"no file", "", nil},
		{"empty", "", &fstest.MapFile{}},
		{"a short name", "", &fstest.MapFile{Data: []byte(sha1[:12])}},
		{"too long", "", &fstest.MapFile{Data: []byte(sha256 + "\n\n")}},
		{"much too long", "", &fstest.MapFile{Data: []byte(strings.Repeat(sha256, 1000))}},
		{"in between", "", &fstest.MapFile{Data: []byte(sha1 + "00")}},
		{"two lines", "", &fstest.MapFile{Data: []byte(sha1 + "\n" + sha1)}},
		{"a branch", "", &fstest.MapFile{Data: []byte("main\n")}},
		{"an option", "", &fstest.MapFile{Data: []byte("--all" + sha1[5:])}},
		{"capitals", "", &fstest.MapFile{Data: []byte(strings.ToUpper(sha1))}},
		{"a folder", "", &fstest.MapFile{Mode: fs.ModeDir}},
		{"a pipe", "", &fstest.MapFile{Mode: fs.ModeNamedPipe, Data: []byte(sha1)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := fstest.MapFS{"web-py3.12/parallel.json": {}}
			if test.file != nil {
				files["commit"] = test.file
			}
			got, err := Commit(files)
			if got != test.want || (err == nil) != (test.want != "") {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

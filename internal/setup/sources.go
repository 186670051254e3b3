package setup

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// goLine matches the line of go.mod with the version of Go.
var goLine = regexp.MustCompile(`(?m)^go (\d\S*)$`)

// NeedsGo returns the version of Go that the sources of toxgen need, or "" if a folder does not hold them.
func NeedsGo(root fs.FS) string {
	data, err := fs.ReadFile(root, "go.mod")
	if err != nil || !strings.HasPrefix(string(data), "module toxgen\n") {
		return ""
	}
	if m := goLine.FindSubmatch(data); m != nil {
		return string(m[1])
	}
	return ""
}

// generated is a file that mage writes while it compiles.
const generated = "magefiles/mage_output_file.go"

// Digest returns a digest of everything that the program is compiled from, but for the Go tool and other modules, which go.sum names.
func Digest(root fs.FS) (string, error) {
	all := sha256.New()
	for _, start := range []string{"go.mod", "go.sum", "magefiles", "internal", "templates"} {
		err := fs.WalkDir(root, start, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && entry.Name() == "testdata":
				return fs.SkipDir
			case entry.IsDir(), strings.HasSuffix(name, "_test.go"), name == generated:
				return nil
			}
			data, err := fs.ReadFile(root, name)
			if errors.Is(err, fs.ErrNotExist) {
				return nil // an editor's file, that is gone
			}
			fmt.Fprintf(all, "%s %d\n", name, len(data))
			all.Write(data)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

// Package program compiles toxgen for tests that run it.
package program

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/magefile/mage/mage"
)

// root is the module's root, two folders above that of a test.
var root = filepath.Join("..", "..")

// Compile compiles the program to a path.
func Compile(path string) error {
	var said strings.Builder
	if mage.ParseAndRun(io.Discard, &said, strings.NewReader(""), []string{"-d", root, "-compile", path}) != 0 {
		return errors.New("mage cannot compile the program:\n" + said.String())
	}
	return nil
}

// ReadSources has to be called by each test that runs the program. It reads the sources: the go command remembers which files a test
// read, and takes its result from the cache only if they are as they were. It notices neither what TestMain reads, nor what a
// test imports and does not call.
var ReadSources = sync.OnceValue(func() error {
	for _, folder := range []string{"internal", "magefiles", "templates"} {
		if err := read(filepath.Join(root, folder)); err != nil {
			return err
		}
	}
	return nil
})

// read reads all sources and templates below a folder.
func read(folder string) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		isSource := strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".tmpl")
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "testdata":
			return fs.SkipDir
		case isSource:
			_, err = root.ReadFile(path)
		}
		return err
	})
}

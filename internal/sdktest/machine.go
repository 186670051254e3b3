package sdktest

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

// Required is an environment variable that makes it a failure if the machine lacks what the tests need.
const Required = "TOXGEN_REQUIRE_PYTHON"

// lack ends a test that the machine cannot run.
func lack(tb testing.TB, format string, arguments ...any) {
	tb.Helper()
	if os.Getenv(Required) != "" {
		tb.Fatalf(format, arguments...)
	}
	tb.Skipf("SKIPPED: "+format, arguments...)
}

// An interpreter is a Python of the machine.
type interpreter struct {
	folder string
	// minor is its line, such as 3.12, and patch the number of its patch release.
	minor, patch string
}

// oldest and newest are the Pythons that the tests can use: Python 3.N.
const oldest, newest = 11, 30

// interpreters returns the two newest lines that are on PATH, ascending.
func interpreters(tb testing.TB) []interpreter {
	tb.Helper()
	var found []interpreter
	for n := newest; n >= oldest && len(found) < 2; n-- {
		for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
			program := filepath.Join(folder, fmt.Sprintf("python3.%d", n))
			const ask = "import os, sys; sys.version_info.releaselevel == 'final' and print(os.path.dirname(sys.executable), *sys.version_info[:3])"
			out, err := exec.Command(program, "-c", ask).Output()
			if words := strings.Fields(string(out)); err == nil && len(words) == 4 {
				found = append([]interpreter{{words[0], words[1] + "." + words[2], words[3]}}, found...)
				break
			}
		}
	}
	if len(found) == 0 {
		lack(tb, "no Python 3.%d or newer is on PATH, so that no tests are run", oldest)
	}
	return found
}

// tools returns the path of tox: the one on PATH, or one that is installed into a folder that is removed after the test.
func tools(tb testing.TB, python string) (tox string) {
	tb.Helper()
	if tox, err := exec.LookPath("tox"); err == nil {
		return tox
	}
	folder := tb.TempDir()
	for _, arguments := range [][]string{{python, "-m", "venv", folder}, {filepath.Join(folder, "bin", "python"), "-m", "pip", "install", "--quiet", "tox"}} {
		if out, err := exec.Command(arguments[0], arguments[1:]...).CombinedOutput(); err != nil {
			lack(tb, "tox is not on PATH, and cannot be installed: %v\n%s", err, out)
		}
	}
	return filepath.Join(folder, "bin", "tox")
}

// pytest returns pytest and what it requires, from the index that pip uses on this machine.
func pytest(tb testing.TB, python string) []pypitest.Project {
	tb.Helper()
	folder := tb.TempDir()
	command := exec.Command(python, "-m", "pip", "download", "--quiet", "--only-binary=:all:", "--dest", folder, "pytest")
	if out, err := command.CombinedOutput(); err != nil {
		lack(tb, "pytest cannot be had: %v\n%s", err, out)
	}
	wheels, err := filepath.Glob(filepath.Join(folder, "*.whl"))
	if err != nil {
		tb.Fatal(err)
	}
	var projects []pypitest.Project
	for _, wheel := range wheels {
		file := pypitest.File{Filename: filepath.Base(wheel), Uploaded: uploaded, Metadata: metadata(tb, wheel)}
		if file.Content, err = os.ReadFile(wheel); err != nil {
			tb.Fatal(err)
		}
		name, _, _ := strings.Cut(file.Filename, "-")
		projects = append(projects, pypitest.Project{Name: strings.ReplaceAll(strings.ToLower(name), "_", "-"), Files: []pypitest.File{file}})
	}
	return projects
}

// metadata returns the core metadata of a wheel.
func metadata(tb testing.TB, wheel string) string {
	tb.Helper()
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		tb.Fatal(err)
	}
	defer archive.Close()
	for _, member := range archive.File {
		if !strings.HasSuffix(member.Name, ".dist-info/METADATA") {
			continue
		}
		content, err := member.Open()
		if err != nil {
			tb.Fatal(err)
		}
		defer content.Close()
		data, err := io.ReadAll(content)
		if err != nil {
			tb.Fatal(err)
		}
		return string(data)
	}
	tb.Fatalf("%s has no metadata", filepath.Base(wheel))
	return ""
}

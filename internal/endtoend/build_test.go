package endtoend

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/distribution"
	compiler "toxgen/internal/program"
)

// released is the version of the release that the tests build.
const released = "1.2.0"

// clonedRelease returns a repository with the sources of toxgen, whose only commit is the release.
func clonedRelease(t *testing.T, folder string) (commit string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("SKIPPED: git is not on PATH, so that nothing is built")
	}
	if err := compiler.ReadSources(); err != nil {
		t.Fatal(err)
	}
	copySources(t, folder)
	git := func(arguments ...string) string {
		t.Helper()
		command := exec.Command("git", append([]string{"-C", folder, "-c", "user.name=A", "-c", "user.email=a@example.org"}, arguments...)...)
		command.Env = append(os.Environ(), "GIT_AUTHOR_DATE=2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z", "GIT_CONFIG_GLOBAL="+os.DevNull)
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("git %s: %v\n%s", arguments[0], err, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "--quiet")
	git("add", "--all")
	git("commit", "--quiet", "--message=release")
	git("tag", "v"+released)
	return git("rev-parse", "HEAD")
}

// build builds the artifacts for this machine.
func build(t *testing.T, folder string) (names []string) {
	t.Helper()
	platforms, err := distribution.ParsePlatforms(runtime.GOOS + "/" + runtime.GOARCH)
	if err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	var said strings.Builder
	if names, err = distribution.Build(t.Context(), folder, platforms, func(string) {}, &said); err != nil {
		t.Fatalf("%v\n%s", err, &said)
	}
	return names
}

// TestBuild builds one commit in two folders, with other settings of the Go tool. All files are equal, and the binary knows what it is.
func TestBuild(t *testing.T) {
	first, second := filepath.Join(t.TempDir(), "toxgen"), filepath.Join(t.TempDir(), "far", "away")
	commit := clonedRelease(t, first)
	if other := clonedRelease(t, second); other != commit {
		t.Fatalf("the commits are %s and %s", commit, other)
	}
	names := build(t, first)
	for variable, value := range map[string]string{"GOFLAGS": "-race", "GOAMD64": "v3", "GOOS": "plan9", "CGO_ENABLED": "1", "MAGEFILE_VERBOSE": "1"} {
		t.Setenv(variable, value)
	}
	put(t, second, map[string]string{"dist/toxgen-1.0-old": "of an earlier build", "dist/notes": "of a person"})
	build(t, second)
	got := content(t, filepath.Join(second, "dist"))
	if got["notes"] == "" || got["toxgen-1.0-old"] != "" {
		t.Error("a build must remove what an earlier one left, and nothing else")
	}
	delete(got, "notes")
	want := content(t, filepath.Join(first, "dist"))
	if len(want) != len(names) {
		t.Errorf("the build names %q, and dist has %d files", names, len(want))
	}
	for name, data := range want {
		if got[name] != data {
			t.Errorf("%s differs between two builds of one commit", name)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("the second build has %d files that the first one has not", len(got))
	}
	program := filepath.Join(first, filepath.FromSlash(names[0]))
	out, err := exec.Command(program, "-version").CombinedOutput()
	text := fmt.Sprintf("toxgen %s\ncommit %s\n%s %s/%s\n", released, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if diff := cmp.Diff(text, string(out)); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	// the binary alone knows for which configurations it is too old
	project := t.TempDir()
	put(t, project, map[string]string{"toxgen.yaml": "toxgen: '>1000'\nnovelty: 1\n"})
	command := exec.Command(program)
	command.Dir = project
	out, err = command.CombinedOutput()
	text = fmt.Sprintf("toxgen.yaml:1:9: error: the file is for toxgen \">1000\", and this one is %s\n  hint: update toxgen", released)
	if command.ProcessState.ExitCode() != 1 || !strings.HasPrefix(string(out), text) || strings.Contains(string(out), "novelty") {
		t.Errorf("%v\n%s\nwant %s", err, out, text)
	}
	if data := want[filepath.Base(program)]; strings.Contains(data, first) || strings.Contains(data, filepath.ToSlash(first)) {
		t.Error("the binary has the path of the folder that it was built in")
	}
}

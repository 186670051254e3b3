package endtoend

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSetupAsks checks that setup asks on a terminal, and what the answers do.
func TestSetupAsks(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("SKIPPED: git is not on PATH")
	}
	folder := copyOf(t, project)
	if out, err := exec.Command("git", "init", "-q", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const question = "Check the matrix before each commit, by a git hook?"
	for _, test := range []struct {
		name, typed, ci string
		asks, want      bool
		flags           []string
	}{
		{name: "in CI", ci: "true"},
		{name: "not if it is known", flags: []string{"-hook=no"}},
		{name: "return is the default, a no", typed: "\n", asks: true},
		{name: "no", typed: "n\n", asks: true},
		{name: "the end of the input", typed: "\x04", asks: true},
		{name: "an interrupt", typed: "\x03", asks: true},
		{name: "yes", typed: "y\n", asks: true, want: true},
		{name: "not if it is set up", want: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			environment := []string{"TOXGEN_OFFLINE=1", "TOXGEN_CACHE=" + filepath.Join(t.TempDir(), "cache"), "CI=" + test.ci}
			x := inTerminal(t, folder, environment, append([]string{"setup"}, test.flags...)...)
			if test.asks {
				x.shows(t, regexp.QuoteMeta(question)+`.*\[y/N\] `)
				if err := x.types(test.typed); err != nil {
					t.Fatal(err)
				}
			}
			_, said := x.end(t) // mage ends an interrupted program with a status of its own
			_, err := os.Stat(filepath.Join(folder, ".git", "hooks", "pre-commit"))
			if asked := strings.Contains(said, question); asked != test.asks || (err == nil) != test.want {
				t.Errorf("asked: %v, want %v; set up: %v, want %v\n%s", asked, test.asks, err == nil, test.want, said)
			}
		})
	}
}

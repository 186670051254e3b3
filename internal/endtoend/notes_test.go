package endtoend

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestNotes checks what is taken from a changelog for a release, and which tags are refused.
func TestNotes(t *testing.T) {
	needs(t, "bash", "awk")
	const changelog = `# Changelog

## [Unreleased]

### Added

- A thing to come.

## [1.3.0] - 2026-03-01

## [1.2.0] - 2026-02-01

### Added

- A thing: ` + "`## [1.1.0]`" + `.

### Fixed

- Another.

## [1.2.0rc1] - 2026-01-15

- A candidate.

## [1.1.0]

- No date.

## [1.0.0] - soon

- No day.

## [0.9.0] - 2025-01-01
- The last.
`
	script, err := filepath.Abs(filepath.Join("..", "..", ".ci", "notes"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "CHANGELOG.md")
	if err := os.WriteFile(file, []byte(changelog), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ tag, want, refused string }{
		{tag: "v1.2.0", want: "### Added\n\n- A thing: `## [1.1.0]`.\n\n### Fixed\n\n- Another.\n"},
		{tag: "v1.2.0rc1", want: "- A candidate.\n"},
		{tag: "v0.9.0", want: "- The last.\n"},
		{tag: "v1.3.0", refused: "the section of 1.3.0 is empty"},
		{tag: "v1.4.0", refused: "there is no section for 1.4.0: move what is under `## [Unreleased]` below `## [1.4.0] - "},
		{tag: "v1.2", refused: "there is no section for 1.2: "},
		{tag: "v1.2.0.", refused: "there is no section for 1.2.0.: "},
		{tag: "v.*", refused: "there is no section for .*: "},
		{tag: "vUnreleased", refused: "the section of Unreleased has no date: "},
		{tag: "v1.1.0", refused: "the section of 1.1.0 has no date: write `## [1.1.0] - "},
		{tag: "v1.0.0", refused: "the section of 1.0.0 has no date: "},
		{tag: "1.2.0", refused: "1.2.0 is not the tag of a release: "},
	} {
		t.Run(test.tag, func(t *testing.T) {
			var stdout, stderr strings.Builder
			command := exec.Command("bash", script, test.tag, file)
			command.Stdout, command.Stderr = &stdout, &stderr
			err := command.Run()
			refused, isError := strings.CutPrefix(stderr.String(), "::error file=CHANGELOG.md::")
			if (err == nil) != (test.refused == "") || isError != (test.refused != "") || !strings.HasPrefix(refused, test.refused) || stdout.String() != test.want {
				t.Errorf("%v, got\n%s%s", err, &stdout, &stderr)
			}
		})
	}
}

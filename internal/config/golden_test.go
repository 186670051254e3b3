package config

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/finding"
)

var update = flag.Bool("update", false, "write the expected findings of testdata/err")

// TestAccepted checks that the files in testdata/ok have no findings.
func TestAccepted(t *testing.T) {
	for name, data := range files(t, "testdata/ok/*.yaml") {
		t.Run(name, func(t *testing.T) {
			c, findings := Parse(name, data)
			if c == nil || len(findings) > 0 {
				t.Errorf("config %v, findings:\n%s", c != nil, lines(findings))
			}
		})
	}
}

// TestFindings compares the findings of each file in testdata/err with the .out file beside it, one finding a line.
func TestFindings(t *testing.T) {
	for name, data := range files(t, "testdata/err/*.yaml") {
		t.Run(name, func(t *testing.T) {
			c, findings := Parse(name, data)
			if (c == nil) != (findings.Err() != nil) {
				t.Errorf("got a configuration: %v, with the findings:\n%s", c != nil, lines(findings))
			}
			golden := filepath.Join("testdata", "err", strings.TrimSuffix(name, ".yaml")+".out")
			got := lines(findings)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// files returns the contents of the files that match a pattern, by their base names. At least one must match.
func files(t testing.TB, pattern string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
	}
	contents := map[string][]byte{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		contents[filepath.Base(path)] = data
	}
	return contents
}

// lines returns findings in the form of the .out files: position, severity and message, then the hint in brackets.
func lines(findings finding.List) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%d:%d: %s: %s", f.Line, f.Column, f.Severity, f.Message)
		if f.Hint != "" {
			fmt.Fprintf(&b, " [%s]", f.Hint)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

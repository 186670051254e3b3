package resolve

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/reference"
)

var requirementsFiles = []struct {
	name string
	text string
	// want is the roots and errors, one per line.
	want string
}{
	{"requirements", "a\nb[x]>=1,<2 ; python_version > '3'\n", "a (f:1)\nb[x]<2,>=1; python_version > \"3\" (f:2)"},
	{
		"blank lines and comments", "# one\n\n  # two\na # three\nb#4",
		`a (f:4)
error f:5: invalid requirement: "b#4", column 2: a version specifier or a semicolon was expected`,
	},
	{"no line end", "a", "a (f:1)"},
	{"line ends of all kinds", "a\r\nb\rc\u2028d\x0ce", "a (f:1)\nb (f:2)\nc (f:3)\nd (f:4)\ne (f:5)"},
	{"byte order mark", "\ufeffa", "a (f:1)"},
	{"continued", "a \\\n  >=1, \\\n  <2\nb", "a<2,>=1 (f:1)\nb (f:4)"},
	{"continued by the end", "a \\", "a (f:1)"},
	{"a comment is not continued", "# one \\\na", "a (f:2)"},
	{"a comment ends what is continued", "a \\\n# one \\\nb", "a (f:1)\nb (f:3)"},
	{"a comment in what is continued", "a \\\n>=1 # one\nb", "a>=1 (f:1)\nb (f:3)"},
	{
		"a URL with a name", "a @ https://host.invalid/a.zip#sha256=1 ; python_version > '3'",
		`a @ https://host.invalid/a.zip#sha256=1 ; python_version > "3" (f:1)`,
	},
	{"an empty marker", "a>=1 ;", "a>=1 (f:1)"},
	{"a name that ends like an archive, with a version", "a.zip>=1", "a.zip>=1 (f:1)"},
	{
		"URLs", "https://host.invalid/a.zip\ngit+ssh://host.invalid/a.git\nfile:a",
		`error f:1: https://host.invalid/a.zip is a URL: only releases on an index can be pinned
error f:2: git+ssh://host.invalid/a.git is a URL: only releases on an index can be pinned
error f:3: file:a is a URL: only releases on an index can be pinned`,
	},
	{
		"paths", "./a\n.\na/b ; python_version > '3'\na-1.0-py3-none-any.whl\na.tar.gz[x]\n../a@b",
		`error f:1: ./a is a path: only releases on an index can be pinned
error f:2: . is a path: only releases on an index can be pinned
error f:3: a/b is a path: only releases on an index can be pinned
error f:4: a-1.0-py3-none-any.whl is a path: only releases on an index can be pinned
error f:5: a.tar.gz[x] is a path: only releases on an index can be pinned
error f:6: ../a@b is a path: only releases on an index can be pinned`,
	},
	{
		"options", "-r other.txt\n--index-url https://host.invalid\na==1 \\\n  --hash=sha256:00\n-e .",
		`error f:1: the option -r is not supported
error f:2: the option --index-url is not supported
error f:3: the option --hash is not supported
error f:5: the option -e is not supported`,
	},
	{
		"not valid", "a=1\na b\na; python_version",
		`error f:1: invalid requirement: "a=1", column 2: a version specifier or a semicolon was expected
error f:2: invalid requirement: "a b", column 3: a version specifier or a semicolon was expected
error f:3: invalid marker: "python_version", column 15: an operator was expected: <, <=, ==, ===, !=, >=, >, ~=, in or not in`,
	},
	{"what could do harm", "\x1b]0;a", `error f:1: invalid requirement: "\x1b]0", column 1: a package name was expected`},
}

func TestParseRequirements(t *testing.T) {
	for _, test := range requirementsFiles {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, parsedText(test.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The time for a line with many continuations does not grow with the square of their number.
func TestContinuedLines(t *testing.T) {
	const count = 300_000
	roots, err := ParseRequirements("f", "a>=1"+strings.Repeat("\\\n", count)+strings.Repeat(",>=1\\\n", count)+"\n")
	if err != nil || len(roots) != 1 || len(roots[0].Requirement.Specifiers.Clauses()) != count+1 {
		t.Errorf("%d roots, %v", len(roots), err)
	}
}

// parsedText returns the roots and then the errors, one per line.
func parsedText(text string) string {
	var shown []string
	roots, faults := parseRequirements("f", text)
	for _, r := range roots {
		shown = append(shown, r.String())
	}
	for _, f := range faults {
		shown = append(shown, "error "+f.Place()+": "+f.Message)
	}
	return strings.Join(shown, "\n")
}

// FuzzParseRequirements checks that requirements can be printed and parsed again, except for URLs and texts after
// ===, in which a `#` or a backslash may change its meaning, and that each error is one line of text with a line
// number of the file.
func FuzzParseRequirements(f *testing.F) {
	for _, test := range requirementsFiles {
		f.Add(test.text)
	}
	f.Add(string(reference.Files()["build-constraints.txt"]))
	for _, name := range []string{"flask", "celery", "fastapi"} {
		for _, release := range reference.Facts(f)[name].Releases {
			for _, m := range release.Metadata {
				if m.Requirements != nil {
					f.Add(strings.Join(m.Requirements.Dist, "\n"))
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		roots, faults := parseRequirements("f", text)
		for _, fault := range faults {
			if fault.Line < 1 || fault.Line > len(text)+1 || strings.ContainsFunc(fault.Message+fault.Hint, unicode.IsControl) {
				t.Errorf("%#v", fault)
			}
		}
		if len(faults) > 0 {
			return
		}
		var lines []string
		for _, r := range roots {
			line := r.Requirement.String()
			if r.Requirement.URL != "" || strings.Contains(line, "===") {
				return
			}
			lines = append(lines, line)
		}
		again, err := ParseRequirements("f", strings.Join(lines, "\n"))
		if err != nil || len(again) != len(lines) {
			t.Fatalf("printed, it is %d requirements instead of %d: %v", len(again), len(lines), err)
		}
		for i := range again {
			if again[i].Requirement.String() != lines[i] {
				t.Errorf("got %s, want %s", again[i].Requirement, lines[i])
			}
		}
	})
}

package requirements

import (
	"io/fs"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/finding"
	"toxgen/internal/reference"
)

var requirementsFiles = []struct {
	name string
	text string
	// want is the roots and errors, one per line.
	want string
}{
	{"requirements", "a\nb[x]>=1,<2 ; python_version > '3'\n", "a (f:1:1)\nb[x]<2,>=1; python_version > \"3\" (f:2:1)"},
	{
		"blank lines and comments, and a line that is not valid", "# one\n\n  # two\na # three\nb#4",
		`error f:5:2: invalid requirement: "b#4", column 2: a version specifier or a semicolon was expected`,
	},
	{"no line end", "a", "a (f:1:1)"},
	{"line ends of all kinds", "a\r\nb\rc\u2028d\x0ce", "a (f:1:1)\nb (f:2:1)\nc (f:3:1)\nd (f:4:1)\ne (f:5:1)"},
	{"byte order mark", "\ufeffa", "a (f:1:1)"},
	{"continued", "a \\\n  >=1, \\\n  <2\nb", "a<2,>=1 (f:1:1)\nb (f:4:1)"},
	{"continued by the end", "a \\", "a (f:1:1)"},
	{"a comment is not continued", "# one \\\na", "a (f:2:1)"},
	{"a comment ends what is continued", "a \\\n# one \\\nb", "a (f:1:1)\nb (f:3:1)"},
	{"a comment in what is continued", "a \\\n>=1 # one\nb", "a>=1 (f:1:1)\nb (f:3:1)"},
	{
		"a URL with a name", "a @ https://host.invalid/a.zip#sha256=1 ; python_version > '3'",
		`a @ https://host.invalid/a.zip#sha256=1 ; python_version > "3" (f:1:1)`,
	},
	{"an empty marker", "a>=1 ;", "a>=1 (f:1:1)"},
	{"a name that ends like an archive, with a version", "a.zip>=1", "a.zip>=1 (f:1:1)"},
	{
		"URLs", "https://host.invalid/a.zip\ngit+ssh://host.invalid/a.git\nfile:a",
		`error f:1:1: https://host.invalid/a.zip is a URL: only releases on an index can be pinned
error f:2:1: git+ssh://host.invalid/a.git is a URL: only releases on an index can be pinned
error f:3:1: file:a is a URL: only releases on an index can be pinned`,
	},
	{
		"paths", "./a\n.\na/b ; python_version > '3'\na-1.0-py3-none-any.whl\na.tar.gz[x]\n../a@b",
		`error f:1:1: ./a is a path: only releases on an index can be pinned
error f:2:1: . is a path: only releases on an index can be pinned
error f:3:1: a/b is a path: only releases on an index can be pinned
error f:4:1: a-1.0-py3-none-any.whl is a path: only releases on an index can be pinned
error f:5:1: a.tar.gz[x] is a path: only releases on an index can be pinned
error f:6:1: ../a@b is a path: only releases on an index can be pinned`,
	},
	{
		"options", "-r other.txt\n--index-url https://host.invalid\na==1 \\\n  --hash=sha256:00\n-e .",
		`error f:1:1: there is no file other.txt
error f:2:1: the option --index-url is not supported
error f:4:3: the option --hash is not supported
error f:5:1: the option -e is not supported`,
	},
	{
		"not valid", "a=1\na b\na; python_version",
		`error f:1:2: invalid requirement: "a=1", column 2: a version specifier or a semicolon was expected
error f:2:3: invalid requirement: "a b", column 3: a version specifier or a semicolon was expected
error f:3:18: invalid marker: "python_version", column 15: an operator was expected: <, <=, ==, ===, !=, >=, >, ~=, in or not in`,
	},
	{"what could do harm", "\x1b]0;a", `error f:1:1: invalid requirement: "\x1b]0", column 1: a package name was expected`},
}

// A folder is files by name.
type folder map[string]string

func (f folder) Read(name string) ([]byte, error) {
	if text, found := f[name]; found {
		return []byte(text), nil
	}
	return nil, fs.ErrNotExist
}

func TestParse(t *testing.T) {
	for _, test := range requirementsFiles {
		t.Run(test.name, func(t *testing.T) {
			list, findings := Read(folder{"f": test.text}, "f")
			if diff := cmp.Diff(test.want, shown(list, findings)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// includes are folders whose file `r/in.txt` is read.
var includes = []struct {
	name  string
	files folder
	want  string
}{
	{"requirements and constraints", folder{"r/in.txt": "a\n-r x/b.txt\n-c ../c.txt\nz", "r/x/b.txt": "b\n--requirement=d.txt", "r/x/d.txt": "d", "c.txt": "c<1"},
		"a (r/in.txt:1:1)\nb (r/x/b.txt:1:1)\nd (r/x/d.txt:1:1)\nz (r/in.txt:4:1)\nconstraint c<1 (c.txt:1:1)"},
	{"spellings", folder{"r/in.txt": "-rb\n--requirement d # e\n-c 'x y'\n--constraint \"q\"", "r/b": "b", "r/d": "d", "r/x y": "x", "r/q": "q"},
		"b (r/b:1:1)\nd (r/d:1:1)\nconstraint x (r/x y:1:1)\nconstraint q (r/q:1:1)"},
	{"requirements of a constraints file", folder{"r/in.txt": "-c c", "r/c": "c<1\n-r b", "r/b": "b"}, "b (r/b:1:1)\nconstraint c<1 (r/c:1:1)"},
	{"each file once", folder{"r/in.txt": "-r b\n-r d\n-c b", "r/b": "b", "r/d": "-r ./b"}, "b (r/b:1:1)\nconstraint b (r/b:1:1)"},
	{"a cycle", folder{"r/in.txt": "-r b", "r/b": "b\n  -c in.txt"}, "error r/b:2:3: r/in.txt names itself, directly or over other files"},
	{"what cannot be read", folder{"r/in.txt": "-r\n-r no.txt\n-c https://host.invalid/c\n-r /b\n-r b -c d\na -r b\n-c=b"},
		`error r/in.txt:1:1: the option -r names no file
error r/in.txt:2:1: there is no file r/no.txt
error r/in.txt:3:1: the option -c names a URL: only files can be read
error r/in.txt:4:1: the option -r names an absolute path
error r/in.txt:5:1: the option -r is followed by more than a file
error r/in.txt:6:3: the option -r follows a requirement
error r/in.txt:7:1: there is no file r/=b`},
	{"no file", folder{}, "error r/in.txt: there is no file r/in.txt"},
	{"variables", folder{"r/in.txt": "a\nb==${B} # ${C}\n# ${D}\n-r ${E}/f\ng==$G"}, `error r/in.txt:2:4: ${B} is a variable of the environment: a file must mean the same on every machine
error r/in.txt:4:4: ${E} is a variable of the environment: a file must mean the same on every machine
error r/in.txt:5:2: invalid requirement: "g==$G", column 2: a version specifier or a semicolon was expected`},
	{"places in continued lines", folder{"r/in.txt": "\\\\a \\\n  ; python_version \\\n  < 'x' and é"},
		`error r/in.txt:3:13: invalid marker: "python_version   < 'x' and é", column 28: a variable or a quoted string was expected`},
}

func TestRead(t *testing.T) {
	for _, test := range includes {
		t.Run(test.name, func(t *testing.T) {
			list, findings := Read(test.files, "r/in.txt")
			if diff := cmp.Diff(test.want, shown(list, findings)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A file that is read by itself may not name others.
func TestParseAlone(t *testing.T) {
	list, findings := Parse("f", []byte("a\n-r b"))
	if want := "error f:2:1: the option -r is not supported here"; list != nil || shown(List{}, findings) != want {
		t.Errorf("got %v, %v; want %s", list, findings, want)
	}
}

// Every option that is refused has a hint that says what to write instead.
func TestHints(t *testing.T) {
	for text, want := range map[string]string{
		"-e .":                             localPackage,
		"./a":                              localPackage,
		"--index-url https://host.invalid": ownIndex,
		"--pre":                            options["--pre"],
		"a --hash=sha256:0":                options["--hash"],
		"--no-binary :all:":                "remove it: a requirements file may hold requirements, -r and -c",
		"a=1":                              "= is not an operator, == is",
		"${A}":                             "write the value",
	} {
		if _, findings := Read(folder{"f": text}, "f"); len(findings) != 1 || findings[0].Hint != want {
			t.Errorf("%s: got %v, want the hint %q", text, findings, want)
		}
	}
}

// Many files, and large ones, are refused.
func TestBounds(t *testing.T) {
	files := folder{}
	for i := range 2 * maximumFiles {
		files[strings.Repeat("f", i+1)] = "-r " + strings.Repeat("f", i+2)
	}
	if _, findings := Read(files, "f"); len(findings) != 1 || !strings.Contains(findings[0].Message, "more than 100") {
		t.Errorf("got %v", findings)
	}
	if _, findings := Parse("f", make([]byte, MaximumSize)); len(findings) != 1 || !strings.Contains(findings[0].Message, "at most") {
		t.Errorf("got %v", findings)
	}
}

func TestDecode(t *testing.T) {
	utf16Text := func(big bool) string {
		text := utf16Little
		if big {
			text = utf16Big
		}
		for _, unit := range utf16.Encode([]rune("é🐍")) {
			if big {
				text += string([]byte{byte(unit >> 8), byte(unit)})
			} else {
				text += string([]byte{byte(unit), byte(unit >> 8)})
			}
		}
		return text
	}
	for _, c := range []struct{ name, data, want string }{
		{"UTF-8", "é🐍", "é🐍"},
		{"UTF-8 with a mark", utf8Mark + "é🐍", "é🐍"},
		{"UTF-16, little endian", utf16Text(false), "é🐍"},
		{"UTF-16, big endian", utf16Text(true), "é🐍"},
		{"UTF-32, little endian", utf32Little + "\xe9\x00\x00\x00\x0d\xf4\x01\x00", "é🐍"},
		{"UTF-32, big endian", utf32Big + "\x00\x00\x00\xe9\x00\x01\xf4\x0d", "é🐍"},
		{"a comment in the second line", "#\n# -*- coding: Latin_1 -*-\n\xe9", "#\n# -*- coding: Latin_1 -*-\né"},
		{"a comment in the third line", "#\n#\n# coding: koi8-r\n", "#\n#\n# coding: koi8-r\n"},
		{"a comment that says UTF-8", "# coding=utf-8\né", "# coding=utf-8\né"},
		{"another encoding", "#\n# coding: koi8-r\n", "f:2: error: the encoding koi8-r is not known\n  hint: save the file as UTF-8 and remove the comment"},
		{"not UTF-8", "a\né\xff", "f:2:2: error: the file is not UTF-8\n  hint: save the file as UTF-8"},
		{"a replacement character", "\ufffd", "\ufffd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, fault := Decode("f", []byte(c.data))
			if fault != nil {
				got = fault.String()
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// The time for a line with many continuations does not grow with the square of their number.
func TestContinuedLines(t *testing.T) {
	const count = 100_000
	list, findings := Parse("f", []byte("a>=1"+strings.Repeat("\\\n", count)+strings.Repeat(",>=1\\\n", count)+"\n"))
	if len(findings) > 0 || len(list) != 1 || len(list[0].Specifiers.Clauses()) != count+1 {
		t.Errorf("%d requirements, %v", len(list), findings)
	}
}

// shown returns the requirements, the constraints and the findings, one per line.
func shown(list List, findings finding.List) string {
	var lines []string
	for _, r := range list.Requires {
		lines = append(lines, r.Requirement.String()+" ("+r.Place.String()+")")
	}
	for _, r := range list.Constraints {
		lines = append(lines, "constraint "+r.Requirement.String()+" ("+r.Place.String()+")")
	}
	for _, f := range findings {
		lines = append(lines, "error "+f.Place()+": "+f.Message)
	}
	return strings.Join(lines, "\n")
}

// FuzzRead checks that requirements can be printed and parsed again, except for URLs and texts after ===, in which a `#`
// or a backslash may change its meaning, and that each finding is one line of text with a line number of the file.
func FuzzRead(f *testing.F) {
	for _, test := range requirementsFiles {
		f.Add(test.text)
	}
	for _, test := range includes {
		f.Add(test.files["r/in.txt"])
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
		list, findings := Read(folder{"f": text, "b": "b"}, "f")
		for _, fault := range findings {
			if fault.Line > len(text)+1 || fault.Line > 0 && fault.Column < 1 {
				t.Errorf("%#v", fault)
			}
		}
		var lines []string
		for _, r := range append(list.Requires, list.Constraints...) {
			line := r.Requirement.String()
			if r.URL != "" || strings.Contains(line, "===") {
				return
			}
			lines = append(lines, line)
		}
		again, findings := Parse("f", []byte(strings.Join(lines, "\n")))
		if len(findings) > 0 || len(again) != len(lines) {
			t.Fatalf("printed, it is %d requirements instead of %d: %v", len(again), len(lines), findings)
		}
		for i := range again {
			if again[i].Requirement.String() != lines[i] {
				t.Errorf("got %s, want %s", again[i].Requirement, lines[i])
			}
		}
	})
}

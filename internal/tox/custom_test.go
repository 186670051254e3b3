package tox

import (
	"bytes"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
)

// sections are what somebody may write: environments and settings of other tools, with unusual line ends and blanks.
const sections = "\n# ours\n[testenv:mypy]\nbase = ours\ndeps =\n    mypy==1.18.2\n    py3.13: web==0.1  \r\ncommands = mypy\n" +
	"labels = static, web-static\n\n[ours]\nskip_install = true\n[testenv:py3.1{3,4}-extra]\n\t# indented\n\tcommands=python -c ''\n\n[flake8]\nmax-line-length: 100\n\n\n"

// marked returns a text between the marks.
func marked(text string) string { return beginCustom + "\n" + text + endCustom + "\n" }

// small parses the archive of the golden test.
func small(t *testing.T) (*config.Config, *matrix.Matrix) {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", "small.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	return project(t, archive)
}

// render renders over a file.
func render(t *testing.T, c *config.Config, m *matrix.Matrix, before string) ([]byte, error) {
	t.Helper()
	return Render(t.Context(), c, m, lock.Lock{}, nil, ReadCustom([]byte(before)), embedded)
}

// TestCustomStays checks that what is between the marks stays byte for byte, at the end of the file, wherever it was, and
// that tox would read the same environments and pins as without it.
func TestCustomStays(t *testing.T) {
	c, m := small(t)
	plain, err := render(t, c, m, "")
	if err != nil {
		t.Fatal(err)
	}
	text := string(plain)
	middle := strings.Index(text, "\n[testenv]\n")
	for _, test := range []struct{ name, before, want string }{
		{"no marks", text, ""},
		{"at the end", text + "\n" + marked(sections), sections},
		{"without an empty line before", text + marked(sections), sections},
		{"empty lines after it", text + marked(sections) + "\n\n", sections},
		{"between two sections", text[:middle] + "\n" + marked(sections) + text[middle:], sections},
		{"in the middle of a value", strings.Replace(text, "\ndeps =\n", "\ndeps =\n"+marked(sections), 1), sections},
		{"nothing between the marks", text + marked(""), ""},
		{"comments alone", text + marked("# nothing yet\n\n"), "# nothing yet\n\n"},
		{"marks with CRLF", text + strings.ReplaceAll(marked("[a]\nb = c\n"), "\n", "\r\n"), "[a]\r\nb = c\r\n"},
		{"blanks after a mark", text + beginCustom + " \t\n[a]\nb = c\n" + endCustom + " \n", "[a]\nb = c\n"},
		{"all of it with CRLF", strings.ReplaceAll(text+marked("[a]\nb = c\n"), "\n", "\r\n"), "[a]\r\nb = c\r\n"},
		{"no line end after the mark", text + strings.TrimSuffix(marked("[a]\nb = c\n"), "\n"), "[a]\nb = c\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := text
			if test.name != "no marks" {
				want = text + "\n" + marked(test.want)
			}
			got, err := render(t, c, m, test.before)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, string(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if again, err := render(t, c, m, string(got)); err != nil || !bytes.Equal(got, again) {
				t.Errorf("another run: %v, changed %v", err, !bytes.Equal(got, again))
			}
			before, after := lockOf(t, text), lockOf(t, test.before)
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("the lock (-want +got)\n%s", diff)
			}
		})
	}
}

// lockOf returns what a tox.ini pins.
func lockOf(t *testing.T, text string) []string {
	t.Helper()
	l, _, fault := readLock([]byte(text))
	if fault != nil {
		t.Fatal(fault)
	}
	return pinTexts(l)
}

// TestCustomIsNoLock checks that pins between the marks are nobody's, and that the pins after them have their lines.
func TestCustomIsNoLock(t *testing.T) {
	const (
		above = "[tox]\nenv_list = py3.13-a\n\n"
		pins  = "[testenv]\ndeps =\n    a==1.0\n    c==1.0\n"
		own   = "[testenv:x]\ndeps =\n    a==2.0\n    b==2.0\n"
		none  = "\x1f[\n= \n    lone==3.0\n"
	)
	for _, test := range []struct {
		name, text string
		want       []string
		line       int // of c
	}{
		{"before the pins", above + marked(own) + pins, []string{"py3.13-a: a==1.0 c==1.0"}, 13},
		{"after the pins", above + pins + marked(own), []string{"py3.13-a: a==1.0 c==1.0"}, 7},
		{"among the pins", above + strings.Replace(pins, "    c", marked(own)+"    c", 1), []string{"py3.13-a: a==1.0 c==1.0"}, 13},
		{"what is no ini file", above + pins + marked(none), []string{"py3.13-a: a==1.0 c==1.0"}, 7},
		{"without an end", above + pins + beginCustom + "\n" + own, []string{"py3.13-a: a==1.0 c==1.0"}, 7},
		{"in a file that is no ini file", above + pins + marked(own) + "[\n", []string{"py3.13-a: a==1.0 c==1.0"}, 7},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, _, _ := readLock([]byte(test.text))
			if diff := cmp.Diff(test.want, pinTexts(l)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			lines := FindPins([]byte(test.text))
			if got := lines.Line("py3.13-a", "c"); got != test.line {
				t.Errorf("c is pinned in line %d, not %d", got, test.line)
			}
			if got := lines.Line("py3.13-a", "b"); got != 0 {
				t.Errorf("b is pinned in line %d", got)
			}
		})
	}
}

// TestCustomFaults checks what is refused, each with its line, counted from the first mark, and a hint.
func TestCustomFaults(t *testing.T) {
	c, m := small(t)
	plain, err := render(t, c, m, "")
	if err != nil {
		t.Fatal(err)
	}
	first := bytes.Count(plain, []byte("\n"))
	for _, test := range []struct {
		name, text string
		line       int
		want       string
	}{
		{"no end", beginCustom + "\n[a]\nb = c\n", 1, "has no end"},
		{"no beginning", "[a]\nb = c\n" + endCustom + "\n", 3, "has no beginning"},
		{"two ends", marked("") + endCustom + "\n", 3, "has no beginning"},
		{"two beginnings", beginCustom + "\n" + marked(""), 2, "is there twice"},
		{"two regions", marked("") + marked(""), 3, "is there twice"},
		{"a mistyped mark", "# toxgen: begin own sections\n[a]\nb = c\n", 1, "is not a mark of toxgen"},
		{"a mark in another case", "#Toxgen: Begin Custom Sections\n", 1, "is not a mark of toxgen"},
		{"a mistyped end", beginCustom + "\n# toxgen: end\n", 2, "is not a mark of toxgen"},

		{"the shared section", marked("[testenv]\ndeps = x\n"), 2, "section [testenv] would change every generated environment"},
		{"the core section", marked("\n[tox]\nrequires = x\n"), 3, "section [tox] would change"},
		{"the section of builds", marked("[pkgenv]\ndeps = x\n"), 2, "section [pkgenv] would change"},
		{"defaults", marked("# c\n[DEFAULT]\ndeps = x\n"), 3, "section [DEFAULT] would change every section"},
		{"a generated environment", marked("[a]\nb = c\n\n[testenv:py3.13-web-v3.1]\nb = c\n"), 5, "would change the generated environment py3.13-web-v3.1"},
		{"an alias", marked("[testenv:py3.13-web2-latest]\n"), 2, "would change the generated environment py3.13-web2-latest"},
		{"an environment named as its suite", marked("[testenv:docs]\n"), 2, "would change the generated environment docs"},
		{"a generated environment among others", marked("[testenv:x, py3.1{2,3}-{web, web2}-v{0.1,3.1}]\n"), 2, "would change the generated environment py3.13-web-v3.1"},
		{"a range with a generated environment", marked("[testenv:py3.{12-14}-web-v3.1]\n"), 2, "would change the generated environment py3.13-web-v3.1"},
		{"an open range", marked("[testenv:py3.{12-}-web-v3.1]\n"), 2, "toxgen cannot tell which environments"},
		{"a blank in front", marked("[testenv: lint]\n"), 2, "would change the generated environment lint"},
		{"text behind the section", marked("[testenv:lint] # mine\n"), 2, "would change the generated environment lint"},
		{"an indented section", marked("[a]\n  [testenv:lint]\n"), 3, "would change the generated environment lint"},
		{"a section after an old line end", marked("[a]\n# c\r[testenv:lint]\n"), 4, "would change the generated environment lint"},
		{"a section that tox takes for [testenv]", marked("[testenv:testenv]\n"), 2, "section [testenv:testenv] would change other environments"},
		{"one that tox takes for [tox]", marked("[testenv:{tox,x}]\n"), 2, "would change other environments"},
		{"the environment of builds", marked("[testenv:.pkg]\n"), 2, "would change other environments"},
		{"one of a build on one Python", marked("[testenv:.pkg-cpython313]\n"), 2, "would change other environments"},

		{"a line before the first section", marked("deps = x\n[a]\n"), 2, "before the first section"},
		{"an indented line before the first section", marked("    x\n[a]\n"), 2, "before the first section"},
		{"the first section is indented", marked("\n  [a]\n  b = c\n"), 3, "continues the generated lines"},
		{"a section twice", marked("[a]\n[a]\n"), 3, `the section "a" appears twice`},
		{"an environment in two sections", marked("[testenv:a]\n[testenv:{b,a}]\n"), 3, "the environment a has a section in line"},
		{"a key twice", marked("[a]\nb = c\nb = d\n"), 4, `the option "b" appears twice`},
		{"a key twice, for tox", marked("[a]\nb = c\nB = d\n"), 4, `for tox the option "b" appears twice`},
		{"no key", marked("[a]\nb\n"), 3, "neither a section nor an option"},
		{"a control character", marked("[a]\nb = c\x0bd\n"), 3, "not printable"},
		{"no UTF-8", marked("[a]\n\n# \xff\n"), 4, "not UTF-8"},

		{"the label of a suite", marked("[testenv:a]\nlabels = x, web\n"), 3, "the generated label web would select this environment"},
		{"the label of a row", marked("[testenv:a]\nLabels =\n    x\n    ai-py3.13\n"), 5, "the generated label ai-py3.13 would select"},
		{"a label with a condition", marked("[testenv:a]\nlabels =\n    py3.13: web # c\n"), 4, "the generated label web would select"},
		{"a label in a section that others inherit", marked("[a]\nlabels = web\n[testenv:b]\nbase = a\n"), 3, "the generated label web would select"},
		{"a label that is not written out", marked("[testenv:a]\nlabels = {[b]x}\n"), 3, "toxgen cannot tell which labels"},
		{"a label on two lines", marked("[testenv:a]\nlabels = we\\\n  b\n"), 3, "toxgen cannot tell which labels"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := render(t, c, m, string(plain)+test.text)
			faults, isFaults := errors.AsType[Faults](err)
			if !isFaults {
				t.Fatalf("the error is %v", err)
			}
			if f := faults[0]; f.Line != first+test.line || !strings.Contains(f.Message, test.want) || f.Hint == "" {
				t.Errorf("got line %d of the sections, %q, hint %q", f.Line-first, f.Message, f.Hint)
			}
		})
	}
}

// TestCustomMerges checks what stays of an unfinished merge.
func TestCustomMerges(t *testing.T) {
	const (
		ours, theirs, base = "[a]\nb = ours\n", "[a]\nb = theirs\n", "[a]\nb = base\n"
		generated          = "# Made\n[tox]\n"
		marks              = "both sides of an unfinished merge"
	)
	conflict := func(ours, base, theirs string) string {
		if base != "-" {
			base = "||||||| base\n" + base
		} else {
			base = ""
		}
		return "<<<<<<< HEAD\n" + ours + base + "=======\n" + theirs + ">>>>>>> other\n"
	}
	for _, test := range []struct {
		name, text, want string
		line             int
		fault            string
	}{
		{"a conflict elsewhere", generated + conflict("x\n", "-", "y\n") + marked(ours), ours, 8, ""},
		{"a conflict after it", generated + marked(ours) + conflict("x\n", "-", "y\n"), ours, 7, ""},
		{"between the marks", generated + beginCustom + "\n" + conflict(ours, "-", theirs) + endCustom + "\n", ours, 4, marks},
		{"the marks as well", generated + conflict(marked(ours), "-", marked(theirs)), ours, 8, marks},
		{"one mark as well", generated + conflict("x\n"+beginCustom+"\n"+ours, "-", "y\n"+beginCustom+"\n"+theirs) + endCustom + "\n", ours, 8, marks},
		{"both changed it", generated + conflict(marked(ours), marked(base), marked(theirs)), ours, 8, marks},
		{"both added it", generated + conflict(marked(ours), "", marked(theirs)), ours, 8, marks},
		{"both removed it", generated + conflict("", marked(base), ""), "", 0, ""},
		{"both did the same", generated + conflict("x\n"+marked(ours), "-", "y\n"+marked(ours)), ours, 9, ""},
		{"one side changed it", generated + conflict(marked(base), marked(base), "x\n"+marked(theirs)), theirs, 8, ""},
		{"the other side changed it", generated + conflict(marked(ours), marked(base), "x\n"+marked(base)), ours, 8, ""},
		{"one side added it", generated + conflict("x\n", "y\n", marked(theirs)), theirs, 12, ""},
		{"one side removed it", generated + conflict("x\n", marked(base), marked(base)), "", 0, ""},
		{"one side removed it, the other changed it", generated + conflict("", marked(base), marked(theirs)), "", 9, marks},
		{"one side has it", generated + conflict("x\n", "-", marked(theirs)), theirs, 10, ""},
		{"the other side has it", generated + conflict(marked(ours), "-", "x\n"), ours, 8, ""},
		{"a side without an end", generated + conflict(beginCustom+"\n"+ours, "-", "x\n"), ours, 7, "has no end"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ReadCustom([]byte(test.text))
			fault, line := "", got.line
			if len(got.faults) > 0 {
				fault, line = got.faults[0].Message, got.faults[0].Line
			}
			if string(got.text) != test.want || (fault == "") != (test.fault == "") || !strings.Contains(fault, test.fault) {
				t.Errorf("kept %q, fault %q", got.text, fault)
			}
			if line != test.line {
				t.Errorf("line %d, not %d", line, test.line)
			}
		})
	}
}

// TestCustomOfTemplates checks that a template writes no marks, no section that people wrote, and no label that selects
// their environments.
func TestCustomOfTemplates(t *testing.T) {
	c, m := small(t)
	usual, err := embedded(TemplateName)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, template, text, want string }{
		{"the marks", usual + marked(""), "", "a line begins with `# toxgen:`"},
		{"the same section", usual + "\n[flake8]\nmax-line-length = 80\n", "[flake8]\nmax-line-length = 100\n", "section [flake8] is in the generated part as well"},
		{"a label by factor", strings.Replace(usual, "\ndeps =", "\nlabels =\n    other: web\ndeps =", 1), "[testenv:py3.13-other]\n", "the generated label web would select"},
		{"no such label", strings.Replace(usual, "\ndeps =", "\nlabels =\n    other: web\ndeps =", 1), "[testenv:py3.13-other]\nlabels = x\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Render(t.Context(), c, m, lock.Lock{}, nil, ReadCustom([]byte(marked(test.text))), func(string) (string, error) { return test.template, nil })
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}

// FuzzCustom checks that what is kept of a file is kept of the result, and that of both, the generated lines are the same.
func FuzzCustom(f *testing.F) {
	f.Add([]byte("# Made\n[tox]\n" + marked(sections)))
	f.Add([]byte("<<<<<<< a\n" + marked("[a]\n") + "=======\n" + marked("[b]\n") + ">>>>>>> b\n"))
	f.Add([]byte("=======\n# toxgen: beginning\n"))
	f.Add([]byte(beginCustom + "\r\n[a]\r" + beginCustom + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := ReadCustom(data)
		if len(c.faults) > 0 {
			if !slices.ContainsFunc(c.faults, func(f Fault) bool { return f.Line > 0 && f.Message != "" && f.Hint != "" }) {
				t.Errorf("the faults are %v", c.faults)
			}
			return
		}
		result := c.after([]byte("# Made\n"))
		again := ReadCustom(result)
		if !bytes.Equal(c.text, again.text) || len(again.faults) > 0 {
			t.Errorf("%q is kept, and then %q, %v", c.text, again.text, again.faults)
		}
		if rest := bytes.TrimRight(generated(result), "\n"); string(rest) != "# Made" {
			t.Errorf("of the result the generated part is %q", rest)
		}
	})
}

package metadata

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/pep508"
	"toxgen/internal/python"
)

func TestParseRequires(t *testing.T) {
	for _, c := range []struct {
		name, in         string
		requires, extras []string
	}{
		{"empty", "", nil, nil},
		{"plain", "a>=1\r\n\n# comment\n  b [x] <2  # because\n", []string{"a>=1", "b [x] <2"}, nil},
		{"extra", "a\n\n[Test_Ing]\nb\nc; python_version < \"3\"\n\n[docs]\n\n[Test_Ing]\nd\n",
			[]string{"a", `b; extra == "Test_Ing"`, `c; python_version < "3" and extra == "Test_Ing"`, `d; extra == "Test_Ing"`},
			[]string{"Test_Ing", "docs"}},
		{"marker", "[:python_version<\"3\"]\na\n", []string{`a; python_version<"3"`}, nil},
		{"marker with or", "[:os_name=='b' or os_name=='c']\na\n", []string{"a; os_name=='b' or os_name=='c'"}, nil},
		{"extra and marker", "[x:sys_platform==\"a\" or os_name==\"b\"]\na\nb ; os_name!='c'\n",
			[]string{`a; (sys_platform=="a" or os_name=="b") and extra == "x"`,
				`b; os_name!='c' and (sys_platform=="a" or os_name=="b") and extra == "x"`}, []string{"x"}},
		{"or without blanks", "[x]\na; 'b'<=python_version or'c'==os_name\n",
			[]string{`a; ('b'<=python_version or'c'==os_name) and extra == "x"`}, []string{"x"}},
		{"URL", "[x]\na @ https://b.c/d;e\nf @ https://g.h\t; os_name=='i'\n",
			[]string{`a @ https://b.c/d;e ; extra == "x"`, `f @ https://g.h ; os_name=='i' and extra == "x"`}, []string{"x"}},
		{"no URL", "[x]\na;os_name=='@'\n", []string{`a; os_name=='@' and extra == "x"`}, []string{"x"}},
		{"empty sections", "[]\na\n[:]\nb\n[x:]\nc\n", []string{"a", "b", `c; extra == "x"`}, []string{"x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			requires, extras, err := ParseRequires([]byte(c.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([][]string{c.requires, c.extras}, [][]string{requires, extras}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	want := `requires.txt: the section header "[x" does not end with a bracket`
	if requires, _, err := ParseRequires([]byte("a\n[x\nb\n")); err == nil || err.Error() != want {
		t.Errorf("got %q, %v, want %s", requires, err, want)
	}
}

// A small file that expands to large requirements is rejected, and many sections do not take quadratic time.
func TestParseRequiresIsBounded(t *testing.T) {
	want := "requires.txt: the requirements, with the conditions of their sections, are larger than 8 MiB"
	if _, _, err := ParseRequires([]byte("[x:" + strings.Repeat(" ", 1<<18) + "os_name=='a']\n" + strings.Repeat("a\n", 1<<18))); err != nil {
		t.Errorf("blanks count: %v", err)
	}
	_, _, err := ParseRequires([]byte("[x:os_name=='" + strings.Repeat("a", 1<<18) + "']\n" + strings.Repeat("a\n", 1<<18)))
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	var sections strings.Builder
	const count = 300_000
	for i := range count {
		fmt.Fprintf(&sections, "[x%d]\n", i)
	}
	if _, extras, err := ParseRequires([]byte(sections.String())); err != nil || len(extras) != count {
		t.Errorf("%d extras, %v", len(extras), err)
	}
}

// FuzzAddCondition checks that a requirement of a section holds where both its own marker and the condition of the
// section hold.
func FuzzAddCondition(f *testing.F) {
	f.Add("a", "", "")
	f.Add("a>=1;os_name=='b'or python_version>'3'", "x", "sys_platform=='linux'or os_name=='b'")
	f.Add("a @ https://b;c ; os_name=='@'", "x-y", "")
	f.Add("a;os_name=='@'", "", "'a'=='b'")
	f.Add("typing>=3.5.3", "", `python_version < "3.5"`)      // mypy-extensions 0.4.4
	f.Add("pyreadline>=1.7.1", "", `sys_platform == "win32"`) // dill 0.2.9
	f.Add("importlib-metadata (>=3.6.0) ; python_version < '3.10'", "async", "platform_system != 'Windows' or extra == 'dotenv'")
	e := pep508.NewEnvironment(python.Version{Major: 3, Minor: 9, Patch: 1}.On(python.Platform{System: "linux", Machine: "x86_64"}))
	f.Fuzz(func(t *testing.T, line, extra, marker string) {
		own, err := pep508.ParseRequirement(line)
		if err != nil || extra != "" && !pep508.ValidName(extra) || strings.Contains(line, "\t") {
			return
		}
		var section *pep508.Marker
		if marker != "" {
			if section, err = pep508.ParseMarker(marker); err != nil {
				return
			}
		}
		text := addCondition(line, extra, marker)
		got, err := pep508.ParseRequirement(text)
		if err != nil {
			t.Fatalf("%q in [%s:%s] is %q: %v", line, extra, marker, text, err)
		}
		if got.Name != own.Name || got.URL != own.URL || got.Specifiers.String() != own.Specifiers.String() ||
			!slices.Equal(got.Extras, own.Extras) {
			t.Errorf("%q in [%s:%s] is %q", line, extra, marker, text)
		}
		for _, asked := range []string{"", extra, "other"} {
			a, errA := own.Marker.Evaluate(e, asked)
			b, errB := section.Evaluate(e, asked)
			want := a && b && (extra == "" || pep508.NormalizeName(extra) == pep508.NormalizeName(asked))
			holds, err := got.Marker.Evaluate(e, asked)
			if (err != nil) != (errA != nil || errB != nil) || err == nil && holds != want {
				t.Errorf("%q in [%s:%s] is %q, with extra %q: got %v, %v, want %v, %v, %v",
					line, extra, marker, text, asked, holds, err, want, errA, errB)
			}
		}
	})
}

package pep508

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"toxgen/internal/python"
	"toxgen/internal/vectors"
)

// The seed corpus is every n-th row of the tables.
const (
	requirementStep = 15
	markerStep      = 10
)

// FuzzNormalizeName checks that normalising is idempotent and that the normal form of a valid name is one.
func FuzzNormalizeName(f *testing.F) {
	for _, row := range vectors.Read[struct{ Cases [][4]any }](f, "names").Cases {
		f.Add(row[0].(string))
	}
	for _, name := range []string{"Foo.Bar", "foo__-.bar", "-a-", "a", "", "ÄB", "İ", "zope.interface", "\xff", "a\n"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		key := NormalizeName(name)
		if again := NormalizeName(key); again != key {
			t.Errorf("the normal form of %q is %q, and the normal form of that is %q", name, key, again)
		}
		if ValidName(name) && !IsNormalizedName(key) {
			t.Errorf("%q is a valid name and its normal form %q is not one", name, key)
		}
		if IsNormalizedName(name) && (!ValidName(name) || key != name) {
			t.Errorf("%q is a normal form: valid %v, its own normal form %q", name, ValidName(name), key)
		}
	})
}

// FuzzParseRequirement checks that a printed requirement parses to the same requirement, and that errors have a position
// in the text.
func FuzzParseRequirement(f *testing.F) {
	table := vectors.Read[struct {
		Valid   [][6]any
		Invalid []string
	}](f, "requirements")
	for i := 0; i < len(table.Valid); i += requirementStep {
		f.Add(table.Valid[i][0].(string))
	}
	for _, text := range table.Invalid {
		f.Add(text)
	}
	for _, text := range []string{
		"requests[security, socks] (>=2.8.1, ==2.8.*) ; python_version < '2.7'",
		"name[a,b] @ https://x.y/z.whl;a ; os_name == 'nt'", "name@https://x.y#egg", "A.B-C_D", "demo===x,y",
		"name===;extra=='x'", "name=== any", "name[]", "name[ ]", "name[a,a]>=1,>=1.0", "name;", "name ; 'a' in extras",
		"name (>=1", "name(>=1)(<2)", "näme", "name\n", "foo==1.0 # comment", "name[a]b", "n!=1.*",
		"setuptools (>=18.5decorator)", `name; "\x27" == os_name`, "0_",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRequirement(text)
		if err != nil {
			checkError(t, text, err)
			return
		}
		again, err := ParseRequirement(r.String())
		if err != nil || again.String() != r.String() {
			t.Fatalf("%q prints %q, which reads as %q, %v", text, r, again, err)
		}
		if r.Name != again.Name || !slices.Equal(r.Extras, again.Extras) || r.Specifiers.String() != again.Specifiers.String() ||
			r.URL != again.URL ||
			(r.Marker == nil) != (again.Marker == nil) {
			t.Errorf("%q prints %q, which differs: %+v, %+v", text, r, r, again)
		}
		if !ValidName(r.Name + "x") { // as in packaging, the grammar alone lets a name end with `_`
			t.Errorf("%q has the name %q", text, r.Name)
		}
	})
}

// checkError checks that a syntax error has a position in the text and is one line.
func checkError(t *testing.T, text string, err error) {
	var syntax *SyntaxError
	if errors.As(err, &syntax) && (syntax.Input != text || syntax.Offset < 0 || syntax.Offset > len(text)) {
		t.Errorf("%q: the error is at %d of %q", text, syntax.Offset, syntax.Input)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("%q: the error has lines: %v", text, err)
	}
}

// FuzzParseMarker checks that a printed marker parses to a marker with the same results.
func FuzzParseMarker(f *testing.F) {
	table := vectors.Read[struct {
		Cases   []struct{ Marker string }
		Invalid []string
	}](f, "markers")
	for i := 0; i < len(table.Cases); i += markerStep {
		f.Add(table.Cases[i].Marker, "foo-bar")
	}
	for _, marker := range table.Invalid {
		f.Add(marker, "")
	}
	for _, marker := range []string{
		"python_version >= '3.8' and (os_name == 'posix' or extra == 'Foo_Bar')", "((('a'==os_name)))",
		"'2.7' not  in python_version", "'3.6'inpython_version", "python_full_version ~= '3.9.1' or platform_release<'5'",
		"os.name == 'nt'", "python_implementation === 'CPython'", "extra == python_version",
		"'a' in extras or 'b' in dependency_groups", `os_name == "it's"`, `os_name == "\x22'"`, `os_name == '\\d\101\u00e9'`,
		"os_name == '\\\n'", `os_name == "\N{BULLET}"`, "implementation_version == '3.*'", "python_version in '3.8 3.9'",
		"platform_version == 'x' and", "'a' == 'b'", "extra~='a'", "os_name<='posix'and'x'=='y'", "(((((((((((os_name=='a'",
		"python_version==='3.9'", "os_name == '\xff'",
	} {
		f.Add(marker, "foo-bar")
	}
	environments := []*Environment{
		NewEnvironment(python.Version{Major: 3, Minor: 9, Patch: 1}.On(python.Platform{System: "linux", Machine: "x86_64"})),
		NewEnvironment(python.Version{Major: 3, Minor: 14, Patch: 4, FreeThreaded: true}.On(python.Platform{System: "linux", Machine: "aarch64"})),
		EnvironmentOf(map[string]string{"python_full_version": "3.15.0a1+", "platform_release": "6.1.0-18-amd64"}),
	}
	f.Fuzz(func(t *testing.T, marker, extra string) {
		m, err := ParseMarker(marker)
		if err != nil {
			checkError(t, marker, err)
			return
		}
		again, err := ParseMarker(m.String())
		if err != nil || again.String() != m.String() || again.Comparisons() != m.Comparisons() {
			t.Fatalf("%q prints %q, which reads as %q, %v", marker, m, again, err)
		}
		row := evaluateAll(m, environments, extra)
		if got := evaluateAll(again, environments, extra); got != row {
			t.Errorf("%q with extra %q: got %s, printed as %q and read again %s", marker, extra, row, m, got)
		}
		names, open := m.Extras()
		if other := evaluateAll(m, environments, ""); !open && !slices.Contains(names, NormalizeName(extra)) && !slices.Contains(names, "") && other != row {
			t.Errorf("%q does not distinguish %q; with it: got %s, without: %s", marker, extra, row, other)
		}
	})
}

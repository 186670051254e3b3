package pep508

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"toxgen/internal/python"
)

var platform = python.Platform{System: "linux", Machine: "x86_64", Libc: python.Libc{Family: "glibc", Major: 2, Minor: 28}}

func TestNewEnvironment(t *testing.T) {
	all := map[string]string{"implementation_name": "cpython", "implementation_version": "3.14.4", "platform_python_implementation": "CPython",
		"platform_release": "", "platform_version": "", "python_full_version": "3.14.4", "python_version": "3.14"}
	for _, c := range []struct {
		platform                                     python.Platform
		osName, sysPlatform, platformSystem, machine string
	}{
		{platform, "posix", "linux", "Linux", "x86_64"},
		{python.Platform{System: python.Windows, Machine: "amd64"}, "nt", "win32", "Windows", "AMD64"},
		{python.Platform{System: python.Windows, Machine: "arm64"}, "nt", "win32", "Windows", "ARM64"},
		{python.Platform{System: python.Windows, Machine: "x86"}, "nt", "win32", "Windows", "AMD64"},
		{python.Platform{System: python.MacOS, Machine: "arm64", Version: python.MacOSVersion{Major: 14}}, "posix", "darwin", "Darwin", "arm64"},
		{python.Platform{System: python.MacOS, Machine: "x86_64", Version: python.MacOSVersion{Major: 13}}, "posix", "darwin", "Darwin", "x86_64"},
	} {
		t.Run(c.platform.String(), func(t *testing.T) {
			e := NewEnvironment(python.Version{Major: 3, Minor: 14, Patch: 4, FreeThreaded: true}.On(c.platform))
			want := maps.Clone(all)
			want["os_name"], want["sys_platform"], want["platform_system"], want["platform_machine"] = c.osName, c.sysPlatform, c.platformSystem, c.machine
			for name, value := range want {
				marker := fmt.Sprintf("%s == %q", name, value)
				m, err := ParseMarker(marker)
				if err != nil {
					t.Fatal(err)
				}
				if holds, err := m.Evaluate(e, ""); !holds || err != nil {
					t.Errorf("%s: got %v, %v", marker, holds, err)
				}
			}
		})
	}
}

// TestPrerelease compares with what packaging 26.4 answers for an interpreter whose platform.python_version() is 3.15.0rc2
// and whose sys.implementation.version has the release level candidate.
func TestPrerelease(t *testing.T) {
	candidate := python.Version{Major: 3, Minor: 15, Prerelease: python.Prerelease{Stage: "rc", Number: 2}}
	for marker, want := range map[string]bool{
		"python_version >= '3.15'": true, "python_version < '3.15'": false,
		"python_full_version >= '3.15'": false, "python_full_version < '3.15'": false, "python_full_version <= '3.15'": true,
		"python_full_version < '3.15.0'": false, "python_full_version == '3.15.*'": true, "python_full_version != '3.15.0'": true,
		"python_full_version > '3.15.0rc1'": true, "python_full_version ~= '3.15.0rc1'": true, "python_full_version == '3.15.0c2'": true,
		"python_full_version === '3.15.0rc2'": true, "python_full_version === '3.15.0c2'": false,
		"python_full_version > '3.14'": true, "python_full_version in '3.15.0rc2 3.15.0rc1'": true,
		"implementation_version == '3.15.0rc2'": true, "implementation_version in '3.15.0rc2'": false, "implementation_version in '3.15.0c2'": true,
	} {
		m, err := ParseMarker(marker)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := m.Evaluate(NewEnvironment(candidate.On(platform)), ""); got != want || err != nil {
			t.Errorf("%s: got %v, %v, want %v", marker, got, err, want)
		}
	}
}

func TestNoMarker(t *testing.T) {
	var m *Marker
	holds, err := m.Evaluate(NewEnvironment(python.Version{Major: 3, Minor: 8}.On(platform)), "x")
	if names, open := m.Extras(); !holds || err != nil || names != nil || open || m.Comparisons() != 0 {
		t.Errorf("got %v, %v, the extras %q, open %v, %d comparisons", holds, err, names, open, m.Comparisons())
	}
}

func TestExtras(t *testing.T) {
	for _, c := range []struct {
		marker      string
		want        []string
		open        bool
		comparisons int
	}{
		{`python_version >= "3.8"`, nil, false, 1},
		{`extra == "B_b" or (os_name == "nt" and "a" != extra) or extra == "b.b"`, []string{"a", "b-b"}, false, 4},
		{`extra in "a.b"`, []string{"a-b"}, true, 1},
		{`"a" not in extra`, []string{"a"}, true, 1},
	} {
		m, err := ParseMarker(c.marker)
		if err != nil {
			t.Fatal(err)
		}
		if got, open := m.Extras(); !slices.Equal(got, c.want) || open != c.open || m.Comparisons() != c.comparisons {
			t.Errorf("%s: got %q, open %v, %d comparisons, want %q, %v, %d", c.marker, got, open, m.Comparisons(), c.want, c.open, c.comparisons)
		}
	}
}

// Strings that packaging prints in a form that does not parse again are escaped here.
func TestMarkerString(t *testing.T) {
	for _, c := range []struct{ marker, want string }{
		{`os_name == 'a"b'`, `os_name == 'a"b'`},
		{`os_name == "it's"`, `os_name == "it's"`},
		{`os_name == "\x22'"`, `os_name == '"\x27'`},
		{`os_name == 'a\\b\d'`, `os_name == "a\\b\\d"`},
		{`os_name == 'a\nb\r\0'`, `os_name == "a\nb\r\x00"`},
		{`os_name == '\101\x42\u0043\U00000044\t'`, "os_name == \"ABCD\t\""},
		{`(os_name == "a" or (os_name == "b")) and ((os_name == "c"))`, `(os_name == "a" or os_name == "b") and os_name == "c"`},
		{`((os_name == "a" or os_name == "b"))`, `os_name == "a" or os_name == "b"`},
		{`os.name == "a" and python_implementation == "b"`, `os_name == "a" and platform_python_implementation == "b"`},
		{`extra == "Foo__Bar"`, `extra == "foo-bar"`},
	} {
		t.Run(c.marker, func(t *testing.T) {
			m, err := ParseMarker(c.marker)
			if err != nil {
				t.Fatal(err)
			}
			if got := m.String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestSyntaxErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `"", column 1: a package name was expected`},
		{"name[a", `"name[a", column 7: a comma or ` + "`]` was expected"},
		{"name[a,]", `"name[a,]", column 8: the name of an extra was expected after the comma`},
		{"name @ ", `"name @ ", column 8: a URL was expected after ` + "`@`"},
		{"name (>=1", `"name (>=1", column 10: a version specifier, a comma or ` + "`)` was expected"},
		{"name 1.0", `"name 1.0", column 6: a version specifier or a semicolon was expected`},
		{"é", `"é", column 1: a package name was expected`},
		{"name; 'é' == x", `"name; 'é' == x", column 14: a variable or a quoted string was expected`},
		{"name; os_name 'x'", `"name; os_name 'x'", column 15: an operator was expected: <, <=, ==, ===, !=, >=, >, ~=, in or not in`},
		{"name; os_name not 'x'", `"name; os_name not 'x'", column 19: ` + "` in` was expected after `not`"},
		{"name; (os_name=='x'", `"name; (os_name=='x'", column 20: ` + "`and`, `or` or `)` was expected"},
		{"name; os_name=='x' y", `"name; os_name=='x' y", column 20: ` + "`and`, `or` or the end was expected"},
		{`name; os_name=='\x'`, `"name; os_name=='\\x'", column 16: the quoted string is invalid`},
	} {
		t.Run(c.text, func(t *testing.T) {
			if _, err := ParseRequirement(c.text); err == nil || err.Error() != c.want {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestEvaluationErrors(t *testing.T) {
	e := NewEnvironment(python.Version{Major: 3, Minor: 8}.On(platform))
	for _, c := range []struct{ marker, want string }{
		{"'a' == 'b'", `"b" has no value in an environment`},
		{"'a' in extras", `extras has no value in an environment`},
		{"os_name ~= 'x'", `~= cannot compare the strings "posix" and "x"`},
		{"os_name == 'posix' or os_name === 'x'", `=== cannot compare the strings "posix" and "x"`},
	} {
		t.Run(c.marker, func(t *testing.T) {
			m, err := ParseMarker(c.marker)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.Evaluate(e, ""); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// Parsing untrusted text takes time linear in its length. With quadratic time this test would not finish.
func TestBoundedWork(t *testing.T) {
	const many = 1 << 18
	for _, c := range []struct {
		name, text string
		valid      bool
	}{
		{"name", strings.Repeat("a", many), true},
		{"separators", "a" + strings.Repeat("-", many), false},
		{"extras", "a[b" + strings.Repeat(",b", many) + "]", true},
		{"clauses", "a" + strings.Repeat(">=1,", many/16) + "<2", true},
		{"blanks", "a" + strings.Repeat(" ", many) + ">=1", true},
		{"word", "a; " + strings.Repeat("x", many), false},
		{"dots", "a; os" + strings.Repeat(".", many), false},
		{"text", "a; os_name=='" + strings.Repeat(`\x41`, many) + "'", true},
		{"terms", "a; os_name=='x'" + strings.Repeat("or os_name=='x'", many/16), true},
		{"parentheses", "a; " + strings.Repeat("(", many), false},
		{"nested", "a; " + strings.Repeat("(", maximumDepth) + "os_name=='x' or os_name=='y'" + strings.Repeat(")", maximumDepth), true},
		{"too deep", "a; " + strings.Repeat("(", maximumDepth+1) + "os_name=='x'" + strings.Repeat(")", maximumDepth+1), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := ParseRequirement(c.text)
			if (err == nil) != c.valid {
				t.Fatalf("valid: got %v, want %v", err == nil, c.valid)
			}
			if _, again := ParseRequirement(r.String()); c.valid && again != nil {
				t.Errorf("printed it is invalid: %.200s", again)
			}
			if _, err := r.Marker.Evaluate(NewEnvironment(python.Version{Major: 3, Minor: 8}.On(platform)), ""); err != nil {
				t.Error(err)
			}
		})
	}
}

package python

import (
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text                               string
		hasPatch                           bool
		short, line, full, install, factor string
	}{
		{"3.6", false, "3.6", "3.6", "3.6.0", "3.6.0", "py3.6"},
		{"3.10", false, "3.10", "3.10", "3.10.0", "3.10.0", "py3.10"},
		{"3.10.20", true, "3.10", "3.10", "3.10.20", "3.10.20", "py3.10"},
		{"3.14t", false, "3.14t", "3.14", "3.14.0", "3.14.0t", "py3.14t"},
		{"3.14.4t", true, "3.14t", "3.14", "3.14.4", "3.14.4t", "py3.14t"},
		{"2.7.18", true, "2.7", "2.7", "2.7.18", "2.7.18", "py2.7"},
		{"3.15.0a1", true, "3.15", "3.15", "3.15.0a1", "3.15.0a1", "py3.15"},
		{"3.15.0rc2", true, "3.15", "3.15", "3.15.0rc2", "3.15.0rc2", "py3.15"},
		{"3.15.0b3t", true, "3.15t", "3.15", "3.15.0b3", "3.15.0b3t", "py3.15t"},
		{"3.9.2rc1", true, "3.9", "3.9", "3.9.2rc1", "3.9.2rc1", "py3.9"},
	} {
		t.Run(c.text, func(t *testing.T) {
			v, hasPatch, err := Parse(c.text)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{v.Short(), v.MinorText(), v.Full(), v.String(), v.Factor()}
			if want := []string{c.short, c.line, c.full, c.install, c.factor}; !slices.Equal(got, want) || hasPatch != c.hasPatch {
				t.Errorf("got %q, has a patch %v; want %q, %v", got, hasPatch, want, c.hasPatch)
			}
		})
	}
}

func TestInvalid(t *testing.T) {
	for _, text := range []string{"", "3", "3.", "3.x", "03.1", "3.01", "3.10.04", "3.10.1.1", "3.14T", "3.14tt", "t", "3.14t.1", " 3.8",
		"3.8\n", "3.1000", "-3.8", "3.14rc1", "10.1", "٣.٨", "3.15.0rc", "3.15.0rc0", "3.15.0rc01", "3.15.0c1", "3.15.0RC1", "3.15.0.rc1",
		"3.15.0trc1", "3.15.0rc1000", "3.15.0dev1", "3.15.0a1b1"} {
		if v, _, err := Parse(text); err == nil {
			t.Errorf("Parse(%q) = %s, want an error", text, v)
		}
	}
	if _, _, err := Parse("pypy3.11"); err == nil || !strings.Contains(err.Error(), "only CPython is supported") {
		t.Errorf("Parse of a PyPy: %v", err)
	}
	for _, text := range []string{"", "glibc", "glibc-2", "glibc-2.28.1", "glibc-02.1", "musl-1.02", "uclibc-1.0", "glibc2.28",
		"GLIBC-2.28", "glibc-2.28\n"} {
		if l, err := ParseLibc(text); err == nil {
			t.Errorf("ParseLibc(%q) = %s, want an error", text, l)
		}
	}
}

// TestPlatforms checks the texts of platforms. Verdicts of the registry hold a digest of them.
func TestPlatforms(t *testing.T) {
	for _, c := range []struct {
		platform Platform
		want     string
	}{
		{Platform{System: Linux, Machine: "x86_64", Libc: Libc{"glibc", 2, 28}}, "3.14.4t on linux x86_64 glibc-2.28"},
		{Platform{System: Windows, Machine: "amd64"}, "3.14.4t on windows amd64"},
		{Platform{System: MacOS, Machine: "arm64", Version: MacOSVersion{14, 0}}, "3.14.4t on macos arm64 14.0"},
	} {
		v := Version{Major: 3, Minor: 14, Patch: 4, FreeThreaded: true}
		if got := v.On(c.platform).String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestParseMacOSVersion(t *testing.T) {
	for text, want := range map[string]MacOSVersion{"14.0": {14, 0}, "10.4": {10, 4}, "26.1": {26, 1}} {
		if got, err := ParseMacOSVersion(text); err != nil || got != want || got.String() != text {
			t.Errorf("ParseMacOSVersion(%q) = %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "14", "9.2", "014.0", "14.00", "14.0.1", "macos-14.0", "14.0\n"} {
		if v, err := ParseMacOSVersion(text); err == nil {
			t.Errorf("ParseMacOSVersion(%q) = %s, want an error", text, v)
		}
	}
}

func TestOrder(t *testing.T) {
	order := []string{"2.7.18", "3.6.15", "3.9", "3.9.1", "3.13.2", "3.13t", "3.13.1t", "3.14", "3.14.4", "3.14t",
		"3.15.0a1", "3.15.0a10", "3.15.0b1", "3.15.0rc2", "3.15.0rc10", "3.15.0", "3.15.1rc1", "3.15.1", "3.15.0b1t", "3.15.0t"}
	for i, a := range order {
		for j, b := range order {
			v, _, _ := Parse(a)
			w, _, _ := Parse(b)
			if got := v.Compare(w); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%s ? %s: got %d", a, b, got)
			}
		}
	}
}

func TestParseLibc(t *testing.T) {
	for text, want := range map[string]Libc{"glibc-2.28": {"glibc", 2, 28}, "musl-1.2": {"musl", 1, 2}, "glibc-2.5": {"glibc", 2, 5}} {
		if got, err := ParseLibc(text); err != nil || got != want || got.String() != text {
			t.Errorf("ParseLibc(%q) = %+v, %v, want %+v", text, got, err, want)
		}
	}
}

// TestPrerelease checks which release and which release level a pre-release has for markers and for Requires-Python.
func TestPrerelease(t *testing.T) {
	for text, want := range map[string][2]string{
		"3.15.0a1": {"3.15.0", "3.15.0a1"}, "3.15.0b3": {"3.15.0", "3.15.0b3"}, "3.15.1rc2t": {"3.15.1", "3.15.1c2"}, "3.14.4": {"3.14.4", "3.14.4"},
	} {
		v, _, err := Parse(text)
		if got := [2]string{v.Final(), v.Implementation()}; err != nil || got != want || v.IsPrerelease() != (text != "3.14.4") {
			t.Errorf("%s: got %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestParsePatch(t *testing.T) {
	for text, want := range map[string]string{"0": "3.15.0", "4": "3.15.4", "0rc2": "3.15.0rc2", "0a1": "3.15.0a1", "1b12": "3.15.1b12"} {
		patch, prerelease, err := ParsePatch(text)
		if got := (Version{Major: 3, Minor: 15, Patch: patch, Prerelease: prerelease}).Full(); got != want || err != nil {
			t.Errorf("%s: got %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "rc1", "0rc", "0rc0", "00", "1000", "0rc1t", " 0", "0c1"} {
		if patch, prerelease, err := ParsePatch(text); err == nil {
			t.Errorf("ParsePatch(%q) = %d%s, want an error", text, patch, prerelease)
		}
	}
}

// FuzzParse checks that a version is parsed from the forms in which it is printed, and from no other text.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"3.10", "3.10.4", "3.6.15", "2.7.18", "3.14t", "3.14.0t", "3.15.0rc2", "3.15.0b1t", "3", "3.010", "3.999.999t", "٣.٨"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, hasPatch, err := Parse(text)
		if err != nil {
			return
		}
		want := v.Short()
		if hasPatch {
			want = v.Install()
		}
		if text != want {
			t.Errorf("Parse(%q) = %s", text, want)
		}
		if again, _, err := Parse(v.Install()); err != nil || again != v {
			t.Errorf("Parse(%q) = %s, which reads as %s, %v", text, v, again, err)
		}
	})
}

// FuzzParseLibc checks that a C library is parsed from the form in which it is printed, and from no other text.
func FuzzParseLibc(f *testing.F) {
	for _, text := range []string{"glibc-2.28", "musl-1.2", "glibc-2.028"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if l, err := ParseLibc(text); err == nil && l.String() != text {
			t.Errorf("ParseLibc(%q) = %s", text, l)
		}
	})
}

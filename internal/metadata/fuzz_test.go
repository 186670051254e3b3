package metadata

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/pep508"
	"toxgen/internal/python"
)

func FuzzHeaders(f *testing.F) {
	for _, text := range []string{
		"Metadata-Version: 2.1\r\nName: foo\r\nVersion: 1.0\r\nRequires-Dist: bar\r\n\r\nbody\r\n",
		"Name: a\nName: b\nRequires-Dist: long>=1,\n <2\n", "\nName: a\n", " x\nA: 1\n", "From me\nA:\n  1\nFrom you\n",
		":x\n y\n", "A: \xff\n", "A b: 1\n", "A:\x00\x0b\n", "Dynamic: A\r\r\nB:", "Summary: café ☃\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		headers, body := Headers(data)
		if !bytes.HasSuffix(data, body) {
			t.Errorf("%q has the body %q", data, body)
		}
		var b bytes.Buffer
		for _, h := range headers {
			if h.Name == "" || h.Name != strings.ToLower(h.Name) || strings.ContainsAny(h.Name, ": \t\r\n") {
				t.Errorf("%q has a field %q", data, h.Name)
			}
			fmt.Fprintf(&b, "%s: %s\n", h.Name, h.Value)
		}
		again, rest := Headers(b.Bytes())
		if diff := cmp.Diff(headers, again); diff != "" || len(rest) > 0 {
			t.Errorf("%q prints as %q, of which %q is left (-want +got):\n%s", data, &b, rest, diff)
		}
		if diff := cmp.Diff(Parse(data), Parse(b.Bytes())); diff != "" {
			t.Errorf("%q prints as %q (-want +got):\n%s", data, &b, diff)
		}
	})
}

func FuzzParseRequires(f *testing.F) {
	for _, text := range []string{
		"a>=1\n\n[x]\nb; os_name=='c'\n[:python_version<'3']\nd # e\n[x:os_name=='a'or os_name=='b']\nf @ https://g;h ; os_name=='i'\n",
		"[", "[]", "[:]\na", "#", "[x\n", "a\t;os_name=='@'", "[é]\na==1",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		requires, extras, err := ParseRequires(data)
		if err != nil {
			return
		}
		for i, extra := range extras {
			if extra == "" || slices.Contains(extras[:i], extra) {
				t.Errorf("%q has the extras %q", data, extras)
			}
		}
		for _, r := range requires {
			if r == "" || strings.Contains(r, "\n") {
				t.Errorf("%q has the requirement %q", data, r)
			}
		}
	})
}

// A requirement of a section holds where its own marker and the section's condition do.
func FuzzConditional(f *testing.F) {
	f.Add("a", "", "")
	f.Add("a>=1;os_name=='b'or python_version>'3'", "x", "sys_platform=='linux'or os_name=='b'")
	f.Add("a @ https://b;c ; os_name=='@'", "x-y", "")
	f.Add("a;os_name=='@'", "", "'a'=='b'")
	e := pep508.NewEnvironment(python.Version{Major: 3, Minor: 9, Patch: 1}, python.Platform{System: "linux", Machine: "x86_64"})
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
		text := conditional(line, extra, marker)
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

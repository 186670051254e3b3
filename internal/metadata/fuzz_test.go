package metadata_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/metadata"
	"toxgen/internal/pypitest"
	"toxgen/internal/vectors"
)

// FuzzHeaders checks that names contain no syntax, that the body is the end of the text, and that printed headers parse
// to the same headers.
func FuzzHeaders(f *testing.F) {
	for _, text := range []string{
		"Metadata-Version: 2.1\r\nName: foo\r\nVersion: 1.0\r\nRequires-Dist: bar\r\n\r\nbody\r\n",
		"Name: a\nName: b\nRequires-Dist: long>=1,\n <2\n", "\nName: a\n", " x\nA: 1\n", "From me\nA:\n  1\nFrom you\n",
		":x\n y\n", "A: \xff\n", "A b: 1\n", "A:\x00\x0b\n", "Dynamic: A\r\r\nB:", "Summary: café ☃\n",
	} {
		f.Add([]byte(text))
	}
	for _, row := range vectors.Read[[]struct{ In string }](f, "metadata") {
		f.Add([]byte(row.In))
	}
	for _, text := range pypitest.Recorded(f).Metadata {
		f.Add(text.Content)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		headers, body := metadata.Headers(data)
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
		again, rest := metadata.Headers(b.Bytes())
		if diff := cmp.Diff(headers, again); diff != "" || len(rest) > 0 {
			t.Errorf("%q prints as %q, and has the body %q (-want +got):\n%s", data, &b, rest, diff)
		}
		if diff := cmp.Diff(metadata.Parse(data), metadata.Parse(b.Bytes())); diff != "" {
			t.Errorf("%q prints as %q (-want +got):\n%s", data, &b, diff)
		}
	})
}

// FuzzParseRequires checks that requirements are not empty and that there are no duplicate extras.
func FuzzParseRequires(f *testing.F) {
	for _, text := range []string{
		"a>=1\n\n[x]\nb; os_name=='c'\n[:python_version<'3']\nd # e\n[x:os_name=='a'or os_name=='b']\nf @ https://g;h ; os_name=='i'\n",
		"[", "[]", "[:]\na", "#", "[x\n", "a\t;os_name=='@'", "[é]\na==1",
	} {
		f.Add([]byte(text))
	}
	for _, text := range pypitest.Recorded(f).Requires {
		f.Add(text.Content)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		requires, extras, err := metadata.ParseRequires(data)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: the error has lines: %v", data, err)
			}
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

package metadata

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The expected headers are what Python's email package reads from malformed headers.
func TestHeaders(t *testing.T) {
	for _, c := range []struct {
		name, in, body string
		want           []Header
	}{
		{"empty", "", "", nil},
		{"no end of line", "Name: a", "", []Header{{"name", "a"}}},
		{"line ends", "A: 1\r\nB: 2\rC: 3\n\r\nbody\r\n", "body\r\n", []Header{{"a", "1"}, {"b", "2"}, {"c", "3"}}},
		{"folded", "A: 1\n 2\r\n\t3\nB:\n  4\n", "", []Header{{"a", "1\n 2\r\n\t3"}, {"b", "\n  4"}}},
		{"folds without a header", " x\n\ty\nA: 1\n", "", []Header{{"a", "1"}}},
		{"mailbox", "From me\n x\nA: 1\nFrom you\n y\nB: 2\n", "", []Header{{"a", "1"}, {"b", "2"}}},
		{"no name", ": x\n y\nA: 1\n", "", []Header{{"a", "1"}}},
		{"no header", "A: 1\nno header\nB: 2\n", "no header\nB: 2\n", []Header{{"a", "1"}}},
		{"blank in a name", "A: 1\nB b: 2\n", "B b: 2\n", []Header{{"a", "1"}}},
		{"beyond ASCII in a name", "A: 1\nBé: 2\n", "Bé: 2\n", []Header{{"a", "1"}}},
		{"colons", "A::1: 2\n", "", []Header{{"a", ":1: 2"}}},
		{"blanks", "A: \t 1 \t \n", "", []Header{{"a", "1 \t "}}},
		{"UTF-8", "A: é\n", "", []Header{{"a", "é"}}},
		{"Latin-1", "A: \xe9\n", "", []Header{{"a", "é"}}},
		{"other line ends", "A: 1\u20282\x0b3\x0c4\u00855\n", "", []Header{{"a", "1\u20282\x0b3\x0c4\u00855"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, body := Headers([]byte(c.in))
			if diff := cmp.Diff(c.want, got); diff != "" || string(body) != c.body {
				t.Errorf("the body is %q, want %q; headers (-want +got):\n%s", body, c.body, diff)
			}
		})
	}
}

func TestParse(t *testing.T) {
	got := Parse([]byte("Metadata-Version: 2.1\nNAME: a\nVersion: 1\nversion: 2\nRequires-Dist: b\n" +
		"Dynamic: requires-dist \nDynamic: License\nRequires-Dist: c\n" +
		"Provides-Extra: x\nClassifier: Programming Language :: Python :: 3\nRequires-Python: >=3.8\nRequires-Python: >=3.9\nName: b\nSummary: y\n\nRequires-Dist: d\n"))
	want := Metadata{MetadataVersion: "2.1", Name: "a", Version: "1", RequiresPython: ">=3.8", RequiresDist: []string{"b", "c"},
		ProvidesExtra: []string{"x"},
		Dynamic:       []string{"requires-dist ", "License"}, Classifiers: []string{"Programming Language :: Python :: 3"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for field, want := range map[string]bool{"Requires-Dist": true, "license": true, "Provides-Extra": false} {
		if got.IsDynamic(field) != want {
			t.Errorf("%s is dynamic: got %v, want %v", field, !want, want)
		}
	}
}

// Parsing untrusted text takes time linear in its length. With quadratic time this test would not finish.
func TestBoundedWork(t *testing.T) {
	const many = 1 << 18
	for name, text := range map[string]string{
		"headers": strings.Repeat("Name: a\n", many),
		"folds":   "Name: a\n" + strings.Repeat(" b\n", many),
		"line":    "Name: " + strings.Repeat("a", many),
		"no name": strings.Repeat("a", many),
		"blanks":  strings.Repeat(" ", many),
		"mailbox": strings.Repeat("From \n", many),
		"returns": "A: b" + strings.Repeat("\r", many),
		"Latin-1": "A: " + strings.Repeat("\xff", many),
	} {
		t.Run(name, func(t *testing.T) {
			Parse([]byte(text))
			if _, _, err := ParseRequires([]byte("[a]\n" + text)); err != nil {
				t.Error(err)
			}
		})
	}
}

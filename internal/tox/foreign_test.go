package tox

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReaderNames(t *testing.T) {
	tests := []struct {
		name, value string
		want        []string
	}{
		{"commas and lines", "py39, py310\n  lint", []string{"py39", "py310", "lint"}},
		{"brace groups multiply", "py{38,39}-django{32,42}", []string{"py38-django32", "py38-django42", "py39-django32", "py39-django42"}},
		{"a range", "py3{10-12}-x", []string{"py310-x", "py311-x", "py312-x"}},
		{"an empty alternative", "py39{,-cov}", []string{"py39", "py39-cov"}},
		{"comments", "# no\npy39 # yes", []string{"py39"}},
		{"each once", "{a,a}", []string{"a"}},
		{"nothing", "\n\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, NewReader([]byte(tt.value)).Names(tt.value)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReaderLines(t *testing.T) {
	value := "pytest\n\n# a comment\n{py38,py39}-django32: Django>=3.2 # why\n!py38: x\n-r tests/a.txt\ndjango42:"
	want := []Conditional{
		{nil, "pytest"},
		{[][]string{{"py38", "django32"}, {"py39", "django32"}}, "Django>=3.2"},
		{[][]string{{"!py38"}}, "x"},
		{nil, "-r tests/a.txt"},
	}
	if diff := cmp.Diff(want, NewReader([]byte(value)).Lines(value)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReaderExceeded(t *testing.T) {
	value := strings.Repeat("{a,b,c,d,e,f,g,h}", 30)
	r := NewReader([]byte(value))
	if names := r.Names(value); len(names) > 0 || !r.Exceeded() {
		t.Errorf("%d names, exceeded: %v", len(names), r.Exceeded())
	}
}

// FuzzReader checks that what a value expands to is bounded by its size, and that a name that it expands to is read as itself.
func FuzzReader(f *testing.F) {
	for _, text := range []string{"py{38,39}-django{32,42}", "py3{10-12}-x: y", "{a,b}{c,d}\n!x-y: z", "{1-1000}{1-1000}", "{{a},b}", "a:\n\\#"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, value string) {
		r := NewReader([]byte(value))
		names, lines := r.Names(value), r.Lines(value)
		size := 0
		for _, name := range names {
			size += len(name)
			if again := NewReader([]byte(name)).Names(name); !slices.Equal(again, []string{name}) && !strings.ContainsAny(name, "{}[]*?,#\\ \t\r\v\f") {
				t.Errorf("%q is a name of %q, and read as %q", name, value, again)
			}
		}
		for _, l := range lines {
			for _, alternative := range l.Alternatives {
				size += len(strings.Join(alternative, "-"))
			}
		}
		if limit := 16*len(value) + 64<<10; size > limit {
			t.Errorf("%d bytes expand to %d", len(value), size)
		}
	})
}

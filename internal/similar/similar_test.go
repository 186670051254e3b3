package similar

import (
	"slices"
	"strings"
	"testing"
)

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"flask", "flask", 0}, {"", "", 0}, {"", "abc", 3}, {"Flask", "flask", 0}, {"test_env", "test-env", 0}, {"group", "groups", 0},
		{"rowsx", "rows", 1}, {"Rows", "rowz", 1}, {"flaks", "flask", 1}, {"flsk", "flask", 1}, {"flaask", "flask", 1}, {"flusk", "flask", 1}, {"ab", "ba", 1},
		{"django", "flask", 5}, {"kitten", "sitting", 3}, {"chekc", "check", 1},
	} {
		if got := Distance(test.a, test.b); got != test.want {
			t.Errorf("%q, %q: got %d, want %d", test.a, test.b, got, test.want)
		}
		if got := Distance(test.b, test.a); got != test.want {
			t.Errorf("%q, %q: got %d, want %d: it is not symmetric", test.b, test.a, got, test.want)
		}
	}
}

func TestNames(t *testing.T) {
	known := []string{"django", "fastapi", "flask", "flake8", "redis", "rq", "flask"}
	for name, want := range map[string][]string{
		"flaks":                   {"flask"},
		"djano":                   {"django"},
		"rediss":                  {"redis"},
		"nothing":                 nil,
		"":                        nil,
		"q":                       nil,
		strings.Repeat("x", 5000): nil,
	} {
		if got := Names(name, known, 3); !slices.Equal(got, want) {
			t.Errorf("%.20q: got %q, want %q", name, got, want)
		}
	}
	if got := Names("aa", []string{"ab", "ac", "ad"}, 2); !slices.Equal(got, []string{"ab", "ac"}) {
		t.Errorf("got %q", got)
	}
}

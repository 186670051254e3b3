package resolve

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// checkout returns a provided project. Each line is a requirement; one that begins with `[x]` is of the extra x.
func checkout(tb testing.TB, name string, lines ...string) Provided {
	p := Provided{Name: name, Extras: map[string][]Root{}}
	for _, line := range lines {
		if extra, requirement, found := strings.Cut(line, "] "); found && line[0] == '[' {
			p.Extras[extra[1:]] = append(p.Extras[extra[1:]], root(tb, requirement, name+"/pyproject.toml:1"))
		} else {
			p.Requires = append(p.Requires, root(tb, line, name+"/pyproject.toml:1"))
		}
	}
	return p
}

// What a checkout requires is demanded wherever something demands the checkout, whatever version that asks for. What is
// found holds by Verify, which follows the same checkouts.
func TestCheckouts(t *testing.T) {
	for _, test := range []struct {
		name      string
		releases  []string
		checkouts []Provided
		roots     []string
		want      string
		reached   []string
	}{
		{"a root", []string{"lib 2.0", "lib 1.0"}, []Provided{checkout(t, "core", "lib<2")}, []string{"core>=99"}, "lib==1.0", []string{"core"}},
		{"one that is not demanded", []string{"a 1.0", "lib 1.0"}, []Provided{checkout(t, "core", "lib")}, []string{"a"}, "a==1.0", nil},
		{"a release of the index", []string{"a 1.0 / Core==7", "lib 2.0", "lib 1.0"}, []Provided{checkout(t, "core", "lib<2")}, []string{"a"}, "a==1.0 lib==1.0", []string{"core"}},
		{"a URL on a checkout", []string{"a 1.0 / core @ https://host.invalid/core.zip", "lib 1.0"}, []Provided{checkout(t, "core", "lib")}, []string{"a"}, "a==1.0 lib==1.0", []string{"core"}},
		{"another checkout, in a circle", []string{"lib 2.0", "lib 1.0", "dep 1.0"},
			[]Provided{checkout(t, "core", "util", "lib"), checkout(t, "util", "core", "lib<2", "dep")}, []string{"core"}, "dep==1.0 lib==1.0", []string{"core", "util"}},
		{"an extra", []string{"lib 1.0", "web 1.0", "other 1.0"}, []Provided{checkout(t, "core", "lib", "[web] web", "[other] other")},
			[]string{"core[web]"}, "lib==1.0 web==1.0", []string{"core"}},
		{"an extra that requires another", []string{"lib 1.0", "web 1.0"}, []Provided{checkout(t, "core", "[all] core[web]", "[web] web")},
			[]string{"core[all]"}, "web==1.0", []string{"core"}},
		{"an extra that there is not", []string{"lib 1.0"}, []Provided{checkout(t, "core", "lib")}, []string{"core[web]"}, "lib==1.0", []string{"core"}},
		{"a marker that does not hold", []string{"lib 1.0"}, []Provided{checkout(t, "core", "lib; python_version < '3'", "util; python_version < '3'"), checkout(t, "util", "lib")},
			[]string{"core"}, "", []string{"core"}},
		{"a search that turns away from a checkout", []string{"a 2.0 / core", "a 1.0", "lib 1.0"}, []Provided{checkout(t, "core", "lib>=2")}, []string{"a"}, "a==1.0", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			target := newBook(test.releases...).target(t)
			p := ask(t, test.roots...)
			p.Provided = test.checkouts
			result, err := target.Resolve(context.Background(), p)
			if err != nil || result.text() != test.want {
				t.Fatalf("got %v, %v, want %s", result, err, test.want)
			}
			pins := result.versions()
			if faults, err := target.Verify(context.Background(), p, pins); len(faults) > 0 || err != nil {
				t.Errorf("Verify: %v, %v", faults, err)
			}
			reached, err := target.Checkouts(context.Background(), p, pins)
			if diff := cmp.Diff(test.reached, reached); diff != "" || err != nil {
				t.Errorf("checkouts (-want +got), %v:\n%s", err, diff)
			}
		})
	}
}

// A conflict names the file that states what a checkout requires.
func TestCheckoutConflict(t *testing.T) {
	p := ask(t, "lib<2", "core")
	p.Provided = []Provided{checkout(t, "core", "lib>=2")}
	_, err := newBook("lib 1.0", "lib 2.0").target(t).Resolve(context.Background(), p)
	if err == nil || !strings.Contains(err.Error(), "core/pyproject.toml:1") || !strings.Contains(err.Error(), "requirements.txt:1") {
		t.Errorf("got %v", err)
	}
}

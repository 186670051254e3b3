package resolve

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// The lowest releases of the named projects are chosen, those of all others are the newest. The answers are those of uv's
// lowest-direct, which takes every root without an upper limit for its search, if all roots are named.
func TestLowest(t *testing.T) {
	for _, test := range []struct {
		name     string
		releases []string
		roots    []string
		lowest   []string
		want     string
	}{
		{"a bound", []string{"a 1.0", "a 1.1", "a 2.0"}, []string{"a>=1.1"}, []string{"a"}, "a==1.1"},
		{"what it requires is the newest", []string{"a 1.0 / b>=1", "a 2.0 / b>=2", "b 1.0", "b 2.0", "b 3.0"}, []string{"a>=1"}, []string{"a"}, "a==1.0 b==3.0"},
		{"two that go together", []string{"a 1.0", "a 2.0", "b 1.0", "b 2.0"}, []string{"a>=1", "b>=1"}, []string{"a", "b"}, "a==1.0 b==1.0"},
		{"two that do not: the first one wins", []string{"a 1.0 / b>=2", "a 2.0", "b 1.0", "b 2.0", "b 3.0"}, []string{"a>=1", "b>=1"}, []string{"a", "b"}, "a==1.0 b==2.0"},
		{"in the other order", []string{"a 1.0 / b>=2", "a 2.0", "b 1.0", "b 2.0", "b 3.0"}, []string{"a>=1", "b>=1"}, []string{"b", "a"}, "a==2.0 b==1.0"},
		{"the next lowest", []string{"a 1.0 / c>=9", "a 1.1", "a 2.0", "c 1.0"}, []string{"a>=1"}, []string{"a"}, "a==1.1"},
		{"an upper limit by another project", []string{"a 1.0 / b<2", "b 1.0", "b 1.5", "b 2.0"}, []string{"a", "b>=1.5"}, []string{"b"}, "a==1.0 b==1.5"},
		{"a yanked release", []string{"a 1.0 yanked=broken", "a 1.1", "a 2.0"}, []string{"a>=1"}, []string{"a"}, "a==1.1"},
		{"a pre-release", []string{"a 1.0rc1", "a 1.1", "a 2.0"}, []string{"a>=1.0rc1"}, []string{"a"}, "a==1.1"},
		{"a release for other Pythons", []string{"a 1.0 python=<3.6", "a 1.1", "a 2.0"}, []string{"a>=1"}, []string{"a"}, "a==1.1"},
		{"a marker that does not hold", []string{"a 1.0", "b 1.0"}, []string{"a", "b>=1; python_version < '3'"}, []string{"b"}, "a==1.0"},
		{"extras", []string{"a 1.0 extras=x / c; extra == 'x'", "a 2.0", "c 1.0"}, []string{"a[x]>=1"}, []string{"a"}, "a==1.0 c==1.0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			target := newBook(test.releases...).target(t)
			p := ask(t, test.roots...)
			p.Lowest = test.lowest
			result, err := target.Resolve(context.Background(), p)
			if err != nil || result.text() != test.want {
				t.Fatalf("got %v, %v, want %s", result, err, test.want)
			}
			if faults, err := target.Verify(context.Background(), p, result.versions()); len(faults) > 0 || err != nil {
				t.Errorf("Verify: %v, %v", faults, err)
			}
		})
	}
}

// A problem without an answer has the same conflict with and without lowest releases, and steps bound the whole search.
func TestLowestFails(t *testing.T) {
	b := newBook("a 1.0 / b>=2", "b 1.0")
	p := ask(t, "a>=1")
	_, want := b.target(t).Resolve(context.Background(), p)
	p.Lowest = []string{"a"}
	_, got := b.target(t).Resolve(context.Background(), p)
	if got == nil || got.Error() != want.Error() {
		t.Errorf("got %v, want %v", got, want)
	}
	var many []string
	for _, v := range strings.Fields("1.0 1.1 1.2 1.3 1.4 1.5 1.6") {
		many = append(many, "a "+v+" / b>="+v[2:], "b "+v)
	}
	p = ask(t, "a>=1", "b>=1")
	p.Lowest, p.Steps = []string{"a", "b"}, 2_000
	_, err := newBook(many...).target(t).Resolve(context.Background(), p)
	var conflict *Conflict
	if !errors.As(err, &conflict) || !conflict.Undecided {
		t.Errorf("few steps: got %v", err)
	}
}

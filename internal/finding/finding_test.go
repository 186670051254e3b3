package finding

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestString(t *testing.T) {
	for _, c := range []struct {
		name    string
		finding Finding
		want    string
	}{
		{"whole run", Finding{Message: "nothing to do"}, "note: nothing to do"},
		{"file", Finding{Severity: Warning, File: "a.yaml", Message: "m"}, "a.yaml: warning: m"},
		{"line", Finding{Severity: OutOfSync, File: "a.yaml", Line: 4, Message: "m"}, "a.yaml:4: out of sync: m"},
		{"column", Finding{Severity: Error, File: "a.yaml", Line: 4, Column: 7, Message: "m"}, "a.yaml:4:7: error: m"},
		{"column without a line", Finding{Severity: Error, File: "a.yaml", Column: 7, Message: "m"}, "a.yaml: error: m"},
		{"line without a file", Finding{Severity: Error, Line: 4, Column: 7, Message: "m"}, "error: m"},
		{"hint", Finding{Severity: Error, Message: "m", Hint: "mage toxgen"}, "error: m\n  hint: mage toxgen"},
		{"detail", Finding{Severity: OutOfSync, File: "a", Message: "m", Detail: []string{"-x", "+y"}}, "a: out of sync: m\n-x\n+y"},
		{"detail and hint", Finding{Severity: OutOfSync, File: "a", Message: "m", Detail: []string{"-x"}, Hint: "h"},
			"a: out of sync: m\n-x\n  hint: h"},
		{"line ends in values", Finding{Severity: Error, File: "a\nb", Line: 1, Message: "m\nn", Detail: []string{"-x\ny", "+\tz"}, Hint: "h\r\ni"},
			`a\nb:1: error: m\nn` + "\n" + `-x\ny` + "\n" + `+\tz` + "\n" + `  hint: h\r\ni`},
		{"a long line of a diff", Finding{Message: "m", Detail: []string{strings.Repeat("x", 3000)}}, "note: m\n" + strings.Repeat("x", 3000)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.finding.String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestWorst(t *testing.T) {
	for _, c := range []struct {
		name  string
		list  List
		worst Severity
		fails bool
	}{
		{"empty", nil, Note, false},
		{"note", List{{Severity: Note}}, Note, false},
		{"warning", List{{Severity: Note}, {Severity: Warning}, {Severity: Note}}, Warning, false},
		{"out of sync", List{{Severity: OutOfSync}, {Severity: Warning}}, OutOfSync, true},
		{"error", List{{Severity: OutOfSync}, {Severity: Error}, {Severity: Warning}}, Error, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.list.Err()
			if c.list.Worst() != c.worst || (err != nil) != c.fails {
				t.Errorf("got %s and %v, want %s and an error: %v", c.list.Worst(), err, c.worst, c.fails)
			}
		})
	}
}

func TestListIsAnError(t *testing.T) {
	list := List{{Severity: Error, File: "a", Message: "m"}, {Severity: Warning, Message: "n", Hint: "h"}}
	err := fmt.Errorf("config: %w", list.Err())
	if want := "config: a: error: m\nwarning: n\n  hint: h"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	var got List
	if !errors.As(err, &got) {
		t.Fatal("the error does not hold a list")
	}
	if diff := cmp.Diff(list, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSort(t *testing.T) {
	want := List{
		{Message: "about the whole run"},
		{File: "a", Line: 10, Message: "about another line"},
		{File: "b", Message: "about another file"},
		{File: "a", Severity: Warning, Message: "about a file"},
		{File: "a", Line: 2, Severity: Warning, Message: "about a line"},
		{File: "a", Line: 2, Column: 3, Severity: Warning, Message: "a"},
		{File: "a", Line: 2, Column: 3, Severity: Warning, Message: "b"},
		{File: "a", Line: 2, Column: 3, Severity: Warning, Message: "b", Kind: "c"},
		{File: "a", Line: 2, Column: 3, Severity: Warning, Message: "b", Hint: "c"},
		{File: "a", Line: 2, Column: 3, Severity: Warning, Message: "b", Detail: []string{"c"}},
		{File: "b", Line: 1, Severity: OutOfSync, Message: "before every error"},
		{File: "a", Line: 2, Column: 3, Severity: Error, Message: "b"},
		{File: "a", Line: 3, Severity: Error, Message: "a"},
	}
	const seed = 20260810
	random := rand.New(rand.NewPCG(seed, seed))
	for range 200 {
		got := append(append(List{}, want...), want[random.IntN(len(want))], want[random.IntN(len(want))])
		random.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		got.Sort()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
		}
	}
	var empty List
	if empty.Sort(); len(empty) != 0 {
		t.Errorf("got %v", empty)
	}
}

func TestFolded(t *testing.T) {
	key := func(line int) Finding {
		return Finding{Severity: Warning, File: "a", Line: line, Column: 3, Message: "m", Detail: []string{"d"}, Hint: "h", Kind: "unknown key"}
	}
	withSeverity := func(s Severity, f Finding) Finding {
		f.Severity = s
		return f
	}
	plain := Finding{Severity: Warning, File: "a", Line: 9, Message: "m"}
	other := Finding{Severity: Warning, File: "b", Message: "m", Kind: "other"}
	for _, c := range []struct {
		name       string
		list, want List
	}{
		{"empty", nil, nil},
		{"three", List{key(1), key(2), key(3)}, List{key(1), key(2), key(3)}},
		{"four", List{key(1), key(2), key(3), key(4)},
			List{key(1), key(2), key(3), {Severity: Warning, File: "a", Line: 4, Column: 3, Message: "and 1 more like these (unknown key)"}}},
		{"many, others between", List{key(1), other, key(2), key(3), plain, key(4), key(5), other, key(6)},
			List{key(1), other, key(2), key(3), plain,
				{Severity: Warning, File: "a", Line: 4, Column: 3, Message: "and 3 more like these (unknown key)"}, other}},
		{"without a kind", List{plain, plain, plain, plain, plain}, List{plain, plain, plain, plain, plain}},
		{"severities apart",
			List{key(1), key(2), key(3), withSeverity(Error, key(4)), withSeverity(Error, key(5)), withSeverity(OutOfSync, key(6))},
			List{key(1), key(2), key(3), withSeverity(Error, key(4)), withSeverity(Error, key(5)), withSeverity(OutOfSync, key(6))}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := slices.Clone(c.list)
			got := c.list.Folded()
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, c.list); diff != "" {
				t.Errorf("the list itself changed (-before +after):\n%s", diff)
			}
			if diff := cmp.Diff(got, got.Folded()); diff != "" {
				t.Errorf("folding twice differs from folding once (-once +twice):\n%s", diff)
			}
			if c.list.Worst() != got.Worst() {
				t.Errorf("worst severity: got %s, want %s", got.Worst(), c.list.Worst())
			}
		})
	}
}

func TestAnnotate(t *testing.T) {
	many := List{{Severity: Warning, Message: "w"}}
	for i := range 10 {
		many = append(many, Finding{Severity: Error, Message: fmt.Sprint(i)})
	}
	var nine strings.Builder
	for i := range 9 {
		fmt.Fprintf(&nine, "::error::%d\n", i)
	}
	for _, c := range []struct {
		name string
		list List
		want string
	}{
		{"nothing", nil, ""},
		{"a note", List{{Message: "m"}}, ""},
		{"the most severe first", List{{Severity: Warning, Message: "a"}, {Severity: Error, Message: "b"}, {Severity: OutOfSync, Message: "c"}},
			"::error::b\n::error::c\n::warning::a\n"},
		{"a place and a hint", List{{Severity: Error, File: "a,b", Line: 4, Column: 7, Message: "m", Detail: []string{"d"}, Hint: "h"}},
			"::error file=a%2Cb,line=4,col=7::m%0Ahint: h\n"},
		{"a line without a file", List{{Severity: Error, Line: 4, Message: "m"}}, "::error::m\n"},
		{"line ends in values", List{{Severity: Error, File: "a\nb", Message: "m\nn", Hint: "h"}}, `::error file=a\nb::m\nn%0Ahint: h` + "\n"},
		{"ten", many[1:], nine.String() + "::error::9\n"},
		{"more than ten", many, nine.String() + "::error::11 findings in all: the log has every one\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			c.list.Annotate(&out)
			if got := out.String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

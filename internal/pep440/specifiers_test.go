package pep440

import (
	"strings"
	"testing"
)

// The expected texts are what packaging prints for sets with clauses of the same meaning.
func TestSpecifiersString(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{" , ,", ""},
		{"<2, >= 1.0 , !=1.5", "!=1.5,<2,>=1.0"},
		{">=1,>=1.0", ">=1"},
		{">=1.0,>=1", ">=1"},
		{"~=1.0,~=1.00", "~=1.0"},
		{"~=1.0,~=1.0.0", "~=1.0,~=1.0.0"},
		{"==1.0+A,==1+a", "==1+a"},
		{"==1.*,==1.0.*", "==1.*,==1.0.*"},
		{"===a,===A", "===A,===a"},
	} {
		t.Run(c.text, func(t *testing.T) {
			if got := MustParseSpecifiers(c.text).String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestSpecifierPrefix(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{">=1.0,<2", ">=1.0"},
		{">= 1.0 ,<2", ">= 1.0"},
		{"==1.0.*; x", "==1.0.*"},
		{"==1.0+a-b)", "==1.0+a-b"},
		{"==1.0+", "==1.0"},
		{">=1.0+a", ">=1.0"},
		{"==1.0a1.*", "==1.0a1"},
		{"~=1.4x", "~=1.4"},
		{"~=1", ""},
		{"=== any thing", "=== any"},
		{"===a,b;c", "===a,b"},
		{"===", "==="},
		{">=", ""},
		{"1.0", ""},
	} {
		t.Run(c.text, func(t *testing.T) {
			if got := c.text[:SpecifierPrefix(c.text)]; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestIsExact(t *testing.T) {
	for text, want := range map[string]bool{"==1.0": true, "===x": true, "==1.*": false, "!=1.0": false, ">=1": false, "~=1.0": false} {
		s, err := ParseSpecifier(text)
		if err != nil || s.IsExact() != want {
			t.Errorf("%q is exact: got %v, %v, want %v", text, s.IsExact(), err, want)
		}
	}
}

// Numbers above a tenth of the greatest uint64 were once treated as too large.
func TestReleaseNumbers(t *testing.T) {
	v := MustParse("7!1.5000000000000000000.18446744073709551615.18446744073709551616")
	for i, want := range []uint64{1, 5000000000000000000, 1<<64 - 1, 1<<64 - 1, 0} {
		if got := v.Release(i); got != want {
			t.Errorf("Release(%d) of %s: got %d, want %d", i, v, got, want)
		}
	}
	if v.Epoch() != 7 || v.Major() != 1 || v.Minor() != 5000000000000000000 || v.Micro() != 1<<64-1 {
		t.Errorf("%s: epoch %d, major %d, minor %d, micro %d", v, v.Epoch(), v.Major(), v.Minor(), v.Micro())
	}
}

// Parsing untrusted text takes time and memory linear in its length. With quadratic time this test would not finish.
func TestBoundedWork(t *testing.T) {
	const many = 1 << 18
	for _, c := range []struct {
		name, text string
		valid      bool
	}{
		{"digits", "==" + strings.Repeat("9", many), true},
		{"zeros", "==" + strings.Repeat("0", many), true},
		{"release", "~=1" + strings.Repeat(".0", many), true},
		{"local", "==1+a" + strings.Repeat(".0", many), true},
		{"separators", "==1+a" + strings.Repeat(".", many), false},
		{"clauses", strings.Repeat(">=1.0,", many/16), true},
		{"commas", strings.Repeat(",", many), true},
		{"blanks", ">=" + strings.Repeat(" ", many) + "1", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := ParseSpecifiers(c.text)
			if (err == nil) != c.valid {
				t.Fatalf("valid: got %v, want %v", err == nil, c.valid)
			}
			again, err := ParseSpecifiers(s.String())
			version := strings.TrimPrefix(c.text, "==")
			if err != nil || again.ContainsText(version, Default) != s.ContainsText(version, Default) {
				t.Errorf("printed and read again it contains something else, %v", err)
			}
			if room := cap(s.Clauses()); room > 2*len(s.Clauses())+usualClauses {
				t.Errorf("there is room for %d clauses, and there are %d", room, len(s.Clauses()))
			}
		})
	}
}

package pep440

import (
	"testing"

	"toxgen/internal/vectors"
)

// The seed corpus is every n-th row of the tables.
const (
	versionStep   = 20
	specifierStep = 10
)

// recordedVersions returns versions of packaging's tests and of recorded indexes, valid and invalid ones.
func recordedVersions(tb testing.TB) []string {
	tb.Helper()
	table := vectors.Read[struct {
		Valid   []struct{ In string }
		Invalid []string
	}](tb, "versions")
	texts := table.Invalid
	for i := 0; i < len(table.Valid); i += versionStep {
		texts = append(texts, table.Valid[i].In)
	}
	return texts
}

// recordedSpecifiers returns specifiers of packaging's tests and of recorded indexes, valid and invalid ones.
func recordedSpecifiers(tb testing.TB) []string {
	tb.Helper()
	table := vectors.Read[struct {
		Valid   []struct{ In string }
		Invalid []string
	}](tb, "specifiers")
	texts := table.Invalid
	for i := 0; i < len(table.Valid); i += specifierStep {
		texts = append(texts, table.Valid[i].In)
	}
	return texts
}

// FuzzParse checks that each spelling of a version parses to the same version, and that its public and base versions
// agree with it.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"1.0", " v1!01.02.0-ALPHA_3.post-4.DEV.5+Ubuntu-1_x.007 ", "1-346", "1.0.r32", "1.2.rev33+123456", "1.0preview4",
		"1.0c", "67108863.524287.524287.268435455rc1023.post1022.dev8190", "18446744073709551616!99999999999999999999",
		"0.0.0.0.0", "1..0", "1.0.", "1.0+", "1.0+_", "1.0-", "1!", "\x1c1", "1.0\u0085", "İ", "1.2.3poſt1",
		"2.0b1.dev1+0", "1.0+0a.00.a0",
	} {
		f.Add(text)
	}
	for _, text := range recordedVersions(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := Parse(text)
		if err != nil {
			if !v.IsZero() {
				t.Errorf("Parse(%q) = %s and %v", text, v, err)
			}
			return
		}
		for _, spelling := range []string{v.String(), v.Canonical()} {
			again, err := Parse(spelling)
			if err != nil || !again.Equal(v) || again.String() != spelling {
				t.Errorf("Parse(%q) = %s; %q reads as %q, %v", text, v, spelling, again, err)
			}
		}
		public, base := MustParse(v.Public()), MustParse(v.Base())
		if public.HasLocal() || base.IsPrerelease() || base.IsPost() || v.Compare(public) < 0 || base.Release(0) != v.Release(0) ||
			base.Epoch() != v.Epoch() {
			t.Errorf("Parse(%q) = %s: public %s, base %s", text, v, public, base)
		}
	})
}

// FuzzCompare checks that versions have a total order, and that keys and parts agree on it.
func FuzzCompare(f *testing.F) {
	f.Add("1.0", "1.0.0", "1")
	f.Add("1.0.dev1", "1.0a1.dev1", "1.0.post0.dev0")
	f.Add("1.0+a.1", "1.0+1.a", "1.0+a")
	f.Add("67108862", "67108863", "1!0")
	f.Add("1rc1022.post1021.dev8189", "1rc1022.post1021.dev8190", "1rc1022.post1022.dev8189")
	texts := recordedVersions(f)
	for i := range len(texts) - 2 {
		f.Add(texts[i], texts[i+1], texts[i+2])
	}
	f.Fuzz(func(t *testing.T, a, b, c string) {
		u, errU := Parse(a)
		v, errV := Parse(b)
		w, errW := Parse(c)
		if errU != nil || errV != nil || errW != nil {
			return
		}
		p, q := u.parts(), v.parts()
		if order := u.Compare(v); order != p.compare(&q) || order != -v.Compare(u) || (order == 0) != (u.Canonical() == v.Canonical()) {
			t.Errorf("%s ? %s is %d, by parts %d, the other way round %d", u, v, order, p.compare(&q), v.Compare(u))
		}
		if u.Compare(v) <= 0 && v.Compare(w) <= 0 && u.Compare(w) > 0 {
			t.Errorf("%s <= %s <= %s, and %s > %s", u, v, w, u, w)
		}
	})
}

// FuzzSpecifiers checks that a printed set parses to the same set, and that keys and parts agree on what it matches.
func FuzzSpecifiers(f *testing.F) {
	f.Add(">=1.21.0,!=1.25.0,<3", "1.26.11")
	f.Add(" ~= 1.4.5a4 , , ==1!2.*", "1!2.0.dev1")
	f.Add("===Foo,===1.0,==1.0+Ab-01", "1.0+ab.1")
	f.Add(">1.0.post1,<2rc1", "1.0.post1+local")
	f.Add("!=67108863.*,~=0.0.0.268435454,<=99999999999999999999", "67108863.1")
	f.Add(">=1.0,>=1,~=1.0,~=1.00", "1")
	f.Add("==1.0.*.5", "foobar")
	f.Add("<1.0.0.0.0.1,~=1.2.3.4.5.6", "1.2.3.4.5.6.post1")
	f.Add("==01.*,==99999999999999999999.*", "1.0a1")
	texts := recordedVersions(f)
	for i, specifiers := range recordedSpecifiers(f) {
		f.Add(specifiers, texts[i%len(texts)])
	}
	f.Fuzz(func(t *testing.T, text, version string) {
		s, err := ParseSpecifiers(text)
		if err != nil {
			return
		}
		again, err := ParseSpecifiers(s.String())
		if err != nil || again.String() != s.String() || again.NamesPrerelease() != s.NamesPrerelease() {
			t.Fatalf("ParseSpecifiers(%q) prints %q, which reads as %q, %v", text, s, again, err)
		}
		for _, p := range []Prereleases{Default, Allow, Exclude} {
			if got, want := again.ContainsText(version, p), s.ContainsText(version, p); got != want {
				t.Errorf("%q contains %q, pre-releases %d: %v, printed and read again %v", text, version, p, want, got)
			}
		}
		v, err := Parse(version)
		if err != nil {
			return
		}
		every := true
		for _, clause := range s.Clauses() {
			if got, want := clause.Match(v), clause.matchesSlowly(&v); got != want {
				t.Errorf("%s matches %s: %v by key, %v by parts", clause, v, got, want)
			}
			every = every && clause.Match(v)
		}
		if s.Match(v) != every || s.ContainsText(v.String(), Allow) != every {
			t.Errorf("%q matches %s: %v, as a text %v, its clauses %v", text, v, s.Match(v), s.ContainsText(v.String(), Allow), every)
		}
	})
}

// FuzzSpecifierPrefix checks that the prefix is a valid clause and that its own prefix is the whole of it.
func FuzzSpecifierPrefix(f *testing.F) {
	for _, text := range []string{
		">=1.0,<2", "== 1.0.* ; x", "==1.0+a-b)", "==1.0+", "==1.0a1.*", "~=1", "~=1.0x", "=== any thing", "===a,b;c", "===",
		">=1.0+local", "!= v1!2.POST", "<", "<=1.*", "=1", "~= 1.2.3poſt1",
	} {
		f.Add(text)
	}
	for _, text := range recordedSpecifiers(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		length := SpecifierPrefix(text)
		if length == 0 {
			return
		}
		if _, err := ParseSpecifier(text[:length]); err != nil {
			t.Errorf("%q begins with %q: %v", text, text[:length], err)
		}
		if again := SpecifierPrefix(text[:length]); again != length {
			t.Errorf("%q begins with %q, of which %q is left", text, text[:length], text[:again])
		}
	})
}

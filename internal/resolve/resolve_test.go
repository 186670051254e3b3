package resolve

import (
	"context"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/pep440"
	"toxgen/internal/vectors"
)

func versionsOfText(pins map[string]string) map[string]pep440.Version {
	versions := map[string]pep440.Version{}
	for name, text := range pins {
		versions[name] = pep440.MustParse(text)
	}
	return versions
}

// A preferred version goes first if it is a candidate, and does not become one by being preferred.
func TestPreferences(t *testing.T) {
	b := newBook("a 3.0rc1", "a 2.0 / b", "a 1.0 / b", "a 0.9 yanked= / b", "b 3.0", "b 2.0", "b 1.0")
	for _, test := range []struct {
		name    string
		prefers map[string]string
		roots   []string
		want    string
	}{
		{"no preference", nil, []string{"a"}, "a==2.0 b==3.0"},
		{"all fit", map[string]string{"a": "1.0", "b": "2.0"}, []string{"a"}, "a==1.0 b==2.0"},
		{"in another spelling", map[string]string{"a": "1"}, []string{"a"}, "a==1.0 b==3.0"},
		{"with extras", map[string]string{"a": "1.0"}, []string{"a[x]"}, "a==1.0 b==3.0"},
		{"one does not match", map[string]string{"a": "1.0", "b": "2.0"}, []string{"a>1", "b"}, "a==2.0 b==2.0"},
		{"a pre-release", map[string]string{"a": "3.0rc1"}, []string{"a"}, "a==2.0 b==3.0"},
		{"a pre-release that is asked for", map[string]string{"a": "3.0rc1"}, []string{"a>=0.1.dev0"}, "a==3.0rc1"},
		{"yanked", map[string]string{"a": "0.9"}, []string{"a"}, "a==2.0 b==3.0"},
		{"does not exist", map[string]string{"a": "7"}, []string{"a"}, "a==2.0 b==3.0"},
		{"leads nowhere", map[string]string{"a": "1.0"}, []string{"a", "b>=3"}, "a==1.0 b==3.0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := ask(t, test.roots...)
			p.Preferences = versionsOfText(test.prefers)
			r, err := b.target(t).Resolve(context.Background(), p)
			if err != nil {
				t.Fatal(err)
			}
			if got := r.text(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestPreferenceThatConflictsGivesWay(t *testing.T) {
	b := newBook("a 2.0 / c>=2", "a 1.0 / c<2", "c 2.0", "c 1.0", "d 1.0 / c>=2")
	p := ask(t, "a", "d")
	p.Preferences = versionsOfText(map[string]string{"a": "1.0"})
	r, err := b.target(t).Resolve(context.Background(), p)
	if err != nil || r.text() != "a==2.0 c==2.0 d==1.0" {
		t.Errorf("got %v, %v", r, err)
	}
}

// A provided project is neither read from the index nor pinned, whatever demands it.
func TestProvided(t *testing.T) {
	b := newBook("a 1.0 / sdk>=99 / Sdk[x]; python_version > '3' / sdk @ https://host.invalid/sdk.zip", "sdk 1.0")
	p := ask(t, "a", "SDK[x]==7")
	p.Provided = []Provided{{Name: "sdk"}}
	r, err := b.target(t).Resolve(context.Background(), p)
	if err != nil || r.text() != "a==1.0" {
		t.Errorf("got %v, %v", r, err)
	}
}

// A file with hidden metadata is passed over, as one with metadata of another version is.
func TestHiddenMetadata(t *testing.T) {
	const hidden = " metadata-hidden=too_young"
	for _, test := range []struct {
		name     string
		releases []string
		want     string
	}{
		{"the newest release", []string{"a 2.0" + hidden, "a 1.0"}, "a-1.0-py3-none-any.whl"},
		{"one file of the newest release", []string{"a 2.0" + hidden, "a 2.0 sdist", "a 1.0"}, "a-2.0.tar.gz"},
		{"the newest final release", []string{"a 2.0rc1", "a 1.1" + hidden, "a 1.0"}, "a-1.0-py3-none-any.whl"},
	} {
		t.Run(test.name, func(t *testing.T) {
			target := newBook(test.releases...).target(t)
			r, err := target.Resolve(context.Background(), ask(t, "a"))
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Pins[0].File.Filename; got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			file, err := target.Install(context.Background(), "a", r.Pins[0].Version)
			if err != nil || file.Filename != test.want {
				t.Errorf("Install: got %v, %v", file, err)
			}
		})
	}
	_, err := newBook("a 1.0"+hidden).target(t).Install(context.Background(), "a", pep440.MustParse("1.0"))
	if err == nil || err.Error() != "a 1.0: too young" {
		t.Errorf("Install of a hidden release: got %v", err)
	}
}

// Constraints restrict what is demanded and demand nothing; they count for the rules about pre-releases and yanked
// files.
func TestConstraints(t *testing.T) {
	b := newBook("a 2.0 / b", "a 1.0 / b", "b 3.0rc1", "b 2.0", "b 1.0", "c 1.0", "y 2.0 yanked=", "y 1.0 yanked=")
	for _, test := range []struct {
		constraints []string
		roots       []string
		want        string
	}{
		{[]string{"b<2"}, []string{"a"}, "a==2.0 b==1.0"},
		{[]string{"b<2", "b!=1.0"}, []string{"a"}, ""},
		{[]string{"b>=3.0rc1"}, []string{"a"}, "a==2.0 b==3.0rc1"},
		{[]string{"c"}, []string{"a"}, "a==2.0 b==2.0"},
		{[]string{"a<2", "c==9"}, []string{"a[x]"}, "a==1.0 b==2.0"},
		{[]string{"a<2; python_version < '3'"}, []string{"a"}, "a==2.0 b==2.0"},
		{[]string{"y==1.0"}, []string{"y"}, "y==1.0"},
	} {
		p := ask(t, test.roots...)
		for _, line := range test.constraints {
			p.Constraints = append(p.Constraints, root(t, line, ""))
		}
		r, err := b.target(t).Resolve(context.Background(), p)
		switch {
		case test.want == "" && err == nil:
			t.Errorf("%q: got %s, want a conflict", test.constraints, r.text())
		case test.want != "" && (err != nil || r.text() != test.want):
			t.Errorf("%q: got %v, %v, want %s", test.constraints, r, err, test.want)
		}
	}
}

func TestConstraintsHaveNeitherExtrasNorURL(t *testing.T) {
	for _, line := range []string{"a[x]<2", "a @ https://host.invalid/a.zip"} {
		p := ask(t, "b")
		p.Constraints = []Root{root(t, line, "constraints.txt:1")}
		if _, err := newBook("b 1.0").target(t).Resolve(context.Background(), p); err == nil {
			t.Errorf("%s: got no error", line)
		}
	}
}

func TestPinsKnowWhoRequiresThem(t *testing.T) {
	b := newBook("a 1.0 extras=x,y / b>=1 / b[z]<3; extra == 'x' / a[y]; extra == 'x'", "b 2.0 extras=z", "c 1.0 / b")
	r, err := b.target(t).Resolve(context.Background(), ask(t, "a[x]==1.0", "c", "b"))
	if err != nil {
		t.Fatal(err)
	}
	type pin struct {
		Name       string
		Extras     []string
		RequiredBy []string
	}
	var got []pin
	for _, p := range r.Pins {
		shown := pin{Name: p.Name, Extras: p.Extras}
		for _, by := range p.RequiredBy {
			shown.RequiredBy = append(shown.RequiredBy, by.Name+" "+by.Version.String()+": "+by.Requirement)
		}
		got = append(got, shown)
	}
	want := []pin{
		{"a", []string{"x", "y"}, []string{" : a[x]==1.0", "a 1.0: a[y]; extra == 'x'"}},
		{"b", []string{"z"}, []string{" : b", "a 1.0: b>=1", "a 1.0: b[z]<3; extra == 'x'", "c 1.0: b"}},
		{"c", nil, []string{" : c"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pins (-want +got):\n%s", diff)
	}
}

// In these universes pip drops the demands of a release when a later demand turns against it, and does not restore
// them when that demand is dropped: its answer lacks a pin, or has pins that do not meet each other's demands.
func TestAnswersAreClosedWherePipsIsNot(t *testing.T) {
	for _, s := range vectors.Read[[]*scenario](t, "unclosed") {
		p, err := s.problem()
		if err != nil {
			t.Fatal(err)
		}
		target := s.target(t, s.index())
		faults, err := target.Verify(context.Background(), p, versionsOfText(s.Expected.Packages))
		if err != nil || len(withoutYanked(faults)) == 0 {
			t.Errorf("%s: pip's answer has no faults, %v", s.Name, err)
		}
		r, err := target.Resolve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		faults, err = target.Verify(context.Background(), p, r.versions())
		if faults = withoutYanked(faults); err != nil || len(faults) > 0 {
			t.Errorf("%s: got %s with faults %v, %v", s.Name, r.text(), faults, err)
		}
	}
}

// One universe serves many targets and resolutions at a time, and asks the index each question once.
func TestSharedUniverse(t *testing.T) {
	b := newBook("a 2.0 python=>=3.10 / b; python_version >= '3.12'", "a 1.0 / c", "b 1.0", "c 1.0 extras=x / b; extra == 'x'")
	x := b.index()
	var mutex sync.Mutex
	asked := map[string]int{}
	x.before = func(_ context.Context, what string) error {
		mutex.Lock()
		defer mutex.Unlock()
		asked[what]++
		return nil
	}
	u := NewUniverse(x, 4)
	want := map[string]string{"3.8": "a==1.0 c==1.0", "3.10": "a==2.0", "3.12": "a==2.0 b==1.0", "3.13t": "a==2.0 b==1.0"}
	var wait sync.WaitGroup
	for python, want := range want {
		for range 20 {
			wait.Go(func() {
				r, err := u.Target(interpreter(t, python).On(linux)).Resolve(context.Background(), ask(t, "a"))
				if err != nil || r.text() != want {
					t.Errorf("%s: got %v, %v, want %s", python, r, err, want)
				}
			})
		}
	}
	wait.Wait()
	for what, times := range asked {
		if times != 1 {
			t.Errorf("%s was asked for %d times", what, times)
		}
	}
}

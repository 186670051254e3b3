//go:build unix

package bench

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"regexp"
	"testing"

	"toxgen/internal/config"
	"toxgen/internal/pep508"
	"toxgen/internal/reference"
	"toxgen/internal/registry"
	"toxgen/internal/tox"
)

// A world is several times the reference: an index of projects and a configuration that follows them. Each suite of the
// reference has Factor copies, in Factor copies of its group.
//
// A copy of a suite follows a project of its own: a clone with the releases, files and requirements of the recorded one.
// So closures keep their sizes, and whatever can be resolved in the reference can be resolved here. How many clones
// another project has depends on how many suites of the reference install it: if all do, there is one, which all copies
// share, like typing-extensions; if one does, each copy has its own. The seed decides which copies share a clone.
type world struct {
	Factor int
	Seed   uint64
	// Clones is the number of clones of each project: a divisor of Factor. The first clone is the project itself.
	Clones map[string]int
}

// newWorld returns a world of several times the reference.
func newWorld(tb testing.TB, factor int) world {
	tb.Helper()
	w := world{Factor: factor, Seed: 12, Clones: map[string]int{}}
	c := reference.Config(tb)
	l, _, fault := tox.ReadLock(c, reference.Files()[config.DefaultToxFile], nil)
	if fault != nil {
		tb.Fatal(fault)
	}
	users := map[string]map[string]bool{}
	for _, p := range selected(tb) {
		for name := range l.Environments[p.environment.Name()] {
			if users[name] == nil {
				users[name] = map[string]bool{}
			}
			users[name][p.environment.Suite.Name] = true
		}
	}
	suites := len(c.Suites) + len(c.Static)
	for name, by := range users {
		// One user of all suites: all the clones. All suites: one clone. Between them, geometrically.
		w.Clones[name] = w.divisor(math.Pow(float64(factor), 1-math.Log(float64(len(by)))/math.Log(float64(suites))))
	}
	for i := range c.Suites {
		w.Clones[c.Suites[i].Value.Package.Key] = factor
	}
	w.share(c, reference.Facts(tb))
	return w
}

// share reduces the number of clones of a project to that of the clones which require it. So the clones of one project that a copy installs are one:
// a copy could otherwise have two, of versions that were never installed together. What requires a project that a suite
// follows has as many clones as that.
func (w world) share(c *config.Config, facts registry.Facts) {
	extras, followed := map[string]map[string]bool{}, map[string]bool{}
	// asks notes the extras that something asks of a project, and reports whether any is new.
	asks := func(project string, names []string) (isNew bool) {
		if extras[project] == nil {
			extras[project] = map[string]bool{}
		}
		for _, extra := range names {
			isNew = isNew || !extras[project][extra]
			extras[project][extra] = true
		}
		return isNew
	}
	for _, s := range c.Suites {
		followed[s.Value.Package.Key] = true
		asks(s.Value.Package.Key, s.Value.Package.Extras)
		for _, rule := range s.Value.Requires {
			for _, r := range rule.Add {
				asks(r.Key(), r.Extras)
			}
		}
	}
	// Each of these goes over what every project requires until it changes nothing.
	for _, changes := range []func(name string, r pep508.Requirement) bool{
		func(_ string, r pep508.Requirement) bool { return asks(r.Key(), r.Extras) },
		func(name string, r pep508.Requirement) bool {
			more := followed[r.Key()] && !followed[name]
			if more {
				w.Clones[name], followed[name] = w.Factor, true
			}
			return more
		},
		func(name string, r pep508.Requirement) bool {
			fewer := w.Clones[r.Key()] > w.Clones[name] && w.Clones[name] > 0 && !followed[r.Key()]
			if fewer {
				w.Clones[r.Key()] = w.Clones[name]
			}
			return fewer
		},
	} {
		for changed := true; changed; {
			changed = false
			for name, p := range facts {
				for _, r := range requirements(p) {
					changed = applies(r, extras[name]) && changes(name, r) || changed
				}
			}
		}
	}
}

// requirements returns what the releases of a project require.
func requirements(p *registry.Project) (all []pep508.Requirement) {
	for _, release := range p.Releases {
		for _, m := range release.Metadata {
			if m.Requirements == nil {
				continue
			}
			for _, text := range m.Requirements.Dist {
				if r, err := pep508.ParseRequirement(text); err == nil {
					all = append(all, r)
				}
			}
		}
	}
	return all
}

var extraName = regexp.MustCompile(`extra *== *["']([^"']*)`)

// applies reports whether a requirement belongs to no extra, or to one of the given ones.
func applies(r pep508.Requirement, extras map[string]bool) bool {
	if r.Marker == nil {
		return true
	}
	m := extraName.FindStringSubmatch(r.Marker.String())
	return m == nil || extras[m[1]]
}

// divisor returns the greatest divisor of the factor that is not above a number. The divisors of which it returns one form a
// chain, each a divisor of the next. So copies that share a project also share what it requires, if that has fewer clones.
func (w world) divisor(most float64) int {
	n, rest := 1, w.Factor
	for p := 2; rest > 1; p++ {
		for ; rest%p == 0; rest /= p {
			if float64(n*p) > most+1e-9 {
				return n
			}
			n *= p
		}
	}
	return n
}

// clone returns the name of the clone of a project that a copy uses.
func (w world) clone(project string, nth int) string {
	if n := w.Clones[project]; n > 1 {
		if block := nth * n / w.Factor; block > 0 {
			return fmt.Sprintf("%s-x%d", project, block+1)
		}
	}
	return project
}

// order returns a permutation of the copies, which decides for a suite which of its copies share a clone.
func (w world) order(suite string) []int {
	h := w.Seed
	for _, c := range []byte(suite) {
		h = h*1099511628211 + uint64(c)
	}
	return rand.New(rand.NewPCG(w.Seed, h)).Perm(w.Factor)
}

// requirementName matches the name at the beginning of a requirement.
var requirementName = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?`)

// requirement returns a requirement with the name of the clone that a copy uses.
func (w world) requirement(text string, nth int) string {
	name := requirementName.FindString(text)
	normal := pep508.NormalizeName(name)
	if clone := w.clone(normal, nth); clone != normal {
		return clone + text[len(name):]
	}
	return text
}

// size returns the number of projects of the index.
func (w world) size() (clones int) {
	for n := range maps.Values(w.Clones) {
		clones += n
	}
	return clones
}

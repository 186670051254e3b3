package initialize

import (
	"regexp"
	"slices"
	"strings"

	"toxgen/internal/display"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
)

var (
	versionEnd    = regexp.MustCompile(`[-_]?v?[0-9][0-9._]*$`)
	branchEnd     = regexp.MustCompile(`[-_]?(?:latest|newest|oldest|lowest|main|master)$`)
	releaseFactor = regexp.MustCompile(`^v?[0-9][0-9.]*$|^(?:latest|newest|oldest|lowest|main|master)$`)
)

// withoutRelease returns a factor without the release at its end: `Django` for Django0302, `flask` for flask-v1 and flasklatest.
func withoutRelease(factor string) string {
	return versionEnd.ReplaceAllString(branchEnd.ReplaceAllString(factor, ""), "")
}

// baseOf returns the factor by which tox.ini names a suite, without a release: the first one that is more than a release. It returns "" if
// there is no such factor.
func baseOf(factors []string) string {
	for _, factor := range factors {
		if !releaseFactor.MatchString(factor) {
			return withoutRelease(factor)
		}
	}
	return ""
}

// isRelated reports whether a word names a project: it is its name, or its first or last part.
func isRelated(word, key string) bool {
	return word != "" && (word == strings.TrimRight(key, "0123456789") || word == key || key == "py"+word || strings.HasPrefix(key, word+"-") || strings.HasSuffix(key, "-"+word))
}

// endsWith reports whether a word ends with the name of a project, as `messagebroker-kafkapython` does with that of kafka-python.
func endsWith(word, key string) bool {
	name := strings.ReplaceAll(key, "-", "")
	at := len(word)
	for left := len(name); left > 0; {
		if at--; at < 0 {
			return false
		}
		if word[at] == '-' {
			continue
		}
		if left--; word[at] != name[left] {
			return false
		}
	}
	return name != "" && (at == 0 || word[at-1] == '-')
}

// followed are the projects that the factors of a tox.ini follow.
type followed struct {
	// project is the normalised name of a project by the normalised factor without a release: that of Django by `django`, and that of
	// flask by `framework-flask`.
	project map[string]string
	// specifier is which releases factors stand for: `<3.3,>=3.2` by `django32`.
	specifier map[string]string
}

// followedBy finds the factors that stand for releases of a project: `django32` if `Django>=3.2,<3.3` is its requirement. A factor may
// end with the name of its project (`datastore_asyncpg`), or stand beside one that names a project (`web-flask2`).
func followedBy(deps []dependency) followed {
	f := followed{map[string]string{}, map[string]string{}}
	for _, names := range []func(d *dependency, base, key string) bool{
		func(_ *dependency, base, key string) bool { return isRelated(base, key) || endsWith(base, key) },
		func(d *dependency, _, key string) bool {
			return slices.ContainsFunc(d.factors[1:], func(factor string) bool { return endsWith(pep508.NormalizeName(withoutRelease(factor)), key) })
		},
	} {
		for i := range deps {
			d := &deps[i]
			base := pep508.NormalizeName(baseOf(d.factors))
			if _, known := f.project[base]; !known && d.file == "" && base != "" && names(d, base, d.requirement.Key()) {
				f.project[base] = d.requirement.Key()
			}
		}
	}
	for _, d := range deps {
		if d.file == "" && f.project[pep508.NormalizeName(baseOf(d.factors))] == d.requirement.Key() && !d.requirement.Specifiers.IsEmpty() {
			f.specifier[strings.Join(d.factors, "-")] = d.requirement.Specifiers.String()
		}
	}
	return f
}

// factorSuites makes suites of the factors of tox.ini that stand for releases of a project.
func (r *reader) factorSuites() {
	if r.ini == nil {
		return
	}
	least, below := map[*Suite]pep440.Version{}, map[*Suite]pep440.Version{}
	lower := func(of map[*Suite]pep440.Version, s *Suite, text string) bool {
		v, err := pep440.Parse(text)
		if before, found := of[s]; err != nil || found && v.Compare(before) >= 0 {
			return false
		}
		of[s] = v
		return true
	}
	for _, d := range r.ini.deps {
		factor := baseOf(d.factors)
		base := pep508.NormalizeName(factor)
		if base == "" || d.file != "" || r.isOwn(d.requirement.Key()) || d.requirement.Key() != r.ini.followed.project[base] {
			continue
		}
		s := r.suiteOfFactor(base)
		if s == nil {
			s = &Suite{Name: strings.ToLower(factor), Package: d.requirement.Key(), searched: compact([]string{base, d.requirement.Key()}), Why: "factors of tox.ini, whose requirement is " + d.requirement.String()}
			r.p.Suites = r.append(r.p.Suites, s)
		}
		switch low, high, _ := bounds(d.requirement.Specifiers); {
		case low != "" && lower(least, s, low):
			s.Minimum = low
		case low == "" && high != "" && lower(below, s, high):
			s.Below = high
		}
	}
}

// suiteOfFactor returns the suite that a normalised factor without a release names, or nil.
func (r *reader) suiteOfFactor(base string) *Suite {
	i := slices.IndexFunc(r.p.Suites, func(s *Suite) bool { return s.searched[0] == base })
	if i < 0 {
		i = slices.IndexFunc(r.p.Suites, func(s *Suite) bool { return slices.Contains(s.searched, base) })
	}
	if i < 0 {
		return nil
	}
	return r.p.Suites[i]
}

// factorRules takes what tox.ini installs for the factors of a suite besides its project.
func (r *reader) factorRules() {
	if r.ini == nil {
		return
	}
	var without []string
	pins := 0
	suites := map[*Suite]*suiteRules{}
	for _, d := range r.ini.deps {
		base := pep508.NormalizeName(baseOf(d.factors))
		if base == "" {
			continue
		}
		s := r.suiteOfFactor(base)
		if s == nil {
			without = append(without, base)
			continue
		}
		if suites[s] == nil {
			suites[s] = newSuiteRules()
		}
		rule := Rule{When: "*", File: d.file}
		if specifier := r.ini.followed.specifier[strings.Join(d.factors, "-")]; specifier != "" {
			rule.When = specifier
		}
		switch {
		case d.file == "" && len(d.pythons) > 0 && rule.When != "*" && isExact(d.requirement):
			pins++
		case d.file == "" && d.requirement.Key() == s.Package:
			suites[s].releases[rule.When] = true
		case d.file == "":
			rule.Add = d.requirements()
			suites[s].add(rule)
		case !r.isReadable(d.file) || len(d.pythons) > 0 || rule.When != "*" && len(r.requirementsOf(d.file).Constraints) > 0:
			r.leave("suite %s: %s, which tox.ini installs, cannot be taken over", s.Name, d.file)
		default:
			suites[s].add(rule)
		}
	}
	for s, rules := range suites {
		s.Rules = rules.joined()
	}
	if pins > 0 {
		r.guess("%s of `deps` in tox.ini, of releases on single Pythons, are not taken over: toxgen pins anew", display.Count(pins, "pin"))
	}
	if without = compact(without); len(without) > 0 {
		r.leave("these factors of tox.ini name no project that a suite could follow, and what `deps` has for them is not taken over: %s", shortened(without))
	}
}

// isExact reports whether a requirement admits one release alone.
func isExact(q pep508.Requirement) bool {
	clauses := q.Specifiers.Clauses()
	return len(clauses) == 1 && clauses[0].IsExact()
}

// shortened returns the first of some words.
func shortened(words []string) string {
	const most = 8
	if len(words) > most {
		return strings.Join(words[:most], ", ") + ", …"
	}
	return strings.Join(words, ", ")
}

// suiteRules are the rules of a suite, one for each condition and file.
type suiteRules struct {
	rules []Rule
	// at is where the rule of a condition and a file is, and has are the conditions with their requirements.
	at  map[[2]string]int
	has map[[2]string]bool
	// releases are the specifiers for which factors stand.
	releases map[string]bool
}

// newSuiteRules returns no rules.
func newSuiteRules() *suiteRules {
	return &suiteRules{at: map[[2]string]int{}, has: map[[2]string]bool{}, releases: map[string]bool{}}
}

// add adds a rule, to one with the same condition if there is one.
func (f *suiteRules) add(rule Rule) {
	key := [2]string{rule.When, rule.File}
	i, found := f.at[key]
	if !found {
		i = len(f.rules)
		f.at[key], f.rules = i, append(f.rules, Rule{When: rule.When, File: rule.File})
	}
	for _, text := range rule.Add {
		if key := [2]string{rule.When, text}; !f.has[key] {
			f.has[key] = true
			f.rules[i].Add = append(f.rules[i].Add, text)
		}
	}
}

// joined returns the rules. What is added for all the releases for which factors stand becomes one rule for every release: it was hardly
// meant to be missing for those between them.
func (f *suiteRules) joined() []Rule {
	if len(f.releases) < 2 {
		return f.rules
	}
	count := map[string]int{}
	for _, rule := range f.rules {
		for _, text := range rule.Add {
			if f.releases[rule.When] {
				count[text]++
			}
		}
	}
	var all []Rule
	var shared []string
	for _, rule := range f.rules {
		var own []string
		for _, text := range rule.Add {
			if count[text] == len(f.releases) {
				shared = append(shared, text)
			} else {
				own = append(own, text)
			}
		}
		if rule.File != "" || len(own) > 0 {
			all = append(all, Rule{When: rule.When, Add: own, File: rule.File})
		}
	}
	if shared = compact(shared); len(shared) == 0 {
		return all
	}
	every := func(rule Rule) bool { return rule.When == "*" && rule.File == "" }
	if i := slices.IndexFunc(all, every); i >= 0 {
		all[i].Add = append(all[i].Add, shared...)
		return all
	}
	return append(all, Rule{When: "*", Add: shared})
}

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
	releaseFactor = regexp.MustCompile(`^v?[0-9][0-9.]*$|^(?:latest|newest|oldest|lowest|main|master)$`)
)

// baseFactor returns the name that factors stand for without what is a release: `django` for django32, flask for flask-v1.
func baseFactor(factors []string) string {
	for _, factor := range factors {
		if !releaseFactor.MatchString(factor) {
			return pep508.NormalizeName(versionEnd.ReplaceAllString(factor, ""))
		}
	}
	return ""
}

// isRelated reports whether a word names a project: it is its name, or its first or last part.
func isRelated(word, key string) bool {
	return word != "" && (word == strings.TrimRight(key, "0123456789") || word == key || key == "py"+word || strings.HasPrefix(key, word+"-") || strings.HasSuffix(key, "-"+word))
}

// followed are the projects that the factors of a tox.ini follow.
type followed struct {
	// project is the normalised name of a project by the name that factors stand for: that of Django by `django`.
	project map[string]string
	// specifier is which releases factors stand for: `<3.3,>=3.2` by `django32`.
	specifier map[string]string
}

// followedBy finds the factors that stand for releases of a project: `django32` if `Django>=3.2,<3.3` is its requirement.
func followedBy(deps []dependency) followed {
	f := followed{map[string]string{}, map[string]string{}}
	for _, d := range deps {
		base := baseFactor(d.factors)
		if d.file != "" || base == "" || !isRelated(base, d.requirement.Key()) {
			continue
		}
		if _, known := f.project[base]; !known {
			f.project[base] = d.requirement.Key()
		}
		if f.project[base] == d.requirement.Key() && !d.requirement.Specifiers.IsEmpty() {
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
	least := map[*Suite]pep440.Version{}
	for _, d := range r.ini.deps {
		base := baseFactor(d.factors)
		if base == "" || d.file != "" || r.isOwn(d.requirement.Key()) || d.requirement.Key() != r.ini.followed.project[base] {
			continue
		}
		s, _ := r.suite(base, d.requirement.Key(), "factors of tox.ini, whose requirement is "+d.requirement.String())
		low, _, _ := bounds(d.requirement.Specifiers)
		if v, err := pep440.Parse(low); err == nil {
			if before, found := least[s]; !found || v.Compare(before) < 0 {
				least[s], s.Minimum = v, low
			}
		}
	}
}

// factorRules takes what tox.ini installs for the factors of a suite besides its project.
func (r *reader) factorRules() {
	if r.ini == nil {
		return
	}
	var without []string
	for _, d := range r.ini.deps {
		base := baseFactor(d.factors)
		if base == "" {
			continue
		}
		i := slices.IndexFunc(r.p.Suites, func(s *Suite) bool { return slices.Contains(s.searched, base) })
		if i < 0 {
			without = compact(append(without, base))
			continue
		}
		s := r.p.Suites[i]
		rule := Rule{When: "*", File: d.file}
		if specifier := r.ini.followed.specifier[strings.Join(d.factors, "-")]; specifier != "" {
			rule.When = specifier
		}
		switch {
		case d.file == "" && d.requirement.Key() == s.Package:
		case d.file == "":
			rule.Add = d.requirements()
			s.addRule(rule)
		case !r.isReadable(d.file) || len(d.pythons) > 0 || rule.When != "*" && len(r.requirementsOf(d.file).Constraints) > 0:
			r.leave("suite %s: %s, which tox.ini installs, cannot be taken over", s.Name, d.file)
		default:
			s.addRule(rule)
		}
	}
	if len(without) > 0 {
		r.leave("%s of tox.ini are no suites, and what `deps` has for them is not taken over: %s", display.Count(len(without), "factor"), shortened(without))
	}
}

// shortened returns the first of some words.
func shortened(words []string) string {
	const most = 8
	if len(words) > most {
		return strings.Join(words[:most], ", ") + ", …"
	}
	return strings.Join(words, ", ")
}

// addRule adds a rule, to one with the same condition if there is one.
func (s *Suite) addRule(rule Rule) {
	for i := range s.Rules {
		if other := &s.Rules[i]; other.When == rule.When && other.File == rule.File {
			other.Add = compact(append(other.Add, rule.Add...))
			return
		}
	}
	s.Rules = append(s.Rules, rule)
}

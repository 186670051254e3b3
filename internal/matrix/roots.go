package matrix

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/pep440"
	"toxgen/internal/python"
	"toxgen/internal/registry"
)

// Requires returns the requirements that the suite's rules add to an environment, in the order of the rules.
func (e Environment) Requires() []config.Requirement {
	var requires []config.Requirement
	for _, rule := range e.Suite.Rules {
		if rule.When.Matches(e.Pick.Release(), e.Python.Short()) {
			requires = append(requires, rule.Add...)
		}
	}
	return requires
}

// Roots returns the requirements that the configuration states for an environment besides the suite's own release: those
// of the suite's rules that match, those of the SDK or, if the suite says so, the checkouts that are installed instead, those
// of every environment, and the optional ones of the SDK that they use, in that order.
func (e Environment) Roots(c *config.Config) []config.Requirement {
	roots := e.Requires()
	own := e.Suite.Uses
	if e.Suite.Static != nil && e.Suite.Static.SkipInstall {
		return append(roots, c.Project.Used(config.Uses{Groups: own.Groups})...) // without the SDK it has no extras
	}
	if e.Suite.Install.Stated {
		return slices.Concat(roots, e.Suite.installations(c), c.Testenv.Requires,
			c.Project.Used(config.Uses{Groups: c.Testenv.Groups}), c.Project.Used(config.Uses{Groups: own.Groups}))
	}
	return slices.Concat(roots, c.Project.Requires, c.Testenv.Requires, c.Project.Used(c.Testenv.Uses), c.Project.Used(own))
}

// installations returns the checkouts that a suite installs instead of the SDK, as requirements.
func (s *Suite) installations(c *config.Config) []config.Requirement {
	var list []config.Requirement
	for i := range s.Install.Packages {
		list = append(list, c.Installation(&s.Install.Packages[i]))
	}
	return list
}

// Lowest returns the normalised names of the projects of which the environment of a lowest suite has the lowest releases:
// those to which the configuration, the SDK or a checkout that it installs sets a lower bound. Of other suites there are none.
func (e Environment) Lowest(c *config.Config) []string {
	if !e.Suite.Lowest {
		return nil
	}
	roots := e.Roots(c)
	for _, checkout := range c.Reached(roots, e.Python) {
		roots = append(roots, *checkout.Requires...)
	}
	var names []string
	for _, r := range roots {
		bounded := slices.ContainsFunc(r.Specifiers.Clauses(), func(s pep440.Specifier) bool {
			return slices.Contains([]string{">=", ">", "~=", "=="}, s.Operator())
		})
		if name := r.Key(); bounded && !slices.Contains(names, name) && (e.Pick.IsStatic() || name != e.Suite.Config.Package.Key) {
			names = append(names, name)
		}
	}
	return names
}

// Unsupported returns a checkout that a suite installs, and that does not support a Python, or nil if there is none.
func (s *Suite) Unsupported(c *config.Config, p python.Version) *config.Checkout {
	for _, checkout := range c.Reached(s.installations(c), p) {
		if !checkout.Supports(fullVersion(p)) {
			return checkout
		}
	}
	return nil
}

// Constraints returns the constraints that apply to an environment.
func (e Environment) Constraints(c *config.Config) []*config.Constraint {
	var list []*config.Constraint
	for i := range c.Constraints {
		if k := &c.Constraints[i]; e.IsConstrained(k) {
			list = append(list, k)
		}
	}
	return list
}

// IsConstrained reports whether a constraint applies to the environment.
func (e Environment) IsConstrained(k *config.Constraint) bool {
	when := config.When{Pythons: k.When}
	return when.MatchesPython(e.Python.Short()) &&
		(len(k.Suites) == 0 || slices.ContainsFunc(k.Suites, func(n config.Name) bool { return e.Suite.IsNamed(n.Text) }))
}

// RootsDigest returns a digest, in 64 hexadecimal digits, of what an environment asks the resolver for: the interpreter,
// its platform, the requirements and the constraints. It stays the same as long as these do.
func (e Environment) RootsDigest(c *config.Config) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s {%s} %s\n", e.Python.Install(), c.Target(e.Python).Platform, c.Project.Name.Text)
	if !e.Pick.IsStatic() {
		fmt.Fprintf(&b, "%s==%s\n", e.Suite.Config.Package, e.Pick.Version)
	}
	roots := e.Roots(c)
	for _, r := range roots {
		b.WriteString(r.Requirement.String() + "\n")
	}
	for _, checkout := range c.Reached(roots, e.Python) {
		for _, r := range *checkout.Requires {
			fmt.Fprintf(&b, "%s: %s\n", checkout.Name.Text, r.Requirement.String())
		}
		for _, extra := range slices.Sorted(maps.Keys(checkout.Extras)) {
			for _, r := range checkout.Extras[extra] {
				fmt.Fprintf(&b, "%s[%s]: %s\n", checkout.Name.Text, extra, r.Requirement.String())
			}
		}
	}
	for _, k := range e.Constraints(c) {
		b.WriteString("-c " + k.Requirement.Requirement.String() + "\n")
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// A PassedOver is a release that a suite does not test because an update found no pins for it.
type PassedOver struct {
	Version pep440.Version
	registry.Unresolvable
}

// unresolvable returns the verdict because of which the suite passes a release over, or nil if there is no such verdict.
// A verdict applies only while its environment has the same roots and the suite admits its Python.
func (s *suiteSelection) unresolvable(r *registry.Release) *registry.Unresolvable {
	for i := range r.Unresolvable {
		u := &r.Unresolvable[i]
		if u.Suite != s.suite.Name {
			continue
		}
		limit := s.suite.Config.Python.Limit(r.Version)
		for _, p := range s.interpreters {
			e := Environment{Suite: s.suite, Pick: Pick{Version: r.Version}, Python: p}
			if p.Short() == u.Python && (limit == nil || limit.Match(lineVersion(p))) && e.RootsDigest(s.config) == u.Roots {
				return u
			}
		}
	}
	return nil
}

// KindPassedOver is the kind of the warnings of releases that suites pass over.
const KindPassedOver = "releases passed over"

// PassedOverHint returns what helps a suite that passes a release over.
func (s *Suite) PassedOverHint() string {
	return fmt.Sprintf("change what the suite requires; `mage update -only=%s` tries the release again", s.Configured())
}

// reportPassedOver warns of the releases that a suite passes over.
func (s *suiteSelection) reportPassedOver() {
	for _, p := range s.suite.PassedOver {
		s.warn(KindPassedOver, s.suite.Pos, s.suite.PassedOverHint(),
			"suite %q passes over %s %s: on Python %s %s", s.suite.Name, s.project.Name, p.Version, p.Python, p.Reason)
	}
}

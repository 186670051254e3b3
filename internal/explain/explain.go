// Package explain says why something is tested as it is, and what would change it: of a suite its releases with the rules that
// took or dropped them, of a release its Pythons, of an environment its pins with what requires them and what keeps them from
// newer releases, of a project where it is pinned and why. It reads the configuration, the facts and the lock, and asks
// nothing else: of a project that no suite follows, the facts have pinned releases only.
//
// An answer is a [Document]: [Document.JSON] has everything, [Document.Print] what a person reads first, or everything.
// docs/explain.md documents both.
package explain

import (
	"context"
	"fmt"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/display"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/registry"
	"toxgen/internal/resolve"
)

// A Question is asked about the state of a project.
type Question struct {
	Config *config.Config
	Facts  registry.Facts
	Lock   lock.Lock
}

// An inquiry is what answering a question needs.
type inquiry struct {
	Question
	matrix *matrix.Matrix
	// universe has the recorded facts.
	universe *resolve.Universe
}

// Explain answers what a suite, a release of one (`flask==3.1.4`), an environment or a project of the lock is. The error is a
// finding.List if what is none of these.
func Explain(ctx context.Context, q Question, what string) (*Document, error) {
	x := &inquiry{q, matrix.Select(q.Config, q.Facts, matrix.Before{Environments: q.Lock.Names()}).Matrix,
		resolve.NewUniverse(lock.Recorded(q.Config, q.Facts), 0)}
	if name, version, one := strings.Cut(what, "=="); one {
		return x.releases(name, version)
	}
	d := &Document{}
	for _, suite := range x.matrix.Suites {
		if suite.IsNamed(what) {
			d.Suites = append(d.Suites, x.suite(suite))
		}
	}
	var err error
	if d.Project, err = x.project(ctx, what); err != nil {
		return nil, err
	}
	if d.Suites != nil || d.Project != nil {
		return d, nil
	}
	for _, e := range x.matrix.Environments() {
		if e.Name() == what {
			d.Environment, err = x.environment(ctx, e)
			return d, err
		}
	}
	return nil, x.unknown(what)
}

// place returns where a suite is configured.
func (x *inquiry) place(suite *matrix.Suite) Place {
	p := Place{Suite: suite.Name, Place: fmt.Sprintf("%s:%d", x.Config.File, suite.Pos.Line)}
	disabled := (*config.Disabled)(nil)
	if suite.Config != nil {
		p.Project, disabled = suite.Config.Package.Key, suite.Config.Disabled
	} else {
		disabled = suite.Static.Disabled
	}
	if disabled != nil {
		p.Disabled = disabled.Reason
	}
	return p
}

// at returns a place in the configuration.
func (x *inquiry) at(pos config.Pos) string { return fmt.Sprintf("%s:%d", x.Config.File, pos.Line) }

// newRule returns a rule of the configuration.
func (x *inquiry) newRule(pos config.Pos, why config.Exception, format string, values ...any) Rule {
	r := Rule{Place: x.at(pos), Text: fmt.Sprintf(format, values...), Reason: why.Reason, Issue: why.Issue}
	if !why.Until.IsZero() {
		r.Until = why.Until.Format("2006-01-02")
	}
	return r
}

// constraint returns a constraint of the configuration as a rule.
func (x *inquiry) constraint(c *config.Constraint) Rule {
	text := "constraint " + c.Requirement.Requirement.String()
	if len(c.Suites) > 0 {
		var names []string
		for _, n := range c.Suites {
			names = append(names, n.Text)
		}
		text += " for " + strings.Join(names, ", ")
	}
	if len(c.When) > 0 {
		text += " on " + shorts(c.When)
	}
	return x.newRule(c.Pos, c.Exception, "%s", text)
}

// metadata returns the metadata that the configuration states of a project's releases, as rules.
func (x *inquiry) metadata(project string) []Rule {
	var rules []Rule
	for i := range x.Config.Metadata {
		if m := &x.Config.Metadata[i]; m.Release.Key == project {
			rules = append(rules, x.newRule(m.Pos, config.Exception{Reason: m.Reason}, "metadata of %s %s", project, m.Release.Version))
		}
	}
	return rules
}

// mayFail returns the rule by which environments may fail.
func (x *inquiry) mayFail(may *config.MayFail) Rule {
	return x.newRule(may.Pos, may.Exception, "may fail on %s", shorts(may.Pythons))
}

// shorts returns a list of Pythons.
func shorts(pythons []config.Interpreter) string {
	var names []string
	for _, p := range pythons {
		names = append(names, p.Short)
	}
	return strings.Join(names, ", ")
}

// verdict returns a verdict of the registry as a rule.
func verdict(project, reason, format string, values ...any) Rule {
	return Rule{Place: registry.Path(project), Text: fmt.Sprintf(format, values...), Reason: display.Cut(reason)}
}

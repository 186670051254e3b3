package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"toxgen/internal/foreign"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/resolve"
)

// Explain says why something is tested as it is: a suite, a release of one (`flask==3.1.4`) or an environment.
func (r *Run) Explain(ctx context.Context, what string) error {
	s, err := r.inputs(r.state)
	if err != nil {
		return err
	}
	s.matrix = matrix.Select(r.config, s.facts, matrix.Before{Environments: s.had.Names()}).Matrix
	r.state = s
	name, release, one := strings.Cut(what, "==")
	for _, suite := range s.matrix.Suites {
		if suite.Name != name {
			continue
		}
		if one {
			return r.explainRelease(suite, release)
		}
		r.explainSuite(suite)
		return nil
	}
	for _, e := range s.matrix.Environments() {
		if e.Name() == what {
			return r.explainEnvironment(ctx, e)
		}
	}
	return usageError(fmt.Sprintf("%q is no suite, no release of one as in `flask==3.1.4`, and no environment of tox.ini", foreign.Text(what)))
}

// heading names a suite and what it follows.
func (r *Run) heading(suite *matrix.Suite) string {
	place := fmt.Sprintf("suite %s (%s:%d)", suite.Name, r.config.File, suite.Pos.Line)
	switch c := suite.Config; {
	case c == nil:
		return place + " follows no project"
	case c.Disabled != nil:
		return fmt.Sprintf("%s follows %s, and is disabled: %s", place, c.Package.Key, c.Disabled.Reason)
	default:
		return fmt.Sprintf("%s follows %s", place, c.Package.Key)
	}
}

func (r *Run) explainSuite(suite *matrix.Suite) {
	out := r.world.Stdout
	fmt.Fprintln(out, r.heading(suite))
	for _, pick := range suite.Picks {
		if pick.IsStatic() {
			fmt.Fprintf(out, "tested on %s\n", shorts(pick))
		}
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, d := range slices.Backward(suite.Decisions) {
		why := string(d.Rule)
		if i := slices.IndexFunc(suite.Picks, func(p matrix.Pick) bool { return p.Version.Equal(d.Version) }); i >= 0 {
			why += ": tested on " + shorts(suite.Picks[i])
		} else if d.Detail != "" {
			why += ": " + foreign.Text(d.Detail)
		}
		fmt.Fprintf(table, "%s\t%s\n", d.Version, why)
	}
	_ = table.Flush() // writing to the terminal fails as any other line does
}

func shorts(pick matrix.Pick) string {
	var names []string
	for _, p := range pick.Pythons {
		names = append(names, p.Short())
	}
	return strings.Join(names, ", ")
}

func (r *Run) explainRelease(suite *matrix.Suite, text string) error {
	out := r.world.Stdout
	v, err := pep440.Parse(text)
	i := slices.IndexFunc(suite.Decisions, func(d matrix.Decision) bool { return err == nil && d.Version.Equal(v) })
	if i < 0 {
		return usageError(fmt.Sprintf("no release %q of suite %q is known: `mage explain %s` has all of them", foreign.Text(text), suite.Name, suite.Name))
	}
	d := suite.Decisions[i]
	fmt.Fprintf(out, "%s\n%s is %s", r.heading(suite), d.Version, d.Rule)
	if d.Detail != "" {
		fmt.Fprintf(out, ": %s", foreign.Text(d.Detail))
	}
	fmt.Fprintln(out)
	if d.Rule != matrix.RulePicked && d.Rule != matrix.RuleThinned && d.Rule != matrix.RulePython {
		return nil
	}
	claim, pythons := matrix.Pythons(r.config, r.state.facts, suite.Name, d.Version)
	fmt.Fprintf(out, "it claims: %s\n", claim)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, p := range pythons {
		verb := "not tested"
		if p.Tested && d.Rule == matrix.RulePicked {
			verb = "tested"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", p.Python.Short(), verb, p.Why)
	}
	return table.Flush()
}

func (r *Run) explainEnvironment(ctx context.Context, e matrix.Environment) error {
	out := r.world.Stdout
	fmt.Fprintf(out, "%s\n%s on CPython %s\n", r.heading(e.Suite), e.Name(), e.Python.Install())
	problem := lock.Problem(r.config, e.Release())
	pins := maps.Clone(r.state.had.Environments[e.Release().Name()])
	if len(pins) > 0 && !e.Pick.IsStatic() {
		pins[e.Suite.Config.Package.Key] = e.Pick.Version
	}
	target := resolve.NewUniverse(lock.Recorded(r.config, r.state.facts), 0).Target(e.Python, r.config.Target())
	faults, err := target.Verify(ctx, problem, pins)
	if err != nil {
		return err
	}
	for _, f := range faults {
		fmt.Fprintf(out, "%s\n", f.Message)
	}
	if slices.ContainsFunc(faults, func(f resolve.Fault) bool { return f.Kind != resolve.Yanked }) {
		return nil // these pins are no answer, so that nobody can be said to ask for them
	}
	problem.Preferences = pins
	result, err := target.Resolve(ctx, problem)
	if err != nil {
		return err
	}
	origins := map[string]string{}
	for _, root := range problem.Roots {
		origins[root.Requirement.String()] = cmp.Or(root.Origin, fmt.Sprintf("%s:%d", r.config.File, e.Suite.Pos.Line))
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, pin := range result.Pins {
		var by []string
		for _, q := range pin.RequiredBy {
			who := origins[q.Requirement]
			if q.Name != "" {
				who = fmt.Sprintf("%s %s", q.Name, q.Version)
			}
			by = append(by, fmt.Sprintf("%s (%s)", foreign.Text(q.Requirement), who))
		}
		fmt.Fprintf(table, "%s==%s\t%s\n", pin.Name, pin.Version, strings.Join(by, ", "))
	}
	return table.Flush()
}

// Package explain writes why something is tested as it is: each release of a suite with the rule that took or dropped it,
// each Python of a release, and for an environment what requires each of its pins. It reads the configuration, the facts
// and the lock, and asks nothing else.
package explain

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"toxgen/internal/config"
	"toxgen/internal/display"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/registry"
	"toxgen/internal/resolve"
)

// An Explanation holds what is explained, and where the text goes.
type Explanation struct {
	Config *config.Config
	Facts  registry.Facts
	Lock   lock.Lock
	Out    io.Writer
}

// An UnknownError is the error of a name that names nothing.
type UnknownError struct{ message string }

// Error returns what would have been a name.
func (e *UnknownError) Error() string { return e.message }

// Write explains a suite, a release of one (`flask==3.1.4`) or an environment. The error is an *UnknownError if what is
// none of these.
func (x *Explanation) Write(ctx context.Context, what string) error {
	m := matrix.Select(x.Config, x.Facts, matrix.Before{Environments: x.Lock.Names()}).Matrix
	name, release, one := strings.Cut(what, "==")
	found := false
	for _, suite := range m.Suites {
		if !suite.IsNamed(name) || suite.Lowest && one {
			continue
		}
		if found {
			x.line("")
		}
		found = true
		explain := func() error { return x.suite(suite) }
		if one {
			explain = func() error { return x.release(suite, release) }
		}
		if err := explain(); err != nil {
			return err
		}
	}
	if found {
		return nil
	}
	for _, e := range m.Environments() {
		if e.Name() == what {
			return x.environment(ctx, e)
		}
	}
	return &UnknownError{fmt.Sprintf("%q is not a suite, a release of one as in `flask==3.1.4`, or an environment of tox.ini", what)}
}

// heading returns a line that names a suite and what it follows.
func (x *Explanation) heading(suite *matrix.Suite) string {
	place := fmt.Sprintf("suite %s (%s:%d)", suite.Name, x.Config.File, suite.Pos.Line)
	switch c := suite.Config; {
	case c == nil:
		return place + " follows no project"
	case c.Disabled != nil:
		return fmt.Sprintf("%s follows %s, and is disabled: %s", place, c.Package.Key, c.Disabled.Reason)
	default:
		return fmt.Sprintf("%s follows %s", place, c.Package.Key)
	}
}

// line writes one line.
func (x *Explanation) line(format string, values ...any) {
	fmt.Fprintln(x.Out, display.Line(fmt.Sprintf(format, values...)))
}

// A table writes rows whose cells are aligned. It must be flushed.
type table struct{ *tabwriter.Writer }

func (x *Explanation) table() table { return table{tabwriter.NewWriter(x.Out, 0, 0, 2, ' ', 0)} }

// row writes a row. A cell may be long: it can list many requirers.
func (t table) row(cells ...string) {
	for i, cell := range cells {
		cells[i] = display.Escape(cell)
	}
	fmt.Fprintln(t, strings.Join(cells, "\t"))
}

// suite explains a suite.
func (x *Explanation) suite(suite *matrix.Suite) error {
	x.line("%s", x.heading(suite))
	for _, e := range suite.Environments() {
		if suite.Lowest {
			x.line("%s has the lowest releases of %s", e.Name(), strings.Join(e.Lowest(x.Config), ", "))
		}
	}
	if may := suite.Own.MayFail; may != nil {
		var names []string
		for _, p := range may.Pythons {
			names = append(names, p.Short)
		}
		x.line("may fail on %s: %s", strings.Join(names, ", "), may.Reason)
	}
	for _, pick := range suite.Picks {
		if pick.IsStatic() && !suite.Lowest {
			x.line("tested on %s", shorts(pick))
		}
	}
	table := x.table()
	for _, d := range slices.Backward(suite.Decisions) {
		why := string(d.Rule)
		if i := slices.IndexFunc(suite.Picks, func(p matrix.Pick) bool { return p.Version.Equal(d.Version) }); i >= 0 {
			why += ": tested on " + shorts(suite.Picks[i])
		} else if d.Detail != "" {
			why += ": " + d.Detail
		}
		table.row(d.Version.String(), display.Limit(why))
	}
	return table.Flush()
}

// shorts returns the Pythons of a pick.
func shorts(pick matrix.Pick) string {
	var names []string
	for _, p := range pick.Pythons {
		names = append(names, p.Short())
	}
	return strings.Join(names, ", ")
}

// release explains a release of a suite.
func (x *Explanation) release(suite *matrix.Suite, text string) error {
	v, err := pep440.Parse(text)
	i := slices.IndexFunc(suite.Decisions, func(d matrix.Decision) bool { return err == nil && d.Version.Equal(v) })
	if i < 0 {
		return &UnknownError{fmt.Sprintf("no release %q of suite %q is known: `mage explain %s` has all of them", text, suite.Name, suite.Name)}
	}
	d := suite.Decisions[i]
	x.line("%s", x.heading(suite))
	why := string(d.Rule)
	if d.Detail != "" {
		why += ": " + d.Detail
	}
	x.line("%s  %s", d.Version, why)
	if d.Rule != matrix.RulePicked && d.Rule != matrix.RuleThinned && d.Rule != matrix.RulePython {
		return nil
	}
	claim, pythons := matrix.Pythons(x.Config, x.Facts, suite.Name, d.Version)
	x.line("it claims: %s", claim)
	table := x.table()
	for _, p := range pythons {
		verb := "not tested"
		if p.Tested && d.Rule == matrix.RulePicked {
			verb = "tested"
		}
		table.row(p.Python.Short(), verb, display.Limit(p.Why))
	}
	return table.Flush()
}

// environment explains the pins of an environment.
func (x *Explanation) environment(ctx context.Context, e matrix.Environment) error {
	x.line("%s", x.heading(e.Suite))
	x.line("%s on CPython %s", e.Name(), x.Config.Target(e.Python))
	if may := e.Suite.Own.MayFailOn(e.Python.Short()); may != nil {
		x.line("may fail: %s", may.Reason)
	}
	pins := x.Lock.Environments[e.Release().Name()]
	facts := resolve.NewUniverse(lock.Recorded(x.Config, x.Facts), 0)
	faults, err := facts.Target(x.Config.Target(e.Python)).Verify(ctx, lock.Problem(x.Config, e.Release()), lock.WithOwn(pins, e))
	if err != nil {
		return err
	}
	for _, f := range faults {
		x.line("%s", f.Message)
	}
	if slices.ContainsFunc(faults, func(f resolve.Fault) bool { return f.Kind != resolve.Yanked }) {
		return nil // these pins are not an answer: what requires them is not known
	}
	required, err := lock.Requirers(ctx, x.Config, facts, e, pins)
	if err != nil {
		return err
	}
	table := x.table()
	for _, pin := range required {
		var by []string
		for _, q := range pin.By {
			by = append(by, display.Limit(fmt.Sprintf("%s (%s)", display.Cut(q.Requirement), q.Origin)))
		}
		table.row(fmt.Sprintf("%s==%s", pin.Project, pin.Version), strings.Join(by, ", "))
	}
	return table.Flush()
}

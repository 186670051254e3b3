package explain

import (
	"context"
	"maps"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/resolve"
)

// environment explains the pins of an environment.
func (x *inquiry) environment(ctx context.Context, e matrix.Environment) (*Environment, error) {
	d := &Environment{Place: x.place(e.Suite), Name: e.Name(), Target: x.Config.Target(e.Python).String(), Afresh: movesAfresh(x.Config, e)}
	if may := e.Suite.Own.MayFailOn(e.Python.Short()); may != nil {
		d.Rules = append(d.Rules, x.mayFail(may))
	}
	for _, c := range x.binding(e) {
		d.Rules = append(d.Rules, x.constraint(c))
	}
	p, err := x.prove(ctx, e)
	if err != nil {
		return nil, err
	}
	for _, f := range p.faults {
		d.Faults = append(d.Faults, f.Message)
	}
	for _, required := range p.required {
		pin := Pin{Project: required.Project, Version: required.Version.String()}
		for _, by := range required.By {
			pin.By = append(pin.By, Demand{by.Requirement, by.Origin})
		}
		if pin.Newer, err = p.newer(ctx, required.Project); err != nil {
			return nil, err
		}
		if pin.Newer != nil {
			if pin.Newer.Fits, err = p.fits(ctx, required.Project); err != nil {
				return nil, err
			}
		}
		d.Pins = append(d.Pins, pin)
	}
	return d, nil
}

// A proved is an environment with its pins, and what is known of them.
type proved struct {
	*inquiry
	environment matrix.Environment
	target      *resolve.Target
	problem     *resolve.Problem
	// pins include the release that the suite follows.
	pins   lock.Pins
	faults []resolve.Fault
	// required has the pins with what requires them. It is empty if the pins are no answer to what the environment requires.
	required []lock.Required
}

// prove looks at the pins of an environment.
func (x *inquiry) prove(ctx context.Context, e matrix.Environment) (*proved, error) {
	had := x.Lock.Environments[e.Release().Name()]
	p := &proved{inquiry: x, environment: e, target: x.universe.Target(x.Config.Target(e.Python)), problem: lock.Problem(x.Config, e.Release()), pins: lock.WithOwn(had, e)}
	var err error
	if p.faults, err = p.target.Verify(ctx, p.problem, p.pins); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(p.faults, func(f resolve.Fault) bool { return f.Kind != resolve.Yanked }) {
		return p, nil
	}
	p.required, err = lock.Requirers(ctx, x.Config, x.universe, e, had)
	return p, err
}

// newer returns the newest known release of a project if it is newer than the pin of the environment, with what keeps the pin
// from it, or nil. The release that a suite tests and what is to have its lowest release are not newer on purpose.
func (p *proved) newer(ctx context.Context, project string) (*Newer, error) {
	pinned, e := p.pins[project], p.environment
	newest, found := p.newest(project, pinned.IsPrerelease())
	meant := !e.Pick.IsStatic() && project == e.Suite.Config.Package.Key || slices.Contains(e.Lowest(p.Config), project)
	if meant || !found || newest.Compare(pinned) <= 0 {
		return nil, nil
	}
	why, err := p.keeping(ctx, project, newest)
	return &Newer{Version: newest.String(), Why: why}, err
}

// fits returns the newest known release of a project that is newer than the pin and from which nothing known keeps it, or "".
func (p *proved) fits(ctx context.Context, project string) (string, error) {
	pinned := p.pins[project]
	for _, r := range slices.Backward(p.Facts.Project(project).Releases) {
		if r.Version.Compare(pinned) <= 0 {
			break
		}
		if r.Yanked.Is || r.Version.IsDev() || r.Version.IsPrerelease() && !pinned.IsPrerelease() {
			continue
		}
		if why, err := p.keeping(ctx, project, r.Version); err != nil || len(why) == 0 {
			return r.Version.String(), err
		}
	}
	return "", nil
}

// keeping returns what keeps the pin of a project from another version, while all other pins stay.
func (p *proved) keeping(ctx context.Context, project string, v pep440.Version) ([]string, error) {
	pins := maps.Clone(p.pins)
	pins[project] = v
	faults, err := p.target.Verify(ctx, p.problem, pins)
	var all []string
	for _, f := range faults {
		switch {
		case f.Kind == resolve.Superfluous || f.Kind == resolve.Yanked:
		case f.Name != project:
			all = append(all, "only together with others: "+f.Message)
		case f.Requirement != "":
			all = append(all, f.Requirement)
		default:
			all = append(all, strings.TrimPrefix(f.Message, project+" "+v.String()+": "))
		}
	}
	return all, err
}

// newest returns the newest known release of a project that is not yanked. A pre-release counts if the pin is one, or if there
// is nothing else.
func (x *inquiry) newest(project string, prereleases bool) (newest pep440.Version, found bool) {
	for _, r := range slices.Backward(x.Facts.Project(project).Releases) {
		switch {
		case r.Yanked.Is || r.Version.IsDev():
		case prereleases || !r.Version.IsPrerelease():
			return r.Version, true
		case !found:
			newest, found = r.Version, true
		}
	}
	return newest, found
}

// movesAfresh reports whether an update resolves an environment without regard to its pins.
func movesAfresh(c *config.Config, e matrix.Environment) bool {
	return c.Update.Refresh == "all" || c.Update.Refresh != "none" && e.Pick.IsCurrent()
}

package explain

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"toxgen/internal/display"
)

// How says how a document is printed.
type How struct {
	// All prints everything, instead of what a person reads first.
	All bool
	// What was asked, and Program is the command of the reader: both are for the command that prints everything.
	What    string
	Program display.Program
}

// Print writes the document in lines.
func (d *Document) Print(w io.Writer, how How) {
	p := printer{w, how}
	begun := false
	between := func() {
		if begun {
			p.line("")
		}
		begun = true
	}
	for i := range d.Suites {
		between()
		p.suite(&d.Suites[i])
	}
	for i := range d.Releases {
		between()
		p.release(&d.Releases[i])
	}
	if d.Environment != nil {
		p.environment(d.Environment)
	}
	if d.Project != nil {
		between()
		p.project(d.Project, d.Suites != nil && !how.All)
	}
}

// A printer writes a document.
type printer struct {
	out io.Writer
	How
}

// line writes one line.
func (p printer) line(format string, values ...any) {
	fmt.Fprintln(p.out, display.Line(fmt.Sprintf(format, values...)))
}

// more says which command prints what was left out.
func (p printer) more(what string) {
	if !p.All {
		p.line("%s", p.Program.Hint(fmt.Sprintf("%s: `mage explain %s -all`", what, p.What)))
	}
}

// table writes rows whose cells are aligned. A cell may be long: it can list many requirers.
func (p printer) table(rows [][]string) {
	t := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, cells := range rows {
		for i, cell := range cells {
			cells[i] = display.Escape(cell)
		}
		fmt.Fprintln(t, strings.TrimRight(strings.Join(cells, "\t"), "\t"))
	}
	_ = t.Flush() // as for all that is printed: there is no other place to report it
}

// place writes a line that names a suite and what it follows.
func (p printer) place(s Place) {
	place := fmt.Sprintf("suite %s (%s)", s.Suite, s.Place)
	follows := "follows no project"
	if s.Project != "" {
		follows = "follows " + s.Project
	}
	if s.Disabled != "" {
		follows += ", and is disabled: " + s.Disabled
	}
	p.line("%s %s", place, follows)
}

// suite writes what a suite tests.
func (p printer) suite(s *Suite) {
	p.place(s.Place)
	if s.Lowest != nil {
		of := strings.Join(s.Lowest.Projects, ", ")
		if of == "" {
			of = "nothing, since nothing has a lower bound"
		}
		p.line("%s has the lowest releases of %s", s.Lowest.Environment, of)
	}
	if s.Project == "" {
		for _, t := range s.Tested {
			p.line("tested on %s", strings.Join(t.Pythons, ", "))
		}
	} else if !p.All && s.Lowest == nil {
		p.tested(s.Tested)
		p.dropped(s.Decisions)
	}
	p.rules(s.Rules)
	p.changes(s.Changes)
	switch {
	case s.Decisions == nil:
	case p.All:
		p.decisions(s)
	default:
		p.more(fmt.Sprintf("every known release (%d)", len(s.Decisions)))
	}
}

// tested writes the releases that a suite tests, the newest first.
func (p printer) tested(tested []Tested) {
	rows := [][]string{}
	for _, t := range slices.Backward(tested) {
		latest := ""
		if t.Latest {
			latest = "newest stable"
		}
		rows = append(rows, []string{"  " + t.Version, strings.Join(t.Pythons, ", "), latest})
	}
	if len(rows) == 0 {
		p.line("tested: nothing")
		return
	}
	p.line("tested:")
	p.table(rows)
}

// dropped writes how many releases each rule dropped, and the newest of them.
func (p printer) dropped(decisions []Decision) {
	type group struct {
		rule, detail string
		versions     []string
		mixed        bool
	}
	var groups []*group
	for _, d := range decisions {
		if d.Rule == "picked" {
			continue
		}
		i := slices.IndexFunc(groups, func(g *group) bool { return g.rule == d.Rule })
		if i < 0 {
			i, groups = len(groups), append(groups, &group{rule: d.Rule, detail: d.Detail})
		}
		groups[i].versions = append(groups[i].versions, d.Version)
		groups[i].mixed = groups[i].mixed || groups[i].detail != d.Detail
	}
	if len(groups) == 0 {
		return
	}
	p.line("not tested, the newest of each first:")
	rows := [][]string{}
	for _, g := range groups {
		if g.detail != "" && !g.mixed {
			g.rule += ": " + display.Limit(g.detail)
		}
		rows = append(rows, []string{"  " + some(g.versions), g.rule})
	}
	p.table(rows)
}

// rules writes the rules that apply.
func (p printer) rules(rules []Rule) {
	if len(rules) == 0 {
		return
	}
	p.line("what applies:")
	for _, r := range rules {
		text := "  " + r.Place + ": " + r.Text
		if r.Reason != "" {
			text += ": " + r.Reason
		}
		var more []string
		if r.Issue != "" {
			more = append(more, r.Issue)
		}
		if r.Until != "" {
			more = append(more, "until "+r.Until)
		}
		if len(more) > 0 {
			text += " (" + strings.Join(more, ", ") + ")"
		}
		p.line("%s", text)
	}
}

// changes writes what would change the releases that are tested.
func (p printer) changes(changes []Change) {
	if len(changes) == 0 {
		return
	}
	p.line("what would change it:")
	for _, c := range changes {
		in, out := strings.Join(c.In, ", "), strings.Join(c.Out, ", ")
		switch {
		case c.Unknown:
			p.line("  %s: not known without the index", c.If)
		case in == "" && out == "":
			p.line("  %s: nothing would change", c.If)
		case out == "":
			p.line("  %s: %s would be tested in addition", c.If, in)
		case in == "":
			p.line("  %s: %s would no longer be tested", c.If, out)
		default:
			p.line("  %s: %s would be tested in the place of %s", c.If, in, out)
		}
	}
}

// decisions writes every release with the rule that decided about it.
func (p printer) decisions(s *Suite) {
	rows := [][]string{}
	for _, d := range s.Decisions {
		why := d.Rule
		if i := slices.IndexFunc(s.Tested, func(t Tested) bool { return t.Version == d.Version }); i >= 0 {
			why += ": tested on " + strings.Join(s.Tested[i].Pythons, ", ")
		} else if d.Detail != "" {
			why += ": " + d.Detail
		}
		rows = append(rows, []string{d.Version, display.Limit(why)})
	}
	p.table(rows)
}

// release writes on which Pythons a release is tested.
func (p printer) release(r *Release) {
	p.place(r.Place)
	why := r.Rule
	if r.Detail != "" {
		why += ": " + r.Detail
	}
	p.line("%s  %s", r.Version, why)
	if r.Claims == "" {
		return
	}
	p.line("it claims: %s", r.Claims)
	rows := [][]string{}
	for _, one := range r.Pythons {
		verb := "not tested"
		if one.Tested {
			verb = "tested"
		}
		python := one.Python
		if one.Platform != "" {
			python += " on " + one.Platform
		}
		rows = append(rows, []string{python, verb, display.Limit(one.Why)})
	}
	p.table(rows)
}

// recorded is what facts of dependencies do not say.
const recorded = "registry/ has only pinned releases of a project that no suite follows: whether the index has newer ones is not known offline"

// environment writes the pins of an environment.
func (p printer) environment(e *Environment) {
	p.place(e.Place)
	p.line("%s on CPython %s", e.Name, e.Target)
	p.rules(e.Rules)
	for _, f := range e.Faults {
		p.line("%s", f)
	}
	if e.Pins == nil {
		return // these pins are not an answer: what requires them is not known
	}
	rows := [][]string{}
	for _, pin := range e.Pins {
		var by []string
		for _, q := range pin.By {
			by = append(by, display.Limit(fmt.Sprintf("%s (%s)", display.Cut(q.Requirement), q.Origin)))
		}
		rows = append(rows, []string{pin.Project + "==" + pin.Version, strings.Join(by, ", ")})
	}
	p.older(e)
	p.line("%s", recorded)
	if p.All {
		p.line("each pin, and what requires it:")
		p.table(rows)
	}
	p.more("each pin, and what requires it")
}

// older writes which pins of an environment could be newer, and what keeps them from it.
func (p printer) older(e *Environment) {
	kept, free := [][]string{}, []string{}
	for _, pin := range e.Pins {
		switch n := pin.Newer; {
		case n == nil:
		case len(n.Why) == 0:
			free = append(free, pin.Project+" "+n.Version)
		default:
			than := "not " + n.Version
			if n.Fits != "" {
				than += " (but " + n.Fits + ")"
			}
			kept = append(kept, []string{"  " + pin.Project + "==" + pin.Version, than, p.why(n.Why)})
		}
	}
	if len(kept)+len(free) == 0 {
		p.line("%s, none older than it should be by registry/", display.Count(len(e.Pins), "pin"))
		return
	}
	p.line("%s, of which %d are not the newest release in registry/", display.Count(len(e.Pins), "pin"), len(kept)+len(free))
	if len(kept) > 0 {
		p.line("what keeps them:")
		p.table(kept)
	}
	if len(free) > 0 {
		p.line("nothing known keeps these from the newest, and %s: %s", afresh(e.Afresh), strings.Join(free, ", "))
	}
}

// afresh says which update makes pins newer where they can be.
func afresh(is bool) string {
	if is {
		return "an update may move them"
	}
	return "only an update with -upgrade moves them, since older releases keep pins that hold"
}

// why returns the reasons why a pin is not newer.
func (p printer) why(reasons []string) string {
	shown := slices.Clone(reasons)
	for i := range shown {
		shown[i] = display.Limit(shown[i])
	}
	if p.All || len(shown) <= few {
		return strings.Join(shown, "; ")
	}
	return fmt.Sprintf("%s; and %s", strings.Join(shown[:few], "; "), display.Count(len(shown)-few, "more reason"))
}

// project writes where a project is pinned, in one line if that is brief.
func (p printer) project(d *Project, brief bool) {
	environments, suites := 0, map[string]bool{}
	for _, v := range d.Versions {
		environments += len(v.Environments)
		for _, suite := range v.Suites {
			suites[suite] = true
		}
	}
	p.line("project %s is pinned in %s of %s", d.Name, display.Count(environments, "environment"), display.Count(len(suites), "suite"))
	if brief {
		p.more("where, and why")
		return
	}
	if d.Newest != "" {
		p.line("its newest release in registry/ is %s", d.Newest)
	}
	for i := range d.Versions {
		p.pinned(&d.Versions[i], d.Newest)
	}
	p.rules(d.Rules)
	if !d.Followed {
		p.line("%s", recorded)
	}
	p.more("each environment, and each requirement")
}

// pinned writes where a release is pinned, and why. newest is the newest known one.
func (p printer) pinned(v *Pinned, newest string) {
	where := []string{}
	if n := len(v.Environments); n > 0 {
		where = append(where, fmt.Sprintf("%s of %s", display.Count(n, "environment"), p.list(v.Suites)))
	}
	if len(v.Builds) > 0 {
		where = append(where, "the builds for "+strings.Join(v.Builds, ", "))
	}
	p.line("%s  in %s", v.Version, strings.Join(where, ", and in "))
	p.counted(v.RequiredBy, "in %s %s")
	p.counted(v.Kept, "not "+newest+" in %s: %s")
	if v.Free > 0 {
		p.line("  nothing known keeps it from %s in %s", newest, display.Count(v.Free, "environment"))
	}
	if len(v.Unproven) > 0 {
		p.line("  not known of %s, whose pins do not hold", p.list(v.Unproven))
	}
	if p.All && len(v.Environments) > 0 {
		p.line("  pinned in %s", strings.Join(v.Environments, ", "))
	}
}

// list returns a list, cut unless everything is printed.
func (p printer) list(texts []string) string {
	if p.All {
		return strings.Join(texts, ", ")
	}
	return some(texts)
}

// counted writes texts with their numbers of environments, by a format for a number and a text.
func (p printer) counted(texts []Counted, format string) {
	for i, c := range texts {
		if !p.All && i == few && len(texts) > few+1 {
			p.line("  and %s", display.Count(len(texts)-few, "other"))
			return
		}
		p.line("  "+format, display.Count(c.Environments, "environment"), display.Limit(c.Text))
	}
}

package pipeline

import (
	"fmt"
	"sync"

	"toxgen/internal/finding"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/resolve"
	"toxgen/internal/tox"
)

// lacking reports the facts that selection lacks. A run that asks an index tried to bring them, and reported why they
// cannot be had.
func (r *Run) lacking(list []matrix.Lacking) finding.List {
	var findings finding.List
	for _, l := range list {
		findings = append(findings, finding.Finding{Severity: finding.OutOfSync, File: r.config.File, Line: l.Pos.Line, Column: l.Pos.Column,
			Kind: "lacking facts", Message: fmt.Sprintf("suite %q lacks %s", l.Suite, l), Hint: "run `mage toxgen`, which fetches it"})
	}
	return findings
}

// A fault is the same defect of the pins of several environments.
type fault struct {
	name, message string
	line          int
	yanked        bool
}

// unpinned reports pins that do not hold and that nothing replaced, and those that are yanked. What is wrong with many
// environments alike is one finding.
func (r *Run) unpinned(s *lock.Settlement) finding.List {
	pinLine := r.pinLine()
	var order []fault
	affected := map[fault][]string{}
	for i, e := range s.Environments {
		for _, f := range s.Outcomes[i].Faults {
			one := fault{f.Name, f.Message, pinLine(e, f.Name), f.Kind == resolve.Yanked && f.Name != ""}
			if affected[one] == nil {
				order = append(order, one)
			}
			affected[one] = append(affected[one], e.Name())
		}
	}
	var findings finding.List
	for _, f := range order {
		names := affected[f]
		who := "environment " + names[0]
		if len(names) > 1 {
			who += fmt.Sprintf(" and %d more", len(names)-1)
		}
		one := finding.Finding{Severity: r.mode.curable, File: r.config.ToxFile(), Line: f.line, Message: who + ": " + f.message, Hint: "run `mage toxgen`, which resolves it"}
		if f.yanked {
			one.Severity, one.Hint, one.Kind = finding.Warning, "`mage update` replaces it", "yanked pins"
		}
		findings = append(findings, one)
	}
	for i, p := range s.Pythons {
		o := s.Builds[i]
		for _, f := range o.Faults {
			if f.Kind != resolve.Yanked || f.Name == "" {
				findings = append(findings, finding.Finding{Severity: r.mode.curable, File: tox.BuildConstraints, Line: 1,
					Message: fmt.Sprintf("the build requirements have no valid pins for Python %s", p.Short()), Hint: "run `mage toxgen`"})
				break
			}
		}
	}
	return findings
}

// pinLine returns a function that finds the line of tox.ini which pins a project for an environment: 1 if there is none,
// 0 if there is no file. The file is read when the first line is asked for.
func (r *Run) pinLine() func(e matrix.Environment, project string) int {
	read := sync.OnceValues(func() (tox.PinLines, error) {
		data, err := r.tree.Read(r.config.ToxFile())
		return tox.FindPins(data), err
	})
	return func(e matrix.Environment, project string) int {
		lines, err := read()
		if err != nil {
			return 0
		}
		return max(1, lines.Line(e.Name(), project))
	}
}

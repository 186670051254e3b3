package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"toxgen/internal/config"
	"toxgen/internal/finding"
	"toxgen/internal/matrix"
	"toxgen/internal/report"
	"toxgen/internal/update"
)

// retry removes the temporary rules that expired of the suites that an update refreshes, so that it tests without them.
func (r *Run) retry(o update.Options, refreshed map[string]bool) error {
	now := r.world.Now
	if o.Before != nil {
		now = *o.Before
	}
	for _, rule := range r.config.Temporary() {
		if !rule.Expired(now) || !o.Retries(r.config, rule, refreshed) {
			continue
		}
		if err := r.removeRule(rule); err != nil {
			list, _ := errors.AsType[finding.List](err)
			if len(list) == 0 {
				return err
			}
			for i := range list {
				list[i].Severity = finding.Warning // it still applies, which harms nothing
			}
			r.add(list...)
		}
	}
	return nil
}

// retryHanded removes the rules that a hand-over says were removed. They have to be temporary: no other rule goes.
func (r *Run) retryHanded(handed []report.Retried) error {
	var refused finding.List
	for _, one := range handed {
		rules := r.config.Temporary()
		i := slices.IndexFunc(rules, func(rule config.TemporaryRule) bool { return rule.String() == one.Rule })
		if i < 0 {
			refused = append(refused, finding.Finding{Severity: finding.Error, File: update.SummaryFile,
				Message: fmt.Sprintf("it removes the rule %q, which is no temporary rule of %s", one.Rule, r.config.File)})
			continue
		}
		if err := r.removeRule(rules[i]); err != nil {
			return err
		}
	}
	return refused.Err()
}

// removeRule removes a temporary rule from the configuration; the steps that follow see that.
func (r *Run) removeRule(rule config.TemporaryRule) error {
	data, err := r.tree.Read(r.world.Config)
	if err != nil {
		return err
	}
	if data, err = config.WithoutRule(r.world.Config, data, rule); err != nil {
		return err
	}
	if err := r.reconfigure(data); err != nil {
		return err
	}
	r.done.retried = append(r.done.retried, rule)
	return nil
}

// retried returns the rules that the run removed, with the number of environments that have what each kept out.
func (r *Run) retried() []report.Retried {
	var list []report.Retried
	for _, rule := range r.done.retried {
		one := report.Retried{Rule: rule.String(), Until: rule.Until().Format(time.DateOnly), Reason: rule.Reason()}
		for _, e := range r.state.matrix.Environments() {
			if !e.Alias && r.keptOut(rule, e) {
				one.Environments++
			}
		}
		list = append(list, one)
	}
	return list
}

// keptOut reports whether a rule would keep an environment from what it has.
func (r *Run) keptOut(rule config.TemporaryRule, e matrix.Environment) bool {
	if rule.Hold != nil {
		return e.Suite.IsNamed(rule.Suite) && !e.Pick.IsStatic() && rule.Hold.Excludes(e.Pick.Version)
	}
	k := rule.Constraint
	v, pinned := r.state.lock.Environments[e.Name()][k.Requirement.Key()]
	return pinned && e.IsConstrained(k) && !k.Requirement.Specifiers.Match(v)
}

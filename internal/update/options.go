// Package update holds what an update is: what it is asked to do ([Options]), what it may see and move ([Policy], whose
// zero value is a plain run), how the facts of a project are refreshed from its page ([Sight.Refresh]), what two states
// of the project differ in ([Difference]), and what it hands over to a trusted place ([Handover]).
//
// But for reading a handed-over folder everything is pure: the clock and the index's answers are handed in.
package update

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"toxgen/internal/config"
	"toxgen/internal/registry"
)

// Options say what an update is to do.
type Options struct {
	// Only and Skip name suites; an empty Only is all of them. Suites of one project go along with each other.
	Only, Skip []string
	// Before is the time whose result is wanted; nil: now, less the cooldown.
	Before *time.Time
	// Upgrade resolves every environment afresh, whatever pins it has.
	Upgrade bool
	// Strict makes it an error that anything had to keep what it had.
	Strict bool
	// Summary is a file for the summary: as JSON if its name ends in .json, else as Markdown; empty: none.
	Summary string
}

// ParseOptions reads the flags of the command; nil is a flag that was not given.
func ParseOptions(only, skip, before *string, upgrade, strict *bool, summary *string) (Options, error) {
	o := Options{Only: names(only), Skip: names(skip), Upgrade: upgrade != nil && *upgrade, Strict: strict != nil && *strict}
	if summary != nil {
		o.Summary = *summary
	}
	if before != nil {
		t, err := time.Parse(time.RFC3339, *before)
		if err != nil {
			return o, fmt.Errorf("-before=%s is not a time like 2026-08-10T04:00:00Z", *before)
		}
		o.Before = &t
	}
	return o, nil
}

func names(list *string) []string {
	if list == nil {
		return nil
	}
	return strings.FieldsFunc(*list, func(r rune) bool { return r == ',' || r == ' ' })
}

// whole reports whether an update is not confined to some suites: then static ones and builds move too.
func (o *Options) whole() bool { return len(o.Only) == 0 }

// Retries reports whether an update that refreshes some projects tests without a temporary rule that expired: if it refreshes a suite
// that the rule is for.
func (o *Options) Retries(c *config.Config, rule config.TemporaryRule, refreshed map[string]bool) bool {
	suites := rule.Suites()
	return len(suites) == 0 && o.whole() || slices.ContainsFunc(suites, func(name string) bool {
		if suite := c.Suite(name); suite != nil {
			return refreshed[suite.Package.Key]
		}
		return o.whole() // a static one
	})
}

// Projects returns the projects that an update refreshes, sorted: the packages of its suites and, if it is not confined
// to some, everything else that there are facts of. It is an error to name what is no suite that follows a project.
func (o *Options) Projects(c *config.Config, facts registry.Facts) ([]string, error) {
	chosen := func(names []string) (map[string]bool, error) {
		packages := map[string]bool{}
		for _, name := range names {
			suite := c.Suite(name)
			if suite == nil {
				return nil, fmt.Errorf("no suite that follows a project is called %q in %s", name, c.File)
			}
			packages[suite.Package.Key] = true
		}
		return packages, nil
	}
	only, err := chosen(o.Only)
	if err != nil {
		return nil, err
	}
	skip, err := chosen(o.Skip)
	if err != nil {
		return nil, err
	}
	projects := c.Followed()
	if o.whole() {
		projects = append(projects, slices.Collect(maps.Keys(facts))...)
	}
	slices.Sort(projects)
	return slices.DeleteFunc(slices.Compact(projects), func(name string) bool {
		return skip[name] || !o.whole() && !only[name]
	}), nil
}

package laws

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// isIsolated is law 4. It compares an update after events on one project with an update without them. What moves for
// other reasons moves in both.
func (t *Trial) isIsolated() []Finding {
	project := t.onlyProject()
	if !t.updates() || !t.InSync || project == "" {
		return nil
	}
	t.serve(t.IndexBefore)
	quiet := t.again(t.Before)
	t.serve(t.Index)
	if quiet.Status != 0 {
		return nil
	}
	t.Looked = append(t.Looked, "law 4: events on one project move nothing else")
	if t.Status != 0 {
		if strings.Contains(t.Stderr, "no project could be refreshed") && (t.followsOnly(project) || t.with("-only=")) {
			return nil
		}
		if t.with("-before=") { // at that time there may have been nothing that the suites can have
			return nil
		}
		return []Finding{{What: "one broken project stops nothing else", Details: []string{fmt.Sprintf("events on %s alone: exit status %d", project, t.Status), t.Stderr}}}
	}
	var moved []string
	touched := map[string]bool{} // suites that install the project: one that cannot have it stays as a whole
	before, with, without := lockOf(t.Before["tox.ini"]), lockOf(t.Tree["tox.ini"]), lockOf(quiet.Tree["tox.ini"])
	for _, lock := range []Lock{before, with, without} {
		for environment, pins := range lock {
			if pins[project] != "" {
				touched[suiteOf(environment)] = true
			}
		}
	}
	for _, environment := range slices.Sorted(maps.Keys(with)) {
		pins, there := without[environment]
		if there && !touched[suiteOf(environment)] && !maps.Equal(pins, with[environment]) {
			moved = append(moved, fmt.Sprintf("the suite of %s does not install %s: with the events %v, without them %v", environment, project, with[environment], pins))
		}
	}
	if len(moved) > 0 {
		return []Finding{{What: "what one project does moves no pin of a suite without it", Details: moved}}
	}
	return nil
}

// onlyProject returns the project that all events of the step are about, if they are events on the index.
func (t *Trial) onlyProject() string {
	project := ""
	for _, e := range t.Events {
		if project != "" && project != e.Project || e.Project == "" || !clone(t.IndexBefore).apply(e) {
			return ""
		}
		project = e.Project
	}
	return project
}

// followsOnly reports whether no suite follows another project.
func (t *Trial) followsOnly(project string) bool {
	return !slices.ContainsFunc(t.config.Suites, func(s Suite) bool { return s.Package != "" && s.project() != project })
}

// suiteOf returns the suite of an environment. The suites of worlds have names without a hyphen.
func suiteOf(environment string) string {
	factors := strings.Split(environment, "-")
	return factors[min(1, len(factors)-1)]
}

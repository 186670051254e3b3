package laws

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// keepsCooldown is law 5. A release is adopted when its line or its pin is there, a file when the project that it alone
// requires is.
func (t *Trial) keepsCooldown() []Finding {
	limit, dated := cooldown, false // in days
	for _, argument := range t.Command {
		if days, found := strings.CutPrefix(argument, "-before="); found {
			n, err := strconv.Atoi(strings.TrimSuffix(days, "d"))
			must(err)
			limit, dated = n, true
		}
	}
	if dated && t.Status != 0 {
		return nil // nothing has to be removed
	}
	var details []string
	held := false // whether there is anything to hold back
	before, after := lockOf(t.Before["tox.ini"]), lockOf(t.Tree["tox.ini"])
	for _, p := range t.Index {
		if dated && (p.Page != 0 || !slices.ContainsFunc(p.Files, func(f File) bool { return f.Days >= limit })) {
			continue // nothing of that day can be had: what requires it may keep what it had
		}
		for _, version := range p.versions() {
			young := p.oldest(version) < limit
			held = held || young
			if !dated && t.keepsLine(p.Name, version) {
				continue // it was adopted when it had other files
			}
			written := t.handPinned[release{p.Name, version}] && !dated
			if young && !written && strings.Contains(t.Tree["registry/"+p.Name+".jsonl"], `"version":"`+version+`"`) {
				details = append(details, fmt.Sprintf("registry/%s.jsonl has %s, which is %d days old", p.Name, version, p.oldest(version)))
			}
			if young && !(written && before.has(p.Name, version)) && (after.has(p.Name, version) || builds(t.Tree, p.Name, version)) {
				details = append(details, fmt.Sprintf("%s %s is pinned, which is %d days old", p.Name, version, p.oldest(version)))
			}
		}
		for _, f := range p.Files {
			held = held || f.Days < limit
			covered := t.handPinned[release{p.Name, f.Version}] && p.oldest(f.Version) < limit && !dated
			if f.Mark != "" && f.Days < limit && !covered && t.shows(p.Name, f.Mark) {
				details = append(details, fmt.Sprintf("%s, which is %d days old, is adopted: %s is required by it alone", f.name(p.Name), f.Days, f.Mark))
			}
		}
	}
	if held {
		t.Looked = append(t.Looked, "law 5: something is too young")
	}
	if len(details) == 0 {
		return nil
	}
	return []Finding{{What: "no file younger than the cooldown is adopted", Details: details}}
}

// keepsLine reports whether the registry says of a release what it said before.
func (t *Trial) keepsLine(project, version string) bool {
	line := func(tree Tree) string {
		for line := range strings.Lines(tree["registry/"+project+".jsonl"]) {
			if strings.Contains(line, `"version":"`+version+`"`) {
				return line
			}
		}
		return ""
	}
	return line(t.Tree) != "" && line(t.Tree) == line(t.Before)
}

// shows reports whether facts or pins have a mark.
func (t *Trial) shows(project, mark string) bool {
	return strings.Contains(t.Tree["registry/"+project+".jsonl"], `"`+mark+`"`) || strings.Contains(t.Tree["tox.ini"], " "+mark+"==") ||
		strings.Contains("\n"+t.Tree["build-constraints.txt"], "\n"+mark+"==")
}

// builds reports whether the build constraints pin a version.
func builds(t Tree, project, version string) bool {
	for line := range strings.Lines(t["build-constraints.txt"]) {
		pin, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		if strings.TrimSpace(pin) == project+"=="+version {
			return true
		}
	}
	return false
}

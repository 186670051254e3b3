package laws

import (
	"slices"
	"strings"
)

// A Lock is what a tox.ini pins: for each environment the version by project. It is read here without the program's own
// packages, so that a mistake of these does not hide itself.
type Lock map[string]map[string]string

// lockOf reads the pins of a tox.ini: the `name==version` lines of `[testenv] deps`, by the factors before them.
func lockOf(text string) Lock {
	lock := Lock{}
	for _, line := range block(text, "[tox]", "env_list") {
		for _, name := range expand(line) {
			lock[name] = map[string]string{}
		}
	}
	for _, line := range block(text, "[testenv]", "deps") {
		factors, requirement, conditional := strings.Cut(line, ": ")
		if !conditional {
			factors, requirement = "", line
		}
		name, version, pinned := strings.Cut(requirement, "==")
		name, _, _ = strings.Cut(name, "[")
		if !pinned || requiredName(name) != name || strings.ContainsAny(version, " ,;*") {
			continue
		}
		for environment, pins := range lock {
			if applies(factors, environment) {
				pins[name] = version
			}
		}
	}
	return lock
}

// has reports whether any environment pins a version of a project.
func (l Lock) has(project, version string) bool {
	for _, pins := range l {
		if pins[project] == version {
			return true
		}
	}
	return false
}

// block returns the lines of a key's value in a section, comments and blank lines aside.
func block(text, section, key string) []string {
	var lines []string
	inSection, inBlock := false, false
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || strings.HasPrefix(trimmed, "#"):
		case strings.HasPrefix(line, "["):
			inSection, inBlock = trimmed == section, false
		case !strings.HasPrefix(line, " "):
			inBlock = inSection && strings.HasPrefix(trimmed, key+" =")
		case inBlock:
			lines = append(lines, trimmed)
		}
	}
	return lines
}

// expand returns what a text with alternatives in braces stands for: `{a,b}-c` is `a-c` and `b-c`.
func expand(text string) []string {
	begin := strings.IndexByte(text, '{')
	if begin < 0 {
		return []string{text}
	}
	end := begin + strings.IndexByte(text[begin:], '}')
	if end < begin {
		return []string{text}
	}
	var all []string
	for choice := range strings.SplitSeq(text[begin+1:end], ",") {
		for _, rest := range expand(text[end+1:]) {
			all = append(all, text[:begin]+choice+rest)
		}
	}
	return all
}

// applies reports whether an environment has the factors of one of the alternatives of a condition. An empty condition
// applies to all.
func applies(condition, environment string) bool {
	if condition == "" {
		return true
	}
	has := strings.Split(environment, "-")
	for alternatives := range strings.SplitSeq(condition, ", ") {
		for _, group := range expand(alternatives) {
			if !slices.ContainsFunc(strings.Split(group, "-"), func(factor string) bool {
				name, negated := strings.CutPrefix(factor, "!")
				return slices.Contains(has, name) == negated
			}) {
				return true
			}
		}
	}
	return false
}

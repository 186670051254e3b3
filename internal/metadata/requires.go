package metadata

import (
	"fmt"
	"slices"
	"strings"
)

// ParseRequires reads an egg-info's requires.txt and returns the same as Requires-Dist and Provides-Extra would
// state it, each line with its section's condition as a marker. Extras stand in the order of their sections.
func ParseRequires(data []byte) (requires, extras []string, err error) {
	var section string
	for text := range strings.Lines(string(data)) {
		line := strings.TrimSpace(text)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			if !strings.HasSuffix(line, "]") {
				return nil, nil, fmt.Errorf("requires.txt: %q begins like a section and does not end like one", line)
			}
			section = line[1 : len(line)-1]
			if extra, _, _ := strings.Cut(section, ":"); extra != "" && !slices.Contains(extras, extra) {
				extras = append(extras, extra)
			}
		default:
			requires = append(requires, conditional(line, section))
		}
	}
	return requires, extras, nil
}

// conditional adds the condition of a section to a requirement.
func conditional(line, section string) string {
	extra, marker, _ := strings.Cut(section, ":")
	mark := ";"
	if strings.Contains(line, "@") {
		mark = " ;" // a URL may hold a semicolon; the one that begins a marker follows a blank
	}
	requirement, own, _ := strings.Cut(line, mark)
	var conditions []string
	for _, condition := range []string{own, marker} {
		if condition = strings.TrimSpace(condition); condition != "" {
			conditions = append(conditions, condition)
		}
	}
	if extra != "" {
		conditions = append(conditions, fmt.Sprintf("extra == %q", extra))
	}
	if len(conditions) == 0 {
		return line
	}
	if len(conditions) > 1 {
		for i, condition := range conditions {
			if strings.Contains(condition, " or ") {
				conditions[i] = "(" + condition + ")"
			}
		}
	}
	return strings.TrimSpace(requirement) + mark + " " + strings.Join(conditions, " and ")
}

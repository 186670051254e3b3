package metadata

import (
	"fmt"
	"slices"
	"strings"
)

// ParseRequires reads an egg-info's requires.txt and returns the same as Requires-Dist and Provides-Extra would
// state it, each line with its section's condition as a marker. Extras stand in the order of their sections. Its only
// error is a section without an end.
func ParseRequires(data []byte) (requires, extras []string, err error) {
	var extra, marker string
	for text := range strings.Lines(string(data)) {
		line, _, _ := strings.Cut(strings.ReplaceAll(text, "\t", " "), " #")
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			section, found := strings.CutSuffix(line[1:], "]")
			if !found {
				return nil, nil, fmt.Errorf("requires.txt: %q begins like a section and does not end like one", line)
			}
			extra, marker, _ = strings.Cut(section, ":")
			if extra != "" && !slices.Contains(extras, extra) {
				extras = append(extras, extra)
			}
		default:
			requires = append(requires, conditional(line, extra, marker))
		}
	}
	return requires, extras, nil
}

// conditional adds the condition of a section to a requirement, which may have a marker of its own.
func conditional(line, extra, marker string) string {
	mark := ";"
	if before, _, _ := strings.Cut(line, mark); strings.Contains(before, "@") {
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
	for i, condition := range conditions {
		// These letters stand in other words too, such as `platform`: parentheses do no harm there.
		if len(conditions) > 1 && strings.Contains(condition, "or") {
			conditions[i] = "(" + condition + ")"
		}
	}
	return strings.TrimSpace(requirement) + mark + " " + strings.Join(conditions, " and ")
}

package metadata

import (
	"errors"
	"fmt"
	"strings"
)

// maximumRequires bounds what the requirements of a requires.txt come to: a section's condition goes with each of its
// lines.
const maximumRequires = 8 << 20

// ParseRequires reads an egg-info's requires.txt and returns the same as Requires-Dist and Provides-Extra would
// state it, each line with its section's condition as a marker. Extras stand in the order of their sections. Its only
// errors are a section without an end, and more than 8 MiB of requirements.
func ParseRequires(data []byte) (requires, extras []string, err error) {
	var extra, marker string
	seen := map[string]bool{}
	size := 0
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
			marker = strings.TrimSpace(marker)
			if extra != "" && !seen[extra] {
				seen[extra] = true
				extras = append(extras, extra)
			}
		default:
			requirement := conditional(line, extra, marker)
			if size += len(requirement); size > maximumRequires {
				return nil, nil, errors.New("requires.txt: with the conditions of their sections the requirements are larger than 8 MiB")
			}
			requires = append(requires, requirement)
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
	for _, condition := range []string{strings.TrimSpace(own), marker} {
		if condition != "" {
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

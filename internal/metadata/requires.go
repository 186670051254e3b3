package metadata

import (
	"errors"
	"fmt"
	"strings"
)

// maximumRequires limits the total size of the requirements of a requires.txt. They can be much larger than the file,
// because the condition of a section is added to each of its lines.
const maximumRequires = 8 << 20

// ParseRequires parses the requires.txt of an egg-info. It returns the values that Requires-Dist and Provides-Extra
// would have: each line with the condition of its section as a marker, and the extras in the order of their sections.
// It returns an error for a section header without an end and for more than 8 MiB of requirements, and for nothing else.
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
				return nil, nil, fmt.Errorf("requires.txt: the section header %q does not end with a bracket", line)
			}
			extra, marker, _ = strings.Cut(section, ":")
			marker = strings.TrimSpace(marker)
			if extra != "" && !seen[extra] {
				seen[extra] = true
				extras = append(extras, extra)
			}
		default:
			requirement := addCondition(line, extra, marker)
			if size += len(requirement); size > maximumRequires {
				return nil, nil, errors.New("requires.txt: the requirements, with the conditions of their sections, are larger than 8 MiB")
			}
			requires = append(requires, requirement)
		}
	}
	return requires, extras, nil
}

// addCondition returns a requirement with the condition of its section added. The requirement may have a marker.
func addCondition(line, extra, marker string) string {
	mark := ";"
	if before, _, _ := strings.Cut(line, mark); strings.Contains(before, "@") {
		mark = " ;" // a URL may contain a semicolon; the semicolon before a marker follows a space
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
		// Other words, such as `platform`, contain these letters too; the extra parentheses do no harm.
		if len(conditions) > 1 && strings.Contains(condition, "or") {
			conditions[i] = "(" + condition + ")"
		}
	}
	return strings.TrimSpace(requirement) + mark + " " + strings.Join(conditions, " and ")
}

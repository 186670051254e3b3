package config

import "toxgen/internal/similar"

// Meant returns a hint with the first known name that is similar to a name, or an empty text.
func Meant(name string, known []string) string {
	for _, k := range known {
		if nearly(name, k) {
			return "did you mean " + quoted(k) + "?"
		}
	}
	return ""
}

// nearly reports whether two names differ by at most one edit, or not at all if both are short.
func nearly(a, b string) bool {
	edits := similar.Distance(a, b)
	return edits == 0 || edits == 1 && max(len(a), len(b)) > 3
}

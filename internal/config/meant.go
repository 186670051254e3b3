package config

import "strings"

// Meant returns a hint with the first known name that is similar to a name, or an empty text.
func Meant(name string, known []string) string {
	for _, k := range known {
		if nearly(name, k) {
			return "did you mean " + quoted(k) + "?"
		}
	}
	return ""
}

// nearly reports whether two names differ by at most one edit, apart from case, `_` for `-` and a final s.
func nearly(a, b string) bool {
	fold := func(s string) string {
		return strings.TrimSuffix(strings.ReplaceAll(strings.ToLower(s), "_", "-"), "s")
	}
	a, b = fold(a), fold(b)
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || len(b) < 4 {
		return a == b
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	same := a == b || a[i+1:] == b[i+1:]
	swapped := i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
	return same || swapped
}

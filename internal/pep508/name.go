// Package pep508 implements names, requirements and environment markers of Python packages.
//
// The specifications are "Names and normalization" (PEP 503) and "Dependency specifiers" (PEP 508) of the
// Python packaging guide (https://packaging.python.org/en/latest/specifications/dependency-specifiers/), in the
// reading of pypa/packaging 26:
//
//	requirement = name [extras] (@ URL [blank ; marker] | [specifiers] [; marker])
//
// Versions may stand in parentheses, as older metadata have them; the variables of PEP 345 (os.name,
// python_implementation) still work. Markers compare as versions where the variable is one and the other side
// makes a specifier, else as texts; `<` and `>` of texts are false, `<=` and `>=` are equality.
//
// A syntax error is a [SyntaxError] with the place in the text. Non-goals: requirements files, and the variables
// of lock files, which are known and have no value here.
package pep508

import "strings"

// NormalizeName is the normal form of a project's or an extra's name (PEP 503): lower case, and one `-` for each
// run of `-`, `_` and `.`.
func NormalizeName(s string) string {
	if IsNormalizedName(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	pending := false
	for _, r := range strings.ToLower(s) {
		if r == '-' || r == '_' || r == '.' {
			pending = true
			continue
		}
		if pending {
			b.WriteByte('-')
			pending = false
		}
		b.WriteRune(r)
	}
	if pending {
		b.WriteByte('-')
	}
	return b.String()
}

// IsNormalizedName says whether s is a valid name in normal form.
func IsNormalizedName(s string) bool {
	dash := true
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			dash = false
		case c == '-' && !dash:
			dash = true
		default:
			return false
		}
	}
	return !dash
}

// ValidName says whether s can name a project: letters, digits, `.`, `_` and `-`, with a letter or digit at
// either end.
func ValidName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isAlphanumeric(c) && (i == 0 || i == len(s)-1 || c != '.' && c != '_' && c != '-') {
			return false
		}
	}
	return s != ""
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

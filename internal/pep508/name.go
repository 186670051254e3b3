// Package pep508 implements names, requirements and environment markers of Python packages.
//
// The specifications are "Names and normalization" (PEP 503) and "Dependency specifiers" (PEP 508) of the
// Python packaging guide (https://packaging.python.org/en/latest/specifications/dependency-specifiers/), in the
// interpretation of pypa/packaging 26:
//
//	requirement = name [extras] (@ URL [blank ; marker] | [specifiers] [; marker])
//
// Specifiers may be in parentheses, as in older metadata, and the variables of PEP 345 (os.name,
// python_implementation) are accepted. A marker compares versions if the variable is a version and the other side
// forms a valid specifier; otherwise it compares strings. Of strings, `<` and `>` are always false, and `<=` and `>=`
// mean equality.
//
// A syntax error is a [SyntaxError] with the position in the text. Non-goals: requirements files, and the variables
// of lock files, which are parsed but have no value.
package pep508

import "strings"

// NormalizeName returns the normal form of the name of a project or an extra (PEP 503): lower case, with one `-` for
// each run of `-`, `_` and `.`.
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

// IsNormalizedName reports whether s is a valid name in normal form.
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

// ValidName reports whether s is a valid project name: letters, digits, `.`, `_` and `-`, beginning and ending with a
// letter or digit.
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

package tox

import (
	"slices"
	"strings"

	"toxgen/internal/matrix"
)

// The functions below write conditions. An empty expression is always true.

// when returns a line with a condition in front.
func when(expression, line string) string {
	if expression == "" {
		return line
	}
	return expression + ": " + line
}

// join returns the conjunction of two conjunctions.
func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "-" + b
}

// anyOf returns the condition for one of some factors, such as `py3.6` or `{py3.6,py3.7}`.
func anyOf(factors []string) string {
	if len(factors) == 1 {
		return factors[0]
	}
	return "{" + strings.Join(factors, ",") + "}"
}

// noneOf returns the condition for none of some factors, such as `!py3.6-!py3.7`. It is empty if there are no factors.
func noneOf(factors []string) string {
	var all string
	for _, f := range factors {
		all = join(all, "!"+f)
	}
	return all
}

// A limit returns a line with a condition for some environments and a further condition. It returns nil if there are no such
// environments.
type limit func(rest, line string) []string

// ofSuite limits a line to the environments of a suite.
func ofSuite(suite *matrix.Suite) limit {
	return func(rest, line string) []string { return []string{when(join(suite.Name, rest), line)} }
}

// maximumAlternatives is the maximum number of alternatives by which a condition excludes suites. Beyond it, a condition
// names the other suites.
const maximumAlternatives = 32

// outside limits a line to the environments of all suites except the named ones. A name of several factors is absent if one
// of its factors is absent, which needs alternatives, whose numbers multiply.
func outside(m *matrix.Matrix, names []string) limit {
	alternatives := []string{""}
	for _, name := range names {
		var longer []string
		for _, alternative := range alternatives {
			for factor := range strings.SplitSeq(name, "-") {
				longer = append(longer, join(alternative, "!"+factor))
			}
		}
		if alternatives = longer; len(alternatives) > maximumAlternatives {
			return inside(m, names)
		}
	}
	return anyLimit(alternatives)
}

// inside limits a line as outside does, but names the other suites.
func inside(m *matrix.Matrix, names []string) limit {
	var alternatives []string
	for _, suite := range m.Suites {
		if !slices.Contains(names, suite.Name) {
			alternatives = append(alternatives, suite.Name)
		}
	}
	return anyLimit(alternatives)
}

// anyLimit limits a line to the environments for which one of some conjunctions is true.
func anyLimit(alternatives []string) limit {
	return func(rest, line string) []string {
		if len(alternatives) == 0 {
			return nil
		}
		whole := make([]string, len(alternatives))
		for i, alternative := range alternatives {
			whole[i] = join(rest, alternative)
		}
		return []string{when(strings.Join(whole, ", "), line)}
	}
}

// picked returns the condition for the environments of a suite with one of some picks. If the newest stable pick, and so
// its alias, is among them, the condition excludes the other releases instead, so that a new release renames nothing.
func picked(suite *matrix.Suite, meant func(matrix.Pick) bool) string {
	var in, out []string
	newest := false
	for _, pick := range suite.Picks {
		switch {
		case !meant(pick):
			out = append(out, "v"+pick.Version.String())
		case pick.IsNewest():
			newest = true
		default:
			in = append(in, "v"+pick.Version.String())
		}
	}
	if newest {
		return join(suite.Name, noneOf(out))
	}
	return suite.Name + "-" + anyOf(in)
}

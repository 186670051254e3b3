package tox

import (
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

// outside returns the condition for the environments of all suites except the named ones. A name of several factors is
// absent if one of its factors is absent, which needs alternatives. rest is a part of each alternative.
func outside(names []string, rest string) string {
	alternatives := []string{rest}
	for _, name := range names {
		var longer []string
		for _, alternative := range alternatives {
			for factor := range strings.SplitSeq(name, "-") {
				longer = append(longer, join(alternative, "!"+factor))
			}
		}
		alternatives = longer
	}
	return strings.Join(alternatives, ", ")
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

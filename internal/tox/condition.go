package tox

import (
	"strings"

	"toxgen/internal/matrix"
)

// How conditions are written. An expression that is empty holds always.

// when puts a condition before a line.
func when(expression, line string) string {
	if expression == "" {
		return line
	}
	return expression + ": " + line
}

// join puts two conjunctions together.
func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "-" + b
}

// anyOf is one of these factors: `py3.6`, `{py3.6,py3.7}`.
func anyOf(factors []string) string {
	if len(factors) == 1 {
		return factors[0]
	}
	return "{" + strings.Join(factors, ",") + "}"
}

// noneOf is none of these factors: `!py3.6-!py3.7`; empty for no factors.
func noneOf(factors []string) string {
	var all string
	for _, f := range factors {
		all = join(all, "!"+f)
	}
	return all
}

// outside holds in the environments of all suites but the named ones. A name of several factors is absent if one
// of them is, which needs alternatives; rest is part of each.
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

// picked holds in the environments of a suite with one of some picks. Where the newest stable pick is among
// them, and with it its alias, it names the releases that are not meant, so that a new release renames nothing.
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

package resolve

import "toxgen/internal/pep440"

// demand is what a release, or a root, asks of the candidate of an identifier: that its version matches, that it is
// one certain file, or that the interpreter is recent enough.
type demand struct {
	on      *identifier
	clauses *clauses // nil: any version
	exact   *candidate
	// met is the answer of a demand on the interpreter.
	met bool
	// source is what demands are made of; nil for those on a certain file or the interpreter.
	source *requirement
	// root is set for the roots.
	root *Root
	// python is the text of a Requires-Python.
	python string
}

// admits says whether a candidate meets the demand. Pre-releases are admitted: whether one may be taken at all was
// decided when candidates were looked for (rule 5).
func (d *demand) admits(c *candidate) bool {
	switch {
	case d.exact != nil:
		return d.exact == c
	case d.on == pythonIdentifier:
		return d.met
	default:
		return d.clauses == nil || d.clauses.Match(c.file.Version)
	}
}

// admitsVersion says the same of a version.
func (d *demand) admitsVersion(v pep440.Version) bool {
	if d.exact != nil {
		return d.exact.file.Version.Equal(v)
	}
	return d.clauses == nil || d.clauses.Match(v)
}

// demands are what a requirement asks for. One with extras and specifiers asks twice: of the project, so that
// whatever else asks for the project sees the specifiers, and of the project with the extras (rule 2).
func (r *requirement) demands(list []demand, root *Root) []demand {
	if r.extended == nil {
		return append(list, demand{on: r.project, clauses: r.clauses, source: r, root: root})
	}
	if r.clauses != nil {
		list = append(list, demand{on: r.project, clauses: r.clauses, source: r, root: root})
	}
	return append(list, demand{on: r.extended, clauses: r.clauses, source: r, root: root})
}

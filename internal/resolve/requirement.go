package resolve

import (
	"slices"
	"strings"

	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
)

// requirement is a parsed requirement. Those that releases state are interned by their text.
type requirement struct {
	// text is how it was written, by a stranger unless it is a root.
	text    string
	clauses *clauses // nil if there are none
	marker  *pep508.Marker
	url     string
	project *identifier
	// extended is the project with the extras; nil without any.
	extended *identifier
}

func (u *Universe) newRequirement(text string, parsed pep508.Requirement) *requirement {
	r := &requirement{text: text, marker: parsed.Marker, url: parsed.URL, project: u.identify(parsed.Key(), nil)}
	if !parsed.Specifiers.IsEmpty() {
		r.clauses = newClauses(parsed.Specifiers)
	}
	if len(parsed.Extras) > 0 {
		r.extended = u.identify(parsed.Key(), normalizedExtras(parsed.Extras))
	}
	return r
}

// clauses are the specifiers of a requirement, and what the order of decisions asks of them (rule 1).
type clauses struct {
	pep440.Specifiers
	// pins says that a clause admits one version, as far as yanked releases are concerned (rule 4).
	pins bool
	// pinned and bounded say the same, and that a clause sets an upper bound, for the order of decisions.
	pinned, bounded bool
}

func newClauses(s pep440.Specifiers) *clauses {
	c := &clauses{Specifiers: s}
	for _, clause := range s.Clauses() {
		wildcard := strings.Contains(clause.Version(), "*")
		c.pins = c.pins || clause.IsExact()
		switch clause.Operator() {
		case "==", "===":
			c.pinned = c.pinned || !wildcard
			c.bounded = c.bounded || wildcard && clause.Operator() == "=="
		case "<", "<=", "~=":
			c.bounded = true
		}
	}
	return c
}

func normalizedExtras(extras []string) []string {
	normalized := make([]string, len(extras))
	for i, extra := range extras {
		normalized[i] = pep508.NormalizeName(extra)
	}
	slices.Sort(normalized)
	return slices.Compact(normalized)
}

// parsed is a text and what became of it.
type parsed struct {
	requirement *requirement
	err         error
}

// requirement reads a Requires-Dist.
func (u *Universe) requirement(text string) (*requirement, error) {
	if known, found := u.requirements.Load(text); found {
		return known.(*parsed).requirement, known.(*parsed).err
	}
	p := &parsed{}
	r, err := pep508.ParseRequirement(strings.TrimSpace(text))
	if p.err = err; err == nil {
		p.requirement = u.newRequirement(text, r)
	}
	known, _ := u.requirements.LoadOrStore(text, p)
	return known.(*parsed).requirement, known.(*parsed).err
}

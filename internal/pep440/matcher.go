package pep440

import (
	"strconv"
	"strings"
)

// A matcher decides whether a clause matches a version. It is an interval of the total order, or the complement of one.
// The bounds follow from the specification: `>V` and `<V` exclude the local versions of V; `>V` also excludes the
// post-releases of V unless V is a post-release, and `<V` its pre-releases unless V is a pre-release.
type matcher struct {
	// lower and upper are the keys of the bounds, without upper itself. They are valid if keyed is set.
	lower, upper key
	keyed        bool
	// complement inverts the result.
	complement bool
}

// compile returns the matcher of a clause.
func compile(operator string, p *parts, wildcard bool) matcher {
	m := matcher{upper: greatest, complement: operator == "!="}
	k, fits := p.key()
	numbers := p.numbers()
	if !fits || numbers > len(releaseShift) {
		return m
	}
	m.keyed = true
	switch {
	case wildcard:
		m.lower, m.upper = k.dev0(), k.next(numbers).dev0()
	case operator == ">=":
		m.lower = k
	case operator == "<=":
		m.upper = k.after()
	case operator == ">" && p.dev != "":
		m.lower = k.after()
	case operator == ">" && p.post != "":
		m.lower = key{k.high, k.low + 1<<postShift}.dev0()
	case operator == ">":
		m.lower = k.afterPosts()
	case operator == "<" && p.isPrerelease():
		m.upper = k
	case operator == "<":
		m.upper = k.dev0()
	case operator == "~=":
		m.lower, m.upper = k, k.next(numbers-1).dev0()
	default: // == and !=
		m.lower, m.upper = k, k.after()
	}
	return m
}

// matches reports whether the clause matches a version.
func (s *Specifier) matches(v *Version) bool {
	if s.match.keyed && v.unkeyed == nil {
		return (!v.key.less(s.match.lower) && v.key.less(s.match.upper)) != s.match.complement
	}
	return s.matchesSlowly(v)
}

// matchesSlowly is like matches, and also works for clauses and versions without a key and for arbitrary equality (===).
func (s *Specifier) matchesSlowly(v *Version) bool {
	if s.operator == "===" {
		return sameText(v.text, s.version)
	}
	base, wildcard := strings.CutSuffix(s.version, ".*")
	clause, p := MustParse(base).parts(), v.parts()
	if clause.local != "" {
		return (clause.compare(&p) == 0) != s.match.complement
	}
	return boundsOf(s.operator, clause, wildcard).contain(&p) != s.match.complement
}

// sameText compares two texts as === does: in lower case, which matches fewer texts than case folding would.
func sameText(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	return a == b
}

// bounds is an interval that does not include its upper end. A nil bound means that the interval is open at that end.
type bounds struct{ lower, upper *point }

// A point is a place in the total order: at a version or just after it.
type point struct {
	parts
	place place
}

// place is where a point is, relative to its version.
type place int

const (
	at          place = iota // at the version
	afterLocals              // after the version and its local versions
	afterPosts               // after the version, its local versions and its post-releases
)

// boundsOf returns the bounds of a clause in parts. It is the counterpart of compile, which returns them in keys.
func boundsOf(operator string, p parts, wildcard bool) bounds {
	switch {
	case wildcard:
		return bounds{p.dev0(), p.next(p.numbers()).dev0()}
	case operator == ">=":
		return bounds{lower: &point{p, at}}
	case operator == "<=":
		return bounds{upper: &point{p, afterLocals}}
	case operator == ">" && p.dev != "":
		return bounds{lower: &point{p, afterLocals}}
	case operator == ">" && p.post != "":
		p.post = increment(p.post)
		return bounds{lower: p.dev0()}
	case operator == ">":
		return bounds{lower: &point{p, afterPosts}}
	case operator == "<" && p.isPrerelease():
		return bounds{upper: &point{p, at}}
	case operator == "<":
		return bounds{upper: p.dev0()}
	case operator == "~=":
		return bounds{&point{p, at}, p.next(p.numbers() - 1).dev0()}
	default: // == and !=
		return bounds{&point{p, at}, &point{p, afterLocals}}
	}
}

func (b bounds) contain(p *parts) bool {
	return (b.lower == nil || b.lower.compare(p) <= 0) && (b.upper == nil || b.upper.compare(p) > 0)
}

// compare returns -1, 0 or 1 if the point is before, at or after a version.
func (q *point) compare(p *parts) int {
	version := *p
	if q.place == afterPosts {
		version.post = ""
	}
	order := q.comparePublic(&version)
	switch {
	case order != 0:
		return order
	case q.place != at:
		return 1
	default:
		return compareLocal(q.local, p.local)
	}
}

// numbers returns how many numbers the release segment has.
func (p *parts) numbers() int { return strings.Count(p.release, ".") + 1 }

// dev0 returns the point of the first development release of a version.
func (p parts) dev0() *point {
	p.dev = "0"
	if p.phase == phaseFinal && p.post == "" {
		p.phase = phaseDev
	}
	return &point{p, at}
}

// next returns the release that follows all releases with the same first n numbers.
func (p parts) next(n int) parts {
	release := strings.Split(p.release, ".")[:n]
	release[n-1] = increment(release[n-1])
	return parts{epoch: p.epoch, release: strings.Join(release, "."), phase: phaseFinal}
}

// increment returns decimal digits plus one.
func increment(digits string) string {
	if n, fits := small(digits, 1<<62); fits {
		return strconv.FormatUint(n+1, 10)
	}
	sum := []byte(digits)
	for i := len(sum) - 1; i >= 0; i-- {
		if sum[i] < '9' {
			sum[i]++
			return string(sum)
		}
		sum[i] = '0'
	}
	return "1" + string(sum)
}

package pep440

import (
	"cmp"
	"strings"
)

var phaseNames = [...]string{phaseAlpha: "a", phaseBeta: "b", phaseRC: "rc"}

// String is the normal form.
func (p *parts) String() string {
	var b strings.Builder
	p.write(func(s string) bool { b.WriteString(s); return true })
	return b.String()
}

// spells says whether text is the normal form.
func (p *parts) spells(text string) bool {
	same := p.write(func(s string) bool {
		rest, found := strings.CutPrefix(text, s)
		text = rest
		return found
	})
	return same && text == ""
}

// write gives the normal form to use in pieces, until it returns false.
func (p *parts) write(use func(string) bool) bool {
	if p.epoch != "0" && !(use(p.epoch) && use("!")) {
		return false
	}
	for i, n := range p.release {
		if i > 0 && !use(".") || !use(n) {
			return false
		}
	}
	if p.phase != phaseFinal && p.phase != phaseDev && !(use(phaseNames[p.phase]) && use(p.pre)) {
		return false
	}
	if p.hasPost && !(use(".post") && use(p.post)) {
		return false
	}
	if p.hasDev && !(use(".dev") && use(p.dev)) {
		return false
	}
	for i, part := range p.local {
		mark := "."
		if i == 0 {
			mark = "+"
		}
		if !use(mark) || !use(part) {
			return false
		}
	}
	return true
}

// comparePublic orders by everything but the local version labels.
func (p *parts) comparePublic(q *parts) int {
	if order := compareNumbers(p.epoch, q.epoch); order != 0 {
		return order
	}
	for i := range max(len(p.release), len(q.release)) {
		if order := compareNumbers(p.releaseAt(i), q.releaseAt(i)); order != 0 {
			return order
		}
	}
	if order := cmp.Or(cmp.Compare(p.phase, q.phase), compareNumbers(p.pre, q.pre)); order != 0 {
		return order
	}
	if order := cmp.Or(compareBools(p.hasPost, q.hasPost), compareNumbers(p.post, q.post)); order != 0 {
		return order
	}
	return cmp.Or(compareBools(!p.hasDev, !q.hasDev), compareNumbers(p.dev, q.dev))
}

func (p *parts) releaseAt(i int) string {
	if i < len(p.release) {
		return p.release[i]
	}
	return "0"
}

// compareNumbers orders decimal digits without leading zeros; no digits at all are less than any.
func compareNumbers(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// compareLocal orders local version labels: none first, texts before numbers, a prefix before what extends it.
func compareLocal(a, b []string) int {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		order := compareBools(allDigits(x), allDigits(y))
		if order == 0 && allDigits(x) {
			order = compareNumbers(x, y)
		} else if order == 0 {
			order = strings.Compare(x, y)
		}
		if order != 0 {
			return order
		}
	}
	return cmp.Compare(len(a), len(b))
}

package pep440

import (
	"cmp"
	"strings"
)

// parts are the components of a version: texts within what was parsed, digits without leading zeros but for
// release and local. What a version does not have is empty.
type parts struct {
	epoch string // "0" if it is left out
	// release are the numbers of the release segment as they were written, with dots between them.
	release        string
	phase          uint64
	pre, post, dev string
	// local is the local version label as it was written.
	local string
}

// The phases of a release in their order.
const (
	phaseDev   = iota // a development release of the release itself
	phaseAlpha        // a
	phaseBeta         // b
	phaseRC           // rc
	phaseFinal        // neither of these; post-releases too
)

var phaseNames = [...]string{phaseDev: "", phaseAlpha: "a", phaseBeta: "b", phaseRC: "rc", phaseFinal: ""}

func (p *parts) isPrerelease() bool { return p.phase != phaseFinal || p.dev != "" }

// bare says that there is nothing but an epoch and a release.
func (p *parts) bare() bool { return !p.isPrerelease() && p.post == "" && p.local == "" }

// cutNumber takes the first number off a release segment; past its end it is 0.
func cutNumber(release string) (number, rest string) {
	number, rest = cutDigits(release)
	return withoutZeros(number), rest
}

// cutDigits is cutNumber with the digits as they stand. It is strings.Cut for texts so short that a call costs more
// than it saves.
func cutDigits(release string) (digits, rest string) {
	for i := range len(release) {
		if release[i] == '.' {
			return release[:i], release[i+1:]
		}
	}
	return release, ""
}

// withoutZeros is decimal digits without leading zeros; no digits at all are 0.
func withoutZeros(digits string) string {
	if digits = strings.TrimLeft(digits, "0"); digits == "" {
		return "0"
	}
	return digits
}

// appendTo appends the normal form.
func (p *parts) appendTo(b []byte) []byte {
	if p.epoch != "0" {
		b = append(append(b, p.epoch...), '!')
	}
	number, rest := cutNumber(p.release)
	b = append(b, number...)
	for rest != "" {
		number, rest = cutNumber(rest)
		b = append(append(b, '.'), number...)
	}
	b = append(append(b, phaseNames[p.phase]...), p.pre...)
	if p.post != "" {
		b = append(append(b, ".post"...), p.post...)
	}
	if p.dev != "" {
		b = append(append(b, ".dev"...), p.dev...)
	}
	mark := byte('+')
	for rest := p.local; rest != ""; mark = '.' {
		var part string
		part, rest = cutLocal(rest)
		b = append(b, mark)
		for i := range len(part) {
			b = append(b, lower(part[i]))
		}
	}
	return b
}

// cutLocal takes the first part off a local version label, without leading zeros if it is a number.
func cutLocal(label string) (part, rest string) {
	end := strings.IndexAny(label, ".-_")
	if end < 0 {
		end = len(label)
	} else {
		rest = label[end+1:]
	}
	if part = label[:end]; allDigits(part) {
		part = withoutZeros(part)
	}
	return part, rest
}

func allDigits(text string) bool {
	for i := range len(text) {
		if !isDigit(text[i]) {
			return false
		}
	}
	return true
}

// compare orders by the specification; a local version label has to be in normal form.
func (p *parts) compare(q *parts) int {
	return cmp.Or(p.comparePublic(q), compareLocal(p.local, q.local))
}

// comparePublic orders by everything but the local version labels.
func (p *parts) comparePublic(q *parts) int {
	return cmp.Or(compareNumbers(p.epoch, q.epoch), compareReleases(p.release, q.release),
		cmp.Compare(p.phase, q.phase), compareNumbers(p.pre, q.pre), compareNumbers(p.post, q.post),
		compareBools(p.dev == "", q.dev == ""), compareNumbers(p.dev, q.dev))
}

func compareReleases(a, b string) int {
	for a != "" || b != "" {
		var m, n string
		m, a = cutNumber(a)
		n, b = cutNumber(b)
		if order := compareNumbers(m, n); order != 0 {
			return order
		}
	}
	return 0
}

// compareNumbers orders decimal digits without leading zeros; no digits at all are less than any.
func compareNumbers(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }

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
func compareLocal(a, b string) int {
	for a != "" && b != "" {
		var x, y string
		x, a = cutLocal(a)
		y, b = cutLocal(b)
		order := compareBools(allDigits(x), allDigits(y))
		if order == 0 && allDigits(x) {
			order = compareNumbers(x, y)
		} else if order == 0 {
			order = cmp.Compare(x, y)
		}
		if order != 0 {
			return order
		}
	}
	return cmp.Compare(len(a), len(b))
}

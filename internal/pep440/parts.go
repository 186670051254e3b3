package pep440

import (
	"cmp"
	"strings"
)

// parts holds the components of a version as slices of the parsed text. Numbers have no leading zeros, except in
// release and local. A component that the version does not have is empty.
type parts struct {
	epoch string // "0" if it is left out
	// release holds the numbers of the release segment as they were written, with dots between them.
	release        string
	phase          uint64
	pre, post, dev string
	// local is the local version label as it was written.
	local string
}

// The phases of a release, in their order.
const (
	phaseDev   = iota // a development release of a final release
	phaseAlpha        // a
	phaseBeta         // b
	phaseRC           // rc
	phaseFinal        // none of these; includes post-releases
)

var phaseNames = [...]string{phaseDev: "", phaseAlpha: "a", phaseBeta: "b", phaseRC: "rc", phaseFinal: ""}

func (p *parts) isPrerelease() bool { return p.phase != phaseFinal || p.dev != "" }

// bare reports whether the version consists of an epoch and a release only.
func (p *parts) bare() bool { return !p.isPrerelease() && p.post == "" && p.local == "" }

// cutNumber returns the first number of a release segment, without leading zeros, and the rest. The number is "0" if the
// segment is empty.
func cutNumber(release string) (number, rest string) {
	number, rest = cutDigits(release)
	return withoutZeros(number), rest
}

// cutDigits is like cutNumber but returns the digits unchanged. It does what strings.Cut does, and is faster for texts
// this short.
func cutDigits(release string) (digits, rest string) {
	for i := range len(release) {
		if release[i] == '.' {
			return release[:i], release[i+1:]
		}
	}
	return release, ""
}

// withoutZeros returns decimal digits without leading zeros, and "0" for an empty text.
func withoutZeros(digits string) string {
	if digits = strings.TrimLeft(digits, "0"); digits == "" {
		return "0"
	}
	return digits
}

// appendTo appends the normal form to b and returns it.
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

// cutLocal returns the first part of a local version label, without leading zeros if it is a number, and the rest.
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

// compare compares p and q in the order of the specification. Local version labels must be in normal form.
func (p *parts) compare(q *parts) int {
	return cmp.Or(p.comparePublic(q), compareLocal(p.local, q.local))
}

// comparePublic compares p and q without their local version labels.
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

// compareNumbers compares decimal numbers without leading zeros. An empty text is less than every number.
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

// compareLocal compares local version labels. An empty label is before all others, letters are before numbers, and a
// prefix of a label is before the label.
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

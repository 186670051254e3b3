// Package pep440 implements versions and version specifiers of Python packages.
//
// The specification is "Version specifiers" of the Python packaging guide, once PEP 440
// (https://packaging.python.org/en/latest/specifications/version-specifiers/), in the reading of pypa/packaging
// 26. Every spelling that it reads is read here, and versions are printed in its normal form:
//
//	[N!]N(.N)*[{a|b|rc}N][.postN][.devN][+local]
//
// Numbers may have any size. A [Version] of the usual kind holds its place in the total order as two machine
// words, so that comparing two of them is comparing integers; of others the digits are compared. A [Specifiers]
// is compiled when it is parsed: each clause is an interval of that order.
//
// Deviations: none are known. Non-goals: legacy versions, which PEP 440 does not describe.
package pep440

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is a parsed version. The zero Version is none; every other is immutable and came from [Parse].
// Versions that differ in spelling only, `1.0` and `1`, are equal by [Version.Equal], not by ==.
type Version struct {
	// text is the normal form. It is kept because versions are printed, and serve as keys, more often than they
	// are parsed; where they were written in normal form it is a part of what was parsed.
	text string
	// key is the place in the order, unless unkeyed is set.
	key key
	// unkeyed is set for what no key can hold: a local version label, or numbers of unusual size.
	unkeyed *parts
}

// Parse reads a version in any spelling that the specification admits.
func Parse(s string) (Version, error) {
	text := strings.TrimFunc(s, isSpace)
	var p parts
	if !p.scan(text) {
		return Version{}, fmt.Errorf("%q is not a PEP 440 version", s)
	}
	var room [64]byte
	if normal := p.appendTo(room[:0]); string(normal) != text {
		text = string(normal)
		p.scan(text)
	}
	k, fits := p.key()
	if !fits {
		unkeyed := p // a copy, so that p itself never moves to the heap
		return Version{text: text, unkeyed: &unkeyed}, nil
	}
	return Version{text: text, key: k}, nil
}

// MustParse is Parse for texts that are known to be versions; it panics on others.
func MustParse(s string) Version {
	v, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return v
}

// IsZero says that v is no version.
func (v Version) IsZero() bool { return v.text == "" }

// String is the version in normal form.
func (v Version) String() string { return v.text }

// Compare orders versions as the specification does: -1, 0 or 1. Local version labels count. The zero Version is
// not to be compared.
func (v Version) Compare(w Version) int {
	if v.unkeyed == nil && w.unkeyed == nil {
		return v.key.compare(w.key)
	}
	p, q := v.parts(), w.parts()
	return p.compare(&q)
}

// Equal says whether two versions have the same place in the order.
func (v Version) Equal(w Version) bool { return v.Compare(w) == 0 }

// parts are the components of v.
func (v Version) parts() (p parts) {
	if v.unkeyed != nil {
		return *v.unkeyed
	}
	p.scan(v.text)
	return p
}

// Epoch is the version's epoch; a number that does not fit is the greatest uint64.
func (v Version) Epoch() uint64 {
	if v.unkeyed == nil {
		return 0
	}
	return saturated(v.unkeyed.epoch)
}

// Release is the i-th number of the release segment, counted from 0; one beyond its end is 0, one that does
// not fit is the greatest uint64.
func (v Version) Release(i int) uint64 {
	if v.unkeyed == nil {
		return v.key.release(i)
	}
	number, rest := "0", v.unkeyed.release
	for ; i >= 0; i-- {
		number, rest = cutNumber(rest)
	}
	return saturated(number)
}

// Major is the first number of the release segment.
func (v Version) Major() uint64 { return v.Release(0) }

// Minor is the second number of the release segment.
func (v Version) Minor() uint64 { return v.Release(1) }

// Micro is the third number of the release segment.
func (v Version) Micro() uint64 { return v.Release(2) }

// IsPrerelease says whether v is a pre-release or a development release.
func (v Version) IsPrerelease() bool {
	if v.unkeyed == nil {
		return v.key.phase() != phaseFinal || v.key.hasDev()
	}
	return v.unkeyed.isPrerelease()
}

// IsDev says whether v is a development release.
func (v Version) IsDev() bool {
	if v.unkeyed == nil {
		return v.key.hasDev()
	}
	return v.unkeyed.dev != ""
}

// IsPost says whether v is a post-release.
func (v Version) IsPost() bool {
	if v.unkeyed == nil {
		return v.key.hasPost()
	}
	return v.unkeyed.post != ""
}

// HasLocal says whether v has a local version label.
func (v Version) HasLocal() bool { return v.Local() != "" }

// Local is the local version label in normal form, or empty.
func (v Version) Local() string {
	if v.unkeyed == nil {
		return ""
	}
	return v.unkeyed.local
}

// Public is the version without its local version label.
func (v Version) Public() string {
	public, _, _ := strings.Cut(v.text, "+")
	return public
}

// Base is the epoch and the release segment alone.
func (v Version) Base() string {
	base := v.Public()
	if i := strings.IndexFunc(base, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != '!' }); i >= 0 {
		base = base[:i]
	}
	return strings.TrimSuffix(base, ".")
}

// Canonical is the normal form with trailing zeros of the release segment removed: what equal versions share.
func (v Version) Canonical() string {
	base := v.Base()
	trimmed := base
	for strings.HasSuffix(trimmed, ".0") {
		trimmed = strings.TrimSuffix(trimmed, ".0")
	}
	if trimmed == base {
		return v.text
	}
	return trimmed + v.text[len(base):]
}

// saturated is the value of decimal digits, or the greatest uint64.
func saturated(digits string) uint64 {
	n, _ := strconv.ParseUint(digits, 10, 64) // what it returns for a number out of range
	return n
}

// Package pep440 implements versions and version specifiers of Python packages.
//
// The specification is "Version specifiers" of the Python packaging guide, once PEP 440
// (https://packaging.python.org/en/latest/specifications/version-specifiers/), in the reading of pypa/packaging
// 26. Parse accepts every spelling that packaging accepts. Versions are printed in its normal form:
//
//	[N!]N(.N)*[{a|b|rc}N][.postN][.devN][+local]
//
// Numbers may have any size. A [Version] of the usual kind holds its place in the total order as two machine
// words, so that two of them are compared as integers; all other versions are compared digit by digit. A
// [Specifiers] is compiled when it is parsed: each clause becomes an interval of that order.
//
// There are no known deviations. Non-goals: legacy versions, which PEP 440 does not describe.
package pep440

import (
	"fmt"
	"strconv"
	"strings"
)

// A Version is a parsed version. It is immutable. The zero Version is not a valid version; all others come from
// [Parse]. Versions that differ only in spelling, such as `1.0` and `1`, are equal by [Version.Equal], not by ==.
type Version struct {
	// text is the normal form. It is kept because versions are printed and used as map keys more often than they
	// are parsed. If the parsed text was in normal form already, text is a slice of it.
	text string
	// key is the place in the total order. It is valid if unkeyed is nil.
	key key
	// unkeyed is set for versions that do not fit into a key: those with a local version label or unusually large numbers.
	unkeyed *parts
}

// Parse parses a version in any spelling that the specification allows.
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

// MustParse is like [Parse] but panics if s is not a valid version.
func MustParse(s string) Version {
	v, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return v
}

// IsZero reports whether v is the zero Version, which is not a valid version.
func (v Version) IsZero() bool { return v.text == "" }

// String returns the version in normal form.
func (v Version) String() string { return v.text }

// Compare returns -1, 0 or 1 if v is before, equal to or after w in the order of the specification. Local version
// labels are compared too. The zero Version must not be compared.
func (v Version) Compare(w Version) int {
	if v.unkeyed == nil && w.unkeyed == nil {
		return v.key.compare(w.key)
	}
	p, q := v.parts(), w.parts()
	return p.compare(&q)
}

// Equal reports whether v and w have the same place in the order.
func (v Version) Equal(w Version) bool { return v.Compare(w) == 0 }

// parts returns the components of v.
func (v Version) parts() (p parts) {
	if v.unkeyed != nil {
		return *v.unkeyed
	}
	p.scan(v.text)
	return p
}

// Epoch returns the epoch, or the greatest uint64 if the epoch is larger than that.
func (v Version) Epoch() uint64 {
	if v.unkeyed == nil {
		return 0
	}
	return saturated(v.unkeyed.epoch)
}

// Release returns the i-th number of the release segment, counted from 0. It returns 0 if the segment is shorter, and
// the greatest uint64 if the number is larger than that.
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

// Major returns the first number of the release segment.
func (v Version) Major() uint64 { return v.Release(0) }

// Minor returns the second number of the release segment.
func (v Version) Minor() uint64 { return v.Release(1) }

// Micro returns the third number of the release segment.
func (v Version) Micro() uint64 { return v.Release(2) }

// IsPrerelease reports whether v is a pre-release or a development release.
func (v Version) IsPrerelease() bool {
	if v.unkeyed == nil {
		return v.key.phase() != phaseFinal || v.key.hasDev()
	}
	return v.unkeyed.isPrerelease()
}

// IsDev reports whether v is a development release.
func (v Version) IsDev() bool {
	if v.unkeyed == nil {
		return v.key.hasDev()
	}
	return v.unkeyed.dev != ""
}

// IsPost reports whether v is a post-release.
func (v Version) IsPost() bool {
	if v.unkeyed == nil {
		return v.key.hasPost()
	}
	return v.unkeyed.post != ""
}

// HasLocal reports whether v has a local version label.
func (v Version) HasLocal() bool { return v.Local() != "" }

// Local returns the local version label in normal form, or "" if there is none.
func (v Version) Local() string {
	if v.unkeyed == nil {
		return ""
	}
	return v.unkeyed.local
}

// Public returns the version without its local version label.
func (v Version) Public() string {
	public, _, _ := strings.Cut(v.text, "+")
	return public
}

// Base returns the epoch and the release segment, without anything that follows them.
func (v Version) Base() string {
	base := v.Public()
	if i := strings.IndexFunc(base, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != '!' }); i >= 0 {
		base = base[:i]
	}
	return strings.TrimSuffix(base, ".")
}

// Canonical returns the normal form without trailing zeros in the release segment. Equal versions have the same
// canonical form.
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

// saturated returns the value of decimal digits, or the greatest uint64 if it is larger than that.
func saturated(digits string) uint64 {
	n, _ := strconv.ParseUint(digits, 10, 64) // returns the greatest uint64 for a number out of range
	return n
}

// Package pep440 implements versions and version specifiers of Python packages.
//
// The specification is "Version specifiers" of the Python packaging guide, once PEP 440
// (https://packaging.python.org/en/latest/specifications/version-specifiers/), in the reading of pypa/packaging
// 26. Every spelling that it reads is read here, and versions are printed in its normal form:
//
//	[N!]N(.N)*[{a|b|rc}N][.postN][.devN][+local]
//
// Numbers may have any size. A [Version] holds its place in the total order as two machine words where its
// numbers are of the usual size, so that comparing two of them is comparing integers; where they are not, the
// digits are compared. A [Specifiers] is compiled when it is parsed: each clause is an interval of that order.
//
// Deviations: none are known. Non-goals: legacy versions, which PEP 440 does not describe.
package pep440

import (
	"fmt"
	"strings"
)

// Version is a parsed version. The zero Version is none; every other is immutable and came from [Parse].
// Versions that differ in spelling only, `1.0` and `1`, are equal by [Version.Equal], not by ==.
type Version struct {
	text string
	key  key
	// more is nil for a version without a local part whose numbers fit into the key.
	more *more
}

// more is what a key cannot hold.
type more struct {
	// local are the parts of the local version label.
	local []string
	// parts are set if the key does not hold the version.
	parts *parts
}

// parts are the components of a version, numbers as decimal digits without leading zeros.
type parts struct {
	epoch   string
	release []string
	phase   uint64
	pre     string
	post    string
	dev     string
	local   []string
	hasPost bool
	hasDev  bool
}

// The phases of a release in their order.
const (
	phaseDev   = iota // a development release of the release itself
	phaseAlpha        // a
	phaseBeta         // b
	phaseRC           // rc
	phaseFinal        // neither of these; post-releases too
)

// Parse reads a version in any spelling that the specification admits.
func Parse(s string) (Version, error) {
	text := strings.TrimFunc(s, isSpace)
	var room [6]string
	p := parts{release: room[:0]}
	if !p.scan(text) {
		return Version{}, fmt.Errorf("%q is not a PEP 440 version", s)
	}
	return p.version(text), nil
}

// MustParse is Parse for texts that are known to be versions; it panics on others.
func MustParse(s string) Version {
	v, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return v
}

// version makes a Version of parts; text is how they were spelled.
func (p *parts) version(text string) Version {
	v := Version{text: text}
	if !p.spells(text) {
		v.text = p.String()
	}
	k, fits := p.key()
	v.key = k
	if !fits || len(p.local) > 0 {
		v.more = &more{local: append([]string(nil), p.local...)}
		if !fits {
			v.more.parts = p.clone()
		}
	}
	return v
}

// clone shares nothing with p but texts.
func (p *parts) clone() *parts {
	return &parts{epoch: p.epoch, release: append([]string(nil), p.release...), phase: p.phase, pre: p.pre, post: p.post, dev: p.dev,
		local: append([]string(nil), p.local...), hasPost: p.hasPost, hasDev: p.hasDev}
}

// IsZero says that v is no version.
func (v Version) IsZero() bool { return v.text == "" }

// String is the version in normal form.
func (v Version) String() string { return v.text }

// Compare orders versions as the specification does: -1, 0 or 1. Local version labels count.
func (v Version) Compare(w Version) int {
	if v.more == nil && w.more == nil {
		return v.key.compare(w.key)
	}
	return v.compareWhole(w)
}

func (v Version) compareWhole(w Version) int {
	if v.compact() && w.compact() {
		if order := v.key.compare(w.key); order != 0 {
			return order
		}
		return compareLocal(v.local(), w.local())
	}
	p, q := v.parts(), w.parts()
	if order := p.comparePublic(&q); order != 0 {
		return order
	}
	return compareLocal(p.local, q.local)
}

// Equal says whether two versions have the same place in the order.
func (v Version) Equal(w Version) bool { return v.Compare(w) == 0 }

// compact says whether the key holds the version, its local label aside.
func (v Version) compact() bool { return v.more == nil || v.more.parts == nil }

func (v Version) local() []string {
	if v.more == nil {
		return nil
	}
	return v.more.local
}

// parts are the components of v.
func (v Version) parts() parts {
	if !v.compact() {
		return *v.more.parts
	}
	var p parts
	p.scan(v.text)
	return p
}

// Epoch is the version's epoch; a number that does not fit is the greatest uint64.
func (v Version) Epoch() uint64 {
	epoch, _, found := strings.Cut(v.text, "!")
	if !found {
		return 0
	}
	return saturated(epoch)
}

// Release is the i-th number of the release segment, counted from 0; one beyond its end is 0, one that does
// not fit is the greatest uint64.
func (v Version) Release(i int) uint64 {
	if v.compact() {
		return v.key.release(i)
	}
	if release := v.more.parts.release; i < len(release) {
		return saturated(release[i])
	}
	return 0
}

// Major is the first number of the release segment.
func (v Version) Major() uint64 { return v.Release(0) }

// Minor is the second number of the release segment.
func (v Version) Minor() uint64 { return v.Release(1) }

// Micro is the third number of the release segment.
func (v Version) Micro() uint64 { return v.Release(2) }

// IsPrerelease says whether v is a pre-release or a development release.
func (v Version) IsPrerelease() bool {
	if v.compact() {
		return v.key.phase() != phaseFinal || v.key.hasDev()
	}
	p := v.more.parts
	return p.phase != phaseFinal || p.hasDev
}

// IsDev says whether v is a development release.
func (v Version) IsDev() bool {
	if v.compact() {
		return v.key.hasDev()
	}
	return v.more.parts.hasDev
}

// IsPost says whether v is a post-release.
func (v Version) IsPost() bool {
	if v.compact() {
		return v.key.hasPost()
	}
	return v.more.parts.hasPost
}

// HasLocal says whether v has a local version label.
func (v Version) HasLocal() bool { return len(v.local()) > 0 }

// Local is the local version label in normal form, or empty.
func (v Version) Local() string { return strings.Join(v.local(), ".") }

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
	epoch, release, found := strings.Cut(base, "!")
	if !found {
		epoch, release = "", base
	} else {
		epoch += "!"
	}
	trimmed := release
	for strings.HasSuffix(trimmed, ".0") {
		trimmed = strings.TrimSuffix(trimmed, ".0")
	}
	if trimmed == release {
		return v.text
	}
	return epoch + trimmed + v.text[len(base):]
}

// saturated is the value of decimal digits, or the greatest uint64.
func saturated(digits string) uint64 {
	n, fits := small(digits, ^uint64(0)/10-1)
	if !fits {
		return ^uint64(0)
	}
	return n
}

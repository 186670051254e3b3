package pep440

import (
	"cmp"
	"strings"
)

// A key is the place of a version in the total order, for versions of the usual kind: epoch 0, at most four numbers in
// the release segment before trailing zeros, no local version label. The fields, most significant first:
//
//	high  release[0] 26 bits, release[1] 19, release[2] 19
//	low   release[3] 28 bits, phase 3, pre 10, post 10, dev 13
//
// post is 0 if there is no post-release segment, and one more than its number otherwise. dev is all ones if there is no
// development segment. No version uses the greatest value of a number field, so the end of an interval always has a
// key of its own.
type key struct{ high, low uint64 }

const (
	majorBits, minorBits, microBits, fourthBits = 26, 19, 19, 28
	phaseBits, preBits, postBits, devBits       = 3, 10, 10, 13

	postShift   = devBits
	preShift    = postShift + postBits
	phaseShift  = preShift + preBits
	fourthShift = phaseShift + phaseBits
	minorShift  = microBits
	majorShift  = minorShift + minorBits

	phaseMask = 1<<phaseBits - 1
	postMask  = 1<<postBits - 1
	noDev     = 1<<devBits - 1
)

// releaseBits and releaseShift hold the width and the position of each number of the release segment. The first three
// numbers are in the high word, the fourth is in the low word.
var (
	releaseBits  = [...]int{majorBits, minorBits, microBits, fourthBits}
	releaseShift = [...]int{majorShift, minorShift, 0, fourthShift}
)

// greatest is greater than the key of every version.
var greatest = key{^uint64(0), ^uint64(0)}

func (k key) compare(l key) int {
	if k.high != l.high {
		return cmp.Compare(k.high, l.high)
	}
	return cmp.Compare(k.low, l.low)
}

func (k key) less(l key) bool { return k.high < l.high || k.high == l.high && k.low < l.low }

func (k key) phase() uint64 { return k.low >> phaseShift & phaseMask }
func (k key) hasPost() bool { return k.low>>postShift&postMask != 0 }
func (k key) hasDev() bool  { return k.low&noDev != noDev }

// after returns the least key greater than k.
func (k key) after() key { return key{k.high, k.low + 1} }

// afterPosts returns a key greater than all post-releases of k's version and less than every later version.
func (k key) afterPosts() key { return key{k.high, k.low>>preShift<<preShift | postMask<<postShift} }

// dev0 returns the key of the first development release of k's version.
func (k key) dev0() key {
	k.low &^= noDev
	if k.phase() == phaseFinal && !k.hasPost() {
		k.low &^= phaseMask << phaseShift
	}
	return k
}

// next returns the key of the release that follows all releases with the same first n numbers.
func (k key) next(n int) key {
	shift := releaseShift[n-1]
	if n == len(releaseShift) {
		k.low = (k.low>>shift + 1) << shift
	} else {
		k.high, k.low = (k.high>>shift+1)<<shift, 0
	}
	k.low |= phaseFinal<<phaseShift | noDev
	return k
}

func (k key) release(i int) uint64 {
	switch {
	case i >= len(releaseShift):
		return 0
	case i == len(releaseShift)-1:
		return k.low >> fourthShift
	default:
		return k.high >> releaseShift[i] & (1<<releaseBits[i] - 1)
	}
}

// key packs the components into a key. fits is false if they do not fit.
func (p *parts) key() (k key, fits bool) {
	if p.epoch != "0" || p.local != "" {
		return key{}, false
	}
	var numbers [len(releaseBits)]uint64
	rest := p.release
	for i := range numbers {
		var digits string
		digits, rest = cutDigits(rest)
		if numbers[i], fits = small(digits, 1<<releaseBits[i]-2); !fits {
			return key{}, false
		}
	}
	if strings.Trim(rest, "0.") != "" {
		return key{}, false
	}
	pre, fitsPre := small(p.pre, 1<<preBits-2)
	post, fitsPost := small(p.post, 1<<postBits-3)
	dev, fitsDev := small(p.dev, noDev-2)
	if p.post != "" {
		post++
	}
	if p.dev == "" {
		dev = noDev
	}
	k.high = numbers[0]<<majorShift | numbers[1]<<minorShift | numbers[2]
	k.low = numbers[3]<<fourthShift | p.phase<<phaseShift | pre<<preShift | post<<postShift | dev
	return k, fitsPre && fitsPost && fitsDev
}

// small returns the value of decimal digits, and whether it is at most limit. The value of an empty text is 0.
func small(digits string, limit uint64) (n uint64, fits bool) {
	if len(digits) > 19 {
		return 0, false
	}
	for i := range len(digits) {
		n = n*10 + uint64(digits[i]-'0')
	}
	return n, n <= limit
}

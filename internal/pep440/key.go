package pep440

import "cmp"

// key is a version's place in the total order, for versions of the usual size: epoch 0, at most four numbers in
// the release segment. The fields, most significant first:
//
//	high  release[0] 26 bits, release[1] 19, release[2] 19
//	low   release[3] 28 bits, phase 3, pre 10, post 10, dev 12, local 1
//
// post is 0 for none and one more than the number otherwise; dev is all ones for none; local says that there is
// a local version label. The greatest value of each number field belongs to no version, so that the end of an
// interval always has a key of its own.
type key struct{ high, low uint64 }

const (
	majorBits, minorBits, microBits, fourthBits = 26, 19, 19, 28
	phaseBits, preBits, postBits, devBits       = 3, 10, 10, 12

	devShift    = 1
	postShift   = devShift + devBits
	preShift    = postShift + postBits
	phaseShift  = preShift + preBits
	fourthShift = phaseShift + phaseBits
	minorShift  = microBits
	majorShift  = minorShift + minorBits

	noDev    = 1<<devBits - 1
	postMask = 1<<postBits - 1
)

// releaseBits and releaseShift say where the numbers of the release segment lie: the first three in the high
// word.
var (
	releaseBits  = [...]int{majorBits, minorBits, microBits, fourthBits}
	releaseShift = [...]int{majorShift, minorShift, 0, fourthShift}
)

func (k key) compare(l key) int {
	if k.high != l.high {
		return cmp.Compare(k.high, l.high)
	}
	return cmp.Compare(k.low, l.low)
}

func (k key) less(l key) bool { return k.high < l.high || k.high == l.high && k.low < l.low }

// after is the least key above k and, if k has no local version label, above all of its local versions.
func (k key) after() key { return key{k.high, k.low&^1 + 2} }

func (k key) phase() uint64 { return k.low >> phaseShift & (1<<phaseBits - 1) }
func (k key) hasPost() bool { return k.low>>postShift&postMask != 0 }
func (k key) hasDev() bool  { return k.low>>devShift&noDev != noDev }

// afterPosts is above k's local versions and post-releases, and below whatever else is above k.
func (k key) afterPosts() key {
	return key{k.high, k.low>>preShift<<preShift | postMask<<postShift}
}

// dev0 is the first development release of k's version.
func (k key) dev0() key {
	k.low &^= noDev<<devShift | 1
	if k.phase() == phaseFinal && !k.hasPost() {
		k.low &^= (1<<phaseBits - 1) << phaseShift
	}
	return k
}

// next is the release that follows all releases with the same first n numbers.
func (k key) next(n int) key {
	shift := releaseShift[n-1]
	if n == len(releaseShift) {
		k.low = (k.low>>shift + 1) << shift
	} else {
		k.high, k.low = (k.high>>shift+1)<<shift, 0
	}
	k.low |= phaseFinal<<phaseShift | noDev<<devShift
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

// key packs the components; fits is false if a number is too large or there are too many.
func (p *parts) key() (k key, fits bool) {
	if p.epoch != "0" {
		return key{}, false
	}
	var numbers [len(releaseBits)]uint64
	for i, digits := range p.release {
		if i >= len(numbers) {
			if digits != "0" {
				return key{}, false
			}
			continue
		}
		if numbers[i], fits = small(digits, 1<<releaseBits[i]-2); !fits {
			return key{}, false
		}
	}
	pre, post, dev := uint64(0), uint64(0), uint64(noDev)
	if p.pre != "" {
		if pre, fits = small(p.pre, 1<<preBits-2); !fits {
			return key{}, false
		}
	}
	if p.hasPost {
		if post, fits = small(p.post, 1<<postBits-3); !fits {
			return key{}, false
		}
		post++
	}
	if p.hasDev {
		if dev, fits = small(p.dev, noDev-2); !fits {
			return key{}, false
		}
	}
	k.high = numbers[0]<<majorShift | numbers[1]<<minorShift | numbers[2]
	k.low = numbers[3]<<fourthShift | p.phase<<phaseShift | pre<<preShift | post<<postShift | dev<<devShift
	if len(p.local) > 0 {
		k.low |= 1
	}
	return k, true
}

// small is the value of decimal digits if it is at most limit.
func small(digits string, limit uint64) (n uint64, fits bool) {
	if len(digits) > 19 {
		return 0, false
	}
	for i := range len(digits) {
		n = n*10 + uint64(digits[i]-'0')
	}
	return n, n <= limit
}

package resolve

import "slices"

// fileSet is a set of a project's files by place. It is immutable.
type fileSet []uint64

func (s fileSet) has(place int) bool { return place/64 < len(s) && s[place/64]>>(place%64)&1 != 0 }

func (s fileSet) with(place int) fileSet {
	grown := make(fileSet, max(len(s), place/64+1))
	copy(grown, s)
	grown[place/64] |= 1 << (place % 64)
	return grown
}

func (s fileSet) union(t fileSet) fileSet {
	if len(s) < len(t) {
		s, t = t, s
	}
	if len(t) == 0 {
		return s
	}
	both := slices.Clone(s)
	for i, word := range t {
		both[i] |= word
	}
	return both
}

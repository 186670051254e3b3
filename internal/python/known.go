package python

// knownPatches are the patch releases of the lines of Python 3 that are used where no configuration declares one.
var knownPatches = map[int]int{6: 15, 7: 17, 8: 20, 9: 25, 10: 20, 11: 15, 12: 13, 13: 13, NewestKnown: 4}

// NewestKnown is the newest line of Python 3 with a known patch release.
const NewestKnown = 14

// KnownPatch returns a patch release of a line of Python 3, such as 4 for 14.
func KnownPatch(minor int) (patch int, known bool) {
	patch, known = knownPatches[minor]
	return patch, known
}

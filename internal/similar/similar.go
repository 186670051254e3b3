// Package similar finds names that somebody may have meant.
package similar

import (
	"cmp"
	"slices"
	"strings"
)

// Distance returns the number of edits by which two names differ: a character that is inserted, left out or replaced, or two
// that are swapped. Case, `_` for `-` and a final s do not count.
func Distance(a, b string) int {
	a, b = fold(a), fold(b)
	return min(edits(a, b), edits(strings.TrimSuffix(a, "s"), strings.TrimSuffix(b, "s")))
}

// fold returns a name without the differences in case and dashes.
func fold(s string) string { return strings.ReplaceAll(strings.ToLower(s), "_", "-") }

// edits returns the number of edits by which two texts differ.
func edits(s, t string) int {
	rows := [3][]int{make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)}
	before, last, row := rows[0], rows[1], rows[2]
	for j := range last {
		last[j] = j
	}
	for i := range len(s) {
		row[0] = i + 1
		for j := range len(t) {
			replaced := last[j]
			if s[i] != t[j] {
				replaced++
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, replaced)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(t)]
}

// longest is the maximum number of bytes of a name that is compared: longer ones are no names.
const longest = 200

// Names returns at most most of the known names that differ from a name by a third of its length or less, the most similar
// ones first. Equally similar ones stay in the order of known.
func Names(name string, known []string, most int) []string {
	if len(name) > longest {
		return nil
	}
	type near struct {
		name     string
		distance int
	}
	var all []near
	for _, k := range known {
		if abs(len(k)-len(name)) > len(name)/3+1 {
			continue
		}
		if distance := Distance(name, k); distance <= max(1, len(name)/3) && distance < min(len(k), len(name)) {
			all = append(all, near{k, distance})
		}
	}
	slices.SortStableFunc(all, func(a, b near) int { return cmp.Compare(a.distance, b.distance) })
	var names []string
	for _, n := range all {
		if len(names) < most && !slices.Contains(names, n.name) {
			names = append(names, n.name)
		}
	}
	return names
}

func abs(n int) int { return max(n, -n) }

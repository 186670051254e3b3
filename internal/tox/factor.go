package tox

import (
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A conjunction is a list of factors that all have to be true, such as `py3.10-flask-!v1.0`.
type conjunction []factor

// A factor is a word that an environment's name must have, or must not have if it is negated.
type factor struct {
	name    string
	negated bool
}

// holds reports whether the conjunction is true for an environment with these factors.
func (c conjunction) holds(factors []string) bool {
	return !slices.ContainsFunc(c, func(f factor) bool { return slices.Contains(factors, f.name) == f.negated })
}

// String returns the conjunction as it was written.
func (c conjunction) String() string {
	words := make([]string, len(c))
	for i, f := range c {
		words[i] = f.name
		if f.negated {
			words[i] = "!" + f.name
		}
	}
	return strings.Join(words, "-")
}

var (
	// numericRange is a range of numbers before a comma or the end of a brace group, as in `{10-12}` or `3-5,`.
	numericRange = regexp.MustCompile(`(\d+)-(\d+)[,}]`)
	nameByte     = regexp.MustCompile(`[\w.-]`)
	factorText   = regexp.MustCompile(`^(?:!?(?:\[!?|[\w.*?\]])(?:\[!?|[\w.*?\]-])*)?$`)
)

// maximumRange is the maximum difference of the two numbers of a range.
const maximumRange = 1000

// A room is the number of bytes that the expressions of a file may still expand to, because brace groups multiply. It is
// negative once it was exceeded.
type room int

// roomOf returns the room of a file. A normal file expands to about its own size, which is far less.
func roomOf(data []byte) room { return room(16*len(data) + 64<<10) }

// take subtracts a number of bytes. It reports whether there was enough room.
func (r *room) take(bytes int) bool {
	if *r < room(bytes) {
		*r = -1
		return false
	}
	*r -= room(bytes)
	return true
}

// expand parses an expression of factors as tox does: `{a,b}-!c, d` is a-!c or b-!c or d. ok is false if tox would not
// accept the text as an expression, or if there is not enough room for what it expands to.
func expand(expression string, left *room) (alternatives []conjunction, ok bool) {
	expression, ok = expandRanges(expression, *left)
	if !ok {
		*left = -1
		return nil, false
	}
	for _, word := range words(expression) {
		texts, ok := variants(word, left)
		if !ok {
			return nil, false
		}
		for _, text := range texts {
			var c conjunction
			for name := range strings.SplitSeq(text, "-") {
				if !isFactor(name) {
					return nil, false
				}
				bare, negated := strings.CutPrefix(name, "!")
				c = append(c, factor{bare, negated})
			}
			alternatives = append(alternatives, c)
		}
	}
	return alternatives, true
}

// isFactor reports whether tox would accept a text as a factor. It checks the usual ones, letters and digits, without a
// regular expression.
func isFactor(name string) bool {
	plain := name != ""
	for i := range len(name) {
		c := name[i]
		plain = plain && ('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '.' || c == '!' && i == 0 && len(name) > 1)
	}
	return plain || factorText.MatchString(name)
}

// words splits an expression at the commas outside brace groups. It skips empty words.
func words(expression string) []string {
	var all []string
	if expression != "" && !strings.ContainsAny(expression, ",{") {
		return append(all, strings.TrimSpace(expression))
	}
	begin, at := 0, 0
	cut := func(end int) {
		if begin < end {
			all = append(all, strings.TrimSpace(expression[begin:end]))
		}
		begin = end + 1
	}
	commas := func(end int) {
		for ; at < end; at++ {
			if expression[at] == ',' {
				cut(at)
			}
		}
	}
	for begin, end := range braceGroups(expression) {
		commas(begin)
		at = end
	}
	commas(len(expression))
	cut(len(expression))
	return all
}

// braceGroups yields the beginnings and ends of the groups in braces that are not empty. A group ends at the first closing
// brace.
func braceGroups(text string) iter.Seq2[int, int] {
	return func(yield func(begin, end int) bool) {
		for at := 0; ; {
			open := strings.IndexByte(text[at:], '{')
			if open < 0 {
				return
			}
			begin := at + open
			size := strings.IndexByte(text[begin+1:], '}')
			switch {
			case size < 0:
				return
			case size == 0:
				at = begin + 1
				continue
			}
			at = begin + 1 + size + 1
			if !yield(begin, at) {
				return
			}
		}
	}
}

// variants returns the texts that a word with brace groups expands to. ok is false if there is not enough room for them.
func variants(word string, left *room) (all []string, ok bool) {
	if !strings.Contains(word, "{") {
		return []string{word}, left.take(len(word) + 1)
	}
	all, ok = []string{""}, true
	extend := func(choices ...string) {
		cost := 0
		for _, choice := range choices {
			cost += len(all) * (len(choice) + 1)
		}
		for _, prefix := range all {
			cost += len(prefix) * len(choices)
		}
		if ok = ok && left.take(cost); !ok {
			return
		}
		longer := make([]string, 0, len(all)*len(choices))
		for _, prefix := range all {
			for _, choice := range choices {
				longer = append(longer, prefix+strings.TrimSpace(choice))
			}
		}
		all = longer
	}
	at := 0
	for begin, end := range braceGroups(word) {
		extend(word[at:begin])
		extend(strings.Split(word[begin+1:end-1], ",")...)
		at = end
	}
	extend(word[at:])
	return all, ok
}

// expandRanges expands ranges of numbers: `py3{10-12}` becomes `py3{10,11,12}`. Digits inside a name do not start a
// range. The meaning of a range that is open at one end depends on the release of tox: it is not expanded, and its lines
// match nothing here. ok is false if there is not enough room.
func expandRanges(expression string, left room) (expanded string, ok bool) {
	if !mayHaveRange(expression) {
		return expression, true
	}
	var b strings.Builder
	at := 0
	for _, m := range numericRange.FindAllStringSubmatchIndex(expression, -1) {
		if m[0] > 0 && nameByte.MatchString(expression[m[0]-1:m[0]]) {
			continue
		}
		first, errFirst := strconv.Atoi(expression[m[2]:m[3]])
		last, errLast := strconv.Atoi(expression[m[4]:m[5]])
		if errFirst != nil || errLast != nil || max(last-first, first-last) > maximumRange {
			continue
		}
		b.WriteString(expression[at:m[0]] + numbers(first, last))
		at = m[5]
		if b.Len() > int(left) {
			return "", false
		}
	}
	return b.String() + expression[at:], true
}

// mayHaveRange reports whether a text has a dash between two digits, without which there is no range.
func mayHaveRange(text string) bool {
	digit := func(c byte) bool { return '0' <= c && c <= '9' }
	for i := 1; i+1 < len(text); i++ {
		if text[i] == '-' && digit(text[i-1]) && digit(text[i+1]) {
			return true
		}
	}
	return false
}

// numbers returns the numbers from first to last, ascending or descending, separated by commas.
func numbers(first, last int) string {
	step := 1
	if first > last {
		step = -1
	}
	text := strconv.AppendInt(nil, int64(first), 10)
	for n := first; n != last; {
		n += step
		text = strconv.AppendInt(append(text, ','), int64(n), 10)
	}
	return string(text)
}

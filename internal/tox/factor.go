package tox

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// conjunction is factors that all have to hold: `py3.10-flask-!v1.0`.
type conjunction []factor

// factor is a word of an environment's name that has to be there, or must not.
type factor struct {
	name    string
	negated bool
}

// holds says whether an environment with these factors is meant.
func (c conjunction) holds(factors []string) bool {
	return !slices.ContainsFunc(c, func(f factor) bool { return slices.Contains(factors, f.name) == f.negated })
}

// String is the conjunction as it was written.
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
	// numericRange is a range of numbers before a comma or the end of a brace group: `{10-12}`, `3-5,`.
	numericRange = regexp.MustCompile(`(\d+)-(\d+)[,}]`)
	nameByte     = regexp.MustCompile(`[\w.-]`)
	braceGroup   = regexp.MustCompile(`\{([^}]+)\}`)
	factorText   = regexp.MustCompile(`^(?:!?(?:\[!?|[\w.*?\]])(?:\[!?|[\w.*?\]-])*)?$`)
)

// maximumRange bounds the numbers of one range.
const maximumRange = 1000

// room is how many bytes the expressions of a file may still expand to: brace groups multiply. Once there was not
// enough it is negative, and there is no more.
type room int

// roomOf is the room of a file: far more than what is expanded in one that people or toxgen write, which is about as
// much as they hold.
func roomOf(data []byte) room { return room(16*len(data) + 64<<10) }

// take takes some bytes, if there are so many.
func (r *room) take(bytes int) bool {
	if *r < room(bytes) {
		*r = -1
		return false
	}
	*r -= room(bytes)
	return true
}

// expand reads an expression of factors as tox does: `{a,b}-!c, d` is a-!c or b-!c or d. ok is false if tox
// would not take the text for one, or there is no room for what it expands to.
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

// isFactor says whether tox would take a text for a factor. The usual ones are letters and digits.
func isFactor(name string) bool {
	plain := name != ""
	for i := range len(name) {
		c := name[i]
		plain = plain && ('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '.' || c == '!' && i == 0 && len(name) > 1)
	}
	return plain || factorText.MatchString(name)
}

// words splits an expression at the commas outside brace groups; where nothing stands between two there is no
// word.
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
	for _, group := range braceGroup.FindAllStringIndex(expression, -1) {
		commas(group[0])
		at = group[1]
	}
	commas(len(expression))
	cut(len(expression))
	return all
}

// variants are the texts that a word with brace groups stands for; ok is false if there is no room for them.
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
	for _, group := range braceGroup.FindAllStringSubmatchIndex(word, -1) {
		extend(word[at:group[0]])
		extend(strings.Split(word[group[2]:group[3]], ",")...)
		at = group[1]
	}
	extend(word[at:])
	return all, ok
}

// expandRanges writes ranges of numbers out: `py3{10-12}` is `py3{10,11,12}`. Digits inside a name begin none.
// Ranges that are open at one end mean what the release of tox says that day; they stay as they are, and their
// lines match nothing here. ok is false if there is no room for them.
func expandRanges(expression string, left room) (expanded string, ok bool) {
	if !numericRange.MatchString(expression) {
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

// numbers are those from first to last, ascending or descending, joined by commas.
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

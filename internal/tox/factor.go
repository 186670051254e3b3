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
	conditionEnd = regexp.MustCompile(`:(?:\s|$)`)
)

// maximumAlternatives bounds what one expression may expand to: brace groups multiply.
const maximumAlternatives = 10_000

// maximumRange bounds the numbers of one range.
const maximumRange = 1000

// expand reads an expression of factors as tox does: `{a,b}-!c, d` is a-!c or b-!c or d. ok is false if tox
// would not take the text for one.
func expand(expression string) (alternatives []conjunction, ok bool) {
	for _, word := range words(expandRanges(expression)) {
		texts, ok := variants(word)
		if !ok || len(alternatives)+len(texts) > maximumAlternatives {
			return nil, false
		}
		for _, text := range texts {
			var c conjunction
			for name := range strings.SplitSeq(text, "-") {
				if !factorText.MatchString(name) {
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

// words splits an expression at the commas outside brace groups; where nothing stands between two there is no
// word.
func words(expression string) []string {
	var all []string
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

// variants are the texts that a word with brace groups stands for; ok is false if there are too many.
func variants(word string) (all []string, ok bool) {
	all = []string{""}
	extend := func(choices ...string) {
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
		choices := strings.Split(word[group[2]:group[3]], ",")
		if len(all)*len(choices) > maximumAlternatives {
			return nil, false
		}
		extend(word[at:group[0]])
		extend(choices...)
		at = group[1]
	}
	extend(word[at:])
	return all, true
}

// expandRanges writes ranges of numbers out: `py3{10-12}` is `py3{10,11,12}`. Digits inside a name begin none.
// Ranges that are open at one end mean what the release of tox says that day; they stay as they are, and their
// lines match nothing here.
func expandRanges(expression string) string {
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
	}
	return b.String() + expression[at:]
}

// numbers are those from first to last, ascending or descending, joined by commas.
func numbers(first, last int) string {
	step := 1
	if first > last {
		step = -1
	}
	text := strconv.Itoa(first)
	for n := first; n != last; {
		n += step
		text += "," + strconv.Itoa(n)
	}
	return text
}

// line is one line of a value: the condition before its content, and the content.
type line struct {
	// conditional says that there is a condition: one of the alternatives has to hold.
	conditional  bool
	alternatives []conjunction
	content      string
}

// lines splits a value.
func lines(value string) []line {
	var all []line
	for text := range strings.SplitSeq(value, "\n") {
		if text = strings.TrimSpace(text); !strings.HasPrefix(text, "#") {
			all = append(all, split(withoutComment(text)))
		}
	}
	return all
}

// split finds the condition of a line: what stands before the first colon that a blank or the end follows, if
// those are factors.
func split(text string) line {
	place := conditionEnd.FindStringIndex(text)
	if place == nil {
		return line{content: text}
	}
	alternatives, ok := expand(strings.TrimSpace(text[:place[0]]))
	if !ok {
		return line{content: text}
	}
	return line{true, alternatives, strings.TrimSpace(text[place[0]+1:])}
}

// filter keeps the contents of the lines that apply to an environment. A line that ends in a backslash goes on
// in the next that is kept; an unconditional line after one that was dropped is dropped with it.
func filter(all []line, environment string) []string {
	factors := strings.Split(environment, "-")
	var kept strings.Builder
	continues, skipping := false, false
	for _, l := range all {
		ends := strings.HasSuffix(l.content, `\`)
		applies := l.content != "" && (!skipping || continues || ends)
		if l.conditional {
			applies = slices.ContainsFunc(l.alternatives, func(c conjunction) bool { return c.holds(factors) })
		}
		skipping = l.conditional && !applies && ends
		if applies {
			kept.WriteString(l.content + "\n")
			continues = ends
		}
	}
	value := strings.ReplaceAll(strings.TrimSuffix(kept.String(), "\n"), "\\\n", "")
	return slices.DeleteFunc(strings.Split(value, "\n"), func(s string) bool { return strings.TrimSpace(s) == "" })
}

// withoutComment drops a comment, which begins with a `#` that no backslash stands before.
func withoutComment(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] != '\\') {
			line = strings.TrimRight(line[:i], " \t")
			break
		}
	}
	return strings.ReplaceAll(line, `\#`, "#")
}

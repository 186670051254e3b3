package tox

import (
	"slices"
	"strings"

	"toxgen/internal/lock"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
)

// A value is a value of [testenv], split into its lines.
type value struct {
	lines []line
	// by has the indexes of lines by a factor that one of their alternatives needs, and always the indexes of the lines
	// that need no factor. So only a few of thousands of lines are examined for an environment.
	by     map[string][]int
	always []int
	// whole reports whether lines depend on adjacent lines, so that all of them have to be examined.
	whole bool
}

// A line is one line of a value: its condition and its content.
type line struct {
	// conditional reports whether the line has a condition: one of the alternatives has to be true.
	conditional  bool
	alternatives []conjunction
	content      string
	// pin is the release that the content pins, or nil if the content is not a pin.
	pin *pin
}

// A pin is a version of a project.
type pin struct {
	project string
	version pep440.Version
}

// A splitter splits the lines of a file. Most conditions and pins stand on many lines, so it remembers what it made of each
// text.
type splitter struct {
	left       room
	conditions map[string]expansion
	pins       map[string]*pin
}

// An expansion is the result of [expand], and what it took of the room.
type expansion struct {
	alternatives []conjunction
	ok           bool
	bytes        room
}

// newSplitter returns a splitter for a file.
func newSplitter(data []byte) *splitter {
	return &splitter{left: roomOf(data), conditions: map[string]expansion{}, pins: map[string]*pin{}}
}

// newValue returns a value.
func (s *splitter) newValue(text string) *value {
	v := &value{by: map[string][]int{}}
	for text := range strings.SplitSeq(text, "\n") {
		if text = strings.TrimSpace(text); strings.HasPrefix(text, "#") {
			continue
		}
		l := s.split(withoutComment(text))
		v.whole = v.whole || strings.HasSuffix(l.content, `\`)
		v.lines = append(v.lines, l)
	}
	often := map[string]int{}
	for _, l := range v.lines {
		for _, c := range l.alternatives {
			for _, f := range c {
				often[f.name]++
			}
		}
	}
	for i := range v.lines {
		for _, key := range v.lines[i].keys(often) {
			if key == "" {
				v.always = append(v.always, i)
			} else {
				v.by[key] = append(v.by[key], i)
			}
		}
	}
	return v
}

// keys returns the rarest factor of each alternative. The line can apply only to environments that have one of these
// factors. An alternative that needs no factor has an empty key.
func (l *line) keys(often map[string]int) []string {
	if !l.conditional {
		return []string{""}
	}
	var keys []string
	for _, c := range l.alternatives {
		key := ""
		for _, f := range c {
			if !f.negated && (key == "" || often[f.name] < often[key]) {
				key = f.name
			}
		}
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// split parses a line. Its condition is the text before the first colon that is followed by a blank or the end of the
// line, if that is an expression of factors.
func (s *splitter) split(text string) line {
	l := line{content: text}
	if at := conditionEnd(text); at >= 0 {
		if c := s.condition(strings.TrimSpace(text[:at])); c.ok {
			l = line{conditional: true, alternatives: c.alternatives, content: strings.TrimSpace(text[at+1:])}
		}
	}
	l.pin = s.pin(l.content)
	return l
}

// condition returns what a condition expands to.
func (s *splitter) condition(text string) expansion {
	c, known := s.conditions[text]
	if known {
		c.ok = s.left.take(int(c.bytes)) && c.ok // each line goes through the alternatives
		return c
	}
	before := s.left
	c.alternatives, c.ok = expand(text, &s.left)
	c.bytes = before - s.left
	s.conditions[text] = c
	return c
}

// pin returns the release that a requirement pins, with extras or without, or nil if it is more or less than a pin.
func (s *splitter) pin(requirement string) *pin {
	name, version, found := strings.Cut(requirement, "==")
	if bare, extras, any := strings.Cut(name, "["); any && strings.HasSuffix(extras, "]") {
		name = bare
	}
	if !found || strings.ContainsAny(version, " \t\n\v\f\r;,*#") || !pep508.ValidName(name) {
		return nil
	}
	p, known := s.pins[requirement]
	if !known {
		if v, err := pep440.Parse(version); err == nil {
			p = &pin{pep508.NormalizeName(name), v}
		}
		s.pins[requirement] = p
	}
	return p
}

// conditionEnd returns the index of the first colon that is followed by a blank or the end, or -1 if there is none.
func conditionEnd(text string) int {
	for i := range len(text) {
		if text[i] == ':' && (i+1 == len(text) || strings.IndexByte(" \t\n\v\f\r", text[i+1]) >= 0) {
			return i
		}
	}
	return -1
}

// applies reports whether the line's condition is true for an environment with these factors.
func (l *line) applies(factors []string) bool {
	return !l.conditional || slices.ContainsFunc(l.alternatives, func(c conjunction) bool { return c.holds(factors) })
}

// candidates returns the lines that may apply to an environment with these factors, in their order.
func (v *value) candidates(factors []string) []line {
	if v.whole {
		return v.lines
	}
	places := slices.Clone(v.always)
	for _, f := range factors {
		places = append(places, v.by[f]...)
	}
	slices.Sort(places)
	places = slices.Compact(places)
	lines := make([]line, len(places))
	for i, place := range places {
		lines[i] = v.lines[place]
	}
	return lines
}

// filter returns the contents of the lines that apply to an environment. A line that ends in a backslash is joined with
// the next line that applies. If such a line does not apply, the unconditional line after it does not apply either.
func (v *value) filter(environment string) []string {
	factors := strings.Split(environment, "-")
	var kept strings.Builder
	continues, skipping := false, false
	for _, l := range v.candidates(factors) {
		ends := strings.HasSuffix(l.content, `\`)
		applies := l.content != "" && (!skipping || continues || ends)
		if l.conditional {
			applies = l.applies(factors)
		}
		skipping = l.conditional && !applies && ends
		if applies {
			kept.WriteString(l.content + "\n")
			continues = ends
		}
	}
	text := strings.ReplaceAll(strings.TrimSuffix(kept.String(), "\n"), "\\\n", "")
	return slices.DeleteFunc(strings.Split(text, "\n"), func(s string) bool { return strings.TrimSpace(s) == "" })
}

// pins returns the pins of the lines that apply to an environment. The last line for a project wins.
func (v *value) pins(environment string) lock.Pins {
	factors := strings.Split(environment, "-")
	pins := lock.Pins{}
	for _, l := range v.candidates(factors) {
		if l.pin != nil && l.applies(factors) {
			pins[l.pin.project] = l.pin.version
		}
	}
	return pins
}

// withoutComment returns a line without its comment, which starts with a `#` that has no backslash before it.
func withoutComment(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] != '\\') {
			line = strings.TrimRight(line[:i], " \t")
			break
		}
	}
	return strings.ReplaceAll(line, `\#`, "#")
}

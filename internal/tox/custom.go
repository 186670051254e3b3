package tox

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"toxgen/internal/configparser"
	"toxgen/internal/matrix"
)

// The lines around the sections that people write. They begin in the first column.
const (
	beginCustom = "# toxgen: begin custom sections"
	endCustom   = "# toxgen: end custom sections"
)

// likeMark matches a comment that is a mark or that somebody may have meant as one.
var likeMark = regexp.MustCompile(`(?i)^#+[ \t]*toxgen[ \t]*:`)

// Custom is the part of a tox.ini that people write: sections of their own, between two marks. toxgen does not change it and
// puts it at the end of the file. What is in it must not change what tox reads of the generated part. The zero Custom is
// that of a file without marks.
type Custom struct {
	// line is the number of the line with the first mark, counted from 1, or 0 if there are no marks.
	line int
	// text is what is between the marks, byte for byte.
	text []byte
	// faults are those of the marks. With one of them, it is not certain what text is.
	faults Faults
}

// Faults are errors in a tox.ini that only people can fix.
type Faults []Fault

// Error returns the messages, one a line.
func (f Faults) Error() string {
	texts := make([]string, len(f))
	for i, fault := range f {
		texts[i] = fmt.Sprintf("line %d: %s", fault.Line, fault.Message)
	}
	return strings.Join(texts, "\n")
}

// add adds a fault.
func (f *Faults) add(line int, hint, format string, args ...any) {
	*f = append(*f, Fault{line, fmt.Sprintf(format, args...), hint})
}

// ReadCustom returns the part of a tox.ini that people write. In an unfinished merge whose sides differ in it, the side that
// changed it counts, or the only side that has it. Otherwise a person has to merge it, which is a fault.
func ReadCustom(data []byte) Custom {
	s := split3(data)
	if s.line == 0 {
		return findCustom(data)
	}
	var sides []Custom
	for _, text := range s.texts() {
		sides = append(sides, findCustom(text))
	}
	merged, certain := mergedCustom(sides)
	at := cmp.Or(conflictIn(data), s.line)
	if merged.line > 0 {
		merged.line = at // a side has other numbers
	}
	for i := range merged.faults {
		merged.faults[i].Line = at
	}
	if !certain {
		merged.faults = nil
		merged.faults.add(at, "resolve the conflict between these marks by hand; toxgen resolves those in the other lines of the file",
			"both sides of an unfinished merge changed what is between the marks %q and %q", beginCustom, endCustom)
	}
	return merged
}

// mergedCustom returns what people wrote in an unfinished merge: ours, theirs and, if it is known, the common ancestor.
// certain is false if both sides changed it.
func mergedCustom(sides []Custom) (merged Custom, certain bool) {
	ours, theirs := sides[0], sides[1]
	switch {
	case ours.same(theirs):
		return ours, true
	case len(sides) > 2 && ours.same(sides[2]):
		return theirs, true
	case len(sides) > 2 && theirs.same(sides[2]):
		return ours, true
	case len(sides) == 2 && ours.line == 0:
		return theirs, true
	case len(sides) == 2 && theirs.line == 0:
		return ours, true
	}
	return ours, false
}

// same reports whether two files have the same between their marks.
func (c Custom) same(other Custom) bool {
	return (c.line == 0) == (other.line == 0) && bytes.Equal(c.text, other.text) && len(c.faults) == len(other.faults)
}

// conflictIn returns the number of the first line with a conflict marker behind the first mark, or that of the mark, or 0
// if there is no mark.
func conflictIn(data []byte) int {
	number, begin := 0, 0
	for line := range bytes.Lines(data) {
		number++
		if begin == 0 && markOf(line) != "" {
			begin = number
		}
		if begin > 0 && conflictMarker(string(line)) != 0 {
			return number
		}
	}
	return begin
}

// markOf returns the mark that a line is, or "" if it is not a mark.
func markOf(line []byte) string {
	if text := string(bytes.TrimRight(line, " \t\r\n")); text == beginCustom || text == endCustom {
		return text
	}
	return ""
}

// findCustom returns what is between the marks of a file without conflict markers.
func findCustom(data []byte) Custom {
	var c Custom
	begin, number := 0, 0 // begin is the line of the mark after which the end mark is missing
	for line := range bytes.Lines(data) {
		number++
		mark := markOf(line)
		switch {
		case mark == beginCustom && c.line > 0:
			c.faults.add(number, fmt.Sprintf("keep one pair of marks, with all sections between them; the first is in line %d", c.line), "the mark %q is there twice", beginCustom)
		case mark == beginCustom:
			begin, c.line = number, number
		case mark == endCustom && begin == 0:
			c.faults.add(number, fmt.Sprintf("write %q before it, or delete it", beginCustom), "the mark %q has no beginning", endCustom)
		case mark == endCustom:
			begin = 0
		case likeMark.Match(line):
			c.faults.add(number, fmt.Sprintf("the marks are %q and %q", beginCustom, endCustom), "the comment %q is not a mark of toxgen", strings.TrimSpace(string(line)))
		case begin > 0:
			c.text = append(c.text, line...)
		}
	}
	if begin > 0 {
		c.faults.add(begin, fmt.Sprintf("write %q after the last section", endCustom), "the mark %q has no end", beginCustom)
	}
	return c
}

// generated returns a tox.ini without what people wrote. Each line that is left out stays as an empty line, so that the
// others keep their numbers.
func generated(data []byte) []byte {
	if !bytes.Contains(data, []byte(beginCustom)) {
		return data
	}
	var b bytes.Buffer
	inside := false
	for line := range bytes.Lines(data) {
		mark := markOf(line)
		inside = mark == beginCustom || inside && mark != endCustom
		if inside || mark != "" {
			b.WriteByte('\n')
		} else {
			b.Write(line)
		}
	}
	return b.Bytes()
}

// after returns a file with what people wrote at its end.
func (c Custom) after(data []byte) []byte {
	if c.line == 0 {
		return data
	}
	return slices.Concat(bytes.TrimRight(data, "\n"), []byte("\n\n"+beginCustom+"\n"), c.text, []byte(endCustom+"\n"))
}

// check returns the faults of what people wrote beside the generated part of a file.
func (c Custom) check(m *matrix.Matrix, file *File) Faults {
	if len(c.faults) > 0 || c.line == 0 {
		return c.faults
	}
	for i, line := range bytes.Split(c.text, []byte("\n")) {
		if at := bytes.IndexFunc(line, unclear); at >= 0 || !utf8.Valid(line) {
			return Faults{{c.line + 1 + i, "it has a character that is not printable, or is not UTF-8", "remove the character"}}
		}
	}
	parsed, faults := configparser.Parse("", string(c.text))
	k := customCheck{first: c.line, file: file, sections: map[string]int{}, names: map[string]bool{}, labels: labels(m)}
	for _, name := range matrix.Names(m.Environments()) {
		k.names[name] = true
	}
	if len(parsed.Sections) > 0 && parsed.Sections[0].Column > 1 {
		k.add(parsed.Sections[0], "begin the section in the first column", "an indented line before the first section continues the generated lines")
	}
	for _, f := range faults {
		k.faults.add(k.first+f.Line, f.Hint, "%s", f.Message)
	}
	if parsed.Defaults != nil {
		k.add(parsed.Defaults, "write its keys where they belong", "section [DEFAULT] would change every section of the file")
	}
	for _, section := range parsed.Sections {
		k.section(section)
	}
	return k.faults
}

// unclear reports whether a character may have another meaning for tox than for toxgen, such as that of a line's end.
func unclear(c rune) bool {
	return c != '\t' && c != '\r' && unicode.IsControl(c) || c == '\u2028' || c == '\u2029'
}

// A customCheck collects the faults of what people wrote.
type customCheck struct {
	faults Faults
	// first is the number of the line before the first one that is checked.
	first int
	file  *File
	// sections are the lines of the sections by name, names are the generated environments, and labels the generated labels.
	sections map[string]int
	names    map[string]bool
	labels   map[string][]string
}

// add adds a fault of a section.
func (k *customCheck) add(s *configparser.Section, hint, format string, args ...any) {
	k.faults.add(k.first+s.Line, hint, format, args...)
}

// section checks a section and its options.
func (k *customCheck) section(s *configparser.Section) {
	switch name, isEnvironment := strings.CutPrefix(s.Name, "testenv:"); {
	case isEnvironment:
		k.environment(s, name)
	case slices.Contains(reservedSections, s.Name):
		k.add(s, "use [testenv:NAME] for an environment of your own, or write what all environments share into toxgen.yaml",
			"section [%s] would change every generated environment", s.Name)
	case slices.Contains(k.file.sections, s.Name):
		k.add(s, "rename it, or take the other one out of the template", "section [%s] is in the generated part as well", s.Name)
	}
	seen := map[string]*configparser.Option{}
	for _, o := range s.Options {
		key := strings.ToLower(o.Name) // tox does not distinguish them
		if before := seen[key]; before != nil && before.Name != o.Name {
			k.faults.add(k.first+o.Line, "join them", "for tox the option %q appears twice, first in line %d", key, k.first+before.Line)
		}
		seen[key] = o
		if key == "labels" {
			k.labelled(o)
		}
	}
}

// reservedSections are the sections whose keys tox gives to environments that have sections of other names. A section of
// an environment with such a name takes their place.
var reservedSections = []string{"tox", "testenv", "pkgenv"}

// openRange matches a range without an end in a name, whose meaning depends on the release of tox.
var openRange = regexp.MustCompile(`[0-9]-[,}]|[{,]-[0-9]`)

// environment checks the section of an environment, or of several whose names a name with braces stands for.
func (k *customCheck) environment(s *configparser.Section, name string) {
	left := roomOf([]byte(name))
	alternatives, ok := expand(name, &left)
	if !ok || openRange.MatchString(name) {
		k.add(s, "write its names out", "section [%s]: toxgen cannot tell which environments tox reads of the name", s.Name)
		return
	}
	for _, alternative := range alternatives {
		name := alternative.String()
		switch {
		case k.names[name]:
			k.add(s, "rename it", "section [%s] would change the generated environment %s", s.Name, name)
		case slices.Contains(reservedSections, name), strings.HasPrefix(name, packageEnvironment):
			k.add(s, "rename it", "section [%s] would change other environments", s.Name)
		case k.sections[name] > 0:
			k.add(s, "rename one of them", "section [%s]: the environment %s has a section in line %d already", s.Name, name, k.sections[name])
		case !slices.ContainsFunc(s.Options, func(o *configparser.Option) bool { return strings.EqualFold(o.Name, "labels") }):
			for _, label := range k.file.labelsOf(name) {
				k.selected(k.first+s.Line, label)
			}
		}
		k.sections[name] = k.first + s.Line
	}
}

// labelled checks the labels of an environment.
func (k *customCheck) labelled(o *configparser.Option) {
	splitter := newSplitter([]byte(o.Value()))
	for _, line := range o.Lines {
		number := k.first + line.Line
		content := splitter.split(withoutComment(line.Text)).content
		if strings.ContainsAny(content, `{\`) {
			k.faults.add(number, "write them out, without substitutions and backslashes", "toxgen cannot tell which labels tox reads of %q", content)
		}
		for label := range strings.SplitSeq(content, ",") {
			k.selected(number, strings.TrimSpace(label))
		}
	}
}

// selected reports a label that is generated.
func (k *customCheck) selected(line int, label string) {
	if _, isGenerated := k.labels[label]; isGenerated {
		k.faults.add(line, "use another label", "the generated label %s would select this environment, too", label)
	}
}

// labelsOf returns the labels that lines of [testenv] give to an environment.
func (f *File) labelsOf(environment string) []string {
	lines := f.Lines("labels", environment)
	if len(lines) == 1 {
		lines = strings.Split(lines[0], ",")
	}
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return lines
}

package resolve

import (
	"fmt"
	"regexp"
	"strings"

	"toxgen/internal/finding"
	"toxgen/internal/foreign"
	"toxgen/internal/pep508"
)

// ParseRequirements reads a requirements file as pip does: one requirement a line, blank lines, comments that begin a
// line or follow a blank, and lines that a backslash continues. The roots name their place, `file:line`.
//
// Options (`-r`, `--hash`, …), URLs without a name and paths are refused, each with its line; so is what is no
// requirement. The error is a [finding.List] with all of them. `name @ URL` is a requirement: whether it matters depends
// on its marker, so Resolve is what refuses it. Nothing is expanded: `${NAME}` stands for itself.
func ParseRequirements(file, text string) ([]Root, error) {
	roots, faults := parseRequirements(file, text)
	if len(faults) > 0 {
		return nil, faults
	}
	return roots, nil
}

func parseRequirements(file, text string) (roots []Root, faults finding.List) {
	for _, line := range logicalLines(text) {
		r, err := parseLine(line.text)
		if err != nil {
			faults = append(faults, finding.Finding{Severity: finding.Error, File: file, Line: line.number, Message: err.message, Hint: err.hint})
			continue
		}
		roots = append(roots, Root{Requirement: r, Origin: fmt.Sprintf("%s:%d", file, line.number)})
	}
	return roots, faults
}

// logicalLine is a line with those that continue it, and without a comment.
type logicalLine struct {
	number int // of the first
	text   string
}

var (
	comment = regexp.MustCompile(`(^|\s+)#.*$`)
	// lineEnd is what Python's splitlines splits at.
	lineEnd = regexp.MustCompile("\r\n|[\n\v\f\r\x1c\x1d\x1e\u0085\u2028\u2029]")
)

// logicalLines joins continued lines first and removes comments then, so that a comment ends with its own line and a
// line that begins with one is not continued.
func logicalLines(text string) []logicalLine {
	var lines []logicalLine
	var joined strings.Builder
	number := 0 // of the first line that is joined
	end := func() {
		if text := strings.TrimSpace(comment.ReplaceAllString(joined.String(), "")); text != "" {
			lines = append(lines, logicalLine{number, text})
		}
		joined.Reset()
		number = 0
	}
	for i, text := range lineEnd.Split(strings.TrimPrefix(text, "\ufeff"), -1) {
		commented := strings.HasPrefix(strings.TrimSpace(text), "#")
		if commented {
			text = " " + text // so that it is a comment behind a continued line, too
		}
		if number == 0 {
			number = i + 1
		}
		if !commented && strings.HasSuffix(text, `\`) {
			joined.WriteString(strings.Trim(text, `\`))
			continue
		}
		joined.WriteString(text)
		end()
	}
	if number > 0 {
		end()
	}
	return lines
}

// lineError is why a line is refused, and a cure.
type lineError struct{ message, hint string }

// parseLine reads a requirement. A marker begins at the first semicolon, wherever that is, and may be empty.
func parseLine(text string) (pep508.Requirement, *lineError) {
	refused := func(what, hint string) (pep508.Requirement, *lineError) {
		return pep508.Requirement{}, &lineError{what, hint}
	}
	if option := optionOf(text); option != "" {
		return refused("the option "+foreign.Text(option)+" is not supported", "a requirements file may hold requirements only")
	}
	spec, marker, _ := strings.Cut(text, ";")
	spec, marker = strings.TrimSpace(spec), strings.TrimSpace(marker)
	switch {
	case isURL(spec):
		return refused(foreign.Text(spec)+" is a URL: "+onlyReleases, requireVersion)
	case isPath(spec):
		return refused(foreign.Text(spec)+" is a path: "+onlyReleases, requireVersion)
	}
	r, err := pep508.ParseRequirement(spec)
	if err != nil {
		hint := ""
		if strings.Contains(spec, "=") && !operator.MatchString(spec) {
			hint = "= is no operator; == is"
		}
		return refused("invalid requirement: "+foreign.Text(err.Error()), hint)
	}
	if marker != "" {
		if r.Marker, err = pep508.ParseMarker(marker); err != nil {
			return refused("invalid marker: "+foreign.Text(err.Error()), "")
		}
	}
	return r, nil
}

var operator = regexp.MustCompile(`===|[~=!<>]=|[<>]`)

// optionOf gives the option that begins a word; options end the requirement.
func optionOf(text string) string {
	for word := range strings.SplitSeq(text, " ") {
		if strings.HasPrefix(word, "-") {
			option, _, _ := strings.Cut(word, "=")
			return option
		}
	}
	return ""
}

var scheme = regexp.MustCompile(`^(?i)(https?|file|ftp|(git|hg|bzr|svn)(\+[a-z]+)?):`)

func isURL(spec string) bool { return scheme.MatchString(spec) }

var archive = regexp.MustCompile(`(?i)\.(zip|whl|tar|tgz|tbz|txz|tlz|tar\.(gz|bz2|xz|lz|lzma))(\[[^\]]+\])?$`)

// isPath says whether pip would look for a file or a folder. What stands before an @ may be a name.
func isPath(spec string) bool {
	name, _, reference := strings.Cut(spec, "@")
	looksLikePath := func(s string) bool { return strings.Contains(s, "/") || strings.HasPrefix(s, ".") }
	if reference && !looksLikePath(name) {
		return false
	}
	return looksLikePath(spec) || archive.MatchString(spec)
}

package resolve

import (
	"fmt"
	"regexp"
	"strings"

	"toxgen/internal/display"
	"toxgen/internal/finding"
	"toxgen/internal/pep508"
)

// ParseRequirements reads a requirements file as pip does: one requirement per line, blank lines, comments at the
// start of a line or after a blank, and lines continued by a backslash. The origin of a root is `file:line`.
//
// Options (`-r`, `--hash`, …), URLs without a name, paths and invalid requirements are errors. All of them are
// reported, each with its line, in a [finding.List]. `name @ URL` is a valid requirement: its marker decides whether
// it matters, so Resolve refuses it, not ParseRequirements. Environment variables such as `${NAME}` are not expanded.
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

// logicalLine is a line joined with the lines that continue it, without comments.
type logicalLine struct {
	number int // of the first line that was joined
	text   string
}

var (
	comment = regexp.MustCompile(`(^|\s+)#.*$`)
	// lineEnd matches the line ends of Python's splitlines.
	lineEnd = regexp.MustCompile("\r\n|[\n\v\f\r\x1c\x1d\x1e\u0085\u2028\u2029]")
)

// logicalLines joins continued lines before it removes comments, as pip does: a comment ends with its own line, and a
// line that is a comment is not continued.
func logicalLines(text string) []logicalLine {
	var lines []logicalLine
	var joined strings.Builder
	number := 0 // of the first line that was joined, or 0
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
			text = " " + text // it must be a comment, too, if it follows a continued line
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

// lineError is why a line is refused, and a hint.
type lineError struct{ message, hint string }

// parseLine parses one requirement. A marker begins at the first semicolon, wherever that is, and may be empty.
func parseLine(text string) (pep508.Requirement, *lineError) {
	refused := func(what, hint string) (pep508.Requirement, *lineError) {
		return pep508.Requirement{}, &lineError{what, hint}
	}
	if option := optionOf(text); option != "" {
		return refused("the option "+option+" is not supported", "a requirements file may hold requirements only")
	}
	spec, marker, _ := strings.Cut(text, ";")
	spec, marker = strings.TrimSpace(spec), strings.TrimSpace(marker)
	switch {
	case isURL(spec):
		return refused(display.Cut(spec)+" is a URL: "+onlyReleases, requireVersion)
	case isPath(spec):
		return refused(display.Cut(spec)+" is a path: "+onlyReleases, requireVersion)
	}
	r, err := pep508.ParseRequirement(spec)
	if err != nil {
		hint := ""
		if strings.Contains(spec, "=") && !operator.MatchString(spec) {
			hint = "= is not an operator, == is"
		}
		return refused("invalid requirement: "+err.Error(), hint)
	}
	if marker != "" {
		if r.Marker, err = pep508.ParseMarker(marker); err != nil {
			return refused("invalid marker: "+err.Error(), "")
		}
	}
	return r, nil
}

var operator = regexp.MustCompile(`===|[~=!<>]=|[<>]`)

// optionOf returns the first option of a line, or "". An option ends the requirement.
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

// isPath reports whether pip would look for a file or a directory. The text before an @ may be a project's name.
func isPath(spec string) bool {
	name, _, reference := strings.Cut(spec, "@")
	looksLikePath := func(s string) bool { return strings.Contains(s, "/") || strings.HasPrefix(s, ".") }
	if reference && !looksLikePath(name) {
		return false
	}
	return looksLikePath(spec) || archive.MatchString(spec)
}

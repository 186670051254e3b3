package requirements

import (
	"errors"
	"regexp"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"toxgen/internal/display"
	"toxgen/internal/pep508"
)

// A logicalLine is a line joined with the lines that continue it, without comments and blanks at its ends.
type logicalLine struct {
	file string
	text string
	// start is the offset of text in what was joined.
	start int
	// parts are the lines that were joined, in their order.
	parts []part
}

// A part is one line of a file in what was joined.
type part struct {
	at           int // offset in what was joined
	line, column int // of its first character
	text         string
}

// place returns the place of an offset in the text.
func (l *logicalLine) place(at int) Place {
	at += l.start
	p := l.parts[max(sort.Search(len(l.parts), func(i int) bool { return l.parts[i].at > at })-1, 0)]
	return Place{l.file, p.line, p.column + utf8.RuneCountInString(p.text[:min(at-p.at, len(p.text))])}
}

var (
	comment = regexp.MustCompile(`(^|\s+)#.*$`)
	// lineEnd matches the line ends of Python's splitlines.
	lineEnd = regexp.MustCompile("\r\n|[\n\v\f\r\x1c\x1d\x1e\u0085\u2028\u2029]")
)

// logicalLines joins continued lines before it removes comments, as pip does: a comment ends with its own line, and a
// line that is a comment is not continued.
func logicalLines(file, text string) []logicalLine {
	var lines []logicalLine
	var joined strings.Builder
	var parts []part
	end := func() {
		text := joined.String()
		if at := comment.FindStringIndex(text); at != nil {
			text = text[:at[0]]
		}
		if trimmed := strings.TrimSpace(text); trimmed != "" {
			start := len(text) - len(strings.TrimLeftFunc(text, unicode.IsSpace))
			lines = append(lines, logicalLine{file, trimmed, start, parts})
		}
		joined.Reset()
		parts = nil
	}
	add := func(line, column int, text string) {
		parts = append(parts, part{joined.Len(), line, column, text})
		joined.WriteString(text)
	}
	for i, text := range lineEnd.Split(text, -1) {
		switch {
		case strings.HasPrefix(strings.TrimSpace(text), "#"):
			add(i+1, 0, " "+text) // with a blank it is a comment if it follows a continued line, too
		case strings.HasSuffix(text, `\`):
			add(i+1, 1+len(text)-len(strings.TrimLeft(text, `\`)), strings.Trim(text, `\`))
			continue
		default:
			add(i+1, 1, text)
		}
		end()
	}
	if len(parts) > 0 {
		end()
	}
	return lines
}

// A lineError is why a line is refused, a hint, and the offset in the line.
type lineError struct {
	at            int
	message, hint string
}

const (
	onlyReleases = "only releases on an index can be pinned"
	localPackage = "require a release by its version, or declare a package of the repository under `packages:` of toxgen.yaml"
	ownIndex     = "name the index under `index:` of toxgen.yaml"
)

// options maps the options that are refused to hints.
var options = map[string]string{
	"-e": localPackage, "--editable": localPackage,
	"-i": ownIndex, "--index-url": ownIndex, "--extra-index-url": ownIndex, "--no-index": ownIndex, "-f": ownIndex, "--find-links": ownIndex,
	"--trusted-host": ownIndex,
	"--pre":          "name a pre-release in the requirement that may take one, as in a>=2.0rc1",
	"--hash":         "name a file without hashes: tox.ini pins versions, and would not keep the promise of a hash",
}

// include returns the file that the line names by -r or -c, or nil if it is not such a line.
func (l *logicalLine) include(allowed bool) (*include, *lineError) {
	if at := variable.FindStringIndex(l.text); at != nil {
		return nil, &lineError{at[0], l.text[at[0]:at[1]] + " is a variable of the environment: a file must mean the same on every machine",
			"write the value"}
	}
	option, at := optionOf(l.text)
	if option == "" {
		return nil, nil
	}
	kind, value := option, strings.TrimSpace(l.text[at+len(option):])
	if !strings.HasPrefix(option, "--") && len(option) > 2 { // -rFILE
		kind, value = option[:2], strings.TrimSpace(l.text[at+2:])
	} else if rest, found := strings.CutPrefix(value, "="); found && strings.HasPrefix(option, "--") {
		value = rest
	}
	constraint := kind == "-c" || kind == "--constraint"
	if !constraint && kind != "-r" && kind != "--requirement" {
		hint, known := options[kind]
		if !known {
			hint = "remove it: a requirements file may hold requirements, -r and -c"
		}
		return nil, &lineError{at, "the option " + kind + " is not supported", hint}
	}
	value, quoted := unquote(value)
	switch {
	case !allowed:
		return nil, &lineError{at, "the option " + kind + " is not supported here", "write the requirements of that file here"}
	case at > 0:
		return nil, &lineError{at, "the option " + kind + " follows a requirement", "put it on a line of its own"}
	case value == "":
		return nil, &lineError{at, "the option " + kind + " names no file", "name one, relative to this file"}
	case isURL(value):
		return nil, &lineError{at, "the option " + kind + " names a URL: only files can be read", "put the file into the repository"}
	case strings.HasPrefix(value, "/"):
		return nil, &lineError{at, "the option " + kind + " names an absolute path", "name the file relative to this one"}
	case !quoted && strings.ContainsAny(value, "\"'\\ \t"):
		return nil, &lineError{at, "the option " + kind + " is followed by more than a file", "put each option on a line of its own"}
	}
	return &include{value, constraint}, nil
}

// variable matches what pip replaces by a variable of the environment.
var variable = regexp.MustCompile(`\$\{[A-Z0-9_]+\}`)

// unquote returns a text without the quotes around it, and whether there were any.
func unquote(text string) (string, bool) {
	if n := len(text); n >= 2 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] && strings.IndexByte(text[1:n-1], text[0]) < 0 {
		return text[1 : n-1], true
	}
	return text, false
}

// optionOf returns the first option of a line without its value, and its offset, or "". An option ends the requirement.
func optionOf(text string) (option string, at int) {
	for word := range strings.SplitSeq(text, " ") {
		if strings.HasPrefix(word, "-") {
			option, _, _ := strings.Cut(word, "=")
			return option, at
		}
		at += len(word) + 1
	}
	return "", 0
}

// requirement parses a line without options. A marker begins at the first semicolon, wherever that is, and may be empty.
func (l *logicalLine) requirement() (pep508.Requirement, *lineError) {
	refused := func(at int, what, hint string) (pep508.Requirement, *lineError) {
		return pep508.Requirement{}, &lineError{at, what, hint}
	}
	spec, marker, _ := strings.Cut(l.text, ";")
	behind := len(l.text) - len(strings.TrimLeftFunc(marker, unicode.IsSpace))
	spec, marker = strings.TrimSpace(spec), strings.TrimSpace(marker)
	switch {
	case isURL(spec):
		return refused(0, display.Cut(spec)+" is a URL: "+onlyReleases, localPackage)
	case isPath(spec):
		return refused(0, display.Cut(spec)+" is a path: "+onlyReleases, localPackage)
	}
	r, err := pep508.ParseRequirement(spec)
	if err != nil {
		hint := ""
		if strings.Contains(spec, "=") && !operator.MatchString(spec) {
			hint = "= is not an operator, == is"
		}
		return refused(offset(err), "invalid requirement: "+err.Error(), hint)
	}
	if marker != "" {
		if r.Marker, err = pep508.ParseMarker(marker); err != nil {
			return refused(behind+offset(err), "invalid marker: "+err.Error(), "")
		}
	}
	return r, nil
}

// offset returns where in the parsed text an error is.
func offset(err error) int {
	var syntax *pep508.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Offset
	}
	return 0
}

var operator = regexp.MustCompile(`===|[~=!<>]=|[<>]`)

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

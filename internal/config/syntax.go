package config

import (
	"cmp"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing/iotest"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"toxgen/internal/finding"
)

// causes explains the errors of yaml.v3: a pattern of its message, a pattern of the text, a better message and a hint. The
// text is the part between the line of the error and the place where yaml.v3 stopped reading. The first group of the
// last match is at the error and replaces the `$` of the message. The first row that matches both counts.
var causes = [][4]string{
	{`tab character|cannot start`, `(?m)^[ -]*(\t)`, "a tab cannot indent a line", "indent with spaces"},
	{`cannot start|numeric char|tag|'!'|'>'|line break|directive name|non-alpha`, "(?:^|[\\s\\[{,:-])([@`%|>*&!])", "a plain text cannot begin with $", "quote the text"},
	{`unknown anchor`, `(\*[\w-]+)`, "$ refers to no anchor", "quote the text if it is not an alias; toxgen reads no aliases"},
	{`escape|hexdecimal`, `(\\)`, "a text in double quotes has an unknown escape", "double the backslash, or use single quotes"},
	{`mapping values`, `:[ \t][^\n]*(:)(?:[ \t][^\n]*)?$`, "a colon with a space after it cannot stand within a value", "quote the whole value"},
	{`mapping values|expected ':'`, `^ *(?:- +)*[\w.-]+(:)[^\s/]`, "the colon of a key needs a space after it", "write `key: value`"},
	{`mapping values|expected ':'`, `^ *([^\s:"'-])[^:\n]*(?:\n|$)`, "a key needs a colon after it", "write `key: value`; indent the line if it continues the text above"},
	{`mapping values`, `(?m)^[ \t]*(\S)`, "a key cannot continue the value of the line above", "indent it like the keys that it belongs to"},
	{`block sequence`, `(-)(?:\s|$)`, "a list item cannot begin here", "begin the list on a line of its own, or quote a text that begins with `-`"},
	{`node content`, `[\[{,]\s*([,-])`, "a value in brackets cannot begin with $", "remove it, or quote the text"},
	{`',' or`, ended, "a comma or a closing bracket is expected here", "put commas between elements; quote a text that holds `: `, a comma or a bracket"},
	{`expected (?:key|<document)`, ended, "text follows a value that has ended", "quote the whole text"},
	{`expected (?:key|<document|'-')`, `^[ \t]*(\S)`, "the indentation matches no line above", "indent the line like the lines that it belongs to; a list item begins with `- `"},
	{``, `^[ \t]*(\S?)`, "", ""}, // all others keep the message of yaml.v3
}

const ended = `(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[\]}])\s*([^\s,:\]}#])`

var (
	yamlError   = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(?s:(.*))$`)
	parserError = regexp.MustCompile(`',' or '.'$|(?:key|'-' indicator|content|start>|handle|%\w+ directive|YAML document)$`)
	blockError  = regexp.MustCompile(`^did not find expected (?:key|'-' indicator|<document start>)$|^mapping values`)
	atEnd       = regexp.MustCompile(`end of stream$|document indicator$|cannot start`)
	words       = regexp.MustCompile(`(?s)"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|#[^\n]*|[^\s\[\]{},:"'][^\s\[\]{},]*|["'\[\]{}]`)
	noText      = regexp.MustCompile(`^[ \t]*(?:#|$)`)
	indentation = regexp.MustCompile(`^[ \t]*[\]}]?`)
	address     = regexp.MustCompile(`://[^` + breaks + `]*`)
	unbalanced  = map[byte][2]string{
		'[':  {"the bracket is not closed", "end the list with `]`"},
		'{':  {"the bracket is not closed", "end the mapping with `}`"},
		'"':  {"the quote is not closed", "end the text with `\"`; write `\\\"` for a double quote in it"},
		'\'': {"the quote is not closed", "end the text with `'`; write `''` for a single quote in it"},
		']':  {"`]` does not match a bracket before it", "close the inner bracket first, or quote the text"},
		'}':  {"`}` does not match a bracket before it", "close the inner bracket first, or quote the text"},
	}
)

// firstFault returns the message of yaml.v3 for a text, the line that it names, counted from 0, and the offset at which
// yaml.v3 stopped reading. yaml.v3 reads the text byte by byte, so that it stops shortly after the fault, and with an
// empty line above, since it names no line if the value with the error begins in the first line.
func firstFault(text string) (message string, line, end int) {
	source := strings.NewReader("\n" + text)
	var err error
	for reader := yaml.NewDecoder(iotest.OneByteReader(source)); err == nil; {
		err = reader.Decode(new(yaml.Node))
	}
	found := yamlError.FindStringSubmatch(err.Error())
	line, _ = strconv.Atoi(found[1])
	if !parserError.MatchString(found[2]) {
		line-- // only errors of yaml.v3's parser count from 0
	}
	return found[2], max(line-1, 0), max(len(text)-source.Len(), 0)
}

// conflictMarker matches the line with which git begins a conflict.
var conflictMarker = regexp.MustCompile(`(?m)^<<<<<<<(?: |\r?$)`)

// syntax reports the first syntax error of a text, or the first conflict marker of git, which no YAML has at that place.
func (d *decoder) syntax(text string) {
	l := newLayout([]byte(text))
	at, message, hint := l.explain(firstFault(text))
	if marker := conflictMarker.FindStringIndex(text); marker != nil {
		at, message, hint = marker[0], "a git conflict marker", "keep what both sides need and delete the lines with markers; then run `mage`, which makes everything else again"
	}
	i := l.lineOf(at)
	column := utf8.RuneCountInString(text[l.lines[i]:at])
	d.errors++
	d.findings = append(d.findings, finding.Finding{Severity: finding.Error, File: d.file, Line: i + 1, Column: column + 1,
		Message: "not YAML: " + message, Detail: excerpt(l.line(i), column), Hint: hint})
}

// explain returns the offset of a fault, a message and a hint.
func (l layout) explain(fault string, line, end int) (at int, message, hint string) {
	last := l.withText(l.lineOf(end - 1))
	if blockError.MatchString(fault) { // yaml.v3 names the first line of the block, and has read up to a few lines more
		for range 4 {
			if f, n, _ := firstFault(l.text[:l.lines[last]]); f != fault || n != line {
				break
			}
			last = l.withText(last - 1)
		}
		line, end = last, min(end, l.lineEnd(l.lines[last]))
	}
	begin := l.lines[min(line, len(l.lines)-1)]
	end = max(begin, end)
	if at = l.leftOpen(line+1, last, len(l.lines)); at < 0 && parserError.MatchString(fault) {
		if i := unmatched(l.text[begin:end]); i >= 0 && strings.IndexByte("]}", l.text[begin+i]) >= 0 {
			at = begin + i
		}
	}
	if at >= 0 {
		return at, unbalanced[l.text[at]][0], unbalanced[l.text[at]][1]
	}
	if strings.HasPrefix(fault, "mapping values") {
		begin = l.lines[l.withText(line-1)]
	}
	for _, c := range causes {
		all := regexp.MustCompile(c[1]).FindAllStringSubmatchIndex(l.text[begin:end], -1)
		if regexp.MustCompile(c[0]).MatchString(fault) && all != nil {
			from, to := begin+all[len(all)-1][2], begin+all[len(all)-1][3]
			return from, strings.ReplaceAll(cmp.Or(c[2], fault), "$", quoted(l.text[from:to])), c[3]
		}
	}
	return begin, fault, ""
}

// leftOpen returns the offset of a quote or bracket that is open before one of the lines. That line, or the one after the
// quote or bracket, is indented no deeper and does not close it. If there is none it returns -1.
func (l layout) leftOpen(lines ...int) int {
	for _, next := range lines {
		part := l.text
		if next < len(l.lines) {
			part = l.text[:l.lines[next]]
		}
		const more = "\n x, @" // yaml.v3 rejects the last character if a bracket is open
		fault, line, end := firstFault(part + more)
		if !atEnd.MatchString(fault) || end < len(part+more) {
			continue
		}
		if strings.Contains(fault, "cannot start") {
			_, line, _ = firstFault(part + "\n x") // the line of the bracket
		}
		line = min(line, len(l.lines)-1)
		outside := func(i int) bool {
			found := indentation.FindString(l.line(i))
			return len(found) <= len(indentation.FindString(l.line(line))) && !strings.ContainsAny(found, "]}") && l.line(i) != ""
		}
		if i := unmatched(l.line(line)); i >= 0 && (part == l.text || outside(next) || outside(min(line+1, next))) {
			return l.lines[line] + i
		}
	}
	return -1
}

// unmatched returns the offset of the first quote that is not closed or closing bracket that closes nothing, or else that
// of the last bracket that is not closed. If there is none it returns -1.
func unmatched(text string) int {
	open := []int{-1}
	for _, word := range words.FindAllStringIndex(text, -1) {
		at, top := word[0], open[len(open)-1]
		switch c := text[at]; {
		case word[1] == at+1 && (c == '"' || c == '\''):
			return at
		case c == '[', c == '{':
			open = append(open, at)
		case c != ']' && c != '}':
		case top < 0 || text[top]+2 != c:
			return at
		default:
			open = open[:len(open)-1]
		}
	}
	return open[len(open)-1]
}

// lineOf returns the number of the line at an offset, counted from 0.
func (l layout) lineOf(at int) int { return max(sort.SearchInts(l.lines, at+1)-1, 0) }

// line returns a line without its line break.
func (l layout) line(i int) string { return l.text[l.lines[i]:l.lineEnd(l.lines[i])] }

// withText returns the last line up to line i that is neither blank nor a comment, or 0.
func (l layout) withText(i int) int {
	for i > 0 && noText.MatchString(l.line(i)) {
		i--
	}
	return max(i, 0)
}

// excerpt returns a line of the text, escaped and cut to 200 characters, and below it a caret under a column that
// counts from 0. What follows `://` is hidden, since it may hold credentials.
func excerpt(line string, column int) []string {
	runes := []rune(address.ReplaceAllStringFunc(line, func(s string) string {
		return "://" + strings.Repeat("*", utf8.RuneCountInString(s)-len("://"))
	}))
	escaped := func(part []rune) []rune {
		text := strconv.Quote(string(part))
		return []rune(strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(text[1 : len(text)-1]))
	}
	head, tail := escaped(runes[:column]), escaped(runes[column:])
	if n := len(head) - 120; n > 0 {
		head = append([]rune("…"), head[n:]...)
	}
	if n := 200 - len(head); len(tail) > n {
		tail = append(tail[:n-1], '…')
	}
	return []string{"  " + string(head) + string(tail), "  " + strings.Repeat(" ", len(head)) + "^"}
}

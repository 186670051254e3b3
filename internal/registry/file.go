package registry

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"toxgen/internal/finding"
	"toxgen/internal/pep440"
)

const (
	restoreHint  = "restore the line, or delete it and run `mage fetch`"
	conflictHint = "keep both sides' lines, drop the marks, and run `mage`"
)

// Parse reads the file of one project. Faults are findings of severity Error with their lines; the project is
// nil if there is one.
//
// A merge may leave the lines in any order and a release on two of them. Lines of one release that agree are
// united; a release whose lines disagree is left out of the project, and its version returned: its facts have
// to be fetched again. [Format] writes what was read as it should be.
func Parse(name string, data []byte) (p *Project, disagreeing []pep440.Version, faults finding.List) {
	var lines []Release
	faults = each(name, data, func(r Release) { lines = append(lines, r) })
	if len(faults) > 0 {
		return nil, nil, faults
	}
	slices.SortStableFunc(lines, func(a, b Release) int { return a.Version.Compare(b.Version) })
	p = &Project{Name: name}
	for start, end := 0, 0; start < len(lines); start = end {
		for end = start + 1; end < len(lines) && lines[end].Version.Equal(lines[start].Version); {
			end++
		}
		if agree(lines[start:end]) {
			p.Releases = append(p.Releases, lines[start])
		} else {
			disagreeing = append(disagreeing, lines[start].Version)
		}
	}
	return p, disagreeing, nil
}

func agree(releases []Release) bool {
	var first, other bytes.Buffer
	appendLine(&first, releases[0])
	for _, r := range releases[1:] {
		other.Reset()
		appendLine(&other, r)
		if !bytes.Equal(first.Bytes(), other.Bytes()) {
			return false
		}
	}
	return true
}

// Format writes a project's file.
func Format(p *Project) []byte {
	var b bytes.Buffer
	for _, r := range p.Releases {
		appendLine(&b, r)
	}
	return b.Bytes()
}

// each parses line by line and collects what is wrong, at most ten faults a file.
func each(name string, data []byte, use func(Release)) finding.List {
	var faults finding.List
	number := 0
	for text := range bytes.Lines(data) {
		number++
		if f := oneLine(name, number, text, use); f != nil {
			faults = append(faults, *f)
			if len(faults) == 10 {
				return faults
			}
		}
	}
	if number == 0 {
		faults = append(faults, *fault(name, 1, "delete it and run `mage fetch`", "the file is empty"))
	}
	return faults
}

func oneLine(name string, number int, text []byte, use func(Release)) *finding.Finding {
	body, ended := bytes.CutSuffix(text, []byte("\n"))
	if mark := conflictMark(body); mark != "" {
		return fault(name, number, conflictHint, "a conflict mark of git: %s", mark)
	}
	r, err := parseLine(body)
	if err != nil {
		f := fault(name, number, restoreHint, "%s", lineError(err))
		var syntactic *jsontext.SyntacticError
		if errors.As(err, &syntactic) {
			f.Column = int(syntactic.ByteOffset) + 1
		}
		return f
	}
	if !ended {
		return fault(name, number, restoreHint, "the last line has no line end")
	}
	use(r)
	return nil
}

func conflictMark(body []byte) string {
	for _, mark := range []string{"<<<<<<<", "|||||||", "=======", ">>>>>>>"} {
		if strings.HasPrefix(string(body), mark) {
			return mark
		}
	}
	return ""
}

func fault(name string, line int, hint, format string, args ...any) *finding.Finding {
	return &finding.Finding{Severity: finding.Error, File: Path(name), Line: line, Message: fmt.Sprintf(format, args...), Hint: hint}
}

package registry

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/finding"
	"toxgen/internal/pep440"
)

// maximumFaults is the maximum number of faults that are reported for one file.
const maximumFaults = 10

const (
	restoreHint = "restore the line, or delete it and run `mage fetch`"
	newerHint   = "if a newer toxgen wrote the line, update toxgen; otherwise " + restoreHint
	againHint   = "delete it and run `mage fetch`"
)

// conflictHints lists the markers that git leaves where it cannot merge, and the hint for each.
var conflictHints = []struct{ mark, hint string }{
	{"<<<<<<<", "keep both sides' lines, remove the markers, and run `mage`"},
	{"|||||||", "remove what is between here and `=======`, keep both sides' lines, remove the markers, and run `mage`"},
	{"=======", "keep both sides' lines, remove the markers, and run `mage`"},
	{">>>>>>>", "keep both sides' lines, remove the markers, and run `mage`"},
}

// A Disagreement is a release that has several lines with different facts.
type Disagreement struct {
	Version pep440.Version
	// Lines are the numbers of the lines, counted from 1.
	Lines []int
}

// Parse parses the file of one project. Faults are findings of severity Error with their lines and columns. If there is
// a fault, the project is nil.
//
// A merge may leave the lines in any order and a release on several lines. Lines of one release that agree are united.
// A release whose lines disagree is left out of the project and returned as a disagreement: its facts have to be fetched
// again. [Format] writes the project in its normal form.
func Parse(name string, data []byte) (*Project, []Disagreement, finding.List) {
	releases, faults := parseLines(name, data)
	if len(faults) > 0 {
		return nil, nil, faults
	}
	p := &Project{Name: name, Releases: releases}
	if ascending(releases) {
		return p, nil, nil
	}
	var disagreements []Disagreement
	p.Releases, disagreements = united(releases)
	return p, disagreements, nil
}

// ascending reports whether the releases are in order and each occurs only once.
func ascending(releases []Release) bool {
	for i := 1; i < len(releases); i++ {
		if releases[i-1].Version.Compare(releases[i].Version) >= 0 {
			return false
		}
	}
	return true
}

// united sorts the releases of a file's lines and unites equal ones. Releases whose lines disagree are returned apart.
func united(lines []Release) (releases []Release, disagreements []Disagreement) {
	numbers := make([]int, len(lines))
	for i := range numbers {
		numbers[i] = i + 1
	}
	compare := func(a, b int) int { return lines[a-1].Version.Compare(lines[b-1].Version) }
	slices.SortStableFunc(numbers, compare)
	for start, end := 0, 0; start < len(numbers); start = end {
		for end = start + 1; end < len(numbers) && compare(numbers[end], numbers[start]) == 0; {
			end++
		}
		first, rest := &lines[numbers[start]-1], numbers[start+1:end]
		text := appendLine(nil, first)
		if slices.ContainsFunc(rest, func(n int) bool { return !bytes.Equal(appendLine(nil, &lines[n-1]), text) }) {
			disagreements = append(disagreements, Disagreement{first.Version, slices.Clone(numbers[start:end])})
		} else {
			releases = append(releases, *first)
		}
	}
	return releases, disagreements
}

// parseLines parses one release from each line. If there are no faults, releases[i] is that of line i+1.
func parseLines(name string, data []byte) (releases []Release, faults finding.List) {
	if len(data) == 0 {
		return nil, finding.List{fault(name, 1, againHint, errors.New("the file is empty"))}
	}
	whole := string(data) // once, for all texts of the file
	releases = make([]Release, 0, bytes.Count(data, []byte("\n")))
	r := &reader{}
	for start, number := 0, 1; start < len(data) && len(faults) < maximumFaults; number++ {
		length := bytes.IndexByte(data[start:], '\n')
		ended := length >= 0
		if !ended {
			length = len(data) - start
		}
		r.reset(data[start:start+length], whole[start:start+length])
		start += length + 1
		switch release, hint, err := r.parseLine(); {
		case err != nil:
			faults = append(faults, fault(name, number, hint, err))
		case !ended:
			faults = append(faults, fault(name, number, restoreHint, errors.New("the last line has no line end")))
		default:
			releases = append(releases, release)
		}
	}
	return releases, faults
}

// parseLine parses the line. If it returns an error, hint says how to fix the line.
func (r *reader) parseLine() (release Release, hint string, err error) {
	for _, c := range conflictHints {
		if strings.HasPrefix(r.line, c.mark) {
			return Release{}, c.hint, fmt.Errorf("a git conflict marker: %s", c.mark)
		}
	}
	if strings.TrimSpace(r.line) == "" {
		return Release{}, "delete it", errors.New("the line is empty")
	}
	release, err = r.release()
	if e, ok := errors.AsType[*columnError](err); ok && e.perhapsNewer {
		return release, newerHint, err
	}
	return release, restoreHint, err
}

// fault returns the finding for an error in a line of a project's file.
func fault(name string, line int, hint string, err error) finding.Finding {
	f := finding.Finding{Severity: finding.Error, File: Path(name), Line: line, Message: err.Error(), Hint: hint}
	var p *columnError
	if errors.As(err, &p) {
		f.Column = p.column
	}
	return f
}

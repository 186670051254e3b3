// Package requirements reads requirements files as pip does.
//
// The format is described at https://pip.pypa.io/en/stable/reference/requirements-file-format/: one requirement per line, blank
// lines, comments at the start of a line or after a blank, lines continued by a backslash, and `-r FILE` and `-c FILE`, whose
// files are relative to the file that names them. [Read] follows them; [Parse] reads one file that may not name others.
//
// Deviations: a file means the same on every machine, so environment variables such as `${NAME}` are errors, and a file that
// says nothing of its encoding is UTF-8. What cannot be pinned from an index is an error too: URLs without a name, paths, and every
// other option. `name @ URL` is a valid requirement: its marker decides whether it matters, so the resolver refuses it. A
// file that names itself, over others or not, is an error, as in pip; a file that is named twice otherwise is read once.
//
// All faults are reported at once, with line and column. Files of 1 MiB and more, and more than 100 files, are refused.
package requirements

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"toxgen/internal/finding"
	"toxgen/internal/pep508"
)

// Files is where files come from.
type Files interface {
	// Read returns the content of a file by its slash-separated path. If there is no such file, errors.Is(err, fs.ErrNotExist)
	// reports true. The caller does not modify the content.
	Read(name string) ([]byte, error)
}

// A Place is where a value stands. Line and Column count from 1; 0 means unknown.
type Place struct {
	File         string
	Line, Column int
}

// String returns `file:line:column`, without the parts that are unknown.
func (p Place) String() string {
	return finding.Finding{File: p.File, Line: p.Line, Column: p.Column}.Place()
}

// Fault returns an error at the place, with a hint.
func (p Place) Fault(hint, format string, args ...any) finding.Finding {
	return finding.Finding{Severity: finding.Error, File: p.File, Line: p.Line, Column: p.Column, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// A Requirement is one requirement of a file and its place.
type Requirement struct {
	pep508.Requirement
	Place Place
}

// A List is what requirements files ask for, in the order in which pip reads it.
type List struct {
	Requires []Requirement
	// Constraints restrict projects and install nothing.
	Constraints []Requirement
}

const (
	// MaximumSize is the size in bytes from which on a file is not read.
	MaximumSize  = 1 << 20
	maximumFiles = 100
)

// Read reads a requirements file and the files that it names. The list is empty if there are findings.
func Read(files Files, name string) (List, finding.List) {
	r := reader{files: files, read: map[include]bool{}}
	r.include(include{name: name}, Place{File: name})
	if len(r.findings) > 0 {
		return List{}, r.findings
	}
	return r.list, nil
}

// Parse reads a requirements file that may not name others. There are no requirements if there are findings.
func Parse(name string, data []byte) ([]Requirement, finding.List) {
	r := reader{}
	r.parse(include{name: name}, data)
	if len(r.findings) > 0 {
		return nil, r.findings
	}
	return r.list.Requires, nil
}

// An include is a file that is read for requirements or for constraints.
type include struct {
	name       string
	constraint bool
}

type reader struct {
	files Files // nil if no file may name others
	list  List
	read  map[include]bool
	// open are the names of the files that are being read, each named by the one before.
	open     []string
	findings finding.List
}

func (r *reader) fail(f finding.Finding) { r.findings = append(r.findings, f) }

// include reads a file, which is named at a place.
func (r *reader) include(file include, at Place) {
	switch {
	case slices.Contains(r.open, file.name):
		r.fail(at.Fault("remove the line", "%s names itself, directly or over other files", file.name))
		return
	case r.read[file]:
		return
	case len(r.read) == maximumFiles:
		r.fail(at.Fault("join some of them", "there are more than %d requirements files", maximumFiles))
		return
	}
	r.read[file] = true
	data, err := r.files.Read(file.name)
	if err != nil {
		r.fail(unreadable(at, file.name, err))
		return
	}
	r.open = append(r.open, file.name)
	r.parse(file, data)
	r.open = r.open[:len(r.open)-1]
}

// unreadable returns the fault of a file that is named at a place and cannot be read.
func unreadable(at Place, name string, err error) finding.Finding {
	if errors.Is(err, fs.ErrNotExist) {
		hint := ""
		if at.Line > 0 {
			hint = "a path is relative to the file that names it"
		}
		return at.Fault(hint, "there is no file %s", name)
	}
	return at.Fault("", "%s cannot be read: %v", name, err)
}

// parse reads the lines of a file.
func (r *reader) parse(file include, data []byte) {
	text, fault := Decode(file.name, data)
	if fault != nil {
		r.fail(*fault)
		return
	}
	for _, line := range logicalLines(file.name, text) {
		named, err := line.include(r.files != nil)
		if err == nil && named != nil {
			named.name = path.Join(path.Dir(file.name), named.name)
			r.include(*named, line.place(0))
			continue
		}
		var parsed pep508.Requirement
		if err == nil {
			parsed, err = line.requirement()
		}
		switch required := (Requirement{parsed, line.place(0)}); {
		case err != nil:
			r.fail(line.place(err.at).Fault(err.hint, "%s", err.message))
		case file.constraint:
			r.list.Constraints = append(r.list.Constraints, required)
		default:
			r.list.Requires = append(r.list.Requires, required)
		}
	}
}

// Package templates holds the templates of the generated files.
//
// A project may have files with the same names in a folder of its own (`templates:` in toxgen.yaml); each of them
// replaces the embedded file. The syntax is that of text/template. The packages tox and workflow, which execute the
// templates, document their data.
//
// A template cannot run away with the program: a [Budget] limits the passes of its loops, how deep templates execute each
// other, and the bytes that it makes. `printf` knows no width of more than 1000, no width from an argument and no index of
// an argument; `html`, `js` and `urlquery` do not exist.
package templates

import (
	"embed"
	"path"
	"regexp"
	"strconv"

	"toxgen/internal/finding"
)

// Embedded holds all templates by their file names.
//
//go:embed *.tmpl
var Embedded embed.FS

// errorPlace matches the position in an error of text/template.
var errorPlace = regexp.MustCompile(`^template: ([^:]+):(\d+)(?::(\d+))?: `)

// Fault returns an error of a template as a finding, at the position in the error if there is one. folder is the
// project's own folder of templates, or empty. name is the executed template, which may have included another one.
func Fault(folder, name string, err error) finding.Finding {
	f := finding.Finding{Severity: finding.Error, Message: err.Error()}
	if m := errorPlace.FindStringSubmatch(f.Message); m != nil {
		name, f.Message = m[1], f.Message[len(m[0]):]
		f.Line, _ = strconv.Atoi(m[2])
		f.Column, _ = strconv.Atoi(m[3])
	}
	f.File = path.Join(folder, name)
	return f
}

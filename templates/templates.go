// Package templates holds the texts of the generated files.
//
// A project may put files of the same names into a folder of its own (`templates:` in toxgen.yaml); each of
// them wins over the embedded one. The syntax is text/template's; what a template is given is documented
// where it is executed, in the packages tox and workflow.
package templates

import (
	"embed"
	"path"
	"regexp"
	"strconv"

	"toxgen/internal/finding"
)

// Embedded holds every template by its file name.
//
//go:embed *.tmpl
var Embedded embed.FS

var errorPlace = regexp.MustCompile(`^template: ([^:]+):(\d+)(?::(\d+))?: `)

// Fault is an error of a template as a finding, at its line where the error says it. folder is the project's own
// folder of templates, or empty; name is the template that was executed, which may have included another.
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

// Package templates holds the texts of the generated files.
//
// A project may put files of the same names into a folder of its own (`templates:` in toxgen.yaml); each of
// them wins over the embedded one. The syntax is text/template's; what a template is given is documented
// where it is executed, in the packages tox and workflow.
package templates

import "embed"

// Embedded holds every template by its file name.
//
//go:embed *.tmpl
var Embedded embed.FS

// Package tox writes tox.ini and reads it.
//
// tox.ini states for every environment what is installed, set and run, and which labels select it. Its lines may have
// conditions on factors, which are the words of an environment's name between dashes
// (https://tox.wiki/en/latest/config.html#conditional-settings):
//
//	{py3.8,py3.14}-flask-v2.3.3: werkzeug<3
//	flask-!v1.1.4-!v2.3.3: flask==3.1.3
//
// [Render] executes a template with such lines, parses the result as tox 4 does, and compares each environment with what
// was intended. If tox would understand a template, a value or a name differently, the result is an error and not a
// file. What was intended is computed from the configuration and the matrix alone, without factors (intended.go).
//
// env_list, deps, set_env and labels have one block for each suite, and no line applies to two suites. A line for the
// newest stable release of a suite and its alias `-latest` does not name that release, but excludes the suite's other
// releases. So a new release renames nothing, and an undeclared name, such as `py3.13-flask-latest`, still tests the
// right release.
//
// People may write sections of their own between two marks ([Custom]). They stay as they are and are not part of the lock.
// Sections that would change what tox reads of the generated part are refused.
//
// Non-goals are substitutions, generated sections for single environments, and other files that tox reads.
package tox

import (
	"bytes"

	"toxgen/internal/config"
	"toxgen/internal/display"
)

// mark begins the first line of every generated tox.ini and of the build constraints.
const mark display.Mark = "# Made by `mage toxgen` from "

// Owned reports whether toxgen made a tox.ini or a file of build constraints. The first line decides, apart from git's
// conflict markers before it. An empty file counts as made by toxgen.
func Owned(data []byte) bool {
	for line := range bytes.Lines(data) {
		if mark.Begins(line) {
			return true
		}
		if len(bytes.TrimSpace(line)) > 0 && conflictMarker(string(line)) == 0 {
			return false
		}
	}
	return true
}

// command returns the command that runs tox on the generated file.
func command(c *config.Config) string {
	if c.Outputs.Tox == "" {
		return "tox"
	}
	return "tox -c " + c.Outputs.Tox
}

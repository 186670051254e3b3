package display

import (
	"bytes"
	"strings"
)

// A Program is the command by which the reader runs the program. Hints are written as if that were mage, with a command in
// backquotes: "run `mage toxgen`". Where they are shown, [Program.Hint] puts the reader's command in its place.
type Program string

// The two ways to run the program. The zero Program stands for Mage.
const (
	Mage   Program = "mage"
	Binary Program = "toxgen"
)

// Hint returns a hint with the reader's commands.
func (p Program) Hint(hint string) string {
	if p == "" {
		return hint
	}
	return strings.NewReplacer("`mage ", "`"+string(p)+" ", "`mage`", "`"+string(p)+"`").Replace(hint)
}

// Command returns a command of mage, such as `mage check`, as the reader's command.
func (p Program) Command(command string) string {
	if rest, found := strings.CutPrefix(command, string(Mage)+" "); found && p != "" {
		return string(p) + " " + rest
	}
	return command
}

// A Mark begins the first line of a generated file and names the command that makes the file, as a hint does. In the file that is
// the command of the project, since a file has many readers.
type Mark string

// By returns the mark with the command of a program.
func (m Mark) By(p Program) string { return p.Hint(string(m)) }

// Begins reports whether data begins with the mark, whichever program it names.
func (m Mark) Begins(data []byte) bool {
	before, after, _ := strings.Cut(string(m), string(Mage))
	line, _, _ := bytes.Cut(data, []byte("\n"))
	rest, found := bytes.CutPrefix(line, []byte(before))
	program, _, ends := bytes.Cut(rest, []byte(after))
	return found && ends && len(program) > 0 && !bytes.Contains(program, []byte("`"))
}

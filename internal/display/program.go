package display

import "strings"

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

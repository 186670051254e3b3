// Package runner reads the output of a step as the runner of GitHub Actions does. Only tests use it: nothing that a program
// prints may be obeyed but its own annotations.
//
// The rules are those of TryParseV2 and TryParse in https://github.com/actions/runner, src/Runner.Common/ActionCommand.cs.
// The runner also asks whether it knows a command of that name. This package does not: names are added now and then.
package runner

import (
	"slices"
	"strings"
	"unicode"
)

// A Command is a line of output that the runner obeys.
type Command struct {
	Name       string
	Properties map[string]string
	Data       string
}

// Commands returns the commands in an output, in their order.
func Commands(output string) []Command {
	var commands []Command
	for line := range strings.FieldsFuncSeq(output, func(r rune) bool { return r == '\n' || r == '\r' }) {
		line = strings.Map(compared, strings.ToValidUTF8(line, ""))
		if c, found := second(line); found {
			commands = append(commands, c)
		} else if c, found := first(line); found {
			commands = append(commands, c)
		}
	}
	return commands
}

// compared returns the character, or -1 if the runner's comparisons of texts ignore it.
func compared(r rune) rune {
	if unicode.IsControl(r) && !unicode.IsSpace(r) ||
		unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
		return -1
	}
	return r
}

// second reads a line by the second syntax, `::name key=value,key=value::data`.
func second(line string) (Command, bool) {
	rest, found := strings.CutPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::")
	info, data, closed := strings.Cut(rest, "::")
	if !found || !closed {
		return Command{}, false
	}
	c := command(info, ",", []string{"%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%"})
	c.Data = decode(data, []string{"%0D", "\r", "%0A", "\n", "%25", "%"})
	return c, true
}

// first reads a line by the first syntax, `##[name key=value;key=value]data`, which may stand anywhere in it.
func first(line string) (Command, bool) {
	_, rest, found := strings.Cut(line, "##[")
	info, data, closed := strings.Cut(rest, "]")
	if !found || !closed {
		return Command{}, false
	}
	escapes := []string{"%3B", ";", "%0D", "\r", "%0A", "\n", "%5D", "]", "%25", "%"}
	c := command(info, ";", escapes)
	c.Data = decode(data, escapes)
	return c, true
}

// command reads the name and the properties.
func command(info, separator string, escapes []string) Command {
	name, list, _ := strings.Cut(info, " ")
	c := Command{Name: name, Properties: map[string]string{}}
	for pair := range strings.SplitSeq(strings.TrimSpace(list), separator) {
		if key, value, found := strings.Cut(pair, "="); found {
			c.Properties[key] = decode(value, escapes)
		}
	}
	return c
}

// decode replaces escapes, one kind after the other as the runner does.
func decode(text string, escapes []string) string {
	for pair := range slices.Chunk(escapes, 2) {
		text = strings.ReplaceAll(text, pair[0], pair[1])
	}
	return text
}

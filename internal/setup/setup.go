// Package setup prepares a contributor's computer and clone: it says which tools are there and how to get what is missing, and it
// sets up and removes the git pre-commit hook.
//
// What it knows of the computer comes from a [Machine]. Only the programs that are listed here are asked for their versions, by
// fixed arguments: go, git, python3, uv, tox, and the interpreters by name. They are found on the PATH. A program that
// lies in the repository is never run, since it may come from anybody. tox and uv run in an empty folder, because they would
// obey files of the repository there. Nothing is installed, and nothing is downloaded.
//
// An interpreter counts as tox finds it, with tox-uv 1.37.1 and without: it is on the PATH and runs, or uv lists it. So a shim of
// pyenv counts if it leads to an interpreter, and a version of pyenv that is not on the PATH does not count. tox-uv lets
// uv download what is missing, where uv offers it.
//
// The hook is text ([Hook.Script]) whose first lines hold a digest of the rest: a file is replaced or removed only if nobody
// changed it. Non-goals: installing tools, other hooks than pre-commit, the files of other managers of hooks.
package setup

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	goversion "go/version"

	"toxgen/internal/concurrent"
	"toxgen/internal/python"
)

// A Program is a program that was found.
type Program struct {
	// Path is its absolute path.
	Path string
	// Inside reports whether it lies in the repository, so that it must not be run.
	Inside bool
}

// A Machine is what setup asks of the computer.
type Machine interface {
	// System returns the operating system, such as linux, darwin or windows.
	System() string
	// Distribution returns the text of /etc/os-release, which is empty on other systems.
	Distribution() string
	// Find returns the program of a name on the PATH.
	Find(name string) (Program, bool)
	// Output runs a program and returns its output. It runs in the project's folder or, if apart is set, in an empty one.
	Output(ctx context.Context, program string, apart bool, arguments ...string) (string, error)
	// Pyenv returns the folders of the programs of all versions that pyenv installed.
	Pyenv() []string
}

// A Line says one thing about the computer.
type Line struct {
	// Name is the tool. Text is what is known about it.
	Name, Text string
	// Hint says how to get it. It is empty if nothing is missing.
	Hint string
	// Needed is set if nothing works without it.
	Needed bool
}

// missing is the text of a tool that was not found.
const missing = "not found"

// Tools returns what is known of the tools. needGo is the version of Go that the sources of toxgen need, or empty if there are none.
func Tools(ctx context.Context, m Machine, needGo string, pythons []python.Version) []Line {
	s := survey{ctx, m, installerOf(m.System(), m.Distribution())}
	var lines []Line
	if needGo != "" {
		lines = append(lines, s.golang(needGo))
	}
	git := s.tool("git", "git", "for the hook, and for `mage diff`, `mage bisect` and `mage triage`", `(\d+\.[\w.]+)`, false)
	python3 := s.tool("python3", "python", "for tox", `Python (\S+)`, false)
	uv := s.tool("uv", "uv", "it makes environments fast, and gets interpreters", `uv (\S+)`, true)
	tox := s.tool("tox", "tox", "it runs the tests", `(?m)^(\d\S*)`, true)
	if tox.Text == missing && uv.Text == missing {
		tox.Hint = "`pipx install tox`, or with uv `uv tool install tox --with tox-uv`; it runs the tests"
	} else if tox.Text == missing {
		tox.Hint = "`uv tool install tox --with tox-uv`; it runs the tests"
	}
	lines = append(lines, git, python3, uv, tox)
	return append(lines, s.pythons(pythons)...)
}

// A survey asks a machine.
type survey struct {
	ctx     context.Context
	machine Machine
	install installer
}

// golang returns the line of the Go tool. Sources that need a newer one are an error: the Go tool may not download it.
func (s survey) golang(need string) Line {
	line := s.tool("go", "go", "it compiles toxgen", `go version go(\S+)`, true, "version")
	line.Needed = line.Hint != ""
	if line.Hint == "" && goversion.IsValid("go"+line.Text) && goversion.Compare("go"+line.Text, "go"+need) < 0 {
		line.Hint = fmt.Sprintf("go.mod asks for Go %s: the go command downloads it by itself, unless GOTOOLCHAIN=local is set", need)
	}
	return line
}

// tool returns the line of a program. why says what it is for, version finds the version in what the program prints.
func (s survey) tool(name, thing, why, version string, apart bool, arguments ...string) Line {
	line := Line{Name: name, Text: missing}
	program, found := s.machine.Find(name)
	switch {
	case !found && name == "python3":
		if program, found = s.machine.Find("python"); found && !program.Inside {
			return s.version(line, program, version, apart, "--version")
		}
		fallthrough
	case !found:
		line.Hint = s.install.hint(thing) + "; " + why
		return line
	case program.Inside:
		line.Text = "in the repository, so that it is not asked for its version: " + program.Path
		return line
	}
	if len(arguments) == 0 {
		arguments = []string{"--version"}
	}
	return s.version(line, program, version, apart, arguments...)
}

// version completes the line of a program by the version that it prints.
func (s survey) version(line Line, program Program, version string, apart bool, arguments ...string) Line {
	out, err := s.machine.Output(s.ctx, program.Path, apart, arguments...)
	switch m := regexp.MustCompile(version).FindStringSubmatch(out); {
	case err != nil:
		line.Text, line.Hint = "does not run: "+program.Path, firstLine(out, err.Error())
	case m == nil:
		line.Text = "of an unknown version: " + program.Path
	default:
		line.Text = m[1]
	}
	if line.Name == "tox" && err == nil {
		line.Text += map[bool]string{true: " with tox-uv", false: " without tox-uv, so that virtualenv and pip make the environments"}[strings.Contains(out, "tox-uv")]
	}
	return line
}

// firstLine returns the first line of a text, or other words if there is none.
func firstLine(text, other string) string {
	if line, _, _ := strings.Cut(strings.TrimSpace(text), "\n"); line != "" {
		return line
	}
	return other
}

// pythons returns the lines about the declared interpreters.
func (s survey) pythons(declared []python.Version) []Line {
	installed, offered := s.listed()
	inPyenv := s.machine.Pyenv()
	var found, pyenv, folders, get, rest []string
	// A shim of pyenv takes a tenth of a second.
	running := concurrent.Map(len(declared)+1, declared, func(v python.Version) bool { return installed[minor(v)] || s.runs(minor(v)) })
	for i, v := range declared {
		name := minor(v)
		if running[i] {
			found = append(found, name)
			continue
		}
		if i := slices.IndexFunc(inPyenv, func(folder string) bool { return isOf(folder, v) }); i >= 0 {
			pyenv, folders = append(pyenv, name), append(folders, inPyenv[i])
			continue
		}
		if offered[name] {
			get = append(get, name)
		} else {
			rest = append(rest, name)
		}
	}
	var lines []Line
	if len(found) > 0 {
		lines = append(lines, Line{Name: "Pythons", Text: strings.Join(found, ", ")})
	}
	if len(pyenv) > 0 {
		lines = append(lines, Line{Name: "Pythons", Text: "in pyenv, but not on the PATH, where tox looks: " + strings.Join(pyenv, ", "),
			Hint: "append to the PATH " + strings.Join(folders, string(filepath.ListSeparator))})
	}
	if len(get) > 0 {
		lines = append(lines, Line{Name: "Pythons", Text: missing + ": " + strings.Join(get, ", "),
			Hint: "`uv python install " + strings.Join(get, " ") + "`; tox with tox-uv lets uv get each when it is first needed"})
	}
	if len(rest) > 0 {
		hint := "pyenv builds them, and old ones too: https://github.com/pyenv/pyenv"
		if len(offered) == 0 {
			hint = "install uv, which has most of them; " + hint
		}
		lines = append(lines, Line{Name: "Pythons", Text: missing + ": " + strings.Join(rest, ", "), Hint: hint})
	}
	return lines
}

// minor returns the name of a line of interpreters, such as 3.14t.
func minor(v python.Version) string {
	name := fmt.Sprintf("%d.%d", v.Major, v.Minor)
	if v.FreeThreaded {
		name += "t"
	}
	return name
}

// isOf reports whether a folder of pyenv, such as versions/3.14.2t/bin, has an interpreter of the line of v.
func isOf(folder string, v python.Version) bool {
	version := path.Base(path.Dir(strings.ReplaceAll(folder, `\`, "/")))
	has, _, err := python.Parse(version)
	return err == nil && minor(has) == minor(v)
}

// runs reports whether there is an interpreter of a name on the PATH that runs. The launcher of Windows is asked, too.
func (s survey) runs(name string) bool {
	try := func(program string, arguments ...string) bool {
		p, found := s.machine.Find(program)
		if !found || p.Inside {
			return false
		}
		out, err := s.machine.Output(s.ctx, p.Path, false, arguments...)
		return err == nil && strings.HasPrefix(out, "Python "+strings.TrimSuffix(name, "t")+".")
	}
	return try("python"+name, "--version") || s.machine.System() == "windows" && try("py", "-"+name, "--version")
}

// listed returns the interpreters that uv knows of on this computer, and those that it offers for download.
func (s survey) listed() (installed, offered map[string]bool) {
	installed, offered = map[string]bool{}, map[string]bool{}
	uv, found := s.machine.Find("uv")
	if !found || uv.Inside {
		return installed, offered
	}
	out, err := s.machine.Output(s.ctx, uv.Path, true, "python", "list", "--offline", "--no-config", "--output-format", "json")
	var all []struct {
		Implementation, Version, Variant string
		Path, URL                        *string
	}
	if err != nil || json.Unmarshal([]byte(out), &all) != nil {
		return installed, offered
	}
	for _, one := range all {
		v, _, err := python.Parse(strings.TrimSuffix(one.Version, "+freethreaded"))
		if err != nil || one.Implementation != "cpython" || one.Variant != "default" && one.Variant != "freethreaded" {
			continue
		}
		v.FreeThreaded = one.Variant == "freethreaded"
		if one.Path != nil {
			installed[minor(v)] = true
		} else if one.URL != nil {
			offered[minor(v)] = true
		}
	}
	return installed, offered
}

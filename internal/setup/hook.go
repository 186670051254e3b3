package setup

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A Project is one of those that the hook of their repository checks.
type Project struct {
	// Folder is the path below the root of the checkout, with slashes; that of the root is ".".
	Folder string
	// Sources is set if the project has the sources of toxgen: the hook runs the program that was compiled from them, and
	// compiles it again when they changed.
	Sources bool
	// Program is the absolute path of toxgen otherwise.
	Program string
	// Go is the folder of the go command, in which it is looked for if it is not on the PATH, as in programs that a desktop starts. It may
	// be empty.
	Go string
}

// Command returns the command that runs toxgen where the project is.
func (p Project) Command() string {
	if p.Sources {
		return "go tool mage"
	}
	return "toxgen"
}

// check returns the shell command that checks the project in the root of the checkout.
func (p Project) check() string {
	command := p.Command() + " check"
	if p.Folder == "." {
		return command
	}
	folder := "./" + p.Folder
	if !plain.MatchString(folder) {
		folder = quoted(folder)
	}
	return "sh -c " + quoted("cd "+folder+" && "+command)
}

// plain matches words that mean themselves in a shell.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./-]+$`)

// line returns the line of the hook that checks the project.
func (p Project) line() string {
	if p.Sources {
		return "check sources " + quoted(p.Folder) + " " + quoted(inShell(p.Go)) + " " + quoted(programFolder(p.Folder))
	}
	return "check program " + quoted(p.Folder) + " " + quoted(inShell(p.Program))
}

// quotedWord is the pattern of what [quoted] returns.
const quotedWord = `('(?:[^']|'\\'')*')`

// checks matches what [Project.line] returns. The hooks of all versions have such lines, so that a setup in one project loses no other one.
var checks = regexp.MustCompile(`(?m)^check (program|sources) ` + quotedWord + " " + quotedWord)

// projectsOf returns the projects that a hook checks.
func projectsOf(text string) []Project {
	var projects []Project
	if owner := OwnerOf(text); owner != Toxgen && owner != Changed {
		return nil
	}
	for _, m := range checks.FindAllStringSubmatch(strings.ReplaceAll(text, "\r\n", "\n"), -1) {
		p := Project{Folder: unquoted(m[2]), Sources: m[1] == "sources"}
		if p.Sources {
			p.Go = unquoted(m[3])
		} else {
			p.Program = unquoted(m[3])
		}
		projects = append(projects, p)
	}
	return projects
}

// mark begins the line by which a hook is recognised. The digest of everything else follows.
const mark = "# toxgen pre-commit hook, "

// shebang is the first line of the hook.
const shebang = "#!/bin/sh\n"

//go:embed hook.sh
var template string

// scriptOf returns the text of the hook that checks some projects, which is the same in whatever order they were set up.
func scriptOf(projects []Project) string {
	projects = slices.SortedFunc(slices.Values(projects), func(p, q Project) int { return strings.Compare(p.Folder, q.Folder) })
	var lines []string
	for _, p := range projects {
		lines = append(lines, p.line())
	}
	body := strings.NewReplacer("@SETUP@", projects[0].Command()+" setup", "@PROJECTS@", strings.Join(lines, "\n")).Replace(template)
	return shebang + mark + digestOf(body) + "\n" + body
}

func digestOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// inShell returns the absolute path of a program or a folder as a shell writes it: that of git on Windows writes drives as folders.
func inShell(name string) string {
	if len(name) > 2 && name[0] != '/' && name[1] == ':' {
		name = "/" + strings.ToLower(name[:1]) + strings.ReplaceAll(name[2:], `\`, "/")
	}
	return name
}

// quoted returns a text as one word of a shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// unquoted returns the text of a word that quoted returned.
func unquoted(word string) string { return strings.ReplaceAll(word[1:len(word)-1], `'\''`, "'") }

// Owner is whose a hook is.
type Owner int

// The owners.
const (
	// Nobody is the owner of a file that is not there.
	Nobody Owner = iota
	// Toxgen wrote the file, and nobody changed it.
	Toxgen
	// Changed is a file that toxgen wrote and somebody changed.
	Changed
	// Others wrote the file.
	Others
)

// OwnerOf returns whose the text of a hook is.
func OwnerOf(text string) Owner {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	rest, found := strings.CutPrefix(text, shebang+mark)
	digest, body, _ := strings.Cut(rest, "\n")
	switch {
	case text == "":
		return Nobody
	case found && digest == digestOf(body):
		return Toxgen
	case strings.Contains(text, mark):
		return Changed
	default:
		return Others
	}
}

// ScriptName is the name of a copy of the hook in the state folder of the repository. A hook of others may call it.
const ScriptName = "pre-commit"

// call is what a hook of others has to say to run the hook.
const call = `sh "$(git rev-parse --git-common-dir)/toxgen/` + ScriptName + `" || exit $?`

// Calls reports whether a hook of others runs the hook.
func Calls(text string) bool { return strings.Contains(text, "/toxgen/"+ScriptName) }

// A manager is a program that manages hooks, by files of its own that say what is run.
type manager struct {
	// sign is what its hooks have in them, folder what the folder has in its name that it sets core.hooksPath to.
	sign, folder string
	// advice is what to do, for a YAML scalar with the command that checks the folder.
	advice func(check string) string
}

var managers = []manager{
	{"generated by pre-commit", "pre-commit", func(check string) string {
		return "pre-commit manages the hooks: add to .pre-commit-config.yaml under `repos`: " +
			"{repo: local, hooks: [{id: toxgen-check, name: toxgen check, language: system, pass_filenames: false, entry: " + check + "}]}"
	}},
	{"lefthook", "lefthook", func(check string) string {
		return "lefthook manages the hooks: add to lefthook.yml: {pre-commit: {jobs: [{name: toxgen, run: " + check + "}]}}"
	}},
	{"husky", "husky", func(string) string {
		return "husky manages the hooks: add to .husky/pre-commit the line `" + call + "`"
	}},
}

// Advice returns what to do so that a hook of others, or one in a folder that core.hooksPath names, runs the check too. file is the
// path of the hook, text its content, and check the command that checks the folder.
func Advice(file, text, configured, check string) string {
	if strings.Contains(check, "'") {
		check = strconv.Quote(check) // YAML understands every escape of it
	}
	for _, m := range managers {
		if strings.Contains(text, m.sign) || strings.Contains(configured, m.folder) {
			return m.advice(check)
		}
	}
	return "add to " + file + " the line `" + call + "`"
}

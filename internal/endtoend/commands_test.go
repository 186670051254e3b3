package endtoend

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A usage is what a target takes: a number of arguments, and flags.
type usage struct {
	arguments int
	flags     []string
}

// usages returns the usage of each target, as the program describes it.
func usages(t *testing.T) map[string]usage {
	t.Helper()
	found := map[string]usage{}
	for _, m := range regexp.MustCompile(`(?m)^  ([\w:]+)`).FindAllStringSubmatch(execute(t, project, nil, nil, "-l").stdout, -1) {
		help := execute(t, project, nil, nil, "-h", m[1]).stdout
		line := regexp.MustCompile(`(?m)^\ttoxgen ` + m[1] + `((?: <\w+>)*)`).FindStringSubmatch(help)
		if line == nil {
			t.Fatalf("the usage of %s is\n%s", m[1], help)
		}
		u := usage{arguments: strings.Count(line[1], "<")}
		for _, flag := range regexp.MustCompile(`(?m)^\t(-\w+)=<`).FindAllStringSubmatch(help, -1) {
			u.flags = append(u.flags, flag[1])
		}
		found[m[1]] = u
	}
	if len(found) < 10 || len(found["update"].flags) < 3 || found["hold"].arguments != 2 {
		t.Fatalf("the targets are %v", found)
	}
	return found
}

var (
	// token matches what separates the commands of a shell, or a word.
	token = regexp.MustCompile(`&&|\|\||[|;()]|(?:[^\s'"|;()&]|'[^']*'|"[^"]*")+`)
	// prefix matches words before a command: of a shell, and keys of YAML.
	prefix = regexp.MustCompile(`^(?:\$|-|!|if|then|do|exec|uvx|run:|entry:|\w+=.*)$`)
	// programs match how toxgen is called.
	programs = regexp.MustCompile(`^["']*(?:(?:\S*/)?toxgen(?:@VERSION)?|\$toxgen|\$program)["']*$`)
	// comment matches a comment of a shell or of YAML.
	comment = regexp.MustCompile(`(?m)(?:^|\s)#\s.*$`)
	// quotes matches a command in YAML that is between quotes.
	quotes = regexp.MustCompile(`(?m)^(.*run: )'(.*)'$`)
)

// commandsIn returns the commands of a text for a shell, or in YAML, each as its words.
func commandsIn(text string) (commands [][]string) {
	text = quotes.ReplaceAllString(comment.ReplaceAllString(text, ""), "$1$2")
	for line := range strings.Lines(strings.ReplaceAll(text, ", ", " ; ")) { // a comma ends a value of YAML
		var words []string
		for _, word := range append(token.FindAllString(line, -1), ";") {
			switch {
			case slices.Contains([]string{"&&", "||", "|", ";", "(", ")"}, word):
				commands, words = append(commands, words), nil
			case len(words) > 0 || !prefix.MatchString(word):
				words = append(words, word)
			}
		}
	}
	return slices.DeleteFunc(commands, func(words []string) bool { return len(words) == 0 })
}

// A checker finds out what is wrong with commands.
type checker struct {
	targets map[string]usage
	// root is the folder of the repository.
	root string
}

// fault returns what is wrong with a command, or an empty text. A text that names a target alone may leave out its arguments.
func (c checker) fault(words []string) string {
	switch {
	case len(words) > 2 && slices.Equal(words[:3], []string{"go", "tool", "mage"}):
		return c.target(words[3:], true)
	case words[0] == "mage":
		return c.target(words[1:], true)
	case programs.MatchString(words[0]):
		return c.target(words[1:], false)
	case len(words) > 2 && words[0] == "go" && (words[1] == "test" || words[1] == "doc"):
		return c.goCommand(words[2:])
	case strings.HasPrefix(words[0], ".ci/"):
		if _, err := os.Stat(filepath.Join(c.root, words[0])); err != nil {
			return "there is no " + words[0]
		}
	}
	return ""
}

// target returns what is wrong with the targets and the flags of a command.
func (c checker) target(words []string, mage bool) string {
	given, of, name := 0, usage{}, ""
	finish := func() string {
		if given != 0 && given != of.arguments {
			return fmt.Sprintf("%s takes %d arguments", name, of.arguments)
		}
		return ""
	}
	for i := 0; i < len(words); i++ {
		word := words[i]
		flag, _, _ := strings.Cut(word, "=")
		switch {
		case strings.HasPrefix(word, ">") || strings.HasPrefix(word, "<") || word == "2>&1":
			if len(word) == 1 {
				i++ // the file
			}
		case strings.HasPrefix(word, `"${`): // options that a script computes
		case name == "" && (word == "-t" || word == "-compile" && mage):
			i++ // its value
		case name == "" && slices.Contains([]string{"-l", "-h", "-help", "-v", "-version"}, word):
		case strings.HasPrefix(word, "-"):
			if !slices.Contains(of.flags, flag) {
				return strings.TrimSpace(name + " has no flag " + flag)
			}
		case given < of.arguments:
			given++
		case name == "" && strings.ToUpper(word) == word: // any target
			return ""
		default:
			if fault := finish(); fault != "" {
				return fault
			}
			next, found := c.targets[word]
			if !found {
				return fmt.Sprintf("there is no target %s", word)
			}
			name, of, given = word, next, 0
		}
	}
	return finish()
}

// goFlags are flags of `go test` that the documents use.
var goFlags = []string{"-args", "-artifacts", "-bench", "-count", "-race", "-run", "-shuffle", "-v"}

// goCommand returns what is wrong with the package, the flags and the names of tests of `go test` or `go doc`.
func (c checker) goCommand(words []string) string {
	var text strings.Builder
	for _, word := range words {
		if !strings.HasPrefix(word, "./") || strings.HasSuffix(word, "...") {
			continue
		}
		files, err := filepath.Glob(filepath.Join(c.root, word, "*.go"))
		if err != nil || len(files) == 0 {
			return "there is no package " + word
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				return err.Error()
			}
			text.Write(data)
		}
	}
	for i, word := range words {
		flag, _, _ := strings.Cut(word, "=")
		if strings.HasPrefix(word, "-") && !slices.Contains(goFlags, flag) && !strings.Contains(text.String(), `("`+flag[1:]+`"`) {
			return "there is no flag " + flag
		}
		if word != "-run" || i+1 == len(words) {
			continue
		}
		for name := range strings.SplitSeq(strings.Trim(words[i+1], "'"), "|") {
			name, _, _ = strings.Cut(name, "/")
			if !strings.Contains(text.String(), "func "+name+"(") {
				return "there is no test " + name
			}
		}
	}
	return ""
}

// TestCommands checks that each command of toxgen that a reader is told to type, or that a workflow or a script runs, names an existing
// target with its flags, and each command of the Go tool existing tests.
func TestCommands(t *testing.T) {
	c := checker{usages(t), filepath.Join("..", "..")}
	seen := 0
	check := func(place string, commands [][]string) {
		for _, words := range commands {
			if programs.MatchString(words[0]) || words[0] == "mage" || words[0] == "go" {
				seen++
			}
			if fault := c.fault(words); fault != "" {
				t.Errorf("%s: %s: %s", place, strings.Join(words, " "), fault)
			}
		}
	}
	inSentences := func(name string, lines []string) {
		for i, line := range lines {
			for _, m := range codeSpan.FindAllStringSubmatch(line, -1) {
				check(fmt.Sprintf("%s:%d", name, i+1), commandsIn(m[1]))
			}
		}
	}
	for _, g := range documents(t) {
		inSentences(g.name, g.prose())
		for _, p := range g.parts {
			for i, line := range p.code {
				if p.kind != "run" { // which is run
					check(fmt.Sprintf("%s:%d", g.name, p.at+1+i), commandsIn(line))
				}
			}
		}
	}
	for _, g := range written(t, ".github", ".ci", "templates/*.tmpl", "internal/initialize/github", "internal/setup/*.sh", "action.yml", ".pre-commit-hooks.yaml") {
		inSentences(g.name, g.lines)
		for i, line := range g.lines {
			check(fmt.Sprintf("%s:%d", g.name, i+1), commandsIn(line))
		}
	}
	if seen < 100 {
		t.Errorf("only %d commands were found", seen)
	}
}

func TestFault(t *testing.T) {
	c := checker{usages(t), filepath.Join("..", "..")}
	for want, texts := range map[string][]string{
		"": {"go tool mage", "mage", "toxgen", "./toxgen -version", "go tool mage -compile toxgen", "mage TARGET", "toxgen X", "go tool mage check toxgen",
			"toxgen hold", "toxgen hold flask '==3.1.4' -reason='a b' && x", "toxgen report > support.html", "./toxgen rows | python3 ci/buildkite.py",
			"uvx toxgen@VERSION check", `digest=$(go tool mage update:verify "$HANDOVER")`, "go test ./internal/endtoend -run TestFault -update",
			"toxgen.yaml", "toxgen/hook", "# toxgen chekc", "cat toxgen chekc", "name: Fetch toxgen nightly"},
		"there is no target chekc": {"go tool mage chekc", `- run: '"$RUNNER_TEMP/toxgen" chekc'`, "echo a && toxgen chekc", "A=1 ./toxgen chekc",
			"{id: a, entry: toxgen chekc, pass: b}"},
		"there is no target update:varify":       {"digest=$(go tool mage update:varify x)"},
		"there is no target b":                   {"mage diff a b"},
		"has no flag -compile":                   {"toxgen -compile x"},
		"update has no flag -stict":              {"mage update -stict", "mage check update -stict"},
		"check has no flag -strict":              {"mage check -strict", "mage update check -strict"},
		"hold takes 2 arguments":                 {"mage hold flask", "mage hold flask && mage check"},
		"there is no package ./internal/endtoed": {"go test ./internal/endtoed", "go doc ./internal/endtoed"},
		"there is no test TestNo":                {"go test ./internal/endtoend -run TestNo", "go test -run 'TestFault|TestNo' ./internal/endtoend"},
		"there is no flag -udpate":               {"go test ./internal/endtoend -udpate"},
		"there is no .ci/runs":                   {".ci/runs"},
	} {
		for _, text := range texts {
			got := ""
			for _, words := range commandsIn(text) {
				got += c.fault(words)
			}
			if got != want {
				t.Errorf("%s: %q, not %q", text, got, want)
			}
		}
	}
}

// TestTargetsTable checks that the table of README.md has each target, with its flags and no others.
func TestTargetsTable(t *testing.T) {
	targets, told := usages(t), map[string]bool{"all": true} // in the table it is the default
	lines := readGuide(t, "README.md").lines
	for i := slices.Index(lines, "| target | does | network |") + 3; strings.HasPrefix(lines[i], "| "); i++ {
		var want, got []string
		names, _, _ := strings.Cut(lines[i], " | ")
		for _, m := range codeSpan.FindAllStringSubmatch(names, -1) {
			name, _, _ := strings.Cut(m[1], " ")
			if _, found := targets[name]; !found || told[name] {
				t.Errorf("README.md:%d: there is no target %s, or it has two rows", i+1, name)
			}
			told[name] = true
			want = append(want, targets[name].flags...)
		}
		for _, m := range codeSpan.FindAllStringSubmatch(lines[i], -1) {
			if flag := regexp.MustCompile(`^-\w+`).FindString(m[1]); flag != "" {
				got = append(got, flag)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if d := cmp.Diff(want, slices.Compact(got)); d != "" {
			t.Errorf("README.md:%d: the flags of %s (-program +table)\n%s", i+1, names, d)
		}
	}
	for name := range targets {
		if !told[name] {
			t.Errorf("README.md has no row for %s", name)
		}
	}
}

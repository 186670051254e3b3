package endtoend

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	compiler "toxgen/internal/program"
	"toxgen/internal/pypitest"
)

// A guide is a file of Markdown with stories: what a reader writes, changes and runs, one after the other, in one folder. A story
// begins with `<!-- story: NAME -->` and ends with `<!-- end of the story -->`. Each block of code follows a mark, in the line before:
//
//	<!-- file: PATH -->        the block is the file
//	<!-- add: PATH -->         the block is the end of the file, which has the lines before it already
//	<!-- change: PATH -->      the block is a part of the file, in which lines with `-` are replaced by those with `+`
//	<!-- run -->               the block has commands for a shell, `$ COMMAND`, each with everything that it prints; `…` stands
//	                           for any text, and on a line of its own for any lines. A command that fails ends with `exit status N`
//	<!-- not run: REASON -->   the block is not tested; only this one may stand outside of a story
//	<!-- quietly: COMMAND -->  without a block: the command is run, and not shown
//
// With -update, what a command prints is written into the guide, unless it says the same with `…`.
type guide struct {
	t     *testing.T
	name  string
	lines []string
	parts []part
	// printed has what commands print now, by the index of the part that shows them.
	printed map[int][]string
}

// guides has what sets the stage for each story, by the file and the name of the story.
var guides = map[string]func() map[string]func(*testing.T, *stage){
	"CONTRIBUTING.md":    contributing,
	"README.md":          readme,
	"docs/adopting.md":   adopting,
	"docs/ci.md":         otherSystems,
	"examples/README.md": tryExamples,
}

// TestStories does what the stories of all guides say.
func TestStories(t *testing.T) {
	for name, stages := range guides {
		t.Run(name, func(t *testing.T) { openGuide(t, name).play(stages()) })
	}
}

// A part of a guide is a mark that stands alone, or a block of code.
type part struct {
	// at is the index of the line with the mark, or of the block's first line of code.
	at int
	// kind is that of the mark: story, end, quietly, file, add, change, run or not run; stray if no block follows it. Of a block without
	// a mark it is empty, or picture if the block is not between fences.
	kind string
	// text is what the mark says: a name, a path, a command or a reason.
	text   string
	indent string
	code   []string
}

var (
	aloneMark = regexp.MustCompile(`^ *<!-- (?:(story|quietly): (.+)|(end) of the story) -->$`)
	blockMark = regexp.MustCompile(`^ *<!-- (?:(file|add|change|not run): (.+)|(run)) -->$`)
	fence     = regexp.MustCompile("^( *)```[a-z]*$")
)

// parts returns the parts of a guide.
func parts(lines []string) []part {
	var found []part
	for i := 0; i < len(lines); i++ {
		if m := aloneMark.FindStringSubmatch(lines[i]); m != nil {
			found = append(found, part{at: i, kind: m[1] + m[3], text: m[2]})
			continue
		}
		var p part
		end := len(lines)
		if m := fence.FindStringSubmatch(lines[i]); m != nil {
			p.indent, p.at = m[1], i+1
			if n := slices.Index(lines[p.at:], p.indent+"```"); n >= 0 {
				end = p.at + n
			}
		} else if isIndented(lines[i]) && (i == 0 || lines[i-1] == "" || blockMark.MatchString(lines[i-1])) {
			p.indent, p.at, p.kind = "    ", i, "picture"
			for end = i + 1; end < len(lines) && isIndented(lines[end]); end++ {
			}
		} else {
			if blockMark.MatchString(lines[i]) && (i+1 == len(lines) || !fence.MatchString(lines[i+1]) && !isIndented(lines[i+1])) {
				found = append(found, part{at: i, kind: "stray"})
			}
			continue
		}
		if m := blockMark.FindStringSubmatch(lines[max(0, i-1)]); m != nil {
			p.kind, p.text = m[1]+m[3], m[2]
		}
		for _, line := range lines[p.at:end] {
			p.code = append(p.code, strings.TrimPrefix(line, p.indent))
		}
		found = append(found, p)
		i = end
	}
	return found
}

// isIndented reports whether a line is one of a block that is not between fences.
func isIndented(line string) bool {
	return strings.HasPrefix(line, "    ") && strings.TrimSpace(line) != ""
}

// A stage is where a story takes place: a folder, and what the commands find around it.
type stage struct {
	folder string
	// bin is a folder that is first on PATH.
	bin   string
	index *pypitest.Server
	// then looks at the folder after the story; it may be nil.
	then func(*testing.T)
}

// readGuide reads a guide, named from the root of the repository.
func readGuide(t *testing.T, name string) *guide {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(data), "\n")
	return &guide{t, name, lines, parts(lines), map[int][]string{}}
}

// openGuide reads a guide whose stories are to be played.
func openGuide(t *testing.T, name string) *guide {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: there is no shell")
	}
	return readGuide(t, name)
}

// play plays the stories of a guide, each on the stage that a function sets. Each story has one, and each stage a story.
func (g *guide) play(stages map[string]func(*testing.T, *stage)) {
	told := map[string]bool{}
	for i, p := range g.parts {
		if p.kind != "story" {
			continue
		}
		set := stages[p.text]
		if set == nil || told[p.text] {
			g.t.Fatalf("%s:%d: there is no stage for the story %s, or it is told twice", g.name, p.at+1, p.text)
		}
		told[p.text] = true
		g.t.Run(p.text, func(t *testing.T) {
			one := *g
			one.t = t
			s := newStage(t)
			set(t, s)
			one.story(s, i+1)
			if s.then != nil {
				s.then(t)
			}
		})
	}
	if len(told) != len(stages) {
		g.t.Errorf("%s tells %d stories, not %d", g.name, len(told), len(stages))
	}
	if *update {
		if err := os.WriteFile(filepath.Join("..", "..", filepath.FromSlash(g.name)), []byte(strings.Join(g.rewritten(), "\n")), 0o666); err != nil {
			g.t.Fatal(err)
		}
	}
}

// rewritten returns the lines of the guide with what its commands print now.
func (g *guide) rewritten() []string {
	lines := slices.Clone(g.lines)
	for i, p := range slices.Backward(g.parts) {
		if printed, ran := g.printed[i]; ran {
			lines = slices.Replace(lines, p.at, p.at+len(p.code), printed...)
		}
	}
	return lines
}

// newStage returns an empty folder, with the program and git on PATH.
func newStage(t *testing.T) *stage {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("SKIPPED: git is not installed, so the stories of the documentation are not tested")
	}
	s := &stage{folder: filepath.Join(t.TempDir(), "project"), bin: t.TempDir()}
	// A program that mage compiles for itself has such a name, by which it knows that its reader calls it as mage.
	compiled := filepath.Join(s.bin, strings.Repeat("0", 64))
	for _, name := range []string{filepath.Join(s.bin, "toxgen"), compiled} {
		if err := os.Link(program, name); err != nil {
			t.Fatal(err)
		}
	}
	s.script(t, "go", fmt.Sprintf(`[ "$1" != version ] || exec echo go version go1.26.8 linux/amd64
[ "$1 $2" = 'tool mage' ] || exit 127
shift 2
exec %s "$@"
`, compiled))
	if err := os.Mkdir(s.folder, 0o777); err != nil {
		t.Fatal(err)
	}
	return s
}

// script puts a script for a shell on PATH.
func (s *stage) script(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.bin, name), []byte("#!/bin/sh\n"+text), 0o777); err != nil {
		t.Fatal(err)
	}
}

// link links the program into the folder, where it lies after a download.
func (s *stage) link(t *testing.T) {
	t.Helper()
	if err := os.Symlink(filepath.Join(s.bin, "toxgen"), filepath.Join(s.folder, "toxgen")); err != nil {
		t.Fatal(err)
	}
}

// prepare runs commands, none of which may fail.
func (s *stage) prepare(t *testing.T, commands ...string) {
	t.Helper()
	for _, command := range commands {
		if out := s.run(t, command); strings.Contains(out, "exit status") {
			t.Fatalf("%s\n%s", command, out)
		}
	}
}

// referred sets a stage with the reference configuration.
func referred(t *testing.T, s *stage) {
	t.Helper()
	if err := os.CopyFS(s.folder, os.DirFS(project)); err != nil {
		t.Fatal(err)
	}
}

// run runs a command in a shell and returns what it prints.
func (s *stage) run(t *testing.T, command string) string {
	t.Helper()
	if err := compiler.ReadSources(); err != nil {
		t.Fatal(err)
	}
	shell := exec.Command("sh", "-c", command)
	var out bytes.Buffer
	shell.Dir, shell.Stdout, shell.Stderr = s.folder, &out, &out
	shell.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") })
	shell.Env = append(shell.Env, "PATH="+s.bin+string(os.PathListSeparator)+os.Getenv("PATH"), "HOME="+filepath.Join(s.folder, "..", "home"), "PYENV_ROOT=", "GITHUB_ACTIONS=", "CI=", "LC_ALL=C.UTF-8", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Someone", "GIT_AUTHOR_EMAIL=someone@example.org", "GIT_AUTHOR_DATE=2026-08-10T05:00:00Z",
		"GIT_COMMITTER_NAME=Someone", "GIT_COMMITTER_EMAIL=someone@example.org", "GIT_COMMITTER_DATE=2026-08-10T05:00:00Z")
	cache := filepath.Join(s.folder, "..", "cache")
	if s.index != nil {
		shell.Env = append(shell.Env, against(s.index, cache)...)
	} else {
		shell.Env = append(shell.Env, "TOXGEN_OFFLINE=1", "TOXGEN_CACHE="+cache)
	}
	if err := shell.Run(); err != nil {
		fmt.Fprintf(&out, "%v\n", err) // exit status 3
	}
	printed := out.String()
	if s.index != nil { // a reader's index is the public one, which is not named
		printed = strings.ReplaceAll(printed, "index: "+s.index.URL+"\n", "")
	}
	return printed
}

// story plays the parts of a story, from one of an index to its end.
func (g *guide) story(s *stage, begin int) {
	g.t.Helper()
	for i, p := range g.parts[begin:] {
		switch p.kind {
		case "end":
			return
		case "quietly":
			s.prepare(g.t, p.text)
		case "file":
			put(g.t, s.folder, map[string]string{p.text: strings.Join(p.code, "\n") + "\n"})
		case "add":
			put(g.t, s.folder, map[string]string{p.text: content(g.t, s.folder)[p.text] + strings.Join(p.code, "\n") + "\n"})
		case "change":
			g.change(s, p.text, p.code, p.at)
		case "run":
			var printed []string
			for _, line := range g.session(s, p.code, p.at) {
				printed = append(printed, strings.TrimRight(p.indent+line, " "))
			}
			g.printed[begin+i] = printed
		}
	}
	g.t.Errorf("%s:%d: the story has no end", g.name, g.parts[begin-1].at+1)
}

// change changes a file by a diff.
func (g *guide) change(s *stage, path string, diff []string, at int) {
	g.t.Helper()
	var before, after strings.Builder
	for _, line := range diff {
		if !strings.HasPrefix(line, "+") {
			before.WriteString(line[min(1, len(line)):] + "\n")
		}
		if !strings.HasPrefix(line, "-") {
			after.WriteString(line[min(1, len(line)):] + "\n")
		}
	}
	had := content(g.t, s.folder)[path]
	if strings.Count(had, before.String()) != 1 {
		g.t.Fatalf("%s:%d: %s has these lines %d times:\n%s\nin\n%s", g.name, at, path, strings.Count(had, before.String()), before.String(), had)
	}
	put(g.t, s.folder, map[string]string{path: strings.Replace(had, before.String(), after.String(), 1)})
}

// session runs the commands of a session and compares what they print. It returns the session with what they print.
func (g *guide) session(s *stage, session []string, at int) []string {
	g.t.Helper()
	var got []string
	for i := 0; i < len(session); {
		command, isCommand := strings.CutPrefix(session[i], "$ ")
		if !isCommand {
			g.t.Fatalf("%s:%d: a session begins with `$ `", g.name, at)
		}
		next := i + 1
		for next < len(session) && !strings.HasPrefix(session[next], "$ ") {
			next++
		}
		want, printed := session[i+1:next], s.run(g.t, command)
		got = append(got, session[i])
		if matches(want, printed) {
			got = append(got, want...)
		} else {
			var lines []string
			for line := range strings.Lines(printed) {
				line = strings.TrimSuffix(line, "\n")
				if i := slices.IndexFunc(want, func(w string) bool { return w != "…" && matches([]string{w}, line+"\n") }); i >= 0 {
					line = want[i] // with its `…`
				}
				lines = append(lines, line)
			}
			got = append(got, lines...)
			if !*update {
				g.t.Errorf("%s:%d: what `%s` prints (-guide +program); to write it there: go test ./internal/endtoend -run %s -update\n%s",
					g.name, at+i+1, command, g.t.Name(), cmp.Diff(want, lines))
			}
		}
		i = next
	}
	return got
}

// matches reports whether a text is what lines say, in which `…` stands for any text.
func matches(lines []string, text string) bool {
	pattern := ""
	for _, line := range lines {
		if strings.TrimSpace(line) == "…" {
			pattern += `(?:.*\n)+`
			continue
		}
		pattern += strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*") + ` *\n`
	}
	return regexp.MustCompile(`\A` + pattern + `\z`).MatchString(text)
}

func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		lines, text string
		want        bool
	}{
		{"", "", true},
		{"", "a\n", false},
		{"a\nb", "a\nb\n", true},
		{"a\nb", "a\nc\n", false},
		{"a\nb", "a\nb\nc\n", false},
		{"a.", "ab\n", false},
		{"a  … b", "a  1 2 b\n", true},
		{"a … b", "a 1\n2 b\n", false},
		{"…\nb", "a\na\nb\n", true},
		{"…\nb", "b\n", false},
		{"a\n…", "a\nb\nc\n", true},
		{"a", "a", false}, // a line that does not end
	} {
		var lines []string
		if tt.lines != "" {
			lines = strings.Split(tt.lines, "\n")
		}
		if got := matches(lines, tt.text); got != tt.want {
			t.Errorf("%q matches %q: %v", tt.lines, tt.text, got)
		}
	}
}

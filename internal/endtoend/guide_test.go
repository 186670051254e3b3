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
// begins with `<!-- story: NAME -->` and ends with `<!-- end of the story -->`. In it, each block of code follows a mark:
//
//	<!-- file: PATH -->        the block is the file
//	<!-- change: PATH -->      the block is a part of the file, in which lines with `-` are replaced by those with `+`
//	<!-- run -->               the block has commands for a shell, `$ COMMAND`, each with everything that it prints; `…` stands
//	                           for any text, and on a line of its own for any lines. A command that fails ends with `exit status N`
//	<!-- not run: REASON -->   the block is not tested
//	<!-- quietly: COMMAND -->  without a block: the command is run, and not shown
//
// With -update, what a command prints is written into the guide, unless it says the same with `…`.
type guide struct {
	t    *testing.T
	name string
	// lines are those of the file, with what -update changed.
	lines []string
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

var (
	storyMark = regexp.MustCompile(`^ *<!-- story: (\S+) -->$`)
	blockMark = regexp.MustCompile(`^ *<!-- (?:(file|change): (\S+)|(run)|(not run): .+) -->$`)
)

var quietMark = regexp.MustCompile(`^ *<!-- quietly: (.+) -->$`)

const storyEnd = "<!-- end of the story -->"

// openGuide reads a guide, named from the root of the repository.
func openGuide(t *testing.T, name string) *guide {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: there is no shell")
	}
	data, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return &guide{t, name, strings.Split(string(data), "\n")}
}

// play plays the stories of a guide, each on the stage that a function sets. Each story has one, and each stage a story.
func (g *guide) play(stages map[string]func(*testing.T, *stage)) {
	told := map[string]bool{}
	for i := 0; i < len(g.lines); i++ {
		m := storyMark.FindStringSubmatch(g.lines[i])
		if m == nil {
			continue
		}
		set := stages[m[1]]
		if set == nil || told[m[1]] {
			g.t.Fatalf("%s:%d: there is no stage for the story %s, or it is told twice", g.name, i+1, m[1])
		}
		told[m[1]] = true
		g.t.Run(m[1], func(t *testing.T) {
			one := &guide{t, g.name, g.lines}
			s := newStage(t)
			set(t, s)
			one.story(s, i+1)
			g.lines = one.lines
			if s.then != nil {
				s.then(t)
			}
		})
	}
	if len(told) != len(stages) {
		g.t.Errorf("%s tells %d stories, not %d", g.name, len(told), len(stages))
	}
	if *update {
		if err := os.WriteFile(filepath.Join("..", "..", filepath.FromSlash(g.name)), []byte(strings.Join(g.lines, "\n")), 0o666); err != nil {
			g.t.Fatal(err)
		}
	}
}

// newStage returns an empty folder, with the program and git on PATH.
func newStage(t *testing.T) *stage {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("SKIPPED: git is not installed, so the stories of the documentation are not tested")
	}
	s := &stage{folder: filepath.Join(t.TempDir(), "project"), bin: t.TempDir()}
	// mage gives what it compiles for itself such a name, by which the program knows what its reader calls it.
	compiled := filepath.Join(s.bin, strings.Repeat("0", 64))
	for _, name := range []string{filepath.Join(s.bin, "toxgen"), compiled} {
		if err := os.Link(program, name); err != nil {
			t.Fatal(err)
		}
	}
	s.script(t, "go", fmt.Sprintf("[ \"$1 $2\" = 'tool mage' ] || exit 127\nshift 2\nexec %s \"$@\"\n", compiled))
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
	shell.Env = append(shell.Env, "PATH="+s.bin+string(os.PathListSeparator)+os.Getenv("PATH"), "GITHUB_ACTIONS=", "CI=", "LC_ALL=C.UTF-8", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Someone", "GIT_AUTHOR_EMAIL=someone@example.org", "GIT_AUTHOR_DATE=2026-08-10T05:00:00Z",
		"GIT_COMMITTER_NAME=Someone", "GIT_COMMITTER_EMAIL=someone@example.org", "GIT_COMMITTER_DATE=2026-08-10T05:00:00Z")
	if s.index != nil {
		shell.Env = append(shell.Env, against(s.index, filepath.Join(s.folder, "..", "cache"))...)
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

// story plays the blocks of a story that begins at a line.
func (g *guide) story(s *stage, begin int) {
	g.t.Helper()
	var kind, path string
	for i := begin; i < len(g.lines); i++ {
		line := g.lines[i]
		if line == storyEnd {
			return
		}
		if m := blockMark.FindStringSubmatch(line); m != nil {
			kind, path = m[1]+m[3]+m[4], m[2]
			continue
		}
		if m := quietMark.FindStringSubmatch(line); m != nil {
			if out := s.run(g.t, m[1]); strings.Contains(out, "exit status") {
				g.t.Fatalf("%s:%d: %s", g.name, i+1, out)
			}
			continue
		}
		indent, isFence := strings.CutSuffix(strings.TrimRight(line, "abcdefghijklmnopqrstuvwxyz"), "```")
		if !isFence || strings.TrimSpace(indent) != "" {
			continue
		}
		end := i + 1 + slices.Index(g.lines[i+1:], indent+"```")
		var block []string
		for _, l := range g.lines[i+1 : end] {
			block = append(block, strings.TrimPrefix(l, indent))
		}
		switch kind {
		case "file":
			put(g.t, s.folder, map[string]string{path: strings.Join(block, "\n") + "\n"})
		case "change":
			g.change(s, path, block, i+1)
		case "run":
			block = g.session(s, block, i+1)
			changed := slices.Clone(g.lines[:i+1])
			for _, l := range block {
				changed = append(changed, strings.TrimRight(indent+l, " "))
			}
			g.lines, end = append(changed, g.lines[end:]...), i+1+len(block)
		case "not run":
		default:
			g.t.Errorf("%s:%d: the block has no mark that says what to do with it", g.name, i+1)
		}
		kind, i = "", end
	}
	g.t.Errorf("%s:%d: the story has no end", g.name, begin)
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
			lines := strings.Split(strings.TrimSuffix(printed, "\n"), "\n")
			if printed == "" {
				lines = nil
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

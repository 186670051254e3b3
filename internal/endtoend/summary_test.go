package endtoend

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"toxgen/internal/pypitest"
	"toxgen/internal/report"
)

// A page is what a person sees of a summary: the first line, and the rows of each section by its heading.
type page struct {
	first  string
	rows   map[string][]string
	folded map[string]bool
}

// read reads the Markdown of a summary.
func read(text string) page {
	first, _, _ := strings.Cut(text, "\n")
	r := page{first, map[string][]string{}, map[string]bool{}}
	heading, head := "", 0
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "### "), strings.HasPrefix(line, "<summary>"):
			heading = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(line, "### "), "<summary>"), "</summary>")
			heading, _, _ = strings.Cut(heading, " (")
			r.folded[heading], head = strings.HasPrefix(line, "<"), 2
		case strings.HasPrefix(line, "|") && head > 0:
			head--
		case strings.HasPrefix(line, "|"):
			r.rows[heading] = append(r.rows[heading], line)
		}
	}
	return r
}

// summarized updates a project and returns what its summary shows, and the summary as data.
func summarized(t *testing.T, folder string, index *pypitest.Server, arguments ...string) (page, *report.Summary) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "summary.json")
	online(t, folder, index, 0, append([]string{"update", "-summary=" + file}, arguments...)...)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := report.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return read(s.Markdown(60_000)), s
}

const (
	stayedHeading   = "Stayed as it was, and why"
	releasesHeading = "Releases in and out"
	pinsHeading     = "Pins that moved, by project"
	commandsHeading = "If the tests of a suite fail: the command that holds a release back, or the lines for <code>constraints:</code> in toxgen.yaml"
)

// TestRecordedWeek replays a recorded time in which one release came in, five dependencies moved, and two suites had to stay: one
// passes a release over, and the page of the other's project cannot be had. A reader finds each of them by name, in one line.
func TestRecordedWeek(t *testing.T) {
	index := replay(t, pypitest.Options{Core: pypitest.ReplayReal})
	folder := projectOf(t, strings.NewReplacer(
		"[typer, werkzeug-a, werkzeug-b]", "[typer, werkzeug-b, tool]",
		"  werkzeug-a: {package: werkzeug, minimum: \"3.0\", test-path: tests/a}\n", "",
		"tests/b, versions", "tests/b, requires: [{when: '>=3.1.9', add: ['markupsafe<2.1']}], versions",
		"testenv:", "static:\n  tool: {pythons: [py3.12], test-path: tests/tool, requires: [{when: '*', add: [flask, rich]}]}\ntestenv:").Replace(small))
	online(t, folder, index, 0, "update", "-before="+early)
	committed(t, folder)
	index.Fault("/simple/bottle/", -1, pypitest.Status(404))
	shown, data := summarized(t, folder, index, "-before="+late)

	if want := "**Decide these:** passed over: `werkzeug 3.1.9 by werkzeug-b`; kept what they had: `bottle`. **Look at these:** releases in: `typer 0.27.3`."; shown.first != want {
		t.Errorf("the first line is\n%s\nnot\n%s", shown.first, want)
	}
	has := func(heading string, patterns ...string) {
		t.Helper()
		if len(shown.rows[heading]) != len(patterns) {
			t.Errorf("%q has %d rows, not %d: %q", heading, len(shown.rows[heading]), len(patterns), shown.rows[heading])
			return
		}
		for i, pattern := range patterns {
			if !regexp.MustCompile(pattern).MatchString(shown.rows[heading][i]) {
				t.Errorf("row %d of %q is %q", i+1, heading, shown.rows[heading][i])
			}
		}
	}
	has(releasesHeading, "^. `typer` . `0.27.3` . `0.27.1` .$")
	has(stayedHeading, "`werkzeug-b` passes over `werkzeug 3.1.9` on Python `3.\\d+` .*markupsafe<2.1.*toxgen hold werkzeug-b '==3.1.9'", "`bottle` keeps what it had .*404.*")
	has(pinsHeading, "`certifi` . `2026.7.22` → `2026.10.18` . \\d+ environments of `flask`, `tool`, `typer`, `werkzeug-b`", "`click` . `8.4.2` → `8.5.0`", "`markupsafe` . `3.0.3` → `3.0.4`",
		"`pygments` . `2.20.0` → `2.21.0`", "`werkzeug` . `3.1.8` → `3.1.9` . \\d environments of `flask`, `tool`")
	if shown.folded[pinsHeading] || !shown.folded[commandsHeading] {
		t.Errorf("folded: %v", shown.folded)
	}
	if row := shown.rows[commandsHeading]; !slices.ContainsFunc(row, func(r string) bool {
		return strings.HasPrefix(r, "| `tool` | ") && strings.Contains(r, "`- {requirement: \"werkzeug<3.1.9\", suites: [\"tool\"], reason: \"…\"}`")
	}) {
		t.Errorf("the static suite has no command: %q", row)
	}
	green := execute(t, folder, nil, nil, "check")
	if green.status != 0 {
		t.Errorf("check: status %d\n%s", green.status, green.stderr)
	}

	t.Run("held", func(t *testing.T) { // the entry of the static suite does what it says
		entry := data.Suites[slices.IndexFunc(data.Suites, func(s report.Suite) bool { return s.Name == "tool" })].Constraints[0]
		project, version, _ := strings.Cut(regexp.MustCompile(`"(.*?)"`).FindStringSubmatch(entry)[1], "<")
		before := content(t, folder)
		put(t, folder, map[string]string{"toxgen.yaml": before["toxgen.yaml"] + "constraints:\n  " + entry + "\n"})
		online(t, folder, index, 0, "toxgen")
		held, err := report.Parse([]byte(execute(t, folder, nil, nil, "diff", "HEAD", "-json").stdout))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range held.Moves {
			if m.Project == project && slices.Contains(m.Suites, "tool") {
				t.Errorf("%s moved in the suite that was kept from %s: %+v", project, version, m)
			}
		}
		put(t, folder, before)
	})
	t.Run("diff", func(t *testing.T) {
		got, err := report.Parse([]byte(execute(t, folder, nil, nil, "diff", "HEAD", "-json").stdout))
		if err != nil {
			t.Fatal(err)
		}
		sameMoves(t, data, got)
	})
}

// sameMoves checks that two summaries have the same releases and pins.
func sameMoves(t *testing.T, want, got *report.Summary) {
	t.Helper()
	of := func(s *report.Summary) string {
		part := report.Summary{Suites: s.Suites, Moves: s.Moves, Left: s.Left, Before: s.Before, After: s.After}
		for _, a := range s.New {
			a.Since = part.Asked // only the index knows it
			part.New = append(part.New, a)
		}
		data, err := json.MarshalIndent(part, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if a, b := of(want), of(got); a != b {
		t.Errorf("the update says\n%s\nand diff\n%s", a, b)
	}
}

// legible checks what holds of each summary of a week: it fits, each release and each project stands once, and no row counts
// without a name.
func legible(t *testing.T, shown page, s *report.Summary) {
	t.Helper()
	text := s.Markdown(60_000)
	if n := utf8.RuneCountInString(text); n > 60_000 || strings.Contains(text, "do not fit here") {
		t.Errorf("the summary does not fit: %d characters", n)
	}
	if len(shown.first) > 1000 || !strings.HasPrefix(shown.first, "**") {
		t.Errorf("the first line is %q", shown.first)
	}
	for _, m := range s.Moves {
		found := 0
		for heading, rows := range shown.rows {
			for _, row := range rows {
				if heading != commandsHeading && strings.HasPrefix(row, "| `"+m.Project+"` | ") && strings.Contains(row, " → ") {
					found++
				}
			}
		}
		if found != 1 {
			t.Errorf("%s moved and stands in %d rows", m.Project, found)
		}
	}
	for _, row := range shown.rows[releasesHeading] {
		if !regexp.MustCompile("`[0-9][^`]*`|\\((began|ended)\\)").MatchString(row) {
			t.Errorf("a row names no release: %s", row)
		}
	}
}

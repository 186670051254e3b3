package endtoend

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"toxgen/internal/report"
)

// newHistory returns a week in a repository: one commit before an update, and the update in the tree.
func newHistory(t *testing.T) (*week, repository, result) {
	w := newWeek(t)
	r := committed(t, w.folder)
	w.set("app", wheelOf("app", "1.0", "lib"), wheelOf("app", "2.0", "lib"), wheelOf("app", "2.1", "lib", "extra"))
	w.set("extra", wheelOf("extra", "1.0"))
	w.set("other", wheelOf("other", "1.0", "lib"), wheelOf("other", "2.0", "lib>=9"))
	w.set("lib", wheelOf("lib", "1.4"), wheelOf("lib", "1.5"), wheelOf("lib", "2.0"))
	return w, r, w.update(0)
}

// TestDiff checks that the difference between a commit and the tree, and between two commits, is what the update said.
func TestDiff(t *testing.T) {
	w, r, updated := newHistory(t)
	said := func(text string) string { // without what only the index knows
		text = strings.ReplaceAll(text, aged(30, one).Uploaded.UTC().Format("2006-01-02 15:04 UTC"), "unknown")
		return strings.NewReplacer("  | lib>=9 is required by other==2.0 → other 2.0\n", "", "  | releases of lib: 2.0, 1.5, 1.4\n", "",
			"leave the release out: `toxgen hold other '==2.0'`", "change what the suite requires; `toxgen update -only=other` tries the release again").Replace(text)
	}
	want := said(updated.stdout)
	for _, line := range []string{"Decide these: passed over: other 2.0. Look at these: new in the lock: extra; releases in: app 2.1; pins to a new major: lib.\n",
		"app: in 2.1; out 2.0\n", "lib 1.5 → 2.0 (major): 2 environments of app, other\n", "new in the lock: extra 1.0, pinned in 1 environment, required by app 2.1, "} {
		if !strings.Contains(want, line) {
			t.Errorf("the update does not say %q:\n%s", line, want)
		}
	}
	before := content(t, w.folder)
	diff := func(arguments ...string) string {
		t.Helper()
		r := execute(t, w.folder, nil, nil, append([]string{"diff"}, arguments...)...)
		if r.status != 0 || r.stderr != "" {
			t.Fatalf("diff %q: status %d\n%s", arguments, r.status, r.stderr)
		}
		return r.stdout
	}
	if got := diff("HEAD"); got != want {
		t.Errorf("the tree: got\n%s\nwant\n%s", got, want)
	}
	same(t, before, content(t, w.folder))
	r.commit("update")
	if got := diff("HEAD~1"); got != want {
		t.Errorf("a commit and the tree: got\n%s\nwant\n%s", got, want)
	}
	put(t, w.folder, map[string]string{"tox.ini": "", "toxgen.yaml": "broken"})
	if got := diff("HEAD~1..HEAD"); got != want {
		t.Errorf("two commits: got\n%s\nwant\n%s", got, want)
	}
	if got := diff("HEAD..HEAD"); !strings.HasPrefix(got, "Nothing is asked of you: no release and no pin moved.\n") {
		t.Errorf("a commit and itself: %s", got)
	}
	if got := diff("HEAD..HEAD~1"); !strings.Contains(got, "app: in 2.0; out 2.1\n") || !strings.Contains(got, "lib 2.0 → 1.5 (backwards)") || !strings.Contains(got, "gone from the lock: extra\n") {
		t.Errorf("back: %s", got)
	}
	s, err := report.Parse([]byte(diff("HEAD~1..HEAD", "-json")))
	if err != nil {
		t.Fatal(err)
	}
	if from, to := strings.TrimSpace(r.git("rev-parse", "HEAD~1")), strings.TrimSpace(r.git("rev-parse", "HEAD")); s.From != from || s.To != to {
		t.Errorf("it is said to be from %s to %s, not from %s to %s", s.From, s.To, from, to)
	}
	if got := diff("HEAD~1..HEAD", "-markdown"); got != s.Markdown(60_000) {
		t.Errorf("the Markdown is\n%s", got)
	}
}

// TestDiffOfConfigurations checks that suites which a commit does not have, or the tree no longer has, are named, and that a
// project may lie in a folder of a repository.
func TestDiffOfConfigurations(t *testing.T) {
	w := newWeek(t)
	top := filepath.Dir(w.folder)
	r := committed(t, top)
	w.set("third", wheelOf("third", "1.0", "lib"))
	w.configure(strings.NewReplacer("[app, other]", "[third, app]", "  other: {package: other, minimum: \"1.0\", test-path: tests/other}\n",
		"  third: {package: third, minimum: \"1.0\", test-path: tests/third}\n").Replace(tiny))
	online(t, w.folder, w.index, 0)
	got := execute(t, w.folder, nil, nil, "diff", "HEAD")
	for _, line := range []string{"Look at these: suites that began: third; suites that ended: other.\n", "third (began): in 1.0; out none\n", "other (ended): in none; out 1.0\n",
		"3 releases in 3 environments and 1 row, as before\n"} {
		if got.status != 0 || !strings.Contains(got.stdout, line) {
			t.Errorf("status %d, and the output lacks %q:\n%s%s", got.status, line, got.stdout, got.stderr)
		}
	}
	if changed := r.git("status", "--porcelain", "--", ".git"); changed != "" {
		t.Errorf("git has %s", changed)
	}
}

// TestDiffRefuses checks what is said where a revision cannot be read.
func TestDiffRefuses(t *testing.T) {
	w, r, _ := newHistory(t)
	r.commit("update")
	r.git("checkout", "--quiet", "--orphan", "bare")
	r.git("rm", "-r", "--quiet", "--cached", ".")
	put(t, w.folder, map[string]string{"note": ""})
	r.git("add", "note")
	r.git("commit", "--quiet", "-m", "no configuration")
	r.git("checkout", "--quiet", "--force", "main")
	for name, change := range map[string]map[string]string{
		"newer":    {"toxgen.yaml": strings.Replace(tiny, "suites:\n", "novelty: 1\nsuites:\n", 1)},
		"spoilt":   {"registry/app.jsonl": "x\n"},
		"conflict": {"registry/app.jsonl": "<<<<<<< ours\n"},
		"format":   {"tox.ini": strings.Replace(content(t, w.folder)["tox.ini"], "\n", "\n# toxgen format 2\n", 1)},
	} {
		r.git("checkout", "--quiet", "-b", name, "main")
		put(t, w.folder, change)
		r.commit(name)
	}
	r.git("checkout", "--quiet", "main")
	short := func(revision string) string { return strings.TrimSpace(r.git("rev-parse", revision))[:12] }
	for _, c := range []struct {
		name      string
		arguments []string
		status    int
		want      []string
	}{
		{"an unknown revision", []string{"nope"}, 1, []string{`error: "nope" is not a commit of this repository`, "  hint: `git log --oneline` lists commits"}},
		{"an unknown second one", []string{"HEAD..nope"}, 1, []string{`error: "nope" is not a commit of this repository`}},
		{"an option", []string{"HEAD..--all"}, 1, []string{`error: "--all" is not a revision`}},
		{"three dots", []string{"HEAD...main"}, 2, []string{"error: a range is FROM..TO, with two dots"}},
		{"half a range", []string{"..main"}, 2, []string{"error: a range is FROM..TO, with two dots"}},
		{"two forms", []string{"HEAD", "-json", "-markdown"}, 2, []string{"error: -json and -markdown exclude each other"}},
		{"no configuration", []string{"bare"}, 1, []string{"error: commit " + short("bare") + " has no toxgen.yaml", "  hint: name a commit since which there is one"}},
		{"a configuration of a newer program", []string{"newer"}, 1, []string{short("newer") + `:toxgen.yaml:17:1: error: `, "novelty"}},
		{"the pins of a newer program", []string{"format"}, 1, []string{short("format") + ":tox.ini:2: error: the file has format 2, of a newer toxgen: this one knows format 1", "  hint: update toxgen"}},
		{"facts that cannot be read", []string{"spoilt"}, 1, []string{short("spoilt") + ":registry/app.jsonl:1"}},
		{"facts with marks of a conflict", []string{"main..conflict"}, 1, []string{short("conflict") + ":registry/app.jsonl:1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := execute(t, w.folder, nil, nil, append([]string{"diff"}, c.arguments...)...)
			if got.status != c.status {
				t.Errorf("status %d, not %d", got.status, c.status)
			}
			for _, want := range c.want {
				if !strings.Contains(got.stderr, want) {
					t.Errorf("the output lacks %q:\n%s", want, got.stderr)
				}
			}
		})
	}
	t.Run("a shallow clone", func(t *testing.T) {
		folder := filepath.Join(t.TempDir(), "shallow")
		r.git("clone", "--quiet", "--depth=1", "file://"+w.folder, folder)
		if got := execute(t, folder, nil, nil, "diff", "HEAD~1"); got.status != 1 || !strings.Contains(got.stderr, "  hint: `git fetch --unshallow` brings the commits before\n") {
			t.Errorf("status %d\n%s", got.status, got.stderr)
		}
	})
	t.Run("no repository", func(t *testing.T) {
		folder := t.TempDir()
		put(t, folder, map[string]string{"toxgen.yaml": tiny})
		if got := execute(t, folder, []string{"GIT_CEILING_DIRECTORIES=" + folder}, nil, "diff", "HEAD"); got.status != 1 || !strings.Contains(got.stderr, "not a git repository") {
			t.Errorf("status %d\n%s", got.status, got.stderr)
		}
	})
	t.Run("no git", func(t *testing.T) {
		got := execute(t, w.folder, []string{"PATH=" + t.TempDir()}, nil, "diff", "HEAD")
		if got.status != 1 || !strings.Contains(got.stderr, "error: the program git is not on the PATH") {
			t.Errorf("status %d\n%s", got.status, got.stderr)
		}
	})
}

// TestDiffWritesNothing checks that `diff` changes neither the project nor the repository, asks no index, and that its output
// is data alone.
func TestDiffWritesNothing(t *testing.T) {
	w, _, _ := newHistory(t)
	before := listing(t, w.folder)
	asked := len(w.index.Requests())
	got := execute(t, w.folder, append(against(w.index, t.TempDir()), "GITHUB_STEP_SUMMARY="+filepath.Join(t.TempDir(), "summary"), "GITHUB_ACTIONS=true"), nil, "diff", "HEAD")
	if got.status != 0 || got.stderr != "" || len(w.index.Requests()) != asked {
		t.Errorf("status %d, %d requests\n%s", got.status, len(w.index.Requests())-asked, got.stderr)
	}
	if after := listing(t, w.folder); strings.Join(after, "\n") != strings.Join(before, "\n") {
		t.Errorf("the folder was\n%s\nand is\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
}

// TestStepSummary checks that an update under GitHub Actions adds its summary to that of the step, and that of no other run
// or place does.
func TestStepSummary(t *testing.T) {
	for _, c := range []struct {
		name      string
		arguments []string
		actions   string
		want      bool
	}{
		{"update", []string{"update"}, "true", true}, {"elsewhere", []string{"update"}, "", false}, {"another run", []string{"toxgen"}, "true", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWeek(t)
			w.set("lib", wheelOf("lib", "1.4"), wheelOf("lib", "1.5"), wheelOf("lib", "2.0"))
			file := filepath.Join(t.TempDir(), "summary")
			put(t, filepath.Dir(file), map[string]string{"summary": "what was there\n"})
			got := execute(t, w.folder, append(against(w.index, t.TempDir()), "GITHUB_ACTIONS="+c.actions, "GITHUB_STEP_SUMMARY="+file), nil, c.arguments...)
			data, err := os.ReadFile(file)
			text, found := strings.CutPrefix(string(data), "what was there\n")
			if got.status != 0 || err != nil || !found || strings.HasPrefix(text, "**Look at these:** pins to a new major: `lib`.\n") != c.want || (text != "") != c.want {
				t.Errorf("status %d, %v, and the summary is %q\n%s", got.status, err, data, got.stderr)
			}
		})
	}
}

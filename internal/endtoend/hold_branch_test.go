package endtoend

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// standIn stands for toxgen: it records its arguments, and does what a file says.
const standIn = `#!/bin/sh
echo "offline=$TOXGEN_OFFLINE $*" >>FOLDER/called
for argument; do
  case "$argument" in
  -summary=*) printf 'what is red\n' >"${argument#-summary=}" ;;
  -issues=*) if [ -f FOLDER/issues ]; then cat FOLDER/issues; else echo '[]'; fi >"${argument#-issues=}" ;;
  esac
done
. FOLDER/does
`

// held runs the script hold as on a runner of the default branch, for a run of a commit of the update's branch. does is what toxgen does
// in the branch.
func (s *shop) held(hasApp bool, head, does string) (output string, ok bool, asked string) {
	s.Helper()
	folder := filepath.Dir(s.summary)
	s.write(filepath.Join(s.tools, "toxgen"), strings.ReplaceAll(standIn, "FOLDER", folder))
	if err := os.Chmod(filepath.Join(s.tools, "toxgen"), 0o755); err != nil {
		s.Fatal(err)
	}
	s.write(filepath.Join(folder, "does"), does)
	s.write(filepath.Join(folder, "report.json"), "{}")
	for _, name := range []string{"asked", "called"} {
		_ = os.Remove(filepath.Join(folder, name))
	}
	s.git(s.clone, "checkout", "--quiet", "--force", "--detach", "origin/main")
	return s.script(hasApp, "hold", filepath.Join(folder, "report.json"), head, "https://example.org/runs/1", filepath.Join(s.tools, "toxgen"))
}

// called returns how toxgen was called.
func (s *shop) called() string {
	data, _ := os.ReadFile(filepath.Join(filepath.Dir(s.summary), "called"))
	return string(data)
}

// newUpdate returns a shop with an open update, and the commit of its branch.
func newUpdate(t *testing.T) (s *shop, head string) {
	s = newShop(t)
	if out, ok, _ := s.week(true, map[string]string{"tox.ini": "new\n"}); !ok {
		t.Fatal(out)
	}
	s.pulls("5 stranger/name", "7 owner/name")
	return s, s.git(s.remote, "rev-parse", "toxgen/update")
}

// holds is what toxgen does to hold something.
const holds = "echo hold >toxgen.yaml; echo held >tox.ini"

// TestHoldOnBranch checks that holds are one commit on the branch of the update, made by the program of the default branch without an
// index, and stand at the top of its pull request; and that this happens once for each update.
func TestHoldOnBranch(t *testing.T) {
	s, head := newUpdate(t)
	out, ok, asked := s.held(true, head, holds)
	if !ok || s.branch("toxgen.yaml") != "hold" || s.branch("tox.ini") != "held" || s.git(s.remote, "rev-parse", "toxgen/update^") != head {
		t.Fatalf("%s", out)
	}
	folder := filepath.Dir(s.summary)
	if want := "offline=1 triage:apply " + folder + "/report.json -before=" + s.git(s.remote, "rev-parse", "main") + " -run=https://example.org/runs/1 -summary="; !strings.HasPrefix(s.called(), want) {
		t.Errorf("toxgen was called as %q, not %q", s.called(), want)
	}
	if !strings.Contains(asked, "pr edit 7 --body-file ") || strings.Contains(asked, "pr create") || strings.Contains(asked, "pr edit 5") {
		t.Errorf("calls of gh: %q", asked)
	}
	name := strings.Fields(asked[strings.Index(asked, "--body-file ")+len("--body-file "):])[0]
	data, err := os.ReadFile(name)
	text := string(data)
	if err != nil || !strings.HasPrefix(text, "## What is red in [this run](https://example.org/runs/1)\n\nwhat is red\n\n## The update\n\nthe text of the update\n") ||
		len(text) > 65_100 || !strings.HasSuffix(text, "the text of the update\n\nThe rest does not fit here.\n") {
		t.Errorf("%v: %.300q…", err, text)
	}

	// The holds did not suffice.
	now := s.git(s.remote, "rev-parse", "toxgen/update")
	if out, ok, asked = s.held(true, now, holds); !ok || s.called() != "" || strings.Contains(asked, "pr edit") || !strings.Contains(out, "::notice::what was red in this update was held before") {
		t.Errorf("a second time: %v, %s\ncalls: %q %q", ok, out, s.called(), asked)
	}
	// The next update begins from main again, and may hold again.
	if out, ok, _ = s.week(true, map[string]string{"tox.ini": "newer\n"}); !ok || s.branch("tox.ini") != "newer" {
		t.Fatalf("the next week: %s", out)
	}
	if out, ok, _ = s.held(true, s.git(s.remote, "rev-parse", "toxgen/update"), holds); !ok || s.branch("toxgen.yaml") != "hold" {
		t.Errorf("the next update: %s", out)
	}
}

// TestHoldNothingOnBranch checks when nothing is pushed.
func TestHoldNothingOnBranch(t *testing.T) {
	commit := func(s *shop, message string, change func()) {
		s.git(s.clone, "fetch", "--quiet", "origin", "toxgen/update")
		s.git(s.clone, "checkout", "--quiet", "--force", "-B", "mine", "FETCH_HEAD")
		change()
		s.commit(message)
		s.git(s.clone, "push", "--quiet", "--force", "origin", "HEAD:toxgen/update")
	}
	for _, test := range []struct {
		name, does string
		before     func(s *shop)
		// ok is how it ends, and want what it says. called reports whether toxgen runs.
		ok     bool
		want   string
		called bool
	}{
		{"a person's commit", holds, func(s *shop) {
			commit(s, "mine", func() { s.write(filepath.Join(s.clone, "toxgen.yaml"), "mine\n") })
		}, true, "::notice::toxgen/update has commits of people, who decide what is held", false},
		{"a hold that a person removed again", holds, func(s *shop) {
			if out, ok, _ := s.held(true, s.git(s.remote, "rev-parse", "toxgen/update"), holds); !ok {
				s.Fatal(out)
			}
			commit(s, "no", func() { s.git(s.clone, "rm", "--quiet", "toxgen.yaml") })
		}, true, "::notice::toxgen/update has commits of people, who decide what is held", false},
		{"a person's commit with the title of a hold", holds, func(s *shop) {
			commit(s, "Hold back what is red", func() { s.write(filepath.Join(s.clone, "toxgen.yaml"), "mine\n") })
		}, true, "has commits of people", false},
		{"the pull request was closed", holds, func(s *shop) { s.pulls("5 stranger/name") }, true, "there is no open pull request of toxgen/update", false},
		{"the index is needed", "exit 1", func(*shop) {}, false, "::error::what is red cannot be held without the index", true},
		{"nothing can be held", "", func(*shop) {}, true, "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, _ := newUpdate(t)
			test.before(s)
			head := s.git(s.remote, "rev-parse", "toxgen/update")
			out, ok, asked := s.held(true, head, test.does)
			if ok != test.ok || !strings.Contains(out, test.want) || (s.called() != "") != test.called {
				t.Errorf("%v, %s\ncalled: %q", ok, out, s.called())
			}
			if s.git(s.remote, "rev-parse", "toxgen/update") != head || strings.Contains(asked, "pr create") {
				t.Error("something was pushed")
			}
			if edits := strings.Contains(asked, "pr edit"); edits != (test.called && test.ok) {
				t.Errorf("the text is refreshed: %v", edits)
			}
		})
	}
	t.Run("the branch has moved on", func(t *testing.T) {
		s, head := newUpdate(t)
		if out, ok, _ := s.week(true, map[string]string{"tox.ini": "newer\n"}); !ok {
			t.Fatal(out)
		}
		now := s.git(s.remote, "rev-parse", "toxgen/update")
		out, ok, asked := s.held(true, head, holds)
		if !ok || s.called() != "" || s.git(s.remote, "rev-parse", "toxgen/update") != now || !strings.Contains(out, "toxgen/update has moved on since that run") || strings.Contains(asked, "pr edit") {
			t.Errorf("%v, %s", ok, out)
		}
	})
	t.Run("two at once", func(t *testing.T) {
		s, head := newUpdate(t)
		other := filepath.Join(filepath.Dir(s.summary), "other")
		s.git(filepath.Dir(s.summary), "clone", "--quiet", "--branch=toxgen/update", s.remote, other)
		meanwhile := "(cd " + other + " && git -c user.name=P -c user.email=p@example.org commit --quiet --allow-empty -m theirs && git push --quiet origin HEAD:toxgen/update); "
		out, ok, asked := s.held(true, head, meanwhile+holds)
		if ok || s.git(s.remote, "show", "--no-patch", "--format=%s", "toxgen/update") != "theirs" || strings.Contains(asked, "pr edit") {
			t.Errorf("%v, %s", ok, out)
		}
	})
}

// TestHoldOnBranchWithoutPermissions checks what the text says if the token may not push workflows, and has no app.
func TestHoldOnBranchWithoutPermissions(t *testing.T) {
	s, head := newUpdate(t)
	hook := filepath.Join(s.remote, "hooks", "pre-receive")
	s.write(hook, "#!/bin/sh\nwhile read old new ref; do git diff --quiet \"$old\" \"$new\" -- .github/workflows || exit 1; done\n")
	if err := os.Chmod(hook, 0o755); err != nil {
		t.Fatal(err)
	}
	out, ok, asked := s.held(false, head, holds+"; echo new >.github/workflows/test.yml")
	if !ok || s.branch("toxgen.yaml") != "hold" || s.branch(".github/workflows/test.yml") != "old" {
		t.Fatalf("%s", out)
	}
	data, err := os.ReadFile(strings.Fields(asked[strings.Index(asked, "--body-file ")+len("--body-file "):])[0])
	for _, want := range []string{"run `go tool mage workflows`, commit and push", "The holds were pushed with the default token"} {
		if err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%v: the text lacks %q", err, want)
		}
	}
}

// TestHoldIssues checks that each hold gets an issue, or a comment if its issue is open, and that it does not matter if these cannot
// be written.
func TestHoldIssues(t *testing.T) {
	s, head := newUpdate(t)
	folder := filepath.Dir(s.summary)
	s.write(filepath.Join(folder, "issues"), `[{"title": "Held back: flask ==3.1", "body": "known"}, {"title": "Held back: six!=2 for flask", "body": "$(touch pwned) new"}]`)
	s.write(filepath.Join(folder, "listed"), `[{"number": 3, "title": "Held back: flask ==3.1.4"}, {"number": 4, "title": "Held back: flask ==3.1"}]`)
	out, ok, asked := s.held(true, head, holds)
	_, asked, _ = strings.Cut(asked, "pr edit 7")
	_, asked, _ = strings.Cut(asked, "\n")
	want := "issue list --state open --author app/github-actions --limit 1000 --json number,title\n" +
		"issue comment 4 --body known\nissue create --title Held back: six!=2 for flask --body $(touch pwned) new\n"
	if !ok || asked != want {
		t.Errorf("%v, %s\ncalls of gh: %q, want %q", ok, out, asked, want)
	}
	if out, ok, _ := s.week(true, map[string]string{"tox.ini": "newer\n"}); !ok {
		t.Fatal(out)
	}
	if err := os.Remove(filepath.Join(folder, "listed")); err != nil { // then gh fails
		t.Fatal(err)
	}
	if out, ok, _ := s.held(true, s.git(s.remote, "rev-parse", "toxgen/update"), holds); !ok || !strings.Contains(out, "::warning::not every issue about what is held could be written") {
		t.Errorf("%v, %s", ok, out)
	}
}

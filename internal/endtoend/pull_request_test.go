package endtoend

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A shop is a repository with a remote, as on a runner, and a `gh` that records its arguments.
type shop struct {
	*testing.T
	remote, clone, tools, summary string
}

// newShop creates a shop with one commit on main.
func newShop(t *testing.T) *shop {
	for _, name := range []string{"git", "bash"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("SKIPPED: this machine has no %s", name)
		}
	}
	folder := t.TempDir()
	s := &shop{T: t, remote: filepath.Join(folder, "remote.git"), clone: filepath.Join(folder, "clone"), tools: filepath.Join(folder, "tools"),
		summary: filepath.Join(folder, "summary.md")}
	s.write(filepath.Join(s.tools, "gh"), "#!/bin/sh\nprintf '%s\\n' \"$*\" >>\""+folder+"/asked\"\n[ \"$1 $2\" != 'pr list' ] || cat \""+folder+"/open\" 2>/dev/null || true\n")
	if err := os.Chmod(filepath.Join(s.tools, "gh"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.git(folder, "init", "--quiet", "--bare", "--initial-branch=main", s.remote)
	s.git(folder, "clone", "--quiet", s.remote, s.clone)
	s.write(filepath.Join(s.clone, "tox.ini"), "old\n")
	s.write(filepath.Join(s.clone, ".github", "workflows", "test.yml"), "old\n")
	s.commit("base")
	s.git(s.clone, "push", "--quiet", "origin", "HEAD:main")
	return s
}

// write writes a file.
func (s *shop) write(path, text string) {
	s.Helper()
	put(s.T, filepath.Dir(path), map[string]string{filepath.Base(path): text})
}

// commit commits as a person and not as the bot.
func (s *shop) commit(message string) {
	s.Helper()
	repository{s.T, s.clone}.commit(message)
}

// git runs git in a folder and returns its trimmed output.
func (s *shop) git(folder string, arguments ...string) string {
	s.Helper()
	return strings.TrimSpace(repository{s.T, folder}.git(arguments...))
}

// week checks out main, changes files, and runs the script. It returns the script's output, whether it succeeded, and the
// calls of gh.
func (s *shop) week(hasApp bool, files map[string]string) (output string, ok bool, asked string) {
	s.Helper()
	s.git(s.clone, "fetch", "--quiet", "origin")
	s.git(s.clone, "checkout", "--quiet", "--force", "--detach", "origin/main")
	for name, text := range files {
		s.write(filepath.Join(s.clone, name), text)
	}
	s.write(s.summary, "the summary\n")
	_ = os.Remove(filepath.Join(filepath.Dir(s.summary), "asked"))
	script, err := filepath.Abs("../../.ci/pull-request")
	if err != nil {
		s.Fatal(err)
	}
	command := exec.Command("bash", script, s.summary)
	command.Dir = s.clone
	command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull, "BASE=main",
		"PATH="+s.tools+string(os.PathListSeparator)+os.Getenv("PATH"))
	if hasApp {
		command.Env = append(command.Env, "HAS_APP=true")
	}
	out, err := command.CombinedOutput()
	noted, _ := os.ReadFile(filepath.Join(filepath.Dir(s.summary), "asked"))
	return string(out), err == nil, string(noted)
}

// branch returns a file of the update's branch on the remote.
func (s *shop) branch(name string) string {
	s.Helper()
	return s.git(s.remote, "show", "toxgen/update:"+name)
}

// text returns the text of the pull request.
func (s *shop) text() string {
	data, err := os.ReadFile(s.summary)
	if err != nil {
		s.Fatal(err)
	}
	return string(data)
}

// TestPullRequest checks that one branch and one pull request are created and then refreshed, but never over commits of
// people.
func TestPullRequest(t *testing.T) {
	s := newShop(t)
	if out, ok, asked := s.week(true, nil); !ok || asked != "" || !strings.Contains(out, "nothing changed") {
		t.Errorf("a week without changes: %v, %q\ncalls of gh: %q", ok, out, asked)
	}
	out, ok, asked := s.week(true, map[string]string{"tox.ini": "new\n", "registry/app.jsonl": "{}\n", ".github/workflows/test.yml": "new\n"})
	if !ok || !strings.Contains(asked, "pr create --head toxgen/update --base main --title Update the test matrix --body-file "+s.summary) {
		t.Fatalf("%s\ncalls of gh: %q", out, asked)
	}
	if s.branch("tox.ini") != "new" || s.branch("registry/app.jsonl") != "{}" || s.branch(".github/workflows/test.yml") != "new" || s.text() != "the summary\n" {
		t.Errorf("the branch has %q, the text is %q", s.branch("tox.ini"), s.text())
	}

	s.write(filepath.Join(filepath.Dir(s.summary), "open"), "7\n")
	if out, ok, asked = s.week(true, map[string]string{"tox.ini": "newer\n"}); !ok || !strings.Contains(asked, "pr edit 7 ") || strings.Contains(asked, "pr create") {
		t.Fatalf("%s\ncalls of gh: %q", out, asked)
	}
	if s.branch("tox.ini") != "newer" || s.branch(".github/workflows/test.yml") != "old" {
		t.Error("the branch was not created again from main")
	}

	s.git(s.clone, "checkout", "--quiet", "--force", "-B", "mine", "origin/main")
	s.git(s.clone, "fetch", "--quiet", "origin", "toxgen/update")
	s.git(s.clone, "reset", "--quiet", "--hard", "FETCH_HEAD")
	s.write(filepath.Join(s.clone, "toxgen.yaml"), "hold\n")
	s.commit("hold it back")
	s.git(s.clone, "push", "--quiet", "origin", "HEAD:toxgen/update")
	if out, ok, asked = s.week(true, map[string]string{"tox.ini": "newest\n"}); ok || !strings.Contains(out, "::error::toxgen/update has commits of people") || strings.Contains(asked, " pr ") {
		t.Errorf("over commits of people: %v, %s\ncalls of gh: %q", ok, out, asked)
	}
	if s.branch("tox.ini") != "newer" || s.branch("toxgen.yaml") != "hold" {
		t.Error("commits of people are lost")
	}

	// Once the commits are merged, the branch has no commits of people any more.
	s.git(s.clone, "fetch", "--quiet", "origin", "toxgen/update")
	s.git(s.clone, "push", "--quiet", "origin", "FETCH_HEAD:main")
	if out, ok, _ = s.week(true, map[string]string{"tox.ini": "newest\n"}); !ok || s.branch("tox.ini") != "newest" {
		t.Errorf("after a merge: %s", out)
	}
}

// TestPullRequestOfShallowClone checks that in a clone without history, as on a runner, earlier commits of main do not
// count as commits of people on the branch.
func TestPullRequestOfShallowClone(t *testing.T) {
	s := newShop(t)
	if out, ok, _ := s.week(true, map[string]string{"tox.ini": "new\n"}); !ok {
		t.Fatal(out)
	}
	s.git(s.clone, "checkout", "--quiet", "--force", "-B", "mine", "origin/main")
	s.write(filepath.Join(s.clone, "README.md"), "more\n")
	s.commit("a person's")
	s.git(s.clone, "push", "--quiet", "origin", "HEAD:main")
	s.clone += "-shallow"
	s.git(filepath.Dir(s.clone), "clone", "--quiet", "--depth=1", "--branch=main", "file://"+s.remote, s.clone)
	if out, ok, _ := s.week(true, map[string]string{"tox.ini": "newer\n"}); !ok || s.branch("tox.ini") != "newer" || s.branch("README.md") != "more" {
		t.Errorf("the branch has %q: %s", s.branch("tox.ini"), out)
	}
}

// TestPullRequestWithoutPermissions checks that what the token may not push is left out, and that the text says so.
func TestPullRequestWithoutPermissions(t *testing.T) {
	s := newShop(t)
	hook := filepath.Join(s.remote, "hooks", "pre-receive")
	s.write(hook, `#!/bin/sh
while read old new ref; do
  if [ -n "$(git diff --name-only main "$new" -- .github/workflows)" ]; then
    echo "refusing to allow a GitHub App to create or update workflow without workflows permission"
    exit 1
  fi
done
`)
	if err := os.Chmod(hook, 0o755); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"tox.ini": "new\n", ".github/workflows/test.yml": "new\n", ".github/workflows/more.yml": "new\n"}
	out, ok, asked := s.week(false, files)
	if !ok || !strings.Contains(asked, "pr create") {
		t.Fatalf("%s\ncalls of gh: %q", out, asked)
	}
	if s.branch("tox.ini") != "new" || s.branch(".github/workflows/test.yml") != "old" || s.git(s.remote, "ls-tree", "toxgen/update", ".github/workflows/more.yml") != "" {
		t.Error("the branch does not have everything except the workflows")
	}
	for _, want := range []string{"the summary\n", "run `go tool mage workflows`, commit and push", "starts no checks: close and reopen"} {
		if !strings.Contains(s.text(), want) {
			t.Errorf("the text lacks %q:\n%s", want, s.text())
		}
	}
	delete(files, "tox.ini")
	if out, ok, _ := s.week(false, files); ok || !strings.Contains(out, "::error::nothing but workflows changed") {
		t.Errorf("nothing could be pushed, but the output is: %s", out)
	}
}

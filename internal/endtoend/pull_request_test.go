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

// gh stands for the program: it records its arguments, lists the pull requests in a file as GitHub does, and makes trees,
// commits and branches in the remote as GitHub's interface does.
const gh = `#!/usr/bin/env python3
import json, os, subprocess, sys
arguments = sys.argv[1:]
with open("FOLDER/asked", "a") as asked:
    print(" ".join(arguments), file=asked)
def field(name):
    return [a[len(name) + 1:] for a in arguments if a.startswith(name + "=")][0]
def git(*words, **how):
    return subprocess.run(["git", "-C", "FOLDER/remote.git", *words], check=True, stdout=subprocess.PIPE, text=True, **how).stdout.strip()
call = [a for a in arguments[1:] if a.startswith("repos/owner/name/")] if arguments[:1] == ["api"] else []
what = call[0][len("repos/owner/name/"):] if call else ""
bot = {"GIT_AUTHOR_NAME": "bot", "GIT_AUTHOR_EMAIL": "1+app[bot]@users.noreply.github.com", "GIT_COMMITTER_NAME": "GitHub", "GIT_COMMITTER_EMAIL": "noreply@github.com"}
if what == "pulls":
    listed = json.load(open("FOLDER/open")) if os.path.exists("FOLDER/open") else []
    owner, branch = field("head").split(":")
    listed = [p for p in listed if p["head"]["label"] == owner + ":" + branch]
    if "select(.head.repo.full_name == .base.repo.full_name)" in " ".join(arguments):
        listed = [p for p in listed if p["head"]["repo"]["full_name"] == p["base"]["repo"]["full_name"]]
    print(listed[0]["number"] if listed else "")
elif arguments[:2] == ["issue", "list"]:
    print(open("FOLDER/listed").read())
elif what.startswith("pulls/"):
    print("the text of the update\n" * 3000)
elif what == "git/trees":
    asked = json.load(sys.stdin)
    index = dict(os.environ, GIT_INDEX_FILE="FOLDER/index")
    git("read-tree", asked["base_tree"], env=index)
    for entry in asked["tree"]:
        if "content" in entry:
            blob = git("hash-object", "-w", "--stdin", input=entry["content"])
            git("update-index", "--add", "--cacheinfo", entry["mode"] + "," + blob + "," + entry["path"], env=index)
        else:
            assert entry["sha"] is None
            git("update-index", "--index-info", env=index, input="0 " + "0" * 40 + "\t" + entry["path"] + "\n")
    print(git("write-tree", env=index))
elif what == "git/commits":
    print(git("commit-tree", field("tree"), "-p", field("parents[]"), "-m", field("message"), env=dict(os.environ, **bot)))
elif what == "git/refs":
    git("update-ref", field("ref"), field("sha"), "0" * 40)
elif what.startswith("git/refs/heads/"):
    assert "force=true" in arguments and "PATCH" in arguments
    git("update-ref", what[len("git/"):], field("sha"))
`

// pulls are open pull requests: each is a number and the repository that its branch is in.
func (s *shop) pulls(all ...string) {
	var listed []string
	for _, one := range all {
		number, repository, _ := strings.Cut(one, " ")
		owner, _, _ := strings.Cut(repository, "/")
		listed = append(listed, `{"number": `+number+`, "head": {"label": "`+owner+`:toxgen/update", "repo": {"full_name": "`+repository+`"}}, "base": {"repo": {"full_name": "owner/name"}}}`)
	}
	s.write(filepath.Join(filepath.Dir(s.summary), "open"), "["+strings.Join(listed, ",")+"]")
}

// newShop creates a shop with one commit on main.
func newShop(t *testing.T) *shop {
	for _, name := range []string{"git", "bash", "python3"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("SKIPPED: this machine has no %s", name)
		}
	}
	folder := t.TempDir()
	s := &shop{T: t, remote: filepath.Join(folder, "remote.git"), clone: filepath.Join(folder, "clone"), tools: filepath.Join(folder, "tools"),
		summary: filepath.Join(folder, "summary.md")}
	s.write(filepath.Join(s.tools, "gh"), strings.ReplaceAll(gh, "FOLDER", folder))
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
	return s.weekOf(hasApp, files, func() {})
}

// weekOf is a week in which something else happens to the files too.
func (s *shop) weekOf(hasApp bool, files map[string]string, more func()) (output string, ok bool, asked string) {
	s.Helper()
	s.git(s.clone, "fetch", "--quiet", "origin")
	s.git(s.clone, "checkout", "--quiet", "--force", "--detach", "origin/main")
	for name, text := range files {
		s.write(filepath.Join(s.clone, name), text)
	}
	more()
	s.write(s.summary, "the summary\n")
	_ = os.Remove(filepath.Join(filepath.Dir(s.summary), "asked"))
	return s.script(hasApp, "pull-request", s.summary)
}

// script runs one of the scripts of .ci in the clone.
func (s *shop) script(hasApp bool, name string, arguments ...string) (output string, ok bool, asked string) {
	s.Helper()
	script, err := filepath.Abs("../initialize/github/" + name)
	if err != nil {
		s.Fatal(err)
	}
	command := exec.Command("bash", append([]string{script}, arguments...)...)
	command.Dir = s.clone
	command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull, "BASE=main", "GITHUB_REPOSITORY=owner/name",
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

	s.pulls("5 stranger/name", "6 owner/copy", "7 owner/name")
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
	for _, want := range []string{"the summary\n", "run `go tool mage workflows`, commit and push", "its checks wait for somebody with write access"} {
		if !strings.Contains(s.text(), want) {
			t.Errorf("the text lacks %q:\n%s", want, s.text())
		}
	}
	if !strings.HasPrefix(s.text(), "**Do this first:** ") {
		t.Errorf("the text does not begin with what is asked of its reader:\n%s", s.text())
	}
	delete(files, "tox.ini")
	if out, ok, _ := s.week(false, files); ok || !strings.Contains(out, "::error::nothing but workflows changed") {
		t.Errorf("nothing could be pushed, but the output is: %s", out)
	}
}

// TestPullRequestOfFork checks that a pull request from a fork whose branch has the name of ours stays as it is, and that
// ours is opened all the same.
func TestPullRequestOfFork(t *testing.T) {
	s := newShop(t)
	s.pulls("666 stranger/name", "667 owner/copy")
	if out, ok, asked := s.week(true, map[string]string{"tox.ini": "new\n"}); !ok || strings.Contains(asked, "pr edit") || !strings.Contains(asked, "pr create ") {
		t.Errorf("%s\ncalls of gh: %q", out, asked)
	}
}

// TestPullRequestAfterMerges checks which commits on the branch are a person's work: a merge is one only if it changes what
// git would not merge by itself.
func TestPullRequestAfterMerges(t *testing.T) {
	const webFlow, bot, person = "GitHub <noreply@github.com>", "x[bot] <1+x[bot]@users.noreply.github.com>", "P <p@example.org>"
	for _, c := range []struct {
		name   string
		commit func(s *shop)
		stays  bool
	}{
		{"GitHub's Update branch", func(s *shop) { s.commitAs(person, webFlow, "merge", "--quiet", "--no-ff", "origin/main") }, false},
		{"a person's merge of the default branch", func(s *shop) { s.commitAs(person, person, "merge", "--quiet", "--no-ff", "origin/main") }, false},
		{"GitHub rebased the bot's commit", func(s *shop) { s.commitAs(bot, webFlow, "commit", "--quiet", "--amend", "--reset-author", "--no-edit") }, false},
		{"a merge with other changes", func(s *shop) {
			s.commitAs(person, webFlow, "merge", "--quiet", "--no-ff", "--no-commit", "origin/main")
			s.write(filepath.Join(s.clone, "tox.ini"), "mine\n")
			s.commitAs(person, webFlow, "commit", "--quiet", "--all", "--message=merge")
		}, true},
		{"an edit on GitHub's pages", func(s *shop) {
			s.write(filepath.Join(s.clone, "tox.ini"), "mine\n")
			s.commitAs(person, webFlow, "commit", "--quiet", "--all", "--message=edit")
		}, true},
		{"a merge of a branch of a person", func(s *shop) {
			s.git(s.clone, "checkout", "--quiet", "-B", "side", "origin/main")
			s.write(filepath.Join(s.clone, "more"), "mine\n")
			s.commit("more")
			s.git(s.clone, "checkout", "--quiet", "work")
			s.commitAs(person, webFlow, "merge", "--quiet", "--no-ff", "side")
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t)
			if out, ok, _ := s.week(true, map[string]string{"tox.ini": "new\n"}); !ok {
				t.Fatal(out)
			}
			s.git(s.clone, "checkout", "--quiet", "--force", "-B", "mine", "origin/main")
			s.write(filepath.Join(s.clone, "README.md"), "more\n")
			s.commit("on main")
			s.git(s.clone, "push", "--quiet", "origin", "HEAD:main")
			s.git(s.clone, "fetch", "--quiet", "origin", "main", "toxgen/update:refs/remotes/origin/toxgen/update")
			s.git(s.clone, "checkout", "--quiet", "-B", "work", "origin/toxgen/update")
			c.commit(s)
			s.git(s.clone, "push", "--quiet", "--force", "origin", "HEAD:toxgen/update")
			out, ok, _ := s.week(true, map[string]string{"tox.ini": "newest\n"})
			if ok == c.stays || c.stays != strings.Contains(out, "has commits of people") {
				t.Errorf("it stays: %v, want %v\n%s", !ok, c.stays, out)
			}
		})
	}
}

// commitAs runs git with an author and a committer.
func (s *shop) commitAs(author, committer string, arguments ...string) {
	s.Helper()
	of := func(who string) (name, email string) {
		name, email, _ = strings.Cut(strings.TrimSuffix(who, ">"), " <")
		return name, email
	}
	authorName, authorEmail := of(author)
	committerName, committerEmail := of(committer)
	command := exec.Command("git", arguments...)
	command.Dir = s.clone
	command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull, "GIT_AUTHOR_NAME="+authorName, "GIT_AUTHOR_EMAIL="+authorEmail,
		"GIT_COMMITTER_NAME="+committerName, "GIT_COMMITTER_EMAIL="+committerEmail)
	if out, err := command.CombinedOutput(); err != nil {
		s.Fatalf("git %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
}

// TestPullRequestOfSignedCommits checks that, where the remote demands signed commits, GitHub makes the commit: with the
// files, without the ones that are gone, for a new branch and for one that is there.
func TestPullRequestOfSignedCommits(t *testing.T) {
	s := newShop(t)
	s.write(filepath.Join(s.clone, "registry", "old.jsonl"), "{}\n")
	s.commit("old")
	s.git(s.clone, "push", "--quiet", "origin", "HEAD:main")
	hook := filepath.Join(s.remote, "hooks", "pre-receive")
	s.write(hook, "#!/bin/sh\necho 'GH013: Repository rule violations found' >&2\necho '- Commits must have verified signatures.' >&2\nexit 1\n")
	if err := os.Chmod(hook, 0o755); err != nil {
		t.Fatal(err)
	}
	remove := func() {
		if err := os.Remove(filepath.Join(s.clone, "registry", "old.jsonl")); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{"new: é\n", "newer\n\n"} {
		s.git(s.clone, "fetch", "--quiet", "origin")
		s.git(s.clone, "checkout", "--quiet", "--force", "--detach", "origin/main")
		out, ok, asked := s.weekOf(true, map[string]string{"tox.ini": text, "registry/app.jsonl": "{}\n"}, remove)
		if !ok || !strings.Contains(asked, "pr create") {
			t.Fatalf("%s\ncalls of gh: %q", out, asked)
		}
		if got := s.branch("tox.ini"); got != strings.TrimSpace(text) || s.git(s.remote, "ls-tree", "--name-only", "toxgen/update", "registry/") != "registry/app.jsonl" {
			t.Errorf("the branch has %q", got)
		}
		if s.git(s.remote, "rev-parse", "toxgen/update^") != s.git(s.remote, "rev-parse", "main") {
			t.Error("the branch does not begin at main")
		}
	}
}

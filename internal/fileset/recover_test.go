//go:build unix

package fileset

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEditedSince checks that files edited between an interrupted commit and the next run keep their edits.
func TestEditedSince(t *testing.T) {
	root, state := project(t, usualBefore), filepath.Join(t.TempDir(), "state")
	interrupt(usual(root, state), "rename "+filepath.Join(state, "staged-0")) // the first move
	for name, content := range map[string]string{"tox.ini": "edited", "registry/gone.jsonl": "edited", "new/c": "edited"} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755), os.WriteFile(filepath.Join(root, name), []byte(content), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	recovered(t, root, state, "afterwards")
	equal(t, "disk", map[string]string{"tox.ini": "edited", "stays": "as it is", "registry/gone.jsonl": "edited", "registry/kept.jsonl": "old",
		"new/c": "edited", "new/folder/a": "new", "new/folder/b": ""}, snapshot(t, root))
}

// TestJournalIsNotTrusted checks that a journal that a commit cannot have written is an error and changes nothing.
func TestJournalIsNotTrusted(t *testing.T) {
	for name, text := range map[string]string{
		"not JSON":        "{",
		"cut short":       `{"moves":[{"path":"tox.ini",`,
		"outside":         `{"moves":[{"path":"../out","staged":"staged-0","new":"x"}]}`,
		"absolute":        `{"moves":[{"path":"/etc/passwd","staged":"staged-0","new":"x"}]}`,
		"staged anywhere": `{"moves":[{"path":"tox.ini","staged":"../../secret","new":"x"}]}`,
		"staged nowhere":  `{"moves":[{"path":"tox.ini"}]}`,
		"newer key":       `{"moves":[{"path":"tox.ini","staged":"staged-0","new":"x","mode":"0755"}]}`,
		"beside anything": `{"moves":[{"path":"tox.ini","staged":"staged-0","beside":"..","new":"x"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			root, state := project(t, usualBefore), t.TempDir()
			tree := Open(root, state)
			if err := os.WriteFile(tree.journalPath(), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := tree.Recover(); err == nil || !strings.Contains(err.Error(), "not a journal") {
				t.Errorf("got %v", err)
			}
			equal(t, "disk", usualBefore, snapshot(t, root))
		})
	}
}

// TestNewerJournal checks that the journal of a newer toxgen, of which only part would be understood, is an error and stays, so that the
// newer one can complete what it wrote.
func TestNewerJournal(t *testing.T) {
	const text = `{"format":2,"moves":[{"path":"tox.ini","staged":"staged-0"}],"modes":["0755"]}`
	const want = "the journal has format 2, of a newer toxgen: this one knows format 1: update toxgen"
	root, state := project(t, usualBefore), t.TempDir()
	tree := Open(root, state)
	if err := os.WriteFile(tree.journalPath(), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := tree.Recover(); err == nil || err.Error() != tree.journalPath()+": "+want {
		t.Errorf("got %v, want %s", err, want)
	}
	equal(t, "disk", usualBefore, snapshot(t, root))
	if left, err := os.ReadFile(tree.journalPath()); string(left) != text {
		t.Errorf("the journal is now %q, %v", left, err)
	}
}

// TestNewerDraft checks that the draft of a newer toxgen, after which nothing was moved, does not keep a commit from being made.
func TestNewerDraft(t *testing.T) {
	root, state := project(t, usualBefore), t.TempDir()
	tree := Open(root, state)
	if err := errors.Join(os.WriteFile(tree.draftPath(), []byte(`{"format":2}`), 0o644), os.WriteFile(filepath.Join(state, "staged-0"), []byte("newer"), 0o644)); err != nil {
		t.Fatal(err)
	}
	if err := tree.Recover(); err != nil {
		t.Fatal(err)
	}
	equal(t, "disk", usualBefore, snapshot(t, root))
	tree.Write("tox.ini", []byte("ours"))
	if _, err := tree.Commit(); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(root, "tox.ini")); string(data) != "ours" {
		t.Errorf("tox.ini is %q, %v", data, err)
	}
}

// TestRecoverObstacle checks that the next run reports an obstacle, and completes the write once it is gone.
func TestRecoverObstacle(t *testing.T) {
	root, state := project(t, usualBefore), filepath.Join(t.TempDir(), "state")
	interrupt(usual(root, state), "make "+filepath.Join(root, "new"))
	if err := os.Symlink("elsewhere", filepath.Join(root, "new")); err != nil {
		t.Fatal(err)
	}
	tree := Open(root, state)
	if err := tree.Recover(); err == nil || !strings.Contains(err.Error(), "new is a symbolic link") || !tree.Interrupted() {
		t.Errorf("got %v, interrupted %v", err, tree.Interrupted())
	}
	if err := os.Remove(filepath.Join(root, "new")); err != nil {
		t.Fatal(err)
	}
	recovered(t, root, state, "afterwards")
	equal(t, "disk", usualAfter, snapshot(t, root))
}

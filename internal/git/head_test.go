package git

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestHead checks what is known of a checkout, while it changes.
func TestHead(t *testing.T) {
	c := newClone(t)
	if _, err := HeadOf(t.Context(), c.folder); err == nil {
		t.Error("a repository without a commit has a head")
	}
	c.commit(map[string]string{".gitignore": "/dist/\n", "a": "1"})
	first := c.git("rev-parse", "HEAD")
	expect := func(name string, want Head) {
		t.Helper()
		if got, err := HeadOf(t.Context(), c.folder); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
	expect("no tag", Head{Commit: first})
	c.git("tag", "v1")
	c.git("tag", "-a", "-m", "x", "v0")
	expect("tags of both kinds", Head{Commit: first, Tags: []string{"v0", "v1"}})
	c.put("dist/x", "ignored")
	expect("an ignored file", Head{Commit: first, Tags: []string{"v0", "v1"}})
	c.put("b", "new")
	expect("a new file", Head{Commit: first, Tags: []string{"v0", "v1"}, Changed: true})
	c.commit(nil)
	expect("a commit after the tags", Head{Commit: c.git("rev-parse", "HEAD")})
	c.put("a", "2")
	expect("a changed file", Head{Commit: c.git("rev-parse", "HEAD"), Changed: true})
	if _, err := HeadOf(t.Context(), t.TempDir()); err == nil {
		t.Error("a folder outside of a repository has a head")
	} else if e, ok := errors.AsType[*Error](err); !ok || e.Hint == "" {
		t.Errorf("%v has no hint", err)
	}
}

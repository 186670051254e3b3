package pipeline

import (
	"strings"
	"testing"

	"toxgen/internal/fileset"
	"toxgen/internal/registry"
)

// Files that changed are named, but not each of many facts.
func TestName(t *testing.T) {
	var changes []fileset.Change
	for _, name := range strings.Fields("a b c d e f g h i") {
		changes = append(changes, fileset.Change{Path: registry.Path(name), New: []byte("{}")})
	}
	changes = append(changes,
		fileset.Change{Path: registry.Path("old"), Old: []byte("{}")},
		fileset.Change{Path: "tox.ini", Old: []byte("a"), New: []byte("b")},
	)
	var out strings.Builder
	World{Stderr: &out}.name(changes)
	if want := "added 9 files in registry/\nremoved registry/old.jsonl\nchanged tox.ini\n"; out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
	out.Reset()
	World{Stderr: &out}.name(changes[1:])
	if !strings.HasPrefix(out.String(), "added registry/b.jsonl\nadded registry/c.jsonl\n") {
		t.Errorf("few files are not named:\n%s", out.String())
	}
}

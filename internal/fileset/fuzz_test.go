package fileset

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzJournal checks that a valid journal names no files outside the tree and the state folder, and no files in the tree
// except its targets and staged files. A journal that is written again is the same.
func FuzzJournal(f *testing.F) {
	for _, j := range []journal{
		{},
		{Moves: []move{{Path: "tox.ini", Staged: "staged-0", Old: digestOf([]byte("a")), New: digestOf([]byte("b"))}}},
		{Moves: []move{{Path: ".github/workflows/test.yml", Staged: "staged-1", Beside: ".github/workflows", New: digestOf([]byte("b"))},
			{Path: "registry/flask.jsonl", Staged: "staged-2", Beside: ".", Old: digestOf([]byte("a"))}}},
	} {
		data, err := json.Marshal(j)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Add([]byte(`{"moves": [{"path": "../outside", "staged": "staged-0"}, {"path": "a", "staged": "../staged-0"}]}`))
	tree := Open(filepath.FromSlash("/root"), filepath.FromSlash("/state"))
	within := func(place, folder string) bool { return strings.HasPrefix(place, folder+string(filepath.Separator)) }
	f.Fuzz(func(t *testing.T, data []byte) {
		j, err := parseJournal(data)
		if err != nil {
			if len(j.Moves) > 0 || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, and %v", err, j)
			}
			return
		}
		for _, m := range j.Moves {
			if !within(tree.place(m.Path), tree.root) {
				t.Errorf("%#v moves to %s", m, tree.place(m.Path))
			}
			for _, staged := range []string{tree.staged(&m), tree.beside(&m)} {
				inTree := within(staged, tree.root) && strings.HasPrefix(filepath.Base(staged), besidePrefix+"staged-")
				if !inTree && filepath.Dir(staged) != tree.state {
					t.Errorf("%#v is staged at %s", m, staged)
				}
			}
		}
		text, err := json.Marshal(j)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseJournal(text)
		if diff := cmp.Diff(j, again); err != nil || diff != "" {
			t.Errorf("written and read again: %v (-first +second):\n%s", err, diff)
		}
	})
}

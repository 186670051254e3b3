package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"toxgen/internal/finding"
)

// TestFindingsOf checks that an error becomes one line, and joined errors one line each, whatever their texts hold.
func TestFindingsOf(t *testing.T) {
	broken := &fs.PathError{Op: "open", Path: "a\nerror: b", Err: fs.ErrNotExist}
	one := func(message string, detail ...string) finding.List {
		return finding.List{{Severity: finding.Error, Message: message, Detail: detail}}
	}
	for _, c := range []struct {
		name string
		err  error
		want finding.List
	}{
		{"one", broken, one("open a\nerror: b: file does not exist")},
		{"joined", errors.Join(broken, errors.Join(errors.New("c"), errors.New("d"))), one("open a\nerror: b: file does not exist", "c", "d")},
		{"two in a sentence", fmt.Errorf("%w, and %w", errors.New("c"), errors.New("d")), one("c, and d")},
		{"findings", fmt.Errorf("e: %w", finding.List{{Message: "m"}}), finding.List{{Message: "m"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, findingsOf(c.err), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

package runner

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCommands(t *testing.T) {
	none := map[string]string{}
	for _, c := range []struct {
		name, output string
		want         []Command
	}{
		{"text", "error: a::b\n- : :c::d\n# [x] ##\n", nil},
		{"not closed", "::error\n##[error\n", nil},
		{"second", "::error file=a%3Ab%2Cc,line=1::50%25%0Ax", []Command{{"error", map[string]string{"file": "a:b,c", "line": "1"}, "50%\nx"}}},
		{"second, decoded once", "::error::%250A", []Command{{"error", none, "%0A"}}},
		{"second, after blanks", " \u00a0\u2003\t::stop-commands::t", []Command{{"stop-commands", none, "t"}}},
		{"second, after a return", "a\r::x::\r\n", []Command{{"x", none, ""}}},
		{"second, with what is ignored", "\ufeff:\u200b:x:\ufe0f:\x01y", []Command{{"x", none, "y"}}},
		{"first", "a ##[error file=b;line=1]c%5D", []Command{{"error", map[string]string{"file": "b", "line": "1"}, "c]"}}},
		{"first, with what is ignored", "#\u034f#\xff[x]", []Command{{"x", none, ""}}},
		{"two lines", "##[a]\n::b::", []Command{{"a", none, ""}, {"b", none, ""}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Commands(c.output)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

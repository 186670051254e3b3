package pipeline

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTestPaths(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                      nil,
		"tests":                                 {"tests"},
		"tests/a/ ./tests/b.py":                 {"tests/a", "tests/b.py"},
		"tests/a.py::TestA::test_b":             {"tests/a.py"},
		"tests --ignore=tests/cli -m 'not web'": {"tests"},
		"-m web tests":                          nil,
		".":                                     nil,
		"tests/{envname} tests/*.py":            nil,
		"../other /tmp":                         nil,
	} {
		if diff := cmp.Diff(want, testPaths(text)); diff != "" {
			t.Errorf("%q (-want +got)\n%s", text, diff)
		}
	}
}

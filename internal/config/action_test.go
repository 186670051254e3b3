package config

import (
	"strings"
	"testing"
)

// TestActionVersionIsOneWord checks that a version, which becomes a comment behind the pin, is one word.
func TestActionVersionIsOneWord(t *testing.T) {
	tests := map[string]bool{
		"v5": true, "v5.0.1-rc.1": true, "main": true, "release/v1": true,
		`"v5 # x"`: false, `"v5\n  evil: 1"`: false, `"# v5"`: false,
	}
	for version, want := range tests {
		_, findings := Parse(FileName, []byte("workflow:\n  actions:\n    a/b: {sha: b6effb05e454b25005698d916606bdc6ffcbf961, version: "+version+"}\n"))
		if got := !strings.Contains(findings.Error(), "workflow.actions.a/b.version is"); got != want {
			t.Errorf("%s is accepted: %t, want %t\n%s", version, got, want, findings)
		}
	}
}

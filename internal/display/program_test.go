package display

import "testing"

func TestProgram(t *testing.T) {
	for _, test := range []struct {
		program    Program
		text, want string
	}{
		{Mage, "run `mage toxgen`, or undo the edit", "run `mage toxgen`, or undo the edit"},
		{Binary, "run `mage toxgen`, or undo the edit", "run `toxgen toxgen`, or undo the edit"},
		{Binary, "keep both lines and run `mage`; `mage update -only=a` tries again", "keep both lines and run `toxgen`; `toxgen update -only=a` tries again"},
		{Binary, "the file `mage.yaml` and a mage", "the file `mage.yaml` and a mage"},
		{"", "run `mage`", "run `mage`"},
	} {
		if got := test.program.Hint(test.text); got != test.want {
			t.Errorf("%q: got %q, want %q", test.program, got, test.want)
		}
	}
	for _, test := range []struct {
		program       Program
		command, want string
	}{
		{Mage, "mage hold a '==1'", "mage hold a '==1'"},
		{Binary, "mage hold a '==1'", "toxgen hold a '==1'"},
		{Binary, "mages", "mages"},
		{"", "mage check", "mage check"},
	} {
		if got := test.program.Command(test.command); got != test.want {
			t.Errorf("%q: got %q, want %q", test.program, got, test.want)
		}
	}
}

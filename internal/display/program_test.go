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

func TestMark(t *testing.T) {
	const mark Mark = "# Made by `mage toxgen` from "
	for _, test := range []struct {
		program Program
		want    string
	}{
		{Mage, "# Made by `mage toxgen` from "},
		{Binary, "# Made by `toxgen toxgen` from "},
		{"uvx toxgen", "# Made by `uvx toxgen toxgen` from "},
	} {
		if got := mark.By(test.program); got != test.want || !mark.Begins([]byte(got+"a")) {
			t.Errorf("%q: got %q, which begins a file: %t", test.program, got, mark.Begins([]byte(got+"a")))
		}
	}
	for _, text := range []string{"", "# Made by ` toxgen` from a", "# Made by `mage check` from a", " # Made by `mage toxgen` from a", "# Made by `mage toxgen`",
		"# Made by `make it` and `mage toxgen` from a", "# Made by `mage\n toxgen` from a"} {
		if mark.Begins([]byte(text)) {
			t.Errorf("%q begins with the mark", text)
		}
	}
}

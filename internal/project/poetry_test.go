package project

import (
	"strings"
	"testing"

	"toxgen/internal/pep440"
)

// constraints are constraints of poetry, as poetry-core reads them: sets of PEP 440, or an error.
var constraints = map[string]string{
	"*": "", "1.2": "==1.2", "=1.2": "==1.2", "==1.2": "==1.2", "1.*": "==1.*", "!=1.2.*": "!=1.2.*", "<>1": "!=1",
	"^1": "<2,>=1", "^1.2.3": "<2.0.0,>=1.2.3", "^0.2.3": "<0.3.0,>=0.2.3", "^0.0.3": "<0.0.4,>=0.0.3", "^0.0": "<0.1,>=0.0", "^0": "<1,>=0",
	"^1.0b1": "<2.0,>=1.0b1", "^2!1.0": "<2!2.0,>=2!1.0", "~1": "<2,>=1", "~1.2": "<1.3,>=1.2", "~1.2.3": "<1.3.0,>=1.2.3", "~=1.2": "~=1.2", "^ 1.2": "<2.0,>=1.2",
	">=1,<2": "<2,>=1", ">=1 <2": "<2,>=1", ">= 1, != 1.5 , <2": "!=1.5,<2,>=1", ">=1!=2": "!=2,>=1",
	"^1 || ^2": "<3,>=1", "^1|^2|>=3": ">=1", ">=1,<3 || >=2,<4": "<4,>=1", "^1 || ^3": "<2,>=1 or <4,>=3", "^3 || ^1": "<4,>=3 or <2,>=1", ">=1,<5 || >=2,<3": "<5,>=1 or <3,>=2",
	"": "", "x": "error", "^": "error", "1 || x": "error", ">=1.*": ">=1", "^99999999999999999999": "error",
}

func TestPoetryConstraint(t *testing.T) {
	for text, want := range constraints {
		if got := constraintText(poetryConstraint(text)); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func constraintText(sets []pep440.Specifiers, err error) string {
	if err != nil {
		return "error"
	}
	texts := make([]string, len(sets))
	for i, s := range sets {
		texts[i] = s.String()
	}
	return strings.Join(texts, " or ")
}

// FuzzPoetryConstraint checks that the sets, printed, are a constraint of poetry with the same meaning.
func FuzzPoetryConstraint(f *testing.F) {
	for text := range constraints {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sets, err := poetryConstraint(text)
		if err != nil || len(sets) == 0 {
			return
		}
		printed := strings.ReplaceAll(constraintText(sets, nil), " or ", " || ")
		if again := constraintText(poetryConstraint(printed)); again != constraintText(sets, nil) && !strings.Contains(printed, "===") {
			t.Errorf("%q is %q, and printed %q", text, constraintText(sets, nil), again)
		}
	})
}

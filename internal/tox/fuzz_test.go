package tox

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"toxgen/internal/config"
	"toxgen/internal/pep508"
	"toxgen/internal/reference"
)

// FuzzExpand checks that an expression expands to no more than the room, and that each alternative expands to itself.
func FuzzExpand(f *testing.F) {
	for _, s := range []string{"{py3.6,py3.7}-flask-!v1.0, x", "{a}{b}", "{10-12}", "{", "!!a", "-", strings.Repeat("{a,b}", 30),
		strings.Repeat("{a}", 1000), strings.Repeat("1-999,", 100)} {
		f.Add(s)
	}
	for _, row := range readFactorVectors(f).Expressions {
		f.Add(row.Expression)
	}
	f.Fuzz(func(t *testing.T, text string) {
		had := roomOf([]byte(text))
		left := had
		alternatives, ok := expand(text, &left)
		if !ok && alternatives != nil || left < 0 && ok {
			t.Errorf("%q: %d alternatives, %v, %d left", text, len(alternatives), ok, left)
		}
		size := 0
		for _, c := range alternatives {
			size += len(c.String()) + 1
			if numericRange.MatchString(c.String() + ",") {
				continue // two adjacent factors would be parsed as a range
			}
			if again, ok := expand(c.String(), plenty()); !ok || len(again) > 1 || len(again) == 1 && again[0].String() != c.String() {
				t.Errorf("%q has the alternative %q, which reads as %v, %v", text, c, again, ok)
			}
		}
		if room(size) > had {
			t.Errorf("%q expands to %d bytes, more than %d", text, size, had)
		}
	})
}

// thinned returns the tox.ini of the reference configuration with only every thirtieth line of the values.
func thinned() []byte {
	var b bytes.Buffer
	number := 0
	for line := range bytes.Lines(reference.Files()["tox.ini"]) {
		if number++; line[0] != ' ' || number%30 == 0 {
			b.Write(line)
		}
	}
	return b.Bytes()
}

// FuzzParse checks that the environments' names are valid and unique, that the lines of an environment are the same
// whether all lines are examined or only those that its factors select, and that pins are valid.
func FuzzParse(f *testing.F) {
	f.Add([]byte("[tox]\nenv_list =\n    {py3.6,py3.7}-a\n[testenv]\ndeps =\n    a: b\n\n    # c\n    d\n"), "py3.6-a")
	f.Add([]byte("[testenv]\ndeps = \"\"\"\n"), "")
	f.Add([]byte("[testenv]\ndeps = `a==1`\n  a: b==1 \\\n c\n"), "a")
	f.Add([]byte("[tox]\nenv_list = "+strings.Repeat("{a,b}", 30)), "a")
	f.Add(thinned(), "py3.14-flask-v3.1.3")
	vectors := readFactorVectors(f)
	for i := 0; i < len(vectors.Values); i += 10 {
		f.Add([]byte("[testenv]\ndeps =\n    "+strings.ReplaceAll(vectors.Values[i].Value, "\n", "\n    ")), vectors.Environments[i/10%len(vectors.Environments)])
	}
	f.Fuzz(func(t *testing.T, data []byte, environment string) {
		file, err := Parse(data)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has lines: %v", err)
			}
			return
		}
		names, size := slices.Clone(file.Environments()), 0
		for _, name := range names {
			if size += len(name); name == "" || strings.ContainsAny(name, " ,{}:\n") {
				t.Errorf("there is an environment %q", name)
			}
		}
		if slices.Sort(names); len(slices.Compact(names)) < len(names) || room(size) > roomOf(data) {
			t.Errorf("%d environments of %d bytes: %q", len(names), size, names)
		}
		for key, value := range file.testenv {
			slow := *value
			slow.whole = true
			got := file.Lines(key, environment)
			if diff := cmp.Diff(slow.filter(environment), got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s of %q, by all lines and by its factors:\n%s", key, environment, diff)
			}
			for _, line := range got {
				if strings.TrimSpace(line) == "" || strings.Contains(line, "\n") {
					t.Errorf("%s of %q has the line %q", key, environment, line)
				}
			}
		}
		for project, version := range file.Pins(environment) {
			if !pep508.IsNormalizedName(project) || version.IsZero() {
				t.Errorf("the pin %s==%s of %q", project, version, environment)
			}
		}
		file.Variables(environment)
	})
}

// TestParseIsBounded checks that a small file that expands to a large one is refused quickly.
func TestParseIsBounded(t *testing.T) {
	const much = "its conditions expand to far more than the size of the file"
	header := "[testenv]\ndeps =\n    "
	for _, c := range []struct{ name, in, want string }{
		{"groups multiply", header + strings.Repeat("{a,b}", 40) + ": c", much},
		{"groups multiply a little, often", header + strings.Repeat("{a,b,c}{d,e,f}{g,h,i}{j,k,l}{m,n,o}{p,q,r}: c\n    ", 10_000), much},
		{"groups multiply in env_list", "[tox]\nenv_list = " + strings.Repeat("{a,b}", 40), much},
		{"groups of one", header + strings.Repeat("{a}", 100_000) + ": c", much},
		{"a long text after a group", header + "{" + strings.Repeat("a,", 10_000) + "}" + strings.Repeat("b", 1_000_000) + ": c", much},
		{"ranges", header + strings.Repeat("1-999,", 100_000) + ": c", much},
		{"keys", "[testenv]\n" + strings.Repeat("a=\n", 10_001), "it has more than 10000 keys and sections"},
		{"many plain lines", header + strings.Repeat("{a,b}-!c, d: e==1\n    ", 50_000), ""},
		{"many alternatives", header + strings.Repeat("a, ", 300_000) + "b: c", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			FindPins([]byte(c.in))
			got := ""
			if _, err := Parse([]byte(c.in)); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// FuzzFindPins checks that the line that is returned for a pin exists, and pins the project for the environment.
func FuzzFindPins(f *testing.F) {
	f.Add(thinned(), "py3.14-flask-v3.1.3")
	f.Add([]byte("deps =\n  a==1\n  {b,c}-!d: A.b==2 # e==3\r\n  b: a==4\na_==1"), "b")
	f.Fuzz(func(t *testing.T, data []byte, environment string) {
		lines := bytes.Split(data, []byte("\n"))
		pins := FindPins(data)
		for project, all := range pins {
			if !pep508.IsNormalizedName(project) || len(all) == 0 {
				t.Errorf("%q is pinned in %d lines", project, len(all))
			}
			number := pins.Line(environment, project)
			if number == 0 {
				continue
			}
			l := newSplitter(data).split(withoutComment(strings.TrimSpace(string(lines[number-1]))))
			if l.pin == nil || l.pin.project != project || !l.applies(strings.Split(environment, "-")) {
				t.Errorf("%s is not pinned for %q in line %d, %q", project, environment, number, lines[number-1])
			}
		}
	})
}

// FuzzParseBuild checks that rendering and parsing build constraints returns the same pins.
func FuzzParseBuild(f *testing.F) {
	f.Add(reference.Files()[BuildConstraints])
	f.Add([]byte("setuptools==80.9.0\nA.b==1.0+Local ; python_version >= '3.7' and python_version <= '3.9'\nwheel>=1\nwheel==1.*\na_==1\nx @ https://y\n"))
	targets := reference.Config(f).Targets()
	f.Fuzz(func(t *testing.T, data []byte) {
		pins := ParseBuild(data, targets)
		text := RenderBuild(&config.Config{File: "toxgen.yaml"}, pins)
		if diff := cmp.Diff(pins, ParseBuild(text, targets)); diff != "" {
			t.Errorf("rendered as\n%s and read again (-first +second):\n%s", text, diff)
		}
	})
}

package project

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/pep508"
	"toxgen/internal/python"
)

// stated is the project that the declarations are compared with.
const stated = `[build-system]
requires = ["uv_build>=0.11,<0.12"]
[project]
name = "My-SDK"
requires-python = ">=3.12"
dependencies = ["urllib3>=3", "A[Y,x]>=1.0", "b; python_version<'3.13'", "b>2; python_version>='3.13'"]
`

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name, file      string
		sdk             string
		requires, build string // "-" is a list that is not written
		pythons         string
		want            string
	}{
		{"nothing is declared", stated, "", "-", "-", "", ""},
		{
			"the same in other spellings", stated, "my_sdk",
			`a[X,y]>=1|b>2;python_version >= "3.13"|B ; python_version < "3.13"|urllib3>=3.0`, "uv-build<0.12,>=0.11|wheel", "3.12.0 3.14.4t", "",
		},
		{
			"everything else", stated, "other", "urllib3|certifi|a[x]>=1|b", "hatchling", "3.10.20 3.12.1",
			`name: other / My-SDK pyproject.toml:4:8
requires a: a[x]>=1 / A[Y,x]>=1.0 pyproject.toml:6:31
requires b: b / b; python_version < "3.13" and b>2; python_version >= "3.13" pyproject.toml:6:46
requires certifi: certifi /  pyproject.toml:6:1
requires urllib3: urllib3 / urllib3>=3 pyproject.toml:6:17
build uv-build:  / uv_build<0.12,>=0.11 pyproject.toml:2:13
pythons: 3.10 / >=3.12 pyproject.toml:5:19`,
		},
		{
			"zeros that count", "[project]\nname='a'\ndependencies=['b~=1.0', 'c==1.0.*', 'd===1.0']", "a", "b~=1.0.0|c==1.*|d===1", "-", "",
			`requires b: b~=1.0.0 / b~=1.0 pyproject.toml:3:15
requires c: c==1.* / c==1.0.* pyproject.toml:3:25
requires d: d===1 / d===1.0 pyproject.toml:3:37`,
		},
		{"an empty list is a declaration", "[project]\nname='a'\ndependencies=['b']", "a", "", "-", "", "requires b:  / b pyproject.toml:3:15"},
		{
			"the default build needs setuptools in any version", "[project]\nname='a'", "a", "-", "setuptools<82|wheel", "", "",
		},
		{"the default build needs setuptools", "[project]\nname='a'", "a", "-", "wheel", "", "build setuptools:  / setuptools"},
		{
			"what is unknown contradicts nothing", "[project]\nname='a'\ndynamic=['dependencies','requires-python']", "a", "b", "setuptools", "3.6.1", "",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, findings := Read(folder{"pyproject.toml": c.file}, "pyproject.toml")
			if p == nil {
				t.Fatal(findings)
			}
			d := Declared{Name: Side{Text: c.sdk}}
			d.Requires, d.RequiresPlace = declaredList(t, c.requires)
			d.Build, d.BuildPlace = declaredList(t, c.build)
			for text := range strings.FieldsSeq(c.pythons) {
				v, _, err := python.Parse(text)
				if err != nil {
					t.Fatal(err)
				}
				d.Pythons = append(d.Pythons, Python{Version: v})
			}
			var got []string
			for _, x := range p.Compare(d) {
				got = append(got, strings.TrimSpace(fmt.Sprintf("%s: %s / %s %s", strings.TrimSpace(string(x.Member)+" "+x.Name), x.Declared.Text, x.Stated.Text, x.Stated.Place)))
			}
			if diff := cmp.Diff(c.want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// declaredList returns requirements that bars separate, and their place.
func declaredList(t *testing.T, text string) (list []Requirement, at Place) {
	if text == "-" {
		return nil, Place{}
	}
	for part := range strings.SplitSeq(text, "|") {
		if part == "" {
			continue
		}
		q, err := pep508.ParseRequirement(part)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, Requirement{Requirement: q})
	}
	return list, Place{File: "toxgen.yaml", Line: 1}
}

// A project does not contradict what it states itself.
func TestCompareItself(t *testing.T) {
	p, findings := Read(folder{"pyproject.toml": stated}, "pyproject.toml")
	if p == nil {
		t.Fatal(findings)
	}
	at := Place{File: "toxgen.yaml", Line: 1}
	d := Declared{Side{p.Name.Text, at}, p.Requires.Requires, at, p.Build.Requires.Requires, at, nil}
	if got := p.Compare(d); got != nil {
		t.Errorf("a project contradicts itself: %v", got)
	}
}

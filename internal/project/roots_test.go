package project

import (
	"fmt"
	"strings"
	"testing"
)

func TestRoots(t *testing.T) {
	p, findings := Read(folder{"pyproject.toml": `[project]
name = "My.SDK"
dependencies = ["a"]
[project.optional-dependencies]
web = ["b", "my_sdk[db]; python_version < '3.9'"]
db = ["c; os_name == 'nt'"]
all = ["my-sdk[web,db]", "my-sdk[all]"]
none = ["my-sdk[missing]"]
ping = ["p", "my-sdk[pong]; os_name == 'x'"]
pong = ["my-sdk[ping]; os_name == 'y'"]
[dependency-groups]
dev = ["pytest", "my-sdk[db]"]
`}, "pyproject.toml")
	if p == nil {
		t.Fatal(findings)
	}
	for _, c := range []struct{ extras, groups, want string }{
		{"", "", "a"},
		{"WEB", "", `a | b | c; python_version < "3.9" and os_name == "nt"`},
		{"all", "", `a | c; os_name == "nt" | b`}, // db is in every environment, whatever web asks for,
		{"db web", "", `a | c; os_name == "nt" | b`},
		{"", "Dev", `a | pytest | c; os_name == "nt"`},
		{"none", "", `error: the project has no extra "missing"`},
		{"x", "y", "error: the project has no extra \"x\"\nthe project has no dependency group \"y\""},
		{"ping", "", "a | p"},
		{"pong", "", `a | p; os_name == "y"`},
	} {
		t.Run(c.extras+"/"+c.groups, func(t *testing.T) {
			list, err := p.Roots(strings.Fields(c.extras), strings.Fields(c.groups))
			var texts []string
			for _, q := range list {
				texts = append(texts, q.Requirement.String())
			}
			got := strings.Join(texts, " | ")
			if err != nil {
				got = "error: " + err.Error()
			}
			if got = strings.NewReplacer("(", "", ")", "").Replace(got); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// What is unknown is an error, but only if it is needed.
func TestUnknownRoots(t *testing.T) {
	p, findings := Read(folder{"pyproject.toml": "[build-system]\nrequires=['hatchling']\nbuild-backend='hatchling.build'\n" +
		"[project]\nname='a'\ndependencies=['b']\ndynamic=['optional-dependencies']"}, "pyproject.toml")
	if p == nil {
		t.Fatal(findings)
	}
	if list, err := p.Roots(nil, nil); len(list) != 1 || err != nil {
		t.Errorf("got %v, %v; want one requirement", list, err)
	}
	const want = `the extra "x" is not known: dynamic: hatchling.build computes it, and is not executed`
	if _, err := p.Roots([]string{"x"}, nil); fmt.Sprint(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// Extras that refer to each other under many markers end with an error.
func TestManyRoots(t *testing.T) {
	var b strings.Builder
	b.WriteString("[project]\nname='a'\n[project.optional-dependencies]\n")
	for i := range 40 {
		fmt.Fprintf(&b, "x%d=[\"a[x%d]; os_name=='%d'\", \"a[x%d]; os_name!='%d'\"]\n", i, i+1, i, i+1, i)
	}
	b.WriteString("x40=['b']\n")
	p, findings := Read(folder{"pyproject.toml": b.String()}, "pyproject.toml")
	if p == nil {
		t.Fatal(findings)
	}
	if _, err := p.Roots([]string{"x0"}, nil); err == nil || !strings.Contains(err.Error(), "more than 10000") {
		t.Errorf("got an error of %d bytes", len(fmt.Sprint(err)))
	}
}

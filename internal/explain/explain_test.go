package explain

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/pep440"
	"toxgen/internal/registry"
)

const configuration = `project: {name: sdk, requires: [certifi]}
pythons:
  - {version: "3.8", patch: 20}
  - {version: "3.12", patch: 13}
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
workflow: {name: Test, triggers: {dispatch: true}, runs-on: ubuntu, timeout: 1, tools: {uv: "1", tox: "4", tox-uv: "1"}}
groups: [{name: G, suites: [app, common]}]
suites:
  app: {package: app, minimum: "1.0", test-path: t, hold: [{exclude: "==1.2", reason: broken}]}
static:
  common: {pythons: [py3.12], test-path: t}
testenv: {commands: [pytest]}
`

func newExplanation(t *testing.T, out *bytes.Buffer) *Explanation {
	t.Helper()
	c, faults := config.Parse("toxgen.yaml", []byte(configuration))
	if c == nil {
		t.Fatal(faults)
	}
	x := &Explanation{Config: c, Facts: registry.Facts{}, Out: out, Lock: lock.Lock{Environments: map[string]lock.Pins{
		"py3.8-app-v1.1":  {"app": pep440.MustParse("1.1"), "lib": pep440.MustParse("1.0"), "certifi": pep440.MustParse("1")},
		"py3.12-app-v1.1": {"app": pep440.MustParse("1.1"), "certifi": pep440.MustParse("1")},
	}}}
	for name, lines := range map[string]string{
		"app": `{"version":"0.9","sdist":true}
{"version":"1.1","sdist":true,"metadata":[{"classifiers":["3.8","3.12"],"requires":["lib; python_version < \"3.9\""]}]}
{"version":"1.2","sdist":true}
`,
		"lib":     `{"version":"1.0","sdist":true,"metadata":[{"requires":[]}]}` + "\n",
		"certifi": `{"version":"1","sdist":true,"metadata":[{"requires":[]}]}` + "\n",
	} {
		p, _, faults := registry.Parse(name, []byte(lines))
		if p == nil {
			t.Fatal(faults)
		}
		x.Facts[name] = p
	}
	return x
}

func TestWrite(t *testing.T) {
	for _, test := range []struct {
		what, want string
	}{
		{"app", "suite app (toxgen.yaml:9) follows app\n1.2  hold: broken\n1.1  picked: tested on 3.8, 3.12\n0.9  minimum: 1.0\n"},
		{"common", "suite common (toxgen.yaml:11) follows no project\ntested on 3.12\n"},
		{"app==1.2", "suite app (toxgen.yaml:9) follows app\n1.2  hold: broken\n"},
		{"app==1.1", "suite app (toxgen.yaml:9) follows app\n1.1  picked\nit claims: classifiers 3.8, 3.12\n3.8   tested  claimed\n3.12  tested  claimed\n"},
		{"py3.8-app-v1.1", "suite app (toxgen.yaml:9) follows app\npy3.8-app-v1.1 on CPython 3.8.20 on linux x86_64 glibc-2.28\napp==1.1    app==1.1 (toxgen.yaml:9)\n" +
			"certifi==1  certifi (toxgen.yaml:1)\nlib==1.0    lib; python_version < \"3.9\" (app 1.1)\n"},
		{"py3.12-app-latest", "suite app (toxgen.yaml:9) follows app\npy3.12-app-latest on CPython 3.12.13 on linux x86_64 glibc-2.28\napp==1.1    app==1.1 (toxgen.yaml:9)\ncertifi==1  certifi (toxgen.yaml:1)\n"},
		{"py3.12-common", "suite common (toxgen.yaml:11) follows no project\npy3.12-common on CPython 3.12.13 on linux x86_64 glibc-2.28\ncertifi has no pin (it is required directly)\n"},
	} {
		t.Run(test.what, func(t *testing.T) {
			var out bytes.Buffer
			if err := newExplanation(t, &out).Write(t.Context(), test.what); err != nil {
				t.Fatal(err)
			}
			if got := out.String(); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestWriteUnknown(t *testing.T) {
	for what, want := range map[string]string{
		"nothing\n":      `is not a suite, a release of one as in`,
		"app==7":         `no release "7" of suite "app" is known`,
		"py3.8-app-v9.9": "is not a suite",
	} {
		var out bytes.Buffer
		err := newExplanation(t, &out).Write(t.Context(), what)
		if !errors.As(err, new(*UnknownError)) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", what, err)
		}
	}
}

// TestManyRequirers checks that everything that requires a pin is listed, and that a yank reason stays in its row.
func TestManyRequirers(t *testing.T) {
	const requirers = 100
	var out bytes.Buffer
	x := newExplanation(t, &out)
	parse := func(name, lines string) {
		p, _, faults := registry.Parse(name, []byte(lines))
		if p == nil {
			t.Fatal(faults)
		}
		x.Facts[name] = p
	}
	pins := x.Lock.Environments["py3.8-app-v1.1"]
	var requires []string
	for i := range requirers {
		name := fmt.Sprintf("requirer-%d", i)
		requires = append(requires, strconv.Quote(name))
		pins[name] = pep440.MustParse("1.0")
		parse(name, `{"version":"1.0","sdist":true,"metadata":[{"requires":["lib"]}]}`+"\n")
	}
	parse("app", `{"version":"1.0","yanked":"one\ntwo\tthree","sdist":true}
{"version":"1.1","sdist":true,"metadata":[{"classifiers":["3.8","3.12"],"requires":[`+strings.Join(requires, ",")+"]}]}\n")
	for what, want := range map[string]string{
		"py3.8-app-v1.1": "lib (requirer-99 1.0)\n",
		"app":            "1.0  yanked: one\\ntwo\\tthree\n",
	} {
		out.Reset()
		if err := x.Write(t.Context(), what); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); !strings.Contains(got, want) || what != "app" && strings.Count(got, "lib (requirer-") != requirers {
			t.Errorf("%s: the output lacks %q:\n%s", what, want, got)
		}
	}
}
